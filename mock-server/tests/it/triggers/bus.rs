//! Event buses and their rules.

use mock_server::{
    Event, MockLambda, RuleError, Target,
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
async fn a_rule_and_a_schedule_of_one_name_are_two() {
    let mock = MockLambda::new();
    let (bus, of_rule, of_schedule) = (mock.bus("default"), mock.queue("rule"), mock.queue("schedule"));
    bus.new_rule("nightly").schedule("rate(1 hour)").target(&of_rule).create().unwrap();
    mock.new_schedule("nightly", "rate(1 hour)").target(&of_schedule).create().unwrap();
    tokio::time::sleep(super::secs(3_601)).await;
    assert_eq!((of_rule.counts().visible, of_schedule.counts().visible), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_fifo_queue_is_a_target_with_a_group() {
    let mock = MockLambda::new();
    let (bus, queue) = (mock.bus("default"), mock.queue("audit.fifo"));
    let refused = bus.new_rule("r").pattern(LARGE).target(&queue).create().unwrap_err().to_string();
    assert_eq!(
        refused,
        format!("rule r: the FIFO queue {} is a target without a message group", queue.arn())
    );
    bus.new_rule("r").pattern(LARGE).target(Target::from(&queue).group("g")).create().unwrap();
    bus.put(order(20)).unwrap();
    bus.put(order(20)).unwrap();
    assert_eq!(queue.counts().visible, 2);
    assert_eq!(queue.receive(1)[0].group.as_deref(), Some("g"));
}

#[test]
fn without_a_runtime_a_function_is_not_told_and_nothing_panics() {
    let mock = MockLambda::new();
    let (function, _) = told(mock.function("f"));
    let topic = mock.topic("news");
    topic.subscribe(&function).unwrap();
    topic.publish("a").unwrap();
    assert!(why(&mock, "news")[0].1.ends_with(": there is no tokio runtime"), "{:?}", why(&mock, "news"));
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
