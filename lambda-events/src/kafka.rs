//! Records of Apache Kafka: of Amazon MSK, and of clusters that one runs oneself.
//!
//! Source: [Using Lambda with Amazon MSK](https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html) and
//! [with self-managed Apache Kafka](https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html).

use crate::{
    Int, Map, Str,
    value::{Base64, Millis},
};

pub use crate::byte_array::ByteArray;

event! {
    /// A batch of records of a topic.
    ///
    /// ```
    /// use lambda_events::kafka::Kafka;
    ///
    /// let json = r#"{"eventSource":"aws:kafka","records":{"orders-0":[{"topic":"orders","partition":0,"offset":15,
    ///     "value":"SGVsbG8=","headers":[{"kind":[110,101,119]}]}]}}"#;
    /// let event: Kafka<'_> = serde_json::from_str(json)?;
    /// for record in event.iter() {
    ///     assert_eq!(record.value.as_ref().map(|value| value.decode()).transpose()?.as_deref(), Some(&b"Hello"[..]));
    ///     assert_eq!(record.header("kind").and_then(|kind| kind.text()).as_deref(), Some("new"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Kafka<'a> {
        /// Where the records come from.
        event_source: Option<EventSource<'a>> = "eventSource";
        /// The ARN of the cluster, of Amazon MSK.
        event_source_arn: Option<Str<'a>> = "eventSourceArn";
        /// The brokers, each as a name and a port, with commas between them.
        bootstrap_servers: Option<Str<'a>> = "bootstrapServers";
        /// The records by topic and partition, as in `orders-0`; those of a partition are in their order.
        records: Map<'a, Vec<Record<'a>>> = "records", required;
    }

    /// A record.
    pub struct Record<'a> {
        /// The topic.
        topic: Str<'a> = "topic", required;
        /// The partition.
        partition: Int = "partition", required;
        /// Its place in the partition.
        offset: Int = "offset", required;
        /// When it was made or stored.
        timestamp: Option<Millis> = "timestamp";
        /// Which of the two the time is.
        timestamp_type: Option<TimestampType<'a>> = "timestampType";
        /// Its key, if it has one.
        key: Option<Base64<'a>> = "key";
        /// What was sent; nothing, if the key is to be forgotten.
        value: Option<Base64<'a>> = "value";
        /// Its headers, each as an object with one member; names may come more than once.
        headers: Vec<Map<'a, ByteArray>> = "headers";
        /// The schema of the key, if a schema registry is used.
        key_schema_metadata: Option<SchemaMetadata<'a>> = "keySchemaMetadata";
        /// The schema of the value, if a schema registry is used.
        value_schema_metadata: Option<SchemaMetadata<'a>> = "valueSchemaMetadata";
    }

    /// What the schema registry says of a key or a value.
    pub struct SchemaMetadata<'a> {
        /// In which format it was sent.
        data_format: Option<DataFormat<'a>> = "dataFormat";
        /// The id of the schema.
        schema_id: Option<Str<'a>> = "schemaId";
    }
}

impl<'a> Kafka<'a> {
    /// All records, one partition after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Record<'a>> {
        self.records.iter().flat_map(|(_, records)| records)
    }
}

impl Record<'_> {
    /// The value of a header; of the last one, if the name comes more than once.
    pub fn header(&self, name: &str) -> Option<&ByteArray> {
        self.headers.iter().rev().find_map(|header| header.get(name))
    }
}

open_enum! {
    /// Where records come from.
    pub enum EventSource<'a> {
        /// Amazon MSK.
        Msk = "aws:kafka",
        /// A cluster that one runs oneself.
        SelfManaged = "SelfManagedKafka",
    }

    /// Which time the time of a record is.
    pub enum TimestampType<'a> {
        /// When it was made, as its producer says.
        CreateTime = "CREATE_TIME",
        /// When the broker has stored it.
        LogAppendTime = "LOG_APPEND_TIME",
        /// None.
        None = "NO_TIMESTAMP_TYPE",
    }

    /// In which format a key or a value was sent.
    pub enum DataFormat<'a> {
        /// JSON with a schema.
        Json = "JSON",
        /// Apache Avro.
        Avro = "AVRO",
        /// Protocol buffers.
        Protobuf = "PROTOBUF",
    }
}
