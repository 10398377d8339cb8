//! Before the first poll: where the endpoint and the configuration come from, and what happens without them.

use std::{env, rc::Rc};

use lambda_runtime::{Config, Error, LambdaEvent, Runtime, RuntimeError, run, service_fn};
use serde_json::{Value, json};

use crate::{
    reply::{Reply, event},
    script::{Log, Script},
};

/// What a handler sees of the configuration.
async fn configuration(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = &event.context.env_config;
    Ok(json!([config.function_name, config.version, config.memory_mb, config.log_group]))
}

/// These tests say nothing inside of a real execution environment.
fn assert_no_lambda() {
    for name in ["AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] {
        assert_eq!(env::var_os(name), None, "{name} must not be set where these tests run");
    }
}

#[tokio::test]
async fn an_endpoint_without_variables_needs_no_environment() {
    // The variables of a function are not there, and nobody misses them.
    assert_no_lambda();
    let log = Script::new().invoke(event("{}")).run(service_fn(configuration)).await;
    assert_eq!(log.post().json(), json!(["", "", 0, null]));
}

#[tokio::test]
async fn an_endpoint_with_variables_is_the_whole_configuration() {
    assert_no_lambda();
    let script = Script::in_memory()
        .variable("AWS_LAMBDA_FUNCTION_NAME", "orders")
        .variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        .variable("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/orders")
        .invoke(event("{}"));
    let log = script.run(service_fn(configuration)).await;
    assert_eq!(log.post().json(), json!(["orders", "7", 1_769, "/aws/lambda/orders"]));
}

#[tokio::test]
async fn a_configuration_that_is_given_comes_before_the_variables() {
    let config = Config::from_vars(|name| {
        let is_number = name.ends_with("SIZE") || name.ends_with("CONCURRENCY");
        // Those take a few words only.
        let is_http = name.starts_with("AWS_LAMBDA_HTTP_");
        (!is_http).then(|| if is_number { "1" } else { "given" }.to_owned())
    });
    let script = Script::in_memory().without_variable("AWS_LAMBDA_FUNCTION_NAME").invoke(event("{}"));
    let log = script
        .serve(|api| Runtime::new(service_fn(configuration)).config(config.unwrap()).endpoint(api).run())
        .await;
    assert_eq!(log.post().json(), json!(["given", "given", 1, "given"]));
}

/// An init that failed because of one variable.
fn assert_init_failed(log: &Log, variable: &str) {
    assert_eq!(log.order(), ["init/error"]);
    let post = log.post();
    assert_eq!(post.error_type(), "Runtime.InitError");
    assert_eq!(post.json()["errorType"], "Runtime.InitError");
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert!(post.json().to_string().contains(variable), "{}", post.whole());
    assert!(matches!(log.runtime_error(), RuntimeError::Config(_)), "{:?}", log.end);
    assert!(log.end_text().contains(variable), "{:?}", log.end);
}

#[tokio::test]
async fn a_missing_variable_is_an_init_error_and_nothing_is_polled() {
    for variable in
        ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    {
        let script = Script::in_memory().without_variable(variable).init_error(202);
        assert_init_failed(&script.run(service_fn(configuration)).await, variable);
    }
}

#[tokio::test]
async fn an_odd_memory_size_is_an_init_error_and_nothing_is_polled() {
    const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    for odd in ["", "lots", "-128", "128MB", "1e3", "99999999999"] {
        let script = Script::in_memory().variable(MEMORY, odd).init_error(202);
        assert_init_failed(&script.run(service_fn(configuration)).await, MEMORY);
    }
}

#[tokio::test]
async fn an_init_error_that_nobody_takes_is_still_the_error_of_run() {
    for reply in [403.into(), 500.into(), Reply::HangUp, Reply::half(202)] {
        let script = Script::in_memory().without_variable("AWS_LAMBDA_FUNCTION_NAME").init_error(reply);
        assert_init_failed(&script.run(service_fn(configuration)).await, "AWS_LAMBDA_FUNCTION_NAME");
    }
}

#[tokio::test]
async fn without_an_endpoint_the_error_names_the_variable() {
    assert_no_lambda();
    // Neither Send nor 'static.
    let borrowed = Rc::new(String::from("nothing"));
    let handler = service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(borrowed.len()));
    for end in [run(handler).await, Runtime::new(handler).run().await] {
        let end = end.unwrap_err();
        let error = end.downcast_ref::<RuntimeError>();
        assert!(matches!(error, Some(RuntimeError::Config(_))), "{end:?}");
        assert!(format!("{end:?}").contains("AWS_LAMBDA_RUNTIME_API"), "{end:?}");
    }
}
