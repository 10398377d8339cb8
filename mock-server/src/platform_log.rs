//! The lines that Lambda itself writes into a function's log: START, END, REPORT and INIT_REPORT.
//!
//! The forms are those of the service's text format, recorded in November 2025, with the status members of
//! the newer accounts; see
//! [CloudWatch logs](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html). They are
//! made from the timeline's entries and from nothing else.

use std::{fmt::Write, time::Duration};

use crate::{
    core::{InitReport, Report, Status},
    timeline::{Entry, Event},
};

/// The lines for an entry, without line ends; none for most entries.
///
/// The function's own output is not among them: it has its own event.
pub fn lines(entry: &Entry) -> Vec<String> {
    match &entry.event {
        Event::InvocationBegan { request_id, version } => {
            vec![format!("START RequestId: {request_id} Version: {version}")]
        }
        Event::InvocationEnded(report) => {
            vec![format!("END RequestId: {}", report.request_id), report_line(report)]
        }
        // On demand, only an init phase that failed has a line.
        Event::InitEnded(init) if init.status != Status::Success => vec![init_report_line(init)],
        _ => Vec::new(),
    }
}

fn report_line(report: &Report) -> String {
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t",
        report.request_id,
        millis(report.duration),
        report.billed_duration.as_millis(),
        report.memory_mb,
    );
    // Writing to a string does not fail.
    if let Some(used) = report.max_memory_used_mb {
        let _infallible = write!(line, "Max Memory Used: {used} MB\t");
    }
    if let Some(init) = report.init_duration {
        let _infallible = write!(line, "Init Duration: {} ms\t", millis(init));
    }
    match (report.status, &report.error_type) {
        (Status::Success, _) => {}
        (Status::Error, Some(error_type)) => {
            let _infallible = write!(line, "Status: error\tError Type: {error_type}");
        }
        (status, _) => {
            let _infallible = write!(line, "Status: {}", status.as_str());
        }
    }
    line
}

fn init_report_line(init: &InitReport) -> String {
    let phase = if init.within_invoke { "invoke" } else { "init" };
    let mut line = format!(
        "INIT_REPORT Init Duration: {} ms\tPhase: {phase}\tStatus: {}",
        millis(init.duration),
        init.status.as_str()
    );
    if let Some(error_type) = &init.error_type {
        let _infallible = write!(line, "\tError Type: {error_type}");
    }
    line
}

/// Milliseconds with two decimals.
fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod test {
    use std::time::SystemTime;

    use lambda_api::RequestId;

    use super::*;
    use crate::timeline::EnvironmentId;

    fn line(event: Event) -> String {
        let entry = Entry {
            sequence: 0,
            time: SystemTime::UNIX_EPOCH,
            environment: EnvironmentId(1),
            cause: None,
            event,
        };
        lines(&entry).pop().unwrap_or_default()
    }

    fn report() -> Report {
        Report {
            request_id: RequestId::new("r-1").unwrap(),
            status: Status::Success,
            error_type: None,
            duration: Duration::from_micros(3_010),
            billed_duration: Duration::from_millis(114),
            memory_mb: 128,
            max_memory_used_mb: Some(36),
            cold_start: true,
            init_duration: Some(Duration::from_micros(110_100)),
            restore_duration: None,
        }
    }

    #[test]
    fn a_cold_start_reports_its_init_duration_and_ends_with_a_tab() {
        assert_eq!(
            line(Event::InvocationEnded(report())),
            "REPORT RequestId: r-1\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t"
        );
    }

    #[test]
    fn a_failure_reports_its_status() {
        let warm = Report { init_duration: None, max_memory_used_mb: None, ..report() };
        let timeout =
            Report { status: Status::Timeout, error_type: Some("Sandbox.Timedout".into()), ..warm.clone() };
        assert!(line(Event::InvocationEnded(timeout)).ends_with("Memory Size: 128 MB\tStatus: timeout"));
        let crash = Report { status: Status::Error, error_type: Some("Runtime.ExitError".into()), ..warm };
        assert!(
            line(Event::InvocationEnded(crash)).ends_with("\tStatus: error\tError Type: Runtime.ExitError")
        );
    }

    #[test]
    fn only_a_failed_init_has_a_line_of_its_own() {
        let init = InitReport {
            within_invoke: false,
            status: Status::Timeout,
            error_type: None,
            duration: Duration::from_micros(10_008_560),
        };
        assert_eq!(
            line(Event::InitEnded(init.clone())),
            "INIT_REPORT Init Duration: 10008.56 ms\tPhase: init\tStatus: timeout"
        );
        assert_eq!(line(Event::InitEnded(InitReport { status: Status::Success, ..init })), "");
    }
}
