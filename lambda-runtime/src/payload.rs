//! What a handler may take as its event: owned types, bytes as they came, and types that borrow.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use bytes::Bytes;
use lambda_api::{ErrorType, json::JsonError};
pub use lambda_events::Borrowed;
use serde::{Deserialize, de::DeserializeOwned};

use crate::failure::Failure;

/// What a handler takes as the payload of its [`LambdaEvent`](crate::LambdaEvent).
///
/// Implemented for every type that deserialises and borrows nothing, for [`RawPayload`] and for [`Payload`].
pub trait FromEvent: Sized {
    /// Takes the event as it came.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] if it is not what the handler takes.
    fn from_event(event: RawPayload) -> Result<Self, PayloadError>;
}

impl<T: DeserializeOwned> FromEvent for T {
    fn from_event(event: RawPayload) -> Result<Self, PayloadError> {
        event.json()
    }
}

/// The event is not what the handler takes.
///
/// The text names the path and the type that was expected; it never holds the payload, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event cannot be decoded: {problem}")]
pub struct PayloadError {
    // Stands in the message and is no cause besides, because some callers are shown nothing else.
    problem: JsonError,
}

impl PayloadError {
    /// The same with what was found in the payload, for a log that may hold it.
    pub(crate) fn unredacted(&self) -> &str {
        self.problem.unredacted()
    }

    pub(crate) fn failure(&self) -> Failure {
        Failure::of_runtime(ErrorType::UNMARSHAL, self)
    }
}

/// An event as it came: any bytes, normally JSON.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, RawPayload, Response};
///
/// async fn upper(event: LambdaEvent<RawPayload>) -> Result<Response, Error> {
///     Ok(Response::bytes("text/plain", event.payload.to_ascii_uppercase()))
/// }
/// # let _ = upper;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawPayload {
    bytes: Bytes,
    content_type: Option<Cow<'static, str>>,
}

impl RawPayload {
    /// Bytes without a content type, to call a handler directly.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), content_type: None }
    }

    pub(crate) fn of(bytes: Bytes, content_type: Option<Cow<'static, str>>) -> Self {
        Self { bytes, content_type }
    }

    /// Says what the bytes are.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The content type that came with the event; Lambda says `application/json` if the caller said nothing.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The bytes, without a copy. As long as they are kept, so is the buffer in which they came, a few KB larger if they are small.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Reads the event as JSON; the result may borrow from it.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] naming the path. Anything after the JSON value is an error, too.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, PayloadError> {
        lambda_api::json::decode(&self.bytes).map_err(|problem| PayloadError { problem })
    }
}

impl Deref for RawPayload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for RawPayload {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl FromEvent for RawPayload {
    fn from_event(event: RawPayload) -> Result<Self, PayloadError> {
        Ok(event)
    }
}

/// An event of a type that borrows from it.
///
/// A handler's argument must own what it holds, so `T` is written with `'static` here and lent with the
/// shorter lifetime by [`get`](Self::get). For a type of your own, say once how the one becomes the other:
///
/// ```
/// use std::borrow::Cow;
/// use lambda_runtime::{Borrowed, Error, LambdaEvent, Payload};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order<'a> {
///     id: u32,
///     #[serde(borrow)]
///     note: Cow<'a, str>,
/// }
///
/// impl Borrowed for Order<'static> {
///     type Of<'a> = Order<'a>;
/// }
///
/// async fn length(event: LambdaEvent<Payload<Order<'static>>>) -> Result<usize, Error> {
///     let order = event.payload.get()?;
///     Ok(order.note.len())
/// }
/// # let _ = length;
/// ```
///
/// It is read when it is asked for. An error that leaves the handler is reported as what it is, an event that
/// cannot be decoded (`Runtime.UnmarshalError`).
pub struct Payload<T> {
    raw: RawPayload,
    lent: PhantomData<fn() -> T>,
}

impl<T> Payload<T> {
    /// An event that came from elsewhere, to call a handler directly.
    pub fn new(event: RawPayload) -> Self {
        Self { raw: event, lent: PhantomData }
    }

    /// The event as it came.
    pub fn raw(&self) -> &RawPayload {
        &self.raw
    }
}

impl<T: Borrowed> Payload<T> {
    /// Reads the event. Each call reads it anew: keep the result.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] naming the path. Anything after the JSON value is an error, too.
    pub fn get<'a>(&'a self) -> Result<T::Of<'a>, PayloadError>
    where
        T::Of<'a>: Deserialize<'a>,
    {
        self.raw.json()
    }
}

impl<T> Clone for Payload<T> {
    fn clone(&self) -> Self {
        Self::new(self.raw.clone())
    }
}

impl<T> fmt::Debug for Payload<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.raw).finish()
    }
}

impl<T: Borrowed> FromEvent for Payload<T> {
    fn from_event(event: RawPayload) -> Result<Self, PayloadError> {
        Ok(Self::new(event))
    }
}
