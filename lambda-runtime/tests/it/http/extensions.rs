//! What Lambda and the sender of a request know of it: the context, the event, and what `RequestExt` reads from it.

use axum::{Extension, Router, routing::get};
use lambda_events::{Source, samples};
use lambda_runtime::{
    Context, Error,
    http::{HttpEvent, Request, RequestContext, RequestExt, RequestPayloadExt, request, service_fn},
};
use serde_json::{Value, json};

use super::{Format, answer, function};

#[tokio::test(start_paused = true)]
async fn lambdas_context_and_the_event_are_extensions_of_the_request() {
    let function = function(|| {
        Router::new().route(
            "/",
            get(async |Extension(context): Extension<Context>, Extension(event): Extension<HttpEvent>| {
                axum::Json(json!([context.request_id, context.env_config.function_name, event.path()]))
            }),
        )
    });
    for _ in 0..2 {
        let outcome = function.invoke(Format::Url.get("/")).await;
        let body: Value = serde_json::from_str(super::answer_of(&outcome)["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, json!([outcome.request_id().as_str(), "web", "/"]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_event_is_there_byte_for_byte() {
    let function = function(|| {
        service_fn(async |request: Request| {
            let event = HttpEvent::of(&request).ok_or("of no event")?;
            Ok::<_, Error>(String::from_utf8(event.payload().to_vec())?)
        })
    });
    let event =
        " {\"rawPath\" : \"/\", \"requestContext\": {\"http\": {\"method\":\"GET\"}}, \"\\u00fc\":1.50} ";
    assert_eq!(answer(&function, event.as_bytes().to_vec()).await["body"], event);
}

/// What is asked of each request.
fn getters(head: &impl RequestExt) -> Value {
    let pairs = |map: &[(&str, &str)]| json!(map);
    let path_parameters = head.path_parameters();
    let stage_variables = head.stage_variables();
    let query = head.query_string_parameters();
    json!({
        "path": head.raw_http_path(),
        "query": pairs(&query.iter().collect::<Vec<_>>()),
        "path_parameters": path_parameters.iter().map(|(name, value)| json!([name, &**value])).collect::<Vec<_>>(),
        "stage_variables": stage_variables.iter().map(|(name, value)| json!([name, &**value])).collect::<Vec<_>>(),
        "context": head.request_context().is_some(),
    })
}

#[test]
fn getters_read_the_events_of_each_format() {
    let no: [&str; 0] = [];
    for (sample, source, path, query, path_parameters, stage_variables) in [
        (
            samples::LAMBDA_URL.json(),
            Source::LambdaUrl,
            "/orders/caf%C3%A9",
            json!([["k", "1"], ["k", "2"], ["tag", "blue & white"]]),
            json!(no),
            json!(no),
        ),
        (
            samples::APIGW_REST.json(),
            Source::ApiGatewayRest,
            "/orders/4711/items",
            json!([["dry-run", "true"], ["tag", "green"], ["tag", "blue & white"]]),
            json!([["id", "4711"]]),
            json!([["table", "orders-prod"]]),
        ),
        (
            samples::ALB.json(),
            Source::Alb,
            "/orders/4711/items",
            json!([["dry-run", "true"], ["tag", "blue & white"]]),
            json!(no),
            json!(no),
        ),
        (
            samples::VPC_LATTICE.json(),
            Source::VpcLatticeV2,
            "/orders",
            json!([["dry-run", "true"], ["tag", "green"], ["tag", "blue"]]),
            json!(no),
            json!(no),
        ),
    ] {
        let request = request::from_str(sample).unwrap();
        assert_eq!(HttpEvent::of(&request).unwrap().source(), source);
        let expected = json!({
            "path": path, "query": query, "path_parameters": path_parameters,
            "stage_variables": stage_variables, "context": true,
        });
        assert_eq!(getters(&request), expected, "{source}");
        let (head, _) = request.into_parts();
        assert_eq!(getters(&head)["path_parameters"], path_parameters, "{source}");
    }
}

#[test]
fn contexts_are_of_the_type_of_their_source() {
    let context_of = |sample: &str| {
        let request = request::from_str(sample).unwrap();
        format!("{:?}", request.request_context().unwrap()).split('(').next().unwrap().to_owned()
    };
    for (sample, variant) in [
        (samples::LAMBDA_URL_IAM.json(), "LambdaUrl"),
        (samples::APIGW_HTTP.json(), "ApiGatewayV2"),
        (samples::APIGW_HTTP_1.json(), "ApiGatewayV1"),
        (samples::APIGW_REST_IAM.json(), "ApiGatewayV1"),
        (samples::APIGW_WEBSOCKET_CONNECT.json(), "WebSocket"),
        (samples::ALB_MULTI_VALUE.json(), "Alb"),
        (samples::VPC_LATTICE.json(), "VpcLattice"),
    ] {
        assert_eq!(context_of(sample), variant);
    }
    let message = request::from_str(samples::APIGW_WEBSOCKET_MESSAGE.json()).unwrap();
    assert_eq!((message.uri().path(), message.method().as_str()), ("/say", "POST"));
    let lattice = request::from_str(samples::VPC_LATTICE_1.json()).unwrap();
    assert!(lattice.request_context().is_none());
    let rest = request::from_str(samples::APIGW_REST.json()).unwrap();
    let Some(RequestContext::ApiGatewayV1(context)) = rest.request_context() else { panic!("of REST") };
    assert_eq!(context.stage.as_deref(), Some("prod"));
}

#[test]
fn getters_find_nothing_where_nothing_is() {
    let empty = json!({
        "path": "/", "query": [], "path_parameters": [], "stage_variables": [], "context": false,
    });
    let request = Request::default();
    assert_eq!(getters(&request), empty);
    assert!(request.lambda_context_ref().is_none());
    assert_eq!(request.lambda_context().request_id, "");
    let (head, _) = request.into_parts();
    assert_eq!(getters(&head), empty);
    assert!(head.lambda_context_ref().is_none());
    // Other bodies have the same heads.
    assert_eq!(getters(&::http::Request::new(())), empty);
    for uri in ["*", "example.com:80", "http://example.com", "/?"] {
        let request = ::http::Request::builder().uri(uri).body(()).unwrap();
        assert!(request.query_string_parameters().is_empty(), "{uri}");
        let set = request.with_query_string_parameters([("a", "b")]);
        let _whatever = (set.raw_http_path().len(), set.query_string_parameters().first("a"));
    }
    // Members of other types than they should be of.
    let odd = json!({
        "rawPath": "/", "pathParameters": 7, "stageVariables": [[]],
        "requestContext": { "http": { "method": "GET" }, "timeEpoch": {} },
    });
    let odd = getters(&request::from_str(&odd.to_string()).unwrap());
    assert_eq!((&odd["path_parameters"], &odd["stage_variables"]), (&json!([]), &json!([])));
}

/// Sets all that can be set.
fn with_all<H: RequestExt>(head: H) -> H {
    let context = request::from_str(samples::ALB.json()).unwrap();
    let context = lambda_events::IntoOwned::into_owned(context.request_context().unwrap());
    let mut lambda = Context::default();
    lambda.request_id = "r-7".to_owned();
    head.with_raw_http_path("/raw")
        .with_query_string_parameters([("a b", "ü&="), ("a b", "")])
        .with_path_parameters([("id", "7"), ("rest", "x/y")])
        .with_stage_variables([("table", "t")])
        .with_request_context(context)
        .with_lambda_context(lambda)
}

#[test]
fn setters_are_what_getters_say_for_requests_and_for_heads() {
    let expected = json!({
        "path": "/raw", "query": [["a b", "ü&="], ["a b", ""]],
        "path_parameters": [["id", "7"], ["rest", "x/y"]], "stage_variables": [["table", "t"]], "context": true,
    });
    let fresh = with_all(Request::default());
    // What is set counts for more than what the event says.
    let of_event = with_all(request::from_str(samples::APIGW_REST.json()).unwrap());
    let of_head = with_all(request::from_str(samples::APIGW_REST.json()).unwrap().into_parts().0);
    for seen in [getters(&fresh), getters(&of_event), getters(&of_head)] {
        assert_eq!(seen, expected);
    }
    assert_eq!(of_head.lambda_context_ref().unwrap().request_id, "r-7");
    for request in [&fresh, &of_event] {
        assert_eq!(request.lambda_context().request_id, "r-7");
        assert!(matches!(request.request_context(), Some(RequestContext::Alb(_))));
    }
    assert_eq!(of_event.uri(), "/orders/4711/items?a%20b=%C3%BC%26%3D&a%20b=");
}

#[test]
fn a_query_that_is_set_to_nothing_is_none() {
    let request = request::from_str(samples::LAMBDA_URL.json()).unwrap();
    let request = request.with_query_string_parameters([]);
    assert_eq!((request.uri().query(), request.uri().path()), (None, "/orders/caf%C3%A9"));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_as_its_type_in_a_handler() {
    let function = function(|| {
        service_fn(async |request: Request| {
            let payload: Option<Value> = request.payload()?;
            Ok::<_, Error>(payload.unwrap_or(Value::Null))
        })
    });
    let body = answer(&function, Format::Rest.post("/", "application/json", r#"{"a":1}"#)).await;
    assert_eq!(body["body"], r#"{"a":1}"#);
    assert_eq!(answer(&function, Format::Rest.get("/")).await["body"], "null");
    let (error_type, report) =
        super::report(&function, Format::Rest.post("/", "application/json", "{secret")).await;
    assert_eq!(error_type, "Function.BodyError");
    assert!(!report.to_string().contains("secret"), "{report}");
}
