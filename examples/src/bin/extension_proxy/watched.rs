//! A body that is watched as it passes, and told of when it is over.

use std::{
    io::{self, Write},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use lambda_api::header;

/// A body; its line is written when it is dropped, which is as soon as it has passed.
pub(crate) struct Watched {
    body: Incoming,
    /// What the line begins with; without it there is none.
    subject: Option<String>,
    bytes: usize,
    has_ended: bool,
    /// The failure that the trailers of a streamed response tell of.
    error_type: Option<String>,
}

impl Watched {
    pub(crate) fn new(body: Incoming, subject: Option<String>) -> Self {
        Self { body, subject, bytes: 0, has_ended: false, error_type: None }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                self.bytes += frame.data_ref().map_or(0, Bytes::len);
                if let Some(error_type) = frame.trailers_ref().and_then(|all| all.get(header::ERROR_TYPE)) {
                    self.error_type = Some(String::from_utf8_lossy(error_type.as_bytes()).into_owned());
                }
                self.has_ended = frame.is_trailers();
            }
            Poll::Ready(None) => self.has_ended = true,
            _ => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let Some(subject) = &self.subject else { return };
        let bytes = self.bytes;
        // One with a known length is not asked again when it has come to that.
        let end = match &self.error_type {
            Some(error_type) => format!(", failed: {error_type}"),
            None if self.has_ended || self.body.is_end_stream() => String::new(),
            None => ", cut off".to_owned(),
        };
        let _closed = writeln!(io::stdout(), "{subject}: {bytes} bytes{end}");
    }
}
