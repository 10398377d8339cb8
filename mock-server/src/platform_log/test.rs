//! The lines, word for word.

use std::time::{Duration, SystemTime};

use lambda_api::{
    RequestId,
    telemetry::{
        Event as TelemetryEvent, InitStart, InitializationType, LogsDropped, ReportMetrics, RestoreStart,
        Start, Timestamp,
    },
};

use super::*;
use crate::timeline::EnvironmentId;

fn entry(record: Record) -> Entry {
    let time = Timestamp::from_unix(Duration::from_millis(1_763_632_800_101));
    Entry {
        sequence: 0,
        time: SystemTime::UNIX_EPOCH,
        environment: EnvironmentId(1),
        cause: None,
        event: Event::Telemetry(Box::new(TelemetryEvent { time, record })),
    }
}

fn text(record: Record) -> String {
    lines(&entry(record)).join("\n")
}

fn request_id() -> RequestId {
    RequestId::new("r-1").unwrap()
}

fn report() -> Report {
    let mut metrics = ReportMetrics::new(Duration::from_micros(3_010));
    metrics.billed_duration = Some(Duration::from_millis(114));
    metrics.memory_size_mb = Some(128);
    metrics.max_memory_used_mb = Some(36);
    metrics.init_duration = Some(Duration::from_micros(110_100));
    Report::new(request_id(), Status::Success, metrics)
}

fn init_report(initialization_type: InitializationType, status: Status) -> InitReport {
    let metrics = PhaseMetrics::new(Duration::from_micros(10_008_560));
    InitReport::new(initialization_type, InitPhase::Init, status, metrics)
}

#[test]
fn a_cold_start_reports_its_init_duration_and_ends_with_a_tab() {
    assert_eq!(
        text(Record::Report(report())),
        "END RequestId: r-1\n\
         REPORT RequestId: r-1\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t\
         Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t"
    );
}

#[test]
fn a_failure_reports_its_status() {
    let mut warm = report();
    (warm.metrics.init_duration, warm.metrics.max_memory_used_mb) = (None, None);
    let mut timeout = warm.clone();
    (timeout.status, timeout.error_type) = (Some(Status::Timeout), Some("Sandbox.Timedout".into()));
    assert!(text(Record::Report(timeout)).ends_with("Memory Size: 128 MB\tStatus: timeout"));
    let mut crash = warm;
    (crash.status, crash.error_type) = (Some(Status::Error), Some("Runtime.ExitError".into()));
    assert!(text(Record::Report(crash)).ends_with("\tStatus: error\tError Type: Runtime.ExitError"));
}

#[test]
fn on_demand_only_a_failed_init_has_a_line_of_its_own() {
    let on_demand = |status| text(Record::InitReport(init_report(InitializationType::OnDemand, status)));
    assert_eq!(
        on_demand(Status::Timeout),
        "INIT_REPORT Init Duration: 10008.56 ms\tPhase: init\tStatus: timeout"
    );
    assert_eq!(on_demand(Status::Success), "");
    let mut crash = init_report(InitializationType::OnDemand, Status::Error);
    (crash.phase, crash.error_type) = (Some(InitPhase::Invoke), Some("Extension.Crash".into()));
    assert_eq!(
        text(Record::InitReport(crash)),
        "INIT_REPORT Init Duration: 10008.56 ms\tPhase: invoke\tStatus: error\tError Type: Extension.Crash"
    );
    assert_eq!(
        text(Record::InitReport(init_report(InitializationType::SnapStart, Status::Success))),
        "INIT_REPORT Init Duration: 10008.56 ms\tPhase: init\tStatus: success"
    );
}

#[test]
fn a_restore_has_its_own_lines_and_members() {
    let mut start = RestoreStart::new("f", "1");
    assert_eq!(text(Record::RestoreStart(start.clone())), "");
    start.runtime_version = Some("provided:al2023.v40".into());
    start.runtime_version_arn = Some("arn:aws:lambda:eu-west-1::runtime:0a1b".into());
    assert_eq!(
        text(Record::RestoreStart(start)),
        "RESTORE_START Runtime Version: provided:al2023.v40\t\
         Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:0a1b"
    );
    let mut end = RestoreReport::new(Status::Success);
    end.metrics = Some(PhaseMetrics::new(Duration::from_micros(1_236_040)));
    assert_eq!(text(Record::RestoreReport(end.clone())), "RESTORE_REPORT Restore Duration: 1236.04 ms");
    (end.status, end.error_type) = (Status::Error, Some("Runtime.AfterRestoreError".into()));
    assert_eq!(
        text(Record::RestoreReport(end)),
        "RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: error\tError Type: Runtime.AfterRestoreError"
    );
    let mut first = report();
    first.metrics.init_duration = None;
    first.metrics.restore_duration = Some(Duration::from_millis(480));
    first.metrics.billed_restore_duration = Some(Duration::from_micros(500));
    assert!(
        text(Record::Report(first)).ends_with(
            "Max Memory Used: 36 MB\tRestore Duration: 480.00 ms\tBilled Restore Duration: 1 ms\t"
        )
    );
}

#[test]
fn a_start_names_its_version_and_a_managed_runtime_its_own() {
    let mut start = Start::new(request_id());
    start.version = Some("3".into());
    assert_eq!(text(Record::Start(start)), "START RequestId: r-1 Version: 3");
    let mut init = InitStart::new(InitializationType::OnDemand, InitPhase::Init, "f", "$LATEST");
    assert_eq!(text(Record::InitStart(init.clone())), "");
    init.runtime_version = Some("python:3.13.v12".into());
    init.runtime_version_arn = Some("arn:aws:lambda:eu-west-1::runtime:0a1b".into());
    assert_eq!(
        text(Record::InitStart(init)),
        "INIT_START Runtime Version: python:3.13.v12\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:0a1b"
    );
}

#[test]
fn a_sampled_trace_has_a_line_after_the_report() {
    let mut traced = report();
    let mut tracing =
        Tracing::new("Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1");
    tracing.span_id = Some("54565fb41ac79632".into());
    traced.tracing = Some(tracing);
    assert!(text(Record::Report(traced)).ends_with(
        "\nXRAY TraceId: 1-691ee2a0-0123456789abcdef01234567\tSegmentId: 54565fb41ac79632\tSampled: true\t"
    ));
}

#[test]
fn extensions_and_subscriptions_have_lines() {
    let mut extension = Extension::new("audit", "Ready", vec!["INVOKE".into(), "SHUTDOWN".into()]);
    assert_eq!(
        text(Record::Extension(extension.clone())),
        "EXTENSION\tName: audit\tState: Ready\tEvents: [INVOKE,SHUTDOWN]"
    );
    (extension.state, extension.events, extension.error_type) =
        ("LaunchError".into(), Vec::new(), Some("PermissionDenied".into()));
    assert_eq!(
        text(Record::Extension(extension)),
        "EXTENSION\tName: audit\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"
    );
    let subscription = Subscription::new("audit", vec![Category::Platform, Category::Function]);
    assert_eq!(
        text(Record::TelemetrySubscription(subscription.clone())),
        "TELEMETRY\tName: audit\tState: Subscribed\tTypes: [Platform, Function]"
    );
    assert_eq!(
        text(Record::LogsSubscription(subscription)),
        "LOGS\tName: audit\tState: Subscribed\tTypes: [Platform, Function]"
    );
}

#[test]
fn in_json_a_line_is_the_event_itself() {
    let entry = entry(Record::Start(Start::new(request_id())));
    assert_eq!(
        json_line(&entry, SystemLevel::Info).unwrap(),
        r#"{"time":"2025-11-20T10:00:00.101Z","type":"platform.start","record":{"requestId":"r-1"}}"#
    );
}

#[test]
fn each_record_has_the_level_of_the_service() {
    let least = |record: Record| {
        let entry = entry(record);
        [SystemLevel::Warn, SystemLevel::Info, SystemLevel::Debug]
            .into_iter()
            .find(|&level| json_line(&entry, level).is_some())
    };
    let on_demand = InitializationType::OnDemand;
    let start = InitStart::new(on_demand.clone(), InitPhase::Init, "f", "$LATEST");
    assert_eq!(least(Record::InitStart(start)), Some(SystemLevel::Debug));
    for (status, level) in [
        (Status::Success, SystemLevel::Debug),
        (Status::Timeout, SystemLevel::Warn),
        (Status::Error, SystemLevel::Warn),
    ] {
        let report = init_report(on_demand.clone(), status);
        assert_eq!(least(Record::InitReport(report)), Some(level));
    }
    let snap_start = init_report(InitializationType::SnapStart, Status::Success);
    assert_eq!(least(Record::InitReport(snap_start)), Some(SystemLevel::Info));
    assert_eq!(least(Record::Report(report())), Some(SystemLevel::Info));
    let mut failed = report();
    failed.status = Some(Status::Failure);
    assert_eq!(least(Record::Report(failed)), Some(SystemLevel::Warn));
    assert_eq!(least(Record::LogsDropped(LogsDropped::new("slow", 1, 2))), Some(SystemLevel::Warn));
    assert_eq!(least(Record::Extension(Extension::new("a", "Ready", Vec::new()))), Some(SystemLevel::Info));
    assert_eq!(least(Record::Fault("only the Logs API has it".into())), None);
}
