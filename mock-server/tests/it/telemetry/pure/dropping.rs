//! Little room, and what does not fit into it: counted to the last byte, whatever happens meanwhile.

use lambda_api::telemetry::SchemaVersion;
use mock_server::core::{Input, Settings, Source, TelemetryApi};
use proptest::prelude::*;
use serde_json::Value;

use super::{Core, lines, millis, settings, texts};

fn with_room(bytes: usize) -> Settings {
    let mut settings = settings();
    settings.telemetry_bytes = bytes;
    settings
}

/// The size of the event that a line makes.
fn size(line: &str) -> u64 {
    let envelope = r#"{"time":"2026-11-20T10:00:00.000Z","type":"function","record":"#;
    (envelope.len() + serde_json::to_string(line).unwrap().len() + 1) as u64
}

/// What was received: the numbers that lines begin with, and how much was dropped.
#[derive(Debug, Default, PartialEq)]
struct Received {
    numbers: Vec<usize>,
    dropped_records: u64,
    dropped_bytes: u64,
}

fn received(events: &[String]) -> Received {
    let mut all = Received::default();
    for event in events {
        let event: Value = serde_json::from_str(event).unwrap();
        if event["type"] == "platform.logsDropped" {
            all.dropped_records += event["record"]["droppedRecords"].as_u64().unwrap();
            all.dropped_bytes += event["record"]["droppedBytes"].as_u64().unwrap();
        } else {
            let line = event["record"].as_str().unwrap();
            all.numbers.push(line.split(' ').next().unwrap().parse().unwrap());
        }
    }
    all
}

/// What is missing of these lines is exactly what was counted.
fn assert_complete(written: &[String], events: &[String]) {
    let received = received(events);
    assert!(received.numbers.is_sorted_by(|one, other| one < other), "in order and nothing twice");
    let missing = written.iter().enumerate().filter(|(number, _)| !received.numbers.contains(number));
    let (records, bytes) =
        missing.fold((0, 0), |(records, bytes), (_, line)| (records + 1, bytes + size(line)));
    assert_eq!((received.dropped_records, received.dropped_bytes), (records, bytes));
}

#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    Accept,
    Refuse,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..1_500_usize).prop_map(Step::Write),
        2 => Just(Step::Accept),
        1 => Just(Step::Refuse),
        2 => (0..300_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn what_is_missing_is_what_was_counted(
        // Room for one line at least, and for what is told of others.
        room in 2_000..8_000_usize,
        is_late in any::<bool>(),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut core = Core::new(with_room(room));
        if !is_late {
            core.subscribe(TelemetryApi::Telemetry, lines(SchemaVersion::V20250129));
        }
        let (mut written, mut events, mut on_its_way) = (Vec::new(), Vec::new(), Vec::new());
        if is_late {
            // One line before the subscription, which fits.
            written.push("0 ".to_owned());
            core.writes("0 ");
            core.subscribe(TelemetryApi::Telemetry, lines(SchemaVersion::V20250129));
        }
        for step in steps {
            match step {
                Step::Write(length) => {
                    let line = format!("{} {}", written.len(), "x".repeat(length));
                    core.writes(line.clone());
                    written.push(line);
                }
                Step::Wait(duration) => core.advance(millis(duration)),
                Step::Accept if !on_its_way.is_empty() => {
                    events.append(&mut on_its_way);
                    core.delivered(true);
                }
                Step::Refuse if !on_its_way.is_empty() => core.delivered(false),
                Step::Accept | Step::Refuse => {}
            }
            for delivery in core.deliveries() {
                on_its_way = texts(&delivery);
            }
        }
        if !on_its_way.is_empty() {
            events.append(&mut on_its_way);
            core.delivered(true);
        }
        events.extend(core.take_all());
        assert_complete(&written, &events);
    }
}

#[test]
fn nothing_is_dropped_as_long_as_there_is_room() {
    let line = |number: usize| format!("{number} {}", "x".repeat(100));
    let room = size(&line(10)) * 90;
    let mut core =
        Core::subscribed(with_room(usize::try_from(room).unwrap()), lines(SchemaVersion::V20250129));
    core.writes("0");
    core.advance(millis(25));
    let mut events = texts(&core.deliveries().remove(0));
    // One batch is on its way, and all the room is taken by what comes after it.
    let written: Vec<_> = std::iter::once("0".to_owned()).chain((10..100).map(line)).collect();
    written[1..].iter().for_each(|line| core.writes(line.clone()));
    core.delivered(true);
    events.extend(core.take_all());
    let received = received(&events);
    assert_eq!((received.numbers.len(), received.dropped_records), (91, 0));
}

#[test]
fn what_was_dropped_is_told_where_it_is_missing_and_once() {
    let mut core = Core::subscribed(with_room(1_000), lines(SchemaVersion::V20250129));
    let line = |number: u32| format!("{number} {}", "x".repeat(400));
    core.writes(line(0));
    core.advance(millis(25));
    assert_eq!(core.deliveries().len(), 1);
    (1..=5).for_each(|number| core.writes(line(number)));
    core.delivered(true);
    core.advance(millis(25));
    let second = core.deliveries();
    core.delivered(true);
    core.writes("6");
    core.advance(millis(25));
    let third = core.deliveries();
    core.delivered(true);
    core.writes("7");
    core.advance(millis(25));
    let fourth = core.deliveries();
    let kinds: Vec<_> = [second, third, fourth]
        .iter()
        .flatten()
        .flat_map(texts)
        .map(|event| match super::masked(&event) {
            dropped if dropped.starts_with("platform") => dropped,
            line => line[..11].to_owned(),
        })
        .collect();
    let bytes = size(&line(3)) * 3;
    assert_eq!(
        kinds,
        [
            "function \"1".to_owned(),
            "function \"2".to_owned(),
            format!(
                r#"platform.logsDropped {{"reason":"Some logs were dropped because the downstream consumer is slower than the logs production rate","droppedRecords":3,"droppedBytes":{bytes}}}"#
            ),
            "function \"6".to_owned(),
            "function \"7".to_owned(),
        ]
    );
}

#[test]
fn what_was_dropped_is_told_before_what_is_written_after_it() {
    let mut core = Core::subscribed(with_room(1_000), lines(SchemaVersion::V20250129));
    let line = |number: u32| format!("{number} {}", "x".repeat(400));
    core.writes(line(0));
    core.advance(millis(25));
    assert_eq!(core.deliveries().len(), 1);
    // Two of them take all the room, so that there is none to tell of the third.
    (1..=3).for_each(|number| core.writes(line(number)));
    core.delivered(true);
    core.advance(millis(25));
    assert_eq!(core.deliveries().remove(0).events.len(), 2);
    core.writes("4");
    core.delivered(true);
    core.advance(millis(25));
    let events = texts(&core.deliveries().remove(0));
    assert!(events[0].contains("\"droppedRecords\":1"), "{events:?}");
    assert_eq!(super::masked(&events[1]), "function \"4\"");
}

#[test]
fn what_is_larger_than_all_the_room_is_counted_too() {
    let mut core = Core::subscribed(with_room(1_000), lines(SchemaVersion::V20250129));
    core.ready();
    let written = [format!("0 {}", "x".repeat(2_000))];
    core.writes(written[0].clone());
    assert_complete(&written, &core.take_all());
}

#[test]
fn the_logs_api_has_a_reason_of_its_own() {
    let mut core = Core::new(with_room(1_000));
    core.subscribe(TelemetryApi::Logs, lines(SchemaVersion::V20200815));
    (0..10).for_each(|number| core.writes(format!("{number} {}", "x".repeat(400))));
    let events = core.take_all();
    let reason = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";
    assert!(events.iter().any(|event| event.contains(reason)), "{events:?}");
}

#[test]
fn what_a_latecomer_has_missed_is_counted_too() {
    let mut core = Core::new(with_room(10_000));
    let written: Vec<_> = (0..1_000).map(|number| format!("{number} {}", "x".repeat(100))).collect();
    written.iter().for_each(|line| core.writes(line.clone()));
    core.subscribe(TelemetryApi::Telemetry, lines(SchemaVersion::V20250129));
    let events = core.take_all();
    assert_complete(&written, &events);
}

/// How much memory the environment takes, more or less.
fn footprint(core: &Core) -> usize {
    format!("{:?}", core.env).len()
}

#[test]
fn an_init_that_writes_without_end_does_not_fill_the_memory() {
    for line in ["", "x", "a line of some length, as functions write them"] {
        let mut core = Core::new(with_room(10_000));
        for _ in 0..50_000 {
            core.writes(line);
            core.effects.clear();
        }
        let footprint = footprint(&core);
        assert!(footprint < 1_000_000, "{line:?} takes {footprint} bytes");
    }
}

#[test]
fn a_subscriber_that_never_answers_does_not_fill_the_memory() {
    for line in ["", "x", "a line of some length, as functions write them"] {
        let mut core = Core::subscribed(with_room(10_000), lines(SchemaVersion::V20250129));
        core.ready();
        for _ in 0..50_000 {
            core.writes(line);
            core.effects.clear();
        }
        let footprint = footprint(&core);
        assert!(footprint < 1_000_000, "{line:?} takes {footprint} bytes");
    }
}

#[test]
fn an_extension_that_prints_all_it_receives_does_not_fill_the_memory() {
    /// What a process writes at once is cut here, as the service cuts it.
    const LONGEST: usize = 4_096;

    let mut wanted = lines(SchemaVersion::V20250129);
    wanted.types =
        vec![lambda_api::telemetry::Category::Extension, lambda_api::telemetry::Category::Platform];
    let mut core = Core::subscribed(with_room(100_000), wanted);
    core.ready();
    let mut most = 0;
    for _ in 0..200 {
        core.advance(millis(25));
        for delivery in core.deliveries() {
            core.delivered(true);
            let batch = format!("[{}]", texts(&delivery).join(","));
            for piece in batch.as_bytes().chunks(LONGEST) {
                let line = String::from_utf8_lossy(piece).into_owned();
                core.input(Input::Wrote { source: Source::Extension(0), line, is_json: false });
            }
        }
        most = most.max(footprint(&core));
    }
    assert!(most > 20_000, "it did not print anything: {most}");
    // Escaped bytes look longer than they are.
    assert!(most < 2_000_000, "{most}");
}
