//! A function that a schedule invokes; that it may run twice for one tick is why it names the tick.

use lambda_events::eventbridge::EventBridge;
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(tick)).await
}

async fn tick(event: LambdaEvent<Payload<EventBridge<'static>>>) -> Result<String, Error> {
    let tick = event.payload.get()?;
    let schedule = tick.resources.first().map_or("no schedule", |arn| arn.as_str());
    let time = tick.time.as_ref().map_or("?", |time| time.as_str());
    tracing::info!("the tick of {time} came from {schedule}");
    Ok(format!("report of {time}"))
}
