//! What a caller gives with an invoke.

use lambda_api::RequestId;

use crate::Payload;

/// An invoke: the payload, and what else a caller may send along.
///
/// ```
/// use mock_server::Invocation;
/// use serde_json::json;
///
/// let invocation = Invocation::new(json!({ "n": 21 })).client_context(r#"{"custom":{"locale":"de"}}"#);
/// # let _ = invocation;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Invocation {
    pub(crate) payload: Payload,
    pub(crate) request_id: Option<RequestId>,
    pub(crate) trace_id: Option<String>,
    pub(crate) client_context: Option<String>,
    pub(crate) cognito_identity: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) qualifier: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Whether the caller takes the response piece by piece.
    pub(crate) streams: bool,
    /// Whether the caller wants the end of the log.
    pub(crate) wants_tail: bool,
}

impl<P: Into<Payload>> From<P> for Invocation {
    fn from(payload: P) -> Self {
        Self::new(payload)
    }
}

impl Invocation {
    /// An invoke with nothing but a payload.
    pub fn new(payload: impl Into<Payload>) -> Self {
        Self {
            payload: payload.into(),
            request_id: None,
            trace_id: None,
            client_context: None,
            cognito_identity: None,
            tenant_id: None,
            qualifier: None,
            content_type: None,
            streams: false,
            wants_tail: false,
        }
    }

    /// The request id; a new one if not set.
    #[must_use]
    pub fn request_id(mut self, request_id: RequestId) -> Self {
        self.request_id = Some(request_id);
        self
    }

    /// The X-Ray tracing header; a new one that is not sampled if not set.
    #[must_use]
    pub fn trace_id(mut self, header: impl Into<String>) -> Self {
        self.trace_id = Some(header_text(header.into()));
        self
    }

    /// The client context: the text that the guest gets, which should be JSON and need not be.
    #[must_use]
    pub fn client_context(mut self, json: impl Into<String>) -> Self {
        self.client_context = Some(header_text(json.into()));
        self
    }

    /// The Amazon Cognito identity: JSON text.
    #[must_use]
    pub fn cognito_identity(mut self, json: impl Into<String>) -> Self {
        self.cognito_identity = Some(header_text(json.into()));
        self
    }

    /// The payload's content type; `application/json` if not set.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(header_text(content_type.into()));
        self
    }

    /// The version or alias: `$LATEST`, a number or a name. The guest sees it in the ARN, as it is written here.
    #[must_use]
    pub fn qualifier(mut self, qualifier: impl Into<String>) -> Self {
        self.qualifier = Some(header_text(qualifier.into()));
        self
    }

    /// The same, if there is one.
    pub(crate) fn with_qualifier(mut self, qualifier: Option<String>) -> Self {
        self.qualifier = qualifier;
        self
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(header_text(tenant_id.into()));
        self
    }
}

/// A header cannot carry line ends. In JSON they can only stand between values, where a space is as good.
fn header_text(text: String) -> String {
    if text.contains(|character: char| character.is_control()) {
        text.replace(|character: char| character.is_control(), " ")
    } else {
        text
    }
}
