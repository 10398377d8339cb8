//! The category of a failure, such as `Function.OrderNotFound`.
//!
//! Lambda sorts failures by this string in its telemetry. The text of a failure is in
//! [`ErrorReport`](crate::ErrorReport).

use std::fmt;

/// A failure's category that Lambda records as it is: `Function.…` or `Runtime.…`.
///
/// Lambda accepts what contains `Runtime.` or `Function.` followed by a capital and at least one more
/// letter, and records anything else as `Runtime.Unknown` or `Function.Unknown`. Sources: header
/// `Lambda-Runtime-Function-Error-Type` of the
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html); the pattern is that of AWS's
/// open-source runtime interface emulator.
///
/// ```
/// use lambda_api::ErrorType;
///
/// assert_eq!(ErrorType::function("OrderNotFound").as_str(), "Function.OrderNotFound");
/// assert_eq!(ErrorType::function("order-404").as_str(), "Function.Unknown");
/// assert_eq!(ErrorType::normalise(Some("unhandled")).as_str(), "Runtime.Unknown");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorType(String);

impl ErrorType {
    /// `Runtime.UnmarshalError`: the event could not be decoded into the handler's type.
    pub const UNMARSHAL: &str = "Runtime.UnmarshalError";
    /// `Runtime.MarshalError`: the handler's value could not be encoded.
    pub const MARSHAL: &str = "Runtime.MarshalError";
    /// `Runtime.InitError`: the runtime failed before its first poll.
    pub const INIT: &str = "Runtime.InitError";
    /// `Runtime.ExitError`: the runtime's process ended.
    pub const EXIT: &str = "Runtime.ExitError";
    /// `Runtime.OutOfMemory`: the runtime's process was killed because it used more memory than the function has.
    pub const OUT_OF_MEMORY: &str = "Runtime.OutOfMemory";
    /// `Runtime.RestoreHookUserTimeout`: the hooks after a SnapStart restore took too long.
    pub const RESTORE_TIMEOUT: &str = "Runtime.RestoreHookUserTimeout";
    /// `Runtime.InvalidEntrypoint`: the bootstrap cannot be started.
    pub const INVALID_ENTRYPOINT: &str = "Runtime.InvalidEntrypoint";
    /// `Runtime.TruncatedResponse`: the response broke off.
    pub const TRUNCATED_RESPONSE: &str = "Runtime.TruncatedResponse";
    /// `Runtime.InvalidResponseModeHeader`: the response mode is neither absent nor `streaming`.
    pub const INVALID_RESPONSE_MODE: &str = "Runtime.InvalidResponseModeHeader";
    /// `Runtime.Unknown`: what Lambda records when it accepts no type.
    pub const RUNTIME_UNKNOWN: &str = "Runtime.Unknown";
    /// `Function.ResponseSizeTooLarge`: the response is over the limit.
    pub const RESPONSE_SIZE_TOO_LARGE: &str = "Function.ResponseSizeTooLarge";
    /// `Function.Unknown`: what Lambda records for a `Function.` type that it does not accept.
    pub const FUNCTION_UNKNOWN: &str = "Function.Unknown";
    /// `Sandbox.Timedout`: the invocation was stopped at its deadline.
    pub const TIMED_OUT: &str = "Sandbox.Timedout";
    /// `Sandbox.Failure`: the execution environment failed.
    pub const SANDBOX_FAILURE: &str = "Sandbox.Failure";

    /// `Function.<name>`, or `Function.Unknown` where Lambda would not record the name.
    ///
    /// The name of an error type of the function, without path and generics.
    pub fn function(name: &str) -> Self {
        Self::accepted(format!("Function.{name}")).unwrap_or_else(|| Self(Self::FUNCTION_UNKNOWN.to_owned()))
    }

    /// `Runtime.<name>`, or `Runtime.Unknown` where Lambda would not record the name.
    pub fn runtime(name: &str) -> Self {
        Self::accepted(format!("Runtime.{name}")).unwrap_or_else(|| Self(Self::RUNTIME_UNKNOWN.to_owned()))
    }

    /// What Lambda records for the header's text.
    pub fn normalise(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        Self::accepted(text.to_owned()).unwrap_or_else(|| {
            let unknown =
                if text.starts_with("Function.") { Self::FUNCTION_UNKNOWN } else { Self::RUNTIME_UNKNOWN };
            Self(unknown.to_owned())
        })
    }

    /// The category as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn accepted(text: String) -> Option<Self> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        (printable && contains_category(&text)).then_some(Self(text))
    }
}

/// Whether the text contains a match of `(Runtime|Function)\.[A-Z][a-zA-Z]+`.
fn contains_category(text: &str) -> bool {
    ["Runtime.", "Function."].into_iter().any(|prefix| {
        text.match_indices(prefix).any(|(at, _)| {
            let mut name = text[at + prefix.len()..].bytes();
            name.next().is_some_and(|byte| byte.is_ascii_uppercase())
                && name.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        })
    })
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn only_types_that_the_service_accepts_are_kept() {
        for (text, recorded) in [
            ("Function.MyError", "Function.MyError"),
            ("Runtime.ExitError", "Runtime.ExitError"),
            ("a Function.Abc b", "a Function.Abc b"),
            ("Function.My2", "Function.My2"),
            ("Function.M2", "Function.Unknown"),
            ("Function.x", "Function.Unknown"),
            ("Function.", "Function.Unknown"),
            ("unhandled", "Runtime.Unknown"),
            ("Runtime.x", "Runtime.Unknown"),
            ("Function.Bad\nHeader", "Function.Unknown"),
            ("", "Runtime.Unknown"),
        ] {
            assert_eq!(ErrorType::normalise(Some(text)).as_str(), recorded, "{text:?}");
        }
        assert_eq!(ErrorType::normalise(None).as_str(), "Runtime.Unknown");
    }
}
