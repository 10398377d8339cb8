//! An event of a WebSocket API by what has happened.
//!
//! Sources: [`$connect` and `$disconnect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html),
//! [quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    WebSocketConnect, WebSocketContext, WebSocketDisconnect, WebSocketEventType, WebSocketMessage,
    WebSocketRequest,
};
use crate::{Borrowed, IntoOwned, Unknown};

/// An event of a WebSocket API: a client connects, has sent a message, or has gone.
///
/// The answer is a [`WebSocketReply`](super::WebSocketReply). What has happened is told by `eventType`; where it is missing, by
/// the route (`$connect`, `$disconnect`), and else a body or the id of a message makes it a message.
///
/// ```
/// use lambda_events::apigw::{WebSocket, WebSocketReply};
///
/// fn answer(event: &WebSocket<'_>) -> WebSocketReply<'static> {
///     match event {
///         WebSocket::Connect(connect) if connect.query("name").is_none() => WebSocketReply::forbidden(),
///         WebSocket::Connect(_) => WebSocketReply::accept(),
///         WebSocket::Message(message) => match message.text() {
///             Ok(text) => WebSocketReply::message(text.to_uppercase()),
///             Err(_) => WebSocketReply::nothing(),
///         },
///         _ => WebSocketReply::nothing(),
///     }
/// }
///
/// let json = r#"{"requestContext":{"routeKey":"$default","eventType":"MESSAGE","connectionId":"L0SM9cOFvHcCIhw="},
///     "body":"hello"}"#;
/// let event: WebSocket<'_> = serde_json::from_str(json)?;
/// assert_eq!(event.connection_id(), "L0SM9cOFvHcCIhw=");
/// assert_eq!(serde_json::to_string(&answer(&event))?, r#"{"statusCode":200,"body":"HELLO"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # What API Gateway allows
///
/// A message has 128 KB at most and a frame 32 KB: a connection with a larger one is closed with code 1009. A connection on which
/// nothing was sent for 10 minutes is closed, and each one after 2 hours
/// ([quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html)).
/// Clients cannot send binary frames: the connection is closed with code 1003
/// ([binary media types](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html)).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WebSocket<'a> {
    /// A client connects; the connection is there once the answer has accepted it.
    Connect(WebSocketConnect<'a>),
    /// A client has sent a message.
    Message(WebSocketMessage<'a>),
    /// A connection has ended, and nothing can be sent on it any more. Not each end is told.
    Disconnect(WebSocketDisconnect<'a>),
    /// Something else has happened, or nobody says what.
    Other(WebSocketRequest<'a>),
}

impl<'a> WebSocket<'a> {
    /// The whole event.
    pub fn event(&self) -> &WebSocketRequest<'a> {
        match self {
            Self::Connect(connect) => &connect.event,
            Self::Message(message) => &message.event,
            Self::Disconnect(disconnect) => &disconnect.event,
            Self::Other(event) => event,
        }
    }

    /// The whole event as one's own.
    pub fn into_event(self) -> WebSocketRequest<'a> {
        match self {
            Self::Connect(connect) => connect.event,
            Self::Message(message) => message.event,
            Self::Disconnect(disconnect) => disconnect.event,
            Self::Other(event) => event,
        }
    }

    /// What API Gateway knows of the connection; [`WebSocketContext::connection_url`] is where messages to the client are posted.
    pub fn context(&self) -> &WebSocketContext<'a> {
        &self.event().request_context
    }

    /// The id of the connection.
    pub fn connection_id(&self) -> &str {
        &self.context().connection_id
    }

    /// The route that was chosen: `$connect`, `$disconnect`, `$default` or one of the API's own.
    pub fn route_key(&self) -> Option<&str> {
        self.context().route_key.as_deref()
    }
}

impl<'a> From<WebSocketRequest<'a>> for WebSocket<'a> {
    fn from(event: WebSocketRequest<'a>) -> Self {
        let context = &event.request_context;
        let is_message = event.body.is_some() || context.message_id.is_some();
        match (&context.event_type, context.route_key.as_deref()) {
            (Some(WebSocketEventType::Connect), _) | (None, Some("$connect")) => {
                Self::Connect(WebSocketConnect { event })
            }
            (Some(WebSocketEventType::Disconnect), _) | (None, Some("$disconnect")) => {
                Self::Disconnect(WebSocketDisconnect { event })
            }
            (Some(WebSocketEventType::Message), _) => Self::Message(WebSocketMessage { event }),
            (None, _) if is_message => Self::Message(WebSocketMessage { event }),
            _ => Self::Other(event),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WebSocket<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WebSocketRequest::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for WebSocket<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.event().serialize(serializer)
    }
}

impl IntoOwned for WebSocket<'_> {
    type Owned = WebSocket<'static>;

    fn into_owned(self) -> WebSocket<'static> {
        match self {
            Self::Connect(WebSocketConnect { event }) => {
                WebSocket::Connect(WebSocketConnect { event: event.into_owned() })
            }
            Self::Message(WebSocketMessage { event }) => {
                WebSocket::Message(WebSocketMessage { event: event.into_owned() })
            }
            Self::Disconnect(WebSocketDisconnect { event }) => {
                WebSocket::Disconnect(WebSocketDisconnect { event: event.into_owned() })
            }
            Self::Other(event) => WebSocket::Other(event.into_owned()),
        }
    }
}

impl Borrowed for WebSocket<'static> {
    type Of<'a> = WebSocket<'a>;
}

impl Unknown for WebSocket<'_> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        self.event().find_unknown(path, found);
    }
}
