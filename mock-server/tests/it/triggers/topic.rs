//! Topics and their subscribers.

use mock_server::{
    MockLambda, SubscribeError, Subscription, Target,
    core::{
        catalog::{Alias, Version},
        mapping::{AttributeValue, MessageAttribute},
        trigger::topic::{Publication, PublishError},
    },
};
use serde_json::Value;

use super::{told, why};

fn with_attribute(message: &str, name: &str, value: &str) -> Publication {
    let value = AttributeValue::Text(value.to_owned());
    let attribute = MessageAttribute { data_type: "String".to_owned(), value };
    Publication { attributes: [(name.to_owned(), attribute)].into(), ..Publication::new(message) }
}

#[tokio::test(start_paused = true)]
async fn what_is_published_reaches_all_subscribers_as_each_gets_it() {
    let mock = MockLambda::new();
    let (topic, plain, raw) = (mock.topic("news"), mock.queue("plain"), mock.queue("raw"));
    let (function, events) = told(mock.function("reader"));
    topic.subscribe(&function).unwrap();
    topic.subscribe(&plain).unwrap();
    topic.subscribe(Subscription::of(&raw).raw()).unwrap();
    let id = topic.publish(with_attribute("7 apples", "kind", "order")).unwrap();
    let event = events.next().await;
    let sns = &event["Records"][0]["Sns"];
    assert_eq!((&sns["Message"], &sns["MessageId"]), (&"7 apples".into(), &id.as_str().into()));
    assert_eq!(sns["TopicArn"], topic.arn());
    assert_eq!(sns["MessageAttributes"]["kind"]["Value"], "order");
    let notification: Value = serde_json::from_str(&plain.receive(1)[0].body).unwrap();
    assert_eq!(
        (&notification["Type"], &notification["Message"]),
        (&"Notification".into(), &"7 apples".into())
    );
    let message = raw.receive(1).remove(0);
    assert_eq!(message.body, "7 apples");
    assert_eq!(message.attributes["kind"].value, AttributeValue::Text("order".to_owned()));
    let why = why(&mock, "news");
    assert_eq!(why[0], ("reader".to_owned(), format!("invoked: message {id} was published")));
    assert_eq!(why[1], (plain.arn().to_owned(), format!("told: message {id} was published")));
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_whose_policy_does_not_match_is_not_told_and_the_timeline_says_so() {
    let mock = MockLambda::new();
    let (topic, by_attribute, by_body) = (mock.topic("news"), mock.queue("attribute"), mock.queue("body"));
    let policy = r#"{"kind":["order"]}"#;
    topic.subscribe(Subscription::of(&by_attribute).filter_policy(policy)).unwrap();
    topic.subscribe(Subscription::of(&by_body).filter_policy(policy).on_body()).unwrap();
    let id = topic.publish(with_attribute("text", "kind", "order")).unwrap();
    assert_eq!((by_attribute.counts().visible, by_body.counts().visible), (1, 0));
    let passed_over = format!("not told, as the policy does not match: message {id} was published");
    assert!(why(&mock, "news").contains(&(by_body.arn().to_owned(), passed_over)));
    topic.publish(Publication::new(r#"{"kind":"order"}"#)).unwrap();
    assert_eq!((by_attribute.counts().visible, by_body.counts().visible), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_alias_can_subscribe() {
    let mock = MockLambda::new();
    let (function, events) = told(mock.function("reader"));
    let version = function.publish().unwrap();
    function.set_alias("live", Alias::new(Version::Number(version))).unwrap();
    let topic = mock.topic("news");
    topic.subscribe(Target::from(&function).qualifier("live")).unwrap();
    topic.publish(Publication::new("a")).unwrap();
    events.next().await;
    assert_eq!(why(&mock, "news")[0].0, "reader:live");
}

#[tokio::test(start_paused = true)]
async fn a_fifo_topic_knows_second_messages_and_keeps_groups() {
    let mock = MockLambda::new();
    let topic = mock.topic_with_content_based_deduplication("news.fifo");
    let queue = mock.queue("reader.fifo");
    topic.subscribe(Subscription::of(&queue).raw()).unwrap();
    let publication = |text: &str| Publication { group_id: Some("g".to_owned()), ..Publication::new(text) };
    let first = topic.publish(publication("a")).unwrap();
    assert_eq!(topic.publish(publication("a")).unwrap(), first);
    topic.publish(publication("b")).unwrap();
    assert_eq!(queue.counts().visible, 2);
    tokio::time::sleep(super::secs(301)).await;
    assert_ne!(topic.publish(publication("a")).unwrap(), first);
}

#[tokio::test(start_paused = true)]
async fn what_a_topic_cannot_have_is_refused() {
    let mock = MockLambda::new();
    let (standard, fifo) = (mock.topic("news"), mock.topic("news.fifo"));
    let (function, _) = told(mock.function("reader"));
    let queue = mock.queue("reader.fifo");
    assert!(matches!(fifo.subscribe(&function), Err(SubscribeError::OfFifo { .. })));
    assert!(matches!(standard.subscribe(&queue), Err(SubscribeError::FifoQueue { .. })));
    assert!(matches!(standard.subscribe(&fifo), Err(SubscribeError::Target { .. })));
    let raw = standard.subscribe(Subscription::of(&function).raw());
    assert!(matches!(raw, Err(SubscribeError::Target { .. })));
    let policy = standard.subscribe(Subscription::of(&function).filter_policy("{"));
    assert!(matches!(policy, Err(SubscribeError::Policy(_))), "{policy:?}");
    assert_eq!(standard.publish(Publication::new("")), Err(PublishError::EmptyMessage));
    let grouped = Publication { group_id: Some("g".to_owned()), ..Publication::new("a") };
    assert_eq!(fifo.publish(grouped), Err(PublishError::NoDeduplicationId));
}

#[tokio::test(start_paused = true)]
async fn a_message_for_a_function_that_is_gone_is_told_of() {
    let mock = MockLambda::new();
    let topic = mock.topic("news");
    let (function, _) = told(mock.function("reader"));
    topic.subscribe(&function).unwrap();
    let (_other, events) = told(mock.function("reader"));
    drop(function);
    topic.publish(Publication::new("a")).unwrap();
    tokio::time::sleep(super::secs(10)).await;
    assert!(events.all().is_empty());
    assert!(why(&mock, "news")[0].1.starts_with("not told of message "), "{:?}", why(&mock, "news"));
}
