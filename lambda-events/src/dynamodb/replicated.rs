//! Changes as they come through Kinesis Data Streams.
//!
//! Source: [Kinesis Data Streams for DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html).

use super::{AttributeValue, EventName, UserIdentity};
use crate::{
    Int, Map, Str,
    value::{Millis, Seconds},
};

event! {
    /// What a record of a Kinesis stream carries when a table writes to it: one change.
    ///
    /// ```
    /// use lambda_events::dynamodb::ReplicatedRecord;
    ///
    /// let json = r#"{"eventName":"INSERT","tableName":"products","dynamodb":{
    ///     "ApproximateCreationDateTime":1795168800123456,"ApproximateCreationDateTimePrecision":"MICROSECOND"}}"#;
    /// let record: ReplicatedRecord<'_> = serde_json::from_str(json)?;
    /// assert_eq!(record.dynamodb.created().map(|time| time.unix_micros()), Some(1_795_168_800_123_456));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ReplicatedRecord<'a> {
        /// The region of the table.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// Its id.
        event_id: Option<Str<'a>> = "eventID";
        /// What has happened.
        event_name: Option<EventName<'a>> = "eventName";
        /// Who has made it, if the service did.
        user_identity: Option<UserIdentity<'a>> = "userIdentity";
        /// `application/json`.
        record_format: Option<Str<'a>> = "recordFormat";
        /// The name of the table.
        table_name: Option<Str<'a>> = "tableName";
        /// The change.
        dynamodb: ReplicatedChange<'a> = "dynamodb", required;
        /// `aws:dynamodb`.
        event_source: Option<Str<'a>> = "eventSource";
    }

    /// A change.
    pub struct ReplicatedChange<'a> {
        /// When it was made, in the unit that the precision says; see [`created`](Self::created).
        approximate_creation_date_time: Option<Int> = "ApproximateCreationDateTime";
        /// The unit of the time; milliseconds if nothing is said.
        approximate_creation_date_time_precision: Option<Precision<'a>> = "ApproximateCreationDateTimePrecision";
        /// The key of the item.
        keys: Map<'a, AttributeValue<'a>> = "Keys";
        /// The item as it is now, if it is not removed.
        new_image: Option<Map<'a, AttributeValue<'a>>> = "NewImage";
        /// The item as it was, if it is not new.
        old_image: Option<Map<'a, AttributeValue<'a>>> = "OldImage";
        /// Its size in bytes.
        size_bytes: Option<Int> = "SizeBytes";
    }
}

open_enum! {
    /// The unit of a time.
    pub enum Precision<'a> {
        /// Milliseconds since the beginning of 1970.
        Millisecond = "MILLISECOND",
        /// Microseconds since the beginning of 1970.
        Microsecond = "MICROSECOND",
    }
}

impl ReplicatedChange<'_> {
    /// When it was made, whatever the unit; `None` if nothing is said, or the unit is not known.
    pub fn created(&self) -> Option<Seconds> {
        let time = self.approximate_creation_date_time?.get();
        match &self.approximate_creation_date_time_precision {
            Some(Precision::Microsecond) => Some(Seconds::from_unix_micros(time)),
            None | Some(Precision::Millisecond) => {
                Some(Seconds::from_unix_micros(Millis::from_unix_millis(time).unix_micros()))
            }
            Some(Precision::Other(_)) => None,
        }
    }
}
