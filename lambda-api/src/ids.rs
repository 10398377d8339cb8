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
    ($(#[$doc:meta])* $name:ident($text:ty), $what:literal) => {
        $(#[$doc])*
        #[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($text);

        impl Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }

            /// In the room that is there already.
            fn clone_from(&mut self, other: &Self) {
                self.0.clone_from(&other.0);
            }
        }

        impl $name {
            /// Checks the text and keeps it.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] if it is empty, longer than 1,024 bytes, or has anything but printable ASCII.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                let is_sized = (1..=ID_BYTES).contains(&text.len());
                // Without a way out half-way: that is several times as fast.
                let is_graphic = text.bytes().fold(true, |so_far, byte| so_far & byte.is_ascii_graphic());
                if is_sized && is_graphic {
                    Ok(Self(<$text>::from(text)))
                } else {
                    Err(InvalidId { what: $what })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                self.0.as_ref()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
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
    RequestId(String), "a request id"
}

id! {
    /// Identifies one attempt of an invocation; never used twice, unlike the request id.
    ///
    /// A runtime echoes it, so that an answer which comes after the time-out cannot be taken for the answer
    /// to a later attempt. Header `Lambda-Runtime-Invocation-Id`,
    /// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
    InvocationId(String), "an invocation id"
}

id! {
    /// Identifies a registered extension in each of its calls; a version 4 UUID.
    ///
    /// Header `Lambda-Extension-Identifier`,
    /// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
    ExtensionId(Arc<str>), "an extension identifier"
}

id! {
    /// The ARN with which the function was invoked, with the qualifier that the caller used.
    ///
    /// Emulators send other texts too (`function-arn`), so its form is not checked. Header
    /// `Lambda-Runtime-Invoked-Function-Arn`,
    /// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
    FunctionArn(String), "a function ARN"
}

/// An identifier that is needed only once becomes text without a copy.
macro_rules! into_text {
    ($($name:ident)*) => {
        $(impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        })*
    };
}

into_text! { RequestId InvocationId FunctionArn }
