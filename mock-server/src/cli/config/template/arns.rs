//! What an ARN in a template is that of, as far as triggers have it.
//!
//! Source: the resource types of each service in the
//! [service authorization reference](https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).

use mock_server::core::mapping::SourceKind;

use super::references::Target as FunctionName;

/// What an ARN is that of.
#[derive(Debug)]
pub(super) enum Arn {
    Function(FunctionName),
    Queue(String),
    Topic(String),
    /// A Kinesis stream, or the stream of a table, by the name of the stream or table.
    Stream(SourceKind, String),
    Bus(String),
    /// Of Kafka, at Amazon.
    Cluster,
    /// A service that has nothing to do with triggers, or not here.
    Other(String),
}

impl Arn {
    /// Reads an ARN; none if it is not one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, service, _, _, resource] = *parts.as_slice() else { return None };
        if resource.is_empty() {
            return None;
        }
        let below = |folder: &str| {
            let name = resource.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()?;
            Some(name.to_owned()).filter(|name| !name.is_empty())
        };
        match service {
            "lambda" if resource.starts_with("function:") => Some(Self::Function(FunctionName::read(text))),
            "sqs" => Some(Self::Queue(resource.to_owned())),
            // A subscription has an ARN below that of its topic.
            "sns" => resource.split(':').next().map(|topic| Self::Topic(topic.to_owned())),
            "kinesis" => below("stream").map(|name| Self::Stream(SourceKind::Kinesis, name)),
            "dynamodb" => below("table").map(|name| Self::Stream(SourceKind::DynamoDb, name)),
            // The name of a partner's bus has slashes in it.
            "events" if resource.starts_with("event-bus/") => {
                resource.strip_prefix("event-bus/").map(|bus| Self::Bus(bus.to_owned()))
            }
            "kafka" => Some(Self::Cluster),
            other => Some(Self::Other(other.to_owned())),
        }
    }
}
