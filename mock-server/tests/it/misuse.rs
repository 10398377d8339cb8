//! Every rule, broken by a raw guest; and what looks like a breach and is none.
//!
//! Guests are in this process, and time is paused, unless a process is what the test is about. Stories that are hard
//! to bring about are told with hand-made entries, in `src/misuse/test.rs`.

#![expect(clippy::unwrap_used, reason = "a peer that cannot go on fails the test")]

use lambda_api::transport::{RuntimeApi, Stream};
use mock_server::{FunctionBuilder, Invocation, Misuse, MockLambda, Outcome, Rule, Who};
use tokio::task::JoinHandle;

use crate::{
    guest::{NEXT, Puppet},
    raw::{self, Connection, Reply},
};

mod answers;
mod ends;
mod failures;
mod finish;
mod http;
mod legal;
mod polls;
#[cfg(unix)]
mod processes;
mod registration;

const REGISTER: &str = "/2020-01-01/extension/register";
const EVENT_NEXT: &str = "/2020-01-01/extension/event/next";

/// A service with one function, in whose guests' place the test speaks.
struct Stage {
    mock: MockLambda,
    puppet: Puppet,
}

impl Stage {
    fn new() -> Self {
        Self::with(|function| function)
    }

    fn with(configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder) -> Self {
        let mock = MockLambda::new();
        let puppet = Puppet::new(configure(mock.function("f")));
        Self { mock, puppet }
    }

    /// Invokes the function and launches its guest.
    async fn launched(&self, request_id: &str) -> (RuntimeApi, JoinHandle<Outcome>) {
        let outcome = self.puppet.invoke(invocation(request_id));
        (self.puppet.launched().await, outcome)
    }

    /// A runtime that has taken the event `r-1`.
    async fn busy(&self) -> (Connection<Stream>, JoinHandle<Outcome>) {
        let (mut runtime, outcome) = self.puppet.connected(invocation("r-1")).await;
        runtime.get(NEXT).await;
        (runtime, outcome)
    }

    /// What was broken up to now, and by whom.
    fn broken(&self) -> Vec<(Rule, Who)> {
        self.mock.misuse().into_iter().map(|Misuse { rule, who, .. }| (rule, who)).collect()
    }

    /// What the runtime has broken up to now; nobody else has broken anything.
    fn broken_by_runtime(&self) -> Vec<Rule> {
        let broken = self.broken();
        assert!(broken.iter().all(|(_, who)| *who == Who::Runtime), "{broken:?}");
        broken.into_iter().map(|(rule, _)| rule).collect()
    }
}

fn invocation(request_id: &str) -> Invocation {
    Invocation::new("{}").request_id(request_id.parse().unwrap())
}

fn extension(name: &str) -> Who {
    Who::Extension { name: name.to_owned() }
}

/// A registered internal extension.
struct Internal {
    connection: Connection<Stream>,
    identifier: String,
}

impl Internal {
    async fn registered(api: &RuntimeApi, name: &str, events: &str) -> Self {
        let mut connection = Connection::open(api).await;
        let reply = register(&mut connection, name, events).await;
        let identifier = reply.header("lambda-extension-identifier").unwrap().to_owned();
        Self { connection, identifier }
    }

    /// One that wants to know of invocations, and asks for the first.
    async fn polling(api: &RuntimeApi, name: &str) -> Self {
        let mut extension = Self::registered(api, name, "\"INVOKE\"").await;
        extension.poll().await;
        extension
    }

    async fn poll(&mut self) {
        self.connection.send(poll(&self.identifier)).await;
    }

    async fn post(&mut self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let identifier = ("Lambda-Extension-Identifier", &*self.identifier);
        self.connection.post_with(path, &[&[identifier], headers].concat(), "{}").await
    }

    async fn exit_error(&mut self) -> Reply {
        let category = ("Lambda-Extension-Function-Error-Type", "Extension.Boom");
        self.post("/2020-01-01/extension/exit/error", &[category]).await
    }
}

/// A poll of an extension.
fn poll(identifier: &str) -> String {
    raw::head("GET", EVENT_NEXT, &[("Lambda-Extension-Identifier", identifier)]) + "\r\n"
}

async fn register(connection: &mut Connection<Stream>, name: &str, events: &str) -> Reply {
    let body = format!("{{\"events\":[{events}]}}");
    connection.post_with(REGISTER, &[("Lambda-Extension-Name", name)], body).await
}
