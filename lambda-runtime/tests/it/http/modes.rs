//! What the environment says of HTTP, and odd things in it.

use lambda_runtime::{
    Error,
    http::{HttpLayer, InvokeMode, Request, RequestExt, service_fn},
};
use mock_server::Function;
use serde_json::json;

use super::{Format, function_with};
use crate::script::Script;

const MODE: &str = "AWS_LAMBDA_HTTP_INVOKE_MODE";
const STAGE: &str = "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH";

fn function(layer: HttpLayer, variable: Option<(&str, &str)>) -> Function {
    let describe = |builder: mock_server::FunctionBuilder| match variable {
        Some((name, value)) => builder.env(name, value),
        None => builder,
    };
    function_with(layer, describe, || {
        service_fn(async |request: Request| {
            Ok::<_, Error>(format!("{} {}", request.uri(), request.raw_http_path()))
        })
    })
}

#[tokio::test(start_paused = true)]
async fn the_variable_says_whether_responses_stream_and_the_layer_knows_better() {
    let (buffered, streams) = (InvokeMode::Buffered, InvokeMode::ResponseStream);
    for (set, variable, is_stream) in [
        (None, None, false),
        (None, Some(""), false),
        (None, Some("BUFFERED"), false),
        (None, Some("RESPONSE_STREAM"), true),
        (None, Some("response_stream"), true),
        (Some(streams), None, true),
        (Some(streams), Some("BUFFERED"), true),
        (Some(buffered), Some("RESPONSE_STREAM"), false),
    ] {
        let layer = set.map_or_else(HttpLayer::new, |mode| HttpLayer::new().invoke_mode(mode));
        let function = function(layer, variable.map(|value| (MODE, value)));
        for format in [Format::Url, Format::Rest] {
            let response = function.invoke_streaming(format.get("/")).await;
            let content_type = response.content_type().unwrap_or_default();
            assert_eq!(content_type != "application/json", is_stream, "{set:?} {variable:?}: {content_type}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_variable_says_whether_the_stage_is_in_the_path_and_the_layer_knows_better() {
    for (set, variable, uri) in [
        (None, None, "/prod/orders"),
        (None, Some("false"), "/prod/orders"),
        (None, Some("true"), "/orders"),
        (None, Some("1"), "/orders"),
        (Some(false), Some("true"), "/prod/orders"),
        (Some(true), None, "/orders"),
    ] {
        let layer = set.map_or_else(HttpLayer::new, |strips| HttpLayer::new().strip_stage(strips));
        let mut event = Format::HttpApi.get("/prod/orders");
        event["requestContext"]["stage"] = json!("prod");
        let answer = super::answer(&function(layer, variable.map(|value| (STAGE, value))), event).await;
        assert_eq!(answer["body"], format!("{uri} /orders"), "{set:?} {variable:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_uri_has_a_host_if_the_layer_is_told_so() {
    let mut event = Format::Url.get("/orders");
    event["headers"] = json!({ "host": "example.com", "x-forwarded-proto": "https" });
    let answer = super::answer(&function(HttpLayer::new().absolute_uri(true), None), event).await;
    assert_eq!(answer["body"], "https://example.com/orders /orders");
}

#[tokio::test(start_paused = true)]
async fn odd_values_fail_the_init_phase_with_the_name_of_their_variable() {
    for (name, value, expected) in [
        (MODE, "STREAM", "BUFFERED or RESPONSE_STREAM"),
        (MODE, " RESPONSE_STREAM", "BUFFERED or RESPONSE_STREAM"),
        (STAGE, "yes", "true or false"),
    ] {
        let log = Script::in_memory()
            .variable(name, value)
            .init_error(202)
            .serve(|api| {
                let hello = service_fn(async |_: Request| Ok::<_, Error>("hello"));
                lambda_runtime::Runtime::new(hello).layer(HttpLayer::new()).endpoint(api).run()
            })
            .await;
        assert_eq!(log.order(), ["init/error"]);
        let message = log.post().message();
        let problem = format!("environment variable {name} is {value:?}, which is not {expected}");
        assert!(message.ends_with(&problem), "{message}");
        assert!(log.end_text().contains(name), "{}", log.end_text());
    }
}
