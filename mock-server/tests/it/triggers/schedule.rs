//! Schedules in virtual time.

use mock_server::MockLambda;

use super::{fired, secs, told, why};

#[tokio::test(start_paused = true)]
async fn a_rate_is_due_in_its_time_for_a_day() {
    let mock = MockLambda::new();
    let (function, events) = told(mock.function("worker"));
    mock.new_schedule("tick", "rate(10 minutes)").target(&function).create().unwrap();
    tokio::time::sleep(secs(24 * 60 * 60) - secs(1)).await;
    assert_eq!(fired(&mock), 143);
    tokio::time::sleep(secs(2)).await;
    assert_eq!(fired(&mock), 144);
    let event = events.next().await;
    assert_eq!(event["detail-type"], "Scheduled Event");
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/tick";
    assert_eq!(event["resources"][0], arn);
    assert_eq!(why(&mock, arn)[0], ("worker".to_owned(), "invoked: rate(10 minutes) is due".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn cron_is_due_at_whole_minutes_and_the_event_says_when() {
    let mock = MockLambda::new();
    let (function, events) = told(mock.function("worker"));
    mock.bus("default").new_rule("noon").schedule("cron(0 12 * * ? *)").target(&function).create().unwrap();
    for _ in 0..3 {
        let event = events.next().await;
        assert!(event["time"].as_str().unwrap().ends_with("T12:00:00Z"), "{event}");
        assert_eq!(event["resources"][0], "arn:aws:events:us-east-1:123456789012:rule/noon");
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_has_the_input_that_is_given_and_ends_when_it_is_replaced() {
    let mock = MockLambda::new();
    let queue = mock.queue("ticks");
    let schedule =
        |expression| mock.new_schedule("tick", expression).target_with_constant(&queue, r#"{"a":1}"#);
    schedule("rate(1 minute)").create().unwrap();
    tokio::time::sleep(secs(150)).await;
    assert_eq!(queue.receive(10).len(), 2);
    schedule("rate(1 hour)").create().unwrap();
    tokio::time::sleep(secs(2 * 60 * 60 + 1)).await;
    let bodies: Vec<_> = queue.receive(10).into_iter().map(|message| message.body).collect();
    assert_eq!(bodies.len(), 4, "two of before, two of now");
    assert!(bodies.iter().all(|body| body == r#"{"a":1}"#), "{bodies:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_has_shut_down_does_not_tick_until_something_comes() {
    let mock = MockLambda::new();
    let (function, _) = told(mock.function("worker"));
    mock.new_schedule("tick", "rate(1 minute)").target(&function).create().unwrap();
    tokio::time::sleep(secs(61)).await;
    mock.shut_down().await;
    tokio::time::sleep(secs(600)).await;
    assert_eq!(fired(&mock), 1);
    mock.queue("any").send("a").unwrap();
    tokio::time::sleep(secs(60)).await;
    assert_eq!(fired(&mock), 2);
    assert!(mock.finish().await.is_ok());
}
