//! The functions that people bring along from AWS's own runtime crate, each as it is written there: they run, and
//! what went wrong there goes right here.

use std::time::Duration;

use mock_server::{Event, MockLambda, core::Exit};
use serde_json::{Value, json};

use crate::run_all::{assert_failed, example};

#[tokio::test]
async fn basic_greets() {
    let basic = example("basic", env!("CARGO_BIN_EXE_basic"));
    let outcome = basic.invoke(json!({ "name": "Ada" })).await;
    let body = outcome.json().unwrap();
    assert_eq!(body["greeting"], "Good day, Ada!");
    assert_eq!(body["requestId"], outcome.request_id().as_str());
}

#[tokio::test]
async fn an_error_of_thiserror_has_the_type_that_its_diagnostic_says() {
    let transfer = example("transfer", env!("CARGO_BIN_EXE_error_thiserror"));
    let short = transfer.invoke(json!({ "from": "savings", "cents": 1_500 })).await;
    assert_failed(&short, "NotEnough", "account savings is short of 500 cents");
    let unknown = transfer.invoke(json!({ "from": "sock", "cents": 1 })).await;
    assert_failed(&unknown, "NoAccount", "account sock does not exist");
    assert_eq!(transfer.invoke(json!({ "from": "savings", "cents": 1 })).await.json().unwrap(), 999);
}

#[tokio::test]
async fn an_error_of_anyhow_keeps_its_contexts_and_its_cause() {
    let total = example("total", env!("CARGO_BIN_EXE_error_anyhow"));
    let failed = total.invoke(json!({ "lines": ["12", "a lot"] })).await;
    let body = assert_failed(&failed, "BadOrder", "line 1 is no price");
    assert_eq!(body["cause"]["errorMessage"], "invalid digit found in string");
    assert_eq!(total.invoke(json!({ "lines": ["12", "30"] })).await.json().unwrap(), 42);
}

#[tokio::test]
async fn a_stream_arrives_whole_or_says_that_it_did_not() {
    let mock = MockLambda::new();
    let count = mock.function("count").bootstrap(env!("CARGO_BIN_EXE_streaming")).unwrap();
    let whole = count.invoke(json!({})).await;
    assert!(whole.is_success());
    assert!(whole.payload().ends_with(b"\0\0\0\0\0\0\0\0one\ntwo\nthree\n"), "{:?}", whole.payload());

    let broken = count.invoke(json!({ "fail": true })).await;
    assert_eq!(broken.error_type(), Some("Function.StreamAborted"));
    let entries = mock.timeline().entries();
    let trailers = entries.iter().filter(|entry| matches!(entry.event, Event::TrailersArrived { .. }));
    assert_eq!(trailers.count(), 1);
}

#[tokio::test]
async fn one_handler_answers_in_three_ways() {
    let mixed = example("mixed", env!("CARGO_BIN_EXE_mixed"));
    for (form, content_type, body) in [
        ("json", "application/json", r#"{"city":"Ulm","people":126000}"#),
        ("csv", "text/csv", "city,people\nUlm,126000\n"),
        ("stream", "text/plain", "city: Ulm\n"),
    ] {
        let outcome = mixed.invoke(json!({ "as": form })).await;
        assert_eq!(outcome.content_type(), Some(content_type));
        assert_eq!(outcome.payload(), body);
    }
}

#[tokio::test]
async fn what_is_shared_lasts_from_one_invocation_to_the_next() {
    let shared = example("shared", env!("CARGO_BIN_EXE_shared"));
    let question = json!({ "question": "life" });
    assert_eq!(shared.invoke(question.clone()).await.json().unwrap(), "answer 1 to life");
    assert_eq!(shared.invoke(question).await.json().unwrap(), "answer 2 to life");
}

#[tokio::test]
async fn an_init_phase_that_fails_says_why() {
    let init = || MockLambda::new().function("greet");
    let without = init().bootstrap(env!("CARGO_BIN_EXE_init")).unwrap();
    let failed = without.invoke(json!({})).await;
    assert_failed(&failed, "NoGreetingFile", "environment variable not found");

    let missing = init().env("GREETING_FILE", "/there/is/no/such/file");
    let failed = missing.bootstrap(env!("CARGO_BIN_EXE_init")).unwrap().invoke(json!({})).await;
    assert_failed(&failed, "IoError", "No such file or directory (os error 2)");

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/events/greeting.txt");
    let greeting = init().env("GREETING_FILE", file).bootstrap(env!("CARGO_BIN_EXE_init")).unwrap();
    assert_eq!(greeting.invoke(json!({ "name": "Ada" })).await.json().unwrap(), "Ahoy, Ada!");
}

#[tokio::test]
async fn layers_go_around_the_invocation() {
    let layers = MockLambda::new().function("layers").timeout(Duration::from_secs(1));
    let layers = layers.bootstrap(env!("CARGO_BIN_EXE_layers")).unwrap();
    // Without a tenant the payload is taken away.
    assert_eq!(layers.invoke(json!({ "a": 1 })).await.json().unwrap(), Value::Null);
}

#[tokio::test]
async fn every_log_line_of_an_invocation_has_its_request_id() {
    let logging = MockLambda::new().function("logging").env("AWS_LAMBDA_LOG_FORMAT", "JSON");
    let logging = logging.bootstrap(env!("CARGO_BIN_EXE_logging")).unwrap();
    let outcome = logging.invoke(json!({ "n": 1 })).await;
    let lines: Vec<Value> =
        outcome.logs().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(lines.len(), 2, "{:?}", outcome.logs());
    for (line, message, level) in
        [(&lines[0], "an event has come", "INFO"), (&lines[1], "from a task", "WARN")]
    {
        assert_eq!((&line["message"], &line["level"]), (&json!(message), &json!(level)));
        assert_eq!(line["requestId"], outcome.request_id().as_str());
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(lines[0]["size"], 7);
}

#[tokio::test]
async fn without_snapstart_nothing_is_closed() {
    let snapstart = example("snapstart", env!("CARGO_BIN_EXE_snapstart"));
    assert_eq!(snapstart.invoke(json!({})).await.json().unwrap(), json!({ "poolIsOpen": true }));
}

#[tokio::test]
async fn a_shutdown_runs_its_hook_and_ends_the_process_well() {
    let mock = MockLambda::new();
    let shutdown = mock.function("shutdown").bootstrap(env!("CARGO_BIN_EXE_shutdown")).unwrap();
    assert!(shutdown.invoke(json!({})).await.is_success());
    mock.shut_down().await;

    let entries = mock.timeline().entries();
    let is_terminated = |event: &Event| matches!(event, Event::Terminated);
    assert!(
        entries.iter().any(|entry| is_terminated(&entry.event)),
        "there is an extension, so there is a SIGTERM"
    );
    let lines: Vec<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Output { line } => Some(line.as_str()),
            _ => None,
        })
        .collect();
    assert!(lines.iter().any(|line| line.contains("buffered")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("the end")), "{lines:?}");
    let exits: Vec<&Exit> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Exited(exit) => Some(exit),
            _ => None,
        })
        .collect();
    assert_eq!(exits, [&Exit::Code(0)]);
    assert!(!entries.iter().any(|entry| matches!(entry.event, Event::Killed)), "it ended by itself");
}

#[tokio::test]
async fn a_concurrent_function_runs_where_there_is_no_concurrency() {
    let concurrent = example("concurrent", env!("CARGO_BIN_EXE_concurrent"));
    assert_eq!(concurrent.invoke(json!([1])).await.json().unwrap(), json!([1]));
}

#[tokio::test]
async fn a_durable_step_gets_its_bytes_and_gives_them_back_untouched() {
    let durable = example("durable", env!("CARGO_BIN_EXE_durable"));
    let state = b"{ \"step\" : 1.0e0 ,\"blob\":\"\xff\xfe\" }".to_vec();
    let outcome = durable.invoke(state.clone()).await;
    assert_eq!(outcome.payload(), &state);
}

#[tokio::test]
async fn a_borrowed_event_is_read_in_place() {
    let borrowed = example("borrowed", env!("CARGO_BIN_EXE_borrowed"));
    assert_eq!(borrowed.invoke(json!({ "text": "to be or not" })).await.json().unwrap(), 4);
    let refused = borrowed.invoke(json!({ "text": 7 })).await;
    assert_eq!(refused.error_type(), Some("Runtime.UnmarshalError"));
}

#[tokio::test]
async fn work_for_afterwards_is_done_before_the_next_invocation() {
    let mock = MockLambda::new();
    let afterwards = mock.function("order").bootstrap(env!("CARGO_BIN_EXE_afterwards")).unwrap();
    let first = afterwards.invoke(json!({})).await;
    assert_eq!(first.json().unwrap(), "ordered");
    assert!(
        first.logs().iter().any(|line| line.contains("the statistics are written")),
        "{:?}",
        first.logs()
    );
}
