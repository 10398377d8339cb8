//! The response of a function on its way back: one that is whole, or one that streams.
//!
//! A stream that fails before its head is there becomes an ordinary error; later it is cut off, so that the client does not
//! take it for whole. Source:
//! [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Either;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    head::Rules,
    prelude::{Beginning, Split},
};
use crate::{
    core::Answer,
    driver::Piece,
    http::{
        CallerReply,
        streamed::{Streamed, Writer},
    },
    hub::Submission,
};

/// Which streams begin with a prelude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Preludes {
    /// Those whose content type announces it; others are all body.
    IfAnnounced,
    /// All of them.
    Always,
}

/// The answer, if the function has not failed.
pub(in crate::http) async fn answer(submission: Submission) -> Option<Answer> {
    let Submission { request_id, answer, .. } = submission;
    let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
    answer.error.is_none().then_some(answer)
}

/// A piece of the body, and its place among those that wait.
type Held = (Bytes, Option<OwnedSemaphorePermit>);

/// Waits for the head of a response that streams; `None` if the function has failed, or if it is no head.
pub(in crate::http) async fn stream(
    mut submission: Submission,
    preludes: Preludes,
    rules: &'static Rules,
) -> Option<CallerReply> {
    let Some(Piece::Begins(content_type)) = submission.pieces.recv().await else {
        // Without a beginning there is nothing but an error.
        let _error = answer(submission).await;
        return None;
    };
    let is_split = preludes == Preludes::Always || Beginning::is_announced(content_type.as_deref());
    let (status, headers, first) = match is_split {
        true => split(&mut submission, rules).await?,
        false => {
            let usual = rules.usual.map(|usual| (CONTENT_TYPE, HeaderValue::from_static(usual)));
            (StatusCode::OK, HeaderMap::from_iter(usual), (Bytes::new(), None))
        }
    };
    let (writer, body) = Streamed::new();
    let mut reply = Response::new(Either::Right(body));
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    tokio::spawn(write(submission, first, writer));
    Some(reply)
}

/// Takes the prelude off.
async fn split(submission: &mut Submission, rules: &'static Rules) -> Option<(StatusCode, HeaderMap, Held)> {
    let mut beginning = Beginning::new(rules);
    while let Some(piece) = submission.pieces.recv().await {
        let Piece::Bytes(bytes, place) = piece else { continue };
        match beginning.push(&bytes) {
            Split::Unfinished => {}
            Split::Head(status, headers, first) => return Some((status, headers, (first, place))),
            Split::Malformed => break,
        }
    }
    None
}

/// Writes the pieces as they come. If the client goes away the invocation does not.
async fn write(mut submission: Submission, first: Held, writer: Writer) {
    let mut next = Some(first);
    while let Some((bytes, _place)) = next {
        if !bytes.is_empty() && !writer.write(bytes).await {
            return;
        }
        next = loop {
            match submission.pieces.recv().await {
                Some(Piece::Bytes(bytes, place)) => break Some((bytes, place)),
                Some(Piece::Begins(_)) => {}
                None => break None,
            }
        };
    }
    if answer(submission).await.is_none() {
        writer.break_off().await;
    }
}
