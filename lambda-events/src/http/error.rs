//! Why an event is no request.

use super::ResponseFormat;
use crate::Source;

/// Why an event is no [`Request`](super::Request).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is no JSON.
    #[error("the event is no JSON: {0}")]
    Json(serde_json::Error),
    /// It is of a service that sends no HTTP requests.
    #[error("the event is no HTTP request{}", looks_like(*.0))]
    NotHttp(Option<Source>),
    /// What the client sent cannot be a request; [`response_format`](Self::response_format) tells how to say so.
    #[error("the {part} of the request is refused: {problem}")]
    Refused {
        /// What of the request.
        part: Part,
        /// Why.
        problem: &'static str,
        /// Who has sent the event.
        sender: Source,
        /// What the sender takes as an answer.
        format: ResponseFormat,
    },
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The method.
    Method,
    /// The path or the query.
    Target,
    /// The headers, all together.
    Headers,
    /// The body.
    Body,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Method => "method",
            Self::Target => "path",
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}

impl RequestError {
    /// What the sender takes as an answer; `None` if no client waits for one.
    ///
    /// A client whose request was refused is told by a response with the status 400.
    pub fn response_format(&self) -> Option<ResponseFormat> {
        match self {
            Self::Refused { format, .. } => Some(*format),
            Self::Json(_) | Self::NotHttp(_) => None,
        }
    }
}

fn looks_like(source: Option<Source>) -> String {
    match source {
        Some(source) => format!(
            "; this looks like an event of {source}, whose type is lambda_events::{}",
            source.type_name()
        ),
        None => String::new(),
    }
}
