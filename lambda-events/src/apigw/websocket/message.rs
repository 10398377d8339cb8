//! What a client has sent, as text and as bytes.
//!
//! Sources: [routes](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html),
//! [binary media types](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html).

use std::borrow::Cow;

use super::WebSocketRequest;
use crate::{
    Json, Map,
    value::{Base64, Base64Error},
};

/// A client has sent a message to a WebSocket API.
///
/// The answer reaches the client only where the route has a route response
/// ([`WebSocketReply::message`](super::WebSocketReply::message)).
///
/// ```
/// use lambda_events::apigw::WebSocket;
///
/// let json = r#"{"requestContext":{"routeKey":"say","messageId":"L0SM-fDPPHcCIhw=","eventType":"MESSAGE",
///     "connectionId":"L0SM9cOFvHcCIhw="},"body":"{\"action\":\"say\"}","isBase64Encoded":false}"#;
/// let WebSocket::Message(message) = serde_json::from_str(json)? else { return Err("it is one".into()) };
/// assert_eq!(message.route_key(), Some("say"));
/// assert_eq!(message.text()?, r#"{"action":"say"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WebSocketMessage<'a> {
    /// The whole event.
    pub event: WebSocketRequest<'a>,
}

/// A message that cannot be had as what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketMessageError {
    /// It is said to be base64 and is none.
    #[error("the message is no base64")]
    Base64(#[from] Base64Error),
    /// It is no text.
    #[error("the message is no UTF-8")]
    Text(#[from] std::str::Utf8Error),
}

impl<'a> WebSocketMessage<'a> {
    /// The id of the connection on which it came.
    pub fn connection_id(&self) -> &str {
        &self.event.request_context.connection_id
    }

    /// The id of the message.
    pub fn message_id(&self) -> Option<&str> {
        self.event.request_context.message_id.as_deref()
    }

    /// The route that was chosen by its content: `$default` or one of the API's own.
    pub fn route_key(&self) -> Option<&str> {
        self.event.request_context.route_key.as_deref()
    }

    /// The message as text; a missing one is empty.
    ///
    /// # Errors
    ///
    /// [`WebSocketMessageError`] if it is said to be base64 and is none, or is no UTF-8 once it is decoded.
    pub fn text(&self) -> Result<Cow<'_, str>, WebSocketMessageError> {
        Ok(match self.decoded()? {
            None => Cow::Borrowed(self.body()),
            Some(bytes) => Cow::Owned(String::from_utf8(bytes).map_err(|error| error.utf8_error())?),
        })
    }

    /// The message as bytes; a missing one is empty.
    ///
    /// # Errors
    ///
    /// [`Base64Error`] if it is said to be base64 and is none.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, Base64Error> {
        Ok(self.decoded()?.map_or_else(|| Cow::Borrowed(self.body().as_bytes()), Cow::Owned))
    }

    /// What the authorizer said when the connection began.
    pub fn authorizer(&self) -> &Map<'a, Json<'a>> {
        &self.event.request_context.authorizer
    }

    fn body(&self) -> &str {
        self.event.body.as_deref().unwrap_or_default()
    }

    fn decoded(&self) -> Result<Option<Vec<u8>>, Base64Error> {
        let is_base64 = self.event.is_base64_encoded == Some(true);
        is_base64.then(|| Base64::from(self.body()).decode()).transpose()
    }
}
