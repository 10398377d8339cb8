//! What the URL answers in place of the function.

use mock_server::{MockLambda, UrlAuth, UrlSettings};

use super::{Stage, listen};
use crate::{
    raw::{Connection, get, head, post},
    wait::soon,
};

const LIMIT: usize = 6_291_456;

#[tokio::test]
async fn nobody_comes_in_unsigned_where_signatures_are_wanted() {
    let stage = Stage::new(UrlSettings::default().auth(UrlAuth::AwsIam));
    let reply = soon(stage.client().await.get("/")).await;
    let body = r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#;
    assert_eq!(reply.brief(), (403, body));
    assert_eq!(reply.header("x-amzn-errortype"), Some("AccessDeniedException"));
    assert!(stage.launches_nobody());
}

#[tokio::test]
async fn a_url_of_no_function_or_alias_is_forbidden() {
    let mock = MockLambda::new();
    let nobody = listen(&mock, UrlSettings::default());
    let stage = Stage::new(UrlSettings::default().qualifier("nowhere"));
    for address in [nobody.address(), stage.url.address()] {
        let reply = soon(Connection::tcp(address).await.get("/")).await;
        assert_eq!(reply.brief(), (403, r#"{"Message":null}"#));
        assert_eq!(reply.header("x-amzn-errortype"), Some("AccessDeniedException"));
    }
}

#[tokio::test]
async fn a_request_beyond_the_concurrency_is_refused() {
    let stage = Stage::with(UrlSettings::default(), |builder| builder.reserved_concurrency(0));
    let reply = soon(stage.client().await.get("/")).await;
    assert_eq!((reply.status(), reply.header("x-amzn-errortype")), (429, Some("TooManyRequestsException")));
    assert!(reply.text().contains("ReservedFunctionConcurrentInvocationLimitExceeded"), "{}", reply.text());
}

#[tokio::test]
async fn a_request_over_the_limit_is_refused_and_base64_counts() {
    let stage = Stage::new(UrlSettings::default());
    // Beyond the limit, nothing of the body is waited for that the length announces.
    let mut client = stage.client().await;
    client.send(head("POST", "/", &[("Transfer-Encoding", "chunked")]) + "\r\n").await;
    client.send(format!("{:x}\r\n", LIMIT + 1)).await;
    client.send_in_vain(vec![b'x'; LIMIT + 1]).await;
    assert_eq!(soon(client.reply()).await.status(), 413);
    // In base64 it is a third longer.
    let mut client = stage.client().await;
    client.send(post("/", &[("Content-Type", "image/png")], &vec![0; LIMIT / 4 * 3])).await;
    let reply = soon(client.reply()).await;
    assert_eq!(
        (reply.status(), reply.header("x-amzn-errortype")),
        (413, Some("RequestEntityTooLargeException"))
    );
    assert!(stage.launches_nobody());
}

#[tokio::test]
async fn bytes_that_are_no_request_do_not_harm_the_next_one() {
    let stage = Stage::new(UrlSettings::default());
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\0 HTTP/1.1\r\n\r\n",
    ] {
        let mut client = stage.client().await;
        client.send(garbage).await;
        client.finish_writing().await;
        if let Some(reply) = soon(client.try_reply()).await {
            assert!((400..600).contains(&reply.status()), "{}", reply.head);
        }
    }
    let (_, reply) = stage.exchange(get("/"), "\"well\"").await;
    assert_eq!(reply.brief(), (200, "well"));
}
