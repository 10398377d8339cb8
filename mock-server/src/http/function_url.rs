//! Function URLs: one function behind a port of its own, for browsers and other clients of HTTP.
//!
//! What a request becomes is in `event`, what a response becomes in [`answer`](super::answer).
//! What browsers of other origins may do is in `cors`; `serve` carries it all out. Names and ARNs of functions are no
//! matter here: a URL belongs to one function. Which ones are open is in `opened`.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use tokio::net::TcpStream;

use crate::{
    MockLambda, StartError,
    clock::{self, PausedClock},
    core::Time,
    http::serve_caller,
    service::World,
    transport::Listening,
};

mod cors;
mod event;
#[cfg_attr(
    not(feature = "management"),
    expect(dead_code, reason = "the management API shows and changes it")
)]
mod opened;
mod refusal;
mod serve;
mod settings;

pub use cors::Cors;
pub(crate) use opened::{OpenUrl, Urls};
pub use settings::{InvokeMode, UrlAuth, UrlSettings};

use serve::Url;

/// A function URL on a socket; closed when dropped.
///
/// ```
/// use mock_server::{InvokeMode, MockLambda, UrlSettings};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// let settings = UrlSettings::default().invoke_mode(InvokeMode::ResponseStream);
/// let url = mock.listen_url(([127, 0, 0, 1], 0).into(), "page", settings)?;
/// // Open this in a browser.
/// println!("http://{}/", url.address());
/// # Ok(())
/// # }
/// ```
#[must_use = "the URL is closed when dropped"]
pub struct FunctionUrl {
    world: Arc<World>,
    open: Arc<OpenUrl>,
}

impl fmt::Debug for FunctionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FunctionUrl").field(&self.open).finish()
    }
}

impl Drop for FunctionUrl {
    fn drop(&mut self) {
        self.world.urls.close(&self.open.id);
    }
}

impl FunctionUrl {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.open.address
    }

    /// Its id: what the host of such a URL begins with on Lambda, and what events have as `apiId`.
    pub fn id(&self) -> &str {
        &self.open.id
    }

    /// Opens one.
    pub(crate) fn open(
        world: &Arc<World>,
        address: SocketAddr,
        function: String,
        settings: UrlSettings,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let id = world.ids.uuid().replace('-', "");
        let now = Time::from(world.clock().now());
        let open = Arc::new(OpenUrl::new(id, function, listener.local_addr()?, settings, now));
        let url = Arc::new(Url { world: Arc::clone(world), open: Arc::clone(&open) });
        let serve = move |stream: TcpStream| {
            let url = Arc::clone(&url);
            async move {
                // A peer that has gone already has no address.
                let Ok(peer) = stream.peer_addr() else { return };
                serve_caller(stream, |request| {
                    let url = Arc::clone(&url);
                    async move { url.answer(peer.ip(), request).await }
                })
                .await;
            }
        };
        open.listen(Listening::start(listener, serve)?);
        world.urls.add(Arc::clone(&open));
        Ok(Self { world: Arc::clone(world), open })
    }

    #[cfg(feature = "management")]
    pub(crate) fn opened(&self) -> &Arc<OpenUrl> {
        &self.open
    }
}

impl MockLambda {
    /// Puts a function behind a URL of its own. Port 0 takes a free one.
    ///
    /// The function is looked for with each request, and may be created later. Plain HTTP is spoken; the event says what
    /// it says on Lambda all the same: port 443, `https`, and TLS. Its `domainName` is that of a URL on Lambda, but the
    /// header `host` is the client's. Source:
    /// [Invoking Lambda function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
    ///
    /// # Errors
    ///
    /// [`StartError::Bind`] if the address cannot be listened on, [`StartError::PausedClock`] if tokio's time
    /// is paused.
    pub fn listen_url(
        &self,
        address: SocketAddr,
        function: impl Into<String>,
        settings: UrlSettings,
    ) -> Result<FunctionUrl, StartError> {
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        let opened = FunctionUrl::open(self.world(), address, function.into(), settings);
        opened.map_err(|source| StartError::Bind { api: "function URL", address, source })
    }
}
