//! A function behind an SNS topic: what each notification says, and how long it is.

use lambda_events::sns::Sns;
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn, tracing};
use serde::Serialize;

#[derive(Serialize)]
struct Notification {
    subject: Option<String>,
    length: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(summarise)).await
}

async fn summarise(event: LambdaEvent<Payload<Sns<'static>>>) -> Result<Vec<Notification>, Error> {
    let notifications = event.payload.get()?.records.into_iter().map(|record| {
        let topic = record.sns.topic_arn.as_deref().unwrap_or("a topic");
        let length = record.sns.message.chars().count();
        tracing::info!("a message of {length} characters came from {topic}");
        Notification { subject: record.sns.subject.map(String::from), length }
    });
    Ok(notifications.collect())
}
