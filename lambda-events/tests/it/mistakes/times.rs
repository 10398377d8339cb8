//! Mistakes 1 to 6: moments that are written as numbers.

use lambda_events::{
    aws::event::{dynamodb::Event, firehose::KinesisFirehoseEvent, kafka::KafkaEvent, kinesis::KinesisEvent},
    dynamodb::DynamoDb,
    firehose::Firehose,
    kafka::Kafka,
    kinesis::Kinesis,
    value::{Millis, Seconds},
};

use super::{incumbent, ours, shown, written_at};

cases! {
    m01_a_millisecond_of_kafka_is_exact: 1,
        "Kafka, timestamp 1700000000001 (ms)",
        r#"{"records":{"orders-0":[{"topic":"orders","partition":0,"offset":7,"timestamp":1700000000001,"headers":[]}]}}"#,
        ours: |json| Ok(shown(millis_of_kafka(&ours(json)?).map(Millis::unix_millis))),
        incumbent: |json| {
            let event: KafkaEvent = incumbent(json)?;
            Ok(event.records["orders-0"][0].timestamp.timestamp_millis().to_string())
        },
        right: "1700000000001";

    m02_half_a_millisecond_is_no_panic: 2,
        "Kafka, timestamp 1700000000.5 (ms), in µs",
        r#"{"records":{"orders-0":[{"topic":"orders","partition":0,"offset":7,"timestamp":1700000000.5,"headers":[]}]}}"#,
        ours: |json| Ok(shown(millis_of_kafka(&ours(json)?).map(Millis::unix_micros))),
        incumbent: |json| {
            let event: KafkaEvent = incumbent(json)?;
            Ok(event.records["orders-0"][0].timestamp.timestamp_micros().to_string())
        },
        right: "1700000000500";

    m03_tenths_of_a_second_are_no_milliseconds: 3,
        "Kinesis, arrival 1700000000.5 (s), in ms",
        r#"{"Records":[{"kinesis":{"partitionKey":"1","sequenceNumber":"2","data":"aGVsbG8=","approximateArrivalTimestamp":1700000000.5}}]}"#,
        ours: |json| Ok(shown(arrival(&ours(json)?).map(Seconds::unix_millis))),
        incumbent: |json| {
            let event: KinesisEvent = incumbent(json)?;
            Ok(event.records[0].kinesis.approximate_arrival_timestamp.timestamp_millis().to_string())
        },
        right: "1700000000500";

    m04_microseconds_are_read: 4,
        "Kinesis, arrival 1700000000.123456 (s), in µs",
        r#"{"Records":[{"kinesis":{"partitionKey":"1","sequenceNumber":"2","data":"aGVsbG8=","approximateArrivalTimestamp":1700000000.123456}}]}"#,
        ours: |json| Ok(shown(arrival(&ours(json)?).map(Seconds::unix_micros))),
        incumbent: |json| {
            let event: KinesisEvent = incumbent(json)?;
            Ok(event.records[0].kinesis.approximate_arrival_timestamp.timestamp_micros().to_string())
        },
        right: "1700000000123456";

    m05_half_a_second_of_dynamodb_is_read_and_written: 5,
        "DynamoDB, creation 1700000000.5 (s), in µs and written",
        r#"{"Records":[{"eventID":"1","eventName":"REMOVE","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1700000000.5,"Keys":{"id":{"S":"a"}},"SizeBytes":3}}]}"#,
        ours: |json| {
            let event: DynamoDb<'_> = ours(json)?;
            let created = event.records[0].dynamodb.approximate_creation_date_time.as_ref();
            Ok(format!("{}, {}", shown(created.map(Seconds::unix_micros)), written_at(&event, CREATION)?))
        },
        incumbent: |json| {
            let event: Event = incumbent(json)?;
            let micros = event.records[0].change.approximate_creation_date_time.timestamp_micros();
            Ok(format!("{micros}, {}", written_at(&event, CREATION)?))
        },
        right: "1700000000500000, 1700000000.5";

    m06_numbers_are_written_as_numbers: 6,
        "Firehose, arrival 1700000000000 (ms), written",
        r#"{"records":[{"recordId":"1","approximateArrivalTimestamp":1700000000000,"data":"aGVsbG8="}]}"#,
        ours: |json| written_at(ours::<Firehose<'_>>(json)?, "/records/0/approximateArrivalTimestamp"),
        incumbent: |json| {
            written_at(incumbent::<KinesisFirehoseEvent>(json)?, "/records/0/approximateArrivalTimestamp")
        },
        right: "1700000000000";
}

const CREATION: &str = "/Records/0/dynamodb/ApproximateCreationDateTime";

fn millis_of_kafka<'e>(event: &'e Kafka<'static>) -> Option<&'e Millis> {
    event.records["orders-0"][0].timestamp.as_ref()
}

fn arrival<'e>(event: &'e Kinesis<'static>) -> Option<&'e Seconds> {
    event.records[0].kinesis.approximate_arrival_timestamp.as_ref()
}
