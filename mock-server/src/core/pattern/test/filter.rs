//! Filters of mappings: AWS's tables, row by row, with the words of the pages; then their examples.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::super::filter::{Filters, RecordSource};

/// What a table says of a record and a filter.
#[derive(Clone, Copy)]
enum Action {
    /// "Lambda filters based on your filter criteria."
    Filters,
    /// "Lambda filters (on the other metadata properties only) based on your filter criteria."
    FiltersOnMetadata,
    /// "Lambda drops the message", or the record.
    Drops,
    /// "Lambda throws an exception at the time of the event source mapping creation or update."
    Refuses,
}

use Action::{Drops, Filters as Filtered, FiltersOnMetadata as MetadataOnly, Refuses};

const TEXT: &[u8] = b"Seattle";
const JSON: &[u8] = br#"{"City": "Seattle"}"#;
const UTF_16: &[u8] = b"\xff\xfeS\0e\0a\0";

/// Parts of patterns for data, each with one that matches `TEXT` or `JSON` and one that matches neither.
const PLAIN: Option<[&str; 2]> = Some([r#"["Seattle"]"#, r#"["Boston"]"#]);
const OBJECT: Option<[&str; 2]> = Some([r#"{"City": ["Seattle"]}"#, r#"{"City": ["Boston"]}"#]);

/// A record with data in one field, and its metadata in another.
fn record(source: RecordSource, data: &[u8]) -> Value {
    let base64 = STANDARD.encode(data);
    match source {
        RecordSource::Sqs => json!({"messageId": "1", "meta": "yes", "body": String::from_utf8_lossy(data)}),
        RecordSource::Kinesis => {
            json!({"kinesis": {"partitionKey": "1", "meta": "yes", "data": base64}, "eventSource": "aws:kinesis"})
        }
        RecordSource::DynamoDb => {
            let data = String::from_utf8_lossy(data);
            let data = serde_json::from_str(&data).unwrap_or_else(|_| json!(data));
            json!({"eventName": "INSERT", "meta": "yes", "dynamodb": data})
        }
        RecordSource::Kafka => json!({"topic": "t", "meta": "yes", "value": base64}),
        RecordSource::Mq => json!({"messageID": "1", "meta": "yes", "data": base64}),
    }
}

/// Holds one row of a table against both parts of the pattern, with metadata that match and that do not.
fn check(source: RecordSource, field: &str, data: &[u8], parts: Option<[&str; 2]>, action: Action) {
    for (part_matches, meta_matches) in [(true, true), (true, false), (false, true), (false, false)] {
        let meta = if meta_matches { "yes" } else { "no" };
        let part = parts.map(|[matching, other]| if part_matches { matching } else { other });
        let part = part.map_or_else(String::new, |part| format!(r#", "{field}": {part}"#));
        let pattern = format!(r#"{{"meta": ["{meta}"]{part}}}"#);
        let filters = Filters::parse(source, [&pattern]);
        let expected = match action {
            Refuses => {
                let expected = format!(
                    "filter 1: {field}: expected an object, as the data of this source is JSON, not a list"
                );
                assert_eq!(filters.unwrap_err().to_string(), expected);
                continue;
            }
            Filtered => part_matches && meta_matches,
            MetadataOnly => meta_matches,
            Drops => false,
        };
        let data = String::from_utf8_lossy(data);
        assert_eq!(
            filters.unwrap().matches(&record(source, data.as_bytes())),
            expected,
            "{data} and {pattern}"
        );
    }
}

#[test]
fn sqs_follows_its_table() {
    let check = |data, parts, action| check(RecordSource::Sqs, "body", data, parts, action);
    check(TEXT, PLAIN, Filtered);
    check(TEXT, None, MetadataOnly);
    check(TEXT, OBJECT, Drops);
    check(JSON, PLAIN, Drops);
    check(JSON, None, MetadataOnly);
    check(JSON, OBJECT, Filtered);
}

#[test]
fn kinesis_follows_its_table() {
    let check = |data, parts, action| check(RecordSource::Kinesis, "data", data, parts, action);
    check(JSON, OBJECT, Filtered);
    check(JSON, None, MetadataOnly);
    check(JSON, PLAIN, Refuses);
    check(TEXT, OBJECT, Drops);
    check(TEXT, None, MetadataOnly);
    check(TEXT, PLAIN, Refuses);
}

#[test]
fn dynamodb_follows_its_table() {
    let check = |data, parts, action| check(RecordSource::DynamoDb, "dynamodb", data, parts, action);
    check(JSON, OBJECT, Filtered);
    check(JSON, None, MetadataOnly);
    check(JSON, PLAIN, Refuses);
    check(TEXT, OBJECT, Drops);
    check(TEXT, None, MetadataOnly);
    check(TEXT, PLAIN, Refuses);
}

#[test]
fn kafka_and_mq_follow_their_table() {
    for (source, field) in [(RecordSource::Kafka, "value"), (RecordSource::Mq, "data")] {
        let check = |data, parts, action| check(source, field, data, parts, action);
        check(TEXT, PLAIN, Filtered);
        check(TEXT, None, MetadataOnly);
        check(TEXT, OBJECT, MetadataOnly);
        check(JSON, PLAIN, MetadataOnly);
        check(JSON, None, MetadataOnly);
        check(JSON, OBJECT, Filtered);
    }
}

#[test]
fn kafka_and_mq_filter_other_encodings_by_metadata_only() {
    for (source, field) in [(RecordSource::Kafka, "value"), (RecordSource::Mq, "data")] {
        let record = json!({"meta": "yes", field: STANDARD.encode(UTF_16)});
        for part in ["", r#", "FIELD": ["Boston"]"#, r#", "FIELD": {"City": ["Boston"]}"#] {
            let part = part.replace("FIELD", field);
            let matches = |meta: &str| {
                let pattern = format!(r#"{{"meta": ["{meta}"]{part}}}"#);
                Filters::parse(source, [pattern]).unwrap().matches(&record)
            };
            assert!(matches("yes"), "{part}");
            assert!(!matches("no"), "{part}");
        }
    }
}

#[test]
fn kinesis_drops_other_encodings() {
    let filters = Filters::parse(RecordSource::Kinesis, [r#"{"data": {"a": [{"exists": false}]}}"#]).unwrap();
    assert!(!filters.matches(&json!({"kinesis": {"data": STANDARD.encode(UTF_16)}})));
    assert!(!filters.matches(&json!({"kinesis": {"data": "not base64"}})));
    assert!(filters.matches(&json!({"kinesis": {"data": STANDARD.encode("{}")}})));
}

#[test]
fn kafka_has_a_key_beside_the_value() {
    let record = json!({"topic": "t", "key": STANDARD.encode("k1"), "value": STANDARD.encode(JSON)});
    let matches = |pattern: &str| Filters::parse(RecordSource::Kafka, [pattern]).unwrap().matches(&record);
    assert!(matches(r#"{"key": ["k1"], "value": {"City": ["Seattle"]}}"#));
    assert!(!matches(r#"{"key": ["k2"], "value": {"City": ["Seattle"]}}"#));
    // The formats of the key differ, those of the value do not.
    assert!(matches(r#"{"key": {"id": ["k1"]}, "value": {"City": ["Seattle"]}}"#));
    assert!(!matches(r#"{"key": {"id": ["k1"]}, "value": {"City": ["Boston"]}}"#));
}

#[test]
fn a_kafka_record_without_a_value_has_no_format() {
    let matches = |record: Value, pattern: &str| {
        Filters::parse(RecordSource::Kafka, [pattern]).unwrap().matches(&record)
    };
    for record in [json!({"topic": "t"}), json!({"topic": "t", "value": null})] {
        assert!(!matches(record.clone(), r#"{"value": {"City": ["Seattle"]}}"#));
        assert!(!matches(record.clone(), r#"{"value": ["Seattle"]}"#));
    }
    assert!(matches(json!({"value": null}), r#"{"value": [null]}"#));
}

#[test]
fn a_body_that_is_json_but_no_object_or_array_is_a_plain_string() {
    let matches = |body: &str, pattern: &str| {
        Filters::parse(RecordSource::Sqs, [pattern]).unwrap().matches(&json!({"body": body}))
    };
    for body in ["123", "true", "null"] {
        assert!(matches(body, &format!(r#"{{"body": ["{body}"]}}"#)));
        assert!(!matches(body, r#"{"body": {"a": [{"exists": false}]}}"#));
    }
    assert!(!matches(r#"["x"]"#, r#"{"body": ["x"]}"#));
    assert!(matches(r#"[{"a": 1}]"#, r#"{"body": {"a": [1]}}"#));
    assert!(!matches("", r#"{"body": ["x"]}"#));
    assert!(matches("", r#"{"body": [""]}"#));
}

#[test]
fn formats_are_compared_in_alternatives_too() {
    let pattern = r#"{"$or": [{"body": ["Seattle"]}, {"body": {"City": ["Seattle"]}}]}"#;
    let filters = Filters::parse(RecordSource::Sqs, [pattern]).unwrap();
    assert!(filters.matches(&json!({"body": "Seattle"})));
    assert!(filters.matches(&json!({"body": r#"{"City": "Seattle"}"#})));
    assert!(!filters.matches(&json!({"body": "Boston"})));
    let pattern = r#"{"$or": [{"data": {"a": [1]}}, {"data": ["x"]}]}"#;
    assert!(Filters::parse(RecordSource::Kinesis, [pattern]).is_err());
}

#[test]
fn a_field_with_the_name_of_the_data_deeper_down_is_no_data() {
    let pattern = r#"{"body": {"body": ["x"]}}"#;
    let filters = Filters::parse(RecordSource::Sqs, [pattern]).unwrap();
    assert!(filters.matches(&json!({"body": r#"{"body": "x"}"#})));
    let pattern = r#"{"data": {"data": ["x"]}}"#;
    assert!(Filters::parse(RecordSource::Kinesis, [pattern]).is_ok());
}

#[test]
fn one_of_the_filters_must_match() {
    let patterns = [r#"{"body": {"a": [1]}}"#, r#"{"body": {"b": [{"prefix": "x"}]}}"#];
    let filters = Filters::parse(RecordSource::Sqs, patterns).unwrap();
    assert!(filters.matches(&json!({"body": r#"{"a": 1}"#})));
    assert!(filters.matches(&json!({"body": r#"{"b": "xy"}"#})));
    assert!(!filters.matches(&json!({"body": r#"{"a": 2, "b": "y"}"#})));
}

#[test]
fn without_filters_all_records_match() {
    let filters = Filters::parse(RecordSource::Sqs, [""; 0]).unwrap();
    assert!(filters.matches(&json!({"body": "x"})));
    assert!(filters.matches(&json!(null)));
}

#[test]
fn there_are_at_most_five_filters() {
    let pattern = r#"{"body": {"a": [1]}}"#;
    assert!(Filters::parse(RecordSource::Sqs, [pattern; 5]).is_ok());
    let error = Filters::parse(RecordSource::Sqs, [pattern; 6]).unwrap_err();
    assert_eq!(error.to_string(), "there are 6 filters, and at most 5 are allowed");
}

#[test]
fn an_error_names_the_filter() {
    let error = Filters::parse(RecordSource::Sqs, [r#"{"body": ["x"]}"#, r#"{"body": [{"wildcard": "x"}]}"#]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "filter 2: body[0]: \"wildcard\" is not an operator of a filter, \
         expected one of anything-but, equals-ignore-case, exists, numeric, prefix, suffix"
    );
}

/// The [example](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html) of a record of Kinesis.
#[test]
fn a_kinesis_record_is_filtered_by_data_and_partition_key() {
    let record = json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": "eyJSZWNvcmROdW1iZXIiOiAiMDAwMSIsICJUaW1lU3RhbXAiOiAieXl5eS1tbS1kZFRoaDptbTpzcyIsICJSZXF1ZXN0Q29kZSI6ICJBQUFBIn0=",
            "approximateArrivalTimestamp": 1_545_084_650.987,
        },
        "eventSource": "aws:kinesis",
        "eventName": "aws:kinesis:record",
    });
    let matches = |pattern: &str| Filters::parse(RecordSource::Kinesis, [pattern]).unwrap().matches(&record);
    assert!(matches(r#"{"partitionKey": ["1"], "data": {"RequestCode": ["AAAA"]}}"#));
    assert!(matches(r#"{"eventName": ["aws:kinesis:record"]}"#));
    assert!(!matches(r#"{"partitionKey": ["1"], "data": {"RequestCode": ["BBBB"]}}"#));
    assert!(!matches(r#"{"partitionKey": ["2"], "data": {"RequestCode": ["AAAA"]}}"#));
}

/// The [example](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html) of several levels.
#[test]
fn a_change_of_a_table_is_filtered_by_its_keys() {
    let record = json!({"eventName": "INSERT", "dynamodb": {
        "Keys": {"Id": {"N": "101"}},
        "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
        "SequenceNumber": "111",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }});
    let matches = |pattern: &str| Filters::parse(RecordSource::DynamoDb, [pattern]).unwrap().matches(&record);
    assert!(matches(r#"{"dynamodb": {"Keys": {"Id": {"N": ["101"]}}}}"#));
    assert!(matches(
        r#"{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"Message": {"S": [{"exists": true}]}}}}"#
    ));
    assert!(!matches(r#"{"dynamodb": {"Keys": {"Id": {"N": [101]}}}}"#));
    assert!(!matches(r#"{"dynamodb": {"Keys": {"Id": {"N": ["102"]}}}}"#));
}

/// The [example](https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html) of plain strings.
#[test]
fn a_kafka_record_is_filtered_as_a_plain_string() {
    let filters =
        Filters::parse(RecordSource::Kafka, [r#"{"value": [{"anything-but": ["error"]}]}"#]).unwrap();
    assert!(filters.matches(&json!({"topic": "mytopic", "value": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg=="})));
    assert!(!filters.matches(&json!({"topic": "mytopic", "value": STANDARD.encode("error")})));
}
