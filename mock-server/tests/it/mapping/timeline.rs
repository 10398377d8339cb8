//! The timeline says why a function ran.

use mock_server::{Event, Mapping, MockLambda, TriggerEvent, core::mapping::Flush};

use super::succeeds;

#[tokio::test(start_paused = true)]
async fn the_invocation_of_a_mapping_is_told_with_its_source_its_records_and_the_reason() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, _) = succeeds(mock.function("worker"));
    function.map_source(&queue, Mapping::new().batch_size(1)).unwrap();
    let sent = queue.send("7 apples").unwrap();
    queue.drained().await;
    let entries = mock.timeline().entries();
    let invoked = entries.iter().find_map(|entry| match &entry.event {
        Event::Trigger { source, target, event: TriggerEvent::Invoked { request_id, records, because } } => {
            Some((source, target, request_id, records, because))
        }
        _ => None,
    });
    let (source, name, request_id, records, because) = invoked.unwrap();
    assert_eq!((source.as_str(), name.as_str()), (queue.arn(), "worker"));
    assert_eq!((records, *because), (&vec![sent.id], Flush::Size));
    assert!(entries.iter().any(|entry| {
        matches!(&entry.event, Event::InvocationBegan { request_id: begun, .. } if begun == request_id)
    }));
    let lanes = mock.timeline().lanes().redacted().to_string();
    assert!(lanes.starts_with("sources, and the queue of asynchronous invocations"), "{lanes}");
    assert!(
        lanes.contains("orders → worker: request 1: invoked with 1 record: the batch is full"),
        "{lanes}"
    );
    assert!(lanes.contains("orders → worker: 1 deleted: they are processed"), "{lanes}");
}
