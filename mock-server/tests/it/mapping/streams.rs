//! Mappings that read streams.

use mock_server::{
    Event, Mapping, MappingError, MockLambda, PutError, TriggerEvent,
    core::{
        self,
        mapping::{Flush, SettingsError, SourceKind},
    },
};
use serde_json::{Value, json};

use super::{data, fails, failures, secs, succeeds, told, worker};

#[tokio::test(start_paused = true)]
async fn records_reach_the_function_as_kinesis_would_have_them() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&stream, Mapping::new().from_trim_horizon()).unwrap();
    let number = stream.put("customer-12", "7 apples").unwrap();
    mapping.settled().await;
    let [event] = &seen.events()[..] else { panic!("{:?}", seen.events()) };
    let record = &event["Records"][0];
    assert_eq!(record["eventSourceARN"], "arn:aws:kinesis:us-east-1:123456789012:stream/clicks");
    assert_eq!(record["eventID"], format!("shardId-000000000000:{number}"));
    assert_eq!(record["kinesis"]["partitionKey"], "customer-12");
    assert_eq!(data(record), "7 apples");
}

#[tokio::test(start_paused = true)]
async fn a_shard_is_read_once_a_second() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&stream, Mapping::new().from_trim_horizon()).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(10_300)).await;
    stream.put("a", "1").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    stream.put("a", "2").unwrap();
    mapping.settled().await;
    assert_eq!(seen.batches(), [(secs(11), vec!["1".to_owned(), "2".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn from_latest_only_what_comes_after_the_mapping_is_read() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    stream.put("a", "before").unwrap();
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&stream, Mapping::new().from_latest()).unwrap();
    stream.put("a", "after").unwrap();
    mapping.settled().await;
    assert_eq!(seen.bodies(), ["after"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_blocks_its_shard_and_not_the_others() {
    let mock = MockLambda::new();
    let stream = mock.new_kinesis("clicks", 2).create().unwrap();
    let keys = core::mapping::Stream::new(SourceKind::Kinesis, stream.shards(), secs(1));
    let key_of = |shard: &str| {
        (0..).map(|number| format!("key-{number}")).find(|key| keys.shard_of(key) == Some(shard))
    };
    let (poisoned, healthy) =
        (key_of("shardId-000000000000").unwrap(), key_of("shardId-000000000001").unwrap());
    let (function, seen) = worker(mock.function("worker"), |event| {
        let records = event["Records"].as_array().unwrap();
        if records.iter().any(|record| data(record) == "poison") { Err(()) } else { Ok(Value::Null) }
    });
    let mapping =
        Mapping::new().from_latest().retries(2).on_failure("arn:aws:sqs:us-east-1:123456789012:dead");
    let mapping = function.map_source(&stream, mapping).unwrap();
    let dead = mock.queue("dead");
    stream.put(&poisoned, "poison").unwrap();
    stream.put(&healthy, "1").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    stream.put(&poisoned, "behind").unwrap();
    mapping.settled().await;
    let bodies = seen.bodies();
    assert_eq!(bodies.iter().filter(|body| *body == "poison").count(), 3);
    assert_eq!(bodies.last().map(String::as_str), Some("behind"));
    assert_eq!(seen.batches().iter().find(|(_, bodies)| bodies == &["1"]).unwrap().0, secs(0));
    dead.wait_for(|counts| counts.visible == 1).await;
    let record: Value = serde_json::from_str(&dead.receive(1)[0].body).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestContext"]["functionArn"], function.arn());
    assert_eq!(record["KinesisBatchInfo"]["batchSize"], 1);
    assert_eq!(record["KinesisBatchInfo"]["shardId"], "shardId-000000000000");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_split_until_only_the_poison_is_given_up() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    for number in 0..8 {
        stream.put("a", number.to_string()).unwrap();
    }
    let (function, seen) = worker(mock.function("worker"), |event| {
        let records = event["Records"].as_array().unwrap();
        if records.iter().any(|record| data(record) == "5") { Err(()) } else { Ok(Value::Null) }
    });
    let bucket = mock.sink("arn:aws:s3:::failures");
    let mapping = Mapping::new().from_trim_horizon().bisect().retries(0).on_failure("arn:aws:s3:::failures");
    let mapping = function.map_source(&stream, mapping).unwrap();
    mapping.settled().await;
    assert_eq!(bucket.messages().len(), 1, "what is given up is told by then");
    let processed: Vec<_> = seen
        .batches()
        .into_iter()
        .map(|(_, bodies)| bodies)
        .filter(|bodies| !bodies.contains(&"5".to_owned()))
        .flatten()
        .collect();
    assert_eq!(processed, ["0", "1", "2", "3", "4", "6", "7"]);
    let object = bucket.wait_for(1).await.remove(0).json().unwrap();
    assert_eq!(object["KinesisBatchInfo"]["batchSize"], 1);
    let payload: Value = serde_json::from_str(object["payload"].as_str().unwrap()).unwrap();
    assert_eq!(data(&payload["Records"][0]), "5");
    let told = told(&mock, "clicks");
    assert!(told.iter().any(|line| line.starts_with("batch split at 4959")), "{told:?}");
    assert!(told.contains(&"1 record given up: RetryAttemptsExhausted".to_owned()), "{told:?}");
    assert!(told.contains(&"told arn:aws:s3:::failures".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_partial_response_goes_on_from_the_lowest_record_that_failed() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    for number in 0..4 {
        stream.put("a", number.to_string()).unwrap();
    }
    let first = std::sync::atomic::AtomicBool::new(true);
    let (function, seen) = worker(mock.function("worker"), move |event| {
        let failed = event["Records"].as_array().unwrap().iter().filter(|record| data(record) == "2");
        let failed = failed.map(|record| record["kinesis"]["sequenceNumber"].as_str().unwrap().to_owned());
        let is_first = first.swap(false, std::sync::atomic::Ordering::Relaxed);
        Ok(if is_first { failures(failed) } else { Value::Null })
    });
    let mapping =
        function.map_source(&stream, Mapping::new().from_trim_horizon().report_item_failures()).unwrap();
    mapping.settled().await;
    let batches: Vec<_> = seen.batches().into_iter().map(|(_, bodies)| bodies).collect();
    assert_eq!(batches, [vec!["0", "1", "2", "3"], vec!["2", "3"]]);
}

#[tokio::test(start_paused = true)]
async fn a_tumbling_window_hands_its_state_on_and_ends() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    let (function, seen) = worker(mock.function("counter"), |event| {
        let before = event["state"]["count"].as_u64().unwrap_or_default();
        let more = event["Records"].as_array().map_or(0, Vec::len) as u64;
        Ok(json!({"state": {"count": before + more}}))
    });
    let window = Mapping::new().from_trim_horizon().tumbling_window(secs(30)).batch_size(2);
    function.map_source(&stream, window).unwrap();
    for number in 0..5 {
        stream.put("a", number.to_string()).unwrap();
    }
    mock.timeline()
        .wait_for(|entry| {
            let Event::Trigger { event, .. } = &entry.event else { return false };
            matches!(event, TriggerEvent::Invoked { because: Flush::Final, .. })
        })
        .await;
    // A record of a later window begins anew.
    stream.put("a", "later").unwrap();
    tokio::time::sleep(secs(5)).await;
    let events = seen.events();
    let last: Vec<_> = events.iter().filter(|event| event["isFinalInvokeForWindow"] == true).collect();
    assert_eq!(last.len(), 1, "{events:?}");
    assert_eq!(last[0]["state"], json!({"count": 5}));
    let next = events.last().unwrap();
    assert_eq!((&next["state"], next["Records"].as_array().map(Vec::len)), (&json!({}), Some(1)));
}

#[tokio::test(start_paused = true)]
async fn changes_of_a_table_reach_the_function() {
    let mock = MockLambda::new();
    let stream = mock.new_table_stream("customers").view("NEW_IMAGE").create().unwrap();
    let (function, seen) = succeeds(mock.function("worker"));
    let filter = r#"{"eventName":["INSERT","REMOVE"]}"#;
    let mapping = function.map_source(&stream, Mapping::new().from_trim_horizon().filter(filter)).unwrap();
    let (keys, ada) = (json!({"Id": {"N": "12"}}), json!({"Id": {"N": "12"}, "Name": {"S": "Ada"}}));
    stream.change(keys.clone(), None, Some(ada.clone())).unwrap();
    stream.change(keys.clone(), Some(ada.clone()), Some(ada.clone())).unwrap();
    stream.change(keys.clone(), Some(ada.clone()), None).unwrap();
    mapping.settled().await;
    let records: Vec<Value> =
        seen.events().iter().flat_map(|event| event["Records"].as_array().unwrap().clone()).collect();
    let names: Vec<_> = records.iter().map(|record| record["eventName"].clone()).collect();
    assert_eq!(names, ["INSERT", "REMOVE"]);
    assert_eq!(records[0]["dynamodb"]["Keys"], keys);
    assert_eq!(records[0]["dynamodb"]["NewImage"], ada);
    assert_eq!(records[1]["dynamodb"].get("OldImage"), None);
    assert_eq!(records[1]["dynamodb"]["StreamViewType"], "NEW_IMAGE");
}

#[tokio::test(start_paused = true)]
async fn records_of_a_topic_reach_the_function_by_partition() {
    let mock = MockLambda::new();
    let topic = mock.new_kafka_topic("orders", 3).create().unwrap();
    let (function, seen) = succeeds(mock.function("worker"));
    let mapping = function.map_source(&topic, Mapping::new().from_trim_horizon()).unwrap();
    topic.put("customer-12", "7 apples").unwrap();
    mapping.settled().await;
    let [event] = &seen.events()[..] else { panic!("{:?}", seen.events()) };
    assert_eq!(event["eventSource"], "SelfManagedKafka");
    let records = event["records"].as_object().unwrap();
    let (partition, records) = records.iter().next().unwrap();
    assert!(partition.starts_with("orders-"), "{partition}");
    assert_eq!(records[0]["topic"], "orders");
    assert_eq!(records[0]["value"], "NyBhcHBsZXM=");
    assert_eq!(records[0]["key"], "Y3VzdG9tZXItMTI=");
}

#[tokio::test(start_paused = true)]
async fn an_idle_mapping_does_not_count_the_time() {
    let mock = MockLambda::new();
    let (stream, queue) = (mock.kinesis("clicks"), mock.queue("orders"));
    let (function, seen) = succeeds(mock.function("worker"));
    function.map_source(&stream, Mapping::new().from_trim_horizon()).unwrap();
    function.map_source(&queue, Mapping::new()).unwrap();
    let before = mock.timeline().entries().len();
    tokio::time::sleep(secs(365 * 24 * 60 * 60)).await;
    assert_eq!(mock.timeline().entries().len(), before);
    queue.send("a").unwrap();
    queue.drained().await;
    assert_eq!(seen.bodies(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_a_stream_is_refused_by_its_name() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    let (function, _) = fails(mock.function("worker"));
    let missing = SettingsError::Missing { field: "StartingPosition", kind: SourceKind::Kinesis };
    let refused = function.map_source(&stream, Mapping::new()).unwrap_err();
    assert_eq!(refused, MappingError::Settings(missing));
    let refused = stream.change(json!({}), None, None).unwrap_err();
    assert!(matches!(refused, PutError::Kind { .. }), "{refused}");
    stream.close_shard("shardId-000000000000");
    let refused = stream.put("a", "b").unwrap_err();
    assert!(matches!(refused, PutError::Shard { .. }), "{refused}");
    assert!(mock.new_kinesis("clicks", 1).create().is_err());
}
