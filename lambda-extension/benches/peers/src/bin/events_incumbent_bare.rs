//! As `events_incumbent`, without a subscriber: what the crate itself takes.

use incumbent::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(on_event)).await
}

async fn on_event(_: LambdaEvent) -> Result<(), Error> {
    Ok(())
}
