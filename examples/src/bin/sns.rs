//! A function behind an SNS topic: what each notification says, and how long it is.

use lambda_events::sns::Sns;
use lambda_runtime::{Error, LambdaEvent, Payload, run, service_fn};
use serde::Serialize;

#[derive(Serialize)]
struct Notification {
    subject: Option<String>,
    length: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(summarise)).await
}

async fn summarise(event: LambdaEvent<Payload<Sns<'static>>>) -> Result<Vec<Notification>, Error> {
    let notifications = event.payload.get()?.records.into_iter().map(|record| Notification {
        subject: record.sns.subject.map(String::from),
        length: record.sns.message.chars().count(),
    });
    Ok(notifications.collect())
}
