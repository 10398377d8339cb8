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
    listener::Busy,
};

/// Serves a connection until its other side closes it, or until the listener is closed and nothing is under way.
pub(super) async fn serve(stream: TcpStream, inlet: Arc<Inlet>, busy: Busy) {
    let mut mode = inlet.mode();
    let service = service_fn(|request| {
        let (inlet, busy) = (Arc::clone(&inlet), busy.clone());
        async move {
            busy.set(true);
            let reply = receive(request, &inlet).await;
            busy.set(false);
            Ok::<_, Infallible>(reply)
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closed));
    let mut is_closing = false;
    poll_fn(|cx| {
        if !is_closing && closing.as_mut().poll(cx).is_ready() {
            is_closing = true;
            connection.as_mut().graceful_shutdown();
        }
        // Its error concerns the other side, which will send again what was not acknowledged.
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
    // Without a length nobody knows, so all there is.
    let Some(room) = room(length.unwrap_or_else(|| inlet.capacity()), inlet).await else {
        return reply(StatusCode::SERVICE_UNAVAILABLE);
    };
    let _under_way = inlet.begin();
    match collect(request.into_body(), length.unwrap_or_default(), inlet.capacity()).await {
        Ok(body) => {
            let is_taken = inlet.put(Batch::from_array(body), room);
            reply(if is_taken { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
        }
        Err(Broken::TooLarge(bytes)) => {
            drop(room);
            too_large(bytes, inlet)
        }
        Err(Broken::CutOff) => reply(StatusCode::BAD_REQUEST),
    }
}

/// Room for so many bytes, unless the listener is closed before there is any.
async fn room(bytes: usize, inlet: &Inlet) -> Option<OwnedSemaphorePermit> {
    let mut mode = inlet.mode();
    let mut room = pin!(inlet.room(bytes));
    let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closed));
    poll_fn(|cx| match room.as_mut().poll(cx) {
        Poll::Pending => closing.as_mut().poll(cx).map(|_| None),
        ready => ready,
    })
    .await
}

/// Why there is no body.
enum Broken {
    CutOff,
    TooLarge(usize),
}

/// Reads a body to its end; one that came in one piece is not copied.
async fn collect(mut body: Incoming, length: usize, most: usize) -> Result<Bytes, Broken> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Broken::CutOff)?;
        let Ok(data) = frame.into_data() else { continue };
        let sum = first.len() + rest.len() + data.len();
        if sum > most {
            return Err(Broken::TooLarge(sum));
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.reserve(length.max(sum));
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
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
