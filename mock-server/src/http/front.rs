//! Other ways to a function over HTTP than its URL: API Gateway, a load balancer, VPC Lattice.
//!
//! A [`Front`] says which of them it is. Where a request goes is in `route`; what it becomes for the function,
//! and what the function's response becomes, is in `http_api`, `rest_api`, `load_balancer` and `lattice`: pure functions all,
//! with what they share in `request`, `proxy` and [`answer`](super::answer). What is answered in place of a function is in
//! `refusal`; `serve` carries it all out. Neither authorizers nor CORS, nor limits of their own for time, are known here.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use tokio::net::TcpStream;

use crate::{
    MockLambda, StartError,
    clock::{self, PausedClock},
    http::serve_caller,
    service::World,
    transport::Listening,
};

mod http_api;
mod lattice;
mod load_balancer;
mod proxy;
mod refusal;
mod request;
mod rest_api;
mod route;
mod serve;
mod settings;

pub use settings::Front;

use route::Routes;
use serve::Serving;

/// A [`Front`] on a socket; closed when dropped.
#[must_use = "the front is closed when dropped"]
pub struct OpenFront {
    serving: Arc<Serving>,
    listening: Listening,
}

impl fmt::Debug for OpenFront {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFront")
            .field("front", &self.serving.front)
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

impl OpenFront {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// What a client asks for, with the stage if that has a name: `http://127.0.0.1:9002/prod/`.
    pub fn url(&self) -> String {
        let front = &self.serving.front;
        match front.has_stages().then(|| front.stage_name()) {
            Some(stage) if stage != http_api::DEFAULT => format!("http://{}/{stage}/", self.address()),
            _ => format!("http://{}/", self.address()),
        }
    }

    /// Its id: what events of API Gateway have as `apiId`.
    pub fn id(&self) -> &str {
        &self.serving.id
    }

    fn open(
        world: &Arc<World>,
        address: SocketAddr,
        function: String,
        front: Front,
        routes: Routes,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let id = world.ids.uuid().replace('-', "");
        // As long as those of API Gateway.
        let id = id.get(..10).unwrap_or(&id).to_owned();
        let port = listener.local_addr()?.port();
        let serving = Arc::new(Serving { world: Arc::clone(world), front, routes, function, id, port });
        let served = Arc::clone(&serving);
        let serve = move |stream: TcpStream| {
            let serving = Arc::clone(&served);
            async move {
                // A peer that has gone already has no address.
                let Ok(peer) = stream.peer_addr() else { return };
                serve_caller(stream, |request| {
                    let serving = Arc::clone(&serving);
                    async move { serving.answer(peer.ip(), request).await }
                })
                .await;
            }
        };
        Ok(Self { serving, listening: Listening::start(listener, serve)? })
    }
}

impl MockLambda {
    /// Puts functions behind API Gateway, a load balancer or VPC Lattice, on a port of its own. Port 0 takes a free one.
    ///
    /// The function gets whatever no route of the [`Front`] names; functions are looked for with each request, and may be
    /// created later. Plain HTTP is spoken. Events of API Gateway say what they say on AWS all the same: port 443 and
    /// `https`; those of a load balancer say `http` and the port.
    ///
    /// ```
    /// use lambda_api::transport::RuntimeApi;
    /// use mock_server::{Front, MockLambda};
    ///
    /// # async fn bootstrap(_: RuntimeApi) -> Result<(), String> { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// mock.function("orders").in_process(bootstrap);
    /// mock.function("pages").in_process(bootstrap);
    /// let front = Front::http_api().route("GET /orders/{id}", "orders");
    /// let open = mock.listen_front(([127, 0, 0, 1], 0).into(), "pages", front)?;
    /// // `orders` gets what is asked for below /orders/, and `pages` all the rest.
    /// println!("http://{}/orders/42", open.address());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StartError::Route`] if a route is none, [`StartError::Bind`] if the address cannot be listened on,
    /// [`StartError::PausedClock`] if tokio's time is paused.
    pub fn listen_front(
        &self,
        address: SocketAddr,
        function: impl Into<String>,
        front: Front,
    ) -> Result<OpenFront, StartError> {
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        let routes = Routes::read(&front.routes)?;
        let opened = OpenFront::open(self.world(), address, function.into(), front, routes);
        opened.map_err(|source| StartError::Bind { api: "front", address, source })
    }
}
