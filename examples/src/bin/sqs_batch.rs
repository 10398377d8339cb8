//! A function behind a queue: orders one by one, four at once, and only those that have failed come again.

use std::time::Duration;

use lambda_events::{
    batch::{Batch, BatchResponse},
    envelope::{Carries, EnvelopeError},
    sqs::{Message, Sqs},
};
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn, tracing};
use serde::Deserialize;

/// What is left of the time when the answer is given, whatever is still to be done.
const MARGIN: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Order<'a> {
    number: u32,
    address: &'a str,
}

#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error("the message is no order")]
    NoOrder(#[from] EnvelopeError),
    #[error("order {number} has no address")]
    NoAddress { number: u32 },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Payload<Sqs<'static>>>) -> Result<BatchResponse<'static>, Error> {
    let batch = event.payload.get()?;
    let has_time = || event.context.remaining() > MARGIN;
    let deadline = tokio::time::sleep(event.context.remaining().saturating_sub(MARGIN));
    let report = Batch::of(&batch).concurrency(4).start_while(has_time).until(deadline).run(ship).await;
    Ok(report.response()?)
}

async fn ship(message: &Message<'_>) -> Result<(), ShipError> {
    // The queue may be subscribed to a topic, with raw delivery or without.
    let content = message.content()?.sns()?;
    let order: Order<'_> = content.json()?;
    if order.address.is_empty() {
        return Err(ShipError::NoAddress { number: order.number });
    }
    let queue = message.event_source_arn.as_deref().unwrap_or("a queue");
    tracing::info!("order {} came from {queue}", order.number);
    Ok(())
}
