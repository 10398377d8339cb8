//! Counts the records of all telemetry by their outlines, as somebody who forwards them would.

use lambda_extension::{
    Event, Extension, ExtensionError, Next,
    telemetry::{Batch, Category, Subscription},
};
use peers::Counts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ExtensionError> {
    let mut extension = Extension::external().register().await?;
    let mut telemetry = extension.telemetry(&Subscription::new(&Category::ALL)).await?;
    let mut counts = Counts::default();
    loop {
        match extension.next(&mut telemetry).await? {
            Next::Batch(batch) => count(&batch, &mut counts),
            Next::Event(Event::Shutdown(_)) => break,
            Next::Event(_) | Next::Missed(_) => {}
        }
    }
    while let Some(batch) = telemetry.next_batch().await? {
        count(&batch, &mut counts);
    }
    eprintln!("{counts}");
    Ok(())
}

fn count(batch: &Batch, counts: &mut Counts) {
    for event in batch.raw_events() {
        let Ok(event) = event else {
            counts.others += 1;
            continue;
        };
        match event.kind() {
            "platform.start" => counts.starts += 1,
            "platform.runtimeDone" => counts.dones += 1,
            "platform.report" => counts.reports += 1,
            "function" => counts.lines += 1,
            _ => counts.others += 1,
        }
    }
}
