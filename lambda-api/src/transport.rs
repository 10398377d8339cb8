//! Where a guest reaches Lambda's APIs, as a value: transport, clock and environment.
//!
//! In a real execution environment all three come from the process: `AWS_LAMBDA_RUNTIME_API` names a TCP
//! address, the operating system has a clock, and variables describe the function. A test has several
//! environments in one process, so there the three travel together in a [`RuntimeApi`]. The connection that
//! uses it is in [`client`](crate::client).

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout},
};

/// The API is on the same machine; who has not accepted by then does not exist.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a guest reaches Lambda's APIs: transport, clock and environment in one value.
///
/// Cheap to clone. Both the Runtime API and the Extensions API stand behind it, as they do behind
/// `AWS_LAMBDA_RUNTIME_API`.
///
/// ```
/// use lambda_api::transport::RuntimeApi;
///
/// let api: RuntimeApi = "127.0.0.1:9001".parse()?;
/// assert_eq!(api.to_string(), "127.0.0.1:9001");
/// assert!("127.0.0.1".parse::<RuntimeApi>().is_err());
/// # Ok::<(), lambda_api::transport::InvalidAddress>(())
/// ```
#[derive(Clone)]
pub struct RuntimeApi {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    clock: Clock,
    variables: Option<Arc<BTreeMap<String, String>>>,
}

enum Transport {
    Tcp { authority: String, port_at: usize, base_path: String },
    Connector(Box<dyn Connect>),
}

/// Longest path in front of every path; with any endpoint's path it makes a valid URI.
const BASE_PATH_BYTES: usize = 1024;

/// The text is not `host:port`, with or without a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an address of the form host:port")]
pub struct InvalidAddress {
    text: String,
}

impl RuntimeApi {
    /// The API behind a TCP address `host:port`, with the system's clock.
    ///
    /// Lambda gives no scheme and no path; some emulators give one or the other, and both are taken.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] if host or port are missing.
    pub fn tcp(address: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress { text: address.to_owned() };
        let rest = address.strip_prefix("http://").unwrap_or(address);
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let parsed: http::uri::Authority = authority.parse().map_err(|_| invalid())?;
        let port = parsed.port_u16().ok_or_else(invalid)?;
        if parsed.host().is_empty() || port == 0 || authority.contains('@') {
            return Err(invalid());
        }
        let base_path = path.trim_end_matches('/');
        // What is no path, or swallows the path that comes after it, would fail later, in a place where
        // nobody would look for it.
        let is_path = base_path.is_empty() || base_path.parse::<http::uri::PathAndQuery>().is_ok();
        if !is_path || base_path.contains(['?', '#']) || base_path.len() > BASE_PATH_BYTES {
            return Err(invalid());
        }
        let port_at = authority.rfind(':').ok_or_else(invalid)?;
        let transport =
            Transport::Tcp { authority: authority.to_owned(), port_at, base_path: base_path.to_owned() };
        Ok(Self { inner: Arc::new(Inner { transport, clock: Clock::system(), variables: None }) })
    }

    /// The API behind whatever a connector opens, with the clock and the environment variables of the
    /// execution environment it belongs to.
    pub fn new(connector: impl Connect, clock: Clock, variables: BTreeMap<String, String>) -> Self {
        Self::sharing(connector, clock, Arc::new(variables))
    }

    /// The same with variables that somebody else keeps, too, so that thousands of environments need not have them twice.
    ///
    /// ```
    /// # use std::{collections::BTreeMap, io, sync::Arc};
    /// use lambda_api::transport::{Clock, Connect, Connecting, RuntimeApi};
    ///
    /// struct Closed;
    ///
    /// impl Connect for Closed {
    ///     fn connect(&self) -> Connecting<'_> {
    ///         Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) })
    ///     }
    /// }
    ///
    /// let variables = Arc::new(BTreeMap::from([("TZ".to_owned(), ":UTC".to_owned())]));
    /// let api = RuntimeApi::sharing(Closed, Clock::system(), Arc::clone(&variables));
    /// assert_eq!(api.variables(), Some(&*variables));
    /// ```
    pub fn sharing(connector: impl Connect, clock: Clock, variables: Arc<BTreeMap<String, String>>) -> Self {
        let transport = Transport::Connector(Box::new(connector));
        Self { inner: Arc::new(Inner { transport, clock, variables: Some(variables) }) }
    }

    /// The clock that deadlines are measured with.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The environment variables of the execution environment, where they are not those of the process.
    pub fn variables(&self) -> Option<&BTreeMap<String, String>> {
        self.inner.variables.as_deref()
    }

    /// What goes into the `Host` header.
    pub fn authority(&self) -> &str {
        match &self.inner.transport {
            Transport::Tcp { authority, .. } => authority,
            Transport::Connector(_) => "localhost",
        }
    }

    /// What stands in front of every path; usually nothing.
    pub fn base_path(&self) -> &str {
        match &self.inner.transport {
            Transport::Tcp { base_path, .. } => base_path,
            Transport::Connector(_) => "",
        }
    }

    /// Opens a connection; TCP without delay for small writes.
    ///
    /// # Errors
    ///
    /// Whatever the operating system or the connector says.
    pub async fn connect(&self) -> io::Result<Stream> {
        match &self.inner.transport {
            Transport::Tcp { authority, port_at, .. } => {
                // Brackets of an IPv6 literal belong to the authority, not to the address.
                let host = authority[..*port_at].trim_start_matches('[').trim_end_matches(']');
                let port = authority[port_at + 1..].parse().unwrap_or_default();
                let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect((host, port))).await??;
                // A response is several small writes; held back for acknowledgements they cost 40 ms each.
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Transport::Connector(connector) => connector.connect().await.map(Stream::Other),
        }
    }
}

impl std::str::FromStr for RuntimeApi {
    type Err = InvalidAddress;

    fn from_str(address: &str) -> Result<Self, InvalidAddress> {
        Self::tcp(address)
    }
}

impl fmt::Display for RuntimeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.transport {
            Transport::Tcp { authority, base_path, .. } => write!(f, "{authority}{base_path}"),
            Transport::Connector(_) => f.write_str("the in-memory runtime API"),
        }
    }
}

impl fmt::Debug for RuntimeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables may hold secrets.
        f.debug_struct("RuntimeApi")
            .field("address", &self.to_string())
            .field("clock", &self.inner.clock)
            .finish_non_exhaustive()
    }
}

/// Wall time, as the execution environment has it.
///
/// A frozen environment's monotonic clock may stand still while the world goes on, so [`Clock::system`] asks
/// the operating system each time. A test whose tokio time is paused gives [`Clock::anchored`]: wall time
/// moves as tokio's does.
#[derive(Clone, Debug)]
pub struct Clock {
    anchor: Option<(Instant, SystemTime)>,
}

impl Clock {
    /// The operating system's clock.
    pub const fn system() -> Self {
        Self { anchor: None }
    }

    /// Wall time `system` at tokio time `instant`, moving with tokio's time from there.
    pub const fn anchored(instant: Instant, system: SystemTime) -> Self {
        Self { anchor: Some((instant, system)) }
    }

    /// The wall time now.
    pub fn now(&self) -> SystemTime {
        match self.anchor {
            Some((instant, system)) => system + Instant::now().saturating_duration_since(instant),
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
            None => SystemTime::now(),
        }
    }

    /// The tokio time at which the wall time will be `time`; now, if that is over.
    pub fn instant_of(&self, time: SystemTime) -> Instant {
        /// A moment that no clock here will reach.
        const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

        let left = time.duration_since(self.now()).unwrap_or(Duration::ZERO);
        Instant::now() + left.min(FAR)
    }
}

/// The result of [`Connect::connect`].
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn Io>>> + Send + 'a>>;

/// Opens connections to Lambda's APIs by other means than TCP.
pub trait Connect: Send + Sync + 'static {
    /// Opens one connection.
    fn connect(&self) -> Connecting<'_>;
}

/// Both directions of a connection.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// An open connection.
#[non_exhaustive]
pub enum Stream {
    /// A TCP connection without delay for small writes.
    Tcp(TcpStream),
    /// What a connector opened.
    Other(Box<dyn Io>),
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(stream) => stream.fmt(f),
            Self::Other(_) => f.write_str("Stream"),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Other(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Other(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Other(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Other(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Other(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Other(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn an_address_needs_host_and_port() {
        for text in [
            "",
            ":",
            "host",
            "host:",
            ":80",
            "host:0",
            "host:99999",
            "http://",
            "a b:80",
            "u@h:80",
            "h:80/ x",
        ] {
            assert!(RuntimeApi::tcp(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn scheme_and_path_of_an_emulator_are_taken() {
        let api = RuntimeApi::tcp("http://localhost:9000/.rt/hello/").unwrap();
        assert_eq!((api.authority(), api.base_path()), ("localhost:9000", "/.rt/hello"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_anchored_clock_moves_with_the_time_of_tokio() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let clock = Clock::anchored(Instant::now(), start);
        tokio::time::advance(Duration::from_secs(900)).await;
        assert_eq!(clock.now(), start + Duration::from_secs(900));
        assert_eq!(
            clock.instant_of(start + Duration::from_secs(901)) - Instant::now(),
            Duration::from_secs(1)
        );
        assert_eq!(clock.instant_of(start), Instant::now());
    }
}
