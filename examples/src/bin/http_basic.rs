//! A function that answers HTTP without a framework.

use lambda_runtime::{
    Error,
    http::{IntoResponse, Request, RequestExt, run, service_fn},
};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

async fn greet(request: Request) -> Result<impl IntoResponse, Error> {
    let parameters = request.query_string_parameters();
    let name = parameters.first("name").unwrap_or("world");
    Ok(json!({ "greeting": format!("Hello, {name}!"), "path": request.uri().path() }))
}
