//! Events as text that is the same in every run.
//!
//! The envelope of an event is checked byte by byte and then left out: `{"time":"…","type":"platform.start",
//! "record":{…}}` becomes `platform.start {…}`. In the record stands `_` for what differs from run to run: the
//! begin of a span, durations, used memory, and the address in a line that says `api …`.

use serde_json::{Deserializer, Value};

/// Members whose number differs from run to run.
const NUMBERS: [&str; 6] = [
    "durationMs",
    "billedDurationMs",
    "initDurationMs",
    "restoreDurationMs",
    "billedRestoreDurationMs",
    "maxMemoryUsedMB",
];

/// The events of a batch, each as it stands there.
pub(super) fn events(batch: &str) -> Vec<String> {
    let mut rest = batch.strip_prefix('[').expect("a batch is an array");
    let mut events = Vec::new();
    loop {
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        assert!(values.next().expect("an event follows").unwrap().is_object(), "{rest}");
        let (event, after) = rest.split_at(values.byte_offset());
        events.push(event.to_owned());
        match after {
            "]" => return events,
            _ => rest = after.strip_prefix(',').expect("another event follows, or the end"),
        }
    }
}

/// When the event happened, as text.
pub(super) fn time(event: &str) -> &str {
    let time = event.strip_prefix("{\"time\":\"").and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let form: String =
        time.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    assert_eq!(form, "0000-00-00T00:00:00.000Z", "{event}");
    time
}

/// The event without what differs from run to run.
pub(super) fn masked(event: &str) -> String {
    let envelope = format!("{{\"time\":\"{}\",\"type\":\"", time(event));
    let rest = event.strip_prefix(&envelope).unwrap_or_else(|| panic!("no type: {event}"));
    let (kind, record) = rest.split_once("\",\"record\":").unwrap_or_else(|| panic!("no record: {event}"));
    let mut record = record.strip_suffix('}').unwrap().to_owned();
    if record.starts_with("\"api ") {
        record = "\"api _\"".to_owned();
    }
    if kind.starts_with("platform.") && record.starts_with('{') {
        for name in NUMBERS {
            mask(&mut record, &format!("\"{name}\":"), |rest| {
                let length = rest.find([',', '}']).unwrap();
                let number: f64 = rest[..length]
                    .parse()
                    .unwrap_or_else(|_| panic!("{name}: {record_text}", record_text = rest));
                assert!(number >= 0.0);
                length
            });
        }
        mask(&mut record, "\"start\":", |rest| {
            let length = rest[1..].find('"').unwrap() + 2;
            time(&format!("{{\"time\":{}", &rest[..length]));
            length
        });
    }
    format!("{kind} {record}")
}

/// Puts `_` in the place of what follows each `key`; `length` says how much that is.
fn mask(record: &mut String, key: &str, length: impl Fn(&str) -> usize) {
    let mut from = 0;
    while let Some(at) = record[from..].find(key) {
        let begin = from + at + key.len();
        let end = begin + length(&record[begin..]);
        record.replace_range(begin..end, "_");
        from = begin;
    }
}

/// The lines of a golden sequence, without their indentation.
pub(super) fn lines(golden: &str) -> Vec<&str> {
    golden.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}
