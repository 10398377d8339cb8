//! Function URLs over TCP, as browsers and other clients of HTTP speak to them. Functions are in this process.
//!
//! What a request and a response become is tested beside the pure functions that do it; here is what reaches the function
//! and the client.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use lambda_api::transport::Stream;
use mock_server::{FunctionBuilder, FunctionUrl, InvokeMode, MockLambda, UrlSettings};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    guest::{NEXT, Puppet, request_id},
    raw::{Connection, Reply},
    wait::{PATIENCE, soon},
};

mod buffered;
mod cross_origin;
mod refusals;
mod requests;
mod streams;

/// A function behind a URL, whose guest does what the test says.
struct Stage {
    mock: MockLambda,
    puppet: Puppet,
    url: FunctionUrl,
}

impl Stage {
    fn new(settings: UrlSettings) -> Self {
        Self::with(settings, |builder| builder)
    }

    fn with(settings: UrlSettings, describe: impl FnOnce(FunctionBuilder) -> FunctionBuilder) -> Self {
        let mock = MockLambda::new();
        let puppet = Puppet::new(describe(mock.function("f").timeout(PATIENCE)));
        let url = listen(&mock, settings);
        Self { mock, puppet, url }
    }

    fn streaming() -> Self {
        Self::new(UrlSettings::default().invoke_mode(InvokeMode::ResponseStream))
    }

    async fn client(&self) -> Connection<TcpStream> {
        Connection::tcp(self.url.address()).await
    }

    /// A client that has sent this request, and the guest's connection with the event.
    async fn begun(&self, request: impl AsRef<[u8]>) -> (Connection<TcpStream>, Connection<Stream>, Reply) {
        let mut client = self.client().await;
        client.send(request).await;
        let mut guest = Connection::open(&soon(self.puppet.launched()).await).await;
        let event = soon(guest.get(NEXT)).await;
        (client, guest, event)
    }

    /// The client's reply when the function answers this request so.
    async fn exchange(&self, request: impl AsRef<[u8]>, result: impl AsRef<[u8]>) -> (Value, Reply) {
        let (mut client, mut guest, event) = self.begun(request).await;
        let path = crate::guest::response_path(request_id(&event));
        assert_eq!(soon(guest.post(&path, result)).await.status(), 202);
        (serde_json::from_slice(&event.body).unwrap(), soon(client.reply()).await)
    }

    fn launches_nobody(&self) -> bool {
        let is_launch = |event: &mock_server::Event| matches!(event, mock_server::Event::Launched { .. });
        !self.mock.timeline().entries().iter().any(|entry| is_launch(&entry.event))
    }
}

fn listen(mock: &MockLambda, settings: UrlSettings) -> FunctionUrl {
    mock.listen_url(([127, 0, 0, 1], 0).into(), "f", settings).unwrap()
}
