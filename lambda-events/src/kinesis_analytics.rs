//! Records of SQL applications of Amazon Kinesis Data Analytics: before they come in, and after they have gone out.
//!
//! Source: [Preprocessing data](https://docs.aws.amazon.com/kinesisanalytics/latest/dev/lambda-preprocessing.html) and
//! [a function as output](https://docs.aws.amazon.com/kinesisanalytics/latest/dev/how-it-works-output-lambda.html).

use crate::{Int, Str, value::Base64};

event! {
    /// A batch of records that are to come into an application; the answer is an [`InputResponse`].
    ///
    /// ```
    /// use lambda_events::kinesis_analytics::{InputPreprocessing, InputResponse, InputResponseRecord, InputResult};
    ///
    /// let json = r#"{"records":[{"recordId":"1","data":"SGVsbG8="}]}"#;
    /// let event: InputPreprocessing<'_> = serde_json::from_str(json)?;
    /// let records = event.records.into_iter().map(|record| InputResponseRecord {
    ///     record_id: record.record_id,
    ///     result: InputResult::Ok,
    ///     data: Some(record.data),
    ///     ..Default::default()
    /// });
    /// let response = InputResponse { records: records.collect(), ..Default::default() };
    /// let expected = r#"{"records":[{"recordId":"1","result":"Ok","data":"SGVsbG8="}]}"#;
    /// assert_eq!(serde_json::to_string(&response)?, expected);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct InputPreprocessing<'a> {
        /// The id of the batch.
        invocation_id: Option<Str<'a>> = "invocationId";
        /// The ARN of the application.
        application_arn: Option<Str<'a>> = "applicationArn";
        /// The ARN of the stream of Kinesis or Firehose.
        stream_arn: Option<Str<'a>> = "streamArn";
        /// The records.
        records: Vec<InputRecord<'a>> = "records", required;
    }

    /// A record that is to come in.
    pub struct InputRecord<'a> {
        /// Its id, which the answer has to have.
        record_id: Str<'a> = "recordId", required;
        /// What Kinesis says of it, if it comes from there.
        kinesis_stream_record_metadata: Option<KinesisStreamRecordMetadata<'a>> = "kinesisStreamRecordMetadata";
        /// What Firehose says of it, if it comes from there.
        kinesis_firehose_record_metadata: Option<KinesisFirehoseRecordMetadata<'a>> = "kinesisFirehoseRecordMetadata";
        /// What was put.
        data: Base64<'a> = "data", required;
    }

    /// What Kinesis says of a record.
    pub struct KinesisStreamRecordMetadata<'a> {
        /// Its place in the shard.
        sequence_number: Option<Str<'a>> = "sequenceNumber";
        /// What decides on the shard.
        partition_key: Option<Str<'a>> = "partitionKey";
        /// The shard.
        shard_id: Option<Str<'a>> = "shardId";
        /// When it arrived; AWS does not document the unit, and its examples have seconds.
        approximate_arrival_timestamp: Option<Int> = "approximateArrivalTimestamp";
    }

    /// What Firehose says of a record.
    pub struct KinesisFirehoseRecordMetadata<'a> {
        /// When it arrived; AWS does not document the unit, and its examples have seconds.
        approximate_arrival_timestamp: Option<Int> = "approximateArrivalTimestamp";
    }

    /// The answer to a batch that is to come in: each record once.
    pub struct InputResponse<'a> {
        /// The records.
        records: Vec<InputResponseRecord<'a>> = "records", always;
    }

    /// What has become of a record that is to come in.
    pub struct InputResponseRecord<'a> {
        /// Its id.
        record_id: Str<'a> = "recordId", required;
        /// How it went.
        result: InputResult<'a> = "result", required;
        /// What is to come in.
        data: Option<Base64<'a>> = "data";
    }

    /// A batch of records that an application has put out; the answer is an [`OutputResponse`].
    ///
    /// ```
    /// use lambda_events::kinesis_analytics::OutputDelivery;
    ///
    /// let json = r#"{"records":[{"recordId":"1","lambdaDeliveryRecordMetadata":{"retryHint":0},"data":"SGVsbG8="}]}"#;
    /// let event: OutputDelivery<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].data.decode()?, b"Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct OutputDelivery<'a> {
        /// The id of the batch.
        invocation_id: Option<Str<'a>> = "invocationId";
        /// The ARN of the application.
        application_arn: Option<Str<'a>> = "applicationArn";
        /// The records.
        records: Vec<OutputRecord<'a>> = "records", required;
    }

    /// A record that was put out.
    pub struct OutputRecord<'a> {
        /// Its id, which the answer has to have.
        record_id: Str<'a> = "recordId", required;
        /// How often it was sent.
        lambda_delivery_record_metadata: LambdaDeliveryRecordMetadata<'a> = "lambdaDeliveryRecordMetadata";
        /// What was put out.
        data: Base64<'a> = "data", required;
    }

    /// How often a record was sent.
    pub struct LambdaDeliveryRecordMetadata<'a> {
        /// How often it was sent before, as far as is known.
        retry_hint: Option<Int> = "retryHint";
    }

    /// The answer to a batch that was put out: each record once.
    pub struct OutputResponse<'a> {
        /// The records.
        records: Vec<OutputResponseRecord<'a>> = "records", always;
    }

    /// What has become of a record that was put out.
    pub struct OutputResponseRecord<'a> {
        /// Its id.
        record_id: Str<'a> = "recordId", required;
        /// How it went.
        result: OutputResult<'a> = "result", required;
    }
}

open_enum! {
    /// How it went with a record that is to come in.
    pub enum InputResult<'a> {
        /// It is to come in as it is in the answer.
        Ok = "Ok",
        /// It is not to come in, on purpose.
        Dropped = "Dropped",
        /// It could not be transformed, and goes to the stream of errors.
        ProcessingFailed = "ProcessingFailed",
    }

    /// How it went with a record that was put out.
    pub enum OutputResult<'a> {
        /// It was delivered.
        Ok = "Ok",
        /// It was not, and is to come again.
        DeliveryFailed = "DeliveryFailed",
    }
}
