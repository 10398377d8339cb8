//! Records that Amazon Data Firehose lets a function transform.
//!
//! Source: [Transform source data](https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html).

use crate::{
    Int, Map, Str,
    value::{Base64, Millis},
};

event! {
    /// A batch of records, of a stream that is put to or that reads from Kinesis; the answer is a [`Response`].
    ///
    /// ```
    /// use lambda_events::{
    ///     firehose::{Firehose, Response, ResponseRecord, RecordResult},
    ///     value::Base64,
    /// };
    ///
    /// let json = r#"{"records":[{"recordId":"1","data":"SGVsbG8="}]}"#;
    /// let event: Firehose<'_> = serde_json::from_str(json)?;
    /// let mut response = Response::default();
    /// for record in event.records {
    ///     let data = record.data.decode()?.to_ascii_uppercase();
    ///     response.records.push(ResponseRecord {
    ///         record_id: record.record_id,
    ///         result: RecordResult::Ok,
    ///         data: Some(Base64::encode(data)),
    ///         ..Default::default()
    ///     });
    /// }
    /// let expected = r#"{"records":[{"recordId":"1","result":"Ok","data":"SEVMTE8="}]}"#;
    /// assert_eq!(serde_json::to_string(&response)?, expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Firehose<'a> {
        /// The id of the batch, the same whenever it is sent.
        invocation_id: Option<Str<'a>> = "invocationId";
        /// The ARN of the stream of Kinesis, if one is read.
        source_kinesis_stream_arn: Option<Str<'a>> = "sourceKinesisStreamArn";
        /// The ARN of the stream of Firehose.
        delivery_stream_arn: Option<Str<'a>> = "deliveryStreamArn";
        /// The region of the stream.
        region: Option<Str<'a>> = "region";
        /// The records.
        records: Vec<Record<'a>> = "records", required;
    }

    /// A record.
    pub struct Record<'a> {
        /// Its id, which the answer has to have.
        record_id: Str<'a> = "recordId", required;
        /// When it arrived.
        approximate_arrival_timestamp: Option<Millis> = "approximateArrivalTimestamp";
        /// What was put.
        data: Base64<'a> = "data", required;
        /// What Kinesis says of it, if Kinesis is read.
        kinesis_record_metadata: Option<KinesisRecordMetadata<'a>> = "kinesisRecordMetadata";
    }

    /// What Kinesis says of a record.
    pub struct KinesisRecordMetadata<'a> {
        /// Its place in the shard.
        sequence_number: Option<Str<'a>> = "sequenceNumber";
        /// Its place among those that were put as one.
        subsequence_number: Option<Int> = "subsequenceNumber";
        /// What decides on the shard.
        partition_key: Option<Str<'a>> = "partitionKey";
        /// The shard.
        shard_id: Option<Str<'a>> = "shardId";
        /// When it arrived.
        approximate_arrival_timestamp: Option<Millis> = "approximateArrivalTimestamp";
    }

    /// A batch of records of a topic of Amazon MSK; the answer is an [`MskResponse`].
    ///
    /// ```
    /// use lambda_events::firehose::MskFirehose;
    ///
    /// let json = r#"{"records":[{"recordId":"1","kafkaRecordValue":"SGVsbG8="}]}"#;
    /// let event: MskFirehose<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].kafka_record_value.decode()?, b"Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct MskFirehose<'a> {
        /// The id of the batch, the same whenever it is sent.
        invocation_id: Option<Str<'a>> = "invocationId";
        /// The ARN of the cluster.
        source_msk_arn: Option<Str<'a>> = "sourceMSKArn";
        /// The ARN of the stream of Firehose.
        delivery_stream_arn: Option<Str<'a>> = "deliveryStreamArn";
        /// The region of the stream.
        region: Option<Str<'a>> = "region";
        /// The records.
        records: Vec<MskRecord<'a>> = "records", required;
    }

    /// A record of a topic.
    pub struct MskRecord<'a> {
        /// Its id, which the answer has to have.
        record_id: Str<'a> = "recordId", required;
        /// When it arrived.
        approximate_arrival_timestamp: Option<Millis> = "approximateArrivalTimestamp";
        /// What Kafka says of it.
        msk_record_metadata: MskRecordMetadata<'a> = "mskRecordMetadata";
        /// Its key, if it has one.
        kafka_record_key: Option<Base64<'a>> = "kafkaRecordKey";
        /// What was sent.
        kafka_record_value: Base64<'a> = "kafkaRecordValue", required;
    }

    /// What Kafka says of a record.
    pub struct MskRecordMetadata<'a> {
        /// Its place in the partition.
        offset: Option<Int> = "offset";
        /// The partition.
        partition_id: Option<Str<'a>> = "partitionId";
        /// When it arrived.
        approximate_arrival_timestamp: Option<Millis> = "approximateArrivalTimestamp";
    }

    /// The answer to a batch: each record once, 6 MB in all.
    pub struct Response<'a> {
        /// The records.
        records: Vec<ResponseRecord<'a>> = "records", always;
    }

    /// What has become of a record.
    pub struct ResponseRecord<'a> {
        /// Its id.
        record_id: Str<'a> = "recordId", required;
        /// How it went.
        result: RecordResult<'a> = "result", required;
        /// What is to be delivered.
        data: Option<Base64<'a>> = "data";
        /// Where it is to be delivered to.
        metadata: Option<Metadata<'a>> = "metadata";
    }

    /// The answer to a batch of Amazon MSK.
    pub struct MskResponse<'a> {
        /// The records.
        records: Vec<MskResponseRecord<'a>> = "records", always;
    }

    /// What has become of a record of Amazon MSK.
    pub struct MskResponseRecord<'a> {
        /// Its id.
        record_id: Str<'a> = "recordId", required;
        /// How it went.
        result: RecordResult<'a> = "result", required;
        /// What is to be delivered.
        kafka_record_value: Option<Base64<'a>> = "kafkaRecordValue";
        /// Where it is to be delivered to.
        metadata: Option<Metadata<'a>> = "metadata";
    }

    /// Where a record is to be delivered to.
    pub struct Metadata<'a> {
        /// The keys of dynamic partitioning.
        partition_keys: Map<'a, Str<'a>> = "partitionKeys";
        /// The table of Apache Iceberg.
        otf_metadata: Option<OtfMetadata<'a>> = "otfMetadata";
    }

    /// The table of Apache Iceberg to which a record is to be delivered.
    pub struct OtfMetadata<'a> {
        /// Its name.
        destination_table_name: Option<Str<'a>> = "destinationTableName";
        /// Its database.
        destination_database_name: Option<Str<'a>> = "destinationDatabaseName";
        /// `insert`, `update` or `delete`.
        operation: Option<Str<'a>> = "operation";
    }
}

open_enum! {
    /// How it went with a record.
    pub enum RecordResult<'a> {
        /// It is to be delivered as it is in the answer.
        Ok = "Ok",
        /// It is not to be delivered, on purpose.
        Dropped = "Dropped",
        /// It could not be transformed, and is delivered to where failed ones go.
        ProcessingFailed = "ProcessingFailed",
    }
}
