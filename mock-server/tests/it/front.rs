//! API Gateway, load balancers and VPC Lattice over TCP, as browsers and other clients of HTTP speak to them. Functions are
//! in this process.
//!
//! What a request and a response become is tested beside the pure functions that do it; here is what reaches the function
//! and the client.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use lambda_api::transport::Stream;
use mock_server::{Event, Front, FunctionBuilder, MockLambda, OpenFront};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    guest::{NEXT, Puppet, request_id, response_path},
    raw::{Connection, Reply},
    wait::{PATIENCE, soon},
};

mod http_api;
mod lattice;
mod load_balancer;
mod refusals;
mod rest_api;
mod routes;

/// A function behind a front, whose guest does what the test says.
struct Stage {
    mock: MockLambda,
    puppet: Puppet,
    front: OpenFront,
}

impl Stage {
    fn new(front: Front) -> Self {
        Self::with(front, |builder| builder)
    }

    fn with(front: Front, describe: impl FnOnce(FunctionBuilder) -> FunctionBuilder) -> Self {
        let mock = MockLambda::new();
        let puppet = Puppet::new(describe(mock.function("f").timeout(PATIENCE)));
        let front = listen(&mock, front);
        Self { mock, puppet, front }
    }

    async fn client(&self) -> Connection<TcpStream> {
        Connection::tcp(self.front.address()).await
    }

    /// A client that has sent this request, and the guest's connection with the event.
    async fn begun(&self, request: impl AsRef<[u8]>) -> (Connection<TcpStream>, Connection<Stream>, Reply) {
        let mut client = self.client().await;
        client.send(request).await;
        let mut guest = Connection::open(&soon(self.puppet.launched()).await).await;
        let event = soon(guest.get(NEXT)).await;
        (client, guest, event)
    }

    /// The event, and the client's reply when the function answers this request so.
    async fn exchange(&self, request: impl AsRef<[u8]>, result: impl AsRef<[u8]>) -> (Value, Reply) {
        let (mut client, mut guest, event) = self.begun(request).await;
        let path = response_path(request_id(&event));
        assert_eq!(soon(guest.post(&path, result)).await.status(), 202);
        (serde_json::from_slice(&event.body).unwrap(), soon(client.reply()).await)
    }

    /// The reply to a request that does not reach the function.
    async fn refused(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut client = self.client().await;
        client.send(request).await;
        let reply = soon(client.reply()).await;
        let is_launch = |event: &Event| matches!(event, Event::Launched { .. });
        assert!(!self.mock.timeline().entries().iter().any(|entry| is_launch(&entry.event)));
        reply
    }
}

fn listen(mock: &MockLambda, front: Front) -> OpenFront {
    mock.listen_front(([127, 0, 0, 1], 0).into(), "f", front).unwrap()
}

/// The members of an object.
fn members(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}
