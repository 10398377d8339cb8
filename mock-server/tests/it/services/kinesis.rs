//! PutRecord and PutRecords.

use mock_server::{MockLambda, core::mapping::SequenceNumber};
use serde_json::{Value, json};

use super::{Client, JSON_1_1, error};
use crate::raw::Reply;

const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";

async fn call(client: &mut Client, operation: &str, body: Value) -> Reply {
    let reply = client.target(&format!("Kinesis_20131202.{operation}"), JSON_1_1, body).await;
    assert_eq!(reply.header("content-type"), Some(JSON_1_1));
    reply
}

/// The sequence number that comes so many before another of the same shard.
fn before(number: &SequenceNumber, count: u64) -> String {
    let (rest, place) = number.as_str().split_at(number.as_str().len() - 20);
    format!("{rest}{:020}", place.parse::<u64>().unwrap() - count)
}

async fn put(client: &mut Client, body: Value) -> Value {
    let reply = call(client, "PutRecord", body).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test]
async fn a_record_is_put_into_the_shard_of_its_key() {
    let mock = MockLambda::new();
    let stream = mock.new_kinesis("clicks", 2).create().unwrap();
    let mut client = Client::new(&mock).await;
    let body = json!({ "StreamName": "clicks", "PartitionKey": "customer-12", "Data": "NyBhcHBsZXM=" });
    let reply = call(&mut client, "PutRecord", body).await;
    // The next of the same shard is one behind it.
    let next = stream.put("customer-12", "8 pears").unwrap();
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    let shard = answer["ShardId"].as_str().unwrap();
    let expected = format!(r#"{{"SequenceNumber":"{}","ShardId":"{shard}"}}"#, before(&next, 1));
    assert_eq!(reply.brief(), (200, expected.as_str()));
    assert!(stream.shards().iter().any(|name| name == shard));
}

/// The first half of all hashes is that of the first of two shards.
#[tokio::test]
async fn a_hash_key_of_its_own_chooses_the_shard() {
    let mock = MockLambda::new();
    mock.new_kinesis("clicks", 2).create().unwrap();
    let mut client = Client::new(&mock).await;
    for (hash, shard) in [
        ("0", "shardId-000000000000"),
        ("170141183460469231731687303715884105727", "shardId-000000000000"),
        ("170141183460469231731687303715884105728", "shardId-000000000001"),
        ("340282366920938463463374607431768211455", "shardId-000000000001"),
    ] {
        let body = json!({
            "StreamARN": ARN,
            "PartitionKey": "customer-12",
            "ExplicitHashKey": hash,
            "SequenceNumberForOrdering": "7",
            "Data": "",
        });
        assert_eq!(put(&mut client, body).await["ShardId"], shard, "{hash}");
    }
}

#[tokio::test]
async fn records_are_answered_one_by_one() {
    let mock = MockLambda::new();
    let stream = mock.new_kinesis("clicks", 1).create().unwrap();
    let mut client = Client::new(&mock).await;
    let records = json!([{ "PartitionKey": "a", "Data": "YQ==" }, { "PartitionKey": "b", "Data": "Yg==" }]);
    let body = json!({ "StreamName": "clicks", "StreamARN": ARN, "Records": records });
    let reply = call(&mut client, "PutRecords", body.clone()).await;
    let next = stream.put("c", "c").unwrap();
    let shard = "shardId-000000000000";
    let expected = format!(
        r#"{{"FailedRecordCount":0,"Records":[{{"SequenceNumber":"{}","ShardId":"{shard}"}},{{"SequenceNumber":"{}","ShardId":"{shard}"}}]}}"#,
        before(&next, 2),
        before(&next, 1),
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));

    stream.close_shard(shard);
    let reply = call(&mut client, "PutRecords", body).await;
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status(), &answer["FailedRecordCount"]), (200, &json!(2)));
    assert_eq!(answer["Records"][1]["ErrorCode"], "InternalFailure");
}

#[tokio::test]
async fn what_a_stream_cannot_take_is_refused_and_not_put() {
    let mock = MockLambda::new();
    let stream = mock.kinesis("clicks");
    mock.table_stream("customers");
    mock.kafka_topic("orders");
    let mut client = Client::new(&mock).await;
    let large = "A".repeat(4 * 350_000);
    for (more, name, within) in [
        (
            json!({ "StreamName": "other" }),
            "ResourceNotFoundException",
            "Stream other under account 123456789012 not found.",
        ),
        (json!({ "StreamName": "orders" }), "ResourceNotFoundException", "orders"),
        (json!({ "StreamName": null, "StreamARN": "orders" }), "ResourceNotFoundException", "orders"),
        (json!({ "StreamName": null }), "InvalidArgumentException", "StreamName"),
        (json!({ "StreamARN": format!("{ARN}-2") }), "InvalidArgumentException", "StreamARN"),
        (json!({ "StreamId": "a-b" }), "InvalidArgumentException", "StreamId is not emulated"),
        (json!({ "DryRun": true }), "InvalidArgumentException", "DryRun is not emulated"),
        (json!({ "Data": null }), "ValidationException", "Data"),
        (json!({ "Data": "?" }), "SerializationException", "base64"),
        (json!({ "Data": large }), "InvalidArgumentException", "1050001 bytes"),
        (json!({ "PartitionKey": "" }), "ValidationException", "PartitionKey"),
        (json!({ "PartitionKey": "k".repeat(257) }), "ValidationException", "257 characters"),
        (json!({ "ExplicitHashKey": "-1" }), "InvalidArgumentException", "ExplicitHashKey"),
        (json!({ "ExplicitHashKey": "+1" }), "InvalidArgumentException", "ExplicitHashKey"),
        (
            json!({ "ExplicitHashKey": "340282366920938463463374607431768211456" }),
            "InvalidArgumentException",
            "ExplicitHashKey",
        ),
    ] {
        let mut body = json!({ "StreamName": "clicks", "PartitionKey": "k", "Data": "YQ==" });
        body.as_object_mut().unwrap().append(more.clone().as_object_mut().unwrap());
        let reply = call(&mut client, "PutRecord", body).await;
        let (found, message) = error(&reply);
        assert_eq!((reply.status(), found.as_str()), (400, name), "{within}: {message}");
        assert!(message.contains(within), "{within}: {message}");
    }
    let record = json!({ "PartitionKey": "k", "Data": "A".repeat(4 * 349_000) });
    for (records, name) in [
        (json!([]), "ValidationException"),
        (json!(vec![json!({ "PartitionKey": "k", "Data": "" }); 501]), "ValidationException"),
        (json!(vec![record; 11]), "InvalidArgumentException"),
    ] {
        let reply =
            call(&mut client, "PutRecords", json!({ "StreamName": "clicks", "Records": records })).await;
        assert_eq!((reply.status(), error(&reply).0.as_str()), (400, name));
    }
    let first = stream.put("k", "a").unwrap();
    assert!(first.as_str().ends_with("00000000000000000000"), "{first}");
}
