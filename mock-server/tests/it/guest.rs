//! Guests that speak the Runtime API by hand: one that a test moves like a puppet, and one that answers.
//!
//! Both run in this process, over memory. Guests that are processes are in `folder`.

#![expect(clippy::expect_used, reason = "a peer that cannot go on fails the test")]

use std::future::Future;

use lambda_api::transport::{RuntimeApi, Stream};
use mock_server::{Function, FunctionBuilder, Invocation, Outcome};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use crate::raw::{self, Connection, Reply};

pub(crate) const NEXT: &str = "/2018-06-01/runtime/invocation/next";
pub(crate) const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";

pub(crate) fn response_path(request_id: &str) -> String {
    format!("/2018-06-01/runtime/invocation/{request_id}/response")
}

pub(crate) fn error_path(request_id: &str) -> String {
    format!("/2018-06-01/runtime/invocation/{request_id}/error")
}

/// The id of the event that a reply to next carries.
pub(crate) fn request_id(event: &Reply) -> &str {
    event.header("lambda-runtime-aws-request-id").expect("every event has a request id")
}

/// A function whose guest does nothing by itself: the test connects and speaks in its place.
pub(crate) struct Puppet {
    pub(crate) function: Function,
    launches: Mutex<mpsc::UnboundedReceiver<RuntimeApi>>,
}

impl Puppet {
    pub(crate) fn new(builder: FunctionBuilder) -> Self {
        let (sender, launches) = mpsc::unbounded_channel();
        let function = builder.in_process(move |api| {
            let _test_is_over = sender.send(api);
            std::future::pending::<Result<(), String>>()
        });
        Self { function, launches: Mutex::new(launches) }
    }

    /// Invokes the function; the outcome comes when the test has played the guest's part.
    pub(crate) fn invoke(&self, invocation: impl Into<Invocation>) -> JoinHandle<Outcome> {
        let (function, invocation) = (self.function.clone(), invocation.into());
        tokio::spawn(async move { function.invoke(invocation).await })
    }

    /// The API as the next guest gets it that is launched.
    pub(crate) async fn launched(&self) -> RuntimeApi {
        self.launches.lock().await.recv().await.expect("the function is alive")
    }

    /// Invokes the function for the first time, and connects as its guest.
    pub(crate) async fn connected(
        &self,
        invocation: impl Into<Invocation>,
    ) -> (Connection<Stream>, JoinHandle<Outcome>) {
        let outcome = self.invoke(invocation);
        (Connection::open(&self.launched().await).await, outcome)
    }
}

/// A whole bootstrap that posts as its response what the handler makes of each event.
pub(crate) async fn answering<F, Fut>(api: RuntimeApi, handler: F) -> Result<(), String>
where
    F: Fn(Reply) -> Fut,
    Fut: Future<Output = Vec<u8>>,
{
    let mut guest = Connection::open(&api).await;
    loop {
        guest.send_in_vain(raw::get(NEXT)).await;
        let Some(event) = guest.try_reply().await else { return Ok(()) };
        let path = response_path(request_id(&event));
        let response = handler(event).await;
        guest.send_in_vain(raw::post(&path, &[], &response)).await;
        if guest.try_reply().await.is_none() {
            return Ok(());
        }
    }
}

/// A whole bootstrap that gives each event back.
pub(crate) async fn echo(api: RuntimeApi) -> Result<(), String> {
    answering(api, async |event: Reply| event.body).await
}

/// A whole bootstrap that takes an event and never answers.
pub(crate) async fn silent(api: RuntimeApi) -> Result<(), String> {
    answering(api, |_| std::future::pending()).await
}
