//! Mappings that are enabled, disabled and deleted, and services that end.

use mock_server::{
    Mapping, MockLambda,
    core::mapping::{Counts, NewMessage},
};

use super::{secs, succeeds};
use crate::{
    guest::{NEXT, Puppet, request_id, response_path},
    raw::Connection,
};

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_disabled_leaves_messages_where_they_are_until_it_is_enabled() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&queue, Mapping::new().disabled()).unwrap();
    queue.send("a").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts(), Counts { visible: 1, ..Counts::default() });
    mapping.enable();
    queue.drained().await;
    mapping.disable();
    queue.send("b").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts().visible, 1);
    assert_eq!(seen.bodies(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_deleted_reads_no_more() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("a").unwrap();
    mapping.settled().await;
    mapping.delete();
    queue.send("b").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts().visible, 1);
    assert_eq!(seen.bodies(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_deleted_finishes_what_the_function_has_been_given() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let guest = Puppet::new(mock.function("worker").timeout(secs(20)));
    let mapping = guest.function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("a").unwrap();
    let mut guest = Connection::open(&guest.launched().await).await;
    let event = guest.get(NEXT).await;
    mapping.delete();
    queue.send("b").unwrap();
    guest.post(&response_path(request_id(&event)), b"null").await;
    queue.wait_for(|counts| counts.deleted == 1).await;
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts(), Counts { visible: 1, deleted: 1, ..Counts::default() });
    // It stays so.
    mapping.enable();
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_shuts_down_reads_no_more_until_something_comes_from_outside() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("a").unwrap();
    queue.drained().await;
    // It comes when the service has shut down.
    queue.send(NewMessage::new("later").delay(secs(50))).unwrap();
    mock.shut_down().await;
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts().visible, 1);
    assert_eq!(seen.bodies(), ["a"]);
    queue.send("b").unwrap();
    queue.drained().await;
    let mut bodies = seen.bodies();
    bodies.sort_unstable();
    assert_eq!(bodies, ["a", "b", "later"]);
    assert!(mock.finish().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_in_the_moment_of_the_end_stays_in_the_queue() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&queue, Mapping::new()).unwrap();
    // The mapping waits for messages by now.
    tokio::time::sleep(secs(1)).await;
    queue.send("a").unwrap();
    mapping.disable();
    tokio::time::sleep(secs(100)).await;
    assert!(seen.events().is_empty());
    mapping.enable();
    queue.drained().await;
    queue.send("b").unwrap();
    mock.shut_down().await;
    tokio::time::sleep(secs(100)).await;
    assert_eq!(seen.bodies(), ["a"]);
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_ends_with_its_service() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    tokio::time::sleep(secs(1)).await;
    drop((function, mock));
    queue.send("a").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert!(seen.events().is_empty());
    // Nobody has received it before.
    assert_eq!(queue.receive(1)[0].receives, 1);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_ends_with_its_function() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, _) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    tokio::time::sleep(secs(1)).await;
    // One of the same name takes its place.
    let (_other, seen) = succeeds(mock.function("worker"));
    drop(function);
    for text in ["a", "b"] {
        queue.send(text).unwrap();
        tokio::time::sleep(secs(100)).await;
    }
    assert!(seen.events().is_empty());
    assert_eq!(queue.counts().visible, 2);
    // The first may have been received in vain; then the task has ended.
    assert_eq!(
        queue.receive(2).iter().find(|message| message.body == "b").map(|message| message.receives),
        Some(1)
    );
}

#[tokio::test(start_paused = true)]
async fn two_mappings_of_one_queue_share_its_messages() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (first, seen_by_first) = succeeds(mock.function("first"));
    let (second, seen_by_second) = succeeds(mock.function("second"));
    first.map_source(&queue, Mapping::new().batch_size(1)).unwrap();
    second.map_source(&queue, Mapping::new().batch_size(1)).unwrap();
    for number in 0..50 {
        queue.send(number.to_string()).unwrap();
    }
    queue.drained().await;
    let mut all: Vec<u32> = seen_by_first
        .bodies()
        .iter()
        .chain(&seen_by_second.bodies())
        .map(|body| body.parse().unwrap())
        .collect();
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
}
