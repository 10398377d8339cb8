//! Server-sent events, one by one, and a stream that fails: behind a function URL with the mode `RESPONSE_STREAM`.

use std::time::Duration;

use hyper::{Response, header};
use lambda_runtime::{
    Error, Runtime,
    http::{HttpLayer, InvokeMode, Request, service_fn},
    streaming::{Body, SendError, Sender, channel},
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stream = HttpLayer::new().invoke_mode(InvokeMode::ResponseStream);
    Runtime::new(service_fn(countdown)).layer(stream).run_concurrent().await
}

async fn countdown(request: Request) -> Result<Response<Body>, Error> {
    let fails = request.uri().path() == "/failing";
    let (sender, body) = channel();
    tokio::spawn(count(sender, fails));
    Ok(Response::builder().header(header::CONTENT_TYPE, "text/event-stream").body(body)?)
}

async fn count(mut sender: Sender, fails: bool) -> Result<(), SendError> {
    for number in ["three", "two", "one"] {
        sender.send_data(format!("data: {number}\n\n").into()).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    if fails {
        // The client sees a response that is cut off, and Lambda an invocation that has failed.
        sender.abort_with("there is no lift-off today");
    }
    Ok(())
}
