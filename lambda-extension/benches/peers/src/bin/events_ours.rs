//! An external extension that does nothing with its events, as the documentation of `lambda-extension` shows it.

use lambda_extension::{Event, ExtensionError, Failure, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ExtensionError> {
    run(service_fn(on_event)).await
}

async fn on_event(_: Event) -> Result<(), Failure> {
    Ok(())
}
