//! What a function answers to a WebSocket API.
//!
//! Sources: [subprotocols](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html),
//! [route responses](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html).

use crate::{Int, Map, Str, value::Base64};

event! {
    /// The answer to an event of a WebSocket API.
    ///
    /// ```
    /// use lambda_events::apigw::WebSocketReply;
    ///
    /// let reply = WebSocketReply::accept_protocol("chat");
    /// assert_eq!(
    ///     serde_json::to_string(&reply)?,
    ///     r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat"}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct WebSocketReply<'a> {
        /// Whether a connection is accepted (200) or refused (400 or more).
        status_code: Int = "statusCode", required;
        /// Headers of the answer to the handshake; none with a message.
        headers: Map<'a, Str<'a>> = "headers";
        /// The message to the client, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Whether the message is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
    }
}

impl<'a> WebSocketReply<'a> {
    /// Accepts a connection: status 200.
    ///
    /// A client that has offered subprotocols wants to know which one was chosen:
    /// [`accept_protocol`](Self::accept_protocol).
    pub fn accept() -> Self {
        Self::of(200)
    }

    /// Accepts a connection with one of the subprotocols that the client has offered
    /// ([`WebSocketConnect::protocols`](super::WebSocketConnect::protocols)).
    ///
    /// Source: [a `$connect` route that requires a subprotocol](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html).
    pub fn accept_protocol(protocol: impl Into<Str<'a>>) -> Self {
        Self { headers: Map::from([("Sec-WebSocket-Protocol", protocol.into())]), ..Self::of(200) }
    }

    /// Refuses a connection; the client gets this status as the answer to its handshake.
    ///
    /// A status that is not from 400 to 599 becomes 403: to refuse never accepts.
    ///
    /// Source: [`$connect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html).
    pub fn refuse(status: u16) -> Self {
        Self::of(if (400..600).contains(&status) { status } else { 403 })
    }

    /// Refuses a connection of a client that has not said who it is: status 401.
    pub fn unauthorized() -> Self {
        Self::of(401)
    }

    /// Refuses a connection of a client that may not connect: status 403.
    pub fn forbidden() -> Self {
        Self::of(403)
    }

    /// Answers a message with a text.
    ///
    /// It reaches the client where the route has a route response, and is dropped elsewhere. It has 128 KB at most.
    ///
    /// Sources: [route responses](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html),
    /// [quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html).
    pub fn message(text: impl Into<Str<'a>>) -> Self {
        Self { body: Some(text.into()), ..Self::of(200) }
    }

    /// Answers a message with bytes, as base64.
    ///
    /// As [`message`](Self::message). AWS does not say of a proxy integration whether the client gets the bytes or the base64; a
    /// client that has to be sure is sent a text.
    ///
    /// Source: [binary media types](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html).
    pub fn binary(bytes: impl AsRef<[u8]>) -> Self {
        let body = Base64::encode(bytes).encoded().to_owned();
        Self { body: Some(body.into()), is_base64_encoded: Some(true), ..Self::of(200) }
    }

    /// Answers a message with nothing, or takes note of an end: status 200.
    pub fn nothing() -> Self {
        Self::of(200)
    }

    fn of(status: u16) -> Self {
        Self { status_code: i64::from(status).into(), ..Self::default() }
    }
}
