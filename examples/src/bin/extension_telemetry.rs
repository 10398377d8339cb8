//! An external extension that ships what the platform tells and the function logs, undecoded, to the HTTP sink at
//! `TELEMETRY_SINK` (host:port): one POST of JSON lines at the end of each invocation, or when `TELEMETRY_FLUSH` says.

use std::{env, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use lambda_extension::{
    BoxError, Extension, Failure, FlushStrategy, Forwarder, service_fn,
    telemetry::{Batch, Category, Subscription},
};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let mut extension = Extension::external().register().await?;
    let Ok(sink) = env::var("TELEMETRY_SINK") else {
        let failure = Failure::new("NoSink", "environment variable TELEMETRY_SINK is not set");
        extension.init_error(&failure).await?;
        return Err(failure.into());
    };
    // The sooner telemetry comes, the shorter is the wait for the end of an invocation.
    let subscription = Subscription::new(&[Category::Platform, Category::Function]);
    let telemetry = extension.telemetry(&subscription.timeout(Duration::from_millis(25))).await?;
    let ship = service_fn(|batches: Vec<Batch>| ship(&sink, batches));
    Forwarder::new(extension, telemetry).strategy(strategy()).run(ship).await?;
    Ok(())
}

fn strategy() -> FlushStrategy {
    match env::var("TELEMETRY_FLUSH").as_deref() {
        Ok("periodic") => FlushStrategy::Periodic(Duration::from_secs(60)),
        Ok("shutdown") => FlushStrategy::AtShutdown,
        _ => FlushStrategy::EndOfInvocation,
    }
}

/// Tries four times, because what has been acknowledged is sent to nobody else. A post that breaks may have arrived: the
/// sink may get lines twice then, and never none.
async fn ship(sink: &str, batches: Vec<Batch>) -> Result<(), BoxError> {
    let mut lines = Vec::new();
    for event in batches.iter().flat_map(Batch::raw_events) {
        lines.extend_from_slice(event.as_ref().map_or_else(|odd| &odd.text[..], |event| event.json()));
        lines.push(b'\n');
    }
    let lines = Bytes::from(lines);
    for wait in [50, 100, 200] {
        if post(sink, lines.clone()).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(wait)).await;
    }
    post(sink, lines).await
}

/// Posts over a connection of its own: an old one may have died while the environment was frozen.
async fn post(sink: &str, lines: Bytes) -> Result<(), BoxError> {
    let posting = async {
        let stream = TcpStream::connect(sink).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::post("/").header(HOST, sink).body(Full::new(lines))?;
        match sender.send_request(request).await?.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the sink answers {status}").into()),
        }
    };
    timeout(Duration::from_secs(1), posting).await?
}
