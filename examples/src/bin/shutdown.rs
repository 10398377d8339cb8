//! Something to do at the end: Lambda sends SIGTERM, and what is buffered is still written.

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (writer, log_guard) = tracing_appender::non_blocking(std::io::stdout());
    tracing::init_default_subscriber_with_writer(writer);

    let shutdown_hook = || async move {
        tracing::info!("the end");
        drop(log_guard);
    };
    lambda_runtime::spawn_graceful_shutdown_handler(shutdown_hook).await;

    lambda_runtime::run(service_fn(func)).await?;
    Ok(())
}

async fn func(event: LambdaEvent<Value>) -> Result<Value, Error> {
    tracing::info!("buffered");
    Ok(event.payload)
}
