//! The event that a request was, as an extension of the request.
//!
//! What is not HTTP (who has called, the authorizer, variables of stage and path) is read when it is asked for, so that nobody else
//! pays for it.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{RequestContext, ResponseFormat, format::Format, uri::Target};
use crate::{
    Map, Source, Str,
    value::{Read, Value},
};

/// The event that a request was: an extension of each [`Request`](super::Request) that was read from one.
///
/// ```
/// use lambda_events::{Source, http};
///
/// let request = http::from_str(
///     r#"{"version":"2.0","rawPath":"/orders/7","routeKey":"GET /orders/{id}","pathParameters":{"id":"7"},
///         "requestContext":{"http":{"method":"GET"}}}"#,
/// )?;
/// let event = http::HttpEvent::of(&request).ok_or("it was read from an event")?;
/// assert_eq!(event.source(), Source::ApiGatewayHttp);
/// assert_eq!(event.path_parameters()["id"], "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HttpEvent {
    event: Bytes,
    format: Format,
    target: Target,
}

impl fmt::Debug for HttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in it may be secret.
        let Self { event, format, target } = self;
        f.debug_struct("HttpEvent")
            .field("source", &format.source)
            .field("path", &target.path())
            .field("bytes", &event.len())
            .finish()
    }
}

impl HttpEvent {
    pub(super) fn new(event: Bytes, format: Format, target: Target) -> Self {
        Self { event, format, target }
    }

    /// The event of a request, whichever body that has by now; `None` if it was not read from one.
    pub fn of<B>(request: &http::Request<B>) -> Option<&Self> {
        request.extensions().get()
    }

    /// Which service has sent it.
    pub fn source(&self) -> Source {
        self.format.source
    }

    /// How that service takes a response.
    pub fn response_format(&self) -> ResponseFormat {
        self.format.response
    }

    /// The path without the stage, not decoded.
    pub fn path(&self) -> &str {
        self.target.path()
    }

    /// The event as it came: JSON.
    pub fn payload(&self) -> &Bytes {
        &self.event
    }

    /// What the service knows of the request and of who sent it; `None` if the event has nothing of that.
    ///
    /// One that lacks what its type cannot be without is [`RequestContext::Other`].
    ///
    /// It is read anew each time.
    pub fn context(&self) -> Option<RequestContext<'_>> {
        RequestContext::read(self.format.source, &self.event)
    }

    /// The variables of the path, from API Gateway. They are read anew each time.
    pub fn path_parameters(&self) -> Map<'_, Str<'_>> {
        self.member("pathParameters")
    }

    /// The variables of the stage, from API Gateway. They are read anew each time.
    pub fn stage_variables(&self) -> Map<'_, Str<'_>> {
        self.member("stageVariables")
    }

    fn member(&self, name: &'static str) -> Map<'_, Str<'_>> {
        member(&self.event, name).unwrap_or_default()
    }
}

/// Reads one member of an event and skips the others; `None` if it is not there, null, or something else.
pub(super) fn member<'a, T: Value<'a>>(event: &'a [u8], name: &str) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(event).ok()?);
    Member(name, PhantomData).deserialize(&mut deserializer).ok()?
}

struct Member<'n, T>(&'n str, PhantomData<T>);

impl<'de, T: Value<'de>> DeserializeSeed<'de> for Member<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Value<'de>> Visitor<'de> for Member<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(name) = object.next_key::<Str<'de>>()? {
            if name != *self.0 {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
            found = match object.next_value::<Read<'de, T>>()? {
                Read::Value(value) => Some(value),
                Read::Null | Read::Odd(_) => None,
            };
        }
        Ok(found)
    }
}
