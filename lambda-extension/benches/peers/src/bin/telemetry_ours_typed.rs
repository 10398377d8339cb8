//! Counts the records of all telemetry, each decoded in full.

use lambda_extension::{
    Event, Extension, ExtensionError, Next,
    telemetry::{Batch, Category, Record, Subscription},
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
    for event in batch.events() {
        match event.map(|event| event.record) {
            Ok(Record::Start(_)) => counts.starts += 1,
            Ok(Record::RuntimeDone(_)) => counts.dones += 1,
            Ok(Record::Report(_)) => counts.reports += 1,
            Ok(Record::Function(_)) => counts.lines += 1,
            _ => counts.others += 1,
        }
    }
}
