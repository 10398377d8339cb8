//! What Lambda itself tells of invocations: of asynchronous ones, and of batches that have failed.
//!
//! Source: [Capturing records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html), and of
//! batches: [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html),
//! [DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html),
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html). A queue has these as bodies of messages, a topic as messages, a bus
//! as the detail.

use crate::{Int, Json, Map, Str, value::DateTime};

event! {
    /// An asynchronous invocation that has succeeded, or has failed for good.
    ///
    /// ```
    /// use lambda_events::lambda_destinations::{Condition, InvocationRecord};
    ///
    /// let json = r#"{"requestContext":{"condition":"RetriesExhausted","approximateInvokeCount":3},
    ///     "requestPayload":{"order":4711},"responsePayload":{"errorType":"NoCustomer"}}"#;
    /// let record: InvocationRecord<'_> = serde_json::from_str(json)?;
    /// assert_eq!(record.request_context.condition, Some(Condition::RetriesExhausted));
    /// assert_eq!(record.request_payload.as_ref().and_then(|payload| payload["order"].as_i64()), Some(4711));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct InvocationRecord<'a> {
        /// The version of this format.
        version: Option<Str<'a>> = "version";
        /// When it was over.
        timestamp: Option<DateTime<'a>> = "timestamp";
        /// What was invoked, and why it is over.
        request_context: RequestContext<'a> = "requestContext", required;
        /// What the function was given.
        request_payload: Option<Json<'a>> = "requestPayload";
        /// How the function has answered; not there if it was not invoked.
        response_context: Option<ResponseContext<'a>> = "responseContext";
        /// What the function has answered, or its error.
        response_payload: Option<Json<'a>> = "responsePayload";
    }

    /// What was invoked, and why it is over.
    pub struct RequestContext<'a> {
        /// The id of the request, the same at each attempt.
        request_id: Option<Str<'a>> = "requestId";
        /// The ARN of the function.
        function_arn: Option<Str<'a>> = "functionArn";
        /// Why it is over.
        condition: Option<Condition<'a>> = "condition";
        /// How often it was tried.
        approximate_invoke_count: Option<Int> = "approximateInvokeCount";
    }

    /// How a function has answered.
    pub struct ResponseContext<'a> {
        /// The status of the call, 200 also for errors of the function.
        status_code: Option<Int> = "statusCode";
        /// The version that has answered.
        executed_version: Option<Str<'a>> = "executedVersion";
        /// `Handled` or `Unhandled`, if the function has failed.
        function_error: Option<Str<'a>> = "functionError";
    }

    /// A batch of a stream that has failed for good: where its records are, as they are not in it.
    ///
    /// ```
    /// use lambda_events::lambda_destinations::FailedBatch;
    ///
    /// let json = r#"{"requestContext":{"condition":"RetryAttemptsExhausted"},
    ///     "KinesisBatchInfo":{"shardId":"shardId-000000000001","startSequenceNumber":"1","endSequenceNumber":"9","batchSize":9}}"#;
    /// let failed: FailedBatch<'_> = serde_json::from_str(json)?;
    /// let batch = failed.kinesis_batch_info.as_ref();
    /// assert_eq!(batch.and_then(|batch| batch.start_sequence_number.as_deref()), Some("1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct FailedBatch<'a> {
        /// What was invoked, and why it is over.
        request_context: RequestContext<'a> = "requestContext", required;
        /// How the function has answered; not there if it was not invoked.
        response_context: Option<ResponseContext<'a>> = "responseContext";
        /// The version of this format.
        version: Option<Str<'a>> = "version";
        /// When it was over.
        timestamp: Option<DateTime<'a>> = "timestamp";
        /// The records of Kinesis.
        kinesis_batch_info: Option<StreamBatchInfo<'a>> = "KinesisBatchInfo";
        /// The records of DynamoDB.
        ddb_stream_batch_info: Option<StreamBatchInfo<'a>> = "DDBStreamBatchInfo";
        /// The records of Kafka.
        kafka_batch_info: Option<KafkaBatchInfo<'a>> = "KafkaBatchInfo";
        /// The whole event: as text in a bucket, as an object in a topic of Kafka.
        payload: Option<Json<'a>> = "payload";
    }

    /// Which records of a shard were in a batch.
    pub struct StreamBatchInfo<'a> {
        /// The shard.
        shard_id: Option<Str<'a>> = "shardId";
        /// The first record.
        start_sequence_number: Option<Str<'a>> = "startSequenceNumber";
        /// The last record.
        end_sequence_number: Option<Str<'a>> = "endSequenceNumber";
        /// When the first record arrived.
        approximate_arrival_of_first_record: Option<DateTime<'a>> = "approximateArrivalOfFirstRecord";
        /// When the last record arrived.
        approximate_arrival_of_last_record: Option<DateTime<'a>> = "approximateArrivalOfLastRecord";
        /// How many records there are.
        batch_size: Option<Int> = "batchSize";
        /// The ARN of the stream.
        stream_arn: Option<Str<'a>> = "streamArn";
    }

    /// Which records of Kafka were in a batch.
    pub struct KafkaBatchInfo<'a> {
        /// How many records there are.
        batch_size: Option<Int> = "batchSize";
        /// The ARN of the cluster.
        event_source_arn: Option<Str<'a>> = "eventSourceArn";
        /// The brokers, each as a name and a port, with commas between them.
        bootstrap_servers: Option<Str<'a>> = "bootstrapServers";
        /// The size of the event in bytes.
        payload_size: Option<Int> = "payloadSize";
        /// The records by topic and partition, as in `orders-0`.
        records_info: Map<'a, KafkaRecords<'a>> = "recordsInfo";
        /// The one record, in a topic of Kafka.
        record_info: Option<KafkaRecord<'a>> = "recordInfo";
    }

    /// Which records of a partition were in a batch.
    pub struct KafkaRecords<'a> {
        /// The place of the first record.
        first_record_offset: Option<Str<'a>> = "firstRecordOffset";
        /// The place of the last record.
        last_record_offset: Option<Str<'a>> = "lastRecordOffset";
        /// When the first record was made.
        first_record_timestamp: Option<DateTime<'a>> = "firstRecordTimestamp";
        /// When the last record was made.
        last_record_timestamp: Option<DateTime<'a>> = "lastRecordTimestamp";
    }

    /// A record of a partition.
    pub struct KafkaRecord<'a> {
        /// Its place.
        offset: Option<Str<'a>> = "offset";
        /// When it was made.
        timestamp: Option<DateTime<'a>> = "timestamp";
    }
}

open_enum! {
    /// Why an invocation is over.
    pub enum Condition<'a> {
        /// It has succeeded.
        Success = "Success",
        /// An asynchronous one was tried as often as it may be.
        RetriesExhausted = "RetriesExhausted",
        /// An asynchronous one has become too old.
        EventAgeExceeded = "EventAgeExceeded",
        /// The function may have no execution environment.
        ZeroReservedConcurrency = "ZeroReservedConcurrency",
        /// A batch was tried as often as it may be.
        RetryAttemptsExhausted = "RetryAttemptsExhausted",
        /// A record of a batch has become too old.
        RecordAgeExceeded = "RecordAgeExceeded",
        /// A batch is larger than an event may be.
        MaximumPayloadSizeExceeded = "MaximumPayloadSizeExceeded",
    }
}
