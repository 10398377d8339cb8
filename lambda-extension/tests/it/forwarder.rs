//! The forwarder: when it ships, what, and what becomes of a sink that fails.
//!
//! A [`Scene`] has an API, a platform that posts telemetry, and a sink, all moved by hand; time stands still.

use std::time::Duration;

use lambda_extension::{
    ExtensionError, Failure, FlushStrategy, Forwarder, service_fn,
    telemetry::{Batch, Category, Subscription, Telemetry},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::advance,
};

use crate::{
    telemetry_api::{Api, OK, Stopped},
    telemetry_peer::{Peer, soon},
};

mod ends;
mod failing;
mod strategies;

/// What the sink was given, and how it goes on.
struct Shipment {
    batches: Vec<Batch>,
    result: oneshot::Sender<Result<(), Failure>>,
}

impl Shipment {
    /// The batches as they were sent.
    fn texts(&self) -> Vec<String> {
        self.batches.iter().map(|batch| String::from_utf8(batch.bytes().to_vec()).unwrap()).collect()
    }

    fn succeed(self) {
        self.result.send(Ok(())).unwrap();
    }
}

struct Scene {
    api: Api,
    lambda: Peer,
    shipments: mpsc::UnboundedReceiver<Shipment>,
    running: JoinHandle<Result<(), ExtensionError>>,
    _time: Stopped,
}

impl Scene {
    /// A forwarder of everything that has asked for its first event.
    async fn start(strategy: FlushStrategy) -> Self {
        Self::configured(&Category::ALL, &[], |forwarder| forwarder.strategy(strategy)).await
    }

    async fn configured(
        categories: &[Category],
        variables: &[(&str, &str)],
        configure: impl FnOnce(Forwarder) -> Forwarder,
    ) -> Self {
        let time = Stopped::here();
        let mut api = Api::with_variables(variables);
        let mut extension = api.register().await;
        let telemetry = Telemetry::http().bind().await.unwrap();
        let lambda = Peer::connect(&telemetry).await;
        let subscription = Subscription::new(categories);
        let (subscribed, _) = tokio::join!(extension.subscribe(&telemetry, &subscription), api.answer(OK));
        subscribed.unwrap();
        let (sender, shipments) = mpsc::unbounded_channel();
        let sink = service_fn(move |batches| {
            let sender = sender.clone();
            async move {
                let (result, answer) = oneshot::channel();
                sender.send(Shipment { batches, result }).unwrap();
                answer.await.unwrap_or_else(|_| panic!("the sink broke"))
            }
        });
        let running = tokio::spawn(configure(Forwarder::new(extension, telemetry)).run(sink));
        api.asked().await;
        Self { api, lambda, shipments, running, _time: time }
    }

    /// Telemetry comes.
    async fn post(&mut self, batch: &str) {
        assert_eq!(self.lambda.post(batch).await, 200);
    }

    /// What is shipped next.
    async fn shipment(&mut self) -> Shipment {
        soon(self.shipments.recv()).await.unwrap()
    }

    /// It ships these batches at once, and nothing else happens before it is done with them.
    async fn ships(&mut self, batches: &[&str]) {
        let shipment = self.shipment().await;
        assert_eq!(shipment.texts(), batches);
        self.stands_still().await;
        shipment.succeed();
        self.settle().await;
    }

    /// Nothing is shipped and no event is asked for.
    async fn stands_still(&mut self) {
        self.settle().await;
        assert!(self.shipments.is_empty());
        assert!(!self.api.has_call().await);
    }

    /// Lets everything happen that can happen by itself: more turns than any of it takes.
    async fn settle(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(&self, time: Duration) {
        advance(time).await;
        self.settle().await;
    }

    /// How the forwarder has ended.
    async fn end(self) -> Result<(), ExtensionError> {
        soon(self.running).await.unwrap()
    }
}
