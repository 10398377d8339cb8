//! A body of HTTP as a stream of pieces, as the runtime sends them.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::Body;

use crate::{BoxError, Error};

pin_project_lite::pin_project! {
    /// The pieces of a body. Trailers have no way to the client and are left out.
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

impl<B: Body<Error: Into<BoxError>>> Stream for BodyStream<B> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = match ready!(self.as_mut().project().body.poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(Error::from(error)))),
                None => return Poll::Ready(None),
            };
            if let Ok(mut data) = frame.into_data() {
                return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
            }
        }
    }
}
