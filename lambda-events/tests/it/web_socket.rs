//! Events of WebSocket APIs by what has happened, and the answers that API Gateway documents.
//!
//! Replies are held against the examples of
//! [`$connect`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html)
//! and [subprotocols](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html), and
//! URLs against those of [`@connections`](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html).

#![expect(clippy::unwrap_used, reason = "an event that is none fails the test")]

use lambda_events::{
    Borrowed, IntoOwned, Unknown,
    apigw::{WebSocket, WebSocketConnect, WebSocketMessage, WebSocketMessageError, WebSocketReply},
    samples,
};
use serde_json::{Value, json};

use crate::minified::minified;

fn read(json: &Value) -> WebSocket<'static> {
    let text = json.to_string();
    lambda_events::from_slice::<WebSocket<'_>>(text.as_bytes()).unwrap().into_owned()
}

fn kind(event: &WebSocket<'_>) -> &'static str {
    match event {
        WebSocket::Connect(_) => "connect",
        WebSocket::Message(_) => "message",
        WebSocket::Disconnect(_) => "disconnect",
        WebSocket::Other(_) => "other",
        _ => "a variant that is new",
    }
}

fn connect(members: &Value) -> WebSocketConnect<'static> {
    let mut event = json!({ "requestContext": { "eventType": "CONNECT", "connectionId": "1" } });
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    match read(&event) {
        WebSocket::Connect(connect) => connect,
        other => panic!("{other:?}"),
    }
}

fn message(body: &Value, is_base64: &Value) -> WebSocketMessage<'static> {
    let context = json!({ "eventType": "MESSAGE", "connectionId": "1" });
    match read(&json!({ "requestContext": context, "body": body, "isBase64Encoded": is_base64 })) {
        WebSocket::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

/// Asks for all that there is to ask for.
fn ask(event: &WebSocket<'_>) {
    let _asked =
        (event.connection_id(), event.route_key(), event.context().connection_url(), event.unknown());
    match event {
        WebSocket::Connect(connect) => {
            let _asked = (connect.protocols().count(), connect.query("room"), connect.header("host"));
            let _asked = (connect.connection_id(), connect.authorizer());
        }
        WebSocket::Message(message) => {
            let _asked = (message.text(), message.bytes(), message.message_id(), message.route_key());
            let _asked = (message.connection_id(), message.authorizer());
        }
        WebSocket::Disconnect(disconnect) => {
            let _asked =
                (disconnect.code(), disconnect.reason(), disconnect.connection_id(), disconnect.authorizer());
        }
        _ => {}
    }
}

#[test]
fn the_samples_are_what_they_are_called_and_are_written_as_they_were_read() {
    for (json, expected) in [
        (samples::APIGW_WEBSOCKET_CONNECT.json(), "connect"),
        (samples::APIGW_WEBSOCKET_MESSAGE.json(), "message"),
        (samples::APIGW_WEBSOCKET_DISCONNECT.json(), "disconnect"),
    ] {
        let event: WebSocket<'_> = lambda_events::from_slice(json.as_bytes()).unwrap();
        assert_eq!(kind(&event), expected);
        assert_eq!(event.connection_id(), "ZbX1ccnVjoECFvA=");
        assert_eq!(event.unknown(), Vec::<String>::new());
        assert_eq!(serde_json::to_string(&event).unwrap(), minified(json));
        let owned: WebSocket<'static> = event.clone().into_owned();
        assert_eq!(owned, event);
        assert_eq!(serde_json::to_string(&owned.into_event()).unwrap(), minified(json));
    }
}

#[test]
fn an_event_lends_its_texts() {
    fn lent(json: &str) -> <WebSocket<'static> as Borrowed>::Of<'_> {
        serde_json::from_str(json).unwrap()
    }
    let event = lent(samples::APIGW_WEBSOCKET_MESSAGE.json());
    assert!(event.context().connection_id.is_borrowed());
}

#[test]
fn what_the_samples_carry_is_at_hand() {
    let WebSocket::Connect(connect) = samples::APIGW_WEBSOCKET_CONNECT.event().into() else {
        panic!("no connect")
    };
    assert_eq!(connect.header("SEC-WEBSOCKET-VERSION"), Some("13"));
    assert_eq!(connect.protocols().collect::<Vec<_>>(), ["chat"]);
    assert_eq!(connect.queries("room").collect::<Vec<_>>(), ["green", "blue"]);
    assert_eq!((connect.query("room"), connect.query("Room")), (Some("blue"), None));
    assert_eq!(connect.authorizer()["tenant"].as_str(), Some("north"));

    let WebSocket::Message(message) = samples::APIGW_WEBSOCKET_MESSAGE.event().into() else {
        panic!("no message")
    };
    assert_eq!((message.route_key(), message.message_id()), (Some("say"), Some("ZbX1dfFjjoECFvA=")));
    assert_eq!(message.text().unwrap(), r#"{"action":"say","text":"hello"}"#);
    assert_eq!(message.authorizer()["principalId"].as_str(), Some("ada"));

    let WebSocket::Disconnect(disconnect) = samples::APIGW_WEBSOCKET_DISCONNECT.event().into() else {
        panic!("no disconnect")
    };
    assert_eq!((disconnect.code(), disconnect.reason()), (Some(1001), Some("Going away")));
    assert_eq!(disconnect.connection_id(), "ZbX1ccnVjoECFvA=");
    assert!(disconnect.authorizer().is_empty());
}

#[test]
fn the_event_type_decides_and_where_it_is_missing_the_route_and_then_the_body() {
    for (context, body, expected) in [
        (json!({ "eventType": "CONNECT" }), json!(null), "connect"),
        (json!({ "eventType": "MESSAGE" }), json!(null), "message"),
        (json!({ "eventType": "DISCONNECT" }), json!("a body"), "disconnect"),
        // An API may name its routes as it likes.
        (json!({ "eventType": "MESSAGE", "routeKey": "$connect" }), json!("a body"), "message"),
        (json!({ "eventType": "PING", "routeKey": "$connect", "messageId": "1" }), json!("a body"), "other"),
        (json!({ "eventType": "connect" }), json!(null), "other"),
        (json!({ "routeKey": "$connect" }), json!(null), "connect"),
        (json!({ "routeKey": "$disconnect", "eventType": null }), json!(null), "disconnect"),
        (json!({ "routeKey": "$connect", "eventType": 7 }), json!("a body"), "connect"),
        (json!({ "routeKey": "$default" }), json!(""), "message"),
        (json!({ "routeKey": "say", "messageId": "1" }), json!(null), "message"),
        (json!({}), json!("a body"), "message"),
        (json!({ "routeKey": "$default" }), json!(null), "other"),
        (json!({}), json!(7), "other"),
    ] {
        let mut event = json!({ "requestContext": context, "body": body });
        event["requestContext"]["connectionId"] = "1".into();
        assert_eq!(kind(&read(&event)), expected, "{event}");
    }
}

#[test]
fn without_the_id_of_a_connection_it_is_no_event() {
    let error =
        serde_json::from_str::<WebSocket<'_>>(r#"{"requestContext":{"eventType":"CONNECT"}}"#).unwrap_err();
    assert!(error.to_string().contains("connectionId"), "{error}");
}

#[test]
fn subprotocols_are_found_in_several_headers_and_in_one_with_commas() {
    let several = |values: Value| json!({ "multiValueHeaders": { "Sec-WebSocket-Protocol": values } });
    let one = |value: &str| json!({ "headers": { "sec-websocket-protocol": value } });
    let both = |values: Value, value: &str| {
        let (several, one) = (several(values), one(value));
        json!({ "multiValueHeaders": several["multiValueHeaders"], "headers": one["headers"] })
    };
    let twice = json!({ "Sec-WebSocket-Protocol": ["a"], "sec-websocket-protocol": ["b"] });
    for (members, expected) in [
        (several(json!(["a", "b, c"])), &["a", "b", "c"][..]),
        (one(" a ,,b,"), &["a", "b"]),
        (json!({ "multiValueHeaders": twice }), &["a", "b"]),
        // All values count, and the last of them is told once more in `headers`.
        (both(json!(["a", "b"]), "b"), &["a", "b"]),
        (both(json!(7), "b"), &["b"]),
        (both(json!([]), "b"), &["b"]),
        (several(json!([])), &[]),
        (one(""), &[]),
        (json!({ "headers": null }), &[]),
        (json!({}), &[]),
    ] {
        assert_eq!(connect(&members).protocols().collect::<Vec<_>>(), expected, "{members}");
    }
}

#[test]
fn a_message_is_decoded_only_where_it_is_base64() {
    let plain = message(&json!("SGVsbG8="), &json!(false));
    assert_eq!(
        (plain.text().unwrap().as_ref(), plain.bytes().unwrap().as_ref()),
        ("SGVsbG8=", &b"SGVsbG8="[..])
    );
    let encoded = message(&json!("SGVsbG8="), &json!(true));
    assert_eq!(
        (encoded.text().unwrap().as_ref(), encoded.bytes().unwrap().as_ref()),
        ("Hello", &b"Hello"[..])
    );
    for nothing in [message(&json!(null), &json!(false)), message(&json!(null), &json!(true))] {
        assert_eq!((nothing.text().unwrap().as_ref(), nothing.bytes().unwrap().as_ref()), ("", &b""[..]));
    }

    let bytes = message(&json!("/wA="), &json!(true));
    assert_eq!(bytes.bytes().unwrap().as_ref(), [0xff, 0]);
    assert!(matches!(bytes.text(), Err(WebSocketMessageError::Text(_))));
    let neither = message(&json!("*"), &json!(true));
    assert!(neither.bytes().is_err());
    assert_eq!(neither.text().unwrap_err().to_string(), "the message is no base64");
}

#[test]
fn a_code_that_is_none_and_an_empty_reason_are_not_told() {
    for (code, expected) in [
        (json!(1005), Some(1005)),
        (json!("1001"), Some(1001)),
        (json!(-1), None),
        (json!(65_536), None),
        (json!("gone"), None),
        (json!(null), None),
    ] {
        let context = json!({ "eventType": "DISCONNECT", "connectionId": "1", "disconnectStatusCode": code,
            "disconnectReason": "" });
        let WebSocket::Disconnect(disconnect) = read(&json!({ "requestContext": context })) else {
            panic!("{code}")
        };
        assert_eq!((disconnect.code(), disconnect.reason()), (expected, None), "{code}");
    }
}

#[test]
fn messages_to_a_client_are_posted_to_the_url_of_its_connection() {
    let context = |domain: &str| {
        json!({ "eventType": "MESSAGE", "connectionId": "R0oXAdfD0kwCH6w=", "stage": "prod",
        "domainName": domain })
    };
    let url = |domain| read(&json!({ "requestContext": context(domain) })).context().connection_url();
    // The example of AWS, in which the `@` is encoded, too.
    let documented =
        "https://aabbccddee.execute-api.us-east-1.amazonaws.com/prod/%40connections/R0oXAdfD0kwCH6w%3D";
    assert_eq!(url("aabbccddee.execute-api.us-east-1.amazonaws.com"), Some(documented.replace("%40", "@")),);
    assert_eq!(
        url("ws.example.com").as_deref(),
        Some("https://ws.example.com/@connections/R0oXAdfD0kwCH6w%3D")
    );
}

#[test]
fn replies_are_those_that_api_gateway_documents() {
    for (reply, documented) in [
        (WebSocketReply::accept(), r#"{"statusCode":200}"#),
        (
            WebSocketReply::accept_protocol("myprotocol"),
            r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"myprotocol"}}"#,
        ),
        (WebSocketReply::refuse(400), r#"{"statusCode":400}"#),
        (WebSocketReply::unauthorized(), r#"{"statusCode":401}"#),
        (WebSocketReply::forbidden(), r#"{"statusCode":403}"#),
        (WebSocketReply::message("Hello!"), r#"{"statusCode":200,"body":"Hello!"}"#),
        (WebSocketReply::binary(b"Hello"), r#"{"statusCode":200,"body":"SGVsbG8=","isBase64Encoded":true}"#),
        (WebSocketReply::nothing(), r#"{"statusCode":200}"#),
    ] {
        assert_eq!(serde_json::to_string(&reply).unwrap(), documented);
        let read: WebSocketReply<'_> = serde_json::from_str(documented).unwrap();
        assert_eq!(read, reply);
    }
}

#[test]
fn to_refuse_never_accepts() {
    for (status, expected) in
        [(0, 403), (101, 403), (200, 403), (399, 403), (400, 400), (503, 503), (599, 599), (600, 403)]
    {
        assert_eq!(WebSocketReply::refuse(status).status_code, expected);
    }
}

#[test]
fn odd_members_are_no_panic_and_are_written_as_they_came() {
    let odd = [
        json!(null),
        json!(7),
        json!(-0.5),
        json!(true),
        json!(""),
        json!("?/#"),
        json!([null, 1]),
        json!({ "a": [] }),
    ];
    let mut count = 0;
    for sample in [
        samples::APIGW_WEBSOCKET_CONNECT.json(),
        samples::APIGW_WEBSOCKET_MESSAGE.json(),
        samples::APIGW_WEBSOCKET_DISCONNECT.json(),
    ] {
        let event: Value = serde_json::from_str(sample).unwrap();
        for path in pointers(&event) {
            let mutants = odd.iter().map(|odd| {
                let mut mutant = event.clone();
                *mutant.pointer_mut(&path).unwrap() = odd.clone();
                mutant
            });
            for mutant in mutants.chain([without(&event, &path)]) {
                let text = mutant.to_string();
                let Ok(read) = serde_json::from_str::<WebSocket<'_>>(&text) else {
                    assert!(
                        path == "/requestContext" || path == "/requestContext/connectionId",
                        "{path}: {text}"
                    );
                    continue;
                };
                ask(&read);
                assert_eq!(serde_json::to_value(&read).unwrap(), mutant, "{path}");
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count}");
}

/// The places of all members, at any depth.
fn pointers(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(name, value): &(String, &Value)| {
        let below = pointers(value).into_iter().map(|below| format!("/{name}{below}")).collect::<Vec<_>>();
        [vec![format!("/{name}")], below].concat()
    };
    members.iter().flat_map(below).collect()
}

fn without(event: &Value, path: &str) -> Value {
    let mut event = event.clone();
    let (outer, name) = path.rsplit_once('/').unwrap();
    match event.pointer_mut(outer).unwrap() {
        Value::Object(members) => _ = members.remove(name),
        Value::Array(elements) => _ = elements.remove(name.parse().unwrap()),
        _ => {}
    }
    event
}
