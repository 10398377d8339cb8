//! What does not fit is dropped, counted exactly, and told as soon as there is room.

use lambda_api::telemetry::Category;
use serde_json::{Value, json};

use crate::core::{
    Settings, TelemetryApi,
    test::scenario::{Scenario, secs, to_everything},
};

const SLOW: &str =
    "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/// Idle, with `audit` subscribed to platform and function, one event for each batch, this many bytes for what waits
/// behind the batch that is on its way, and the batch `on its way` on its way.
fn stuck(limit: usize) -> Scenario {
    stuck_with(limit, TelemetryApi::Telemetry)
}

fn stuck_with(limit: usize, api: TelemetryApi) -> Scenario {
    let extensions = vec!["audit".to_owned()];
    let mut env = Scenario::with(Settings { extensions, telemetry_bytes: limit, ..Settings::default() })
        .registered("audit", &[]);
    let types = [Category::Platform, Category::Function];
    env.subscribes_with(api, "audit", to_everything().of(&types).items(1)).unwrap();
    while env.is_delivering() {
        env.takes("audit");
    }
    env.extension_polls("audit").unwrap();
    while env.is_delivering() {
        env.takes("audit");
    }
    env.next().unwrap();
    while env.is_delivering() {
        env.takes("audit");
    }
    env.writes("on its way");
    env
}

/// An event with this line, as it is sent.
fn event(line: &str) -> usize {
    format!(r#"{{"time":"1970-01-01T00:00:00.000Z","type":"function","record":"{line}"}}"#).len()
}

/// Lets everything be taken, and says what it was: lines, and the record of what was dropped.
fn rest(env: &mut Scenario) -> Vec<Value> {
    let skip = env.deliveries().len();
    for _ in 0..3 {
        while env.is_delivering() {
            env.takes("audit");
        }
        env.advance(secs(1));
    }
    let sent = env.sent();
    sent[skip..].concat().into_iter().map(|(_, record)| record).collect()
}

fn dropped(records: u64, bytes: usize) -> Value {
    json!({ "reason": SLOW, "droppedRecords": records, "droppedBytes": bytes })
}

#[test]
fn what_fits_exactly_is_kept() {
    let line = "x".repeat(100);
    let mut env = stuck(event(&line) * 3);
    for _ in 0..3 {
        env.writes(&line);
    }
    assert_eq!(rest(&mut env), vec![json!(line); 3]);
}

#[test]
fn what_is_one_byte_too_much_is_dropped_and_told() {
    let (line, longer) = ("x".repeat(100), "x".repeat(101));
    let mut env = stuck(event(&line) * 3);
    env.writes(&line);
    env.writes(&line);
    env.writes(&longer);
    assert_eq!(rest(&mut env), [json!(line), json!(line), dropped(1, event(&longer))]);
}

#[test]
fn what_was_dropped_is_counted_in_records_and_bytes_and_told_once() {
    let mut env = stuck(event(&"x".repeat(300)));
    env.writes(&"x".repeat(300));
    for length in [50, 60, 70] {
        env.writes(&"y".repeat(length));
    }
    let bytes = [50, 60, 70].map(|length| event(&"y".repeat(length))).iter().sum();
    assert_eq!(rest(&mut env), [json!("x".repeat(300)), dropped(3, bytes)]);
    env.writes("later");
    assert_eq!(env.sent().concat().last().unwrap().1, "later");
    assert_eq!(rest(&mut env), [json!(null); 0]);
}

#[test]
fn what_was_dropped_is_told_before_what_comes_after_it() {
    let mut env = stuck(event(&"x".repeat(300)));
    env.writes(&"x".repeat(300));
    env.writes("lost");
    env.takes("audit");
    // The long line is on its way, so there is room again.
    env.writes("kept");
    assert_eq!(rest(&mut env), [dropped(1, event("lost")), json!("kept")]);
}

#[test]
fn a_second_time_is_counted_from_zero() {
    let mut env = stuck(event(&"x".repeat(300)));
    for lost in ["first", "second"] {
        env.writes(&"x".repeat(300));
        env.writes(lost);
        assert_eq!(rest(&mut env), [json!("x".repeat(300)), dropped(1, event(lost))], "{lost}");
        env.writes("on its way");
    }
}

#[test]
fn without_room_for_the_telling_the_count_goes_on() {
    // There is room for two short lines, and not for the record.
    let mut env = stuck(event("1") * 2);
    for line in ["1", "2", "3", "4"] {
        env.writes(line);
    }
    env.takes("audit");
    env.writes("5");
    env.writes("6");
    assert_eq!(rest(&mut env), ["2", "5"].map(|line| json!(line)));
}

#[test]
fn the_telling_itself_needs_room_to_the_byte() {
    let lost = "x".repeat(400);
    let record = dropped(1, event(&lost));
    let told =
        json!({ "time": "1970-01-01T00:00:00.000Z", "type": "platform.logsDropped", "record": record });
    let room = told.to_string().len();
    for (room, expected) in [(room, vec![record]), (room - 1, Vec::new())] {
        let mut env = stuck(room);
        env.writes(&lost);
        assert_eq!(rest(&mut env), expected, "{room} bytes");
    }
}

#[test]
fn a_line_that_can_never_fit_is_dropped_alone() {
    let mut env = stuck(400);
    env.writes("before");
    env.writes(&"x".repeat(401));
    env.writes("after");
    assert_eq!(rest(&mut env), [json!("before"), dropped(1, event(&"x".repeat(401))), json!("after")]);
}

#[test]
fn one_subscribers_loss_is_not_anothers() {
    let extensions = vec!["audit".to_owned(), "billing".to_owned()];
    let settings = Settings { extensions, telemetry_bytes: event("1") * 2, ..Settings::default() };
    let mut env = Scenario::with(settings).registered("audit", &[]).registered("billing", &[]);
    for name in ["audit", "billing"] {
        env.subscribes(name, to_everything().of(&[Category::Function]).items(1)).unwrap();
    }
    for line in ["1", "2", "3", "4"] {
        env.writes(line);
        env.takes("billing");
    }
    let id = env.id_of("billing");
    assert_eq!(env.deliveries().iter().filter(|delivery| delivery.subscriber == id).count(), 4);
}

#[test]
fn the_logs_api_has_its_own_words() {
    let mut env = stuck_with(400, TelemetryApi::Logs);
    env.writes(&"x".repeat(401));
    let told = rest(&mut env);
    assert_eq!(
        told[0]["reason"],
        "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."
    );
    assert_eq!((&told[0]["droppedRecords"], told.len()), (&json!(1), 1));
}

// === who comes late ===

/// Registered, after the function has written two lines of which there was room for one.
fn crowded() -> Scenario {
    let extensions = vec!["audit".to_owned(), "billing".to_owned()];
    let mut env = Scenario::with(Settings { extensions, telemetry_bytes: 650, ..Settings::default() })
        .registered("audit", &[])
        .registered("billing", &[]);
    env.writes(&"x".repeat(300));
    env.writes(&"y".repeat(400));
    env
}

#[test]
fn what_there_was_no_room_for_is_told_to_a_late_subscriber_who_hears_nothing_else() {
    let mut env = crowded();
    env.subscribes("audit", to_everything().of(&[Category::Function])).unwrap();
    env.advance(secs(5));
    assert_eq!(env.kinds_sent().concat(), ["function", "logsDropped"]);
    assert_eq!(env.sent().concat()[1].1["droppedRecords"], 1);
}

#[test]
fn only_what_a_late_subscriber_would_have_got_is_told_as_dropped() {
    let mut env = crowded();
    // Told of with a record that is for the Logs API only.
    env.subscribes_with(TelemetryApi::Logs, "audit", to_everything()).unwrap();
    env.subscribes("billing", to_everything().of(&[Category::Platform, Category::Extension])).unwrap();
    env.advance(secs(5));
    let (billing, sent) = (env.id_of("billing"), env.sent());
    let deliveries = env.deliveries().into_iter().zip(sent);
    let kinds: Vec<String> = deliveries
        .filter(|(delivery, _)| delivery.subscriber == billing)
        .flat_map(|(_, events)| events.into_iter().map(|(kind, _)| kind))
        .collect();
    assert_eq!(kinds, ["platform.initStart", "platform.telemetrySubscription"]);
}
