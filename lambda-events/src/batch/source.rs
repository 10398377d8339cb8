//! Which records an event has, what each is called, and which of them have an order.

use std::borrow::Cow;

use super::ItemIdentifier;
use crate::IntoOwned;

/// An event with records that can fail one by one.
pub trait Batched {
    /// A record.
    type Record;

    /// The records, in the order of the event.
    fn records(&self) -> impl Iterator<Item = &Self::Record>;

    /// What a record is called, and what it has to follow.
    fn item(record: &Self::Record) -> Item<'_>;
}

/// What is said of a record in the answer, and what it has to follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// What it is called.
    pub identifier: ItemIdentifier<'a>,
    /// Which records it has to follow.
    pub order: Order<'a>,
}

/// Which records have to be handled one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order<'a> {
    /// None.
    None,
    /// Those of a group: after one that has failed, all that follow in the group come again, each by its name.
    Group(Cow<'a, str>),
    /// Those of a shard or a partition: the first one that has failed is named, and all from there on come again.
    Stream(Cow<'a, str>),
}

impl IntoOwned for Item<'_> {
    type Owned = Item<'static>;

    fn into_owned(self) -> Item<'static> {
        let own = |name: Cow<'_, str>| Cow::Owned(name.into_owned());
        let order = match self.order {
            Order::None => Order::None,
            Order::Group(group) => Order::Group(own(group)),
            Order::Stream(stream) => Order::Stream(own(stream)),
        };
        Item { identifier: self.identifier.into_owned(), order }
    }
}

#[cfg(feature = "sqs")]
impl<'a> Batched for crate::sqs::Sqs<'a> {
    type Record = crate::sqs::Message<'a>;

    fn records(&self) -> impl Iterator<Item = &Self::Record> {
        self.records.iter()
    }

    /// Messages of a FIFO queue follow each other in their group.
    fn item(record: &Self::Record) -> Item<'_> {
        // Standard queues may have groups too, which say who is to be treated fairly; these have no order, and no number.
        let is_ordered = record.attributes.sequence_number.is_some()
            || record.event_source_arn.as_ref().is_some_and(|arn| arn.ends_with(".fifo"));
        let order = match record.attributes.message_group_id.as_deref() {
            Some(group) if is_ordered => Order::Group(Cow::Borrowed(group)),
            _ => Order::None,
        };
        Item { identifier: ItemIdentifier::Id(record.message_id.as_str().into()), order }
    }
}

/// Events whose records are all of one shard, and follow each other.
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
macro_rules! of_a_shard {
    ($($event:path, $record:path, $sequence_number:expr;)*) => {$(
        impl<'a> Batched for $event {
            type Record = $record;

            fn records(&self) -> impl Iterator<Item = &Self::Record> {
                self.records.iter()
            }

            fn item(record: &Self::Record) -> Item<'_> {
                let sequence_number: fn(&Self::Record) -> &str = $sequence_number;
                Item {
                    identifier: ItemIdentifier::Id(sequence_number(record).into()),
                    order: Order::Stream(Cow::Borrowed("")),
                }
            }
        }
    )*};
}

#[cfg(feature = "kinesis")]
of_a_shard! {
    crate::kinesis::Kinesis<'a>, crate::kinesis::Record<'a>, |record| &record.kinesis.sequence_number;
    crate::kinesis::WindowedKinesis<'a>, crate::kinesis::Record<'a>, |record| &record.kinesis.sequence_number;
}

#[cfg(feature = "dynamodb")]
of_a_shard! {
    crate::dynamodb::DynamoDb<'a>, crate::dynamodb::Record<'a>,
    |record| record.dynamodb.sequence_number.as_deref().unwrap_or_default();
    crate::dynamodb::WindowedDynamoDb<'a>, crate::dynamodb::Record<'a>,
    |record| record.dynamodb.sequence_number.as_deref().unwrap_or_default();
}

#[cfg(feature = "kafka")]
mod kafka {
    use super::{Batched, Cow, Item, ItemIdentifier, Order};
    use crate::{
        batch::PartitionOffset,
        kafka::{Kafka, Record},
    };

    impl<'a> Batched for Kafka<'a> {
        type Record = Record<'a>;

        fn records(&self) -> impl Iterator<Item = &Self::Record> {
            self.iter()
        }

        /// Records follow each other in their partition; partitions are independent.
        fn item(record: &Self::Record) -> Item<'_> {
            let partition = format!("{}-{}", record.topic, record.partition);
            let place = PartitionOffset {
                partition: partition.clone().into(),
                offset: record.offset,
                ..PartitionOffset::default()
            };
            Item { identifier: ItemIdentifier::Place(place), order: Order::Stream(Cow::Owned(partition)) }
        }
    }
}
