//! An Extensions API that a test moves by hand, call by call, over memory; and a clock that it moves as well.
//!
//! Where the clock stands still nothing is a matter of luck, although the telemetry comes over real sockets.

use std::{
    collections::BTreeMap,
    io,
    sync::mpsc as threads,
    time::{Duration, SystemTime},
};

use lambda_api::transport::{Clock, Connect, Connecting, Io, RuntimeApi};
use lambda_extension::{Extension, ExtensionError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc,
    task::JoinHandle,
    time::Instant,
};

use crate::telemetry_peer::{content_length, soon};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\"OK\"";
pub(crate) const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

/// Wall time when the API is started, in milliseconds since 1970.
pub(crate) const BEGAN: u64 = 1_763_640_000_000;

/// Keeps time that is paused from jumping, until this is dropped; only `tokio::time::advance` moves it.
///
/// Paused time jumps whenever all tasks wait, also for sockets; but not while a thread is at work.
pub(crate) struct Stopped {
    _keep: threads::Sender<()>,
    thread: JoinHandle<()>,
}

impl Stopped {
    pub(crate) fn here() -> Self {
        /// Then it jumps again to whatever is waited for, so that a test that hangs fails.
        const LONGEST: Duration = Duration::from_secs(20);

        let (keep, end) = threads::channel();
        let thread = tokio::task::spawn_blocking(move || {
            let _nobody_sends = end.recv_timeout(LONGEST);
        });
        Self { _keep: keep, thread }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let has_jumped = self.thread.is_finished();
        assert!(!has_jumped || std::thread::panicking(), "the test waited for a moment that did not come");
    }
}

/// Connects an extension to the test.
struct Connector {
    streams: mpsc::UnboundedSender<DuplexStream>,
}

impl Connect for Connector {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let (near, far) = duplex(64 * 1024);
            self.streams.send(far).map_err(|_| io::ErrorKind::ConnectionRefused)?;
            Ok(Box::new(near) as Box<dyn Io>)
        })
    }
}

/// The API.
pub(crate) struct Api {
    api: RuntimeApi,
    streams: mpsc::UnboundedReceiver<DuplexStream>,
    stream: Option<DuplexStream>,
    earlier: Vec<DuplexStream>,
    unread: Vec<u8>,
}

impl Api {
    pub(crate) fn start() -> Self {
        Self::with_variables(&[])
    }

    /// In an environment with these variables.
    pub(crate) fn with_variables(variables: &[(&str, &str)]) -> Self {
        let (sender, streams) = mpsc::unbounded_channel();
        let clock = Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_millis(BEGAN));
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let variables: BTreeMap<_, _> = variables.collect();
        let api = RuntimeApi::new(Connector { streams: sender }, clock, variables);
        Self { api, streams, stream: None, earlier: Vec::new(), unread: Vec::new() }
    }

    /// An extension that has registered.
    pub(crate) async fn register(&mut self) -> Extension {
        let body = r#"{"functionName":"f","functionVersion":"$LATEST","handler":"h"}"#;
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: e-1\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let registering = Extension::builder("audit").endpoint(self.api.clone()).register();
        let (extension, call) = tokio::join!(registering, self.answer(reply));
        assert!(call.starts_with("POST /2020-01-01/extension/register "), "{call}");
        extension.unwrap()
    }

    /// The next call, head and body.
    pub(crate) async fn call(&mut self) -> String {
        soon(async {
            loop {
                if let Some(call) = self.take_call() {
                    return call;
                }
                let reading = async {
                    match &mut self.stream {
                        Some(stream) => stream.read_buf(&mut self.unread).await.unwrap(),
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    length = reading => if length == 0 {
                        self.stream = None;
                    },
                    stream = self.streams.recv() => {
                        assert!(self.unread.is_empty(), "half a call");
                        // A call may wait on the one before.
                        self.earlier.extend(self.stream.replace(stream.unwrap()));
                    }
                }
            }
        })
        .await
    }

    /// Whether there is a call that nobody has looked at, or the beginning of one.
    pub(crate) async fn has_call(&mut self) -> bool {
        if let Some(stream) = &mut self.stream {
            tokio::select! {
                biased;
                length = stream.read_buf(&mut self.unread) => assert_ne!(length.unwrap(), 0, "it hung up"),
                () = std::future::ready(()) => {}
            }
        }
        !self.unread.is_empty() || !self.streams.is_empty()
    }

    fn take_call(&mut self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.unread).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = content_length(head);
        (body.len() >= length).then(|| {
            let call = self.unread.drain(..head.len() + 4 + length).collect();
            String::from_utf8(call).unwrap()
        })
    }

    pub(crate) async fn reply(&mut self, reply: impl AsRef<[u8]>) {
        soon(self.stream.as_mut().unwrap().write_all(reply.as_ref())).await.unwrap();
    }

    /// Answers the next call, and returns it.
    pub(crate) async fn answer(&mut self, reply: impl AsRef<[u8]>) -> String {
        let call = self.call().await;
        self.reply(reply).await;
        call
    }

    /// Waits for a call for the next event.
    pub(crate) async fn asked(&mut self) {
        let call = self.call().await;
        assert!(call.starts_with("GET /2020-01-01/extension/event/next "), "{call}");
    }

    /// Answers a call for the next event with an invocation that ends in three seconds.
    pub(crate) async fn invoke(&mut self, request_id: &str) {
        let body = format!(
            r#"{{"eventType":"INVOKE","deadlineMs":{},"requestId":"{request_id}","invokedFunctionArn":"arn:f"}}"#,
            self.now() + 3_000
        );
        self.reply(ok(&body)).await;
    }

    /// Answers a call for the next event with the end of the environment, in two seconds.
    pub(crate) async fn shut_down(&mut self) {
        self.shut_down_at(self.now() + 2_000).await;
    }

    pub(crate) async fn shut_down_at(&mut self, deadline: u64) {
        let body =
            format!(r#"{{"eventType":"SHUTDOWN","deadlineMs":{deadline},"shutdownReason":"spindown"}}"#);
        self.reply(ok(&body)).await;
    }

    fn now(&self) -> u64 {
        let since = self.api.clock().now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_millis()).unwrap()
    }
}

/// A reply with status 200.
pub(crate) fn ok(body: &str) -> String {
    reply("200 OK", body)
}

pub(crate) fn reply(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The body of a call.
pub(crate) fn body(call: &str) -> &str {
    call.split_once("\r\n\r\n").unwrap().1
}

/// The refusal that an error is: the call, the status, its type and its message.
pub(crate) fn refusal(error: ExtensionError) -> (&'static str, u16, String, String) {
    let ExtensionError::Refused { call, source } = error else { panic!("{error:?}") };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (call, source.status().as_u16(), text(source.error_type()), text(source.error_message()))
}
