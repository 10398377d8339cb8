//! Passes calls on as they come, and replies as they come back; only `Host` is another.
//!
//! Each connection of the runtime's has one of its own to the API, so that whoever hangs up hangs up on the other side,
//! too. Bodies pass piece by piece, with their trailers. There is no time-out: a poll may wait for hours.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{self as client, SendRequest},
    header::{HOST, HeaderValue},
    server::conn::http1 as server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use lambda_api::{Endpoint, header, limits};
use lambda_extension::{BoxError, RuntimeApi};
use tokio::{net::TcpStream, sync::Mutex};

use crate::watched::Watched;

/// Room for the largest head of a message.
const BUFFER: usize = limits::HEADER_BYTES + 64 * 1024;

type Reply = Response<Either<Watched, Full<Bytes>>>;

/// Serves a connection of the runtime's to its end.
pub(crate) async fn serve(stream: TcpStream, api: RuntimeApi) {
    // A response is several small writes, which are not to wait for each other.
    let _slower = stream.set_nodelay(true);
    let upstream = Mutex::new(Upstream { api, open: None });
    let _broken = server::Builder::new()
        .preserve_header_case(true)
        .auto_date_header(false)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service_fn(|request| forward(&upstream, request)))
        .await;
}

async fn forward(upstream: &Mutex<Upstream>, request: Request<Incoming>) -> Result<Reply, Infallible> {
    let mut upstream = upstream.lock().await;
    Ok(match upstream.call(request).await {
        Ok(reply) => reply.map(Either::Left),
        Err(error) => {
            let mut reply =
                Response::new(Either::Right(Full::from(format!("no reply from the Runtime API ({error})"))));
            *reply.status_mut() = StatusCode::BAD_GATEWAY;
            reply
        }
    })
}

/// The other side of a connection.
struct Upstream {
    api: RuntimeApi,
    open: Option<SendRequest<Watched>>,
}

impl Upstream {
    async fn call(&mut self, mut request: Request<Incoming>) -> Result<Response<Watched>, BoxError> {
        request.headers_mut().insert(HOST, HeaderValue::from_str(self.api.authority())?);
        let subject = self.subject(&request);
        let mut kept = self.open.take();
        if let Some(open) = &mut kept
            && open.ready().await.is_err()
        {
            kept = None;
        }
        let mut open = match kept {
            Some(open) => open,
            None => connect(&self.api).await?,
        };
        let reply = open.send_request(request.map(|body| Watched::new(body, subject))).await?;
        // Kept only now: a call that is given up, or fails, takes the connection with it.
        self.open = Some(open);
        let event = reply.headers().get(header::REQUEST_ID);
        let event = event.map(|id| format!("event {}", String::from_utf8_lossy(id.as_bytes())));
        Ok(reply.map(|body| Watched::new(body, event)))
    }

    /// What to call the body of a call that is worth a line.
    fn subject(&self, request: &Request<Incoming>) -> Option<String> {
        let path = request.uri().path().strip_prefix(self.api.base_path())?;
        match Endpoint::parse(request.method(), path).ok()? {
            Endpoint::InvocationResponse { request_id } => Some(format!("response {request_id}")),
            Endpoint::InvocationError { request_id } => Some(format!("error {request_id}")),
            _ => None,
        }
    }
}

async fn connect(api: &RuntimeApi) -> Result<SendRequest<Watched>, BoxError> {
    let stream = api.connect().await?;
    let (sender, connection) = client::Builder::new()
        .preserve_header_case(true)
        .max_buf_size(BUFFER)
        .handshake(TokioIo::new(stream))
        .await?;
    // It ends with the sender, and its error comes to whoever waits for a reply.
    tokio::spawn(connection);
    Ok(sender)
}
