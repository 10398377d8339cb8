//! Invokes that are refused although their function is there: too many, too large, without a tenant.

use mock_server::{Event, InvokeApi, MockLambda};

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::{answering, echo},
    raw::{Reply, head},
    wait::{PATIENCE, soon},
};

const EVENT: (&str, &str) = ("X-Amz-Invocation-Type", "Event");
const DRY_RUN: (&str, &str) = ("X-Amz-Invocation-Type", "DryRun");
const STREAMED: &str = "/2021-11-15/functions/f/response-streaming-invocations";

fn launches(mock: &MockLambda) -> usize {
    let entries = mock.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
}

fn id_of(reply: &Reply) -> &str {
    let id = reply.header("x-amzn-requestid").unwrap();
    assert_eq!(id.len(), 36);
    id
}

#[tokio::test]
async fn what_is_no_invocation_has_an_id_of_its_own() {
    let mock = MockLambda::new();
    mock.function("f").reserved_concurrency(0).in_process(echo);
    let api = listen(&mock);
    let mut connection = connect(&api).await;
    let mut ids = Vec::new();
    for (path, headers, status) in [
        (path("f"), &[DRY_RUN][..], 204),
        (STREAMED.to_owned(), &[DRY_RUN], 204),
        (path("f"), &[], 429),
        (STREAMED.to_owned(), &[], 429),
        (STREAMED.to_owned(), &[EVENT], 400),
        (path("absent"), &[], 404),
        ("/nowhere".to_owned(), &[], 404),
    ] {
        let reply = soon(connection.post_with(&path, headers, "{}")).await;
        assert_eq!(reply.status(), status, "{path}");
        ids.push(id_of(&reply).to_owned());
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[tokio::test]
async fn what_is_no_invocation_has_the_id_that_the_caller_gives() {
    let mock = MockLambda::new();
    mock.function("f").reserved_concurrency(0).in_process(echo);
    let api = listen(&mock);
    let given = ("X-Amzn-RequestId", "11111111-2222-4333-8444-555555555555");
    for (function, headers, status) in
        [("f", &[given][..], 429), ("f", &[given, DRY_RUN], 204), ("absent", &[given], 404)]
    {
        let reply = invoke(&api, function, headers, "{}").await;
        assert_eq!((reply.status(), id_of(&reply)), (status, given.1));
    }
}

// === too many ===

fn assert_throttled(reply: &Reply, reason: &str) {
    let body = format!(r#"{{"Reason":"{reason}","Type":"User","message":"Rate Exceeded."}}"#);
    assert_eq!(reply.text(), body);
    let length = format!("Content-Length: {}", body.len());
    let id = format!("X-Amzn-Requestid: {}", id_of(reply));
    assert_eq!(
        reply.sorted_head(),
        [
            length.as_str(),
            "Content-Type: application/json",
            "HTTP/1.1 429 Too Many Requests",
            "Retry-After: 1",
            "X-Amzn-Errortype: TooManyRequestsException",
            &id,
        ]
    );
}

#[tokio::test]
async fn an_invoke_beyond_the_reserved_concurrency_is_told_why_and_when_to_come_again() {
    let mock = MockLambda::new();
    mock.function("f").reserved_concurrency(0).in_process(echo);
    let api = listen(&mock);
    for path in [path("f"), STREAMED.to_owned()] {
        let reply = soon(connect(&api).await.post(&path, "{}")).await;
        assert_throttled(&reply, "ReservedFunctionConcurrentInvocationLimitExceeded");
    }
    assert_eq!(launches(&mock), 0);
    // What is queued is taken, and what does not run is not counted.
    assert_eq!(invoke(&api, "f", &[EVENT], "{}").await.brief(), (202, ""));
    assert_eq!(invoke(&api, "f", &[DRY_RUN], "{}").await.brief(), (204, ""));
}

#[tokio::test]
async fn an_invoke_beyond_the_accounts_concurrency_is_told_so() {
    let mock = MockLambda::new();
    mock.function("all").reserved_concurrency(1_000).in_process(echo);
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    assert_throttled(&invoke(&api, "f", &[], "{}").await, "ConcurrentInvocationLimitExceeded");
    assert_eq!(invoke(&api, "all", &[], "1").await.brief(), (200, "1"));
}

// === too large ===

#[tokio::test]
async fn a_queued_payload_may_have_a_megabyte_and_no_more() {
    const MOST: usize = 1_048_576;

    let mock = MockLambda::new();
    mock.function("f").timeout(PATIENCE).in_process(echo);
    let api = listen(&mock);
    let payload = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    assert_eq!(invoke(&api, "f", &[EVENT], payload(MOST)).await.brief(), (202, ""));
    let old = "/2014-11-13/functions/f/invoke-async";
    for (path, headers) in [(path("f"), &[EVENT][..]), (old.to_owned(), &[])] {
        let mut connection = connect(&api).await;
        let reply = soon(connection.post_with(&path, headers, payload(MOST + 1))).await;
        assert_eq!(
            refusal(&reply),
            (
                413,
                Some("RequestEntityTooLargeException"),
                r#"{"message":"1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"}"#
            ),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_queued_payload_has_to_be_json() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    let reply = invoke(&api, "f", &[EVENT], "{").await;
    let (status, name, body) = refusal(&reply);
    assert_eq!((status, name), (400, Some("InvalidRequestContentException")));
    assert!(body.contains("Could not parse request body into json"), "{body}");
    assert_eq!(launches(&mock), 0);
}

// === tenants ===

fn isolating() -> (MockLambda, InvokeApi) {
    let mock = MockLambda::new();
    mock.function("f").timeout(PATIENCE).isolate_tenants().in_process(|api| {
        answering(api, |event| {
            let tenant = event.header("lambda-runtime-aws-tenant-id").unwrap_or("none").to_owned();
            std::future::ready(tenant.into_bytes())
        })
    });
    let api = listen(&mock);
    (mock, api)
}

#[tokio::test]
async fn a_function_that_isolates_tenants_has_to_be_told_the_tenant_however_it_is_invoked() {
    let (mock, api) = isolating();
    for headers in [&[][..], &[EVENT], &[DRY_RUN], &[("X-Amz-Tenant-Id", "")]] {
        let reply = invoke(&api, "f", headers, "{}").await;
        assert_eq!(
            refusal(&reply),
            (
                400,
                Some("InvalidParameterValueException"),
                r#"{"Type":"User","message":"The function is configured for tenant isolation, and the invoke has no X-Amz-Tenant-Id"}"#
            ),
            "{headers:?}"
        );
    }
    for path in [STREAMED, "/2014-11-13/functions/f/invoke-async"] {
        let reply = soon(connect(&api).await.post(path, "{}")).await;
        assert_eq!(
            (reply.status(), reply.header("x-amzn-errortype")),
            (400, Some("InvalidParameterValueException"))
        );
    }
    assert_eq!(launches(&mock), 0);
}

#[tokio::test]
async fn every_name_that_lambda_takes_is_a_tenant() {
    let (_mock, api) = isolating();
    let longest = "x".repeat(256);
    for tenant in ["blue", "a._:/=+-@ b", "0", &longest] {
        let reply = invoke(&api, "f", &[("X-Amz-Tenant-Id", tenant)], "{}").await;
        assert_eq!(reply.brief(), (200, tenant));
    }
}

#[tokio::test]
async fn what_can_be_no_tenant_is_refused_by_its_pattern_however_it_is_invoked() {
    let (mock, api) = isolating();
    let long = "x".repeat(257);
    for tenant in ["a,b", "a#b", "{}", "jörg", &long] {
        for kind in [None, Some(EVENT), Some(DRY_RUN)] {
            let headers: Vec<_> = kind.into_iter().chain([("X-Amz-Tenant-Id", tenant)]).collect();
            let reply = invoke(&api, "f", &headers, "{}").await;
            let expected = format!(
                r"1 validation error detected: Value '{tenant}' at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+"
            );
            let expected = serde_json::json!({ "message": expected }).to_string();
            assert_eq!(refusal(&reply), (400, Some("ValidationException"), expected.as_str()), "{kind:?}");
        }
    }
    assert_eq!(launches(&mock), 0);
}

// === headers ===

#[tokio::test]
async fn what_is_wrong_with_the_headers_is_wrong_for_a_dry_run_too() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    for (header, name) in [
        (("X-Amz-Log-Type", "All"), "ValidationException"),
        (("X-Amz-Log-Type", "Täil"), "ValidationException"),
        (("X-Amz-Tenant-Id", "a,b"), "ValidationException"),
        (("X-Amzn-RequestId", "7"), "InvalidRequestContentException"),
        (("X-Amz-Client-Context", "{}"), "InvalidRequestContentException"),
    ] {
        let reply = invoke(&api, "f", &[DRY_RUN, header], "{}").await;
        assert_eq!((reply.status(), reply.header("x-amzn-errortype")), (400, Some(name)), "{header:?}");
        let reply = invoke(&api, "f", &[header], "{}").await;
        assert_eq!((reply.status(), reply.header("x-amzn-errortype")), (400, Some(name)), "{header:?}");
    }
    assert_eq!(launches(&mock), 0);
}

#[tokio::test]
async fn a_kind_of_invocation_that_is_not_even_ascii_is_refused_and_not_overlooked() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    let reply = invoke(&api, "f", &[("X-Amz-Invocation-Type", "Évent")], "{}").await;
    let (status, name, body) = refusal(&reply);
    assert_eq!((status, name), (400, Some("ValidationException")));
    assert!(body.contains("Value 'Évent' at 'invocationType'"), "{body}");
}

#[tokio::test]
async fn a_request_id_has_to_be_a_uuid() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    let id = "11111111-2222-4333-8444-555555555555";
    let reply = invoke(&api, "f", &[("X-Amzn-RequestId", id)], "1").await;
    assert_eq!((reply.brief(), reply.header("x-amzn-requestid")), ((200, "1"), Some(id)));
    for kind in ["RequestResponse", "Event", "DryRun"] {
        let headers = [("X-Amz-Invocation-Type", kind), ("X-Amzn-RequestId", "not-a-uuid")];
        let reply = invoke(&api, "f", &headers, "1").await;
        let (status, name, _) = refusal(&reply);
        assert_eq!((status, name), (400, Some("InvalidRequestContentException")), "{kind}");
    }
}

#[tokio::test]
async fn a_stream_is_invoked_or_not_and_never_queued() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let api = listen(&mock);
    let mut connection = connect(&api).await;
    let reply = soon(connection.post_with(STREAMED, &[DRY_RUN], "{}")).await;
    assert_eq!(reply.brief(), (204, ""));
    let reply = soon(connection.post_with(STREAMED, &[EVENT], "{}")).await;
    assert_eq!((reply.status(), reply.header("x-amzn-errortype")), (400, Some("ValidationException")));
    connection.send(head("GET", STREAMED, &[]) + "\r\n").await;
    assert_eq!(soon(connection.reply()).await.status(), 405);
}
