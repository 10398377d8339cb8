//! Event buses and their rules.

use mock_server::{
    Event, MockLambda, RuleError,
    core::trigger::bus::{EntryError, EventEntry, Input},
};

use super::{told, why};

fn order(total: u32) -> EventEntry {
    EventEntry::new("com.example.shop", "Order Placed", format!(r#"{{"total":{total}}}"#))
}

const LARGE: &str = r#"{"source":["com.example.shop"],"detail":{"total":[{"numeric":[">",10]}]}}"#;

#[tokio::test(start_paused = true)]
async fn an_event_reaches_the_targets_of_the_rules_that_it_matches() {
    let mock = MockLambda::new();
    let bus = mock.bus("shop");
    let (function, events) = told(mock.function("large"));
    bus.new_rule("large").pattern(LARGE).target(&function).create().unwrap();
    bus.put(order(5)).unwrap();
    let id = bus.put(order(20)).unwrap();
    let event = events.next().await;
    assert_eq!((&event["id"], &event["detail"]["total"]), (&id.as_str().into(), &20.into()));
    assert_eq!(event["detail-type"], "Order Placed");
    assert!(events.all().is_empty());
    assert_eq!(why(&mock, "rule/shop/large"), [("large".to_owned(), format!("invoked: event {id} matches"))]);
    // The one that nobody wanted is told of as well.
    let entries = mock.timeline().entries();
    let is_note = |event: &Event| matches!(event, Event::Note { text } if text.ends_with("of the bus shop matches no rule"));
    assert_eq!(entries.iter().filter(|entry| is_note(&entry.event)).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_target_gets_what_its_input_says() {
    let mock = MockLambda::new();
    let bus = mock.bus("default");
    let (all, constant, part) = (mock.queue("all"), mock.queue("constant"), mock.queue("part"));
    bus.new_rule("large")
        .pattern(LARGE)
        .target(&all)
        .target_with_constant(&constant, r#"{"a":1}"#)
        .target_with(&part, Input::Path("$.detail.total".parse().unwrap()))
        .create()
        .unwrap();
    bus.put(order(20)).unwrap();
    assert!(all.receive(1)[0].body.contains(r#""detail":{"total":20}"#));
    assert_eq!(constant.receive(1)[0].body, r#"{"a":1}"#);
    assert_eq!(part.receive(1)[0].body, "20");
}

#[tokio::test(start_paused = true)]
async fn a_rule_of_the_same_name_takes_the_place_of_the_first_and_a_disabled_one_tells_nobody() {
    let mock = MockLambda::new();
    let (bus, first, second) = (mock.bus("default"), mock.queue("first"), mock.queue("second"));
    bus.new_rule("large").pattern(LARGE).target(&first).create().unwrap();
    bus.new_rule("large").pattern(LARGE).target(&second).create().unwrap();
    bus.put(order(20)).unwrap();
    bus.new_rule("large").pattern(LARGE).target(&second).disabled().create().unwrap();
    bus.put(order(20)).unwrap();
    assert_eq!((first.counts().visible, second.counts().visible), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn the_record_of_an_invocation_goes_over_a_bus_to_a_function() {
    let mock = MockLambda::new();
    let bus = mock.bus("default");
    let (worker, _) = told(mock.function("worker").on_success(bus.arn()));
    let (audit, events) = told(mock.function("audit"));
    let pattern = r#"{"source":["lambda"],"detail":{"requestContext":{"condition":["Success"]}}}"#;
    bus.new_rule("successes").pattern(pattern).target(&audit).create().unwrap();
    worker.queue(r#"{"order":7}"#).unwrap().finished().await.unwrap();
    assert_eq!(events.next().await["detail"]["requestPayload"]["order"], 7);
}

#[tokio::test(start_paused = true)]
async fn what_a_bus_cannot_have_is_refused() {
    let mock = MockLambda::new();
    let (bus, queue) = (mock.bus("shop"), mock.queue("q"));
    let refused = |result: Result<(), RuleError>| result.unwrap_err().to_string();
    assert_eq!(
        refused(bus.new_rule("r").target(&queue).create()),
        "rule r has neither a pattern nor a schedule"
    );
    let text = refused(bus.new_rule("r").pattern(r#"{"source":"a"}"#).create());
    assert!(text.starts_with("rule r: the pattern: "), "{text}");
    let text = refused(mock.bus("default").new_rule("r").schedule("rate(1 minutes)").create());
    assert!(text.starts_with("rule r: the schedule: "), "{text}");
    let text = refused(bus.new_rule("r").schedule("rate(1 minute)").create());
    assert_eq!(text, "rule r: only rules of the bus default can have a schedule");
    let text = refused(bus.new_rule("r").pattern(LARGE).target_with_constant(&queue, "{").create());
    assert!(text.starts_with("rule r: Input is not JSON"), "{text}");
    let six = (0..6).fold(bus.new_rule("r").pattern(LARGE), |rule, _| rule.target(&queue));
    assert_eq!(refused(six.create()), "rule r has 6 targets, and at most 5 are allowed");
    assert_eq!(bus.put(EventEntry::new("aws.ec2", "a", "{}")), Err(EntryError::ReservedSource));
}
