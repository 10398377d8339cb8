//! One handler that answers in three ways: JSON, bytes with a content type, and a raw stream.

use lambda_runtime::{Error, LambdaEvent, Response, run, service_fn, streaming::Body};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(answer)).await
}

async fn answer(LambdaEvent { payload, .. }: LambdaEvent<Value>) -> Result<Response, Error> {
    match payload["as"].as_str() {
        Some("csv") => Ok(Response::bytes("text/csv", "city,people\nUlm,126000\n")),
        Some("stream") => Ok(Response::stream(Body::from("city: Ulm\n")).content_type("text/plain")),
        _ => Ok(Response::json(&json!({ "city": "Ulm", "people": 126_000 }))?),
    }
}
