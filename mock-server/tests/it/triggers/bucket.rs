//! Buckets and what they tell.

use mock_server::MockLambda;
use serde_json::Value;

use super::{told, why};

#[tokio::test(start_paused = true)]
async fn an_object_reaches_the_function_whose_notification_is_for_it() {
    let mock = MockLambda::new();
    let bucket = mock.bucket("uploads");
    let (function, events) = told(mock.function("resize"));
    bucket.notify(&function, ["s3:ObjectCreated:*"], "images/", ".jpg").unwrap();
    bucket.put("images/a.png", "");
    bucket.delete("images/a.jpg");
    bucket.put("images/a b.jpg", "hello");
    let event = events.next().await;
    let object = &event["Records"][0]["s3"]["object"];
    assert_eq!((&object["key"], &object["size"]), (&"images/a+b.jpg".into(), &5.into()));
    assert_eq!(object["eTag"], "5d41402abc4b2a76b9719d911017c592");
    assert!(events.all().is_empty());
    let expected = ("resize".to_owned(), r#"invoked: ObjectCreated:Put of "images/a b.jpg""#.to_owned());
    assert_eq!(why(&mock, "uploads"), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_and_a_topic_get_a_test_event_first() {
    let mock = MockLambda::new();
    let (bucket, queue, topic) = (mock.bucket("uploads"), mock.queue("q"), mock.topic("t"));
    let reader = mock.queue("reader");
    topic.subscribe(&reader).unwrap();
    bucket.notify(&queue, ["s3:ObjectCreated:Put"], "", "").unwrap();
    bucket.notify(&topic, ["s3:ObjectRemoved:*"], "", "").unwrap();
    bucket.put("a", "");
    bucket.delete("a");
    let names = |queue: &mock_server::Queue| {
        queue.receive(10).iter().map(|message| message.body.clone()).collect::<Vec<_>>()
    };
    let bodies = names(&queue);
    assert!(bodies[0].contains("s3:TestEvent") && bodies[1].contains("ObjectCreated:Put"), "{bodies:?}");
    let bodies = names(&reader);
    assert!(bodies[0].contains("s3:TestEvent") && bodies[1].contains("ObjectRemoved:Delete"), "{bodies:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_tells_the_bus_is_seen_by_its_rules() {
    let mock = MockLambda::new();
    let (bucket, queue) = (mock.bucket("uploads"), mock.queue("q"));
    let pattern = r#"{"source":["aws.s3"],"detail-type":["Object Created"]}"#;
    mock.bus("default").new_rule("created").pattern(pattern).target(&queue).create().unwrap();
    bucket.put("before", "");
    bucket.tell_bus();
    bucket.put("after", "");
    let event: Value = serde_json::from_str(&queue.receive(2)[0].body).unwrap();
    assert_eq!(event["detail"]["object"]["key"], "after");
    assert_eq!(queue.counts().visible, 0);
}

#[tokio::test(start_paused = true)]
async fn notifications_that_overlap_or_name_no_event_are_refused_and_nothing_has_changed() {
    let mock = MockLambda::new();
    let (bucket, queue) = (mock.bucket("uploads"), mock.queue("q"));
    bucket.notify(&queue, ["s3:ObjectCreated:*"], "in/", "").unwrap();
    let refused = bucket.notify(&queue, ["s3:ObjectCreated:Put"], "", ".csv").unwrap_err().to_string();
    assert!(refused.contains("overlap"), "{refused}");
    assert!(bucket.notify(&queue, ["s3:ObjectMoved"], "out/", "").is_err());
    queue.receive(10);
    bucket.put("in/a.csv", "");
    assert_eq!(queue.receive(10).len(), 1);
}
