//! Identifiers, parsed once: request, invocation and extension ids, and function ARNs.
//!
//! All are opaque to a guest. What is checked is only what the wire needs: neither empty nor endless, and
//! printable ASCII without spaces, so that each can stand in a header and in a path.

use std::{fmt, sync::Arc};

/// Longest identifier. The longest that Lambda documents, an ARN with qualifier, has a quarter of it.
const ID_BYTES: usize = 1024;

/// The text cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 1 to {ID_BYTES} printable ASCII characters without spaces")]
pub struct InvalidId {
    what: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and keeps it.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] if it is empty, longer than 1,024 bytes, or has anything but printable ASCII.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                let is_sized = (1..=ID_BYTES).contains(&text.len());
                if is_sized && text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId { what: $what })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }
    };
}

id! {
    /// Identifies an invocation towards the caller; the attempts of one asynchronous invocation share it.
    ///
    /// Normally a version 4 UUID, but nothing relies on that. Header `Lambda-Runtime-Aws-Request-Id`,
    /// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
    RequestId, "a request id"
}

id! {
    /// Identifies one attempt of an invocation; never used twice, unlike the request id.
    ///
    /// A runtime echoes it, so that an answer which comes after the time-out cannot be taken for the answer
    /// to a later attempt. Header `Lambda-Runtime-Invocation-Id`,
    /// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
    InvocationId, "an invocation id"
}

id! {
    /// Identifies a registered extension in each of its calls; a version 4 UUID.
    ///
    /// Header `Lambda-Extension-Identifier`,
    /// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
    ExtensionId, "an extension identifier"
}

id! {
    /// The ARN with which the function was invoked, with the qualifier that the caller used.
    ///
    /// Emulators send other texts too (`function-arn`), so its form is not checked. Header
    /// `Lambda-Runtime-Invoked-Function-Arn`,
    /// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
    FunctionArn, "a function ARN"
}
