//! Both directions of telemetry agree: events, batches, subscriptions, credentials and metadata.

mod garbage;

use std::time::Duration;

use lambda_api::{
    ExtensionId,
    metadata::{self, Metadata},
    runtime::credentials::{self, Credentials},
    telemetry::{
        Buffering, Category, DeliveryMethod, Destination, End, Event, Extension, InitPhase, InitReport,
        InitRuntimeDone, InitStart, InitializationType, ListenerUri, LogRecord, LogsDropped, PhaseMetrics,
        Record, Report, ReportMetrics, RestoreReport, RestoreRuntimeDone, RestoreStart, RuntimeDone,
        RuntimeDoneMetrics, SchemaVersion, Span, Start, Status, Subscribe, SubscribeLogs, Subscription,
        Timestamp, Tracing, batch,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::Value;

use super::{id, json, text};

/// What the wire can carry: milliseconds until the end of the year 9999.
fn timestamp() -> impl Strategy<Value = Timestamp> {
    (0..253_402_300_800_000_u64).prop_map(|millis| Timestamp::from_unix(Duration::from_millis(millis)))
}

/// What the wire can carry: microseconds, for 31 years.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![0..10_000_000_u64, 0..1_000_000_000_000_000_u64].prop_map(Duration::from_micros)
}

fn billed() -> impl Strategy<Value = Duration> {
    (0..1_000_000_000_000_u64).prop_map(Duration::from_millis)
}

fn string() -> impl Strategy<Value = Option<String>> {
    option::of(any::<String>())
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        select(vec!["success", "failure", "error", "timeout"]).prop_map(Status::from_name),
        any::<String>().prop_map(|name| Status::from_name(&name)),
    ]
}

fn initialization_type() -> impl Strategy<Value = InitializationType> {
    prop_oneof![
        select(vec!["on-demand", "provisioned-concurrency", "snap-start", "lambda-managed-instances"])
            .prop_map(InitializationType::from_name),
        any::<String>().prop_map(|name| InitializationType::from_name(&name)),
    ]
}

fn init_phase() -> impl Strategy<Value = InitPhase> {
    prop_oneof![
        select(vec!["init", "invoke", "snap-start"]).prop_map(InitPhase::from_name),
        any::<String>().prop_map(|name| InitPhase::from_name(&name)),
    ]
}

fn categories() -> impl Strategy<Value = Vec<Category>> {
    vec(select(Category::ALL.to_vec()), 1..4)
}

fn tracing() -> impl Strategy<Value = Option<Tracing>> {
    option::of((string(), any::<String>(), any::<String>()).prop_map(|(span_id, kind, value)| {
        let mut tracing = Tracing::new(value);
        (tracing.span_id, tracing.kind) = (span_id, kind);
        tracing
    }))
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (any::<String>(), timestamp(), duration());
    vec(span.prop_map(|(name, start, duration)| Span::new(name, start, duration)), 0..3)
}

fn phase_metrics() -> impl Strategy<Value = PhaseMetrics> {
    (duration(), option::of(billed())).prop_map(|(duration, billed)| {
        let mut metrics = PhaseMetrics::new(duration);
        metrics.billed_duration = billed;
        metrics
    })
}

fn init_record() -> impl Strategy<Value = Record> {
    let shared = (initialization_type(), option::of(init_phase()), status(), string(), spans(), tracing());
    let start =
        (string(), string(), string(), string(), string(), option::of(any::<u64>()), any::<[String; 2]>());
    (0..3, shared, start, phase_metrics(), option::of(status())).prop_map(
        |(which, (kind, phase, status, error_type, spans, tracing), start, metrics, report_status)| {
            match which {
                0 => {
                    let (runtime, runtime_arn, arn, instance, _, memory, [name, version]) = start;
                    let mut start = InitStart::new(kind, InitPhase::Init, name, version);
                    (start.phase, start.tracing) = (phase, tracing);
                    (start.runtime_version, start.runtime_version_arn) = (runtime, runtime_arn);
                    (start.function_arn, start.instance_id, start.instance_max_memory) =
                        (arn, instance, memory);
                    Record::InitStart(start)
                }
                1 => {
                    let mut done = InitRuntimeDone::new(kind, InitPhase::Init, status);
                    (done.phase, done.error_type, done.spans, done.tracing) =
                        (phase, error_type, spans, tracing);
                    Record::InitRuntimeDone(done)
                }
                _ => {
                    let mut report = InitReport::new(kind, InitPhase::Init, status, metrics);
                    report.status = report_status;
                    (report.phase, report.error_type) = (phase, error_type);
                    (report.spans, report.tracing) = (spans, tracing);
                    Record::InitReport(report)
                }
            }
        },
    )
}

fn invoke_record() -> impl Strategy<Value = Record> {
    let shared = (id(), status(), string(), spans(), tracing(), string());
    let numbers = (duration(), any::<[Option<u64>; 2]>(), option::of(billed()), option::of(duration()));
    (0..4, shared, numbers, string(), option::of(status()), any::<bool>()).prop_map(
        |(which, (id, status, error_type, spans, tracing, tenant), numbers, other, report_status, bare)| {
            let (duration, [first, second], billed, part) = numbers;
            match which {
                0 => Record::End(End::new(id)),
                1 => {
                    let mut start = Start::new(id);
                    (start.version, start.tracing, start.tenant_id) = (error_type, tracing, tenant);
                    start.function_arn = other;
                    Record::Start(start)
                }
                2 => {
                    let mut metrics = RuntimeDoneMetrics::new(duration);
                    metrics.produced_bytes = first;
                    let mut done = RuntimeDone::new(id, status);
                    done.metrics = (!bare).then_some(metrics);
                    (done.error_type, done.spans) = (error_type, spans);
                    (done.tracing, done.tenant_id) = (tracing, tenant);
                    Record::RuntimeDone(done)
                }
                _ => {
                    let mut metrics = ReportMetrics::new(duration);
                    (metrics.memory_size_mb, metrics.max_memory_used_mb) = (first, second);
                    (metrics.billed_duration, metrics.init_duration) = (billed, part);
                    (metrics.billed_restore_duration, metrics.restore_duration) = (billed, part);
                    let mut report = Report::new(id, status, metrics);
                    report.status = report_status;
                    (report.error_type, report.spans) = (error_type, spans);
                    (report.tracing, report.tenant_id) = (tracing, tenant);
                    Record::Report(report)
                }
            }
        },
    )
}

fn restore_record() -> impl Strategy<Value = Record> {
    let start = (any::<[String; 2]>(), string(), string(), string(), option::of(any::<u64>()));
    let shared = (status(), string(), spans(), tracing());
    (0..3, start, shared, option::of(phase_metrics())).prop_map(
        |(which, start, (status, error_type, spans, tracing), metrics)| match which {
            0 => {
                let ([name, version], runtime, runtime_arn, instance, memory) = start;
                let mut start = RestoreStart::new(name, version);
                (start.runtime_version, start.runtime_version_arn) = (runtime, runtime_arn);
                (start.instance_id, start.instance_max_memory) = (instance, memory);
                Record::RestoreStart(start)
            }
            1 => {
                let mut done = RestoreRuntimeDone::new(status);
                (done.error_type, done.spans, done.tracing) = (error_type, spans, tracing);
                Record::RestoreRuntimeDone(done)
            }
            _ => {
                let mut report = RestoreReport::new(status);
                (report.error_type, report.metrics) = (error_type, metrics);
                (report.spans, report.tracing) = (spans, tracing);
                Record::RestoreReport(report)
            }
        },
    )
}

fn extension_record() -> impl Strategy<Value = Record> {
    let extension = (any::<String>(), any::<String>(), vec(any::<String>(), 0..3), string());
    let subscription =
        || (any::<String>(), categories()).prop_map(|(name, types)| Subscription::new(name, types));
    let dropped = (any::<String>(), any::<u64>(), any::<u64>());
    prop_oneof![
        extension.prop_map(|(name, state, events, error_type)| {
            let mut extension = Extension::new(name, state, events);
            extension.error_type = error_type;
            Record::Extension(extension)
        }),
        subscription().prop_map(Record::TelemetrySubscription),
        subscription().prop_map(Record::LogsSubscription),
        dropped.prop_map(|(reason, records, bytes)| {
            Record::LogsDropped(LogsDropped::new(reason, records, bytes))
        }),
    ]
}

fn log() -> impl Strategy<Value = LogRecord> {
    json().prop_map(|json| match json {
        Value::String(text) => LogRecord::Text(text),
        json => LogRecord::Json(json),
    })
}

fn event() -> impl Strategy<Value = Event> {
    let record = prop_oneof![
        init_record(),
        invoke_record(),
        restore_record(),
        extension_record(),
        any::<String>().prop_map(Record::Fault),
        log().prop_map(Record::Function),
        log().prop_map(Record::ExtensionLog),
        ("novelty\\.\\PC{0,16}", json()).prop_map(|(kind, record)| Record::Other { kind, record }),
        // A known type, but no record of its form.
        Just(Record::Other { kind: "platform.start".into(), record: Value::Null }),
    ];
    (timestamp(), record).prop_map(|(time, record)| Event { time, record })
}

fn destination() -> impl Strategy<Value = Destination> {
    prop_oneof![
        (1..=u16::MAX).prop_map(|port| Destination::Tcp { port }),
        (1..=u16::MAX, "(/[a-z0-9%A-F]{0,8}){0,3}(\\?[a-z=]{1,8})?").prop_map(|(port, path)| {
            Destination::Http { uri: format!("http://sandbox:{port}{path}").parse().unwrap() }
        }),
        (1..=u16::MAX).prop_map(|port| Destination::Http { uri: ListenerUri::local(port) }),
    ]
}

fn buffering() -> impl Strategy<Value = Buffering> {
    (1_000..=10_000_u32, 262_144..=1_048_576_u32, 25..=30_000_u64).prop_map(|(items, bytes, millis)| {
        let mut buffering = Buffering::default();
        (buffering.max_items, buffering.max_bytes) = (items, bytes);
        buffering.timeout = Duration::from_millis(millis);
        buffering
    })
}

proptest! {
    #[test]
    fn a_time_survives_its_text(time in timestamp(), nanos in 0..1_000_000_u32) {
        let text = time.to_string();
        prop_assert_eq!(text.len(), 24);
        prop_assert_eq!(text.parse(), Ok(time));
        // Beyond milliseconds, time is cut and never rounded into the future.
        let finer = Timestamp::from_unix(time.since_epoch() + Duration::from_nanos(nanos.into()));
        prop_assert_eq!(finer.to_string(), text);
    }

    #[test]
    fn times_are_in_the_order_of_their_texts(one in timestamp(), other in timestamp()) {
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
    }

    #[test]
    fn events_survive_both_kinds_of_batch(events in vec(event(), 0..6)) {
        let body = batch::encode_array(&events);
        let decoded: Result<Vec<_>, _> = batch::decode_array(&body).collect();
        prop_assert_eq!(decoded.as_ref(), Ok(&events));
        let lines = batch::encode_lines(&events);
        prop_assert_eq!(lines.iter().filter(|&&byte| byte == b'\n').count(), events.len());
        let decoded: Result<Vec<_>, _> = batch::decode_lines(&lines).collect();
        prop_assert_eq!(decoded.as_ref(), Ok(&events));
    }

    #[test]
    fn an_event_of_an_old_schema_has_no_object_in_its_log(event in event()) {
        let old = event.clone().for_schema(SchemaVersion::V20220701);
        let is_object = matches!(
            old.record,
            Record::Function(LogRecord::Json(_)) | Record::ExtensionLog(LogRecord::Json(_))
        );
        prop_assert!(!is_object, "{:?}", old);
        prop_assert_eq!((old.time, old.record.kind()), (event.time, event.record.kind()));
        prop_assert_eq!(&event.clone().for_schema(SchemaVersion::V20221213), &event);
    }

    #[test]
    fn a_subscription_survives(
        extension_id in id::<ExtensionId>(),
        destination in destination(),
        types in categories(),
        buffering in buffering(),
        version in select(SchemaVersion::TELEMETRY.to_vec()),
    ) {
        let mut subscribe = Subscribe::new(extension_id, destination, types);
        (subscribe.schema_version, subscribe.buffering) = (version, buffering);
        let request = subscribe.to_http().unwrap();
        prop_assert_eq!(Subscribe::from_http(request.headers(), request.body()), Ok(subscribe));
    }

    #[test]
    fn a_subscription_to_logs_survives(
        extension_id in id::<ExtensionId>(),
        destination in destination(),
        types in categories(),
        buffering in buffering(),
        version in select(SchemaVersion::LOGS.to_vec()),
        is_put in any::<bool>(),
    ) {
        let mut subscribe = SubscribeLogs::new(extension_id, destination, types);
        (subscribe.schema_version, subscribe.buffering) = (version, buffering);
        if is_put && matches!(subscribe.destination, Destination::Http { .. }) {
            subscribe.method = DeliveryMethod::Put;
        }
        let request = subscribe.to_http().unwrap();
        prop_assert_eq!(SubscribeLogs::from_http(request.headers(), request.body()), Ok(subscribe));
    }

    #[test]
    fn credentials_survive(token in text(), parts in any::<[String; 3]>(), expiration in timestamp()) {
        let call = credentials::Call::new(token);
        prop_assert_eq!(credentials::Call::from_http(call.to_http().unwrap().headers()), Ok(call));
        let [id, key, session] = parts;
        let credentials = Credentials::new(id, key, session, expiration);
        prop_assert_eq!(Credentials::from_http(credentials.to_http()), Ok(credentials));
    }

    #[test]
    fn metadata_survive(
        token in "[!-~]{1,64}",
        zone in any::<String>(),
        seconds in option::of(any::<u64>()),
        name in "[a-z]{1,8}",
        value in json(),
    ) {
        let call = metadata::Call::new(token);
        prop_assert_eq!(metadata::Call::from_http(call.to_http().unwrap().headers()), Ok(call));
        let mut environment = Metadata::new(zone);
        environment.max_age = seconds.map(Duration::from_secs);
        environment.other.insert(name, value);
        prop_assert_eq!(Metadata::from_http(environment.to_http()), Ok(environment));
    }
}
