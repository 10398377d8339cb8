//! Events of WebSocket APIs as they stand in the JSON.
//!
//! What a handler works with is in the modules below: `event` has the event by what has happened, `connect`, `message` and
//! `disconnect` have what each of these carries, `endpoint` has where messages to a client are posted, and `reply` has the answer.
//! Nothing here posts a message: that is a request to AWS, which needs a client and credentials.
//!
//! Source: [Integration requests of WebSocket APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html),
//! [`$connect` and `$disconnect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html).

use super::Identity;
use crate::{Int, Json, Map, Str, value::Millis};

mod connect;
mod disconnect;
mod endpoint;
mod event;
mod message;
mod reply;

pub use self::{
    connect::WebSocketConnect,
    disconnect::WebSocketDisconnect,
    event::WebSocket,
    message::{WebSocketMessage, WebSocketMessageError},
    reply::WebSocketReply,
};

event! {
    /// A connection to a WebSocket API that begins or has ended, or a message on it; [`WebSocket`] tells them apart.
    ///
    /// ```
    /// use lambda_events::apigw::{WebSocketEventType, WebSocketRequest};
    ///
    /// let json = r#"{"requestContext":{"routeKey":"$default","eventType":"MESSAGE","connectionId":"L0SM9cOFvHcCIhw="},
    ///     "body":"hello"}"#;
    /// let request: WebSocketRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.request_context.event_type, Some(WebSocketEventType::Message));
    /// assert_eq!(request.body.as_deref(), Some("hello"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct WebSocketRequest<'a> {
        /// Headers of the handshake, with the last value of each; none with a message.
        headers: Map<'a, Str<'a>> = "headers";
        /// Headers of the handshake with all their values.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The query of the handshake, decoded, with the last value of each name.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// The query of the handshake, decoded, with all values.
        multi_value_query_string_parameters: Map<'a, Vec<Str<'a>>> = "multiValueQueryStringParameters";
        /// The variables of the stage.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
        /// What API Gateway knows of the connection and of the message.
        request_context: WebSocketContext<'a> = "requestContext", required;
        /// The message, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Whether the message is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
    }

    /// What API Gateway knows of a connection and of a message on it.
    pub struct WebSocketContext<'a> {
        /// The route that was chosen: `$connect`, `$disconnect`, `$default` or one of the API's own.
        route_key: Option<Str<'a>> = "routeKey";
        /// What the authorizer said when the connection began.
        authorizer: Map<'a, Json<'a>> = "authorizer";
        /// The id of the message.
        message_id: Option<Str<'a>> = "messageId";
        /// The code with which the connection was closed, as in RFC 6455.
        disconnect_status_code: Option<Int> = "disconnectStatusCode";
        /// What has happened.
        event_type: Option<WebSocketEventType<'a>> = "eventType";
        /// An id that is unlikely to come again, for questions to AWS.
        extended_request_id: Option<Str<'a>> = "extendedRequestId";
        /// When it happened: `12/Mar/2026:19:03:58 +0000`.
        request_time: Option<Str<'a>> = "requestTime";
        /// `IN`.
        message_direction: Option<Str<'a>> = "messageDirection";
        /// Why the connection was closed; may be empty.
        disconnect_reason: Option<Str<'a>> = "disconnectReason";
        /// The stage.
        stage: Option<Str<'a>> = "stage";
        /// When the connection began.
        connected_at: Option<Millis> = "connectedAt";
        /// When it happened.
        request_time_epoch: Option<Millis> = "requestTimeEpoch";
        /// Who has connected.
        identity: Identity<'a> = "identity";
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// The domain name to which the client has connected; messages to it are posted there.
        domain_name: Option<Str<'a>> = "domainName";
        /// The id of the connection, by which messages are posted to it.
        connection_id: Str<'a> = "connectionId", required;
        /// The id of the API.
        api_id: Option<Str<'a>> = "apiId";
    }
}

open_enum! {
    /// What has happened to a connection.
    pub enum WebSocketEventType<'a> {
        /// It is about to begin; an answer with a status of 400 or more refuses it.
        Connect = "CONNECT",
        /// A message has come.
        Message = "MESSAGE",
        /// It has ended.
        Disconnect = "DISCONNECT",
    }
}
