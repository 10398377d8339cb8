//! From whatever went wrong to what is posted: a category for Lambda and a report for the caller.

use std::{any::Any, borrow::Cow, error::Error as StdError, fmt};

use lambda_api::{ErrorReport, ErrorType};

use crate::{BoxError, Diagnostic, Error, HandlerError};

/// The type of an error whose own name is not to be had.
pub(crate) const UNNAMED: &str = "HandlerError";

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
    pub(crate) fn of_function(report: ErrorReport) -> Self {
        let recorded = ErrorType::normalise(Some(&report.error_type));
        let is_category =
            report.error_type.starts_with("Function.") && recorded.as_str() == report.error_type;
        let error_type = if is_category { recorded } else { ErrorType::function(&report.error_type) };
        Self { error_type, report: Box::new(report) }
    }

    /// A failure that the runtime itself found, such as `Runtime.UnmarshalError`.
    pub(crate) fn of_runtime(error_type: &'static str, error: &(dyn StdError + 'static)) -> Self {
        let report = Box::new(report_of(error_type, error));
        Self { error_type: ErrorType::normalise(Some(error_type)), report }
    }

    /// A failure as a handler returned it. The report of our own error types is recovered, also from the box
    /// into which a layer has put it; any other error says what its `Diagnostic` says.
    pub(crate) fn of_handler<E: Into<Diagnostic> + 'static>(error: E) -> Self {
        let any: &dyn Any = &error;
        if let Some(error) = any.downcast_ref::<Error>() {
            return Self::of_function(error.report());
        }
        if let Some(error) = any.downcast_ref::<HandlerError>() {
            return error.failure().clone();
        }
        if let Some(error) = any.downcast_ref::<BoxError>() {
            return match error.downcast_ref::<HandlerError>() {
                Some(error) => error.failure().clone(),
                None => Self::of_function(report_of(UNNAMED, &**error)),
            };
        }
        let diagnostic: Diagnostic = error.into();
        Self::of_function(ErrorReport::new(diagnostic.error_type, diagnostic.error_message))
    }
}

/// The report of an error: its message, and its causes as they nest.
pub(crate) fn report_of(error_type: &str, error: &(dyn StdError + 'static)) -> ErrorReport {
    let mut report = ErrorReport::new(error_type, error.to_string());
    // A cause is known as `dyn Error` only, so it has no type.
    report.cause = error.source().map(|cause| Box::new(report_of("", cause)));
    report
}

/// The last part of a type's path without its generics, or [`UNNAMED`] for text and for boxes.
///
/// A type that is called `Error` and nothing else gets the name of its crate, or of its module in the standard
/// library, in front: `SerdeJsonError`, `FmtError`.
pub(crate) fn short_type_name<E>() -> Cow<'static, str> {
    let name = std::any::type_name::<E>();
    let without_generics = name.split('<').next().unwrap_or(name);
    let is_box =
        name.contains("dyn ") || matches!(name, "anyhow::Error" | "eyre::Report" | "miette::eyreish::Report");
    let is_text =
        name.ends_with("str") || matches!(without_generics, "alloc::string::String" | "alloc::borrow::Cow");
    let short = without_generics.rsplit("::").next().unwrap_or(without_generics);
    let is_name = short.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_box || is_text || !is_name {
        return Cow::Borrowed(UNNAMED);
    }
    if short != "Error" {
        return Cow::Borrowed(short);
    }
    let mut from_root = without_generics.split("::");
    let root = from_root.next().unwrap_or_default();
    let in_std = matches!(root, "core" | "alloc" | "std");
    let owner = if in_std { from_root.next().unwrap_or(root) } else { root };
    Cow::Owned(owner.split('_').map(capitalised).chain([short.to_owned()]).collect())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes an error and its causes in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
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
    fn a_type_that_is_only_called_error_is_named_after_its_owner() {
        assert_eq!(short_type_name::<std::io::Error>(), "IoError");
        assert_eq!(short_type_name::<fmt::Error>(), "FmtError");
        assert_eq!(short_type_name::<serde_json::Error>(), "SerdeJsonError");
    }

    #[test]
    fn generics_and_paths_are_no_part_of_a_name() {
        assert_eq!(short_type_name::<std::num::ParseIntError>(), "ParseIntError");
        assert_eq!(short_type_name::<std::sync::PoisonError<std::sync::MutexGuard<'_, ()>>>(), "PoisonError");
        assert_eq!(short_type_name::<Cow<'_, str>>(), UNNAMED);
        assert_eq!(short_type_name::<(u8, u8)>(), UNNAMED);
    }
}
