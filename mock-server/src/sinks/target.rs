//! What can stand in place of a destination, as a text: for the command line and for files of settings.

use std::{fmt, path::PathBuf, str::FromStr};

use http::Uri;

use super::http::Endpoint;

/// What stands in place of a destination.
///
/// | text | messages |
/// |---|---|
/// | `memory` | are kept, and read by a test |
/// | `file:PATH` | are appended to a file, one line of JSON each |
/// | `http://HOST:PORT/PATH` | are posted, as JSON each; any 2xx takes one |
/// | `sqs:QUEUE_URL` | are sent to a queue that speaks SQS, over plain HTTP |
/// | `function` | are what the function that the destination names is invoked with |
///
/// ```
/// use mock_server::SinkTarget;
///
/// let target: SinkTarget = "file:failures.jsonl".parse()?;
/// assert_eq!(target, SinkTarget::File("failures.jsonl".into()));
/// assert!("https://example.com/".parse::<SinkTarget>().is_err());
/// # Ok::<(), mock_server::SinkTargetError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkTarget {
    /// Memory.
    #[default]
    Memory,
    /// A file with a line of JSON for each message. It is there from the first message on; its folder has to be there before.
    File(PathBuf),
    /// An HTTP endpoint that takes JSON.
    Http(Uri),
    /// A queue that speaks SQS, by its URL.
    ///
    /// Requests are signed for `us-east-1`, with `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` where
    /// they are set, and otherwise with placeholders, which is enough for what stands in for SQS on one's own machine.
    #[cfg(feature = "sqs")]
    Sqs(Uri),
    /// The function of the service that the destination names.
    Function,
}

/// A text names nothing that can stand in place of a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SinkTargetError {
    /// It is none of the forms.
    #[error(
        "{text:?} is no sink: expected memory, file:PATH, http://HOST:PORT/PATH, sqs:QUEUE_URL or function"
    )]
    Form {
        /// The text.
        text: String,
    },
    /// The URL is not one of plain HTTP with a host.
    #[error("{text:?} is no sink: expected a URL such as http://localhost:8080/path, without TLS")]
    Url {
        /// The text.
        text: String,
    },
    /// This build cannot speak SQS.
    #[error("{text:?} needs mock-server to be built with --features sqs")]
    WithoutSqs {
        /// The text.
        text: String,
    },
}

impl FromStr for SinkTarget {
    type Err = SinkTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let owned = || text.to_owned();
        let uri = |url: &str| {
            let uri = url.parse().ok().filter(Endpoint::is_possible_at);
            uri.ok_or_else(|| SinkTargetError::Url { text: owned() })
        };
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            None if text == "function" => Ok(Self::Function),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("http" | "https", _)) => Ok(Self::Http(uri(text)?)),
            #[cfg(feature = "sqs")]
            Some(("sqs", url)) => Ok(Self::Sqs(uri(url)?)),
            #[cfg(not(feature = "sqs"))]
            Some(("sqs", url)) => uri(url).and(Err(SinkTargetError::WithoutSqs { text: owned() })),
            _ => Err(SinkTargetError::Form { text: owned() }),
        }
    }
}

impl fmt::Display for SinkTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Http(url) => write!(f, "{url}"),
            #[cfg(feature = "sqs")]
            Self::Sqs(url) => write!(f, "sqs:{url}"),
            Self::Function => f.write_str("function"),
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn what_a_text_says_is_shown_as_the_same_text() {
        for (text, target) in [
            ("memory", SinkTarget::Memory),
            ("function", SinkTarget::Function),
            ("file:out.jsonl", SinkTarget::File("out.jsonl".into())),
            ("file:/tmp/a:b", SinkTarget::File("/tmp/a:b".into())),
            (
                "http://localhost:8080/path?q=1",
                SinkTarget::Http("http://localhost:8080/path?q=1".parse().unwrap()),
            ),
            #[cfg(feature = "sqs")]
            ("sqs:http://localhost:4566/000000000000/q", {
                SinkTarget::Sqs("http://localhost:4566/000000000000/q".parse().unwrap())
            }),
        ] {
            assert_eq!(text.parse(), Ok(target.clone()));
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_sink_is_refused_with_its_text() {
        for text in
            ["", "Memory", "file", "file:", "functions", "out.jsonl", "s3:bucket", "arn:aws:sqs:r:1:q"]
        {
            assert_eq!(text.parse::<SinkTarget>(), Err(SinkTargetError::Form { text: text.to_owned() }));
        }
        for text in [
            "http:",
            "http://",
            "http:///path",
            "https://localhost/",
            "http://user@localhost/",
            "sqs:",
            "sqs:orders",
        ] {
            assert_eq!(text.parse::<SinkTarget>(), Err(SinkTargetError::Url { text: text.to_owned() }));
        }
    }

    #[cfg(not(feature = "sqs"))]
    #[test]
    fn a_build_that_cannot_speak_sqs_says_which_feature_it_lacks() {
        let error = "sqs:http://localhost/q".parse::<SinkTarget>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#""sqs:http://localhost/q" needs mock-server to be built with --features sqs"#
        );
    }
}
