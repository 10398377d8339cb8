//! A response that is sent piece by piece: `{"fail":true}` breaks it off half-way, and the caller can tell.

use std::time::Duration;

use lambda_runtime::{
    Error, LambdaEvent,
    streaming::{Body, Response, channel},
};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(lambda_runtime::service_fn(count)).await
}

async fn count(event: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let (mut tx, rx) = channel();
    let fails = event.payload["fail"] == true;
    tokio::spawn(async move {
        for message in ["one", "two", "three"] {
            if tx.send_data(format!("{message}\n").into()).await.is_err() {
                // Nobody listens any more.
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if fails {
            tx.abort();
        }
    });
    Ok(Response::from(rx))
}
