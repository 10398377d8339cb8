//! An init phase: what fails before the first invocation is reported, not just an exit without a reason.

use std::{env, fs, sync::Arc};

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = Runtime::init(async || {
        let greeting = Arc::new(load_greeting()?);
        Ok(service_fn(move |event| greet(Arc::clone(&greeting), event)))
    });
    runtime.run().await
}

/// Reads the file that variable `GREETING_FILE` names.
fn load_greeting() -> Result<String, Error> {
    let path = env::var("GREETING_FILE").map_err(|error| Error::from(error).with_type("NoGreetingFile"))?;
    Ok(fs::read_to_string(path)?)
}

async fn greet(greeting: Arc<String>, event: LambdaEvent<Value>) -> Result<String, Error> {
    Ok(format!("{}, {}!", greeting.trim(), event.payload["name"].as_str().unwrap_or("stranger")))
}
