//! `PUT /2022-07-01/telemetry`: an extension subscribes to events.
//!
//! [`logs`](super::logs) has the same call in its older form, and takes from here what they have in common.
//! Source: [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Category, Destination, Problem, Problems, SchemaVersion, SubscribeError};
use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReply, ExtensionId,
    convert::{optional_id, set, set_json_type},
    header, json, limits,
};

/// The call: who subscribes to what, and where it is to be delivered.
///
/// It is made after registering and before the first call for the next event. Another one replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscribe {
    /// The subscriber.
    pub extension_id: ExtensionId,
    /// The form of the events; one of [`SchemaVersion::TELEMETRY`].
    pub schema_version: SchemaVersion,
    /// Where events are delivered to.
    pub destination: Destination,
    /// Which events; at least one category.
    pub types: Vec<Category>,
    /// How long events are kept back.
    pub buffering: Buffering,
}

/// How many events are kept back, and how long: a batch is sent when it reaches any of the three.
///
/// The bounds, and the defaults for what a subscriber leaves out, are in [`limits`]. For `maxItems` the
/// [reference](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html) says 1,000, while the
/// [guide](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html) and AWS's open-source runtime
/// interface emulator have the 10,000 that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Buffering {
    /// Most events.
    pub max_items: u32,
    /// Most bytes.
    pub max_bytes: u32,
    /// Longest time since the first event; whole milliseconds on the wire.
    pub timeout: Duration,
}

impl Default for Buffering {
    fn default() -> Self {
        Self {
            max_items: limits::TELEMETRY_MAX_ITEMS.default,
            max_bytes: limits::TELEMETRY_MAX_BYTES.default,
            timeout: limits::TELEMETRY_TIMEOUT.default,
        }
    }
}

impl Buffering {
    /// Largest batch to expect: twice `max_bytes`, and what stands around each record.
    ///
    /// Source: [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
    pub fn batch_bytes(&self) -> usize {
        let bytes = usize::try_from(self.max_bytes).unwrap_or(usize::MAX);
        let items = usize::try_from(self.max_items).unwrap_or(usize::MAX);
        bytes.saturating_mul(2).saturating_add(items.saturating_mul(limits::TELEMETRY_EVENT_BYTES))
    }
}

impl Subscribe {
    /// A subscription to the newest form of events, with the default buffering.
    pub fn new(extension_id: ExtensionId, destination: Destination, types: Vec<Category>) -> Self {
        Self {
            extension_id,
            schema_version: SchemaVersion::V20250129,
            destination,
            types,
            buffering: Buffering::default(),
        }
    }

    /// Looks for what the service would refuse, before it is asked; by the same rules.
    ///
    /// # Errors
    ///
    /// [`Problems`] with everything that is out of its bounds.
    pub fn check(&self) -> Result<(), Problems> {
        self.check_as(&SchemaVersion::TELEMETRY)
    }

    pub(super) fn check_as(&self, versions: &[SchemaVersion]) -> Result<(), Problems> {
        let mut problems = Vec::new();
        // A host that only emulators know is not for the service to judge.
        let body = Body::new(&Self { destination: self.destination.on_lambda(), ..self.clone() });
        let _checked = body.check(self.extension_id.clone(), versions, None, &mut problems);
        if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the identifier cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        Body::new(self).to_http(&Endpoint::TelemetrySubscribe, &self.extension_id)
    }

    /// Decodes and checks the call; members that are not known are ignored.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::Subscriber`] without an identifier, [`SubscribeError::Invalid`] with all that is wrong
    /// with the body.
    pub fn from_http(headers: &HeaderMap, body: &[u8]) -> Result<Self, SubscribeError> {
        let extension_id = subscriber(headers)?;
        let mut problems = Vec::new();
        let body = Body::decode(body)?;
        let checked = body.check(extension_id, &SchemaVersion::TELEMETRY, None, &mut problems);
        finish(checked, problems)
    }
}

/// Who subscribes.
pub(super) fn subscriber(headers: &HeaderMap) -> Result<ExtensionId, SubscribeError> {
    optional_id(headers, &header::EXTENSION_ID)
        .and_then(|id| id.ok_or(DecodeError::MissingHeader { name: header::EXTENSION_ID }))
        .map_err(SubscribeError::Subscriber)
}

/// What was checked, unless a problem was found.
pub(super) fn finish<T>(checked: Option<T>, problems: Vec<Problem>) -> Result<T, SubscribeError> {
    match checked {
        Some(checked) if problems.is_empty() => Ok(checked),
        _ => Err(SubscribeError::Invalid(problems.into())),
    }
}

/// The body as it stands on the wire, of both APIs, before it is checked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    schema_version: Option<String>,
    pub(super) destination: Option<DestinationBody>,
    types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffering: Option<BufferingBody>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DestinationBody {
    protocol: Option<String>,
    #[serde(rename = "URI", skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<i64>,
    // Members of the Logs API only: of whatever JSON type, the Telemetry API ignores them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BufferingBody {
    max_items: Option<i64>,
    max_bytes: Option<i64>,
    timeout_ms: Option<i64>,
}

/// The members that are objects themselves.
#[derive(Deserialize)]
struct Parts {
    #[serde(rename = "destination")]
    _destination: Option<Map<String, Value>>,
    #[serde(rename = "buffering")]
    _buffering: Option<Map<String, Value>>,
}

impl Body {
    pub(super) fn new(subscribe: &Subscribe) -> Self {
        let (protocol, uri, port) = match &subscribe.destination {
            Destination::Http { uri } => ("HTTP", Some(uri.to_string()), None),
            Destination::Tcp { port } => ("TCP", None, Some(i64::from(*port))),
        };
        let protocol = Some(protocol.to_owned());
        Self {
            schema_version: Some(subscribe.schema_version.as_str().to_owned()),
            destination: Some(DestinationBody { protocol, uri, port, method: None, encoding: None }),
            types: Some(subscribe.types.iter().map(|category| category.as_str().to_owned()).collect()),
            buffering: Some(BufferingBody {
                max_items: Some(subscribe.buffering.max_items.into()),
                max_bytes: Some(subscribe.buffering.max_bytes.into()),
                timeout_ms: Some(i64::try_from(subscribe.buffering.timeout.as_millis()).unwrap_or(i64::MAX)),
            }),
        }
    }

    pub(super) fn to_http(
        &self,
        endpoint: &Endpoint,
        extension_id: &ExtensionId,
    ) -> Result<Request<Bytes>, EncodeError> {
        let mut request = endpoint.to_http(serde_json::to_vec(self).unwrap_or_default().into());
        set(request.headers_mut(), header::EXTENSION_ID, Some(extension_id.as_str()))?;
        set_json_type(request.headers_mut());
        Ok(request)
    }

    pub(super) fn decode(body: &[u8]) -> Result<Self, SubscribeError> {
        let invalid = |error| SubscribeError::Invalid(Problem::Body(error).into());
        let decoded = json::decode(body).map_err(invalid)?;
        // A list of the members would do for serde, and not for the service.
        json::decode::<Map<String, Value>>(body).map_err(invalid)?;
        json::decode::<Parts>(body).map_err(invalid)?;
        Ok(decoded)
    }

    /// Checks every member, so that all problems are found at once. `None` only if there is a problem.
    pub(super) fn check(
        &self,
        extension_id: ExtensionId,
        versions: &[SchemaVersion],
        default_version: Option<SchemaVersion>,
        problems: &mut Vec<Problem>,
    ) -> Option<Subscribe> {
        let schema_version = match self.schema_version.as_deref().map(SchemaVersion::from_name) {
            None => note(default_version.ok_or(Problem::SchemaVersionMissing), problems),
            Some(Some(version)) if versions.contains(&version) => Some(version),
            Some(_) => note(Err(Problem::SchemaVersion), problems),
        };
        let destination = match &self.destination {
            None => note(Err(Problem::DestinationMissing), problems),
            Some(destination) => match destination.check() {
                Ok(destination) => Some(destination),
                Err(found) => {
                    problems.extend(found.into_vec());
                    None
                }
            },
        };
        let types = note(self.types(), problems);
        let buffering = self.buffering.as_ref().map_or_else(Buffering::default, |body| body.check(problems));
        Some(Subscribe {
            extension_id,
            schema_version: schema_version?,
            destination: destination?,
            types: types?,
            buffering,
        })
    }

    fn types(&self) -> Result<Vec<Category>, Problem> {
        let names = self.types.as_deref().unwrap_or_default();
        if names.is_empty() {
            return Err(Problem::TypesMissing);
        }
        names.iter().map(|name| Category::from_name(name)).collect::<Option<_>>().ok_or(Problem::Types)
    }
}

/// The value, or a note of the problem.
pub(super) fn note<T>(checked: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}

impl DestinationBody {
    fn check(&self) -> Result<Destination, Problems> {
        match self.protocol.as_deref() {
            Some("HTTP") => {
                let uri = self.uri.as_deref().ok_or(Problem::UriMissing)?.parse()?;
                Ok(Destination::Http { uri })
            }
            Some("TCP") => {
                let port = self.port.ok_or(Problem::PortMissing)?;
                let port = u16::try_from(port).ok().filter(|&port| port > 0).ok_or(Problem::Port)?;
                Ok(Destination::Tcp { port })
            }
            Some(_) => Err(Problem::Protocol.into()),
            None => Err(Problem::ProtocolMissing.into()),
        }
    }
}

impl BufferingBody {
    fn check(&self, problems: &mut Vec<Problem>) -> Buffering {
        let (items, bytes, timeout) =
            (limits::TELEMETRY_MAX_ITEMS, limits::TELEMETRY_MAX_BYTES, limits::TELEMETRY_TIMEOUT);
        let count = |given, range: limits::Range<u32>| match given {
            None => Some(range.default),
            Some(given) => u32::try_from(given).ok().filter(|given| (range.min..=range.max).contains(given)),
        };
        let max_items = note(count(self.max_items, items).ok_or(Problem::MaxItems), problems);
        let max_bytes = note(count(self.max_bytes, bytes).ok_or(Problem::MaxBytes), problems);
        let time = match self.timeout_ms {
            None => Some(timeout.default),
            Some(given) => u64::try_from(given)
                .ok()
                .map(Duration::from_millis)
                .filter(|given| (timeout.min..=timeout.max).contains(given)),
        };
        let time = note(time.ok_or(Problem::Timeout), problems);
        Buffering {
            max_items: max_items.unwrap_or(items.default),
            max_bytes: max_bytes.unwrap_or(bytes.default),
            timeout: time.unwrap_or(timeout.default),
        }
    }
}

/// The reply of both APIs: the extension has subscribed.
///
/// ```
/// use lambda_api::telemetry::Subscribed;
///
/// let reply = Subscribed.to_http();
/// assert_eq!((reply.status().as_u16(), &reply.body()[..]), (200, &b"\"OK\""[..]));
/// assert_eq!(Subscribed::from_http(reply), Ok(Subscribed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribed;

impl Subscribed {
    /// The reply with its body, a JSON string.
    pub fn to_http(self) -> Response<Bytes> {
        Response::new(Bytes::from_static(b"\"OK\""))
    }

    /// Status 200 alone counts, whatever the body is.
    ///
    /// # Errors
    ///
    /// The refusal, for any other status. A 202 is one: so emulators answer that cannot deliver events.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ErrorReply> {
        if reply.status() == StatusCode::OK { Ok(Self) } else { Err(ErrorReply::from_http(reply)) }
    }
}
