//! What fronts answer in place of the function.

use mock_server::{Front, MockLambda};

use super::{Stage, listen};
use crate::{
    guest::{error_path, request_id},
    raw::{Connection, get, head, post},
    wait::soon,
};

const LIMIT: usize = 6_291_456;

/// Every front, and what it says of a function that has failed.
fn fronts() -> [(Front, u16, &'static str); 7] {
    let (http, rest) = (r#"{"message":"Internal Server Error"}"#, r#"{"message": "Internal server error"}"#);
    let page = "502 Bad Gateway";
    [
        (Front::http_api(), 500, http),
        (Front::http_api().payload_format_1(), 500, http),
        (Front::rest_api(), 502, rest),
        (Front::rest_api().response_stream(), 502, rest),
        (Front::load_balancer(), 502, page),
        (Front::load_balancer().multi_value_headers(), 502, page),
        (Front::lattice(), 502, ""),
    ]
}

#[tokio::test]
async fn a_function_error_and_a_malformed_response_are_the_fronts_own_error() {
    for (front, status, text) in fronts() {
        let stage = Stage::new(front.clone());
        let (mut client, mut guest, event) = stage.begun(get("/")).await;
        guest.post(&error_path(request_id(&event)), r#"{"errorMessage":"secret"}"#).await;
        let failed = soon(client.reply()).await;
        let (_, malformed) = Stage::new(front.clone()).exchange(get("/"), r#"{"statusCode":7}"#).await;
        for reply in [failed, malformed] {
            assert_eq!(reply.status(), status, "{front:?}");
            assert!(
                reply.text().contains(text) && !reply.text().contains("secret"),
                "{front:?}: {}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn a_front_of_no_function_answers_as_if_it_had_failed() {
    for (front, status, text) in fronts() {
        let mock = MockLambda::new();
        let open = listen(&mock, front);
        let reply = soon(Connection::tcp(open.address()).await.get("/")).await;
        assert_eq!(reply.status(), status);
        assert!(reply.text().contains(text), "{}", reply.text());
        let unknown = Stage::new(Front::rest_api().qualifier("nowhere")).refused(get("/")).await;
        assert_eq!(unknown.status(), 502);
    }
}

#[tokio::test]
async fn a_request_beyond_the_concurrency_is_refused() {
    for (front, status) in [(Front::http_api(), 503), (Front::rest_api(), 502), (Front::load_balancer(), 502)]
    {
        let stage = Stage::with(front, |builder| builder.reserved_concurrency(0));
        assert_eq!(stage.refused(get("/")).await.status(), status);
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused() {
    let text = [("Content-Type", "text/plain")];
    // What Lambda does not take, because of what stands around it, and what API Gateway does not.
    let reply = Stage::new(Front::rest_api()).refused(post("/", &text, &vec![b'x'; LIMIT])).await;
    assert_eq!(reply.brief(), (413, r#"{"message": "Request Too Long"}"#));
    assert_eq!(reply.header("x-amzn-errortype"), Some("BadRequestException"));
    let reply = Stage::new(Front::http_api()).refused(post("/", &text, &vec![b'x'; LIMIT])).await;
    assert_eq!(reply.brief(), (413, r#"{"message":"Request Entity Too Large"}"#));
    let reply = Stage::new(Front::rest_api()).refused(post("/", &text, &vec![b'x'; 10_485_761])).await;
    assert_eq!(reply.brief(), (413, "HTTP content length exceeded 10485760 bytes."));
    let reply = Stage::new(Front::lattice()).refused(post("/", &text, &vec![b'x'; LIMIT + 1])).await;
    assert_eq!(reply.brief(), (413, ""));
}

#[tokio::test]
async fn a_path_that_an_http_api_cannot_decode_is_a_bad_request() {
    for path in ["/percent%25done", "/%zz", "/%"] {
        let reply = Stage::new(Front::http_api()).refused(get(path)).await;
        assert_eq!(reply.brief(), (400, r#"{"message":"Bad Request"}"#), "{path}");
    }
}

#[tokio::test]
async fn hostile_requests_are_answered_by_every_front() {
    for (front, _, _) in fronts() {
        let stage = Stage::new(front.clone());
        let mut client = stage.client().await;
        for garbage in [
            &b"GET\r\n\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET /\xff\0 HTTP/1.1\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /?\" HTTP/1.1\r\n\r\n",
        ] {
            let mut client = stage.client().await;
            client.send(garbage).await;
            client.finish_writing().await;
            if let Some(reply) = soon(client.try_reply()).await {
                assert!((400..600).contains(&reply.status()), "{front:?}: {}", reply.head);
            }
        }
        // A body that breaks off is no request.
        let mut short = stage.client().await;
        short.send(head("POST", "/", &[("Content-Length", "9")]) + "\r\nshort").await;
        short.finish_writing().await;
        if let Some(reply) = soon(short.try_reply()).await {
            assert_eq!(reply.status(), 400, "{front:?}");
        }
        let hostile = b"OPTIONS //a/../%2e%2e?&=&%zz=%ff&%&a=b=c|{} HTTP/1.1\r\nHost: \xff\r\nCookie: ;;\xc3\xa9; =\r\nX-Amzn-Trace-Id: \xff\r\nContent-Type: \xff;\r\nX-Forwarded-For: \xff, ,\r\nAccept: ,;\r\n\r\n";
        client.send(hostile).await;
        // The guest sees an event that is JSON.
        let mut guest = Connection::open(&soon(stage.puppet.launched()).await).await;
        let event = soon(guest.get(crate::guest::NEXT)).await;
        let json: serde_json::Value = serde_json::from_slice(&event.body).unwrap();
        assert!(json.is_object());
        let path = crate::guest::response_path(request_id(&event));
        guest.post(&path, r#"{"statusCode":200}"#).await;
        assert!(soon(client.reply()).await.status() >= 200, "{front:?}");
    }
}
