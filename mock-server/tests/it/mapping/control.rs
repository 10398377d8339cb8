//! Mappings that are enabled, disabled and deleted, and services that end.

use mock_server::{Mapping, MockLambda, core::mapping::Counts};

use super::{secs, succeeds};

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
async fn a_service_that_shuts_down_reads_no_more_until_something_comes() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    queue.send("a").unwrap();
    queue.drained().await;
    mock.shut_down().await;
    tokio::time::sleep(secs(100)).await;
    queue.send("b").unwrap();
    queue.drained().await;
    assert_eq!(seen.bodies(), ["a", "b"]);
    assert!(mock.finish().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_mapping_ends_with_its_service() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    drop((function, mock));
    queue.send("a").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert_eq!(queue.counts().visible, 1);
    assert!(seen.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mapping_ends_with_its_function() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, _) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new()).unwrap();
    // One of the same name takes its place.
    let (_other, seen) = succeeds(mock.function("worker"));
    drop(function);
    queue.send("a").unwrap();
    tokio::time::sleep(secs(100)).await;
    assert!(seen.events().is_empty());
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
