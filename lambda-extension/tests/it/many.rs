//! Ten thousand invocations against the mock, and all of their telemetry: nothing lost, in order, nothing twice.
//!
//! The function runs in this process: a runtime that speaks bytes (in `runtime`), and an internal extension with a
//! listener on a real socket, which is restarted halfway. Time is real.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use lambda_extension::{
    Event, Extension, ExtensionError, Next, RuntimeApi,
    telemetry::{Batch, Category, Protocol, Record, Subscription, Telemetry, TelemetryError},
};
use mock_server::{Event as Entry, Function, MockLambda};
use tokio::{
    io::{AsyncReadExt, BufReader},
    net::TcpListener,
    sync::mpsc,
    task::yield_now,
};

use crate::telemetry_peer::content_length;

mod runtime;

/// What is done.
#[derive(Clone, Copy)]
struct Plan {
    protocol: Protocol,
    invocations: usize,
    /// In the middle.
    restart: Restart,
}

/// How the subscriber is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Restart {
    /// Its listener is closed, and what it has is taken.
    Closed,
    /// It is gone at once; and the next one ends after it has taken a batch and before it has said so.
    Crashed,
}

/// What the mock says about its deliveries.
#[derive(Debug, Default)]
struct Deliveries {
    /// How many events there were in each attempt that has no outcome yet.
    under_way: VecDeque<usize>,
    taken: usize,
    events_taken: usize,
    refused: usize,
}

impl Deliveries {
    fn note(&mut self, entry: &Entry) {
        match entry {
            Entry::TelemetrySent { events, .. } => self.under_way.push_back(*events),
            Entry::TelemetryTaken { .. } => {
                self.taken += 1;
                self.events_taken += self.under_way.pop_front().unwrap();
            }
            Entry::TelemetryRefused { .. } => {
                self.refused += 1;
                self.under_way.pop_front().unwrap();
            }
            _ => {}
        }
    }
}

/// Binds a listener to a port, or to a free one; one that was dropped a moment ago may still be there.
async fn bind(protocol: Protocol, port: u16) -> Telemetry {
    loop {
        let builder = match protocol {
            Protocol::Http => Telemetry::http(),
            Protocol::Tcp => Telemetry::tcp(),
        };
        match builder.port(port).bind().await {
            Ok(telemetry) => return telemetry,
            Err(TelemetryError::Bind { .. }) if port != 0 => yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// An internal extension that hands on every batch, and is restarted halfway.
async fn extension(
    mut extension: Extension,
    mut telemetry: Telemetry,
    plan: Plan,
    batches: mpsc::UnboundedSender<Batch>,
) -> Result<(), ExtensionError> {
    let mut invocations = 0;
    loop {
        match extension.next(&mut telemetry).await? {
            Next::Batch(batch) => batches.send(batch).unwrap(),
            Next::Event(Event::Invoke(_)) => {
                invocations += 1;
                if invocations == plan.invocations / 2 {
                    telemetry = restarted(telemetry, plan.restart, &batches).await;
                }
            }
            other => panic!("nothing else happens to an internal extension: {other:?}"),
        }
    }
}

async fn restarted(
    mut telemetry: Telemetry,
    restart: Restart,
    batches: &mpsc::UnboundedSender<Batch>,
) -> Telemetry {
    let (protocol, port) = (telemetry.protocol(), telemetry.address().port());
    match restart {
        Restart::Closed => {
            telemetry.closer().close();
            while let Some(batch) = telemetry.next_batch().await.unwrap() {
                batches.send(batch).unwrap();
            }
        }
        Restart::Crashed => {
            // What has been acknowledged would be lost with it.
            while telemetry.queued_bytes() > 0 {
                batches.send(telemetry.next_batch().await.unwrap().unwrap()).unwrap();
            }
            drop(telemetry);
            batches.send(takes_a_batch_and_crashes(port).await).unwrap();
        }
    }
    bind(protocol, port).await
}

/// A subscriber that takes a batch, and hangs up before it has acknowledged it.
async fn takes_a_batch_and_crashes(port: u16) -> Batch {
    let listener = loop {
        match TcpListener::bind(("0.0.0.0", port)).await {
            Ok(listener) => break listener,
            Err(_) => yield_now().await,
        }
    };
    let mut stream = BufReader::new(listener.accept().await.unwrap().0);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let mut body = vec![0; content_length(&String::from_utf8(head).unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    Batch::from_array(body)
}

/// Both halves of the function's process.
async fn bootstrap(
    api: RuntimeApi,
    plan: Plan,
    batches: mpsc::UnboundedSender<Batch>,
) -> Result<(), ExtensionError> {
    let mut registered = Extension::builder("audit").internal().endpoint(api.clone()).register().await?;
    let telemetry = bind(plan.protocol, 0).await;
    let subscription = Subscription::new(&Category::ALL).timeout(Duration::from_millis(25));
    registered.subscribe(&telemetry, &subscription).await?;
    // The runtime ends first, and the process goes on until it is killed: telemetry is still to come.
    let (ended, ()) = tokio::join!(extension(registered, telemetry, plan, batches), runtime::run(api));
    ended
}

/// Invokes so many times, one after the other, and returns the ids.
async fn invoke(function: &Function, invocations: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..invocations {
        let outcome = function.invoke("{}").await;
        assert!(outcome.is_success(), "{outcome:?}");
        ids.push(outcome.request_id().to_string());
    }
    ids
}

/// The types of an invocation's records, in their order.
const RECORDS: [&str; 3] = ["platform.start", "platform.runtimeDone", "platform.report"];

/// What was told of invocations: type and id, in the order in which it came.
fn told(batches: &[Batch]) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    for event in batches.iter().flat_map(Batch::events) {
        let record = event.unwrap().record;
        match record {
            Record::Start(start) => told.push((RECORDS[0], start.request_id.to_string())),
            Record::RuntimeDone(done) => told.push((RECORDS[1], done.request_id.to_string())),
            Record::Report(report) => told.push((RECORDS[2], report.request_id.to_string())),
            Record::InitStart(_)
            | Record::InitRuntimeDone(_)
            | Record::InitReport(_)
            | Record::Extension(_)
            | Record::TelemetrySubscription(_) => {}
            // Such as `platform.logsDropped`.
            record => panic!("{record:?}"),
        }
    }
    told
}

async fn nothing_is_lost(plan: Plan) {
    let deliveries = Arc::new(Mutex::new(Deliveries::default()));
    let noted = Arc::clone(&deliveries);
    let mock = MockLambda::observed(1, move |entry| noted.lock().unwrap().note(&entry.event));
    let (sender, mut batches) = mpsc::unbounded_channel();
    let function = mock
        .function("busy")
        .reserved_concurrency(1)
        .timeout(Duration::from_secs(60))
        .in_process(move |api| bootstrap(api, plan, sender.clone()));
    let ids = invoke(&function, plan.invocations).await;
    // The last of it comes because the environment ends, which takes the function half a second.
    function.shut_down().await;

    let (mut received, mut kept, mut seen) = (0, Vec::new(), BTreeSet::new());
    while let Ok(batch) = batches.try_recv() {
        received += 1;
        // A batch whose acknowledgement was lost comes again as it was; over TCP there are none.
        if plan.protocol == Protocol::Tcp || seen.insert(batch.bytes().clone()) {
            kept.push(batch);
        }
    }
    let told = told(&kept);
    assert_eq!(told.len(), plan.invocations * RECORDS.len());
    let expected = ids.iter().flat_map(|id| RECORDS.iter().map(move |&kind| (kind, id.clone())));
    for (at, (told, expected)) in told.into_iter().zip(expected).enumerate() {
        assert_eq!(told, expected, "at {at}");
    }

    let events: usize = kept.iter().map(|batch| batch.events().count()).sum();
    let repeats = received - kept.len();
    let deliveries = deliveries.lock().unwrap();
    assert!(deliveries.under_way.is_empty(), "{deliveries:?}");
    assert_eq!(deliveries.events_taken, events, "{deliveries:?}");
    if plan.protocol == Protocol::Http {
        // Each was acknowledged once, and the one that came again had not been the first time.
        assert_eq!(deliveries.taken, kept.len(), "{deliveries:?}");
        assert_eq!(repeats, usize::from(plan.restart == Restart::Crashed));
        assert!(deliveries.refused >= repeats, "{deliveries:?}");
    }
}

#[tokio::test]
async fn over_http_only_what_was_not_acknowledged_comes_again_when_the_subscriber_crashes() {
    let plan = Plan { protocol: Protocol::Http, invocations: 10_000, restart: Restart::Crashed };
    nothing_is_lost(plan).await;
}

#[tokio::test]
async fn over_http_nothing_comes_again_when_the_subscriber_is_closed_and_started_again() {
    // The same with fewer: what is other is the restart.
    let plan = Plan { protocol: Protocol::Http, invocations: 1_000, restart: Restart::Closed };
    nothing_is_lost(plan).await;
}

#[tokio::test]
async fn over_tcp_nothing_is_lost_when_the_subscriber_is_closed_and_started_again() {
    let plan = Plan { protocol: Protocol::Tcp, invocations: 10_000, restart: Restart::Closed };
    nothing_is_lost(plan).await;
}
