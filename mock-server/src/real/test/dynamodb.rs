//! Streams of tables.

use std::time::Duration;

use serde_json::{Value, json};

use super::{canned::Canned, refused, soon, stand_in, stand_in::StandIn};
use crate::{
    core::{
        Time,
        mapping::{
            Change, ChangeKind, Content, ReadFrom, Reading, Record, SequenceNumber, StartingPosition,
            StreamSource,
        },
    },
    real::{dynamodb::DynamoDbStream, error::RealSourceError, stream::StreamFacts},
};

const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-11-20T10:00:00.000";
const START: ReadFrom = ReadFrom::Start(StartingPosition::TrimHorizon);
const LATEST: ReadFrom = ReadFrom::Start(StartingPosition::Latest);

/// A new table, and its stream.
async fn create(stand_in: &mut StandIn) -> DynamoDbStream {
    let arguments = json!({
        "TableName": "orders",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    let created = stand_in.call("dynamodb", "create_table", arguments).await;
    let arn = created["TableDescription"]["LatestStreamArn"].as_str().unwrap();
    DynamoDbStream::new(stand_in.url().parse().unwrap(), arn).unwrap()
}

async fn put(stand_in: &mut StandIn, item: Value) {
    stand_in.call("dynamodb", "put_item", json!({ "TableName": "orders", "Item": item })).await;
}

async fn read(stream: &DynamoDbStream, shard: &str, from: &ReadFrom, at_most: usize) -> Reading {
    soon(stream.read(shard, from, at_most)).await.unwrap()
}

fn change(record: &Record) -> &Change {
    let Content::DynamoDb(change) = &record.content else { panic!("{record:?}") };
    change
}

/// An item with a value of each type, as it is written and as it stands in an event.
fn items() -> (Value, Value) {
    let raw = |bytes: Value| {
        json!({
            "id": { "S": "7" },
            "number": { "N": "-12.5" },
            "raw": { "B": bytes },
            "truth": { "BOOL": false },
            "nothing": { "NULL": true },
            "texts": { "SS": ["a", "b"] },
            "numbers": { "NS": ["1", "2"] },
            "raws": { "BS": [bytes] },
            "list": { "L": [{ "S": "x" }, { "L": [] }, { "M": { "deep": { "B": bytes } } }] },
            "map": { "M": { "Grün": { "N": "1" } } },
        })
    };
    (raw(json!({ "base64": "AAH+/w==" })), raw(json!("AAH+/w==")))
}

#[tokio::test]
async fn changes_of_a_table_are_read_as_the_event_has_them() {
    let Some(mut stand_in) = stand_in().await else { return };
    let stream = create(&mut stand_in).await;
    let StreamFacts { arn, retention } = soon(stream.facts()).await.unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/"), "{arn}");
    assert_eq!(retention, Duration::from_secs(86_400));
    let (item, image) = items();
    put(&mut stand_in, item).await;
    put(&mut stand_in, json!({ "id": { "S": "7" } })).await;
    let arguments = json!({ "TableName": "orders", "Key": { "id": { "S": "7" } } });
    stand_in.call("dynamodb", "delete_item", arguments).await;

    let shards = soon(stream.shards()).await.unwrap();
    let [shard] = &shards[..] else { panic!("{shards:?}") };
    let records = read(&stream, shard, &START, 100).await.records;
    let (keys, small) = (json!({ "id": { "S": "7" } }), json!({ "id": { "S": "7" } }));
    let told: Vec<_> = records
        .iter()
        .map(change)
        .map(|change| (change.kind, &change.keys, change.new_image.as_ref(), change.old_image.as_ref()))
        .collect();
    let expected = [
        (ChangeKind::Insert, &keys, Some(&image), None),
        (ChangeKind::Modify, &keys, Some(&small), Some(&image)),
        (ChangeKind::Remove, &keys, None, Some(&small)),
    ];
    assert_eq!(told, expected);

    // The event says what another client is told.
    let arguments = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = stand_in.call("dynamodbstreams", "get_shard_iterator", arguments).await;
    let arguments = json!({ "ShardIterator": iterator["ShardIterator"] });
    let others = stand_in.call("dynamodbstreams", "get_records", arguments).await;
    let others = others["Records"].as_array().unwrap();
    assert_eq!(others.len(), 3);
    let source = StreamSource::DynamoDb { arn };
    for (record, other) in records.iter().zip(others) {
        let mut event: Value = serde_json::from_str(&source.record(shard, record)).unwrap();
        let mut other = other.clone();
        for member in ["eventID", "eventName", "eventSource", "awsRegion"] {
            assert_eq!(event[member], other[member], "{member}");
        }
        let written = event["dynamodb"]["ApproximateCreationDateTime"].take().as_f64().unwrap();
        let created = other["dynamodb"]["ApproximateCreationDateTime"].take().as_f64().unwrap();
        assert_eq!(written.trunc(), created.trunc());
        assert_eq!(event["dynamodb"], other["dynamodb"]);
    }
}

#[tokio::test]
async fn a_table_is_read_from_trim_horizon_latest_and_after_a_record() {
    let Some(mut stand_in) = stand_in().await else { return };
    let stream = create(&mut stand_in).await;
    let shard = &soon(stream.shards()).await.unwrap()[0];
    put(&mut stand_in, json!({ "id": { "S": "1" } })).await;
    let at_end = read(&stream, shard, &LATEST, 100).await;
    assert_eq!((at_end.records, at_end.is_behind), (vec![], false));
    put(&mut stand_in, json!({ "id": { "S": "2" } })).await;
    put(&mut stand_in, json!({ "id": { "S": "3" } })).await;

    let all = read(&stream, shard, &START, 100).await.records;
    let keys: Vec<_> = all.iter().map(|record| change(record).keys["id"]["S"].clone()).collect();
    assert_eq!(keys, ["1", "2", "3"]);
    let Reading { records, next, is_behind } = read(&stream, shard, &at_end.next.unwrap(), 100).await;
    assert_eq!((&records[..], is_behind), (&all[1..], false));
    assert_eq!(read(&stream, shard, &next.unwrap(), 100).await.records, []);
    let after = ReadFrom::After(all[0].sequence_number.clone());
    assert_eq!(read(&stream, shard, &after, 100).await.records, all[1..]);
    // No more than is asked for, and then the rest.
    let Reading { records, next, is_behind } = read(&stream, shard, &START, 2).await;
    assert_eq!((&records[..], is_behind), (&all[..2], true));
    let Reading { records, is_behind, .. } = read(&stream, shard, &next.unwrap(), 2).await;
    assert_eq!((&records[..], is_behind), (&all[2..], false));
}

async fn canned() -> (Canned, DynamoDbStream) {
    let canned = Canned::bind().await;
    let stream = DynamoDbStream::new(canned.url.clone(), ARN).unwrap();
    (canned, stream)
}

const TRIMMED: (u16, &str) =
    (400, r#"{"__type":"com.amazonaws#TrimmedDataAccessException","message":"gone"}"#);

#[tokio::test]
async fn an_expired_iterator_is_told_apart() {
    let (canned, stream) = canned().await;
    let expired = (400, r#"{"__type":"com.amazonaws#ExpiredIteratorException","message":"old"}"#);
    let from = ReadFrom::Iterator("old".to_owned());
    for answer in [expired, TRIMMED] {
        let (read, asked) = canned.answers(stream.read("s", &from, 20_000), &[answer]).await;
        let error = read.unwrap_err();
        assert!(matches!(error, RealSourceError::ExpiredIterator { .. }), "{error:?}");
        assert_eq!(asked[0].body, json!({ "ShardIterator": "old", "Limit": 1_000 }));
    }
}

#[tokio::test]
async fn behind_a_record_that_is_gone_comes_what_is_left() {
    let (canned, stream) = canned().await;
    let from = ReadFrom::After(SequenceNumber::new("7"));
    let answers = [TRIMMED, (200, r#"{"ShardIterator":"i"}"#), (200, r#"{"Records":[]}"#)];
    let (read, asked) = canned.answers(stream.read("s", &from, 10), &answers).await;
    // The shard is closed: nothing says where to go on.
    assert_eq!(read.unwrap(), Reading { records: Vec::new(), next: None, is_behind: false });
    let asked: Vec<_> = asked.into_iter().map(|asked| asked.body).collect();
    let after = json!({
        "StreamArn": ARN, "ShardId": "s", "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "7",
    });
    let horizon = json!({ "StreamArn": ARN, "ShardId": "s", "ShardIteratorType": "TRIM_HORIZON" });
    assert_eq!(asked[..2], [after, horizon]);
}

#[tokio::test]
async fn a_change_has_its_time_to_the_second_or_better_and_what_it_lacks_is_told() {
    let (canned, stream) = canned().await;
    let whole = json!({
        "eventID": "e", "eventName": "REMOVE", "eventVersion": "1.1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_168_800, "Keys": {}, "SequenceNumber": "7", "SizeBytes": 26,
            "StreamViewType": "KEYS_ONLY",
        },
    });
    let from = ReadFrom::Iterator("i".to_owned());
    let read = async |record: &Value| {
        let answer = json!({ "Records": [record], "NextShardIterator": "j" }).to_string();
        canned.answers(stream.read("s", &from, 10), &[(200, &answer)]).await.0
    };
    let records = read(&whole).await.unwrap().records;
    assert_eq!(records[0].arrived, Time::from_unix(Duration::from_secs(1_795_168_800)));
    assert_eq!((change(&records[0]).bytes, change(&records[0]).view.as_str()), (26, "KEYS_ONLY"));
    for (place, member) in [
        ("", "eventID"),
        ("", "eventName"),
        ("", "dynamodb"),
        ("/dynamodb", "ApproximateCreationDateTime"),
        ("/dynamodb", "Keys"),
        ("/dynamodb", "SequenceNumber"),
        ("/dynamodb", "SizeBytes"),
        ("/dynamodb", "StreamViewType"),
    ] {
        let mut record = whole.clone();
        record.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(member);
        let error = read(&record).await.unwrap_err();
        let said = format!("{} answered GetRecords without a usable {member}", canned.url);
        assert_eq!(error.to_string(), said);
    }
    for (place, member, value) in [
        ("", "eventName", json!("RENAME")),
        ("/dynamodb", "NewImage", json!({ "a": { "L": [{ "X": "of tomorrow" }] } })),
    ] {
        let mut record = whole.clone();
        record.pointer_mut(place).unwrap()[member] = value;
        let error = read(&record).await.unwrap_err();
        assert!(error.to_string().contains(member), "{error}");
    }
}

#[tokio::test]
async fn shards_come_in_pages() {
    let (canned, stream) = canned().await;
    let page = |rest: &str| format!(r#"{{"StreamDescription":{{"StreamArn":"{ARN}",{rest}}}}}"#);
    let first = page(r#""Shards":[{"ShardId":"s-0"},{"ShardId":"s-1"}],"LastEvaluatedShardId":"s-1""#);
    let second = page(r#""Shards":[{"ShardId":"s-2"}]"#);
    let (shards, asked) = canned.answers(stream.shards(), &[(200, &first), (200, &second)]).await;
    assert_eq!(shards.unwrap(), ["s-0", "s-1", "s-2"]);
    let asked: Vec<_> = asked.into_iter().map(|asked| asked.body).collect();
    let next = json!({ "StreamArn": ARN, "ExclusiveStartShardId": "s-1" });
    assert_eq!(asked, [json!({ "StreamArn": ARN }), next]);
}

#[tokio::test]
async fn what_a_table_does_not_do_is_told() {
    let (canned, stream) = canned().await;
    let at = ReadFrom::Start(StartingPosition::AtTimestamp(Time::default()));
    let error = stream.read("s", &at, 1).await.unwrap_err();
    let said =
        format!("GetShardIterator at {} failed: the stream of a table is not read from a time", canned.url);
    assert_eq!(error.to_string(), said);

    let missing = r#"{"__type":"com.amazonaws#ResourceNotFoundException","message":"no stream"}"#;
    let (shards, asked) = canned.answers(stream.shards(), &[(400, missing)]).await;
    assert_eq!(refused(&shards.unwrap_err()), (400, "ResourceNotFoundException", "no stream"));
    let head = &asked[0].head;
    assert!(head.contains("/us-east-1/dynamodb/aws4_request"), "{head}");
}
