//! Work for after the response: the caller does not wait for it, and the environment does not freeze on it.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(order)).await
}

async fn order(event: LambdaEvent<Value>) -> Result<&'static str, Error> {
    event.context.after_response(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        tracing::info!("the statistics are written");
    });
    Ok("ordered")
}
