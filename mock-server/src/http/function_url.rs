//! Function URLs: one function behind a port of its own, for browsers and other clients of HTTP.
//!
//! What a request becomes is in `event`, what a response becomes in `head`, `buffered` and `prelude`: pure functions all.
//! What browsers of other origins may do is in `cors`; `serve` carries it all out. Names and ARNs of functions are no
//! matter here: a URL belongs to one function.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use tokio::net::TcpStream;

use crate::{
    MockLambda, StartError,
    clock::{self, PausedClock},
    http::serve_caller,
    transport::Listening,
};

mod buffered;
mod cors;
mod event;
mod head;
mod prelude;
mod refusal;
mod serve;
mod settings;

pub use cors::Cors;
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
#[derive(Debug)]
#[must_use = "the URL is closed when dropped"]
pub struct FunctionUrl {
    listening: Listening,
    id: String,
}

impl FunctionUrl {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Its id: what the host of such a URL begins with on Lambda, and what events have as `apiId`.
    pub fn id(&self) -> &str {
        &self.id
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
        let id = self.world().ids.uuid().replace('-', "");
        let url =
            Url { world: Arc::clone(self.world()), function: function.into(), id: id.clone(), settings };
        let url = Arc::new(url);
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
        let listening = TcpListener::bind(address).and_then(|listener| Listening::start(listener, serve));
        let listening =
            listening.map_err(|source| StartError::Bind { api: "function URL", address, source })?;
        Ok(FunctionUrl { listening, id })
    }
}
