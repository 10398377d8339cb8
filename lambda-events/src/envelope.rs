//! What a record carries, through whatever it has come: a message of a topic in a message of a queue, an event in base64 in a
//! record of a stream, log events that are compressed.
//!
//! A record gives its [`Content`] ([`Carries`]), and each layer is taken off by a method; what is left is read as a type. A layer
//! that is not there is no error where it may be left out: raw delivery of a topic is recognised, and so is what is not
//! compressed. An error concerns one record, so that in a [`Batch`](crate::batch) its neighbours are handled.
//!
//! ```
//! # #[cfg(feature = "sqs")] {
//! use lambda_events::{envelope::Carries, sqs::Message};
//!
//! #[derive(serde::Deserialize)]
//! struct Order {
//!     id: u32,
//! }
//!
//! // The queue is subscribed to a topic.
//! let body = r#"{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","Message":"{\"id\":4711}"}"#;
//! let message = Message { body: body.into(), ..Message::default() };
//! let order: Order = message.content()?.sns()?.json()?;
//! assert_eq!(order.id, 4711);
//! # }
//! # Ok::<(), lambda_events::envelope::EnvelopeError>(())
//! ```

use std::borrow::Cow;

use serde::Deserialize;

use crate::{ParseError, Source, Str};

/// The most that compressed content may become: more than any service sends.
#[cfg(feature = "gzip")]
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// A record that carries something.
pub trait Carries {
    /// What it carries, without base64.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Base64`] if it should be base64 and is not.
    fn content(&self) -> Result<Content<'_>, EnvelopeError>;
}

/// What a record carries: bytes, of which nothing else is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content<'a>(Cow<'a, [u8]>);

/// Why content cannot be taken out, or is no value of a type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is no base64.
    #[cfg(feature = "base64")]
    #[error("the content is no base64")]
    Base64(#[from] crate::value::Base64Error),
    /// It is no text.
    #[error("the content is no UTF-8")]
    Text(#[source] std::str::Utf8Error),
    /// It begins as gzip and does not go on so, or becomes too large.
    #[cfg(feature = "gzip")]
    #[error("the content cannot be decompressed")]
    Gzip(#[source] std::io::Error),
    /// It is no JSON of the type.
    #[error("the content is not what was expected")]
    Json(#[source] ParseError),
}

impl<'a> Content<'a> {
    /// Content that is there already.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as one's own.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_owned()
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Text`] if it is none.
    pub fn text(&self) -> Result<&str, EnvelopeError> {
        std::str::from_utf8(&self.0).map_err(EnvelopeError::Text)
    }

    /// The content as a type, which may borrow from it: one of one's own, or the event of another service.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Json`], which says where it differs, and which service's event it looks like.
    pub fn json<'s, T: Deserialize<'s>>(&'s self) -> Result<T, EnvelopeError> {
        crate::parse(&self.0).map_err(EnvelopeError::Json)
    }

    /// Which service's event it is, if it is one.
    pub fn source(&self) -> Option<Source> {
        crate::detect(&self.0)
    }

    /// The message of a topic's notification; the content itself if it is none, as with raw message delivery. Source:
    /// [raw message delivery](https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html).
    ///
    /// # Errors
    ///
    /// None so far; a layer of another kind may have some.
    pub fn sns(self) -> Result<Self, EnvelopeError> {
        #[derive(Deserialize)]
        struct Notification<'a> {
            #[serde(rename = "Type", borrow)]
            kind: Str<'a>,
            #[serde(rename = "TopicArn", borrow)]
            _topic: Str<'a>,
            #[serde(rename = "Message", borrow)]
            message: Str<'a>,
        }

        let message = match crate::from_slice::<Notification<'_>>(&self.0) {
            Ok(notification) if notification.kind == "Notification" => notification.message.into_string(),
            _ => return Ok(self),
        };
        Ok(Content(Cow::Owned(message.into_bytes())))
    }

    /// The content without compression; itself if it does not begin as gzip does.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Gzip`] if it does not go on so, or would become larger than 256 MB.
    #[cfg(feature = "gzip")]
    pub fn gunzip(self) -> Result<Self, EnvelopeError> {
        use std::io::{Error, Read};

        if !self.0.starts_with(&[0x1f, 0x8b]) {
            return Ok(self);
        }
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(&*self.0).take(MOST_BYTES + 1);
        decoder.read_to_end(&mut bytes).map_err(EnvelopeError::Gzip)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(EnvelopeError::Gzip(Error::other("it becomes too large")));
        }
        Ok(Content(Cow::Owned(bytes)))
    }
}

impl<'a> From<&'a str> for Content<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

#[cfg(feature = "base64")]
impl crate::value::Base64<'_> {
    /// The bytes as content, to be read as a type.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Base64`] if the text is no base64.
    pub fn content(&self) -> Result<Content<'static>, EnvelopeError> {
        Ok(Content::new(self.decode()?))
    }
}

#[cfg(feature = "sqs")]
impl Carries for crate::sqs::Message<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        Ok(Content::from(self.body.as_str()))
    }
}

#[cfg(feature = "kinesis")]
impl Carries for crate::kinesis::Record<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        self.kinesis.data.content()
    }
}

#[cfg(feature = "sns")]
impl Carries for crate::sns::Record<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        Ok(Content::from(self.sns.message.as_str()))
    }
}

#[cfg(feature = "firehose")]
impl Carries for crate::firehose::Record<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        self.data.content()
    }
}

/// One without a value carries nothing: its key is to be forgotten.
#[cfg(feature = "kafka")]
impl Carries for crate::kafka::Record<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        self.value.as_ref().map_or_else(|| Ok(Content::from("")), |value| value.content())
    }
}

#[cfg(feature = "activemq")]
impl Carries for crate::activemq::Message<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        self.data.content()
    }
}

#[cfg(feature = "rabbitmq")]
impl Carries for crate::rabbitmq::Message<'_> {
    fn content(&self) -> Result<Content<'_>, EnvelopeError> {
        self.data.content()
    }
}
