//! The ARN of a destination, and what may go there. Source:
//! [adding a destination](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
//!
//! Whether there is anything under the ARN is not known here.

use std::{fmt, str::FromStr};

/// Where the record of an invocation goes.
///
/// ```
/// use mock_server::core::destination::{Destination, Kind};
///
/// let queue: Destination = "arn:aws:sqs:us-east-1:123456789012:orders".parse()?;
/// assert_eq!(*queue.kind(), Kind::Queue);
/// assert!(queue.takes_dead_letters());
///
/// let bucket: Destination = "arn:aws:s3:::failures".parse()?;
/// assert!(!bucket.takes_successes());
/// # Ok::<(), mock_server::core::destination::DestinationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    arn: String,
    kind: Kind,
}

/// The service that a destination belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A Lambda function, by its name and qualifier.
    Function {
        /// The name.
        name: String,
        /// The version or alias.
        qualifier: Option<String>,
    },
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// An EventBridge event bus.
    EventBus,
    /// An S3 bucket.
    Bucket,
}

/// A text is not the ARN of anything that can be a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{arn:?} is not the ARN of a destination: expected {expected}")]
pub struct DestinationError {
    arn: String,
    expected: &'static str,
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let refused = |expected| DestinationError { arn: arn.to_owned(), expected };
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = *parts.as_slice() else {
            return Err(refused(ANY));
        };
        let (kind, expected) = match service {
            "lambda" => (function(resource), FUNCTION),
            "sqs" => (is_name(resource).then_some(Kind::Queue), QUEUE),
            "sns" => (is_name(resource).then_some(Kind::Topic), TOPIC),
            "events" => (event_bus(resource), EVENT_BUS),
            "s3" => (is_name(resource).then_some(Kind::Bucket), BUCKET),
            _ => return Err(refused(ANY)),
        };
        // The name of a bucket is unique without them.
        let has_place = service == "s3" || !region.is_empty() && !account.is_empty();
        match kind {
            Some(kind) if has_place && !partition.is_empty() => Ok(Self { arn: arn.to_owned(), kind }),
            _ => Err(refused(expected)),
        }
    }
}

const ANY: &str = "that of a function, an SQS queue, an SNS topic, an EventBridge event bus or an S3 bucket";
const FUNCTION: &str = "arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :QUALIFIER or without";
const QUEUE: &str = "arn:aws:sqs:REGION:ACCOUNT:QUEUE";
const TOPIC: &str = "arn:aws:sns:REGION:ACCOUNT:TOPIC";
const EVENT_BUS: &str = "arn:aws:events:REGION:ACCOUNT:event-bus/NAME";
const BUCKET: &str = "arn:aws:s3:::BUCKET";

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|character: char| ":/".contains(character) || character.is_whitespace())
}

fn function(resource: &str) -> Option<Kind> {
    let mut parts = resource.split(':');
    let ("function", name, qualifier, None) = (parts.next()?, parts.next()?, parts.next(), parts.next())
    else {
        return None;
    };
    let is_right = is_name(name) && qualifier.is_none_or(is_name);
    is_right.then(|| Kind::Function { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
}

/// Names of partners' buses have slashes in them.
fn event_bus(resource: &str) -> Option<Kind> {
    let name = resource.strip_prefix("event-bus/")?;
    name.split('/').all(is_name).then_some(Kind::EventBus)
}

impl Destination {
    /// The ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The service.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether records of successes may go there: to anything but a bucket.
    pub fn takes_successes(&self) -> bool {
        self.kind != Kind::Bucket
    }

    /// Whether dead letters may go there: to a queue or a topic.
    pub fn takes_dead_letters(&self) -> bool {
        matches!(self.kind, Kind::Queue | Kind::Topic)
    }

    /// Whether it is a queue or a topic that keeps an order. AWS's Lambda takes only standard ones as destinations and for
    /// dead letters.
    pub fn is_fifo(&self) -> bool {
        matches!(self.kind, Kind::Queue | Kind::Topic) && self.arn.ends_with(".fifo")
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl Kind {
    /// The word for it in a message that is shown as JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Function { .. } => "function",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::EventBus => "eventBus",
            Self::Bucket => "bucket",
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn parse(arn: &str) -> Result<Kind, String> {
        arn.parse().map(|destination: Destination| destination.kind).map_err(|error| error.to_string())
    }

    #[test]
    fn the_service_in_an_arn_tells_the_kind() {
        let function = |name: &str, qualifier: Option<&str>| Kind::Function {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        };
        for (arn, kind) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f", function("f", None)),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:prod", function("f", Some("prod"))),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", function("f", Some("$LATEST"))),
            ("arn:aws:sqs:us-east-1:123456789012:orders", Kind::Queue),
            ("arn:aws-cn:sqs:cn-north-1:123456789012:orders.fifo", Kind::Queue),
            ("arn:aws:sns:us-east-1:123456789012:news", Kind::Topic),
            ("arn:aws:events:us-east-1:123456789012:event-bus/default", Kind::EventBus),
            ("arn:aws:events:us-east-1:123456789012:event-bus/aws.partner/example.com/7", Kind::EventBus),
            ("arn:aws:s3:::failures", Kind::Bucket),
        ] {
            assert_eq!(parse(arn), Ok(kind), "{arn}");
        }
    }

    #[test]
    fn what_is_no_destination_is_refused_with_its_text_and_what_was_expected() {
        for (arn, expected) in [
            ("", ANY),
            ("orders", ANY),
            ("arn:aws:dynamodb:us-east-1:123456789012:table/t", ANY),
            ("localhost/queue", ANY),
            ("arn:aws:lambda:us-east-1:123456789012:function", FUNCTION),
            ("arn:aws:lambda:us-east-1:123456789012:function:", FUNCTION),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:prod:1", FUNCTION),
            ("arn:aws:lambda:us-east-1:123456789012:layer:l", FUNCTION),
            ("arn:aws:lambda:::function:f", FUNCTION),
            ("arn:aws:sqs:us-east-1:123456789012:", QUEUE),
            ("arn:aws:sqs:us-east-1::orders", QUEUE),
            ("arn::sqs:us-east-1:123456789012:orders", QUEUE),
            ("arn:aws:sqs:us-east-1:123456789012:two words", QUEUE),
            ("arn:aws:sns:us-east-1:123456789012:news:0ba3a5b1", TOPIC),
            ("arn:aws:events:us-east-1:123456789012:rule/r", EVENT_BUS),
            ("arn:aws:events:us-east-1:123456789012:event-bus/", EVENT_BUS),
            ("arn:aws:s3:::failures/folder", BUCKET),
        ] {
            let refused = format!("{arn:?} is not the ARN of a destination: expected {expected}");
            assert_eq!(parse(arn), Err(refused));
        }
    }

    #[test]
    fn what_may_go_there_depends_on_the_kind() {
        for (arn, successes, dead_letters, fifo) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f", true, false, false),
            ("arn:aws:sqs:us-east-1:123456789012:orders", true, true, false),
            ("arn:aws:sqs:us-east-1:123456789012:orders.fifo", true, true, true),
            ("arn:aws:sns:us-east-1:123456789012:news.fifo", true, true, true),
            ("arn:aws:events:us-east-1:123456789012:event-bus/b.fifo", true, false, false),
            ("arn:aws:s3:::failures", false, false, false),
        ] {
            let destination: Destination = arn.parse().unwrap();
            let may =
                (destination.takes_successes(), destination.takes_dead_letters(), destination.is_fifo());
            assert_eq!(may, (successes, dead_letters, fifo), "{arn}");
        }
    }
}
