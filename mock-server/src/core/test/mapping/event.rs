//! Events as AWS documents them, byte by byte where the order of the members is AWS's, by value otherwise.

use serde_json::{Value, json};

use super::{Time, millis, noon, queue_scene::QueueScene, secs, shard_scene::ShardScene};
use crate::core::mapping::{
    AttributeValue, Change, ChangeKind, Configuration, Content, FifoAttributes, KafkaRecord, Message,
    MessageAttribute, QueueSettings, QueueSource, Record, SequenceNumber, StreamSource,
};

fn at(unix_millis: u64) -> Time {
    Time::from_unix(millis(unix_millis))
}

fn message() -> Message {
    Message {
        id: "059f36b4-87a3-44ab-83d2-661975830a7d".to_owned(),
        receipt_handle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...".to_owned(),
        body: "test".to_owned(),
        md5_of_body: "098f6bcd4621d373cade4e832627b4f6".to_owned(),
        attributes: [].into(),
        md5_of_attributes: None,
        receives: 1,
        sent: at(1_545_082_649_183),
        first_received: at(1_545_082_649_185),
        sender: "AIDAIENQZJOLO23YVJ4VO".to_owned(),
        group: None,
        fifo: None,
        trace_header: None,
        dead_letter_source: None,
        hidden_until: at(1_545_082_679_185),
    }
}

fn source(name: &str) -> QueueSource {
    QueueSource { arn: format!("arn:aws:sqs:us-east-2:123456789012:{name}") }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, the first example.
#[test]
fn a_message_is_that_of_the_documentation() {
    let expected = concat!(
        r#"{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...","#,
        r#""body":"test","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1545082649183","#,
        r#""SenderId":"AIDAIENQZJOLO23YVJ4VO","ApproximateFirstReceiveTimestamp":"1545082649185"},"#,
        r#""messageAttributes":{},"md5OfBody":"098f6bcd4621d373cade4e832627b4f6","eventSource":"aws:sqs","#,
        r#""eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:my-queue","awsRegion":"us-east-2"}"#,
    );
    assert_eq!(source("my-queue").record(&message()), expected);
}

/// The same page, the example of a FIFO queue.
#[test]
fn a_message_of_a_fifo_queue_is_that_of_the_documentation() {
    let message = Message {
        group: Some("1".to_owned()),
        fifo: Some(FifoAttributes {
            sequence_number: "18849496460467696128".to_owned(),
            deduplication_id: "1".to_owned(),
        }),
        sent: at(1_573_251_510_774),
        first_received: at(1_573_251_510_774),
        sender: "AIDAIO23YVJENQZJOL4VO".to_owned(),
        ..message()
    };
    let record = source("fifo.fifo").record(&message);
    let attributes = concat!(
        r#""attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1573251510774","#,
        r#""SequenceNumber":"18849496460467696128","MessageGroupId":"1","SenderId":"AIDAIO23YVJENQZJOL4VO","#,
        r#""MessageDeduplicationId":"1","ApproximateFirstReceiveTimestamp":"1573251510774"}"#,
    );
    assert!(record.contains(attributes), "{record}");
}

/// Members and MD5 are those of an event that somebody has recorded, and of the type of the SDK for Go.
#[test]
fn attributes_of_a_message_have_their_own_digest() {
    let text = MessageAttribute {
        data_type: "String".to_owned(),
        value: AttributeValue::Text("sample-value".to_owned()),
    };
    let binary = MessageAttribute {
        data_type: "Binary.png".to_owned(),
        value: AttributeValue::Binary("\u{1}".into()),
    };
    let message = Message {
        attributes: [("sample-attribute".to_owned(), text), ("thumbnail".to_owned(), binary)].into(),
        md5_of_attributes: Some("7c815262be77a62f56671125069ca888".to_owned()),
        trace_header: Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned()),
        dead_letter_source: Some("arn:aws:sqs:us-east-2:123456789012:first".to_owned()),
        ..message()
    };
    let record: Value = serde_json::from_str(&source("my-queue").record(&message)).unwrap();
    let expected = json!({
        "sample-attribute": {
            "stringValue": "sample-value", "stringListValues": [], "binaryListValues": [], "dataType": "String"
        },
        "thumbnail": {
            "binaryValue": "AQ==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary.png"
        },
    });
    assert_eq!(record["messageAttributes"], expected);
    assert_eq!(record["md5OfMessageAttributes"], "7c815262be77a62f56671125069ca888");
    assert_eq!(record["attributes"]["AWSTraceHeader"], "Root=1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(record["attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:us-east-2:123456789012:first");
}

#[test]
fn an_event_of_a_queue_has_its_messages_in_records() {
    let mut scene = QueueScene::new(QueueSettings::default(), &Configuration::default());
    scene.send_one(None);
    scene.send_one(None);
    scene.settle();
    let payload = scene.batch().payload;
    let event: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(event.as_object().unwrap().len(), 1);
    let bodies: Vec<_> = event["Records"].as_array().unwrap().iter().map(|record| &record["body"]).collect();
    assert_eq!(bodies, ["0", "1"]);
    assert!(payload.starts_with(br#"{"Records":[{"messageId":"#));
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>, the first record.
#[test]
fn a_kinesis_record_is_that_of_the_documentation() {
    let expected = concat!(
        r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","#,
        r#""sequenceNumber":"49590338271490256608559692538361571095921575989136588898","#,
        r#""data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","approximateArrivalTimestamp":1545084650.987},"#,
        r#""eventSource":"aws:kinesis","eventVersion":"1.0","#,
        r#""eventID":"shardId-000000000006:49590338271490256608559692538361571095921575989136588898","#,
        r#""eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role","#,
        r#""awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}"#,
    );
    let record = Record {
        sequence_number: SequenceNumber::new("49590338271490256608559692538361571095921575989136588898"),
        arrived: at(1_545_084_650_987),
        content: Content::Kinesis { partition_key: "1".to_owned(), data: "Hello, this is a test.".into() },
    };
    assert_eq!(super::shard_scene::source().record("shardId-000000000006", &record), expected);
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>, the second record. The time, which the example does not
/// have, is that of <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html>.
#[test]
fn a_dynamodb_record_is_that_of_the_documentation() {
    let arn = "arn:aws:dynamodb:us-west-2:123456789012:table/my-table/stream/2023-06-10T19:26:16.525";
    let keys = json!({"Id": {"N": "101"}});
    let record = Record {
        sequence_number: SequenceNumber::new("222"),
        arrived: at(1_686_425_176_525),
        content: Content::DynamoDb(Box::new(Change {
            event_id: "2".to_owned(),
            kind: ChangeKind::Modify,
            keys: keys.clone(),
            new_image: Some(json!({"Message": {"S": "This item has changed"}, "Id": {"N": "101"}})),
            old_image: Some(json!({"Message": {"S": "New item!"}, "Id": {"N": "101"}})),
            bytes: 59,
            view: "NEW_AND_OLD_IMAGES".to_owned(),
        })),
    };
    let json = StreamSource::DynamoDb { arn: arn.to_owned() }.record("shardId-1", &record);
    let expected = json!({
        "eventID": "2",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-west-2",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_686_425_176,
            "Keys": keys,
            "NewImage": {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}},
            "OldImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
            "SequenceNumber": "222",
            "SizeBytes": 59,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": arn,
    });
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), expected);
    assert!(json.starts_with(r#"{"eventID":"2","eventName":"MODIFY","eventVersion":"1.1","eventSource":"#));
    let words = [ChangeKind::Insert, ChangeKind::Modify, ChangeKind::Remove].map(ChangeKind::as_str);
    assert_eq!(words, ["INSERT", "MODIFY", "REMOVE"]);
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html>.
#[test]
fn an_event_of_a_topic_is_that_of_the_documentation() {
    use crate::core::mapping::{
        ReadFrom, Reading, ShardPoller, ShardPollerEffect, ShardTask, SourceKind, StartingPosition,
    };

    let arn =
        "arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2";
    let servers = "b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092";
    let record = Record {
        sequence_number: SequenceNumber::new("15"),
        arrived: at(1_545_084_650_987),
        content: Content::Kafka(Box::new(KafkaRecord {
            topic: "mytopic".to_owned(),
            partition: 0,
            key: Some("abcDEFghiJKLmnoPQRstuVWXyz1234".into()),
            value: Some("Hello, this is a test.".into()),
            headers: vec![("headerKey".to_owned(), "headerValue".into()), ("é".to_owned(), "é".into())],
            is_log_append_time: false,
        })),
    };
    let gone = Record { content: Content::Kafka(Box::default()), ..record.clone() };
    let event = |arn: Option<String>| {
        let source = StreamSource::Kafka { arn, bootstrap_servers: servers.to_owned() };
        let from = ReadFrom::Start(StartingPosition::TrimHorizon);
        let task = ShardTask { source, shard: "mytopic-0".to_owned(), ..super::shard_scene::task(from) };
        let settings = super::shard_scene::settings(&Configuration {
            maximum_batching_window_in_seconds: Some(0),
            report_batch_item_failures: true,
            ..Configuration::default()
        });
        let mut poller =
            ShardPoller::new(record.arrived, task, settings.check(SourceKind::Kafka).unwrap(), None);
        poller.poll_effect();
        let records = vec![record.clone()];
        poller.received(record.arrived, Reading { records, next: None, is_behind: false });
        match poller.poll_effect() {
            Some(ShardPollerEffect::Invoke(batch)) => (batch, poller),
            effect => panic!("{effect:?}"),
        }
    };
    let (batch, mut poller) = event(Some(arn.to_owned()));
    let expected = format!(
        concat!(
            r#"{{"eventSource":"aws:kafka","eventSourceArn":"{}","bootstrapServers":"{}","records":{{"mytopic-0":["#,
            r#"{{"topic":"mytopic","partition":0,"offset":15,"timestamp":1545084650987,"timestampType":"CREATE_TIME","#,
            r#""key":"YWJjREVGZ2hpSktMbW5vUFFSc3R1VldYeXoxMjM0","value":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","#,
            r#""headers":[{{"headerKey":[104,101,97,100,101,114,86,97,108,117,101]}},{{"é":[-61,-87]}}]}}]}}}}"#,
        ),
        arn, servers
    );
    assert_eq!(batch.payload, expected);
    assert_eq!(batch.records, ["mytopic-0@15"]);
    // A failed record is named by its partition and its offset.
    let answer = r#"{"batchItemFailures":[{"itemIdentifier":{"partition":"mytopic-0","offset":15}}]}"#;
    poller.answered(record.arrived, batch.id, super::response(answer));
    let note = format!("{:?}", poller.poll_effect());
    assert!(note.contains("Retry") && note.contains("why: Items"), "{note}");

    let (own, _) = event(None);
    assert!(own.payload.starts_with(br#"{"eventSource":"SelfManagedKafka","bootstrapServers":"#));
    let source = StreamSource::Kafka { arn: None, bootstrap_servers: servers.to_owned() };
    let gone: Value = serde_json::from_str(&source.record("mytopic-0", &gone)).unwrap();
    assert_eq!((gone.get("key"), &gone["value"]), (None, &Value::Null));
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html>: the members behind the records.
#[test]
fn an_event_of_a_window_is_that_of_the_documentation() {
    let configuration = Configuration { tumbling_window_in_seconds: Some(120), ..Configuration::default() };
    let mut scene = ShardScene::new(&configuration);
    assert_eq!(scene.now, noon());
    scene.put(1, "1");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, super::response(r#"{"state":{"1":282,"2":715}}"#));
    scene.put(1, "1");
    scene.wait(secs(1));
    let payload = String::from_utf8(scene.batch().payload.to_vec()).unwrap();
    let expected = concat!(
        r#""awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}],"#,
        r#""window":{"start":"2026-11-20T10:00:00Z","end":"2026-11-20T10:02:00Z"},"state":{"1":282,"2":715},"#,
        r#""shardId":"shardId-000000000006","#,
        r#""eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream","#,
        r#""isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false}"#,
    );
    assert!(payload.ends_with(expected), "{payload}");
    assert!(payload.starts_with(r#"{"Records":[{"kinesis":{"#));
}
