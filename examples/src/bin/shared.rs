//! Something that is made once and used by every invocation: the handler borrows it from `main`.

use std::sync::atomic::{AtomicU32, Ordering};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

/// Stands for a client of a database.
struct Client {
    calls: AtomicU32,
}

impl Client {
    async fn query(&self, question: &str) -> String {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        format!("answer {number} to {question}")
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client { calls: AtomicU32::new(0) };
    let client_ref = &client;
    let func = move |event: LambdaEvent<Value>| async move {
        let question = event.payload["question"].as_str().unwrap_or("nothing");
        Result::<String, Error>::Ok(client_ref.query(question).await)
    };
    lambda_runtime::run(service_fn(func)).await?;
    Ok(())
}
