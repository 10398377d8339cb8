//! Streamed responses: what of them is on the wire and when, and how each bad end is told.
//!
//! Here: a stream that can be told what to do, and a handler with a stream for each way to end. The handler is
//! served by hand, byte by byte, in `failures`, and by `mock-server` in `mock`. Buffered responses are in
//! `responses`.

#![expect(clippy::unwrap_used, reason = "a producer that cannot go on fails the test")]

mod channel;
mod failures;
mod head;
mod mock;
mod pressure;
mod prompt;

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use lambda_runtime::{Error, LambdaEvent, MetadataPrelude, Response, streaming};

use crate::reply::{Event, event};

/// What a stream does when it is polled.
enum Step {
    Give(&'static str),
    Fail(Error),
    Panic(&'static str),
    /// Is not ready so many times, however soon it is asked again.
    Wait(u8),
}

/// Longer than anybody looks for a first piece before the head is sent.
const WAIT: Step = Step::Wait(20);

/// A stream made by hand.
struct Steps {
    steps: VecDeque<Step>,
    panics_when_dropped: bool,
}

fn steps(steps: impl IntoIterator<Item = Step>) -> Steps {
    Steps { steps: steps.into_iter().collect(), panics_when_dropped: false }
}

impl Stream for Steps {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Give(data)) => Some(Ok(Bytes::from_static(data.as_bytes()))),
            Some(Step::Fail(error)) => Some(Err(error)),
            Some(Step::Panic(message)) => panic!("{message}"),
            Some(Step::Wait(times)) => {
                if times > 1 {
                    self.steps.push_front(Step::Wait(times - 1));
                }
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            None => None,
        })
    }
}

/// What an iterator gives, each piece as soon as it is asked for.
struct Pieces<I>(I);

fn pieces<T: IntoIterator>(pieces: T) -> Pieces<T::IntoIter> {
    Pieces(pieces.into_iter())
}

impl<I: Iterator + Unpin> Stream for Pieces<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        assert!(!self.panics_when_dropped, "cannot let go");
    }
}

/// An event whose deadline is fifteen minutes after a service in memory begins.
fn patient(payload: impl AsRef<[u8]>) -> Event {
    event(payload).header("Lambda-Runtime-Deadline-Ms", "1700000900000")
}

/// A way to end badly after the piece `before`, and what is told of it.
#[derive(Clone, Copy)]
struct BadEnd {
    /// The event that asks for it.
    name: &'static str,
    error_type: &'static str,
    report_type: &'static str,
    message: &'static str,
}

const fn bad_end(
    name: &'static str,
    error_type: &'static str,
    report_type: &'static str,
    message: &'static str,
) -> BadEnd {
    BadEnd { name, error_type, report_type, message }
}

const BAD_ENDS: [BadEnd; 14] = [
    bad_end("error", "Function.HandlerError", "HandlerError", "it broke"),
    bad_end("own type", "Function.OrderNotFound", "OrderNotFound", "no order 42"),
    bad_end("two lines", "Function.Unknown", "Two\r\nLines: 1", "first\r\nsecond"),
    bad_end("not ascii", "Function.Unknown", "Größe", "漢字 🦀 \0"),
    bad_end("pretender", "Function.Runtime.ExitError", "Runtime.ExitError", ""),
    bad_end("panic", "Function.Panic", "Panic", "out of order"),
    bad_end("panic and cling", "Function.Panic", "Panic", "out of order"),
    bad_end("error and cling", "Function.HandlerError", "HandlerError", "it broke"),
    bad_end("panic later", "Function.Panic", "Panic", "out of order"),
    bad_end("http error", "Function.HandlerError", "HandlerError", "it broke"),
    bad_end("http panic", "Function.Panic", "Panic", "out of order"),
    bad_end("producer", "Function.Panic", "Panic", "the task that produced the stream panicked"),
    bad_end("abort", "Function.StreamAborted", "StreamAborted", "the stream was aborted"),
    bad_end("abort with", "Function.OrderNotFound", "OrderNotFound", "no order 42"),
];

/// What the stream of a bad end gives before it ends: the prelude, if it is an HTTP stream, and the first piece.
fn before(name: &str) -> Vec<u8> {
    let prelude: &[u8] = if name.starts_with("http") { b"{\"statusCode\":200}\0\0\0\0\0\0\0\0" } else { b"" };
    [prelude, b"before"].concat()
}

/// Ends as its event asks for; streams `whole` if the event is `fine`.
async fn end_as_told(event: LambdaEvent<String>) -> Result<Response, Error> {
    let not_found = || Error::from("no order 42").with_type("OrderNotFound");
    let name = &*event.payload;
    let bad = match name {
        "error" | "error and cling" | "http error" => Step::Fail("it broke".into()),
        "own type" => Step::Fail(not_found()),
        "two lines" => Step::Fail(Error::from("first\r\nsecond").with_type("Two\r\nLines: 1")),
        "not ascii" => Step::Fail(Error::from("漢字 🦀 \0").with_type("Größe")),
        "pretender" => Step::Fail(Error::from("").with_type("Runtime.ExitError")),
        "panic" | "panic and cling" | "http panic" => Step::Panic("out of order"),
        "panic later" => {
            return Ok(Response::stream(steps([
                WAIT,
                Step::Give("before"),
                WAIT,
                Step::Panic("out of order"),
            ])));
        }
        "producer" | "abort" | "abort with" => {
            let (mut sender, body) = streaming::channel();
            event.context.spawn(async move {
                sender.send_data("before".into()).await.unwrap();
                match &*event.payload {
                    "abort" => sender.abort(),
                    "abort with" => sender.abort_with(not_found()),
                    _ => panic!("the producer is out of order"),
                }
            });
            return Ok(Response::stream(body));
        }
        "fine" => return Ok(Response::stream(steps([Step::Give("whole")]))),
        other => panic!("{other} is none of the ways to end"),
    };
    let mut stream = steps([Step::Give("before"), bad, Step::Give("after")]);
    stream.panics_when_dropped = name.ends_with("cling");
    Ok(match name.starts_with("http") {
        true => Response::http_stream(&MetadataPrelude::default(), stream),
        false => Response::stream(stream),
    })
}
