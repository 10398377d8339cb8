//! What leads from one function to the next: destinations that are sources, aliases.

use mock_server::{
    Mapping, MockLambda,
    core::catalog::{Alias, Version},
};

use super::{fails, succeeds};

#[tokio::test(start_paused = true)]
async fn the_destination_of_one_function_is_the_queue_of_another() {
    let mock = MockLambda::new();
    let failures = mock.queue("failures");
    let (broken, _) = fails(mock.function("broken").on_failure(failures.arn()));
    let (janitor, seen) = succeeds(mock.function("janitor"));
    janitor.map_source(&failures, Mapping::new()).unwrap();
    broken.queue(r#"{"order":7}"#).unwrap().finished().await.unwrap();
    failures.drained().await;
    let record: serde_json::Value = serde_json::from_str(&seen.bodies()[0]).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestPayload"]["order"], 7);
}

#[tokio::test(start_paused = true)]
async fn whoever_names_a_sink_for_a_queue_gets_its_messages_instead() {
    let mock = MockLambda::new();
    let failures = mock.queue("failures");
    let sink = mock.sink(failures.arn());
    let (broken, _) = fails(mock.function("broken").on_failure(failures.arn()));
    broken.queue("{}").unwrap().finished().await.unwrap();
    assert_eq!(sink.messages().len(), 1);
    assert_eq!(failures.counts().visible, 0);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_of_an_alias_invokes_the_alias() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let (function, seen) = succeeds(mock.function("worker"));
    let version = function.publish().unwrap();
    function.set_alias("live", Alias::new(Version::Number(version))).unwrap();
    function.map_source(&queue, Mapping::new().qualifier("live")).unwrap();
    queue.send("a").unwrap();
    queue.drained().await;
    assert_eq!(seen.arns(), [format!("{}:live", function.arn())]);
}
