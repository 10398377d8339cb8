//! Batches over HTTP: one connection, one request after the other.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit};

use super::{
    Batch, TelemetryError,
    inlet::{Inlet, Mode},
    listener::Activity,
};

/// Most that is read ahead of a batch that waits for room.
const READ_BYTES: usize = 64 * 1024;

/// Serves a connection until its other side closes it, or until the listener is closed and nothing is under way.
pub(super) async fn serve(stream: TcpStream, inlet: Arc<Inlet>, activity: Activity) {
    let mut mode = inlet.mode();
    let service = service_fn(|request| {
        let (inlet, activity) = (Arc::clone(&inlet), activity.clone());
        async move {
            activity.begin();
            let reply = receive(request, &inlet).await;
            activity.end();
            Ok::<_, Infallible>(reply)
        }
    });
    let mut builder = http1::Builder::new();
    let connection = builder.max_buf_size(READ_BYTES).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closed));
    let mut is_closing = false;
    poll_fn(|cx| {
        // Its error concerns the other side, which will send again what was not acknowledged.
        let ended = connection.as_mut().poll(cx);
        if ended.is_ready() || is_closing || closing.as_mut().poll(cx).is_pending() {
            return ended.map(drop);
        }
        is_closing = true;
        connection.as_mut().graceful_shutdown();
        connection.as_mut().poll(cx).map(drop)
    })
    .await;
}

/// Takes a batch in. Whatever it is, it is acknowledged as soon as it is in memory: what is refused is sent again.
async fn receive(request: Request<Incoming>, inlet: &Inlet) -> Response<Full<Bytes>> {
    // The Logs API lets subscribers choose between the two.
    if !matches!(*request.method(), Method::POST | Method::PUT) {
        return reply(StatusCode::METHOD_NOT_ALLOWED);
    }
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if let Some(bytes) = length.filter(|length| *length > inlet.capacity()) {
        return too_large(bytes, inlet);
    }
    let _under_way = inlet.begin();
    match take(request.into_body(), length, inlet).await {
        Ok(()) => reply(StatusCode::OK),
        Err(Refused::TooLarge(bytes)) => too_large(bytes, inlet),
        Err(Refused::CutOff) => reply(StatusCode::BAD_REQUEST),
        Err(Refused::Closed) => reply(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Room for so many bytes, unless the listener is closed before there is any.
async fn room(bytes: usize, inlet: &Inlet) -> Result<OwnedSemaphorePermit, Refused> {
    let mut mode = inlet.mode();
    let mut room = pin!(inlet.room(bytes));
    let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closed));
    let room = poll_fn(|cx| match room.as_mut().poll(cx) {
        Poll::Pending => closing.as_mut().poll(cx).map(|_| None),
        ready => ready,
    });
    room.await.ok_or(Refused::Closed)
}

/// Why a batch is not taken.
enum Refused {
    CutOff,
    TooLarge(usize),
    Closed,
}

/// Reads a body to its end and puts it into the queue.
///
/// The bytes are copied into a buffer of their own: a slice would keep all of the buffer into which they were read.
async fn take(mut body: Incoming, length: Option<usize>, inlet: &Inlet) -> Result<(), Refused> {
    // All that was announced, or all there is, so that two batches cannot wait for each other half-way.
    let room = room(length.map_or_else(|| inlet.capacity(), Inlet::needed), inlet).await?;
    let mut bytes = BytesMut::with_capacity(length.unwrap_or_default());
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.map_err(|_| Refused::CutOff)?.into_data() else { continue };
        let sum = bytes.len() + data.len();
        if sum > inlet.capacity() {
            return Err(Refused::TooLarge(sum));
        }
        bytes.extend_from_slice(&data);
    }
    if inlet.put(Batch::from_array(bytes.freeze()), room) { Ok(()) } else { Err(Refused::Closed) }
}

fn too_large(bytes: usize, inlet: &Inlet) -> Response<Full<Bytes>> {
    inlet.tell(TelemetryError::TooLarge { bytes, capacity: inlet.capacity() });
    reply(StatusCode::PAYLOAD_TOO_LARGE)
}

fn reply(status: StatusCode) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    if !status.is_success() {
        // What is left of the request is not worth reading.
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}
