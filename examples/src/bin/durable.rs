//! Bytes in, bytes out: the form in which handlers for durable executions work, with a codec of their own.

use lambda_runtime::{Error, LambdaEvent, RawPayload, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(step)).await
}

/// Nothing decodes the input or encodes the output on the way.
async fn step(event: LambdaEvent<RawPayload>) -> Result<Response, Error> {
    let state = event.payload.into_bytes();
    Ok(Response::raw_json(state))
}
