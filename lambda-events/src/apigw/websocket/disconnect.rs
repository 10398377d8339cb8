//! What is known of a connection that has ended.
//!
//! Source: [`$disconnect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html);
//! codes: [RFC 6455, section 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4).

use super::WebSocketRequest;
use crate::{Json, Map};

/// A connection to a WebSocket API has ended, by the client, by the function or by API Gateway.
///
/// API Gateway tries to tell of each end, and may fail to. Whatever is answered reaches nobody.
///
/// ```
/// use lambda_events::apigw::WebSocket;
///
/// let json = r#"{"requestContext":{"routeKey":"$disconnect","disconnectStatusCode":1001,"eventType":"DISCONNECT",
///     "disconnectReason":"Going away","connectionId":"L0SM9cOFvHcCIhw="}}"#;
/// let WebSocket::Disconnect(disconnect) = serde_json::from_str(json)? else { return Err("it is one".into()) };
/// assert_eq!((disconnect.code(), disconnect.reason()), (Some(1001), Some("Going away")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WebSocketDisconnect<'a> {
    /// The whole event.
    pub event: WebSocketRequest<'a>,
}

impl<'a> WebSocketDisconnect<'a> {
    /// The id that the connection had.
    pub fn connection_id(&self) -> &str {
        &self.event.request_context.connection_id
    }

    /// The code with which it was closed: 1000 if all is well, 1001 if the client has gone, 1005 if none was sent.
    ///
    /// `None` if it is not told, or is no such code.
    pub fn code(&self) -> Option<u16> {
        let code = self.event.request_context.disconnect_status_code?;
        u16::try_from(code.get()).ok()
    }

    /// Why it was closed; `None` if that is not told or empty.
    pub fn reason(&self) -> Option<&str> {
        self.event.request_context.disconnect_reason.as_deref().filter(|reason| !reason.is_empty())
    }

    /// What the authorizer said when the connection began.
    pub fn authorizer(&self) -> &Map<'a, Json<'a>> {
        &self.event.request_context.authorizer
    }
}
