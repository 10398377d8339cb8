//! Every example is run as a child process under the mock service, with the events that lie beside it.
//!
//! What the examples show is asserted here; how runtime and service behave is tested in their own crates.

use std::path::Path;

use mock_server::{Function, MockLambda, Outcome};
use serde_json::{Value, json};

/// A function that runs an example's binary.
pub(crate) fn example(name: &str, executable: &str) -> Function {
    MockLambda::new().function(name).bootstrap(executable).expect("cargo has built the example")
}

/// An event from `examples/events`.
pub(crate) fn event(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("events").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn assert_failed(outcome: &Outcome, error_type: &str, message: &str) -> Value {
    let body = outcome.json().unwrap();
    assert_eq!(outcome.error_type(), Some(format!("Function.{error_type}").as_str()), "{body}");
    assert_eq!(body["errorType"], error_type);
    assert_eq!(body["errorMessage"], message);
    body
}

#[tokio::test]
async fn hello_answers_with_a_sentence_and_the_values_in_celsius_and_kilometres_an_hour() {
    let hello = example("hello", env!("CARGO_BIN_EXE_hello"));
    let outcome = hello.invoke(event("weather.json")).await;
    assert_eq!(
        outcome.json().unwrap(),
        json!({
            "sentence": "Hello! It is 7.9 °C, and the wind blows at 3 km/h.",
            "temperatureC": 7.9,
            "windKmh": 3.0,
        })
    );
    assert!(outcome.report().is_cold_start());
}

#[tokio::test]
async fn hello_says_which_member_of_a_wrong_event_it_could_not_read() {
    let hello = example("hello", env!("CARGO_BIN_EXE_hello"));
    let outcome = hello.invoke(json!({ "TemperatureK": "warm", "WindKmh": 3 })).await;
    assert_eq!(outcome.error_type(), Some("Runtime.UnmarshalError"));
    let message = outcome.json().unwrap()["errorMessage"].to_string();
    assert!(message.contains("TemperatureK") && !message.contains("warm"), "{message}");
}

#[tokio::test]
async fn sqs_batch_names_the_orders_that_are_to_come_again() {
    let batch = example("sqs_batch", env!("CARGO_BIN_EXE_sqs_batch"));
    let outcome = batch.invoke(event("orders.json")).await;
    let failed = ["1b7d8b47-64b3-4b64-86b2-2a7a5c1c4c31", "2c8e9c58-75c4-4c75-97c3-3b8b6d2d5d42"];
    let failed = failed.map(|id| json!({ "itemIdentifier": id }));
    assert_eq!(outcome.json().unwrap(), json!({ "batchItemFailures": failed }));
}

#[tokio::test]
async fn sns_answers_with_subject_and_length_of_each_record() {
    let sns = example("sns", env!("CARGO_BIN_EXE_sns"));
    let outcome = sns.invoke(event("sns.json")).await;
    assert_eq!(outcome.json().unwrap(), json!([{ "subject": "Order shipped", "length": 32 }]));
}

#[tokio::test]
async fn error_fails_in_three_ways_and_serves_on() {
    let error = example("error", env!("CARGO_BIN_EXE_error"));

    let typed = error.invoke(json!({ "fail": "typed" })).await;
    assert_failed(&typed, "OrderNotFound", "there is no order 42");
    let boxed = error.invoke(json!({ "fail": "boxed" })).await;
    assert_failed(&boxed, "ShopClosed", "the shop is closed");
    let panic = error.invoke(json!({ "fail": "panic" })).await;
    let body = assert_failed(&panic, "Panic", "the till is on fire");
    assert!(body["stackTrace"][0].as_str().unwrap().contains("error.rs:"), "{body}");
    assert!(panic.logs().iter().any(|line| line.contains("the till is on fire")), "{:?}", panic.logs());

    let not = error.invoke(json!({ "fail": "not" })).await;
    assert_eq!(not.json().unwrap(), "all is well");
    assert!(!not.report().is_cold_start(), "the process has lived on");
}
