//! Carries batches of telemetry to a subscriber: requests over HTTP, or lines over a TCP connection.
//!
//! One task for each subscriber, one batch at a time, one connection that is kept. What is sent and when, and
//! whether it is sent again, is decided in [`core`](crate::core). `sandbox.localdomain` is the loopback here. Source:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

use std::{io, net::Ipv4Addr};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use lambda_api::{ExtensionId, telemetry::Destination};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use crate::driver::Message;

/// Dropping it ends the connection, whatever is on its way.
#[derive(Debug)]
pub(crate) struct Courier {
    destination: Destination,
    batches: mpsc::UnboundedSender<(u64, Vec<Bytes>)>,
    task: AbortHandle,
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("the subscriber answered {0}")]
    Status(http::StatusCode),
}

impl Courier {
    pub(crate) fn start(
        destination: Destination,
        method: Method,
        subscriber: ExtensionId,
        messages: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let (batches, mut receiver) = mpsc::unbounded_channel::<(u64, Vec<Bytes>)>();
        let mut line = Line::new(&destination, method);
        let task = tokio::spawn(async move {
            while let Some((number, events)) = receiver.recv().await {
                let result = line.carry(&events).await.map_err(|error| error.to_string());
                let subscriber = subscriber.clone();
                let _gone = messages.send(Message::Delivered { number, subscriber, result });
            }
        });
        Self { destination, batches, task: task.abort_handle() }
    }

    pub(crate) fn destination(&self) -> &Destination {
        &self.destination
    }

    pub(crate) fn send(&self, number: u64, events: Vec<Bytes>) {
        // The task lives as long as this.
        let _alive = self.batches.send((number, events));
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The connection, made when it is needed and made anew after a failure.
enum Line {
    Http { port: u16, path: Uri, method: Method, open: Option<Open> },
    Tcp { port: u16, open: Option<TcpStream> },
}

struct Open {
    sender: http1::SendRequest<Full<Bytes>>,
    /// The connection's task, which ends with this.
    _connection: JoinSet<()>,
}

impl Line {
    fn new(destination: &Destination, method: Method) -> Self {
        match destination {
            Destination::Http { uri } => {
                let path = uri.path().parse().unwrap_or_default();
                Self::Http { port: uri.port(), path, method, open: None }
            }
            Destination::Tcp { port } => Self::Tcp { port: *port, open: None },
            // There is no other; whatever it is, nobody listens there.
            _ => Self::Tcp { port: 0, open: None },
        }
    }

    async fn carry(&mut self, events: &[Bytes]) -> Result<(), Error> {
        match self {
            Self::Http { port, path, method, open } => {
                let was_kept = open.as_ref().is_some_and(|open| !open.sender.is_closed());
                let body = array(events);
                match post(*port, path, method, open, body.clone()).await {
                    // A kept connection may have been closed by its other side, which is no refusal.
                    Err(Error::Http(_)) if was_kept => {
                        *open = None;
                        post(*port, path, method, open, body).await
                    }
                    result => result,
                }
            }
            Self::Tcp { port, open } => {
                let mut stream = match open.take() {
                    Some(stream) => stream,
                    None => connect(*port).await?,
                };
                stream.write_all(&lines(events)).await?;
                *open = Some(stream);
                Ok(())
            }
        }
    }
}

async fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn post(
    port: u16,
    path: &Uri,
    method: &Method,
    open: &mut Option<Open>,
    body: Bytes,
) -> Result<(), Error> {
    let kept = open.take().filter(|open| !open.sender.is_closed());
    let mut connection = match kept {
        Some(open) => open,
        None => {
            let stream = connect(port).await?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            let mut task = JoinSet::new();
            task.spawn(async move {
                // Its end is seen by the request.
                let _ended = connection.await;
            });
            Open { sender, _connection: task }
        }
    };
    connection.sender.ready().await?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method.clone();
    *request.uri_mut() = path.clone();
    let headers = request.headers_mut();
    if let Ok(host) = HeaderValue::from_str(&format!("sandbox.localdomain:{port}")) {
        headers.insert(header::HOST, host);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let reply = connection.sender.send_request(request).await?;
    let status = reply.status();
    // Read to its end, the connection can be kept; what it says beyond its status nobody wants to know.
    let mut body = reply.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    *open = Some(connection);
    if status.is_success() { Ok(()) } else { Err(Error::Status(status)) }
}

fn array(events: &[Bytes]) -> Bytes {
    let mut body = BytesMut::from(&b"["[..]);
    for (at, event) in events.iter().enumerate() {
        if at > 0 {
            body.extend_from_slice(b",");
        }
        body.extend_from_slice(event);
    }
    body.extend_from_slice(b"]");
    body.freeze()
}

fn lines(events: &[Bytes]) -> Bytes {
    let mut body = BytesMut::new();
    for event in events {
        body.extend_from_slice(event);
        body.extend_from_slice(b"\n");
    }
    body.freeze()
}
