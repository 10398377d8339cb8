//! A layer of tower-http around a handler: pages of one other origin may ask.

use hyper::{Method, Response, header};
use lambda_runtime::{
    Error,
    http::{Body, Request, run, service_fn},
};
use tower::ServiceBuilder;
use tower_http::cors::CorsLayer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let cors = CorsLayer::new()
        .allow_origin(header::HeaderValue::from_static("https://shop.example.com"))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    run(ServiceBuilder::new().layer(cors).service(service_fn(prices))).await
}

async fn prices(_: Request) -> Result<Response<Body>, Error> {
    Ok(Response::builder().header(header::CONTENT_TYPE, "application/json").body(r#"{"apple":3}"#.into())?)
}
