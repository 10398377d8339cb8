//! What is counted, by name: a size, and how often.
//!
//! Functions are in this process and time stands still, so that runs differ in nothing but what is done more often. A unit of
//! work is what is said beside the name.

mod core;
mod environments;
mod sources;
mod telemetry;

use std::future::Future;

use bytes::Bytes;
use mock_server::MockLambda;
use tokio::runtime::{Builder, Runtime};

use crate::{Result, guest};

pub use self::core::{ENVIRONMENT_INPUTS, FLEET_INPUTS};

pub const EVENT: &str = r#"{"temperatureC":7.9,"windKmh":3.0}"#;

/// How many entries the timeline keeps where memory or many invocations are counted.
const TIMELINE: (usize, usize) = (1_000, 1024 * 1024);

/// Does it.
pub fn run(name: &str, size: &str, times: &str) -> Result<()> {
    let (size, times) = (size.parse()?, times.parse()?);
    match name {
        // An environment, which stays.
        "idle" => {
            let runtime = runtime()?;
            let all = runtime.block_on(environments::idle(size, None))?;
            // What is still there at the end is counted.
            std::mem::forget((all, runtime));
            Ok(())
        }
        // An invocation, beside so many idle environments.
        "warm" => block_on(environments::warm(size, times)),
        // As many invocations as there are environments, all at the same time.
        "at-once" => block_on(environments::at_once(size, times)),
        // As many environments from launch to end.
        "lives" => block_on(environments::lives(size, times)),
        // The same in real time, with what it takes.
        "many" => Builder::new_current_thread().enable_all().build()?.block_on(environments::many(size)),
        // An invocation with so many bytes in and out.
        "payload" => block_on(payload(size, times)),
        // So many messages, sent and processed.
        "standard-queue" => block_on(sources::queue("work", size, times)),
        "fifo-queue" => block_on(sources::queue("work.fifo", size, times)),
        "stream" => block_on(sources::stream(size, times)),
        // A record for each of so many subscribers.
        "subscribers" => telemetry::write(size, 100, times),
        // So many records, which are a batch, for each of three subscribers.
        "batch" => telemetry::write(3, size, size * times),
        // An invocation, as the core sees it.
        "environment-inputs" => core::environment(times),
        // An invocation, as the fleet with so many environments sees it.
        "fleet-inputs" => core::fleet(size, times),
        _ => Err(format!("there is no work {name:?}").into()),
    }
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).build()?)
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    runtime()?.block_on(work)
}

async fn payload(bytes: usize, times: usize) -> Result<()> {
    let (entries, kept) = TIMELINE;
    let mock = MockLambda::builder().timeline(entries, kept).build();
    let function = mock.function("f").in_process(guest::in_memory);
    let event = Bytes::from(format!("{:?}", "7".repeat(bytes - 2)));
    for _ in 0..times {
        let outcome = function.invoke(event.clone()).await;
        if *outcome.payload() != event {
            return Err(format!("{outcome:?}").into());
        }
    }
    Ok(())
}
