//! When a batch is due, what it holds, and what becomes of one that is not taken.

use std::time::Duration;

use lambda_api::telemetry::Category;

use super::subscribed;
use crate::core::{
    Settings, Subscription,
    test::scenario::{Scenario, millis, secs, to_everything},
};

/// Initialised and idle, with `audit` subscribed to what the function logs; nothing is waiting to be sent.
fn logging(subscription: Subscription) -> Scenario {
    logging_with(Settings::default(), subscription)
}

fn logging_with(settings: Settings, subscription: Subscription) -> Scenario {
    let mut env = Scenario::with(Settings { extensions: vec!["audit".to_owned()], ..settings })
        .registered("audit", &["SHUTDOWN"]);
    env.subscribes("audit", subscription.of(&[Category::Function])).unwrap();
    env.polling("audit").ready().so_far()
}

/// The lines of each batch.
fn lines(env: &Scenario) -> Vec<Vec<String>> {
    let text = |(_, record): &(String, serde_json::Value)| record.as_str().unwrap().to_owned();
    env.sent().iter().map(|batch| batch.iter().map(text).collect()).collect()
}

/// The bytes of an event with this line, while the clock is at less than a second.
fn size(line: &str) -> usize {
    r#"{"time":"1970-01-01T00:00:00.000Z","type":"function","record":""}"#.len() + line.len()
}

// === by time ===

#[test]
fn a_batch_is_due_when_its_first_event_is_old_enough_to_the_millisecond() {
    for timeout in [25, 1_000, 30_000] {
        let mut env = logging(to_everything().every(millis(timeout)));
        env.advance(millis(7));
        env.writes("one");
        assert_eq!(env.timer(), Some(millis(timeout)));
        env.advance(millis(timeout - 1));
        env.writes("two");
        assert_eq!(env.deliveries().len(), 0);
        env.advance(millis(1));
        assert_eq!(lines(&env), [["one", "two"]], "{timeout} ms");
        assert_eq!(env.timer(), None, "nothing else is waiting");
    }
}

#[test]
fn the_next_batch_has_a_first_event_of_its_own() {
    let mut env = logging(to_everything());
    env.writes("one");
    env.advance(secs(1));
    env.takes("audit");
    env.advance(millis(300));
    env.writes("two");
    assert_eq!(env.timer(), Some(secs(1)));
    env.advance(secs(1));
    assert_eq!(lines(&env), [["one"], ["two"]]);
}

// === by number and by bytes ===

#[test]
fn a_batch_is_due_when_it_has_enough_events() {
    let mut env = logging(to_everything().items(3));
    env.writes("one");
    env.writes("two");
    assert_eq!(env.deliveries().len(), 0);
    env.writes("three");
    assert_eq!(lines(&env), [["one", "two", "three"]]);
}

#[test]
fn a_batch_is_due_when_it_has_enough_bytes_and_not_one_less() {
    let two = size("one") + size("two");
    let mut env = logging(to_everything().bytes(two));
    env.writes("one");
    assert_eq!(env.deliveries().len(), 0);
    env.writes("two");
    assert_eq!(lines(&env), [["one", "two"]]);
    let mut env = logging(to_everything().bytes(two + 1));
    env.writes("one");
    env.writes("two");
    assert_eq!(env.deliveries().len(), 0);
}

#[test]
fn a_batch_holds_no_more_than_it_may() {
    let mut env = logging(to_everything().items(2));
    for line in ["1", "2", "3", "4", "5"] {
        env.writes(line);
    }
    env.takes("audit");
    env.takes("audit");
    env.advance(secs(1));
    assert_eq!(lines(&env), [vec!["1", "2"], vec!["3", "4"], vec!["5"]]);
    let mut env = logging(to_everything().bytes(size("1") * 2 + 10));
    for line in ["1", "2", "3", "4", "5"] {
        env.writes(line);
    }
    env.takes("audit");
    env.takes("audit");
    env.advance(secs(1));
    assert_eq!(lines(&env), [vec!["1", "2"], vec!["3", "4"], vec!["5"]]);
}

#[test]
fn an_event_that_is_larger_than_a_batch_travels_alone() {
    let long = "x".repeat(1_000);
    let mut env = logging(to_everything().bytes(300));
    env.writes("short");
    env.writes(&long);
    env.takes("audit");
    env.takes("audit");
    assert_eq!(lines(&env), [vec!["short".to_owned()], vec![long]]);
}

// === one at a time ===

#[test]
fn one_batch_is_on_its_way_and_the_next_waits_however_full_it_is() {
    let mut env = logging(to_everything().items(1));
    for line in ["1", "2", "3"] {
        env.writes(line);
    }
    assert_eq!(lines(&env), [["1"]]);
    env.advance(secs(3_600));
    assert_eq!(lines(&env), [["1"]], "it may take as long as it likes");
    env.takes("audit");
    assert_eq!(lines(&env), [["1"], ["2"]]);
    env.takes("audit");
    env.takes("audit");
    assert_eq!(lines(&env), [["1"], ["2"], ["3"]]);
}

#[test]
fn a_batch_does_not_grow_on_its_way() {
    let mut env = logging(to_everything());
    env.writes("one");
    env.advance(secs(1));
    env.writes("two");
    env.refuses("audit");
    env.advance(secs(1));
    assert_eq!(lines(&env), [["one"], ["one"]]);
}

// === again ===

#[test]
fn a_batch_that_is_not_taken_is_sent_again_after_waits_that_double_up_to_five_seconds() {
    let mut env = logging(to_everything());
    env.writes("one");
    env.advance(secs(1));
    let mut sent = 1;
    for wait in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
        env.refuses("audit");
        assert_eq!(env.timer(), Some(millis(wait)));
        env.advance(millis(wait - 1));
        assert_eq!(env.deliveries().len(), sent, "after {wait} ms");
        env.advance(millis(1));
        sent += 1;
        assert_eq!(env.deliveries().len(), sent, "after {wait} ms");
    }
    env.takes("audit");
    env.advance(secs(60));
    assert_eq!(lines(&env), vec![["one"]; sent], "the same batch each time, until it is taken");
}

#[test]
fn the_waits_begin_anew_with_the_next_batch() {
    let mut env = logging(to_everything().items(1));
    env.writes("1");
    env.refuses("audit");
    env.advance(millis(100));
    env.refuses("audit");
    env.advance(millis(200));
    env.takes("audit");
    env.writes("2");
    env.refuses("audit");
    assert_eq!(env.timer(), Some(millis(100)));
}

#[test]
fn the_fate_of_a_batch_that_nobody_sent_changes_nothing() {
    let mut env = logging(to_everything());
    env.writes("one");
    let before = env.env.clone();
    env.takes("audit");
    env.refuses("audit");
    assert_eq!(env.env, before);
}

#[test]
fn one_slow_subscriber_does_not_hold_up_another() {
    let mut env =
        Scenario::with_extensions(["audit", "billing"]).registered("audit", &[]).registered("billing", &[]);
    let subscription = to_everything().of(&[Category::Function]).items(1);
    env.subscribes("audit", subscription.clone()).unwrap();
    env.subscribes("billing", subscription).unwrap();
    env.writes("1");
    env.writes("2");
    env.takes("billing");
    let to = |name: &str| {
        let id = env.id_of(name);
        env.deliveries().iter().filter(|delivery| delivery.subscriber == id).count()
    };
    assert_eq!((to("audit"), to("billing")), (1, 2));
}

#[test]
fn what_was_told_before_somebody_subscribed_is_as_old_as_it_is() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[]);
    env.advance(millis(400));
    env.subscribes("audit", to_everything()).unwrap();
    assert_eq!(env.timer(), Some(millis(600)));
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[]);
    env.advance(secs(2));
    env.subscribes("audit", to_everything()).unwrap();
    assert_eq!(env.deliveries().len(), 1, "it is overdue");
}

#[test]
fn a_batch_holds_events_as_they_happened_with_their_times() {
    let mut env = subscribed();
    env.advance(millis(123));
    env.writes("hello");
    env.advance(Duration::from_micros(876_999));
    env.advance(millis(1));
    let deliveries = env.deliveries();
    assert_eq!(
        deliveries[0].events.last().unwrap(),
        &br#"{"time":"1970-01-01T00:00:00.123Z","type":"function","record":"hello"}"#[..]
    );
}
