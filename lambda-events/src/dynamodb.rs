//! Records of Amazon DynamoDB Streams.
//!
//! Source: [Using Lambda with DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html); windows:
//! [tumbling windows](https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html). The values of attributes are in `attribute_value`.

use crate::{Int, Json, Map, Str, value::Seconds};

mod attribute_value;
#[cfg(feature = "serde_dynamo")]
mod item;
mod replicated;

#[cfg(feature = "serde_dynamo")]
pub use self::item::ItemError;
pub use self::{
    attribute_value::AttributeValue,
    replicated::{Precision, ReplicatedChange, ReplicatedRecord},
};
pub use crate::window::{Window, WindowResponse};

event! {
    /// A batch of changes of a shard, in their order.
    ///
    /// ```
    /// use lambda_events::dynamodb::{DynamoDb, EventName};
    ///
    /// let json = r#"{"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"4711"}},
    ///     "NewImage":{"id":{"S":"4711"},"price":{"N":"12.50"}}}}]}"#;
    /// let event: DynamoDb<'_> = serde_json::from_str(json)?;
    /// let record = &event.records[0];
    /// assert_eq!(record.event_name, Some(EventName::Insert));
    /// assert_eq!(record.dynamodb.keys["id"].as_s(), Some("4711"));
    /// let new = record.dynamodb.new_image.as_ref().ok_or("an insertion has a new image")?;
    /// assert_eq!(new["price"].as_n(), Some("12.50"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct DynamoDb<'a> {
        /// The changes.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A batch of changes of a tumbling window; the answer is a [`WindowResponse`].
    pub struct WindowedDynamoDb<'a> {
        /// The changes; there may be none at the end of a window.
        records: Vec<Record<'a>> = "Records", strict;
        /// The window.
        window: Window<'a> = "window";
        /// What the invocation before has answered; empty at first.
        state: Map<'a, Json<'a>> = "state";
        /// The shard.
        shard_id: Option<Str<'a>> = "shardId";
        /// The ARN of the stream.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
        /// Whether this is the last invocation of the window.
        is_final_invoke_for_window: Option<bool> = "isFinalInvokeForWindow";
        /// Whether the window ends early, because the state is too large.
        is_window_terminated_early: Option<bool> = "isWindowTerminatedEarly";
    }

    /// A change of an item.
    pub struct Record<'a> {
        /// Its id.
        event_id: Option<Str<'a>> = "eventID";
        /// What has happened.
        event_name: Option<EventName<'a>> = "eventName";
        /// The version of this format.
        event_version: Option<Str<'a>> = "eventVersion";
        /// `aws:dynamodb`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The region of the table.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// The change.
        dynamodb: Change<'a> = "dynamodb", required;
        /// Who has made it, if the service did.
        user_identity: Option<UserIdentity<'a>> = "userIdentity";
        /// The ARN of the stream.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
    }

    /// What the stream has of a change.
    pub struct Change<'a> {
        /// When it was made, to the second.
        approximate_creation_date_time: Option<Seconds> = "ApproximateCreationDateTime";
        /// The key of the item.
        keys: Map<'a, AttributeValue<'a>> = "Keys";
        /// The item as it is now, if the stream has it and the item is not removed.
        new_image: Option<Map<'a, AttributeValue<'a>>> = "NewImage";
        /// The item as it was, if the stream has it and the item is not new.
        old_image: Option<Map<'a, AttributeValue<'a>>> = "OldImage";
        /// Its place in the shard, and what it is called when it has failed.
        sequence_number: Option<Str<'a>> = "SequenceNumber";
        /// Its size in bytes.
        size_bytes: Option<Int> = "SizeBytes";
        /// What the stream has of items.
        stream_view_type: Option<StreamViewType<'a>> = "StreamViewType";
    }

    /// Who has made a change that no request has made: items are removed by their time to live.
    pub struct UserIdentity<'a> {
        /// `dynamodb.amazonaws.com`.
        principal_id: Option<Str<'a>> = "principalId";
        /// `Service`.
        kind: Option<Str<'a>> = "type";
    }
}

open_enum! {
    /// What has happened to an item.
    pub enum EventName<'a> {
        /// It is new.
        Insert = "INSERT",
        /// It was changed.
        Modify = "MODIFY",
        /// It was removed.
        Remove = "REMOVE",
    }

    /// What a stream has of items.
    pub enum StreamViewType<'a> {
        /// Their keys.
        KeysOnly = "KEYS_ONLY",
        /// The items as they are.
        NewImage = "NEW_IMAGE",
        /// The items as they were.
        OldImage = "OLD_IMAGE",
        /// Both.
        NewAndOldImages = "NEW_AND_OLD_IMAGES",
    }
}
