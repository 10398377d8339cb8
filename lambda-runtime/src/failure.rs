//! From whatever went wrong to what is posted: a category for Lambda and a report for the caller.

use std::{any::Any, error::Error as StdError};

use lambda_api::{
    ErrorReport, ErrorType,
    describe::{UNNAMED, crop, crop_text, report_of},
    runtime::{XrayErrorCause, XrayException, XrayFrame},
};

use crate::{BoxError, Diagnostic, Error, HandlerError, PayloadError, ResponseError};

/// The type of an invocation that was given up before Lambda would have stopped it.
pub(crate) const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";

/// X-Ray shows a chain of exceptions; one that fills the whole header would displace the chain.
const XRAY_TEXT_BYTES: usize = 4 * 1024;

/// A failed invocation, ready to be posted.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error_type: ErrorType,
    // Boxed, because it stands in the error half of many results.
    pub(crate) report: Box<ErrorReport>,
}

impl Failure {
    /// A failure of the function: its type is recorded as `Function.<type>`, or as it is if it says that
    /// already. A function cannot pose as the runtime.
    pub(crate) fn of_function(mut report: ErrorReport) -> Self {
        crop(&mut report);
        let recorded = ErrorType::normalise(Some(&report.error_type));
        let is_category =
            report.error_type.starts_with("Function.") && recorded.as_str() == report.error_type;
        let error_type = if is_category { recorded } else { ErrorType::function(&report.error_type) };
        Self { error_type, report: Box::new(report) }
    }

    /// A failure that the runtime itself found, such as `Runtime.UnmarshalError`.
    pub(crate) fn of_runtime(error_type: &'static str, error: &(dyn StdError + 'static)) -> Self {
        let mut report = Box::new(report_of(error_type, error));
        crop(&mut report);
        Self { error_type: ErrorType::normalise(Some(error_type)), report }
    }

    /// A failure as our own error type holds it. What the runtime itself would have said keeps its category, on
    /// whichever way it came.
    pub(crate) fn of_error(error: &Error) -> Self {
        let own = Some(error.as_std()).filter(|_| error.has_own_type()).and_then(Self::of_own);
        own.unwrap_or_else(|| Self::of_function(error.report()))
    }

    /// What the runtime itself said, and a handler has passed on.
    fn of_own(error: &(dyn StdError + Send + Sync + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<HandlerError>() {
            return Some(error.failure().clone());
        }
        let refused = error.downcast_ref::<PayloadError>().map(PayloadError::failure);
        refused.or_else(|| error.downcast_ref::<ResponseError>().map(ResponseError::failure))
    }

    /// What X-Ray shows of it.
    pub(crate) fn xray_cause(&self, working_directory: &str) -> XrayErrorCause {
        let mut cause =
            XrayErrorCause { working_directory: working_directory.to_owned(), ..Default::default() };
        let mut next = Some(&*self.report);
        while let Some(report) = next {
            let stack: Vec<XrayFrame> = report.stack_trace.iter().filter_map(|line| frame(line)).collect();
            for path in stack.iter().map(|frame| &frame.path).filter(|path| !path.is_empty()) {
                if !cause.paths.contains(path) {
                    cause.paths.push(path.clone());
                }
            }
            let (kind, mut message) = (report.error_type.clone(), report.error_message.clone());
            crop_text(&mut message, XRAY_TEXT_BYTES);
            cause.exceptions.push(XrayException { kind, message, stack });
            next = report.cause.as_deref();
        }
        cause
    }

    /// A failure as a handler returned it. The report of our own error types is recovered, also from the box
    /// into which a layer has put it; any other error says what its `Diagnostic` says.
    pub(crate) fn of_handler<E: Into<Diagnostic> + 'static>(error: E) -> Self {
        let mut slot = Some(error);
        if let Some(error) = take::<_, Error>(&mut slot).or_else(|| take_report(&mut slot)) {
            return Self::of_error(&error);
        }
        if let Some(error) = take::<_, HandlerError>(&mut slot) {
            return error.into_failure();
        }
        if let Some(error) = take::<_, BoxError>(&mut slot) {
            return match error.downcast::<HandlerError>() {
                Ok(error) => error.into_failure(),
                Err(error) => {
                    Self::of_own(&*error).unwrap_or_else(|| Self::of_function(report_of(UNNAMED, &*error)))
                }
            };
        }
        // Nothing has taken it, so it is there.
        let diagnostic: Diagnostic = slot.map(Into::into).unwrap_or_default();
        Self::of_function(ErrorReport::new(diagnostic.error_type, diagnostic.error_message))
    }
}

/// An error type of another crate that a handler may return as it is, with its chain.
fn take_report<E: 'static>(slot: &mut Option<E>) -> Option<Error> {
    #[cfg(feature = "anyhow")]
    if let Some(error) = take::<_, anyhow::Error>(slot) {
        return Some(Error::from(error).without_place());
    }
    #[cfg(feature = "eyre")]
    if let Some(error) = take::<_, eyre::Report>(slot) {
        return Some(Error::from(error).without_place());
    }
    #[cfg(feature = "miette")]
    if let Some(error) = take::<_, miette::Report>(slot) {
        return Some(Error::from(error).without_place());
    }
    let _other = slot;
    None
}

/// Takes the error if it is of this type.
fn take<E: 'static, T: 'static>(slot: &mut Option<E>) -> Option<T> {
    let any: &mut dyn Any = slot;
    any.downcast_mut::<Option<T>>().and_then(Option::take)
}

/// A line of a stack, taken apart as X-Ray wants it: `function (file:line:column)` or `file:line:column`.
fn frame(line: &str) -> Option<XrayFrame> {
    if line.starts_with("caused by: ") {
        return None;
    }
    let (label, place) = match line.strip_suffix(')').and_then(|line| line.rsplit_once(" (")) {
        Some(parts) => parts,
        None => ("", line),
    };
    let mut parts = place.rsplitn(3, ':');
    let (_column, line_number, path) = (parts.next(), parts.next(), parts.next());
    let frame = XrayFrame { label: label.to_owned(), ..XrayFrame::default() };
    Some(match (line_number.and_then(|text| text.parse().ok()), path) {
        (Some(number), Some(path)) => XrayFrame { path: path.to_owned(), line: number, ..frame },
        _ => XrayFrame { label: line.to_owned(), ..frame },
    })
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_type_of_the_user_becomes_a_category_that_lambda_records() {
        for (error_type, category) in [
            ("OrderNotFound", "Function.OrderNotFound"),
            ("Function.Custom", "Function.Custom"),
            ("Runtime.ExitError", "Function.Runtime.ExitError"),
            ("order-404", "Function.Unknown"),
            ("", "Function.Unknown"),
        ] {
            let failure = Failure::of_function(ErrorReport::new(error_type, ""));
            assert_eq!((failure.error_type.as_str(), &*failure.report.error_type), (category, error_type));
        }
    }

    #[test]
    fn a_report_without_end_is_cut_off_and_says_so() {
        let mut report = ErrorReport::new("E", "é".repeat(1_000_000));
        report.stack_trace = vec!["x".repeat(10_000); 1_000];
        report.cause = Some(Box::new(ErrorReport::new("", "c".repeat(1_000_000))));
        let failure = Failure::of_function(report);
        assert!(failure.report.error_message.ends_with("… (2000000 bytes)"));
        assert!(failure.report.to_json().len() < 200_000);
    }

    #[test]
    fn xray_gets_the_chain_and_the_files() {
        let mut report = ErrorReport::new("LoadError", "cannot load");
        report.stack_trace = vec![
            "src/main.rs:7:9".into(),
            "caused by: no such file".into(),
            "shop::load (./src/shop.rs:3:1)".into(),
        ];
        report.cause = Some(Box::new(ErrorReport::new("", "no such file")));
        let cause = Failure::of_function(report).xray_cause("/var/task");
        assert_eq!(cause.paths, ["src/main.rs", "./src/shop.rs"]);
        assert_eq!(cause.exceptions.len(), 2);
        let stack = &cause.exceptions[0].stack;
        assert_eq!((stack.len(), stack[1].line, &*stack[1].label), (2, 3, "shop::load"));
    }
}
