//! The Runtime API and the Extensions API on a connection: calls become messages to the driver, its replies
//! become HTTP. What a call of an extension says is read in [`extension_api`](super::extension_api).
//!
//! A connection belongs to the process that opened it. A call that is still open when the guest hangs up is
//! reported as dropped, whichever way the connection ends.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, StatusCode,
    header::{ALLOW, CONNECTION},
};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use lambda_api::{
    DecodeError, Endpoint, ErrorReply, RequestId, RouteError, header, limits,
    runtime::{
        ErrorTrailers, error, init_error,
        response::{self, ResponseMode},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

use super::{
    Body, Reply, extension_api, full,
    open::{Open, OpenConnections},
    read,
    tokens::Tokens,
    watched::{End, Watched},
};
use crate::{
    core::{Call, CallId, Input, Rejection},
    driver::Message,
    ids::Ids,
};

/// What a connection needs to know of the environment it leads to.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) messages: mpsc::UnboundedSender<Box<Message>>,
    /// The process that the connection belongs to.
    pub(crate) generation: u32,
    pub(crate) calls: Arc<AtomicU64>,
    /// The number of the connection; 0 as long as there is none.
    pub(crate) connection: u64,
    /// Open connections of the environment's processes.
    pub(crate) open: Arc<OpenConnections>,
    /// Where identifiers of extensions and of their events come from.
    pub(crate) ids: Arc<Ids>,
    /// Whether the environment is one of managed instances, whose core is stricter about bodies.
    pub(crate) is_managed: bool,
    /// What whoever wants to know more of the environment has to show.
    pub(crate) tokens: Arc<Tokens>,
    /// Whether there is no Extensions API.
    pub(crate) are_extensions_disabled: bool,
}

/// How many pieces of a response may wait for the driver, and for a caller that takes them as they come; the guest waits
/// until there is room for the next. Each response has its own, so that a slow caller holds up nobody else.
const PIECES: usize = 16;

/// The service closes the connection instead of answering.
#[derive(Debug)]
struct HungUp;

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call will not be answered")
    }
}

impl std::error::Error for HungUp {}

impl Link {
    /// Serves a connection until either side closes it.
    ///
    /// The connection counts as open from this call on, not from the first poll of the future.
    pub(crate) fn serve(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let open = Open::new(&self);
        self.connection = self.open.number();
        async move {
            let (stream, end) = Watched::new(stream);
            let service = service_fn(|request: Request<Incoming>| {
                open.note(&request);
                let link = self.clone();
                let end = end.clone();
                async move { link.call(request, &end).await }
            });
            // How a connection ends is told by its calls.
            let _ended = http1::Builder::new()
                .title_case_headers(true)
                // Whether the peer is still there is watched for below, where it matters.
                .half_close(true)
                .max_buf_size(limits::HEADER_BYTES + 64 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(open);
        }
    }

    async fn call<S>(self, request: Request<Incoming>, end: &End<S>) -> Result<Reply, HungUp>
    where
        S: AsyncRead + Unpin,
    {
        let (method, path) = (request.method().clone(), shown(request.uri().path()));
        let endpoint = match Endpoint::parse(&method, request.uri().path()) {
            Ok(endpoint) => endpoint,
            Err(error) => return Ok(self.not_routed(method, path, &error)),
        };
        let headers = request.headers();
        match endpoint {
            Endpoint::Ping => {
                Ok(self.served(method, path, ErrorReply::plain(StatusCode::OK, "pong").to_http()))
            }
            Endpoint::InvocationNext => self.parked(method, path, Call::Next, end).await,
            Endpoint::RestoreNext => self.parked(method, path, Call::RestoreNext, end).await,
            Endpoint::InvocationResponse { request_id } => {
                let head = response_call(request_id, headers);
                self.response(method, path, head, request.into_body()).await
            }
            Endpoint::InvocationError { request_id } => {
                let headers = headers.clone();
                let body = self.read_whole(&method, &path, request.into_body()).await?;
                let call = match body {
                    Ok(body) => error_call(request_id, &headers, body),
                    Err(reply) => return Ok(reply),
                };
                self.whole(method, path, call).await
            }
            Endpoint::InitError | Endpoint::RestoreError => {
                let headers = headers.clone();
                let body = match self.read_whole(&method, &path, request.into_body()).await? {
                    Ok(body) => body,
                    Err(reply) => return Ok(reply),
                };
                let posted = init_error::Call::from_http(&headers, body.clone()).ok();
                let error_type = posted.and_then(|call| call.error_type);
                let call = match endpoint {
                    Endpoint::InitError => Call::InitError { error_type, body },
                    _ => Call::RestoreError { error_type, body },
                };
                self.whole(method, path, call).await
            }
            Endpoint::Credentials | Endpoint::ExecutionEnvironmentMetadata => {
                let reply = self.tokens.reply(&endpoint, headers);
                Ok(self.served(method, path, reply))
            }
            endpoint => self.extension(endpoint, method, path, request, end).await,
        }
    }

    /// A call of an extension, or to what this service does not have.
    async fn extension<S: AsyncRead + Unpin>(
        &self,
        endpoint: Endpoint,
        method: Method,
        path: String,
        request: Request<Incoming>,
        end: &End<S>,
    ) -> Result<Reply, HungUp> {
        if self.are_extensions_disabled && endpoint.is_for_extensions() {
            return Ok(self.served(method, path, ErrorReply::plain(StatusCode::NOT_FOUND, "").to_http()));
        }
        let headers = request.headers().clone();
        let body = match self.read_whole(&method, &path, request.into_body()).await? {
            Ok(body) => body,
            Err(reply) => return Ok(reply),
        };
        match extension_api::call(&endpoint, &headers, &body, &self.ids) {
            Some(call @ Call::ExtensionNext { .. }) => self.parked(method, path, call, end).await,
            Some(call) => self.whole(method, path, call).await,
            None => Ok(self.not_routed(method, path, &RouteError::NotFound)),
        }
    }

    /// A call that may have to wait for its reply, and is dropped when the guest hangs up meanwhile.
    async fn parked<S: AsyncRead + Unpin>(
        &self,
        method: Method,
        path: String,
        request: Call,
        end: &End<S>,
    ) -> Result<Reply, HungUp> {
        let mut open = self.open_call(method, path, request);
        tokio::select! {
            biased;
            reply = open.reply() => reply,
            () = end.came() => Err(HungUp),
        }
    }

    /// A call that is answered at once, and whose body, if any, has been read.
    async fn whole(&self, method: Method, path: String, request: Call) -> Result<Reply, HungUp> {
        let mut open = self.open_call(method, path, request);
        open.reply().await
    }

    /// A response: its head first, and then its body as it comes.
    async fn response(
        &self,
        method: Method,
        path: String,
        head: Call,
        mut body: Incoming,
    ) -> Result<Reply, HungUp> {
        let mut open = self.open_call(method, path, head);
        let call = open.call;
        let mut trailers = None;
        let places = Arc::new(Semaphore::new(PIECES));
        loop {
            let place = tokio::select! {
                biased;
                reply = open.reply() => return Ok(after_the_rest(body, reply?).await),
                // The semaphore is never closed.
                place = Arc::clone(&places).acquire_owned() => place.ok(),
            };
            tokio::select! {
                biased;
                // Refused, or too large. A client that is still writing would not see the reply, and could not
                // make its next call on this connection.
                reply = open.reply() => return Ok(after_the_rest(body, reply?).await),
                frame = body.frame() => match frame {
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(bytes) => self.more(call, Input::BodyArrived { call, bytes }, place),
                        Err(frame) => trailers = frame.into_trailers().ok(),
                    },
                    Some(Err(_)) => {
                        self.more(call, Input::BodyCutShort { call }, None);
                        break;
                    }
                    None => {
                        let trailers = trailers.and_then(|trailers| error_trailers(&trailers));
                        self.more(call, Input::BodyEnded { call, trailers }, None);
                        break;
                    }
                },
            }
        }
        open.reply().await
    }

    fn open_call(&self, method: Method, path: String, request: Call) -> OpenCall {
        let call = CallId(self.calls.fetch_add(1, Ordering::Relaxed));
        let (reply, receiver) = oneshot::channel();
        let (generation, connection) = (self.generation, self.connection);
        self.send(Message::Called { call, generation, connection, method, path, request, reply });
        OpenCall { call, messages: self.messages.clone(), receiver: Some(receiver) }
    }

    /// Reads a body; the inner error is the reply to one that cannot be read.
    async fn read_whole(
        &self,
        method: &Method,
        path: &str,
        body: Incoming,
    ) -> Result<Result<Bytes, Reply>, HungUp> {
        // The text of the refusal names the limit of responses, whatever was too large.
        let (most, limit) = if self.is_managed {
            (limits::CONCURRENT_ERROR_BYTES, limits::RESPONSE_BYTES)
        } else {
            (REPORT_BYTES, REPORT_BYTES)
        };
        // Nobody reads what a runtime of managed instances has to say of its failed init.
        let most = if path == Endpoint::InitError.path() { REPORT_BYTES } else { most };
        let rejection = match read(body, most).await {
            Body::Whole(body) => return Ok(Ok(body)),
            Body::TooLarge => Rejection::TooLarge { limit },
            Body::CutShort => Rejection::Truncated,
        };
        let mut reply = rejection.to_reply().to_http();
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        Ok(Err(self.served(method.clone(), path.to_owned(), reply)))
    }

    fn not_routed(&self, method: Method, path: String, error: &RouteError) -> Reply {
        let reply = match error {
            RouteError::MethodNotAllowed { allow } => {
                let mut reply = ErrorReply::plain(StatusCode::METHOD_NOT_ALLOWED, "").to_http();
                // A method is always a header value. The service says nothing about one that it has never heard of.
                if let Ok(allow) = HeaderValue::from_str(allow.as_str())
                    && is_known(&method)
                    && !self.is_managed
                {
                    reply.headers_mut().insert(ALLOW, allow);
                }
                reply
            }
            RouteError::InvalidRequestId => Rejection::UnknownRequestId.to_reply().to_http(),
            _ => Rejection::NotFound.to_reply().to_http(),
        };
        self.served(method, path, reply)
    }

    /// A reply that needs no state; the driver only takes note of it.
    fn served(&self, method: Method, path: String, reply: http::Response<Bytes>) -> Reply {
        self.send(Message::Served { method, path, status: reply.status() });
        full(reply)
    }

    fn more(&self, call: CallId, input: Input, place: Option<OwnedSemaphorePermit>) {
        self.send(Message::More { call, input, place });
    }

    fn send(&self, message: Message) {
        // Without a driver the environment is gone, and the connection with it.
        let _gone = self.messages.send(Box::new(message));
    }
}

/// Largest error report, and largest rest of a refused response. Lambda names no limit for either; this one
/// only keeps a guest from filling the memory.
const REPORT_BYTES: usize = 64 * 1024 * 1024;

/// Reads what is left of a body for nobody, for a while.
async fn after_the_rest(mut body: Incoming, mut reply: Reply) -> Reply {
    /// Longer than a guest takes that writes what it has.
    const A_WHILE: Duration = Duration::from_secs(1);

    let rest = async {
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > REPORT_BYTES {
                return false;
            }
        }
        true
    };
    if !timeout(A_WHILE, rest).await.unwrap_or(false) {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

/// A path as the timeline keeps it: nobody wants to read a longer one.
fn shown(path: &str) -> String {
    const MOST_CHARACTERS: usize = 1_000;

    path.chars().take(MOST_CHARACTERS).collect()
}

fn is_known(method: &Method) -> bool {
    [
        Method::CONNECT,
        Method::DELETE,
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::POST,
        Method::PUT,
        Method::TRACE,
    ]
    .contains(method)
}

/// A call that waits for its reply; dropping it tells the driver that the guest has hung up.
struct OpenCall {
    call: CallId,
    messages: mpsc::UnboundedSender<Box<Message>>,
    receiver: Option<oneshot::Receiver<http::Response<Bytes>>>,
}

impl OpenCall {
    /// Waits for the reply; may be dropped and called again.
    async fn reply(&mut self) -> Result<Reply, HungUp> {
        let Some(receiver) = &mut self.receiver else { return Err(HungUp) };
        let reply = receiver.await;
        self.receiver = None;
        reply.map(full).map_err(|_| HungUp)
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            let _gone = self.messages.send(Box::new(Message::CallDropped { call: self.call }));
        }
    }
}

fn response_call(request_id: RequestId, headers: &http::HeaderMap) -> Call {
    match response::Call::from_http(request_id.clone(), headers) {
        Ok(call) => Call::Response {
            request_id: Some(call.request_id),
            invocation_id: call.invocation_id,
            content_type: call.content_type.map(Cow::into_owned),
            mode: Some(call.mode),
        },
        Err(error) => Call::Response {
            request_id: (!names(&error, &header::INVOCATION_ID)).then_some(request_id),
            invocation_id: None,
            content_type: None,
            mode: (!names(&error, &header::RESPONSE_MODE)).then(ResponseMode::default),
        },
    }
}

fn error_call(request_id: RequestId, headers: &http::HeaderMap, body: Bytes) -> Call {
    match error::Call::from_http(request_id.clone(), headers, body.clone()) {
        Ok(call) => Call::Error {
            request_id: Some(call.request_id),
            invocation_id: call.invocation_id,
            error_type: call.error_type,
            content_type: call.content_type,
            xray_cause: call.xray_cause.map(|cause| cause.to_header_text()),
            body: call.body,
        },
        Err(error) => Call::Error {
            request_id: (!names(&error, &header::INVOCATION_ID)).then_some(request_id),
            invocation_id: None,
            error_type: None,
            content_type: None,
            xray_cause: None,
            body,
        },
    }
}

/// Whether the error is about this header. An invocation id that cannot be one is not the current one; an
/// odd header elsewhere counts as absent.
fn names(error: &DecodeError, header: &HeaderName) -> bool {
    matches!(error, DecodeError::InvalidHeader { name, .. } if name == header)
}

/// Trailers that cannot be read are trailers all the same: the stream did not end well.
fn error_trailers(trailers: &http::HeaderMap) -> Option<ErrorTrailers> {
    ErrorTrailers::from_http(trailers).unwrap_or_else(|_| {
        let report = lambda_api::ErrorReport::new("", "the error trailers cannot be read");
        Some(ErrorTrailers::new(&lambda_api::ErrorType::normalise(None), &report))
    })
}
