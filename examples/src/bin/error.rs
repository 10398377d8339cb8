//! The three ways to fail, chosen by the event: `{"fail":"typed"}`, `{"fail":"boxed"}`, `{"fail":"panic"}`.
//!
//! Each is reported to the caller, and the function is ready for the next invocation.

use lambda_runtime::{BoxError, Error, LambdaEvent, run, service_fn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Order {
    fail: Failure,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Failure {
    Typed,
    Boxed,
    Panic,
    Not,
}

/// The caller sees its name: `errorType` is `OrderNotFound`.
#[derive(Debug, thiserror::Error)]
#[error("there is no order {0}")]
struct OrderNotFound(u32);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(fail)).await
}

async fn fail(event: LambdaEvent<Order>) -> Result<&'static str, Error> {
    match event.payload.fail {
        Failure::Typed => Err(OrderNotFound(42))?,
        // A box has no name to show, so it is given one.
        Failure::Boxed => {
            let boxed = BoxError::from("the shop is closed");
            Err(Error::from(boxed).with_type("ShopClosed"))
        }
        Failure::Panic => panic!("the till is on fire"),
        Failure::Not => Ok("all is well"),
    }
}
