//! What the service answers when all is well, and to paths that it does not have.
//!
//! Refusals that depend on the state are in `refusals`, the endpoints for extensions in `extensions`.

use mock_server::{Event, Invocation, MockLambda};
use serde_json::json;

use crate::{
    guest::{self, NEXT, Puppet, request_id},
    raw::{self, Connection, head},
};

fn puppet() -> Puppet {
    Puppet::new(MockLambda::new().function("f"))
}

fn known(request_id: &str) -> Invocation {
    Invocation::new("{}").request_id(request_id.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_with_every_header_in_lambdas_form() {
    let puppet = puppet();
    let invocation = Invocation::new(json!({ "n": 21 }))
        .request_id("8476a536-e9f4-11e8-9739-2dfe598c3fcd".parse().unwrap())
        .trace_id("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
        .client_context(r#"{"custom":{"locale":"de"}}"#)
        .cognito_identity(r#"{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}"#)
        .tenant_id("blue");
    let _outcome = puppet.invoke(invocation);
    let api = puppet.launched().await;
    let event = Connection::open(&api).await.get(NEXT).await;

    let now = api.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let deadline = format!("Lambda-Runtime-Deadline-Ms: {}", now.as_millis() + 3_000);
    let invocation_id = event.header("lambda-runtime-invocation-id").unwrap();
    assert_eq!(invocation_id.len(), 36, "{invocation_id}");
    assert_eq!(
        event.sorted_head(),
        [
            "Content-Length: 8",
            "Content-Type: application/json",
            "HTTP/1.1 200 OK",
            "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Aws-Tenant-Id: blue",
            "Lambda-Runtime-Client-Context: {\"custom\":{\"locale\":\"de\"}}",
            "Lambda-Runtime-Cognito-Identity: {\"cognitoIdentityId\":\"i\",\"cognitoIdentityPoolId\":\"p\"}",
            &deadline,
            &format!("Lambda-Runtime-Invocation-Id: {invocation_id}"),
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f",
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        ]
    );
    assert_eq!(event.text(), r#"{"n":21}"#);
}

#[tokio::test(start_paused = true)]
async fn what_the_caller_does_not_give_has_no_header() {
    let (mut api, _outcome) = puppet().connected("{}").await;
    let event = api.get(NEXT).await;
    let names: Vec<_> =
        event.sorted_head().iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert_eq!(
        names,
        [
            "Content-Length",
            "Content-Type",
            "Lambda-Runtime-Aws-Request-Id",
            "Lambda-Runtime-Deadline-Ms",
            "Lambda-Runtime-Invocation-Id",
            "Lambda-Runtime-Invoked-Function-Arn",
            "Lambda-Runtime-Trace-Id",
        ]
    );
    let trace = event.header("lambda-runtime-trace-id").unwrap();
    assert!(trace.starts_with("Root=1-") && trace.ends_with(";Sampled=0"), "{trace}");
}

#[tokio::test(start_paused = true)]
async fn text_outside_ascii_reaches_the_guest_as_utf_8() {
    let invocation = Invocation::new(r#"{"name":"Jörg"}"#).client_context(r#"{"custom":{"name":"Jörg"}}"#);
    let (mut api, _outcome) = puppet().connected(invocation).await;
    let event = api.get(NEXT).await;
    assert_eq!(event.brief(), (200, r#"{"name":"Jörg"}"#));
    assert_eq!(event.header("lambda-runtime-client-context"), Some(r#"{"custom":{"name":"Jörg"}}"#));
}

#[tokio::test(start_paused = true)]
async fn a_response_is_accepted_in_lambdas_words() {
    let (mut api, outcome) = puppet().connected(known("r-1")).await;
    api.get(NEXT).await;
    let accepted = api.post(&guest::response_path("r-1"), r#"{"n":42}"#).await;
    assert_eq!(
        accepted.sorted_head(),
        ["Content-Length: 16", "Content-Type: application/json", "HTTP/1.1 202 Accepted"]
    );
    assert_eq!(accepted.text(), "{\"status\":\"OK\"}\n");

    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!((outcome.is_success(), &outcome.payload()[..]), (true, &br#"{"n":42}"#[..]));
}

#[tokio::test(start_paused = true)]
async fn an_error_report_reaches_the_caller_unchanged() {
    let (mut api, outcome) = puppet().connected(known("r-1")).await;
    api.get(NEXT).await;
    let report = r#"{ "errorMessage": "no such order", "extra": 1, "errorType": "OrderNotFound" }"#;
    let headers = [("Lambda-Runtime-Function-Error-Type", "Function.OrderNotFound")];
    let accepted = api.post_with(&guest::error_path("r-1"), &headers, report).await;
    assert_eq!(accepted.brief(), (202, "{\"status\":\"OK\"}\n"));

    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.payload(), report);
    assert_eq!(outcome.error_type(), Some("Function.OrderNotFound"));
}

#[tokio::test(start_paused = true)]
async fn an_init_error_is_accepted_and_in_the_second_attempt_given_to_the_caller() {
    let puppet = puppet();
    let outcome = puppet.invoke("{}");
    for attempt in ["first", "second"] {
        let mut api = Connection::open(&puppet.launched().await).await;
        let report = format!(r#"{{"errorMessage":"the {attempt} attempt","errorType":"Init"}}"#);
        let headers = [("Lambda-Runtime-Function-Error-Type", "Runtime.NoConfig")];
        let accepted = api.post_with(guest::INIT_ERROR, &headers, &report).await;
        assert_eq!(accepted.brief(), (202, "{\"status\":\"OK\"}\n"));
    }
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.payload(), r#"{"errorMessage":"the second attempt","errorType":"Init"}"#);
    assert_eq!(outcome.error_type(), Some("Runtime.NoConfig"));
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_and_recorded() {
    let puppet = puppet();
    let (mut api, _outcome) = puppet.connected("{}").await;
    assert_eq!(api.get("/2018-06-01/ping").await.brief(), (200, "pong"));
    let is_ping = |event: &Event| matches!(event, Event::Served { path, .. } if path == "/2018-06-01/ping");
    assert!(puppet.function.timeline().entries().iter().any(|entry| is_ping(&entry.event)));
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_are_not_found_in_lambdas_words() {
    let (mut api, _outcome) = puppet().connected("{}").await;
    for path in [
        "/",
        "/2018-06-01/runtime/invocation",
        "/2018-06-01/runtime/invocation/r-1",
        "/2018-06-01/runtime/invocation/next/",
        "/2015-03-31/functions/f/invocations",
        // Only with SnapStart.
        "/2018-06-01/runtime/restore/next",
        "/2021-04-23/credentials",
    ] {
        let reply = api.get(path).await;
        assert_eq!(reply.brief(), (404, "404 page not found\n"), "{path}");
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
    }
    let reply = api.post("/2018-06-01/runtime/restore/error", "{}").await;
    assert_eq!(reply.brief(), (404, "404 page not found\n"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_method_is_told_the_right_one_and_nothing_else() {
    let (mut api, _outcome) = puppet().connected("{}").await;
    for (method, path, allow) in [
        ("POST", NEXT, "Allow: GET"),
        ("DELETE", "/2018-06-01/ping", "Allow: GET"),
        ("PUT", "/2018-06-01/runtime/invocation/r-1/response", "Allow: POST"),
        ("GET", "/2018-06-01/runtime/invocation/r-1/error", "Allow: POST"),
        ("GET", "/2018-06-01/runtime/init/error", "Allow: POST"),
    ] {
        api.send(head(method, path, &[("Content-Length", "0")]) + "\r\n").await;
        let reply = api.reply().await;
        assert_eq!(
            reply.sorted_head(),
            [allow, "Content-Length: 0", "HTTP/1.1 405 Method Not Allowed"],
            "{method} {path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_invocation_has_its_own_ids_and_all_have_the_same_form() {
    let puppet = puppet();
    let (mut api, mut outcome) = puppet.connected("{}").await;
    let mut ids = Vec::new();
    api.send(raw::get(NEXT)).await;
    for _ in 0..2 {
        let event = api.reply().await;
        ids.push(request_id(&event).to_owned());
        ids.push(event.header("lambda-runtime-invocation-id").unwrap().to_owned());
        api.post(&guest::response_path(request_id(&event)), "1").await;
        api.send(raw::get(NEXT)).await;
        assert_eq!(outcome.await.unwrap().request_id().as_str(), request_id(&event));
        outcome = puppet.invoke("{}");
    }
    assert!(ids.iter().all(|id| id.len() == 36 && id.split('-').count() == 5), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}
