//! A body of HTTP as a stream of pieces, as the runtime sends them.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::HeaderMap;
use http_body::Body;
use lambda_api::header;

use crate::{BoxError, Error, streaming::Trailers};

pin_project_lite::pin_project! {
    /// The pieces of a body. Trailers have no way to the client and are left out, but for those in which Lambda reads of an
    /// error.
    pub(super) struct BodyStream<B> {
        #[pin]
        body: B,
    }
}

impl<B> BodyStream<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body }
    }
}

/// Whether trailers tell Lambda of an error.
pub(super) fn is_error(trailers: &HeaderMap) -> bool {
    trailers.contains_key(&header::ERROR_TYPE)
}

impl<B: Body<Error: Into<BoxError>>> Stream for BodyStream<B> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = match ready!(self.as_mut().project().body.poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(Error::from(error)))),
                None => return Poll::Ready(None),
            };
            match frame.into_data() {
                Ok(mut data) => return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining())))),
                Err(frame) => {
                    if let Some(trailers) = frame.into_trailers().ok().filter(is_error) {
                        return Poll::Ready(Some(Err(Trailers(trailers).into())));
                    }
                }
            }
        }
    }
}
