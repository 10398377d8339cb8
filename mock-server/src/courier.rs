//! Carries batches of telemetry to a subscriber: requests over HTTP, or lines over a TCP connection.
//!
//! One task for each subscriber, one batch at a time, one connection that is kept. What is sent and when, and
//! whether it is sent again, is decided in [`core`](crate::core). `sandbox.localdomain` is the loopback here. Source:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

use std::{io, net::Ipv4Addr, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use lambda_api::{ExtensionId, telemetry::Destination};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::timeout,
};

use crate::driver::Message;

/// Dropping it ends the connection, whatever is on its way.
#[derive(Debug)]
pub(crate) struct Courier {
    destination: Destination,
    method: Method,
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
        messages: mpsc::UnboundedSender<Box<Message>>,
    ) -> Self {
        let (batches, mut receiver) = mpsc::unbounded_channel::<(u64, Vec<Bytes>)>();
        let mut line = Line::new(&destination, method.clone());
        let task = tokio::spawn(async move {
            while let Some((number, events)) = receiver.recv().await {
                let result = line.carry(&events).await.map_err(|error| error.to_string());
                let subscriber = subscriber.clone();
                let _gone = messages.send(Box::new(Message::Delivered { number, subscriber, result }));
            }
        });
        Self { destination, method, batches, task: task.abort_handle() }
    }

    /// Whether it carries to this destination in this way.
    pub(crate) fn carries_to(&self, destination: &Destination, method: &Method) -> bool {
        self.destination == *destination && self.method == *method
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
    Http { host: HeaderValue, port: u16, path: Uri, method: Method, open: Option<Open> },
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
                let host = format!("{}:{}", uri.host(), uri.port());
                let host = HeaderValue::try_from(host).unwrap_or(HeaderValue::from_static("sandbox"));
                Self::Http { host, port: uri.port(), path, method, open: None }
            }
            Destination::Tcp { port } => Self::Tcp { port: *port, open: None },
            // There is no other; whatever it is, nobody listens there.
            _ => Self::Tcp { port: 0, open: None },
        }
    }

    async fn carry(&mut self, events: &[Bytes]) -> Result<(), Error> {
        match self {
            Self::Http { host, port, path, method, open } => {
                let was_kept = open.as_ref().is_some_and(|open| !open.sender.is_closed());
                let mut request = Request::new(Full::new(array(events)));
                *request.method_mut() = method.clone();
                *request.uri_mut() = path.clone();
                request.headers_mut().insert(header::HOST, host.clone());
                let json = HeaderValue::from_static("application/json");
                request.headers_mut().insert(header::CONTENT_TYPE, json);
                match post(*port, request.clone(), open).await {
                    // A kept connection may have been closed by its other side, which is no refusal.
                    Err(Error::Http(_)) if was_kept => {
                        *open = None;
                        post(*port, request, open).await
                    }
                    result => result,
                }
            }
            Self::Tcp { port, open } => {
                // Into a connection whose other side has gone one could still write, and nobody would read it.
                let kept = open.take().filter(is_open);
                let mut stream = match kept {
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

/// Whether the other side has not closed the connection, as far as that is known here.
fn is_open(stream: &TcpStream) -> bool {
    /// It has no business to say anything; whoever says a lot is not listened to for ever.
    const READS: usize = 16;

    let mut buffer = [0; 4 * 1024];
    for _ in 0..READS {
        match stream.try_read(&mut buffer) {
            Ok(1..) => {}
            Ok(0) => return false,
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
    true
}

async fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn post(port: u16, request: Request<Full<Bytes>>, open: &mut Option<Open>) -> Result<(), Error> {
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
    let reply = connection.sender.send_request(request).await?;
    let status = reply.status();
    if is_read_to_its_end(reply.into_body()).await {
        *open = Some(connection);
    }
    if status.is_success() { Ok(()) } else { Err(Error::Status(status)) }
}

/// Whether what follows the status is over soon, so that the connection can be kept. What it says nobody wants
/// to know.
async fn is_read_to_its_end(mut body: Incoming) -> bool {
    const MOST_BYTES: usize = 64 * 1024;
    const LONGEST: Duration = Duration::from_millis(100);

    let reading = async {
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > MOST_BYTES {
                return false;
            }
        }
        true
    };
    timeout(LONGEST, reading).await.unwrap_or(false)
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
