//! Mappings that read queues.

use std::collections::BTreeMap;

use mock_server::{
    Mapping, MappingError, MockLambda,
    core::mapping::{Counts, NewMessage, SendError, SettingsError},
};
use serde_json::{Value, json};

use super::{bodies, fails, failures, secs, succeeds, told, worker};

#[tokio::test(start_paused = true)]
async fn a_message_reaches_the_function_as_sqs_would_have_it_and_is_deleted() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    let sent = queue.send(NewMessage::new("7 apples").attribute("priority", "high")).unwrap();
    assert_eq!(queue.drained().await, Counts { deleted: 1, ..Counts::default() });
    let [event] = &seen.events()[..] else { panic!("{:?}", seen.events()) };
    let record = &event["Records"][0];
    assert_eq!(record["messageId"], sent.id);
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:123456789012:orders");
    assert_eq!(record["awsRegion"], "us-east-1");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"]["priority"]["stringValue"], "high");
    assert_eq!(event["Records"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_come_in_batches_of_the_size_that_is_set() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    for number in 0..7 {
        queue.send(number.to_string()).unwrap();
    }
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new().batch_size(3)).unwrap();
    queue.drained().await;
    let mut sizes: Vec<_> = seen.batches().iter().map(|(_, bodies)| bodies.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_batching_window_gathers_what_comes_in_its_time() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new().batching_window(secs(5))).unwrap();
    tokio::time::sleep(secs(100)).await;
    for text in ["a", "b", "c"] {
        queue.send(text).unwrap();
        tokio::time::sleep(secs(2)).await;
    }
    queue.drained().await;
    assert_eq!(seen.batches(), [(secs(105), vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_comes_again_after_its_visibility_timeout_and_ends_as_a_dead_letter() {
    let mock = MockLambda::new();
    let dead = mock.queue("dead");
    let queue =
        mock.new_queue("orders").visibility_timeout(secs(60)).dead_letters(&dead, 3).create().unwrap();
    let (function, seen) = fails(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("7 apples").unwrap();
    assert_eq!(queue.drained().await, Counts { dead_lettered: 1, ..Counts::default() });
    let at: Vec<_> = seen.batches().into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [secs(0), secs(60), secs(120)]);
    let letter = &dead.receive(10)[0];
    assert_eq!((letter.body.as_str(), letter.receives), ("7 apples", 4));
    assert_eq!(letter.dead_letter_source.as_deref(), Some(queue.arn()));
}

#[tokio::test(start_paused = true)]
async fn of_a_partial_response_only_what_failed_comes_again() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    for text in ["a", "b", "c"] {
        queue.send(text).unwrap();
    }
    let (function, seen) = worker(mock.function("worker"), |event| {
        let failed =
            event["Records"].as_array().into_iter().flatten().filter(|record| {
                record["body"] == "b" && record["attributes"]["ApproximateReceiveCount"] == "1"
            });
        Ok(failures(failed.map(|record| record["messageId"].as_str().unwrap().to_owned())))
    });
    function.map_source(&queue, Mapping::new().report_item_failures()).unwrap();
    assert_eq!(queue.drained().await, Counts { deleted: 3, ..Counts::default() });
    let batches: Vec<_> = seen.batches().into_iter().map(|(_, bodies)| bodies).collect();
    assert_eq!(batches, [vec!["a", "b", "c"], vec!["b"]]);
}

#[tokio::test(start_paused = true)]
async fn what_no_filter_matches_is_deleted_and_the_function_does_not_run() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new().filter(r#"{"body":{"kind":["order"]}}"#)).unwrap();
    queue.send(json!({"kind": "note"})).unwrap();
    queue.send("order").unwrap();
    assert_eq!(queue.drained().await.deleted, 2);
    assert!(seen.events().is_empty());
    queue.send(json!({"kind": "order"})).unwrap();
    queue.drained().await;
    assert_eq!(seen.bodies(), [r#"{"kind":"order"}"#]);
    assert!(told(&mock, "orders").contains(&"2 deleted: no filter matches them".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_group_of_a_fifo_queue_keeps_its_order_whatever_fails() {
    let mock = MockLambda::new();
    let queue = mock.new_queue("orders.fifo").content_based_deduplication().create().unwrap();
    let count = std::sync::atomic::AtomicU32::new(0);
    let (function, seen) = worker(mock.function("worker"), move |_| {
        // Two of three batches fail.
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if number.is_multiple_of(3) { Ok(Value::Null) } else { Err(()) }
    });
    function.map_source(&queue, Mapping::new().batch_size(2)).unwrap();
    for number in 0..20 {
        let group = if number % 2 == 0 { "even" } else { "odd" };
        queue.send(NewMessage::new(number.to_string()).group(group)).unwrap();
    }
    assert_eq!(queue.drained().await.deleted, 20);
    // Each message is seen for the last time in the order of its group.
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, body) in seen.bodies().iter().enumerate() {
        last.insert(body.parse().unwrap(), at);
    }
    for number in 0..18 {
        assert!(last[&number] <= last[&(number + 2)], "{number}: {last:?}");
    }
    // And none is seen before the one in front of it has been processed.
    let mut first: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, event) in seen.events().iter().enumerate() {
        for body in bodies(event) {
            first.entry(body.parse().unwrap()).or_insert(at);
        }
    }
    for number in 0..18 {
        assert!(first[&number] <= first[&(number + 2)], "{number}: {first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_deleted_any_more_does_not_keep_the_others() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders.fifo");
    for text in ["a", "b", "c"] {
        queue.send(NewMessage::new(text).group(text).deduplication_id(text)).unwrap();
    }
    // The function gives the first one back itself, and succeeds.
    let given_back = queue.clone();
    let (function, _) = worker(mock.function("worker"), move |event| {
        let first = &event["Records"][0];
        if first["attributes"]["ApproximateReceiveCount"] == "1" {
            given_back.change_visibility(first["receiptHandle"].as_str().unwrap(), secs(0)).unwrap();
        }
        Ok(Value::Null)
    });
    function.map_source(&queue, Mapping::new()).unwrap();
    queue.wait_for(|counts| counts.deleted == 3).await;
    let told = told(&mock, "orders");
    assert!(told.contains(&"2 deleted: they are processed".to_owned()), "{told:?}");
    assert!(told.contains(&"the source failed: the receipt handle has expired".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_throttled_waits_for_the_function() {
    let mock = MockLambda::new();
    let queue = mock.new_queue("orders").visibility_timeout(secs(600)).create().unwrap();
    let (function, seen) = succeeds(mock.function("worker").reserved_concurrency(0));
    function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("7 apples").unwrap();
    tokio::time::sleep(secs(20)).await;
    assert!(seen.events().is_empty());
    function.reserve_concurrency(None);
    queue.drained().await;
    let [(at, _)] = seen.batches()[..] else { panic!("{:?}", seen.batches()) };
    // It is tried at 0, 1, 3, 7, 15 and 31 s.
    assert_eq!(at, secs(31));
    let not_invoked = "not invoked: throttled: ReservedFunctionConcurrentInvocationLimitExceeded".to_owned();
    assert_eq!(told(&mock, "orders").iter().filter(|line| **line == not_invoked).count(), 5);
    // It was received once.
    assert_eq!(seen.events()[0]["Records"][0]["attributes"]["ApproximateReceiveCount"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_hides_messages_for_less_than_the_function_may_run_is_refused() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, _) = succeeds(mock.function("worker").timeout(secs(31)));
    let refused = function.map_source(&queue, Mapping::new()).unwrap_err();
    let expected = SettingsError::VisibilityTimeout { visibility: 30, timeout: 31 };
    assert_eq!(refused, MappingError::Settings(expected));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_by_its_name() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, _) = succeeds(mock.function("worker"));
    for (mapping, text) in [
        (Mapping::new().batch_size(0), "BatchSize must be from 1 to 10000"),
        (Mapping::new().from_latest(), "StartingPosition is not supported for a standard queue"),
        (Mapping::new().filter("{"), "filter 1: "),
        (Mapping::new().qualifier("live"), "live"),
    ] {
        let refused = function.map_source(&queue, mapping).unwrap_err().to_string();
        assert!(refused.contains(text), "{refused}");
    }
    assert_eq!(queue.send(""), Err(SendError::EmptyBody));
    assert!(mock.new_queue("orders").create().is_err());
    for (new, text) in [
        (mock.new_queue("others").dead_letters(&queue, 0), "maxReceiveCount must be from 1 to 1000"),
        (mock.new_queue("others").delay(secs(901)), "DelaySeconds must be from 0 to 900"),
        (mock.new_queue("others").retention(secs(59)), "MessageRetentionPeriod must be from 60 to 1209600"),
        (
            mock.new_queue("others").visibility_timeout(secs(43_201)),
            "VisibilityTimeout must be from 0 to 43200",
        ),
    ] {
        let refused = new.create().unwrap_err().to_string();
        assert!(refused.ends_with(text), "{refused}");
    }
    let fifo = mock.queue("orders.fifo");
    assert!(mock.new_queue("others").dead_letters(&fifo, 1).create().is_err());
    assert_eq!(fifo.send("a"), Err(SendError::NoGroup));
    assert_eq!(fifo.send(NewMessage::new("a").group("g")), Err(SendError::NoDeduplicationId));
}

/// A source of numbers that look random: one of the simplest there is.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[tokio::test(start_paused = true)]
async fn under_random_failures_each_message_is_processed_or_a_dead_letter_exactly_as_counted() {
    let mock = MockLambda::new();
    let dead = mock.queue("dead");
    let queue = mock.new_queue("orders").dead_letters(&dead, 3).create().unwrap();
    let processed = std::sync::Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let (noted, state) = (std::sync::Arc::clone(&processed), std::sync::Mutex::new(17));
    let (function, _) = worker(mock.function("worker"), move |event| {
        let mut state = state.lock().unwrap();
        if random(&mut state).is_multiple_of(10) {
            return Err(());
        }
        let mut failed = Vec::new();
        for record in event["Records"].as_array().unwrap() {
            if random(&mut state).is_multiple_of(3) {
                failed.push(record["messageId"].as_str().unwrap().to_owned());
            } else {
                noted.lock().unwrap().insert(record["body"].as_str().unwrap().to_owned());
            }
        }
        Ok(failures(failed))
    });
    function.map_source(&queue, Mapping::new().report_item_failures()).unwrap();
    for number in 0..1_000 {
        queue.send(number.to_string()).unwrap();
    }
    let counts = queue.drained().await;
    let letters: Vec<_> = std::iter::from_fn(|| Some(dead.receive(10)).filter(|some| !some.is_empty()))
        .flatten()
        .map(|message| message.body)
        .collect();
    assert_eq!(counts.deleted + counts.dead_lettered, 1_000);
    assert_eq!((counts.deleted, counts.dead_lettered), (processed.lock().unwrap().len(), letters.len()));
    assert!(counts.dead_lettered > 10, "{counts:?}");
    assert!(letters.iter().all(|letter| !processed.lock().unwrap().contains(letter)));
}
