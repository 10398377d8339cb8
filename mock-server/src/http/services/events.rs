//! [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html): events for the buses that
//! there are.
//!
//! What is taken is decided in [`core::trigger::bus`](crate::core::trigger::bus). An event for a bus that does not exist is
//! accepted and gets nowhere, as it is by EventBridge; the timeline has a note of it.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::json::{self, Fault};
use crate::{
    core::{
        Time,
        trigger::bus::{EntryError, EventEntry, check_request},
    },
    http::invoke_api::Service,
    timeline::Event,
    variables::{ACCOUNT_ID, REGION},
};

/// What stands before the operation in `X-Amz-Target`.
pub(super) const TARGET: &str = "AWSEvents";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Option<Vec<Entry>>,
    endpoint_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// Seconds since 1970, with a fraction.
    time: Option<f64>,
    source: Option<String>,
    resources: Option<Vec<String>>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    trace_header: Option<String>,
}

/// What became of an event.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
enum Put {
    Taken { event_id: String },
    Failed { error_code: &'static str, error_message: String },
}

pub(super) fn answer(service: &Service, operation: &str, body: &[u8]) -> Result<Bytes, Fault> {
    match operation {
        "PutEvents" => put(service, body),
        _ => Err(Fault::unknown_operation(operation)),
    }
}

fn put(service: &Service, body: &[u8]) -> Result<Bytes, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        failed_entry_count: usize,
        entries: Vec<Put>,
    }

    let asked: PutEvents = json::read(body)?;
    if asked.endpoint_id.is_some() {
        return Err(validation(json::not_emulated("EndpointId")));
    }
    let entries = asked.entries.unwrap_or_default().into_iter().map(Entry::read);
    let (buses, entries): (Vec<_>, Vec<_>) = entries.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    check_request(&entries).map_err(|error| validation(error.to_string()))?;
    let put = buses.into_iter().zip(entries).map(|(bus, entry)| put_one(service, &bus, entry));
    let entries: Vec<_> = put.map(Put::from).collect();
    let failed_entry_count = entries.iter().filter(|put| matches!(put, Put::Failed { .. })).count();
    Ok(json::body(&Answer { failed_entry_count, entries }))
}

fn put_one(service: &Service, bus: &str, entry: EventEntry) -> Result<String, EntryError> {
    let world = &service.world;
    let here = format!("arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/");
    let name = bus.strip_prefix(&here).unwrap_or(bus);
    if let Some(bus) = world.triggers.existing_bus(world, name) {
        return bus.put(entry);
    }
    let id = world.ids.uuid();
    entry.event(ACCOUNT_ID, REGION, &id, world.triggers.now())?;
    let text = format!("the event {id} is for the bus {bus}, which does not exist");
    world.note_event(Event::Note { text });
    Ok(id)
}

impl Entry {
    /// The bus and the event.
    fn read(self) -> Result<(String, EventEntry), Fault> {
        let time = self.time.map(|seconds| {
            let since_epoch = Duration::try_from_secs_f64(seconds);
            since_epoch.map(Time::from_unix).map_err(|_| validation(format!("Time cannot be {seconds}")))
        });
        let entry = EventEntry {
            source: self.source,
            detail_type: self.detail_type,
            detail: self.detail,
            resources: self.resources.unwrap_or_default(),
            time: time.transpose()?,
            trace_header: self.trace_header,
        };
        Ok((self.event_bus_name.unwrap_or_else(|| "default".to_owned()), entry))
    }
}

impl From<Result<String, EntryError>> for Put {
    fn from(put: Result<String, EntryError>) -> Self {
        match put {
            Ok(event_id) => Self::Taken { event_id },
            Err(error) => Self::Failed { error_code: error.code(), error_message: error.to_string() },
        }
    }
}

fn validation(message: String) -> Fault {
    Fault::bad_request("ValidationException", message)
}
