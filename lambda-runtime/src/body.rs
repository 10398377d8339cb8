//! The bodies of the runtime's posts: bytes that are there, or a stream with an error at its end at worst.
//!
//! A stream's metadata, the eight NULs and its first piece go out together. A piece that is an error, or a panic
//! on the way to it, ends the body with the error trailers; nothing of it gets into the body, and the end is never
//! mistaken for a good one.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use lambda_api::{
    ErrorReport,
    describe::crop_text,
    limits::TRAILER_BYTES,
    runtime::{ErrorTrailers, Prelude},
};
use tracing::{Span, warn};

use crate::{failure::Failure, panic::catch, response::Chunks, streaming::Trailers, whole::Whole};

/// How the metadata of a streamed HTTP response is cut into pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreludeForm {
    /// Together with the body's first piece, if there is one by then: one write, and the first byte is out.
    #[default]
    Joined,
    /// The metadata and the eight NULs as a piece each, which emulators that look at pieces need
    /// (`cargo lambda watch` does).
    Separate,
}

/// The body of a call.
pub(crate) enum CallBody {
    Full(Whole),
    // Boxed, because the other one is what nearly all calls have, and it is moved about.
    Stream(Box<StreamBody>),
}

/// A streamed response on its way.
pub(crate) struct StreamBody {
    /// What goes before the stream and has not gone yet.
    head: VecDeque<Bytes>,
    form: PreludeForm,
    /// What has been found and cannot go yet.
    waiting: Option<Piece>,
    /// `None` once it has ended.
    chunks: Option<Chunks>,
    /// The invocation's span, so that lines logged from inside the stream belong to it.
    span: Option<Span>,
}

enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    Failed(Failure),
    End,
}

impl CallBody {
    /// Bytes that are there.
    pub(crate) fn full(bytes: Bytes) -> Self {
        Self::Full(Whole::from(bytes))
    }
}

impl StreamBody {
    pub(crate) fn new(
        prelude: Option<&Prelude>,
        form: PreludeForm,
        chunks: Chunks,
        span: Option<Span>,
    ) -> Self {
        let mut head = VecDeque::new();
        if let Some(prelude) = prelude {
            let mut json = prelude.to_bytes();
            let end =
                (form == PreludeForm::Separate).then(|| json.split_off(json.len() - Prelude::END.len()));
            head.push_back(json);
            head.extend(end);
        }
        Self { head, form, waiting: None, chunks: Some(chunks), span }
    }

    /// Looks at the stream; whether it has something. One that has failed already need not become a body: its error
    /// can still be reported as an error of the function.
    pub(crate) fn look(&mut self, cx: &mut Context<'_>) -> Result<bool, Failure> {
        match self.poll_piece(cx) {
            Poll::Ready(Piece::Failed(failure)) => Err(failure),
            Poll::Ready(piece) => {
                self.waiting = Some(piece);
                Ok(true)
            }
            Poll::Pending => Ok(false),
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        if let Some(piece) = self.waiting.take() {
            return Poll::Ready(piece);
        }
        let Some(chunks) = &mut self.chunks else { return Poll::Ready(Piece::End) };
        let _entered = self.span.as_ref().map(Span::enter);
        // Whatever is the user's own runs inside, the texts of its errors included.
        let polled = catch(|| {
            loop {
                return match chunks.as_mut().poll_next(cx) {
                    Poll::Pending => Poll::Pending,
                    // In chunked coding an empty piece would be the end.
                    Poll::Ready(Some(Ok(data))) if data.is_empty() => continue,
                    Poll::Ready(Some(Ok(data))) => Poll::Ready(Piece::Data(data)),
                    Poll::Ready(Some(Err(error))) => Poll::Ready(match error.downcast_ref::<Trailers>() {
                        Some(Trailers(trailers)) => Piece::Trailers(trailers.clone()),
                        None => Piece::Failed(Failure::of_error(&error)),
                    }),
                    Poll::Ready(None) => Poll::Ready(Piece::End),
                };
            }
        });
        drop(_entered);
        let piece = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(piece)) => piece,
            Err(panic) => Piece::Failed(panic),
        };
        if !matches!(piece, Piece::Data(_)) {
            self.end();
        }
        Poll::Ready(piece)
    }

    /// Drops the stream; a panic of its drop is nobody's problem but its own.
    fn end(&mut self) {
        if let Some(chunks) = self.chunks.take() {
            let _entered = self.span.take().map(Span::entered);
            let _panic = catch(move || drop(chunks));
        }
    }

    fn poll_next_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        if self.form == PreludeForm::Separate
            && let Some(head) = self.head.pop_front()
        {
            return Poll::Ready(Some(Frame::data(head)));
        }
        let piece = match (self.poll_piece(cx), self.head.pop_front()) {
            (Poll::Pending, None) => return Poll::Pending,
            (Poll::Pending, Some(head)) => return Poll::Ready(Some(Frame::data(head))),
            (Poll::Ready(Piece::Data(data)), Some(head)) => {
                let mut joined = BytesMut::with_capacity(head.len() + data.len());
                joined.extend_from_slice(&head);
                joined.extend_from_slice(&data);
                return Poll::Ready(Some(Frame::data(joined.freeze())));
            }
            (Poll::Ready(piece), Some(head)) => {
                self.waiting = Some(piece);
                return Poll::Ready(Some(Frame::data(head)));
            }
            (Poll::Ready(piece), None) => piece,
        };
        Poll::Ready(match piece {
            Piece::Data(data) => Some(Frame::data(data)),
            Piece::Trailers(trailers) => Some(Frame::trailers(trailers)),
            Piece::Failed(failure) => {
                let Failure { error_type, report } = &failure;
                warn!(%error_type, error = %report.error_message, "the stream failed after it had begun");
                Some(Frame::trailers(ErrorTrailers::new(error_type, &short(report)).to_http()))
            }
            Piece::End => None,
        })
    }
}

/// The report as far as trailers have room for it, in base64 and beside their names.
fn short(report: &ErrorReport) -> ErrorReport {
    const MOST: usize = TRAILER_BYTES / 4 * 3 - 512;

    let mut report = report.clone();
    let fits = |report: &ErrorReport| report.to_json().len() <= MOST;
    while !fits(&report) && report.stack_trace.len() > 1 {
        report.stack_trace.truncate(report.stack_trace.len() / 2);
    }
    if !fits(&report) {
        report.cause = None;
        report.other.clear();
        report.stack_trace.clear();
    }
    let (whole, mut room) = (report.error_message.clone(), MOST);
    while !fits(&report) && room > 0 {
        room /= 2;
        report.error_message.clone_from(&whole);
        crop_text(&mut report.error_message, room);
    }
    report
}

impl Drop for StreamBody {
    fn drop(&mut self) {
        self.end();
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(whole) => Poll::Ready(whole.take().map(|piece| Ok(Frame::data(piece)))),
            Self::Stream(stream) => stream.poll_next_frame(cx).map(|frame| frame.map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(whole) => whole.is_empty(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(whole) => SizeHint::with_exact(whole.len() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
