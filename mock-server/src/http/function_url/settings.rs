//! What is configured for a function URL.
//!
//! Source: [CreateFunctionUrlConfig](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html).

use super::Cors;

/// What is configured for a function URL; by default everybody may call `$LATEST`, and responses are buffered.
///
/// ```
/// use mock_server::{Cors, InvokeMode, UrlSettings};
///
/// let settings = UrlSettings::default()
///     .qualifier("live")
///     .invoke_mode(InvokeMode::ResponseStream)
///     .cors(Cors::default().allow_origins(["https://example.com"]));
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlSettings {
    pub(crate) qualifier: Option<String>,
    pub(crate) mode: InvokeMode,
    pub(crate) auth: UrlAuth,
    pub(crate) cors: Option<Cors>,
}

/// How a function URL invokes its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvokeMode {
    /// The response is whole before any of it is sent: JSON that may say status, headers and body.
    #[default]
    Buffered,
    /// The response is sent as it comes; a prelude may say status and headers.
    ResponseStream,
}

/// Who may call a function URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UrlAuth {
    /// Everybody.
    #[default]
    None,
    /// Whoever signs requests. Signatures are **not** checked: a request needs an `Authorization` header, and any will do.
    /// The event's `authorizer` has the access key that the header names, and placeholders beside it.
    AwsIam,
}

impl UrlSettings {
    /// The alias that is invoked; `$LATEST` if not set. Lambda takes no version here, and this mock does.
    #[must_use]
    pub fn qualifier(mut self, qualifier: impl Into<String>) -> Self {
        self.qualifier = Some(qualifier.into());
        self
    }

    /// Whether responses stream.
    #[must_use]
    pub fn invoke_mode(mut self, mode: InvokeMode) -> Self {
        self.mode = mode;
        self
    }

    /// Who may call it.
    #[must_use]
    pub fn auth(mut self, auth: UrlAuth) -> Self {
        self.auth = auth;
        self
    }

    /// What pages of other origins may do. Without it the function answers preflight requests itself.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }
}
