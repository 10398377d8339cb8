//! An internal extension: a task in the function's own process that flushes what an invocation has left, when the caller
//! has its answer already. What is left at the end is flushed, too.

use std::{
    io::{self, Write},
    time::Duration,
};

use lambda_extension::{Event, Extension, ExtensionError};
use lambda_runtime::{Error, LambdaEvent, RawPayload, Runtime, service_fn};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Before the runtime polls for the first time, which closes the registration.
    let extension = Extension::builder("flush").internal().register().await?;
    let (metrics, measured) = unbounded_channel();
    let mut buffer = Buffer { measured, held: Vec::new() };
    let last = metrics.clone();
    let runtime = Runtime::new(service_fn(move |event| func(event, metrics.clone())))
        // With SIGTERM the runtime ends; the extension is told nothing.
        .on_shutdown(|| async move { drop(last.send("the end".to_owned())) });
    let ended = tokio::select! {
        ended = runtime.run() => ended,
        Err(error) = flush_after_each(extension, &mut buffer) => Err(error.into()),
    };
    buffer.flush().await;
    ended
}

/// Takes the bytes as they came, because an event that cannot be decoded never reaches its handler.
async fn func(event: LambdaEvent<RawPayload>, metrics: UnboundedSender<String>) -> Result<Value, Error> {
    let metric = format!("{}: {} bytes", event.context.request_id, event.payload.len());
    // First of all, so that the extension does not wait in vain when something fails.
    event.context.after_response(async move { drop(metrics.send(metric)) });
    Ok(serde_json::from_slice(&event.payload)?)
}

/// The environment is not frozen before the extension asks for the next event.
async fn flush_after_each(mut extension: Extension, buffer: &mut Buffer) -> Result<(), ExtensionError> {
    loop {
        if let Event::Invoke(_) = extension.next_event().await? {
            buffer.held.extend(buffer.measured.recv().await);
            buffer.flush().await;
        }
    }
}

/// What has been measured and is not flushed yet.
struct Buffer {
    measured: UnboundedReceiver<String>,
    held: Vec<String>,
}

impl Buffer {
    /// Stands for a call to a service for metrics. What is held stays until that is over: SIGTERM may come in between.
    async fn flush(&mut self) {
        while let Ok(metric) = self.measured.try_recv() {
            self.held.push(metric);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        for metric in self.held.drain(..) {
            let _closed = writeln!(io::stdout(), "flushed {metric}");
        }
    }
}
