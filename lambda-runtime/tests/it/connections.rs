//! One connection for a whole life. What it costs in memory is measured in a binary of its own, which has
//! its own allocator.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;

use crate::lean::{Lean, Served};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

#[tokio::test]
async fn ten_thousand_invocations_use_one_connection() {
    let service = Lean::start(10_000);
    Runtime::new(service_fn(echo)).endpoint(service.api()).run().await.unwrap_err();
    let expected = Served { connections: 1, responses: 10_000, errors: 0 };
    assert_eq!(service.stop(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_moves_between_threads_uses_one_connection() {
    let service = Lean::start(2_000);
    let runtime = Runtime::new(service_fn(echo)).endpoint(service.api()).run();
    tokio::spawn(runtime).await.unwrap().unwrap_err();
    let expected = Served { connections: 1, responses: 2_000, errors: 0 };
    assert_eq!(service.stop(), expected);
}
