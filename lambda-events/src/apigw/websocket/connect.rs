//! What a client says when it connects: the handshake.
//!
//! Sources: [`$connect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html),
//! [subprotocols](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html),
//! [RFC 6455, section 11.3.4](https://www.rfc-editor.org/rfc/rfc6455#section-11.3.4).

use super::WebSocketRequest;
use crate::{Json, Map, Str};

/// A client connects to a WebSocket API.
///
/// The client waits for the answer: [`WebSocketReply::accept`](super::WebSocketReply::accept) makes the connection, a status of 400
/// or more refuses it. Nothing can be sent to the client before it is made.
///
/// ```
/// use lambda_events::apigw::WebSocket;
///
/// let json = r#"{"multiValueHeaders":{"Sec-WebSocket-Protocol":["chat.v2, chat"]},
///     "queryStringParameters":{"name":"ada"},
///     "requestContext":{"routeKey":"$connect","eventType":"CONNECT","connectionId":"L0SM9cOFvHcCIhw="}}"#;
/// let WebSocket::Connect(connect) = serde_json::from_str(json)? else { return Err("it is one".into()) };
/// assert_eq!(connect.query("name"), Some("ada"));
/// assert_eq!(connect.protocols().collect::<Vec<_>>(), ["chat.v2", "chat"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WebSocketConnect<'a> {
    /// The whole event.
    pub event: WebSocketRequest<'a>,
}

impl<'a> WebSocketConnect<'a> {
    /// The id that the connection will have.
    pub fn connection_id(&self) -> &str {
        &self.event.request_context.connection_id
    }

    /// The last value of a header of the handshake; its case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).last()
    }

    /// All values of a header of the handshake; its case does not matter.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let event = &self.event;
        all(&event.multi_value_headers, &event.headers, move |known| known.eq_ignore_ascii_case(name))
    }

    /// The last value of a name in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.queries(name).last()
    }

    /// All values of a name in the query.
    pub fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        let event = &self.event;
        let (several, one) = (&event.multi_value_query_string_parameters, &event.query_string_parameters);
        all(several, one, move |known| known == name)
    }

    /// The subprotocols that the client offers, the preferred one first.
    ///
    /// The one that is chosen goes into the answer, by
    /// [`WebSocketReply::accept_protocol`](super::WebSocketReply::accept_protocol); browsers close a connection for which they have
    /// offered some and got none.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        let offered = self.headers("sec-websocket-protocol").flat_map(|value| value.split(','));
        offered.map(str::trim).filter(|protocol| !protocol.is_empty())
    }

    /// What the authorizer said, which is asked only when a client connects.
    pub fn authorizer(&self) -> &Map<'a, Json<'a>> {
        &self.event.request_context.authorizer
    }
}

/// The values of a name: all that came, and else the one that is told.
fn all<'b>(
    several: &'b Map<'_, Vec<Str<'_>>>,
    one: &'b Map<'_, Str<'_>>,
    is_it: impl Fn(&str) -> bool + Copy,
) -> impl Iterator<Item = &'b str> {
    let mut several =
        several.iter().filter(move |(name, _)| is_it(name)).flat_map(|(_, values)| values).peekable();
    let is_alone = several.peek().is_none();
    let one = one.iter().filter(move |(name, _)| is_alone && is_it(name)).map(|(_, value)| value);
    several.chain(one).map(Str::as_str)
}
