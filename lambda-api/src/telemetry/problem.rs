//! Why the service refuses a subscription, in its words where they are known.

use std::fmt;

use crate::{DecodeError, json::JsonError, limits};

/// One thing that is wrong with a subscription.
///
/// The text is what stands in the service's 400. Two are documented
/// ([reference](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html)): `URI port is not
/// provided` and `types should not be empty`; the others are made in the same style.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The body is not JSON, or a member has the wrong JSON type.
    #[error("request body is not valid: {0}")]
    Body(JsonError),
    /// There is no `schemaVersion`; the Logs API has a default.
    #[error("schemaVersion is not provided")]
    SchemaVersionMissing,
    /// The API does not have this `schemaVersion`.
    #[error("schemaVersion is not supported")]
    SchemaVersion,
    /// There is no `destination`.
    #[error("destination is not provided")]
    DestinationMissing,
    /// There is no `destination.protocol`.
    #[error("protocol is not provided")]
    ProtocolMissing,
    /// `destination.protocol` is another one.
    #[error("protocol should be HTTP or TCP")]
    Protocol,
    /// There is no `destination.URI`, with HTTP.
    #[error("URI is not provided")]
    UriMissing,
    /// `destination.URI` is no URI.
    #[error("URI is not valid")]
    Uri,
    /// `destination.URI` has another scheme.
    #[error("URI scheme should be http")]
    UriScheme,
    /// `destination.URI` leads out of the environment.
    #[error("URI host should be sandbox.localdomain or sandbox")]
    UriHost,
    /// `destination.URI` has no port.
    #[error("URI port is not provided")]
    UriPortMissing,
    /// The port of `destination.URI` is no port.
    #[error("URI port should be between 1 and 65535")]
    UriPort,
    /// There is no `destination.port`, with TCP.
    #[error("port is not provided")]
    PortMissing,
    /// `destination.port` is no port.
    #[error("port should be between 1 and 65535")]
    Port,
    /// `destination.method` is another one; Logs API only.
    #[error("method should be PUT or POST")]
    Method,
    /// `destination.encoding` is another one; Logs API only.
    #[error("encoding should be JSON")]
    Encoding,
    /// There are no `types`.
    #[error("types should not be empty")]
    TypesMissing,
    /// One of `types` is not known.
    #[error("types should be platform, function or extension")]
    Types,
    /// `buffering.maxItems` is out of range.
    #[error(
        "maxItems should be between {} and {}",
        limits::TELEMETRY_MAX_ITEMS.min,
        limits::TELEMETRY_MAX_ITEMS.max
    )]
    MaxItems,
    /// `buffering.maxBytes` is out of range.
    #[error(
        "maxBytes should be between {} and {}",
        limits::TELEMETRY_MAX_BYTES.min,
        limits::TELEMETRY_MAX_BYTES.max
    )]
    MaxBytes,
    /// `buffering.timeoutMs` is out of range.
    #[error(
        "timeoutMs should be between {} and {}",
        limits::TELEMETRY_TIMEOUT.min.as_millis(),
        limits::TELEMETRY_TIMEOUT.max.as_millis()
    )]
    Timeout,
}

/// Everything that is wrong with a subscription, at least one thing; the text is the service's message.
///
/// ```
/// use lambda_api::telemetry::{Problem, Problems};
///
/// let problems = Problems::from(vec![Problem::UriPortMissing, Problem::TypesMissing]);
/// assert_eq!(problems.to_string(), "URI port is not provided; types should not be empty");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems in the order of their members: version, destination, types, buffering; what only the Logs
    /// API has comes last.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Why a service cannot take a call to subscribe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// It does not say who subscribes: 403.
    #[error("the subscriber is not known")]
    Subscriber(#[source] DecodeError),
    /// It says who, but not properly what: 400 `ValidationError`, with the problems as message.
    #[error("the subscription is not valid")]
    Invalid(#[source] Problems),
}
