//! Counts the records of all telemetry with AWS's own crate, as its documentation shows it.

use std::{
    env,
    sync::{Mutex, PoisonError},
};

use incumbent::{
    Error, Extension, LambdaEvent, LambdaTelemetry, LambdaTelemetryRecord, NextEvent, SharedService,
    service_fn,
};
use peers::Counts;

static COUNTS: Mutex<Counts> = Mutex::new(Counts { starts: 0, dones: 0, reports: 0, lines: 0, others: 0 });

#[tokio::main]
async fn main() -> Result<(), Error> {
    // It takes no free port by itself.
    let port = env::var("TELEMETRY_PORT")?.parse()?;
    Extension::new()
        .with_events_processor(service_fn(on_event))
        .with_telemetry_types(&["platform", "function", "extension"])
        .with_telemetry_port_number(port)
        .with_telemetry_processor(SharedService::new(service_fn(on_telemetry)))
        .run()
        .await
}

async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    if matches!(event.next, NextEvent::Shutdown(_)) {
        eprintln!("{}", COUNTS.lock().unwrap_or_else(PoisonError::into_inner));
    }
    Ok(())
}

async fn on_telemetry(events: Vec<LambdaTelemetry>) -> Result<(), Error> {
    let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    for event in events {
        match event.record {
            LambdaTelemetryRecord::PlatformStart { .. } => counts.starts += 1,
            LambdaTelemetryRecord::PlatformRuntimeDone { .. } => counts.dones += 1,
            LambdaTelemetryRecord::PlatformReport { .. } => counts.reports += 1,
            LambdaTelemetryRecord::Function(_) => counts.lines += 1,
            _ => counts.others += 1,
        }
    }
    Ok(())
}
