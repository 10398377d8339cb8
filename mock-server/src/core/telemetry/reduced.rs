//! The records of the platform as the Logs API has them.
//!
//! Source: [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

use lambda_api::telemetry::{InitPhase, InitStart, Record, RuntimeDone, Status};

/// The form that the Logs API has for a record, if it is not the same: it is older, and has fewer members.
pub(super) fn reduced(record: &Record) -> Option<Record> {
    Some(match record {
        Record::InitStart(start) => {
            let kind = start.initialization_type.clone();
            let mut start = InitStart::new(kind, InitPhase::Init, String::new(), String::new());
            start.phase = None;
            Record::InitStart(start)
        }
        Record::InitRuntimeDone(done) => {
            let mut done = done.clone();
            (done.phase, done.error_type, done.tracing) = (None, None, None);
            Record::InitRuntimeDone(done)
        }
        Record::InitReport(report) => {
            let mut report = report.clone();
            (report.phase, report.status, report.error_type, report.tracing) = (None, None, None, None);
            report.metrics.billed_duration = Some(report.metrics.duration);
            Record::InitReport(report)
        }
        Record::RestoreReport(report) => {
            let mut report = report.clone();
            (report.error_type, report.tracing) = (None, None);
            if let Some(metrics) = &mut report.metrics {
                metrics.billed_duration = Some(metrics.duration);
            }
            Record::RestoreReport(report)
        }
        Record::Start(start) => {
            let mut start = start.clone();
            (start.tracing, start.tenant_id) = (None, None);
            Record::Start(start)
        }
        Record::RuntimeDone(done) => {
            let status = match &done.status {
                Status::Error => Status::Failure,
                status => status.clone(),
            };
            Record::RuntimeDone(RuntimeDone::new(done.request_id.clone(), status))
        }
        Record::Report(report) => {
            let mut report = report.clone();
            (report.status, report.error_type, report.spans) = (None, None, Vec::new());
            (report.tracing, report.tenant_id) = (None, None);
            (report.metrics.restore_duration, report.metrics.billed_restore_duration) = (None, None);
            Record::Report(report)
        }
        Record::Extension(extension) => {
            let mut extension = extension.clone();
            extension.error_type = None;
            Record::Extension(extension)
        }
        _ => return None,
    })
}
