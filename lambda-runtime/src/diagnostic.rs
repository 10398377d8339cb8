//! A failure in two words, for errors of the user's own.
//!
//! Causes and stacks are in [`ErrorReport`](crate::ErrorReport); how one becomes the other is in `failure`.

use std::{convert::Infallible, error::Error as StdError, io};

use serde::{Deserialize, Serialize};

use lambda_api::describe::UNNAMED;

use crate::{BoxError, Error, HandlerError};

/// The type and the message of a failure.
///
/// A handler may return any error that converts into this. Implement the conversion to choose the type:
///
/// ```
/// use lambda_runtime::Diagnostic;
///
/// enum OrderError { NotFound(u32) }
///
/// impl From<OrderError> for Diagnostic {
///     fn from(error: OrderError) -> Self {
///         match error {
///             OrderError::NotFound(order) => Self {
///                 error_type: "OrderNotFound".into(),
///                 error_message: format!("no order {order}"),
///             },
///         }
///     }
/// }
/// assert_eq!(Diagnostic::from(OrderError::NotFound(42)).error_message, "no order 42");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// A short stable name that callers can match, such as `OrderNotFound`; letters only, so that Lambda
    /// records it as `Function.OrderNotFound`.
    pub error_type: String,
    /// What happened, in words for a person.
    pub error_message: String,
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let report = error.into_report();
        Self { error_type: report.error_type, error_message: report.error_message }
    }
}

impl From<BoxError> for Diagnostic {
    fn from(error: BoxError) -> Self {
        Self { error_type: UNNAMED.to_owned(), error_message: error.to_string() }
    }
}

impl From<Box<dyn StdError>> for Diagnostic {
    fn from(error: Box<dyn StdError>) -> Self {
        Self { error_type: UNNAMED.to_owned(), error_message: error.to_string() }
    }
}

impl From<String> for Diagnostic {
    fn from(error_message: String) -> Self {
        Self { error_type: UNNAMED.to_owned(), error_message }
    }
}

impl From<&str> for Diagnostic {
    fn from(error_message: &str) -> Self {
        Self::from(error_message.to_owned())
    }
}

impl From<io::Error> for Diagnostic {
    fn from(error: io::Error) -> Self {
        Self { error_type: "IoError".to_owned(), error_message: error.to_string() }
    }
}

impl From<Infallible> for Diagnostic {
    fn from(error: Infallible) -> Self {
        match error {}
    }
}

/// The conversions of error crates that users bring along; the text has the causes in it, because a diagnostic has room
/// for nothing else. A handler that returns one of these errors loses nothing: see `failure`.
macro_rules! of_report {
    ($($feature:literal: $report:ty),*) => {$(
        #[cfg(feature = $feature)]
        impl From<$report> for Diagnostic {
            fn from(error: $report) -> Self {
                let error = Error::from(error);
                let error_message = lambda_api::describe::Chain(error.as_std()).to_string();
                Self { error_type: error.error_type().to_owned(), error_message }
            }
        }
    )*};
}

of_report!("anyhow": anyhow::Error, "eyre": eyre::Report, "miette": miette::Report);
