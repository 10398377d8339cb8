//! The answer that names the records that have failed.

use crate::{
    Int, Str,
    value::{Json, Read, Value},
};

event! {
    /// Which records have failed, and are to come again. Empty if none have.
    ///
    /// ```
    /// use lambda_events::batch::BatchResponse;
    ///
    /// let all_is_well = BatchResponse::default();
    /// assert_eq!(serde_json::to_string(&all_is_well)?, r#"{"batchItemFailures":[]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BatchResponse<'a> {
        /// The records that have failed.
        batch_item_failures: Vec<BatchItemFailure<'a>> = "batchItemFailures", always;
    }

    /// A record that has failed.
    pub struct BatchItemFailure<'a> {
        /// What it is called.
        item_identifier: ItemIdentifier<'a> = "itemIdentifier", required;
    }

    /// A record of Kafka.
    pub struct PartitionOffset<'a> {
        /// Topic and partition, as in the event: `orders-0`.
        partition: Str<'a> = "partition", required;
        /// Its place there.
        offset: Int = "offset", required;
    }
}

/// What a record is called in the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemIdentifier<'a> {
    /// The id of a message, or the sequence number of a record of a stream.
    Id(Str<'a>),
    /// The place of a record of Kafka.
    Place(PartitionOffset<'a>),
}

/// A record that has failed has no id by which it could be named.
///
/// An answer with an empty id would be taken for a failure of all records, and so is this error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {place} has failed, and has no id by which it could come again alone")]
pub struct Unidentified {
    /// Its place in the event, from 0.
    pub place: usize,
}

impl Default for ItemIdentifier<'_> {
    fn default() -> Self {
        Self::Id(Str::default())
    }
}

impl ItemIdentifier<'_> {
    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Id(id) => id.is_empty(),
            Self::Place(place) => place.partition.is_empty(),
        }
    }
}

impl std::fmt::Display for ItemIdentifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Place(place) => write!(f, "{}:{}", place.partition, place.offset),
        }
    }
}

impl<'de> Value<'de> for ItemIdentifier<'de> {
    const EXPECTED: &'static str = "an id, or a partition with an offset";

    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Value(Self::Id(text))
    }

    fn from_object<A: serde::de::MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(match PartitionOffset::from_object(object)? {
            Read::Value(place) => Read::Value(Self::Place(place)),
            Read::Null => Read::Null,
            Read::Odd(odd) => Read::Odd(odd),
        })
    }

    fn into_json(self) -> Json<'de> {
        match self {
            Self::Id(id) => Json::String(id),
            Self::Place(place) => Value::into_json(place),
        }
    }
}

impl serde::Serialize for ItemIdentifier<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => serializer.serialize_str(id),
            Self::Place(place) => place.serialize(serializer),
        }
    }
}

impl crate::IntoOwned for ItemIdentifier<'_> {
    type Owned = ItemIdentifier<'static>;

    fn into_owned(self) -> ItemIdentifier<'static> {
        match self {
            Self::Id(id) => ItemIdentifier::Id(id.into_owned()),
            Self::Place(place) => ItemIdentifier::Place(place.into_owned()),
        }
    }
}

impl crate::Unknown for ItemIdentifier<'_> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        if let Self::Place(place) = self {
            place.find_unknown(path, found);
        }
    }
}
