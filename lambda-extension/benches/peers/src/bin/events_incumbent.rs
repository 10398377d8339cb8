//! An external extension that does nothing with its events, as AWS's own example for its crate shows it.

use incumbent::{Error, LambdaEvent, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(on_event)).await
}

async fn on_event(_: LambdaEvent) -> Result<(), Error> {
    Ok(())
}
