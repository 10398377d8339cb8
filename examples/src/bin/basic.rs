//! The smallest function: JSON in, JSON out.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let func = service_fn(func);
    lambda_runtime::run(func).await?;
    Ok(())
}

async fn func(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    let name = event["name"].as_str().unwrap_or("stranger");
    Ok(json!({ "greeting": format!("Good day, {name}!"), "requestId": context.request_id }))
}
