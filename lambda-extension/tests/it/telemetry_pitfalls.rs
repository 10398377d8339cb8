//! What users of other clients have met with telemetry, one test each.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use lambda_extension::{
    Failure, Service,
    telemetry::{
        Batch, Category, InitializationType, LogRecord, Record, SchemaVersion, Status, Subscription,
        Telemetry, TelemetryError,
    },
};
use serde_json::json;

use crate::{
    telemetry_api::{Api, OK, body},
    telemetry_peer::{Peer, event, events, logged, soon, taken},
};

#[tokio::test]
async fn b43_eight_connections_at_once_are_all_served() {
    let mut telemetry = Telemetry::http().bind().await.unwrap();
    let mut peers = Vec::new();
    for _ in 0..8 {
        peers.push(Peer::connect(&telemetry).await);
    }
    for round in 0..3 {
        // The last one first, so that none waits for the one before it.
        for (at, peer) in peers.iter_mut().enumerate().rev() {
            assert_eq!(peer.post(logged(&format!("{round} of {at}"))).await, 200);
            assert_eq!(taken(&mut telemetry).await.bytes(), &logged(&format!("{round} of {at}")));
        }
    }
}

#[tokio::test]
async fn b44_a_port_in_use_is_an_error_before_anything_is_subscribed() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let other = Telemetry::http().bind().await.unwrap();
    let port = other.address().port();
    for builder in [Telemetry::http(), Telemetry::tcp()] {
        let error = builder.port(port).bind().await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on 0.0.0.0:{port}"));
        let TelemetryError::Bind { address, source } = error else { panic!("{error:?}") };
        assert_eq!((address.port(), source.kind()), (port, std::io::ErrorKind::AddrInUse));
    }
    // The first call after registration is the one for an event: there was no PUT.
    let (event, ()) = tokio::join!(extension.next_event(), async {
        api.asked().await;
        api.shut_down().await;
    });
    event.unwrap();
}

#[tokio::test]
async fn b44_the_listener_is_open_when_the_subscription_is_made() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let (telemetry, ()) = tokio::join!(extension.telemetry(&subscription), async {
        let call = api.call().await;
        let put: serde_json::Value = serde_json::from_str(body(&call)).unwrap();
        let uri = put["destination"]["URI"].as_str().unwrap();
        let port = uri.strip_prefix("http://sandbox.localdomain:").unwrap().strip_suffix('/').unwrap();
        let mut peer = Peer::connect_to(port.parse().unwrap()).await.unwrap();
        assert_eq!(peer.post(logged("early")).await, 200);
        api.reply(OK).await;
    });
    assert_eq!(taken(&mut telemetry.unwrap()).await.bytes(), &logged("early"));
}

#[tokio::test]
async fn b45_records_that_are_new_or_odd_are_acknowledged_and_hide_no_other() {
    let restore_start = r#"{"functionName":"f","functionVersion":"1"}"#;
    let restore_done = r#"{"status":"success"}"#;
    let restore_report = r#"{"status":"success","metrics":{"durationMs":70.9}}"#;
    let init_start = r#"{"initializationType":"lambda-managed-instances","phase":"init"}"#;
    let report = r#"{"requestId":"r-3","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":3000.123}}"#;
    let mut telemetry = Telemetry::http().bind().await.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    let batch = [
        event("platform.restoreStart", restore_start),
        event("platform.restoreRuntimeDone", restore_done),
        event("platform.restoreReport", restore_report),
        event("platform.fault", r#""RequestId: r-1 Error: exit status 1""#),
        event("platform.end", r#"{"requestId":"r-1"}"#),
        event("platform.initStart", init_start),
        event("platform.report", report),
        event("function", r#"{"level":"INFO","message":"hello"}"#),
        event("extension", r#"{"level":"WARN"}"#),
        event("platform.novelty", r#"{"of":"2030"}"#),
        event("platform.start", r#"{"requestId":17}"#),
        r#"{"type":"function","record":"no time"}"#.to_owned(),
        "42".to_owned(),
        event("function", r#""the last""#),
    ];
    assert_eq!(lambda.post(format!("[{}]", batch.join(",\n "))).await, 200);

    let mut events: VecDeque<_> = events(&taken(&mut telemetry).await).into();
    let mut next = || events.pop_front().unwrap();
    assert!(matches!(next().unwrap().record, Record::RestoreStart(_)));
    let Record::RestoreRuntimeDone(done) = next().unwrap().record else { panic!("not done") };
    assert_eq!(done.status, Status::Success);
    assert!(matches!(next().unwrap().record, Record::RestoreReport(_)));
    assert_eq!(next().unwrap().record, Record::Fault("RequestId: r-1 Error: exit status 1".into()));
    let Record::End(end) = next().unwrap().record else { panic!("not an end") };
    assert_eq!(end.request_id.as_str(), "r-1");
    let Record::InitStart(start) = next().unwrap().record else { panic!("not a start") };
    assert_eq!(start.initialization_type, InitializationType::ManagedInstances);
    let Record::Report(report) = next().unwrap().record else { panic!("not a report") };
    assert_eq!((report.request_id.as_str(), report.status), ("r-3", Some(Status::Timeout)));
    let info = json!({ "level": "INFO", "message": "hello" });
    assert_eq!(next().unwrap().record, Record::Function(LogRecord::Json(info)));
    assert_eq!(next().unwrap().record, Record::ExtensionLog(LogRecord::Json(json!({ "level": "WARN" }))));
    let novelty = Record::Other { kind: "platform.novelty".into(), record: json!({ "of": "2030" }) };
    assert_eq!(next().unwrap().record, novelty);
    let odd = Record::Other { kind: "platform.start".into(), record: json!({ "requestId": 17 }) };
    assert_eq!(next().unwrap().record, odd);
    assert_eq!(next().unwrap_err().text, r#"{"type":"function","record":"no time"}"#);
    assert_eq!(next().unwrap_err().text, "42");
    assert_eq!(next().unwrap().record, Record::Function("the last".into()));
    assert_eq!(events.len(), 0);
}

#[tokio::test]
async fn b48_each_version_of_the_schema_can_be_chosen() {
    for (version, name) in [
        (SchemaVersion::V20220701, "2022-07-01"),
        (SchemaVersion::V20221213, "2022-12-13"),
        (SchemaVersion::V20250129, "2025-01-29"),
    ] {
        let mut api = Api::start();
        let mut extension = api.register().await;
        let telemetry = Telemetry::http().bind().await.unwrap();
        let subscription = Subscription::new(&[Category::Function]).schema_version(version);
        let (subscribed, call) = tokio::join!(extension.subscribe(&telemetry, &subscription), api.answer(OK));
        subscribed.unwrap();
        assert_eq!(
            body(&call),
            format!(
                r#"{{"schemaVersion":"{name}","destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{}/"}},"types":["function"],"buffering":{{"maxItems":10000,"maxBytes":262144,"timeoutMs":1000}}}}"#,
                telemetry.address().port()
            )
        );
    }
}

/// Notes what is asked of it; fails where it is told to.
#[derive(Clone, Default)]
struct Sink {
    notes: Arc<Mutex<Vec<&'static str>>>,
    fails_at_call: Option<usize>,
    is_never_ready: bool,
    calls: usize,
}

impl Service<Batch> for Sink {
    type Response = ();
    type Error = Failure;
    type Future = std::future::Ready<Result<(), Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.notes.lock().unwrap().push("ready");
        Poll::Ready(if self.is_never_ready { Err(Failure::new("Full", "the disk is full")) } else { Ok(()) })
    }

    fn call(&mut self, _: Batch) -> Self::Future {
        self.notes.lock().unwrap().push("call");
        self.calls += 1;
        let fails = self.fails_at_call == Some(self.calls);
        std::future::ready(if fails { Err(Failure::new("BackendGone", "no route")) } else { Ok(()) })
    }
}

#[tokio::test]
async fn b49_readiness_is_asked_for_before_each_batch_and_a_failure_ends_the_run() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    for text in ["one", "two", "three"] {
        assert_eq!(lambda.post(logged(text)).await, 200);
    }
    let sink = Sink { fails_at_call: Some(2), ..Sink::default() };
    let error = soon(telemetry.run(sink.clone())).await.unwrap_err();
    let TelemetryError::Handler(failure) = error else { panic!("{error:?}") };
    assert_eq!(
        (failure.error_type(), &*failure.report().error_message),
        ("Extension.BackendGone", "no route")
    );
    assert_eq!(*sink.notes.lock().unwrap(), ["ready", "call", "ready", "call"]);
}

#[tokio::test]
async fn b49_a_handler_that_cannot_become_ready_ends_the_run_with_its_error() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let sink = Sink { is_never_ready: true, ..Sink::default() };
    let error = soon(telemetry.run(sink.clone())).await.unwrap_err();
    let TelemetryError::Handler(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.error_type(), "Extension.Full");
    assert_eq!(*sink.notes.lock().unwrap(), ["ready"]);
}

#[tokio::test]
async fn b49_a_panic_of_the_handler_ends_the_run_with_what_it_said() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    assert_eq!(lambda.post(logged("one")).await, 200);
    let panics = lambda_extension::service_fn(async |_: Batch| -> Result<(), Failure> { panic!("no disk") });
    let error = soon(telemetry.run(panics)).await.unwrap_err();
    let TelemetryError::Handler(failure) = error else { panic!("{error:?}") };
    assert_eq!((failure.error_type(), &*failure.report().error_message), ("Extension.Panic", "no disk"));
}
