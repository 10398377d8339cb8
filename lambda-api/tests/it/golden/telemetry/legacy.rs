//! Events of the Logs API, of the first versions of the Telemetry API, and of versions to come.

use lambda_api::telemetry::{
    Category, End, Event, InitPhase, InitializationType, PhaseMetrics, Record, Report, ReportMetrics,
    RuntimeDone, Start, Status, Subscription,
};
use serde_json::{Value, json};

use super::{assert_is, decoded, event, id, millis};

#[test]
fn the_logs_api_has_records_of_its_own() {
    // The examples of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html.
    let request_id = id("6f7f0961f83442118a7af6fe80b88d56");
    assert_is(
        &event("2020-08-20T12:31:32.123Z", Record::Start(Start::new(request_id.clone()))),
        r#"{"time":"2020-08-20T12:31:32.123Z","type":"platform.start","record":{"requestId":"6f7f0961f83442118a7af6fe80b88d56"}}"#,
    );
    assert_is(
        &event("2020-08-20T12:31:32.123Z", Record::End(End::new(request_id.clone()))),
        r#"{"time":"2020-08-20T12:31:32.123Z","type":"platform.end","record":{"requestId":"6f7f0961f83442118a7af6fe80b88d56"}}"#,
    );
    let text = "RequestId: d783b35e-a91d-4251-af17-035953428a2c Process exited before completing request";
    assert_is(
        &event("2020-08-20T12:31:32.123Z", Record::Fault(text.into())),
        r#"{"time":"2020-08-20T12:31:32.123Z","type":"platform.fault","record":"RequestId: d783b35e-a91d-4251-af17-035953428a2c Process exited before completing request"}"#,
    );
    let subscription = Subscription::new("Foo.bar", vec![Category::Function, Category::Platform]);
    assert_is(
        &event("2020-08-20T12:31:32.123Z", Record::LogsSubscription(subscription)),
        r#"{"time":"2020-08-20T12:31:32.123Z","type":"platform.logsSubscription","record":{"name":"Foo.bar","state":"Subscribed","types":["function","platform"]}}"#,
    );
    for (name, status) in
        [("success", Status::Success), ("failure", Status::Failure), ("timeout", Status::Timeout)]
    {
        let done = RuntimeDone::new(id("6f7f0961f83442118a7af6fe80b88"), status);
        assert_is(
            &event("2021-02-04T20:00:05.123Z", Record::RuntimeDone(done)),
            &format!(
                r#"{{"time":"2021-02-04T20:00:05.123Z","type":"platform.runtimeDone","record":{{"requestId":"6f7f0961f83442118a7af6fe80b88","status":"{name}"}}}}"#
            ),
        );
    }
    let mut metrics = ReportMetrics::new(millis(101.51));
    metrics.billed_duration = Some(millis(300.0));
    metrics.memory_size_mb = Some(512);
    metrics.max_memory_used_mb = Some(33);
    metrics.init_duration = Some(millis(116.67));
    let mut report = Report::new(request_id, Status::Success, metrics);
    report.status = None;
    assert_is(
        &event("2020-08-20T12:31:32.123Z", Record::Report(report)),
        r#"{"time":"2020-08-20T12:31:32.123Z","type":"platform.report","record":{"requestId":"6f7f0961f83442118a7af6fe80b88d56","metrics":{"durationMs":101.51,"billedDurationMs":300,"memorySizeMB":512,"maxMemoryUsedMB":33,"initDurationMs":116.67}}}"#,
    );
}

#[test]
fn reduced_records_are_known_still() {
    // The examples of https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, which have
    // another order, spaces, and not all members; the last is a form of the Logs API.
    let start = r#"{
        "time": "2022-10-12T00:00:15.064Z",
        "type": "platform.initStart",
        "record": {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": "nodejs-14.v3",
            "runtimeVersionArn": "arn"
        }
    }"#;
    let Record::InitStart(start) = decoded(start).record else { panic!("not the begin of an init") };
    assert_eq!((start.function_name.as_str(), start.function_version.as_str()), ("", ""));
    assert_eq!(start.runtime_version.as_deref(), Some("nodejs-14.v3"));

    let done = r#"{"time":"2022-10-12T00:01:15.000Z","type":"platform.initRuntimeDone","record":{
        "initializationType":"on-demand","status":"success",
        "spans":[{"name":"someTimeSpan","start":"2022-06-02T12:02:33.913Z","durationMs":70.5}]}}"#;
    let Record::InitRuntimeDone(done) = decoded(done).record else { panic!("not the end of an init") };
    assert_eq!((done.phase, done.spans[0].duration), (None, millis(70.5)));

    let report = r#"{"time":"2022-10-12T00:01:15.000Z","type":"platform.initReport","record":{
        "initializationType":"on-demand","phase":"init","metrics":{"durationMs":125.33}}}"#;
    let Record::InitReport(report) = decoded(report).record else { panic!("not a report of an init") };
    assert_eq!((report.phase, report.status), (Some(InitPhase::Init), None));

    let report = r#"{"time":"2022-10-12T00:01:15.000Z","type":"platform.initReport","record":{"initializationType":"on-demand","metrics":{"durationMs":731.79,"billedDurationMs":732}}}"#;
    let expected = decoded(report);
    assert_is(&expected, report);
    let Record::InitReport(report) = expected.record else { panic!("not a report of an init") };
    let mut metrics = PhaseMetrics::new(millis(731.79));
    metrics.billed_duration = Some(millis(732.0));
    assert_eq!((report.initialization_type, report.metrics), (InitializationType::OnDemand, metrics));
}

#[test]
fn members_of_a_record_that_are_not_known_are_kept_and_those_beside_it_do_not_count() {
    let odd = r#"{"novelty":[1],"time":"2026-11-20T10:00:00.000Z","type":"platform.runtimeDone","record":{"novelty":{"a":[1,null]},"requestId":"r-1","status":"success","metrics":{"durationMs":1.5,"joules":0.25},"spans":[{"name":"responseLatency","start":"2026-11-20T10:00:00.000Z","durationMs":1.0,"cpu":3}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1","w3c":"00-1"}}}"#;
    let event = decoded(odd);
    let Record::RuntimeDone(done) = &event.record else { panic!("not the end of a runtime's part") };
    assert_eq!(done.other["novelty"], json!({ "a": [1, null] }));
    assert_eq!(done.metrics.as_ref().unwrap().other["joules"], 0.25);
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"r-1","status":"success","metrics":{"durationMs":1.5,"joules":0.25},"spans":[{"name":"responseLatency","start":"2026-11-20T10:00:00.000Z","durationMs":1.0,"cpu":3}],"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1","w3c":"00-1"},"novelty":{"a":[1,null]}}}"#
    );
}

#[test]
fn null_is_what_absence_is() {
    let bare = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"r-1","status":"success"}}"#;
    let full = r#"{"type":"platform.runtimeDone","record":{"status":"success","errorType":null,"metrics":null,"spans":null,"tracing":null,"tenantId":null,"requestId":"r-1"},"time":"2026-11-20T11:00:00+01:00"}"#;
    assert_eq!(decoded(full), decoded(bare));
    assert_eq!(serde_json::to_string(&decoded(full)).unwrap(), bare);

    let bare = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.initStart","record":{"initializationType":"on-demand"}}"#;
    let full = r#"{"time":"2026-11-20T10:00:00Z","type":"platform.initStart","record":{"initializationType":"on-demand","phase":null,"functionName":null,"functionVersion":null,"instanceMaxMemory":null}}"#;
    assert_eq!(serde_json::to_string(&decoded(full)).unwrap(), bare);

    let bare = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.report","record":{"requestId":"r-1","metrics":{"durationMs":1.0}}}"#;
    let full = r#"{"time":"2026-11-20T10:00:00Z","type":"platform.report","record":{"requestId":"r-1","status":null,"metrics":{"durationMs":1,"billedDurationMs":null,"initDurationMs":null,"memorySizeMB":null}}}"#;
    assert_eq!(serde_json::to_string(&decoded(full)).unwrap(), bare);
}

#[test]
fn names_of_later_versions_are_kept() {
    // No source: the lists of the schema have grown before.
    let literal = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.initRuntimeDone","record":{"initializationType":"telepathy","phase":"dream","status":"asleep"}}"#;
    let expected = decoded(literal);
    assert_is(&expected, literal);
    let Record::InitRuntimeDone(done) = expected.record else { panic!("not the end of an init") };
    assert_eq!(done.initialization_type, InitializationType::Other("telepathy".into()));
    assert_eq!(
        (done.phase, done.status),
        (Some(InitPhase::Other("dream".into())), Status::Other("asleep".into()))
    );
}

#[test]
fn types_of_later_versions_are_kept_whole() {
    let literal = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.hibernate","record":{"a":[1,2.5,null,"x"],"b":{}}}"#;
    let record = json!({"a":[1,2.5,null,"x"],"b":{}});
    let expected =
        event("2026-11-20T10:00:00.000Z", Record::Other { kind: "platform.hibernate".into(), record });
    assert_is(&expected, literal);
    assert_eq!(expected.record.category(), Category::Platform);
}

#[test]
fn a_known_type_with_an_odd_record_is_kept_as_it_came() {
    for (kind, record) in [
        ("platform.start", "{}"),
        ("platform.start", r#"{"requestId":""}"#),
        ("platform.start", r#"{"requestId":7}"#),
        ("platform.start", r#"["r-1"]"#),
        ("platform.start", "null"),
        ("platform.restoreStart", "[]"),
        ("platform.fault", "{}"),
        ("platform.end", r#""r-1""#),
        ("platform.logsDropped", r#"{"droppedBytes":1,"droppedRecords":-1,"reason":""}"#),
        ("platform.telemetrySubscription", r#"{"name":"e","state":"Subscribed","types":["novelty"]}"#),
        ("platform.report", r#"{"metrics":{"durationMs":-1.0},"requestId":"r-1"}"#),
        ("platform.report", r#"{"metrics":{"durationMs":1e300},"requestId":"r-1"}"#),
        ("platform.report", r#"{"metrics":{"durationMs":"1"},"requestId":"r-1"}"#),
        ("platform.runtimeDone", r#"{"requestId":"r-1","spans":[{}],"status":"success"}"#),
        (
            "platform.runtimeDone",
            // The start of a span as an example of the schema has it.
            r#"{"requestId":"r-1","spans":[{"durationMs":80.0,"name":"s","start":"2022-08-02T12:01:23:521Z"}],"status":"success"}"#,
        ),
    ] {
        let literal = format!(r#"{{"time":"2026-11-20T10:00:00.000Z","type":"{kind}","record":{record}}}"#);
        let Event { record: odd, .. } = decoded(&literal);
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!(odd, Record::Other { kind: kind.into(), record }, "{literal}");
    }
    // A record that is not there at all.
    let literal = r#"{"time":"2026-11-20T10:00:00.000Z","type":"platform.start"}"#;
    let odd = Record::Other { kind: "platform.start".into(), record: Value::Null };
    assert_eq!(decoded(literal).record, odd);
}

#[test]
fn what_has_no_time_or_no_type_is_no_event() {
    for literal in [
        r#"{"type":"function","record":"x"}"#,
        r#"{"time":"2026-11-20T10:00:00Z","record":"x"}"#,
        r#"{"time":null,"type":"function","record":"x"}"#,
        r#"{"time":1795168800123,"type":"function","record":"x"}"#,
        r#"{"time":"yesterday","type":"function","record":"x"}"#,
        r#"{"time":"2026-11-20T10:00:00Z","type":7,"record":"x"}"#,
        "null",
        "7",
    ] {
        assert!(serde_json::from_str::<Event>(literal).is_err(), "{literal}");
    }
}

#[test]
fn numbers_have_three_decimals_at_most_and_no_exponent() {
    use std::time::Duration;

    for (duration, literal) in [
        (Duration::ZERO, "0.0"),
        (Duration::from_nanos(499), "0.0"),
        (Duration::from_nanos(500), "0.001"),
        (Duration::from_nanos(12_345_678), "12.346"),
        (Duration::from_secs(900), "900000.0"),
        (Duration::from_micros(123_456_789_012_345), "123456789012.345"),
        (Duration::MAX, "999999999999.999"),
    ] {
        let report = Record::Report(Report::new(id("r"), Status::Success, ReportMetrics::new(duration)));
        let json = serde_json::to_string(&event("2026-11-20T10:00:00.000Z", report)).unwrap();
        assert!(json.ends_with(&format!(r#""metrics":{{"durationMs":{literal}}}}}}}"#)), "{json}");
    }
    for (billed, literal) in [
        (Duration::ZERO, "0"),
        (Duration::from_nanos(1), "1"),
        (Duration::from_micros(1_001), "2"),
        (Duration::MAX, "999999999999"),
    ] {
        let mut metrics = ReportMetrics::new(Duration::ZERO);
        metrics.billed_duration = Some(billed);
        let report = Record::Report(Report::new(id("r"), Status::Success, metrics));
        let json = serde_json::to_string(&event("2026-11-20T10:00:00.000Z", report)).unwrap();
        assert!(json.contains(&format!(r#""billedDurationMs":{literal}}}"#)), "{json}");
    }
}
