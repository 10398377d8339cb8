//! Streams of Kinesis.

use std::time::Duration;

use serde_json::{Value, json};

use super::{canned::Canned, refused, soon, stand_in, stand_in::StandIn};
use crate::{
    core::{
        Time,
        mapping::{Content, ReadFrom, Reading, Record, SequenceNumber, StartingPosition},
    },
    real::{error::RealSourceError, kinesis::KinesisStream, stream::StreamFacts},
};

const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";
const START: ReadFrom = ReadFrom::Start(StartingPosition::TrimHorizon);
const LATEST: ReadFrom = ReadFrom::Start(StartingPosition::Latest);

async fn create(stand_in: &mut StandIn, shards: u32) {
    let arguments = json!({ "StreamName": "clicks", "ShardCount": shards });
    stand_in.call("kinesis", "create_stream", arguments).await;
}

/// Puts a record and gives what was said about it.
async fn put(stand_in: &mut StandIn, key: &str, data: &str, hash: Option<&str>) -> Value {
    let mut arguments = json!({ "StreamName": "clicks", "PartitionKey": key, "Data": { "base64": data } });
    if let Some(hash) = hash {
        arguments["ExplicitHashKey"] = hash.into();
    }
    stand_in.call("kinesis", "put_record", arguments).await
}

async fn read(stream: &KinesisStream, shard: &str, from: &ReadFrom, at_most: usize) -> Reading {
    soon(stream.read(shard, from, at_most)).await.unwrap()
}

fn says(record: &Record) -> (&str, &[u8]) {
    let Content::Kinesis { partition_key, data } = &record.content else { panic!("{record:?}") };
    (partition_key, data)
}

#[tokio::test]
async fn a_stream_is_read_from_trim_horizon_latest_and_after_a_record() {
    let Some(mut stand_in) = stand_in().await else { return };
    create(&mut stand_in, 1).await;
    for name in ["clicks", ARN] {
        let stream = KinesisStream::new(stand_in.url().parse().unwrap(), name).unwrap();
        let facts = StreamFacts { arn: ARN.to_owned(), retention: Duration::from_secs(24 * 3_600) };
        assert_eq!(soon(stream.facts()).await.unwrap(), facts);
        let shards = soon(stream.shards()).await.unwrap();
        assert_eq!(shards, ["shardId-000000000000"]);
        let shard = &shards[0];

        let before = read(&stream, shard, &START, 100).await.records.len();
        let at_end = read(&stream, shard, &LATEST, 100).await;
        assert_eq!((at_end.records, at_end.is_behind), (vec![], false));
        let first = put(&mut stand_in, "red", "AAH+/w==", None).await;
        let second = put(&mut stand_in, "blue", "", None).await;

        let Reading { records, next, .. } = read(&stream, shard, &at_end.next.unwrap(), 100).await;
        assert_eq!(records.len(), 2);
        assert_eq!(says(&records[0]), ("red", &[0, 1, 254, 255][..]));
        assert_eq!(says(&records[1]), ("blue", &[][..]));
        let numbers = records.iter().map(|record| json!(record.sequence_number.as_str()));
        assert_eq!(numbers.collect::<Vec<_>>(), [&first, &second].map(|put| put["SequenceNumber"].clone()));
        assert!(records[0].arrived > Time::from_unix(Duration::from_secs(1_700_000_000)), "{records:?}");
        assert!(records[0].arrived <= records[1].arrived, "{records:?}");
        assert_eq!(read(&stream, shard, &next.unwrap(), 100).await.records, []);

        let after = ReadFrom::After(records[0].sequence_number.clone());
        assert_eq!(read(&stream, shard, &after, 100).await.records, records[1..]);
        let all = read(&stream, shard, &START, 100).await.records;
        assert_eq!(all[before..], records);
        // No more than is asked for, and then the rest.
        let Reading { records: head, next, .. } = read(&stream, shard, &START, before + 1).await;
        assert_eq!(head, all[..=before]);
        assert_eq!(read(&stream, shard, &next.unwrap(), 100).await.records, all[before + 1..]);
    }
}

#[tokio::test]
async fn records_of_two_shards_are_read_apart() {
    let Some(mut stand_in) = stand_in().await else { return };
    create(&mut stand_in, 2).await;
    let stream = KinesisStream::new(stand_in.url().parse().unwrap(), ARN).unwrap();
    let shards = soon(stream.shards()).await.unwrap();
    assert_eq!(shards, ["shardId-000000000000", "shardId-000000000001"]);
    put(&mut stand_in, "low", "YQ==", Some("0")).await;
    put(&mut stand_in, "high", "Yg==", Some("255211775190703847597530955573826158592")).await;
    for (shard, said) in shards.iter().zip([("low", &b"a"[..]), ("high", &b"b"[..])]) {
        let records = read(&stream, shard, &START, 100).await.records;
        assert_eq!(records.iter().map(says).collect::<Vec<_>>(), [said]);
    }
}

#[tokio::test]
async fn a_stream_or_a_shard_that_is_not_there_is_told() {
    let Some(mut stand_in) = stand_in().await else { return };
    create(&mut stand_in, 1).await;
    let url = stand_in.url();
    let missing = KinesisStream::new(url.parse().unwrap(), ARN.replace("clicks", "missing")).unwrap();
    let there = KinesisStream::new(url.parse().unwrap(), ARN).unwrap();
    for (error, what) in [
        (soon(missing.facts()).await.unwrap_err(), "missing"),
        (soon(missing.shards()).await.unwrap_err(), "missing"),
        (soon(missing.read("shardId-000000000000", &START, 1)).await.unwrap_err(), "missing"),
        (soon(there.read("shardId-000000000007", &START, 1)).await.unwrap_err(), "shardId-000000000007"),
    ] {
        let (status, code, message) = refused(&error);
        assert_eq!((status, code), (400, "ResourceNotFoundException"));
        assert!(message.contains(what), "{message}");
        assert!(!error.is_transient());
    }
}

async fn canned(stream: &str) -> (Canned, KinesisStream) {
    let canned = Canned::bind().await;
    let stream = KinesisStream::new(canned.url.clone(), stream).unwrap();
    (canned, stream)
}

#[tokio::test]
async fn an_expired_iterator_is_told_apart() {
    let (canned, stream) = canned(ARN).await;
    let expired = r#"{"__type":"ExpiredIteratorException","message":"Iterator expired."}"#;
    let from = ReadFrom::Iterator("old".to_owned());
    let (read, asked) = canned.answers(stream.read("shard", &from, 20_000), &[(400, expired)]).await;
    let error = read.unwrap_err();
    assert!(matches!(error, RealSourceError::ExpiredIterator { .. }), "{error:?}");
    let said = format!("the iterator of a shard at {} has expired: Iterator expired.", canned.url);
    assert_eq!(error.to_string(), said);
    assert!(!error.is_transient());
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(asked.operation(), "getrecords");
    let body = json!({ "ShardIterator": "old", "Limit": 10_000, "StreamARN": ARN });
    assert_eq!(asked.body, body);
}

#[tokio::test]
async fn a_shard_that_is_closed_ends_and_one_that_is_not_says_how_far_behind_it_is() {
    let (canned, stream) = canned("clicks").await;
    let record = r#""Records":[{"Data":"YQ==","PartitionKey":"p","SequenceNumber":"7",
        "ApproximateArrivalTimestamp":1795168800.123}]"#;
    let from = ReadFrom::Iterator("i".to_owned());
    for (rest, next, is_behind) in [
        (r#""NextShardIterator":"j","MillisBehindLatest":1"#, Some("j"), true),
        (r#""NextShardIterator":"j","MillisBehindLatest":0"#, Some("j"), false),
        (r#""NextShardIterator":null,"MillisBehindLatest":0"#, None, false),
        (r#""MillisBehindLatest":0"#, None, false),
    ] {
        let answer = format!("{{{record},{rest}}}");
        let (read, _) = canned.answers(stream.read("shard", &from, 1), &[(200, &answer)]).await;
        let content = Content::Kinesis { partition_key: "p".to_owned(), data: "a".into() };
        let arrived = Time::from_unix(Duration::from_millis(1_795_168_800_123));
        let record = Record { sequence_number: SequenceNumber::new("7"), arrived, content };
        let next = next.map(|next| ReadFrom::Iterator(next.to_owned()));
        assert_eq!(read.unwrap(), Reading { records: vec![record], next, is_behind });
    }
}

#[tokio::test]
async fn shards_come_in_pages_and_a_token_stands_for_the_stream() {
    let (canned, stream) = canned("clicks").await;
    let shard = |number: u32| {
        format!(
            r#"{{"ShardId":"shard-{number}","HashKeyRange":{{"StartingHashKey":"0","EndingHashKey":"1"}},
                "SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}"#
        )
    };
    let first = format!(r#"{{"Shards":[{},{}],"NextToken":"more"}}"#, shard(0), shard(1));
    let second = format!(r#"{{"Shards":[{}]}}"#, shard(2));
    let (shards, asked) = canned.answers(stream.shards(), &[(200, &first), (200, &second)]).await;
    assert_eq!(shards.unwrap(), ["shard-0", "shard-1", "shard-2"]);
    let asked: Vec<_> = asked.into_iter().map(|asked| asked.body).collect();
    assert_eq!(asked, [json!({ "StreamName": "clicks" }), json!({ "NextToken": "more" })]);
}

#[tokio::test]
async fn positions_are_asked_for_in_the_region_of_the_stream() {
    let (canned, stream) = canned(&ARN.replace("us-east-1", "eu-west-1")).await;
    let at = Time::from_unix(Duration::from_micros(1_795_168_800_123_987));
    for (from, asked_for) in [
        (START, json!({ "ShardIteratorType": "TRIM_HORIZON" })),
        (LATEST, json!({ "ShardIteratorType": "LATEST" })),
        (
            ReadFrom::Start(StartingPosition::AtTimestamp(at)),
            json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1_795_168_800.123 }),
        ),
        (
            ReadFrom::After(SequenceNumber::new("49590338271490256608559692538361571095921575989136588898")),
            json!({
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            }),
        ),
    ] {
        let answers = [(200, r#"{"ShardIterator":"i"}"#), (200, r#"{"Records":[]}"#)];
        let (read, asked) = canned.answers(stream.read("shard-0", &from, 5), &answers).await;
        assert_eq!(read.unwrap().records, []);
        let mut expected = asked_for;
        expected["ShardId"] = "shard-0".into();
        expected["StreamARN"] = ARN.replace("us-east-1", "eu-west-1").into();
        assert_eq!(asked[0].body, expected);
        assert_eq!((&asked[1].body["ShardIterator"], &asked[1].body["Limit"]), (&json!("i"), &json!(5)));
        assert!(asked[0].head.contains("/eu-west-1/kinesis/aws4_request"), "{}", asked[0].head);
    }
}
