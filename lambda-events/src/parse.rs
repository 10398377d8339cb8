//! Events out of bytes with errors that people can act on.

use std::fmt;

use serde::Deserialize;

use crate::{Source, detect};

/// Why bytes are no event of a type.
///
/// It says where, what was expected and what was there, and which service's event it looks like if that is another one. It does
/// not say what the event contains.
#[derive(Debug)]
pub struct ParseError {
    path: String,
    source: serde_json::Error,
    type_name: &'static str,
    detected: Option<Source>,
}

/// Reads an event that may borrow from its bytes, as [`from_slice`](crate::from_slice) does, with better errors.
///
/// Only what has failed is read a second time, so that this costs nothing else.
///
/// # Errors
///
/// [`ParseError`] if the bytes are no event of this type.
///
/// ```
/// # #[cfg(feature = "sqs")] {
/// use lambda_events::{Source, parse, sqs::Sqs};
///
/// let event = br#"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"hello"}}]}"#;
/// let error = parse::<Sqs<'_>>(event).unwrap_err();
/// assert_eq!((error.path(), error.record(), error.detected()), ("Records[0]", Some(0), Some(Source::Sns)));
/// assert_eq!(
///     error.to_string(),
///     "Records[0]: missing field `messageId` at line 1 column 63; this looks like an event of Amazon SNS, \
///      whose type is lambda_events::sns::Sns"
/// );
/// # }
/// ```
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ParseError> {
    crate::from_slice(bytes).map_err(|_| {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let read = serde_path_to_error::deserialize::<_, T>(&mut deserializer);
        let (path, source) = match read.map_err(|error| (error.path().to_string(), error.into_inner())) {
            Err((path, source)) => (path, source),
            // It was whole, and something follows it.
            Ok(_) => (String::new(), deserializer.end().err().unwrap_or_else(missing)),
        };
        let path = if path == "." { String::new() } else { path };
        ParseError { path, source, type_name: std::any::type_name::<T>(), detected: detect(bytes) }
    })
}

#[cold]
fn missing() -> serde_json::Error {
    serde::de::Error::custom("the event cannot be read")
}

impl ParseError {
    /// Where in the event: `Records[3].body`; empty for the event as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The place of the record that it is about, from 0.
    pub fn record(&self) -> Option<usize> {
        let (_, rest) = self.path.split_once('[')?;
        rest.split_once(']')?.0.parse().ok()
    }

    /// Which service's event it looks like.
    pub fn detected(&self) -> Option<Source> {
        self.detected
    }

    /// The service that it looks like, if it has another type.
    fn hint(&self) -> Option<Source> {
        self.detected.filter(|source| {
            let is_of_module = self.type_name.contains(&format!("lambda_events::{}::", source.module()));
            let last = |name: &'static str| {
                name.split('<').next().and_then(|name| name.rsplit("::").next()).unwrap_or_default()
            };
            let is_it = last(self.type_name) == last(source.type_name());
            // Of these any type of the module may be meant.
            let has_several = matches!(
                source,
                Source::CloudFormation
                    | Source::Cognito
                    | Source::DynamoDb
                    | Source::IotRegistry
                    | Source::Kinesis
            );
            !(is_of_module && (is_it || has_several))
        })
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.source)?;
        match self.hint() {
            Some(source) => write!(
                f,
                "; this looks like an event of {source}, whose type is lambda_events::{}",
                source.type_name()
            ),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}
