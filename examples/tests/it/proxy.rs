//! `extension_proxy`, through which a function gets and gives exactly what it would without it.
//!
//! How it forwards is in `proxy/wire`, on raw sockets.

use std::os::unix::fs::symlink;

use mock_server::{Function, FunctionBuilder, Invocation, MockLambda, Outcome};
use serde_json::{Value, json};

use crate::extensions::{exits_of, lines_of};

mod wire;

const PROXY: &str = "extension_proxy";
const BOOTSTRAP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proxy/bootstrap");

fn behind_the_proxy(mock: &MockLambda, executable: &str) -> Function {
    let function = mock.function("f").extension(env!("CARGO_BIN_EXE_extension_proxy"));
    function.env("PROXIED_BOOTSTRAP", executable).bootstrap(BOOTSTRAP).unwrap()
}

/// Invokes a function without the proxy and behind it; the outcomes behind it, and what the proxy has written.
async fn compare(executable: &str, events: &[Value]) -> (Vec<Outcome>, Vec<String>) {
    let (plain, proxied) = (MockLambda::new(), MockLambda::new());
    let without = plain.function("f").bootstrap(executable).unwrap();
    let with = behind_the_proxy(&proxied, executable);
    let mut outcomes = Vec::new();
    for (number, event) in events.iter().enumerate() {
        // Some responses have it in them.
        let request_id = format!("r-{number}").parse().unwrap();
        let invocation = Invocation::new(event.clone()).request_id(request_id);
        let (expected, outcome) = (without.invoke(invocation.clone()).await, with.invoke(invocation).await);
        assert_eq!(outcome.payload(), expected.payload());
        assert_eq!(outcome.error_type(), expected.error_type());
        assert_eq!(outcome.content_type(), expected.content_type());
        outcomes.push(outcome);
    }
    proxied.finish().await.unwrap();
    assert_eq!(exits_of(&proxied, PROXY), [mock_server::core::Exit::Code(0)]);
    (outcomes, lines_of(&proxied, PROXY))
}

#[tokio::test]
async fn a_buffered_response_passes_and_is_seen_with_its_size() {
    let event = json!({ "TemperatureK": 281.0, "WindKmh": 3 });
    let (outcomes, lines) = compare(env!("CARGO_BIN_EXE_hello"), &[event.clone(), event.clone()]).await;
    let mut expected = Vec::new();
    for outcome in &outcomes {
        assert!(outcome.is_success());
        let id = outcome.request_id();
        expected.push(format!("event {id}: {} bytes", event.to_string().len()));
        expected.push(format!("response {id}: {} bytes", outcome.payload().len()));
    }
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_error_passes_and_is_seen_as_one() {
    let events = ["typed", "panic", "not"].map(|fail| json!({ "fail": fail }));
    let (outcomes, lines) = compare(env!("CARGO_BIN_EXE_error"), &events).await;
    assert_eq!(outcomes[0].error_type(), Some("Function.OrderNotFound"));
    let size = |outcome: &Outcome| format!("{}: {} bytes", outcome.request_id(), outcome.payload().len());
    assert_eq!(lines[1], format!("error {}", size(&outcomes[0])));
    assert_eq!(lines[5], format!("response {}", size(&outcomes[2])));
}

#[tokio::test]
async fn a_stream_passes_with_the_trailers_that_say_how_it_failed() {
    let events = [json!({}), json!({ "fail": true })];
    let (outcomes, lines) = compare(env!("CARGO_BIN_EXE_streaming"), &events).await;
    assert!(outcomes[0].is_success());
    assert_eq!(outcomes[1].error_type(), Some("Function.StreamAborted"));
    let bytes = outcomes[0].payload().len();
    assert_eq!(lines[1], format!("response {}: {bytes} bytes", outcomes[0].request_id()));
    let failed =
        format!("response {}: {bytes} bytes, failed: Function.StreamAborted", outcomes[1].request_id());
    assert_eq!(lines[3], failed);
}

/// A deployment package with the proxy's bootstrap in the place of the function's own.
fn packaged(function: FunctionBuilder, package: &std::path::Path) -> Function {
    symlink(BOOTSTRAP, package.join("bootstrap")).unwrap();
    symlink(env!("CARGO_BIN_EXE_hello"), package.join("function")).unwrap();
    function.bootstrap(package).unwrap()
}

#[tokio::test]
async fn a_package_is_laid_out_as_the_bootstrap_says_also_where_environments_freeze() {
    let (package, layer) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(layer.path().join("extensions")).unwrap();
    symlink(env!("CARGO_BIN_EXE_extension_proxy"), layer.path().join("extensions").join(PROXY)).unwrap();
    let mock = MockLambda::new();
    let function = packaged(mock.function("f").opt(layer.path()).freeze(), package.path());
    for _ in 0..2 {
        let outcome = function.invoke(json!({ "TemperatureK": 281.0, "WindKmh": 3 })).await;
        assert!(outcome.is_success(), "{}", mock.timeline().lanes());
    }
    mock.finish().await.unwrap();
    assert_eq!(lines_of(&mock, PROXY).len(), 4);
}

#[tokio::test]
async fn without_the_proxy_the_function_does_not_start_and_says_what_is_missing() {
    let package = tempfile::tempdir().unwrap();
    let mock = MockLambda::new();
    let outcome = packaged(mock.function("f"), package.path()).invoke(json!({})).await;
    assert_eq!(outcome.error_type(), Some("Runtime.ExitError"));
    assert!(outcome.logs().iter().any(|line| line.contains("runtime-api-proxy")), "{:?}", outcome.logs());
}

#[tokio::test]
async fn payloads_of_megabytes_pass_whole() {
    let (outcomes, lines) = compare(env!("CARGO_BIN_EXE_durable"), &[json!("x".repeat(5_000_000))]).await;
    assert!(outcomes[0].is_success());
    assert_eq!(lines, ["event r-0: 5000002 bytes", "response r-0: 5000002 bytes"]);
}
