//! Log lines that Lambda understands: with `AWS_LAMBDA_LOG_FORMAT=JSON` each is an object with a request id.

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    lambda_runtime::run(service_fn(func)).await
}

async fn func(event: LambdaEvent<Value>) -> Result<Value, Error> {
    tracing::info!(size = event.payload.to_string().len(), "an event has come");
    // A task of its own keeps the request id if it belongs to the invocation.
    let task = event.context.spawn(async { tracing::warn!("from a task") });
    task.await?;
    Ok(event.payload)
}
