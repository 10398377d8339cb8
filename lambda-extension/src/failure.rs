//! From whatever went wrong in an extension to what is posted: a category for Lambda and a report for people.

use std::{any::Any, error::Error as StdError, fmt};

use lambda_api::{
    ErrorReport,
    describe::{UNNAMED, crop, panic_text, report_of, short_type_name},
    extension::error::ExtensionErrorType,
};

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// Why an extension gives up: what it posts to init/error or exit/error.
///
/// The category is always one that Lambda records, and always fits into its header; the report may say anything.
/// A handler may return it as its error, also through tower's layers, and chooses the category with it. Source:
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
///
/// ```
/// use lambda_extension::Failure;
///
/// let failure = Failure::new("BackendGone", "no route\nto the backend");
/// assert_eq!(failure.error_type(), "Extension.BackendGone");
///
/// let failure = Failure::of("x".parse::<u32>().unwrap_err());
/// assert_eq!(failure.error_type(), "Extension.ParseIntError");
/// assert_eq!(failure.report().error_message, "invalid digit found in string");
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    error_type: ExtensionErrorType,
    // Boxed, because it stands in the error half of many results.
    report: Box<ErrorReport>,
}

impl Failure {
    /// A failure of this type, such as `BackendGone`, and with this message.
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        Self::with_report(ErrorReport::new(error_type, message))
    }

    /// The failure that an error is: its type's short name, its message and its causes.
    ///
    /// Text and boxed errors have no name of their own and are a `HandlerError`.
    pub fn of<E: Into<BoxError>>(error: E) -> Self {
        let name = short_type_name::<E>();
        let error = error.into();
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&*error);
        // A layer may have put it into an error of its own; a chain need not end.
        for _ in 0..16 {
            let Some(error) = cause else { break };
            if let Some(failure) = error.downcast_ref::<Self>() {
                return failure.clone();
            }
            cause = error.source();
        }
        Self::with_report(report_of(&name, &*error))
    }

    /// A failure with this report; its type becomes the category.
    pub fn with_report(mut report: ErrorReport) -> Self {
        crop(&mut report);
        let error_type = ExtensionErrorType::new(&report.error_type);
        Self { error_type, report: Box::new(report) }
    }

    pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        Self::new("Panic", panic_text(payload))
    }

    /// The category, such as `Extension.BackendGone`.
    pub fn error_type(&self) -> &str {
        self.error_type.as_str()
    }

    /// The report.
    pub fn report(&self) -> &ErrorReport {
        &self.report
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Some(&*self.report.error_type).filter(|name| *name != UNNAMED && !name.is_empty());
        match named {
            Some(name) => write!(f, "{name}: {}", self.report.error_message),
            None => f.write_str(&self.report.error_message),
        }
    }
}

impl StdError for Failure {}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_failure_in_a_box_keeps_its_category() {
        let boxed: BoxError = Box::new(Failure::new("BackendGone", "gone"));
        assert_eq!(Failure::of(boxed).error_type(), "Extension.BackendGone");
    }

    #[test]
    fn what_has_no_name_is_a_handler_error() {
        let failure = Failure::of("it broke");
        assert_eq!((failure.error_type(), &*failure.to_string()), ("Extension.HandlerError", "it broke"));
    }

    #[test]
    fn a_report_without_end_is_cut_off() {
        let failure = Failure::new("Long", "é".repeat(1_000_000));
        assert!(failure.report().to_json().len() < 100_000);
    }
}
