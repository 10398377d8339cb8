//! tmp
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use mock_server::MockLambda;
use serde_json::{Value, json};
use std::time::Duration;
async fn double(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let n = event.payload["n"].as_i64().ok_or("n is not a number")?;
    Ok(json!({"n": n * 2}))
}
#[tokio::test(start_paused = true)]
async fn doubles() -> Result<(), Box<dyn std::error::Error>> {
    let function = MockLambda::new()
        .function("double")
        .timeout(Duration::from_secs(3))
        .in_process(|endpoint| Runtime::builder(service_fn(double)).endpoint(endpoint).run());
    let outcome = function.invoke(json!({ "n": 21 })).await;
    for e in function.timeline().entries() {
        println!("{} {:?} {:?}", e.sequence, e.cause, e.event);
    }
    assert_eq!(outcome.json()?, json!({ "n": 42 }));
    assert!(outcome.report().is_cold_start());
    let outcome = function.invoke(json!({ "m": 21 })).await;
    println!("{outcome:?}");
    let t =
        Runtime::builder(service_fn(double)).layer(tower::timeout::TimeoutLayer::new(Duration::from_secs(1)));
    let _ = async { t.run().await };
    Ok(())
}
