//! One function behind several services: it asks each event who has sent it. Here they tell of what has gone wrong.

use lambda_events::Event;
use lambda_runtime::{Error, LambdaEvent, RawPayload, run, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(note)).await
}

async fn note(event: LambdaEvent<RawPayload>) -> Result<(), Error> {
    match Event::parse(&event.payload)? {
        Event::Sqs(batch) => {
            for message in &batch.records {
                let queue = message.event_source_arn.as_deref().unwrap_or("a queue");
                tracing::warn!("given up in {queue}: {}", message.body);
            }
        }
        Event::EventBridge(event) => {
            let kind = event.detail_type.as_deref().unwrap_or("an event");
            tracing::warn!("from the bus: {kind}: {}", event.detail["responsePayload"]["errorMessage"]);
        }
        event => return Err(format!("nobody told of events of {:?}", event.source()).into()),
    }
    Ok(())
}
