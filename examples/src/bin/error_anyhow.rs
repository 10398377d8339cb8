//! `anyhow` inside, a named error outside; nothing of it needs a feature.

use anyhow::Context;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(total)).await
}

async fn total(event: LambdaEvent<Value>) -> Result<u64, Error> {
    // The contexts and the cause below them all reach the caller.
    sum(&event.payload).map_err(|error| Error::from(error).with_type("BadOrder"))
}

fn sum(order: &Value) -> anyhow::Result<u64> {
    let lines = order["lines"].as_array().context("the order has no lines")?;
    let mut sum = 0;
    for (number, line) in lines.iter().enumerate() {
        let text = line.as_str().with_context(|| format!("line {number} is no text"))?;
        let cents: u64 = text.parse().with_context(|| format!("line {number} is no price"))?;
        sum += cents;
    }
    Ok(sum)
}
