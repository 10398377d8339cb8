//! Messages as requests to an HTTP endpoint, over plain TCP.
//!
//! One connection for each request: a message is rare, and a kept connection may be dead. AWS's clients, those
//! of sinks and of real sources, send their requests through here as well.

use std::{future::Future, io, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri::Scheme};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use super::SinkError;
use crate::clock::{PausedClock, is_paused};

/// How long an exchange may take that is answered as soon as possible.
pub(crate) const LONGEST: Duration = Duration::from_secs(5);

/// An endpoint that is known to be reachable by what is here, if it is there at all.
#[derive(Debug)]
pub(crate) struct Endpoint {
    url: Uri,
    /// As it stands in the URL.
    authority: HeaderValue,
    host: String,
    port: u16,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    #[error("cannot connect")]
    Unreachable(#[source] io::Error),
    #[error("the connection broke off")]
    BrokenOff(#[from] hyper::Error),
    #[error("there was no answer within {} seconds", .after.as_secs())]
    TimedOut { after: Duration },
    #[error(transparent)]
    PausedClock(#[from] PausedClock),
}

impl Endpoint {
    /// Whether the URL is one of plain HTTP with a host and without a password.
    pub(super) fn is_possible_at(url: &Uri) -> bool {
        Self::new(url.clone()).is_ok()
    }

    /// # Errors
    ///
    /// [`SinkError::Url`].
    pub(crate) fn new(url: Uri) -> Result<Self, SinkError> {
        let refused = || SinkError::Url { url: url.to_string() };
        let authority = url.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.filter(|authority| !authority.host().is_empty()).ok_or_else(refused)?;
        if url.scheme() != Some(&Scheme::HTTP) {
            return Err(refused());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(80);
        let authority = HeaderValue::try_from(authority.as_str()).map_err(|_| refused())?;
        Ok(Self { authority, host, port, url })
    }

    #[cfg(any(feature = "dynamodb-streams", feature = "kinesis"))]
    pub(crate) fn url(&self) -> &Uri {
        &self.url
    }

    /// The URL without its path: where AWS's client sends to if the path is the name of a queue.
    #[cfg(feature = "sqs")]
    pub(crate) fn origin(&self) -> String {
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        format!("http://{authority}")
    }

    /// Posts JSON; any 2xx takes it.
    pub(super) async fn post(&self, json: String) -> Result<(), SinkError> {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(json)));
        let request = request.map_err(|_| SinkError::Url { url: self.url.to_string() })?;
        // What it says beside the status may go on for ever.
        let exchange = async { Ok(self.send(request).await?.answer.status()) };
        match in_time(LONGEST, exchange).await {
            Ok(status) if status.is_success() => Ok(()),
            Ok(status) => Err(SinkError::Refused { url: self.url.to_string(), status }),
            Err(error) => Err(self.named(error)),
        }
    }

    /// Sends a request to this host, and gives what is answered with its whole body, unless that takes too long.
    #[cfg(any(feature = "dynamodb-streams", feature = "kinesis", feature = "sqs"))]
    pub(crate) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        longest: Duration,
    ) -> Result<Response<Bytes>, ExchangeError> {
        use http_body_util::BodyExt;

        in_time(longest, async {
            let Answer { answer, _connection } = self.send(request).await?;
            let (head, body) = answer.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        })
        .await
    }

    /// The error with the URL in it.
    pub(super) fn named(&self, error: ExchangeError) -> SinkError {
        let url = self.url.to_string();
        match error {
            ExchangeError::Unreachable(source) => SinkError::Unreachable { url, source },
            ExchangeError::BrokenOff(source) => SinkError::BrokenOff { url, source },
            ExchangeError::TimedOut { .. } => SinkError::TimedOut { url },
            ExchangeError::PausedClock(source) => SinkError::PausedClock(source),
        }
    }

    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, ExchangeError> {
        request.headers_mut().insert(header::HOST, self.authority.clone());
        request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(ExchangeError::Unreachable)?;
        stream.set_nodelay(true).map_err(ExchangeError::Unreachable)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Its end is seen by the request.
            let _ended = connection.await;
        });
        let answer = sender.send_request(request).await?;
        Ok(Answer { answer, _connection: task })
    }
}

/// What was answered. Its body can be read as long as this is there.
struct Answer {
    answer: Response<Incoming>,
    /// The connection's task, which ends with this.
    _connection: JoinSet<()>,
}

async fn in_time<T>(
    longest: Duration,
    exchange: impl Future<Output = Result<T, ExchangeError>>,
) -> Result<T, ExchangeError> {
    if is_paused() {
        return Err(PausedClock.into());
    }
    timeout(longest, exchange).await.unwrap_or(Err(ExchangeError::TimedOut { after: longest }))
}
