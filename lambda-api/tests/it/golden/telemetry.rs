//! Literal bytes of telemetry: events here, deliveries in `batch`, subscriptions in `subscribe`.
//!
//! Where no page is named, the literal has the members of
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html> with values of our own.

mod batch;
mod legacy;
mod subscribe;

use std::time::Duration;

use lambda_api::{
    RequestId,
    telemetry::{
        Category, Event, Extension, InitPhase, InitReport, InitRuntimeDone, InitStart, InitializationType,
        LogRecord, LogsDropped, PhaseMetrics, Record, Report, ReportMetrics, RestoreReport,
        RestoreRuntimeDone, RestoreStart, RuntimeDone, RuntimeDoneMetrics, SchemaVersion, Span, Start,
        Status, Subscription, Timestamp, Tracing,
    },
};
use serde_json::json;

fn id(text: &str) -> RequestId {
    RequestId::new(text).unwrap()
}

fn millis(millis: f64) -> Duration {
    Duration::from_micros((millis * 1_000.0).round() as u64)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(time: &str, record: Record) -> Event {
    Event { time: time.parse().unwrap(), record }
}

fn decoded(literal: &str) -> Event {
    serde_json::from_str(literal).unwrap()
}

/// Both directions, to the byte.
#[track_caller]
fn assert_is(event: &Event, literal: &str) {
    assert_eq!(&decoded(literal), event);
    assert_eq!(serde_json::to_string(event).unwrap(), literal);
}

fn tracing() -> Tracing {
    let mut tracing =
        Tracing::new("Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1");
    tracing.span_id = Some("54565fb41ac79632".into());
    tracing
}

#[test]
fn the_init_phase_is_told_in_three_records() {
    let mut start = InitStart::new(InitializationType::OnDemand, InitPhase::Init, "demo", "$LATEST");
    start.runtime_version = Some("provided:al2023.v40".into());
    start.runtime_version_arn = Some("arn:aws:lambda:eu-west-1::runtime:0a1b".into());
    assert_is(
        &event("2026-11-20T10:00:00.101Z", Record::InitStart(start)),
        r#"{"time":"2026-11-20T10:00:00.101Z","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init","functionName":"demo","functionVersion":"$LATEST","runtimeVersion":"provided:al2023.v40","runtimeVersionArn":"arn:aws:lambda:eu-west-1::runtime:0a1b"}}"#,
    );
    let done = InitRuntimeDone::new(InitializationType::OnDemand, InitPhase::Init, Status::Success);
    assert_is(
        &event("2026-11-20T10:00:00.210Z", Record::InitRuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:00.210Z","type":"platform.initRuntimeDone","record":{"initializationType":"on-demand","phase":"init","status":"success"}}"#,
    );
    let metrics = PhaseMetrics::new(millis(111.2));
    let report = InitReport::new(InitializationType::OnDemand, InitPhase::Init, Status::Success, metrics);
    assert_is(
        &event("2026-11-20T10:00:00.212Z", Record::InitReport(report)),
        r#"{"time":"2026-11-20T10:00:00.212Z","type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":111.2}}}"#,
    );
}

#[test]
fn records_of_the_init_phase_have_all_their_members_in_order() {
    let mut start = InitStart::new(InitializationType::SnapStart, InitPhase::SnapStart, "demo", "7");
    start.runtime_version = Some("v".into());
    start.runtime_version_arn = Some("r".into());
    start.function_arn = Some("f".into());
    start.instance_id = Some("i".into());
    start.instance_max_memory = Some(134_217_728);
    start.tracing = Some(Tracing::new("Root=1"));
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::InitStart(start)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.initStart","record":{"initializationType":"snap-start","phase":"snap-start","functionName":"demo","functionVersion":"7","runtimeVersion":"v","runtimeVersionArn":"r","functionArn":"f","instanceId":"i","instanceMaxMemory":134217728,"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}}"#,
    );
    let mut done =
        InitRuntimeDone::new(InitializationType::ProvisionedConcurrency, InitPhase::Init, Status::Error);
    done.error_type = Some("Runtime.ExitError".into());
    done.spans = vec![Span::new("someTimeSpan", time("2022-06-02T12:02:33.913Z"), millis(70.5))];
    done.tracing = Some(Tracing::new("Root=1"));
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::InitRuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.initRuntimeDone","record":{"initializationType":"provisioned-concurrency","phase":"init","status":"error","errorType":"Runtime.ExitError","spans":[{"name":"someTimeSpan","start":"2022-06-02T12:02:33.913Z","durationMs":70.5}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}}"#,
    );
    let mut report = InitReport::new(
        InitializationType::ManagedInstances,
        InitPhase::Invoke,
        Status::Timeout,
        PhaseMetrics::new(millis(10_000.0)),
    );
    report.error_type = Some("Sandbox.Timedout".into());
    report.spans = vec![Span::new("s", time("1970-01-01T00:00:00.000Z"), Duration::ZERO)];
    report.tracing = Some(Tracing::new("Root=1"));
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::InitReport(report)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.initReport","record":{"initializationType":"lambda-managed-instances","phase":"invoke","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":10000.0},"spans":[{"name":"s","start":"1970-01-01T00:00:00.000Z","durationMs":0.0}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}}"#,
    );
}

#[test]
fn an_invocation_is_told_in_three_records() {
    let request_id = id("6f1c2d7e-0000-4000-8000-000000000001");
    let mut start = Start::new(request_id.clone());
    start.version = Some("$LATEST".into());
    start.tracing = Some(tracing());
    assert_is(
        &event("2026-11-20T10:00:00.220Z", Record::Start(start)),
        r#"{"time":"2026-11-20T10:00:00.220Z","type":"platform.start","record":{"requestId":"6f1c2d7e-0000-4000-8000-000000000001","version":"$LATEST","tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1"}}}"#,
    );
    let mut metrics = RuntimeDoneMetrics::new(millis(10.5));
    metrics.produced_bytes = Some(17);
    let mut done = RuntimeDone::new(request_id.clone(), Status::Success);
    done.metrics = Some(metrics);
    done.spans = vec![
        Span::new("responseLatency", time("2026-11-20T10:00:00.220Z"), millis(8.1)),
        Span::new("responseDuration", time("2026-11-20T10:00:00.228Z"), millis(0.1)),
        Span::new("runtimeOverhead", time("2026-11-20T10:00:00.229Z"), millis(1.0)),
    ];
    assert_is(
        &event("2026-11-20T10:00:00.230Z", Record::RuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:00.230Z","type":"platform.runtimeDone","record":{"requestId":"6f1c2d7e-0000-4000-8000-000000000001","status":"success","metrics":{"durationMs":10.5,"producedBytes":17},"spans":[{"name":"responseLatency","start":"2026-11-20T10:00:00.220Z","durationMs":8.1},{"name":"responseDuration","start":"2026-11-20T10:00:00.228Z","durationMs":0.1},{"name":"runtimeOverhead","start":"2026-11-20T10:00:00.229Z","durationMs":1.0}]}}"#,
    );
    let mut metrics = ReportMetrics::new(millis(20.1));
    metrics.billed_duration = Some(Duration::from_millis(132));
    metrics.memory_size_mb = Some(128);
    metrics.max_memory_used_mb = Some(38);
    metrics.init_duration = Some(millis(111.2));
    let mut report = Report::new(request_id, Status::Success, metrics);
    report.spans = vec![Span::new("extensionOverhead", time("2026-11-20T10:00:00.230Z"), millis(9.6))];
    assert_is(
        &event("2026-11-20T10:00:00.240Z", Record::Report(report)),
        r#"{"time":"2026-11-20T10:00:00.240Z","type":"platform.report","record":{"requestId":"6f1c2d7e-0000-4000-8000-000000000001","status":"success","metrics":{"durationMs":20.1,"billedDurationMs":132,"memorySizeMB":128,"maxMemoryUsedMB":38,"initDurationMs":111.2},"spans":[{"name":"extensionOverhead","start":"2026-11-20T10:00:00.230Z","durationMs":9.6}]}}"#,
    );
}

#[test]
fn a_failed_invocation_names_its_category() {
    let mut done = RuntimeDone::new(id("6f1c2d7e-0000-4000-8000-000000000002"), Status::Error);
    done.error_type = Some("Runtime.ExitError".into());
    let mut metrics = RuntimeDoneMetrics::new(millis(3.2));
    metrics.produced_bytes = Some(0);
    done.metrics = Some(metrics);
    assert_is(
        &event("2026-11-20T10:00:04.000Z", Record::RuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:04.000Z","type":"platform.runtimeDone","record":{"requestId":"6f1c2d7e-0000-4000-8000-000000000002","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":3.2,"producedBytes":0}}}"#,
    );
    // The form of Lambda Managed Instances, where only the duration is known: AWS's runtime interface emulator.
    let metrics = ReportMetrics::new(millis(3_000.123));
    let mut report = Report::new(id("6f1c2d7e-0000-4000-8000-000000000003"), Status::Timeout, metrics);
    report.error_type = Some("Sandbox.Timedout".into());
    assert_is(
        &event("2026-11-20T10:00:07.000Z", Record::Report(report)),
        r#"{"time":"2026-11-20T10:00:07.000Z","type":"platform.report","record":{"requestId":"6f1c2d7e-0000-4000-8000-000000000003","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":3000.123}}}"#,
    );
}

#[test]
fn records_of_an_invocation_have_all_their_members_in_order() {
    let mut start = Start::new(id("r-1"));
    start.version = Some("3".into());
    start.tracing = Some(Tracing::new("Root=1"));
    start.tenant_id = Some("blue".into());
    start.function_arn = Some("arn:aws:lambda:eu-west-1:123456789012:function:f".into());
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::Start(start)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.start","record":{"requestId":"r-1","version":"3","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"},"tenantId":"blue","functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f"}}"#,
    );
    let mut done = RuntimeDone::new(id("r-1"), Status::Failure);
    done.error_type = Some("Sandbox.Failure".into());
    done.metrics = Some(RuntimeDoneMetrics::new(millis(1.25)));
    done.spans = vec![Span::new("s", time("1970-01-01T00:00:00.000Z"), Duration::from_micros(1))];
    done.tracing = Some(Tracing::new("Root=1"));
    done.tenant_id = Some("blue".into());
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::RuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"r-1","status":"failure","errorType":"Sandbox.Failure","metrics":{"durationMs":1.25},"spans":[{"name":"s","start":"1970-01-01T00:00:00.000Z","durationMs":0.001}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"},"tenantId":"blue"}}"#,
    );
    let mut metrics = ReportMetrics::new(millis(1.0));
    metrics.billed_duration = Some(Duration::from_millis(2));
    metrics.memory_size_mb = Some(3);
    metrics.max_memory_used_mb = Some(4);
    metrics.init_duration = Some(millis(5.0));
    metrics.restore_duration = Some(millis(6.0));
    metrics.billed_restore_duration = Some(Duration::from_millis(7));
    let mut report = Report::new(id("r-1"), Status::Success, metrics);
    report.tracing = Some(Tracing::new("Root=1"));
    report.tenant_id = Some("blue".into());
    assert_is(
        &event("2026-11-20T10:00:00.000Z", Record::Report(report)),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.report","record":{"requestId":"r-1","status":"success","metrics":{"durationMs":1.0,"billedDurationMs":2,"memorySizeMB":3,"maxMemoryUsedMB":4,"initDurationMs":5.0,"restoreDurationMs":6.0,"billedRestoreDurationMs":7},"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"},"tenantId":"blue"}}"#,
    );
}

#[test]
fn the_restore_phase_is_told_in_three_records() {
    assert_is(
        &event("2026-11-20T10:00:06.000Z", Record::RestoreStart(RestoreStart::default())),
        r#"{"time":"2026-11-20T10:00:06.000Z","type":"platform.restoreStart","record":{}}"#,
    );
    let mut start = RestoreStart::new("demo", "7");
    start.runtime_version = Some("v".into());
    start.runtime_version_arn = Some("r".into());
    start.instance_id = Some("i".into());
    start.instance_max_memory = Some(256);
    assert_is(
        &event("2026-11-20T10:00:06.000Z", Record::RestoreStart(start)),
        r#"{"time":"2026-11-20T10:00:06.000Z","type":"platform.restoreStart","record":{"functionName":"demo","functionVersion":"7","runtimeVersion":"v","runtimeVersionArn":"r","instanceId":"i","instanceMaxMemory":256}}"#,
    );
    let mut done = RestoreRuntimeDone::new(Status::Error);
    done.error_type = Some("Runtime.AfterRestoreError".into());
    done.spans = vec![Span::new("someTimeSpan", time("2022-08-02T12:01:23.521Z"), millis(80.0))];
    done.tracing = Some(Tracing::new("Root=1"));
    assert_is(
        &event("2026-11-20T10:00:06.000Z", Record::RestoreRuntimeDone(done)),
        r#"{"time":"2026-11-20T10:00:06.000Z","type":"platform.restoreRuntimeDone","record":{"status":"error","errorType":"Runtime.AfterRestoreError","spans":[{"name":"someTimeSpan","start":"2022-08-02T12:01:23.521Z","durationMs":80.0}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}}"#,
    );
    let mut report = RestoreReport::new(Status::Success);
    report.metrics = Some(PhaseMetrics::new(millis(70.9)));
    assert_is(
        &event("2026-11-20T10:00:06.000Z", Record::RestoreReport(report.clone())),
        r#"{"time":"2026-11-20T10:00:06.000Z","type":"platform.restoreReport","record":{"status":"success","metrics":{"durationMs":70.9}}}"#,
    );
    report.metrics = None;
    report.status = Status::Failure;
    report.error_type = Some("Sandbox.Failure".into());
    report.spans = vec![Span::new("s", time("1970-01-01T00:00:00.000Z"), millis(1.0))];
    report.tracing = Some(Tracing::new("Root=1"));
    assert_is(
        &event("2026-11-20T10:00:06.000Z", Record::RestoreReport(report)),
        r#"{"time":"2026-11-20T10:00:06.000Z","type":"platform.restoreReport","record":{"status":"failure","errorType":"Sandbox.Failure","spans":[{"name":"s","start":"1970-01-01T00:00:00.000Z","durationMs":1.0}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}}"#,
    );
}

#[test]
fn extensions_are_told_of() {
    let types = vec![Category::Platform, Category::Function, Category::Extension];
    assert_is(
        &event("2026-11-20T10:00:00.150Z", Record::TelemetrySubscription(Subscription::new("my-ext", types))),
        r#"{"time":"2026-11-20T10:00:00.150Z","type":"platform.telemetrySubscription","record":{"name":"my-ext","state":"Subscribed","types":["platform","function","extension"]}}"#,
    );
    let events = vec!["INVOKE".into(), "SHUTDOWN".into()];
    assert_is(
        &event("2026-11-20T10:00:00.211Z", Record::Extension(Extension::new("my-ext", "Ready", events))),
        r#"{"time":"2026-11-20T10:00:00.211Z","type":"platform.extension","record":{"name":"my-ext","state":"Ready","events":["INVOKE","SHUTDOWN"]}}"#,
    );
    let mut failed = Extension::new("my-ext", "InitError", Vec::new());
    failed.error_type = Some("Extension.InitError".into());
    assert_is(
        &event("2026-11-20T10:00:00.211Z", Record::Extension(failed)),
        r#"{"time":"2026-11-20T10:00:00.211Z","type":"platform.extension","record":{"name":"my-ext","state":"InitError","events":[],"errorType":"Extension.InitError"}}"#,
    );
    let dropped = LogsDropped::new("consumer fell behind", 123, 12_345);
    assert_is(
        &event("2026-11-20T10:00:05.000Z", Record::LogsDropped(dropped)),
        r#"{"time":"2026-11-20T10:00:05.000Z","type":"platform.logsDropped","record":{"reason":"consumer fell behind","droppedRecords":123,"droppedBytes":12345}}"#,
    );
}

#[test]
fn logs_are_text_or_an_object() {
    assert_is(
        &event("2026-11-20T10:00:00.225Z", Record::Function(LogRecord::Text("hello\n".into()))),
        r#"{"time":"2026-11-20T10:00:00.225Z","type":"function","record":"hello\n"}"#,
    );
    // The example of https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#telemetry-api-extension.
    let text = "[INFO] Hello world, I am an extension!";
    assert_is(
        &event("2022-10-12T00:03:50.000Z", Record::ExtensionLog(LogRecord::Text(text.into()))),
        r#"{"time":"2022-10-12T00:03:50.000Z","type":"extension","record":"[INFO] Hello world, I am an extension!"}"#,
    );
    let literal = r#"{"time":"2026-11-20T10:00:00.226Z","type":"function","record":{"timestamp":"2026-11-20T10:00:00.226Z","level":"INFO","message":"hello","requestId":"6f1c2d7e-0000-4000-8000-000000000001"}}"#;
    let json = json!({
        "timestamp": "2026-11-20T10:00:00.226Z",
        "level": "INFO",
        "message": "hello",
        "requestId": "6f1c2d7e-0000-4000-8000-000000000001",
    });
    let expected = event("2026-11-20T10:00:00.226Z", Record::Function(LogRecord::Json(json)));
    assert_eq!(decoded(literal), expected);
    // The order of members is not kept, their meaning is.
    assert_eq!(decoded(&serde_json::to_string(&expected).unwrap()), expected);
}

#[test]
fn only_old_schemas_turn_objects_into_text() {
    // "record" under 2022-07-01 and 2022-12-13: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html.
    let json = Record::ExtensionLog(LogRecord::Json(json!({"level":"INFO","message":"<é>"})));
    let text = Record::ExtensionLog(LogRecord::Text(r#"{"level":"INFO","message":"<é>"}"#.into()));
    let unchanged = event("2026-11-20T10:00:00.000Z", json);
    for (version, is_text) in [
        (SchemaVersion::V20200815, true),
        (SchemaVersion::V20210318, true),
        (SchemaVersion::V20220701, true),
        (SchemaVersion::V20221213, false),
        (SchemaVersion::V20250129, false),
    ] {
        let expected = if is_text { &text } else { &unchanged.record };
        assert_eq!(&unchanged.clone().for_schema(version).record, expected, "{version:?}");
    }
}
