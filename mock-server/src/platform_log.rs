//! The lines that Lambda itself writes into a function's log, as text or as JSON.
//!
//! Both are made from the records of the platform, which stand in the timeline as
//! [`Event::Telemetry`], and from nothing else. The forms are those of the service,
//! recorded in November 2025, with the status members of the newer accounts; see
//! [CloudWatch logs](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html) and
//! [log formats](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).

use std::{fmt::Write, time::Duration};

use lambda_api::telemetry::{
    self, Category, Extension, InitPhase, InitReport, InitializationType, PhaseMetrics, Record, Report,
    RestoreReport, Status, Subscription, Tracing,
};

use crate::timeline::{Entry, Event, ExtensionEvent};

/// How important a line of the platform's is: the setting `SystemLogLevel`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemLevel {
    /// All lines.
    Debug,
    /// Lines that say what happened; the default.
    #[default]
    Info,
    /// Lines that say what went wrong.
    Warn,
}

impl SystemLevel {
    /// The word in the function's configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
        }
    }
}

/// The lines for an entry in the text format, without line ends; none for most entries.
///
/// The function's own output is not among them: it has its own event.
pub fn lines(entry: &Entry) -> Vec<String> {
    let Event::Telemetry(event) = &entry.event else { return Vec::new() };
    match &event.record {
        Record::InitStart(start) => {
            runtime_line("INIT_START", &start.runtime_version, &start.runtime_version_arn)
        }
        Record::RestoreStart(start) => {
            runtime_line("RESTORE_START", &start.runtime_version, &start.runtime_version_arn)
        }
        Record::Start(start) => {
            let version = start.version.as_deref().unwrap_or("$LATEST");
            vec![format!("START RequestId: {} Version: {version}", start.request_id)]
        }
        Record::Report(report) => {
            let mut lines = vec![format!("END RequestId: {}", report.request_id), report_line(report)];
            lines.extend(report.tracing.as_ref().map(xray_line));
            lines
        }
        Record::InitReport(report) if is_told(report) => vec![init_report_line(report)],
        Record::RestoreReport(report) => vec![restore_report_line(report)],
        Record::Extension(extension) => vec![extension_line(extension)],
        Record::TelemetrySubscription(subscription) => vec![subscription_line("TELEMETRY", subscription)],
        Record::LogsSubscription(subscription) => vec![subscription_line("LOGS", subscription)],
        _ => Vec::new(),
    }
}

/// All that a function's log shows of an entry: the platform's lines, and what the function and its extensions wrote.
pub(crate) fn log(entry: &Entry, is_json: bool) -> Vec<String> {
    match &entry.event {
        Event::Output { line } | Event::Extension { event: ExtensionEvent::Output { line }, .. } => {
            vec![line.clone()]
        }
        _ if is_json => json_line(entry, SystemLevel::default()).into_iter().collect(),
        _ => lines(entry),
    }
}

/// The line for an entry in the JSON format, without its end, unless it is less important than `level`.
pub fn json_line(entry: &Entry, level: SystemLevel) -> Option<String> {
    let Event::Telemetry(event) = &entry.event else { return None };
    if level_of(event)? < level {
        return None;
    }
    serde_json::to_string(event).ok()
}

/// How important a record is; `None` for what is not written into logs.
fn level_of(event: &telemetry::Event) -> Option<SystemLevel> {
    let or_warn = |status: &Status, level| if *status == Status::Success { level } else { SystemLevel::Warn };
    Some(match &event.record {
        Record::InitStart(start) if start.runtime_version.is_none() => SystemLevel::Debug,
        Record::RestoreStart(start) if start.runtime_version.is_none() => SystemLevel::Debug,
        Record::InitRuntimeDone(done) => or_warn(&done.status, SystemLevel::Debug),
        Record::RestoreRuntimeDone(done) => or_warn(&done.status, SystemLevel::Debug),
        Record::RuntimeDone(done) => or_warn(&done.status, SystemLevel::Debug),
        Record::InitReport(report) => {
            let is_on_demand = report.initialization_type == InitializationType::OnDemand;
            let level = if is_on_demand { SystemLevel::Debug } else { SystemLevel::Info };
            report.status.as_ref().map_or(level, |status| or_warn(status, level))
        }
        Record::Report(report) => {
            report.status.as_ref().map_or(SystemLevel::Info, |status| or_warn(status, SystemLevel::Info))
        }
        Record::RestoreReport(report) => or_warn(&report.status, SystemLevel::Info),
        Record::Extension(extension) if extension.error_type.is_some() => SystemLevel::Warn,
        Record::LogsDropped(_) => SystemLevel::Warn,
        // Only the Logs API has these.
        Record::End(_) | Record::Fault(_) => return None,
        record if record.category() != Category::Platform => return None,
        _ => SystemLevel::Info,
    })
}

/// Only where a managed runtime has a version is its start told.
fn runtime_line(word: &str, version: &Option<String>, arn: &Option<String>) -> Vec<String> {
    let Some(version) = version.as_ref().filter(|version| !version.is_empty()) else { return Vec::new() };
    let mut line = format!("{word} Runtime Version: {version}");
    if let Some(arn) = arn {
        let _infallible = write!(line, "\tRuntime Version ARN: {arn}");
    }
    vec![line]
}

/// On demand, only an init phase that failed has a line.
fn is_told(report: &InitReport) -> bool {
    let is_on_demand = report.initialization_type == InitializationType::OnDemand;
    !is_on_demand || report.status.as_ref().is_some_and(|status| *status != Status::Success)
}

fn report_line(report: &Report) -> String {
    let metrics = &report.metrics;
    let mut line =
        format!("REPORT RequestId: {}\tDuration: {} ms\t", report.request_id, millis(metrics.duration));
    // Writing to a string does not fail.
    if let Some(billed) = metrics.billed_duration {
        let _infallible = write!(line, "Billed Duration: {} ms\t", billed.as_millis());
    }
    if let Some(size) = metrics.memory_size_mb {
        let _infallible = write!(line, "Memory Size: {size} MB\t");
    }
    if let Some(used) = metrics.max_memory_used_mb {
        let _infallible = write!(line, "Max Memory Used: {used} MB\t");
    }
    if let Some(init) = metrics.init_duration {
        let _infallible = write!(line, "Init Duration: {} ms\t", millis(init));
    }
    if let Some(restore) = metrics.restore_duration {
        let billed = metrics.billed_restore_duration.unwrap_or(restore);
        let billed = billed.as_nanos().div_ceil(1_000_000);
        let _infallible =
            write!(line, "Restore Duration: {} ms\tBilled Restore Duration: {billed} ms\t", millis(restore));
    }
    line + &failure(report.status.as_ref(), report.error_type.as_deref())
}

fn init_report_line(report: &InitReport) -> String {
    let phase = report.phase.as_ref().map_or("init", InitPhase::as_str);
    let status = report.status.as_ref().map_or("success", Status::as_str);
    let duration = millis(report.metrics.duration);
    let mut line = format!("INIT_REPORT Init Duration: {duration} ms\tPhase: {phase}\tStatus: {status}");
    if let Some(error_type) = &report.error_type {
        let _infallible = write!(line, "\tError Type: {error_type}");
    }
    line
}

fn restore_report_line(report: &RestoreReport) -> String {
    let duration = report.metrics.as_ref().map_or(Duration::ZERO, |PhaseMetrics { duration, .. }| *duration);
    let mut line = format!("RESTORE_REPORT Restore Duration: {} ms", millis(duration));
    let failure = failure(Some(&report.status), report.error_type.as_deref());
    if !failure.is_empty() {
        line = line + "\t" + &failure;
    }
    line
}

/// What stands at the end of a report that tells of a failure.
fn failure(status: Option<&Status>, error_type: Option<&str>) -> String {
    match (status, error_type) {
        (None | Some(Status::Success), _) => String::new(),
        (Some(Status::Error), Some(error_type)) => format!("Status: error\tError Type: {error_type}"),
        (Some(status), _) => format!("Status: {}", status.as_str()),
    }
}

fn extension_line(extension: &Extension) -> String {
    let Extension { name, state, events, error_type, .. } = extension;
    let mut line = format!("EXTENSION\tName: {name}\tState: {state}\tEvents: [{}]", events.join(","));
    if let Some(error_type) = error_type {
        let _infallible = write!(line, "\tError Type: {error_type}");
    }
    line
}

fn subscription_line(word: &str, subscription: &Subscription) -> String {
    let types: Vec<_> = subscription
        .types
        .iter()
        .map(|category| match category {
            Category::Platform => "Platform",
            Category::Function => "Function",
            Category::Extension => "Extension",
        })
        .collect();
    let Subscription { name, state, .. } = subscription;
    format!("{word}\tName: {name}\tState: {state}\tTypes: [{}]", types.join(", "))
}

/// Only sampled traces have a line, which is why it always says so.
fn xray_line(tracing: &Tracing) -> String {
    let root = tracing.value.split(';').find_map(|member| member.trim().strip_prefix("Root="));
    let segment = tracing.span_id.as_deref().unwrap_or_default();
    format!("XRAY TraceId: {}\tSegmentId: {segment}\tSampled: true\t", root.unwrap_or_default())
}

/// Milliseconds with two decimals.
fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod test;
