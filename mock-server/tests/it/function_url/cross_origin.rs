//! What pages of other origins may do.

use mock_server::{Cors, UrlSettings};

use super::Stage;
use crate::{raw::head, wait::soon};

const ORIGIN: (&str, &str) = ("Origin", "https://a.example");
const PREFLIGHT: [(&str, &str); 2] = [ORIGIN, ("Access-Control-Request-Method", "PUT")];

fn settings() -> UrlSettings {
    let cors =
        Cors::default().allow_origins(["https://a.example"]).allow_methods(["PUT"]).expose_headers(["x-one"]);
    UrlSettings::default().cors(cors)
}

#[tokio::test]
async fn a_preflight_request_is_answered_without_the_function() {
    let stage = Stage::new(settings());
    let mut client = stage.client().await;
    client.send(head("OPTIONS", "/", &PREFLIGHT) + "\r\n").await;
    let reply = soon(client.reply()).await;
    assert_eq!(reply.brief(), (200, ""));
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("PUT"));
    assert!(reply.header("x-amzn-requestid").is_some());
    assert!(stage.launches_nobody());
}

#[tokio::test]
async fn configured_headers_win_over_those_of_the_function() {
    let result =
        r#"{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*","Access-Control-Max-Age":"7"}}"#;
    let (_, reply) = Stage::new(settings()).exchange(head("PUT", "/", &[ORIGIN]) + "\r\n", result).await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.head.matches("Access-Control-Allow-Origin").count(), 1);
    assert_eq!(reply.header("access-control-expose-headers"), Some("x-one"));
    assert_eq!(reply.header("access-control-max-age"), Some("7"));
}

#[tokio::test]
async fn errors_of_the_url_may_be_read_by_the_page() {
    let (_, reply) = Stage::new(settings()).exchange(head("PUT", "/", &[ORIGIN]) + "\r\n", "no JSON").await;
    assert_eq!(reply.status(), 502);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
}

#[tokio::test]
async fn without_a_configuration_the_function_answers_preflight_requests() {
    let stage = Stage::new(UrlSettings::default());
    let (event, reply) =
        stage.exchange(head("OPTIONS", "/", &PREFLIGHT) + "\r\n", r#"{"statusCode":299}"#).await;
    assert_eq!(event["requestContext"]["http"]["method"], "OPTIONS");
    assert_eq!((reply.status(), reply.header("access-control-allow-origin")), (299, None));
}
