//! The Invoke API over TCP, as unmodified clients of Lambda speak it. Functions are in this process.
//!
//! What a function's end looks like is tested in `in_process` and `processes`; here is what of it reaches the
//! caller. Time is real: sockets do not go together with a paused clock.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use mock_server::{InvokeApi, MockLambda};
use tokio::net::TcpStream;

use crate::{
    raw::{Connection, Reply},
    wait::soon,
};

mod answers;
mod bad_requests;
mod breakers;
mod environments;
mod qualifiers;
mod refusals;
mod requests;
mod streams;
mod targets;

fn listen(mock: &MockLambda) -> InvokeApi {
    mock.listen(([127, 0, 0, 1], 0).into()).unwrap()
}

async fn connect(api: &InvokeApi) -> Connection<TcpStream> {
    Connection::tcp(api.address()).await
}

fn path(function: &str) -> String {
    format!("/2015-03-31/functions/{function}/invocations")
}

/// Invokes a function on a connection of its own.
async fn invoke(
    api: &InvokeApi,
    function: &str,
    headers: &[(&str, &str)],
    payload: impl AsRef<[u8]>,
) -> Reply {
    let mut connection = connect(api).await;
    soon(connection.post_with(&path(function), headers, payload)).await
}

/// Name of the error in the head, and the body.
fn refusal(reply: &Reply) -> (u16, Option<&str>, &str) {
    assert_eq!(reply.header("content-type"), Some("application/json"));
    (reply.status(), reply.header("x-amzn-errortype"), reply.text())
}
