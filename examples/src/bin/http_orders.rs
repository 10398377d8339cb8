//! A function that takes orders over HTTP, and says which of its two ways one came: the function URL or the API.

use hyper::StatusCode;
use lambda_runtime::{
    Error,
    http::{IntoResponse, Request, RequestContext, RequestExt, RequestPayloadExt, run, service_fn},
    tracing,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Order {
    number: u32,
    address: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(take)).await
}

async fn take(request: Request) -> Result<impl IntoResponse, Error> {
    let Ok(Some(Order { number, address })) = request.json::<Order>() else {
        return Ok((StatusCode::BAD_REQUEST, json!({ "message": "an order has a number and an address" })));
    };
    let way = match request.request_context() {
        Some(RequestContext::LambdaUrl(_)) => "the function URL",
        Some(RequestContext::ApiGatewayV2(_)) => "the API",
        _ => "HTTP",
    };
    tracing::info!("order {number} came over {way}: {} {}", request.method(), request.uri().path());
    Ok((StatusCode::ACCEPTED, json!({ "number": number, "to": address, "over": way })))
}
