//! Responses that are whole before any of them is sent.

use mock_server::{InvokeMode, UrlSettings};

use super::Stage;
use crate::{
    guest::{error_path, request_id},
    raw::{get, head},
    wait::soon,
};

async fn reply_to(request: Vec<u8>, result: &str) -> crate::raw::Reply {
    Stage::new(UrlSettings::default()).exchange(request, result).await.1
}

#[tokio::test]
async fn status_headers_cookies_and_body_are_the_functions() {
    let result = r#"{"statusCode":"418","headers":{"Content-Type":"text/plain","X-Pot":"tea","Content-Length":99},
        "cookies":["a=1; Secure","b=2"],"body":"short and stout"}"#;
    let reply = reply_to(get("/"), result).await;
    assert_eq!(reply.brief(), (418, "short and stout"));
    let ids = ["X-Amzn-Requestid", "X-Amzn-Trace-Id"];
    let head: Vec<_> =
        reply.sorted_head().into_iter().filter(|line| !ids.iter().any(|id| line.starts_with(id))).collect();
    let expected = [
        "Content-Length: 15",
        "Content-Type: text/plain",
        "HTTP/1.1 418 I'm a teapot",
        "Set-Cookie: a=1; Secure",
        "Set-Cookie: b=2",
        "X-Amzn-Remapped-Content-Length: 99",
        "X-Pot: tea",
    ];
    assert_eq!(head, expected);
    assert!(ids.iter().all(|id| reply.header(id).is_some()), "{}", reply.head);
}

#[tokio::test]
async fn a_result_without_a_status_is_the_body() {
    let text = reply_to(get("/"), "\"hello\"").await;
    assert_eq!((text.brief(), text.header("content-type")), ((200, "hello"), Some("application/json")));
    let object = reply_to(get("/"), r#"{"n": 42}"#).await;
    assert_eq!(
        (object.brief(), object.header("content-type")),
        ((200, r#"{"n": 42}"#), Some("application/json"))
    );
}

#[tokio::test]
async fn a_head_request_gets_the_head_alone() {
    let stage = Stage::new(UrlSettings::default());
    let (mut client, mut guest, event) = stage.begun(head("HEAD", "/", &[]) + "\r\n").await;
    let path = crate::guest::response_path(request_id(&event));
    guest.post(&path, r#"{"statusCode":200,"body":"unseen"}"#).await;
    let head = soon(client.head_alone()).await;
    assert_eq!((head.status(), head.header("content-length")), (200, Some("6")));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&event.body).unwrap()["requestContext"]["http"]["method"],
        "HEAD"
    );
    // The next reply on the connection begins where the head ended.
    client.send(get("/")).await;
    let event = soon(guest.get(crate::guest::NEXT)).await;
    guest.post(&crate::guest::response_path(request_id(&event)), "\"seen\"").await;
    assert_eq!(soon(client.reply()).await.brief(), (200, "seen"));
}

#[tokio::test]
async fn a_status_without_a_body_leaves_it_out() {
    let reply = reply_to(get("/"), r#"{"statusCode":204,"body":"unseen"}"#).await;
    assert_eq!(reply.brief(), (204, ""));
}

#[tokio::test]
async fn malformed_responses_are_internal_server_errors() {
    for result in [
        "no JSON",
        r#"{"statusCode":600}"#,
        r#"{"statusCode":200,"headers":{"a":"b\r\nc: d"}}"#,
        r#"{"statusCode":200,"body":"%%%","isBase64Encoded":true}"#,
    ] {
        let reply = reply_to(get("/"), result).await;
        assert_eq!(reply.brief(), (502, "Internal Server Error"), "{result}");
        assert!(reply.header("x-amzn-requestid").is_some());
    }
}

#[tokio::test]
async fn a_function_error_is_an_internal_server_error_in_either_mode() {
    for mode in [InvokeMode::Buffered, InvokeMode::ResponseStream] {
        let stage = Stage::new(UrlSettings::default().invoke_mode(mode));
        let (mut client, mut guest, event) = stage.begun(get("/")).await;
        guest.post(&error_path(request_id(&event)), r#"{"errorMessage":"secret"}"#).await;
        assert_eq!(soon(client.reply()).await.brief(), (502, "Internal Server Error"));
    }
}
