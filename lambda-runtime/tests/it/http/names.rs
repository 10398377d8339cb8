//! The names that people bring along from AWS's own crate for HTTP, each used as it is used there.
//!
//! What does not compile fails.

use lambda_runtime::{
    Runtime,
    http::{
        Adapter, Body, Context, Error, IntoResponse, Request, RequestExt, RequestPayloadExt, Response,
        StatusCode, request, run, service_fn,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Greeting {
    name: String,
}

async fn greet(event: Request) -> Result<Response<Body>, Error> {
    let query = event.query_string_parameters();
    let name = query.first("name").unwrap_or("world");
    let greeting: Option<Greeting> = event.payload()?;
    let name = greeting.map_or_else(|| name.to_owned(), |greeting| greeting.name);
    let context: Context = event.lambda_context();
    let resp = Response::builder()
        .status(200)
        .header("content-type", "text/html")
        .header("x-request", context.request_id)
        .body(format!("Hello {name}").into())
        .map_err(Box::new)?;
    Ok(resp)
}

async fn any(request: Request) -> Result<impl IntoResponse, Error> {
    let body: &Body = request.body();
    let text = match body {
        Body::Empty => "nothing",
        Body::Text(text) => text,
        Body::Binary(_) => "bytes",
    };
    Ok((StatusCode::OK, json!({ "body": text })))
}

#[test]
fn the_names_that_people_bring_along_are_here() {
    // Futures that are not polled do nothing, so no variable is read.
    drop(run(service_fn(greet)));
    drop(run(service_fn(any)));
    drop(run(tower::service_fn(greet)));
    drop(run(axum::Router::new()));
    drop(lambda_runtime::run(Adapter::from(axum::Router::new())));
    drop(lambda_runtime::run_concurrent(Adapter::from(service_fn(greet))));
    drop(Runtime::new(Adapter::from(service_fn(any))).run());
    drop(lambda_runtime::http::run_concurrent(service_fn(greet)));

    // What a handler borrows from `main`, as in many programs.
    let client = String::from("client");
    let client = &client;
    drop(run(service_fn(move |request: Request| async move { borrowing(client, request).await })));
}

async fn borrowing(client: &str, _: Request) -> Result<impl IntoResponse, Error> {
    Ok(client.to_owned())
}

#[tokio::test]
async fn a_handler_is_tested_with_an_event_or_with_a_request_of_ones_own() {
    let event = r#"{"rawPath":"/","rawQueryString":"name=you","requestContext":{"http":{"method":"GET"}}}"#;
    for request in [
        request::from_str(event).unwrap(),
        request::from_reader(event.as_bytes()).unwrap(),
        Request::default().with_query_string_parameters([("name", "you")]),
    ] {
        let response = greet(request).await.unwrap();
        assert_eq!(response.body(), &Body::from("Hello you"));
    }
    assert!(request::from_reader(&b"{}"[..]).is_err());
    let made = ::http::Request::builder().header("content-type", "application/json");
    let made = made.body(Body::from(r#"{"name":"me"}"#)).unwrap();
    assert_eq!(greet(made).await.unwrap().into_response().body(), &Body::from("Hello me"));
    assert_eq!(Value::Null.into_response().body(), &Body::from("null"));
}
