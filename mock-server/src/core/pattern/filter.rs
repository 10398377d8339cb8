//! The filters of an event source mapping: several patterns, and what part of a record they look at. Pure.
//!
//! A record is given as the function would get it, and is looked at with its data in the clear: base64 decoded, and
//! parsed if it is JSON. Its other fields are *metadata*. Data and a pattern's part for it each have a format, and what
//! happens when the two differ depends on the source:
//!
//! | Source | Data fields | Formats differ |
//! |---|---|---|
//! | SQS | `body` | the record does not match |
//! | Kinesis | `data` | the record does not match; a pattern for plain strings is refused |
//! | DynamoDB | `dynamodb` | the record does not match; a pattern for plain strings is refused |
//! | Kafka | `key`, `value` | only the metadata are filtered by |
//! | MQ | `data` | only the metadata are filtered by |
//!
//! Sources: the tables of [SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html),
//! [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html),
//! [DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html),
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html) and
//! [MQ](https://docs.aws.amazon.com/lambda/latest/dg/with-mq-filtering.html).
//!
//! What they leave open is decided like this: data is JSON if it is an object or an array, since nothing else can match
//! a pattern for JSON, so that a body `123` is a plain string; and a Kafka record without a key or a value has no data
//! that could differ. What becomes of a record that does not match is the mapping's business.

mod record;

pub(super) use record::Data;
use serde_json::Value;

use super::{Dialect, Node, Pattern, PatternError};
use crate::core::mapping::{self, SourceKind};

/// How many filters a mapping can have; ten after a request to AWS, which nobody can make here.
pub const MAX_FILTERS: usize = 5;

/// Where the records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordSource {
    /// Messages of a queue.
    Sqs,
    /// Records of a stream, whose fields in `kinesis` count as the record's own: `partitionKey`, not
    /// `kinesis.partitionKey`.
    Kinesis,
    /// Changes of a table.
    DynamoDb,
    /// Records of a topic, managed by AWS or not.
    Kafka,
    /// Messages of Amazon MQ.
    Mq,
}

impl From<SourceKind> for RecordSource {
    fn from(kind: SourceKind) -> Self {
        match kind {
            SourceKind::StandardQueue | SourceKind::FifoQueue => Self::Sqs,
            SourceKind::Kinesis => Self::Kinesis,
            SourceKind::DynamoDb => Self::DynamoDb,
            SourceKind::Kafka => Self::Kafka,
        }
    }
}

impl RecordSource {
    fn data_fields(self) -> &'static [&'static str] {
        match self {
            Self::Sqs => &["body"],
            Self::Kinesis | Self::Mq => &["data"],
            Self::DynamoDb => &["dynamodb"],
            Self::Kafka => &["key", "value"],
        }
    }

    fn takes_plain_strings(self) -> bool {
        !matches!(self, Self::Kinesis | Self::DynamoDb)
    }
}

/// Filters that cannot be attached to a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// More than [`MAX_FILTERS`].
    #[error("there are {count} filters, and at most {MAX_FILTERS} are allowed")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A pattern that is none.
    #[error("filter {number}: {error}")]
    Pattern {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: PatternError,
    },
    /// A pattern for plain strings, where data must be JSON.
    #[error("filter {number}: {field}: expected an object, as the data of this source is JSON, not a list")]
    NotJson {
        /// Which one, counted from 1.
        number: usize,
        /// The field with the data.
        field: &'static str,
    },
}

/// The filters of a mapping, of which a record must match one.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    source: RecordSource,
    patterns: Vec<Pattern>,
}

impl Filters {
    /// Reads the patterns of a mapping's `FilterCriteria`. With none, all records match.
    ///
    /// ```
    /// use mock_server::core::pattern::filter::{Filters, RecordSource};
    /// use serde_json::json;
    ///
    /// let filters = Filters::parse(RecordSource::Sqs, [r#"{"body": {"City": ["Seattle"]}}"#])?;
    /// assert!(filters.matches(&json!({"messageId": "1", "body": r#"{"City": "Seattle"}"#})));
    /// assert!(!filters.matches(&json!({"messageId": "2", "body": "Seattle"})));
    /// # Ok::<(), mock_server::core::pattern::filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_FILTERS`], if one is not a pattern in the dialect of filters, or if one is for plain
    /// strings and the source's data must be JSON.
    pub fn parse<P: AsRef<str>>(
        source: RecordSource,
        patterns: impl IntoIterator<Item = P>,
    ) -> Result<Self, FilterError> {
        let parse = |(at, text): (usize, P)| {
            let number = at + 1;
            let pattern = Pattern::parse(text.as_ref(), Dialect::Filter)
                .map_err(|error| FilterError::Pattern { number, error })?;
            let mut data = source.data_fields().iter().filter(|_| !source.takes_plain_strings());
            match data.find(|field| pattern.record_nodes(field).any(|node| matches!(node, Node::Leaf(_)))) {
                Some(field) => Err(FilterError::NotJson { number, field }),
                None => Ok(pattern),
            }
        };
        let patterns: Vec<_> = patterns.into_iter().collect();
        if patterns.len() > MAX_FILTERS {
            return Err(FilterError::TooMany { count: patterns.len() });
        }
        let patterns = patterns.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { source, patterns })
    }

    /// Whether the record, as the function would get it, matches one of the filters.
    pub fn matches(&self, record: &Value) -> bool {
        if self.patterns.is_empty() {
            return true;
        }
        let (record, data) = record::in_the_clear(self.source, record);
        self.patterns.iter().any(|pattern| pattern.matches_record(&record, &data))
    }
}

impl mapping::Filter for Filters {
    fn matches(&self, record: &mapping::Filtered<'_>) -> bool {
        // It was made of texts and numbers, so it always can be read.
        serde_json::from_str(record.json).is_ok_and(|record| Self::matches(self, &record))
    }
}

impl Pattern {
    /// What the pattern asks of a field of the record, in all its alternatives.
    fn record_nodes<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Node> {
        let mut remaining = vec![&self.fields];
        let objects = std::iter::from_fn(move || {
            let fields = remaining.pop()?;
            remaining.extend(fields.alternatives.iter().flatten());
            Some(fields)
        });
        objects.flat_map(|fields| &fields.named).filter(move |(name, _)| name == field).map(|(_, node)| node)
    }
}
