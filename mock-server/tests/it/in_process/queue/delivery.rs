//! Events that nobody is told of, and those whose function is no longer there.

use super::{
    Condition, DEAD, Duration, EVENT, Event, FAILURES, MockLambda, QueueEvent, fails, fails_with, finished,
    only, secs, told,
};
use crate::guest::{answering, echo};

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_destination_is_dropped_and_that_is_told() {
    let mock = MockLambda::new();
    finished(&fails_with(mock.function("f"), 9)).await;
    let condition = Condition::RetriesExhausted;
    assert_eq!(
        told(&mock),
        [
            (secs(0), QueueEvent::Accepted),
            (secs(180), QueueEvent::Finished { condition }),
            (secs(180), QueueEvent::Dropped),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_success_without_a_destination_is_nobodys_loss() {
    let mock = MockLambda::new();
    finished(&fails_with(mock.function("f").on_failure(FAILURES), 0)).await;
    assert_eq!(told(&mock).last().unwrap().1, QueueEvent::Finished { condition: Condition::Success });
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_does_not_take_is_asked_five_times_and_others_are_told_all_the_same() {
    let absent = "arn:aws:lambda:us-east-1:123456789012:function:absent";
    let mock = MockLambda::new();
    let builder = mock.function("f").on_failure(absent).dead_letter(DEAD).maximum_retry_attempts(0);
    finished(&fails_with(builder, 9)).await;
    assert_eq!(only(&mock, DEAD).body(), EVENT);
    let told: Vec<_> = told(&mock).into_iter().skip(2).collect();
    let problem = "there is no function absent".to_owned();
    assert_eq!(
        told,
        [
            (secs(1 + 2 + 4 + 8), QueueEvent::DeliveryFailed { destination: absent.to_owned(), problem }),
            (secs(15), QueueEvent::Delivered { destination: DEAD.to_owned() }),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_comes_to_be_in_time_is_told() {
    let mock = MockLambda::new();
    let late = "arn:aws:lambda:us-east-1:123456789012:function:late";
    let function = fails_with(mock.function("f").on_success(late), 0);
    let queued = function.queue(EVENT).unwrap();
    tokio::time::sleep(Duration::from_millis(6_500)).await;
    let (sender, mut got) = tokio::sync::mpsc::unbounded_channel();
    mock.function("late").in_process(move |api| {
        let sender = sender.clone();
        answering(api, move |event| {
            let _test_is_over = sender.send(event.text().to_owned());
            std::future::ready(b"1".to_vec())
        })
    });
    assert!(got.recv().await.unwrap().contains(queued.request_id().as_str()));
    assert!(queued.finished().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_is_told_with_its_reason() {
    let mock = MockLambda::new();
    let file = "file:/absent/folder/of/nobody.jsonl".parse().unwrap();
    mock.sinks().set(&FAILURES.parse().unwrap(), file).unwrap();
    finished(&fails(&mock, 9)).await;
    let (_, last) = told(&mock).pop().unwrap();
    assert!(
        matches!(&last, QueueEvent::DeliveryFailed { destination, problem } if destination == FAILURES && !problem.is_empty()),
        "{last:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_arn_of_a_destination_gets_nothing_and_is_named() {
    let mock = MockLambda::new();
    let builder = mock.function("f").on_failure("arn:aws:dynamodb:::t").maximum_retry_attempts(0);
    finished(&fails_with(builder, 9)).await;
    let entries = mock.timeline().entries();
    let is_named = |event: &Event| matches!(event, Event::Note { text } if text.contains("arn:aws:dynamodb:::t") && text.ends_with(": nothing is sent there"));
    assert!(entries.iter().any(|entry| is_named(&entry.event)));
    assert_eq!(told(&mock).last().unwrap().1, QueueEvent::Dropped);
}

// === functions that come and go ===

#[tokio::test(start_paused = true)]
async fn an_update_meanwhile_is_what_the_next_attempt_runs() {
    let mock = MockLambda::new();
    let function = fails(&mock, 9);
    let queued = function.queue(EVENT).unwrap();
    tokio::time::sleep(secs(30)).await;
    fails_with(function.update(), 0);
    let finished = queued.finished().await.unwrap();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 2));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_the_name_of_one_that_is_gone_gets_its_events() {
    let mock = MockLambda::new();
    let queued = fails(&mock, 9).queue(EVENT).unwrap();
    tokio::time::sleep(secs(30)).await;
    fails_with(mock.function("f"), 0);
    let finished = queued.finished().await.unwrap();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 2));
}

#[tokio::test(start_paused = true)]
async fn an_event_stays_with_the_function_to_whose_handle_it_was_given() {
    let mock = MockLambda::new();
    let first = fails(&mock, 9);
    fails_with(mock.function("f"), 0);
    let finished = finished(&first).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 3));
    assert_eq!(mock.sink(FAILURES).messages().len(), 1, "and so do its destinations");
}

#[tokio::test(start_paused = true)]
async fn with_the_service_and_the_function_its_events_are_gone() {
    let mock = MockLambda::new();
    let function = fails(&mock, 9);
    let queued = function.queue(EVENT).unwrap();
    tokio::time::sleep(secs(30)).await;
    let timeline = mock.timeline().clone();
    drop((mock, function));
    assert_eq!(queued.finished().await, None);
    assert!(
        !timeline
            .entries()
            .iter()
            .any(|entry| matches!(&entry.event, Event::Queue { event: QueueEvent::Finished { .. }, .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_told_while_the_service_is_shut_down_starts_nothing_until_a_caller_comes() {
    let mock = MockLambda::new();
    let late = "arn:aws:lambda:us-east-1:123456789012:function:late";
    let function = mock.function("f").on_success(late).in_process(echo);
    let queued = function.queue(EVENT).unwrap();
    let is_over = |event: &Event| matches!(event, Event::InvocationEnded(_));
    mock.timeline().wait_for(|entry| is_over(&entry.event)).await;
    mock.shut_down().await;
    // It is told at the second attempt, a second later, when this function is there.
    let late = mock.function("late").in_process(echo);
    queued.finished().await.unwrap();
    tokio::time::sleep(secs(3_600)).await;
    let ended = || mock.timeline().entries().iter().filter(|entry| is_over(&entry.event)).count();
    assert_eq!(ended(), 1);

    late.queue(EVENT).unwrap().finished().await.unwrap();
    tokio::time::sleep(secs(3_600)).await;
    assert_eq!(ended(), 3, "the one that waited, and the new one");
}
