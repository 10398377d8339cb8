//! What the caller gets from a function that ran.

use std::time::Duration;

use mock_server::{InvokeApi, MockLambda};

use super::{invoke, listen};
use crate::{
    guest::{self, NEXT, answering, echo, request_id, silent},
    raw::{Connection, Reply},
    wait::{PATIENCE, soon},
};

fn mock() -> MockLambda {
    MockLambda::new()
}

/// The reply of a function that failed, with the id that it gives.
async fn failure(api: &InvokeApi, function: &str) -> (String, String) {
    let reply = invoke(api, function, &[], "{}").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(reply.header("x-amz-executed-version"), Some("$LATEST"));
    (reply.header("x-amzn-requestid").unwrap().to_owned(), reply.text().to_owned())
}

#[tokio::test]
async fn a_response_is_the_body_of_a_200() {
    let mock = mock();
    let function = mock
        .function("f")
        .timeout(PATIENCE)
        .in_process(|api| answering(api, async |event| format!(r#""{}""#, request_id(&event)).into_bytes()));
    let reply = invoke(&listen(&mock), function.name(), &[], "{}").await;
    let id = reply.text().trim_matches('"');
    assert_eq!(
        reply.sorted_head(),
        [
            "Content-Length: 38",
            "Content-Type: application/json",
            "HTTP/1.1 200 OK",
            "X-Amz-Executed-Version: $LATEST",
            &format!("X-Amzn-Requestid: {id}"),
        ]
    );
    assert_eq!(id.len(), 36);
}

#[tokio::test]
async fn any_bytes_can_be_a_response() {
    let mock = mock();
    for (name, response) in [("nothing", &b""[..]), ("null", b"null"), ("binary", &[0, 159, 146, 150])] {
        mock.function(name)
            .timeout(PATIENCE)
            .in_process(move |api| answering(api, async |_| response.to_vec()));
        let reply = invoke(&listen(&mock), name, &[], "{}").await;
        assert_eq!((reply.status(), &reply.body[..]), (200, response), "{name}");
        assert_eq!(reply.header("x-amz-function-error"), None, "{name}");
    }
}

#[tokio::test]
async fn a_response_that_looks_like_an_error_is_a_success() {
    let response = r#"{"errorMessage":"no error at all","errorType":"Error"}"#;
    let mock = mock();
    mock.function("f")
        .timeout(PATIENCE)
        .in_process(move |api| answering(api, async |_| response.as_bytes().to_vec()));
    let reply = invoke(&listen(&mock), "f", &[], "{}").await;
    assert_eq!((reply.brief(), reply.header("x-amz-function-error")), ((200, response), None));
}

#[tokio::test]
async fn an_error_that_was_reported_is_unhandled() {
    let report = r#"{"errorMessage":"no such order","errorType":"OrderNotFound","stackTrace":[]}"#;
    let mock = mock();
    mock.function("f").timeout(PATIENCE).in_process(move |api| async move {
        let mut api = Connection::open(&api).await;
        let event = api.get(NEXT).await;
        api.post(&guest::error_path(request_id(&event)), report).await;
        api.try_get(NEXT).await;
        Ok::<_, String>(())
    });
    assert_eq!(failure(&listen(&mock), "f").await.1, report);
}

/// The replies to an invoke and to one whose response streams.
async fn both_ways(api: &InvokeApi) -> [Reply; 2] {
    let mut connection = super::connect(api).await;
    let streamed = connection.post("/2021-11-15/functions/f/response-streaming-invocations", "{}");
    [invoke(api, "f", &[], "{}").await, soon(streamed).await]
}

#[tokio::test]
async fn a_category_of_the_platform_is_the_functions_failure_where_the_runtime_reports_it() {
    for category in ["Runtime.RestoreHookUserTimeout", "Runtime.Unavailable"] {
        let mock = mock();
        mock.function("f").timeout(PATIENCE).in_process(move |api| async move {
            let mut api = Connection::open(&api).await;
            while let Some(event) = api.try_get(NEXT).await {
                let headers = [("Lambda-Runtime-Function-Error-Type", category)];
                api.post_with(&guest::error_path(request_id(&event)), &headers, "{}").await;
            }
            Ok::<_, String>(())
        });
        let [whole, streamed] = both_ways(&listen(&mock)).await;
        assert_eq!((whole.brief(), whole.header("x-amz-function-error")), ((200, "{}"), Some("Unhandled")));
        assert_eq!(streamed.status(), 200);
        let streamed = String::from_utf8_lossy(&streamed.body);
        assert!(streamed.contains(category), "{streamed}");
    }
}

#[tokio::test]
async fn a_restore_that_takes_too_long_is_a_failure_of_the_service() {
    let mock = mock();
    let builder = mock.function("f").timeout(PATIENCE).restore_timeout(Duration::from_millis(1));
    builder.snap_start().in_process(|api| async move {
        let mut api = Connection::open(&api).await;
        api.try_get("/2018-06-01/runtime/restore/next").await;
        std::future::pending::<Result<(), String>>().await
    });
    for reply in both_ways(&listen(&mock)).await {
        assert_eq!(
            (reply.status(), reply.header("x-amzn-errortype")),
            (408, Some("SnapStartTimeoutException"))
        );
    }
}

#[tokio::test]
async fn a_time_out_is_told_in_lambdas_words() {
    let mock = mock();
    mock.function("f").timeout(Duration::from_millis(50)).in_process(silent);
    let (id, body) = failure(&listen(&mock), "f").await;
    assert_eq!(
        body,
        format!(
            r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {id} Error: Task timed out after 0.05 seconds"}}"#
        )
    );
}

#[tokio::test]
async fn an_exit_is_told_in_lambdas_words() {
    let mock = mock();
    mock.function("zero").in_process(|_| async { Ok::<_, String>(()) });
    mock.function("one").in_process(|_| async { Err("broken") });
    let api = listen(&mock);
    for (function, reason) in [
        ("zero", "Runtime exited without providing a reason"),
        ("one", "Runtime exited with error: exit status 1"),
    ] {
        let (id, body) = failure(&api, function).await;
        let expected = format!(
            r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: {reason}"}}"#
        );
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn the_caller_need_not_wait_for_what_the_runtime_does_after_its_answer() {
    let mock = mock();
    mock.function("f").timeout(PATIENCE).in_process(|api| async move {
        let mut api = Connection::open(&api).await;
        let event = api.get(NEXT).await;
        api.post(&guest::response_path(request_id(&event)), "1").await;
        std::future::pending::<Result<(), String>>().await
    });
    assert_eq!(invoke(&listen(&mock), "f", &[], "{}").await.brief(), (200, "1"));
}

#[tokio::test]
async fn functions_time_out_one_beside_the_other() {
    let mock = mock();
    for (name, millis) in [("a", 40), ("b", 60), ("c", 80)] {
        mock.function(name).timeout(Duration::from_millis(millis)).in_process(silent);
    }
    mock.function("echo").timeout(PATIENCE).in_process(echo);
    let api = listen(&mock);
    let (a, b, c, echo) = tokio::join!(
        failure(&api, "a"),
        failure(&api, "b"),
        failure(&api, "c"),
        invoke(&api, "echo", &[], "1")
    );
    for ((_, body), seconds) in [(a, "0.04"), (b, "0.06"), (c, "0.08")] {
        assert!(body.ends_with(&format!("Task timed out after {seconds} seconds\"}}")), "{body}");
    }
    assert_eq!(echo.brief(), (200, "1"));
}

#[tokio::test]
async fn replies_on_one_connection_come_in_turn() {
    let mock = mock();
    mock.function("echo").timeout(PATIENCE).in_process(echo);
    let api = listen(&mock);
    let mut connection = super::connect(&api).await;
    for payload in ["1", "2", "3"] {
        let reply: Reply = connection.post(&super::path("echo"), payload).await;
        assert_eq!(reply.brief(), (200, payload));
    }
}
