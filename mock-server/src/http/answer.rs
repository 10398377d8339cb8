//! What a function's response becomes over HTTP, for [`function_url`](super::function_url) and the [`front`](super::front)s.
//!
//! Each front has its own [`Rules`]; what they have in common is here. `head` has status and headers, `buffered` a response
//! that is whole, `prelude` the beginning of one that streams, `stream` the way of its pieces. What is answered in place of a
//! function is each front's own affair.

use bytes::Bytes;
use http::Response;
use http_body_util::{Either, Full};

use super::CallerReply;

pub(super) mod buffered;
pub(super) mod head;
pub(super) mod prelude;
pub(super) mod stream;

pub(super) use head::{Members, Rules};

pub(super) fn whole(reply: Response<Bytes>) -> CallerReply {
    reply.map(|body| Either::Left(Full::new(body)))
}
