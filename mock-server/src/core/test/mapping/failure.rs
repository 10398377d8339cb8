//! Records of batches that are given up, as AWS documents them.

use serde_json::Value;

use super::{Time, invocation, millis};
use crate::core::mapping::{
    FailedBatch, FailureCondition, Invocation, LastResponse, SequenceNumber, StreamSource,
};

const ID: &str = "0ba3a5b1-1de4-4f2c-b55e-5f2b7ad14e3b";

fn at(unix_millis: u64) -> Time {
    Time::from_unix(millis(unix_millis))
}

/// 2019-11-14T00:38:06.021Z.
fn then() -> Time {
    at(1_573_691_886_021)
}

/// That of <https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html>.
fn failed() -> FailedBatch {
    let request_id = lambda_api::RequestId::new("c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5").unwrap();
    FailedBatch {
        function_arn: "arn:aws:lambda:us-east-2:123456789012:function:myfunction".to_owned(),
        condition: FailureCondition::RetryAttemptsExhausted,
        attempts: 1,
        response: Some(LastResponse {
            invocation: Invocation::new(request_id, "$LATEST"),
            function_error: Some("Unhandled".to_owned()),
        }),
        source: StreamSource::Kinesis {
            arn: "arn:aws:kinesis:us-east-2:123456789012:stream/mystream".to_owned(),
            role: String::new(),
        },
        shard: "shardId-000000000001".to_owned(),
        first: SequenceNumber::new("49601189658422359378836298521827638475320189012309704722"),
        last: SequenceNumber::new("49601189658422359378836298522902373528957594348623495186"),
        first_arrived: at(1_573_691_884_835),
        last_arrived: at(1_573_691_885_580),
        size: 500,
        payload: r#"{"Records":[]}"#.into(),
    }
}

const CONTEXT: &str = concat!(
    r#"{"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5","#,
    r#""functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction","#,
    r#""condition":"RetryAttemptsExhausted","approximateInvokeCount":1},"#,
    r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"#,
    r#""version":"1.0","timestamp":"2019-11-14T00:38:06.021Z","#,
);

#[test]
fn the_record_of_a_kinesis_batch_is_that_of_the_documentation() {
    let info = concat!(
        r#""KinesisBatchInfo":{"shardId":"shardId-000000000001","#,
        r#""startSequenceNumber":"49601189658422359378836298521827638475320189012309704722","#,
        r#""endSequenceNumber":"49601189658422359378836298522902373528957594348623495186","#,
        r#""approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z","#,
        r#""approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z","batchSize":500,"#,
        r#""streamArn":"arn:aws:kinesis:us-east-2:123456789012:stream/mystream"}"#,
    );
    assert_eq!(failed().record(then(), ID), format!("{CONTEXT}{info}}}"));
    let payload = r#","payload":"{\"Records\":[]}"}"#;
    assert_eq!(failed().object(then(), ID), format!("{CONTEXT}{info}{payload}"));
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html>.
#[test]
fn the_record_of_a_dynamodb_batch_is_that_of_the_documentation() {
    let arn = "arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388";
    let failed = FailedBatch {
        source: StreamSource::DynamoDb { arn: arn.to_owned() },
        shard: "shardId-00000001573689847184-864758bb".to_owned(),
        first: SequenceNumber::new("800000000003126276362"),
        last: SequenceNumber::new("800000000003126276362"),
        first_arrived: at(1_573_691_879_000),
        last_arrived: at(1_573_691_879_999),
        size: 1,
        ..failed()
    };
    let info = concat!(
        r#""DDBStreamBatchInfo":{"shardId":"shardId-00000001573689847184-864758bb","#,
        r#""startSequenceNumber":"800000000003126276362","endSequenceNumber":"800000000003126276362","#,
        r#""approximateArrivalOfFirstRecord":"2019-11-14T00:37:59Z","#,
        r#""approximateArrivalOfLastRecord":"2019-11-14T00:37:59Z","batchSize":1,"#,
        r#""streamArn":"arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388"}"#,
    );
    assert_eq!(failed.record(then(), ID), format!("{CONTEXT}{info}}}"));
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html>.
#[test]
fn the_record_of_a_batch_of_a_topic_names_its_partition() {
    let source = |arn: Option<&str>| StreamSource::Kafka {
        arn: arn.map(str::to_owned),
        bootstrap_servers: "broker:9098".to_owned(),
    };
    let failed = FailedBatch {
        source: source(Some("arn:aws:kafka:us-east-2:123456789012:cluster/c/1")),
        shard: "orders-0".to_owned(),
        first: SequenceNumber::new("15"),
        last: SequenceNumber::new("16"),
        ..failed()
    };
    let info = concat!(
        r#""KafkaBatchInfo":{"batchSize":500,"eventSourceArn":"arn:aws:kafka:us-east-2:123456789012:cluster/c/1","#,
        r#""bootstrapServers":"broker:9098","payloadSize":14,"recordsInfo":{"orders-0":{"#,
        r#""firstRecordOffset":"15","lastRecordOffset":"16","#,
        r#""firstRecordTimestamp":"2019-11-14T00:38:04.835Z","lastRecordTimestamp":"2019-11-14T00:38:05.580Z"}}}"#,
    );
    assert_eq!(failed.record(then(), ID), format!("{CONTEXT}{info}}}"));
    let own = FailedBatch { source: source(None), ..failed };
    assert!(!own.record(then(), ID).contains("eventSourceArn"));
}

#[test]
fn a_partial_response_has_a_function_error_of_null() {
    let response = Some(LastResponse { invocation: invocation(), function_error: None });
    let record: Value =
        serde_json::from_str(&FailedBatch { response, ..failed() }.record(then(), ID)).unwrap();
    assert_eq!(record["responseContext"].get("functionError"), Some(&Value::Null));
}

#[test]
fn records_that_are_too_old_have_no_response_and_an_id_of_their_own() {
    let failed = FailedBatch { condition: FailureCondition::RecordAgeExceeded, response: None, ..failed() };
    let record: Value = serde_json::from_str(&failed.record(then(), ID)).unwrap();
    assert_eq!(record.get("responseContext"), None);
    assert_eq!(record["requestContext"]["requestId"], ID);
    assert_eq!(record["requestContext"]["condition"], "RecordAgeExceeded");
}

#[test]
fn an_object_has_its_place_in_a_bucket() {
    let key = failed().key("14e0db71-5d35-4eb5-b481-8945cf9d10c2", then(), ID);
    let expected = concat!(
        "aws/lambda/14e0db71-5d35-4eb5-b481-8945cf9d10c2/shardId-000000000001/2019/11/14/",
        "2019-11-14T00.38.06-0ba3a5b1-1de4-4f2c-b55e-5f2b7ad14e3b",
    );
    assert_eq!(key, expected);
}
