//! `http_websocket` as API Gateway invokes it: a client that connects or is refused, says something and goes.

use serde_json::{Value, json};

use crate::run_all::example;

fn connect(members: &Value) -> Value {
    let mut event = json!({ "requestContext": {
        "routeKey": "$connect", "eventType": "CONNECT", "connectionId": "L0SM9cOFvHcCIhw=",
    } });
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    event
}

#[tokio::test]
async fn a_client_connects_is_answered_and_goes() {
    let function = example("http_websocket", env!("CARGO_BIN_EXE_http_websocket"));

    let event = connect(&json!({
        "multiValueHeaders": { "Sec-WebSocket-Protocol": ["chat, echo"] },
        "queryStringParameters": { "name": "ada" },
    }));
    let accepted = function.invoke(event).await;
    let expected = json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": "echo" } });
    assert_eq!(accepted.json().unwrap(), expected);

    let context =
        json!({ "routeKey": "$default", "eventType": "MESSAGE", "connectionId": "L0SM9cOFvHcCIhw=" });
    let answered =
        function.invoke(json!({ "requestContext": context, "body": "hi", "isBase64Encoded": false })).await;
    assert_eq!(answered.json().unwrap(), json!({ "statusCode": 200, "body": "Hello! You said: hi" }));
    let answered =
        function.invoke(json!({ "requestContext": context, "body": "aGk=", "isBase64Encoded": true })).await;
    assert_eq!(answered.json().unwrap(), json!({ "statusCode": 200, "body": "Hello! You said: hi" }));

    let gone = function
        .invoke(json!({ "requestContext": {
            "routeKey": "$disconnect", "eventType": "DISCONNECT", "connectionId": "L0SM9cOFvHcCIhw=",
            "disconnectStatusCode": 1001, "disconnectReason": "Going away",
        } }))
        .await;
    assert_eq!(gone.json().unwrap(), json!({ "statusCode": 200 }));
    let is_told = |line: &String| {
        ["a client has gone", "L0SM9cOFvHcCIhw=", "1001", "Going away"].iter().all(|part| line.contains(part))
    };
    assert!(gone.logs().iter().any(is_told), "{:?}", gone.logs());
    assert!(!gone.report().is_cold_start(), "the process has lived on");
}

#[tokio::test]
async fn a_client_without_a_name_is_refused_and_one_without_a_protocol_is_not() {
    let function = example("http_websocket", env!("CARGO_BIN_EXE_http_websocket"));
    for members in [json!({}), json!({ "queryStringParameters": { "name": "" } })] {
        assert_eq!(function.invoke(connect(&members)).await.json().unwrap(), json!({ "statusCode": 401 }));
    }
    let event = connect(&json!({ "queryStringParameters": { "name": "ada" } }));
    assert_eq!(function.invoke(event).await.json().unwrap(), json!({ "statusCode": 200 }));
}

#[tokio::test]
async fn a_message_that_is_no_text_and_an_event_of_another_kind_harm_nobody() {
    let function = example("http_websocket", env!("CARGO_BIN_EXE_http_websocket"));
    let context =
        json!({ "routeKey": "$default", "eventType": "MESSAGE", "connectionId": "L0SM9cOFvHcCIhw=" });
    let failed =
        function.invoke(json!({ "requestContext": context, "body": "/wA=", "isBase64Encoded": true })).await;
    assert_eq!(failed.json().unwrap()["errorMessage"], "the message is no UTF-8");
    let other = json!({ "requestContext": { "eventType": "PING", "connectionId": "L0SM9cOFvHcCIhw=" } });
    assert_eq!(function.invoke(other).await.json().unwrap(), json!({ "statusCode": 200 }));
}
