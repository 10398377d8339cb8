//! The records that an environment makes of what happens in it: the platform's events of the Telemetry API.
//!
//! They are what system logs and telemetry are made of; who gets them is decided in
//! [`telemetry`](crate::core::telemetry). Their order is that of AWS's open-source runtime interface emulator;
//! members are those of the
//! [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

use lambda_api::{
    ErrorType,
    telemetry::{
        End, Event, Extension, InitPhase, InitReport, InitRuntimeDone, InitStart, InitializationType,
        LogRecord, PhaseMetrics, Record, Report, ReportMetrics, RestoreReport, RestoreRuntimeDone,
        RestoreStart, RuntimeDone, RuntimeDoneMetrics, SchemaVersion, Span, Start, Status,
        Subscription as Subscribed, Tracing,
    },
};

use super::{Current, ExecutionEnvironment, Phase, Produced};
use crate::core::{
    self, CallId, Caller, Effect, ExtensionRejection, Invoke, Rejection, Reply, Source, Subscription,
    TelemetryApi, Time,
    extensions::{ExtensionState, ProcessFailure},
    managed::Open,
    telemetry::Recorded,
    timestamp,
};

impl ExecutionEnvironment {
    // === what extensions and the driver say ===

    pub(super) fn subscribe(
        &mut self,
        now: Time,
        call: CallId,
        caller: Caller,
        api: TelemetryApi,
        subscription: Result<Box<Subscription>, String>,
    ) -> Result<(), Rejection> {
        // Managed instances came after the Logs API.
        if api == TelemetryApi::Logs && self.managed.is_some() {
            return Err(Rejection::NotFound);
        }
        if !self.settings.has_telemetry {
            return Err(Rejection::NotSupported { api: api.as_str() });
        }
        let id = super::extension_calls::identify(caller)?;
        let unknown = || ExtensionRejection::UnknownIdentifier { extension_id: id.to_string() };
        let extension = self.extensions.find(&id).ok_or_else(unknown)?;
        let (name, is_internal) = (extension.name.clone(), extension.process.is_none());
        if !self.telemetry.is_open() {
            return Err(ExtensionRejection::SubscriptionClosed { api: api.as_str() }.into());
        }
        if self.telemetry.api_of(&id).is_some_and(|earlier| earlier != api) {
            return Err(Rejection::NotSupported { api: api.as_str() });
        }
        let subscription = subscription
            .map_err(|problems| Rejection::InvalidSubscription { api: api.as_str(), problems })?;
        if self.managed.is_some() && subscription.schema != SchemaVersion::V20250129 {
            let problems = format!("schemaVersion should be {}", SchemaVersion::V20250129.as_str());
            return Err(Rejection::InvalidSubscription { api: api.as_str(), problems });
        }
        let types = subscription.types.clone();
        self.effects.push_back(Effect::Reply { call, reply: Reply::Subscribed });
        self.telemetry.subscribe(now, id, is_internal, api, *subscription);
        let subscribed = Subscribed::new(name, types);
        self.record(
            now,
            match api {
                TelemetryApi::Telemetry => Record::TelemetrySubscription(subscribed),
                TelemetryApi::Logs => Record::LogsSubscription(subscribed),
            },
        );
        Ok(())
    }

    pub(super) fn wrote(&mut self, now: Time, source: Source, line: String, is_json: bool) {
        if !self.telemetry.is_wanted() {
            return;
        }
        let may_be_object = is_json || self.settings.logs_json;
        let object = may_be_object.then(|| serde_json::from_str::<serde_json::Value>(&line).ok());
        let log = match object.flatten().filter(serde_json::Value::is_object) {
            Some(object) => LogRecord::Json(object),
            None => LogRecord::Text(line.clone()),
        };
        let record = match source {
            Source::Runtime => Record::Function(log),
            Source::Extension(_) => Record::ExtensionLog(log),
        };
        let event = Event { time: timestamp(now), record };
        self.telemetry.record(Recorded { event, line: Some(line) });
    }

    pub(super) fn delivered(&mut self, now: Time, number: u64, accepted: bool) {
        self.telemetry.delivered(now, number, accepted);
        self.go_on_ending(now);
    }

    fn record(&mut self, now: Time, record: Record) {
        let event = Event { time: timestamp(now), record };
        if self.telemetry.is_wanted() {
            self.telemetry.record(Recorded { event: event.clone(), line: None });
        }
        self.effects.push_back(Effect::Record(Box::new(event)));
    }

    // === init and restore ===

    pub(super) fn record_init_start(&mut self, now: Time) {
        let function = &self.settings.function;
        let (name, version) = (function.function_name.clone(), function.function_version.clone());
        let mut start = InitStart::new(self.initialization_type(), self.init_phase(), name, version);
        if self.managed.is_some() {
            // The emulator names no version of the runtime and makes the function's that of the instance.
            start.runtime_version = Some(String::new());
            start.runtime_version_arn = Some(String::new());
            start.instance_id = Some(start.function_version.clone());
            start.instance_max_memory = Some(u64::from(self.settings.memory_mb) * 1024 * 1024);
        }
        self.record(now, Record::InitStart(start));
    }

    /// Only success and error: time that is over is a matter of the report.
    pub(super) fn record_init_runtime_done(
        &mut self,
        now: Time,
        status: core::Status,
        error_type: Option<String>,
    ) {
        let mut done = InitRuntimeDone::new(self.initialization_type(), self.init_phase(), word(status));
        if status == core::Status::Timeout {
            done.status = Status::Error;
            done.error_type = Some("Runtime.Unknown".to_owned());
        }
        done.error_type = error_type.or(done.error_type);
        self.record(now, Record::InitRuntimeDone(done));
    }

    pub(super) fn record_init_end(&mut self, now: Time, report: &core::InitReport) {
        if !self.is_runtime_initialised {
            self.record_init_runtime_done(now, report.status, report.error_type.clone());
        }
        for extension in self.describe_extensions() {
            self.record(now, Record::Extension(extension));
        }
        let metrics = PhaseMetrics::new(report.duration);
        let status = word(report.status);
        let mut end = InitReport::new(self.initialization_type(), self.init_phase(), status, metrics);
        end.error_type = report.error_type.clone();
        self.record(now, Record::InitReport(end));
    }

    /// The external extensions in their order, registered or not, and then the internal ones.
    fn describe_extensions(&self) -> Vec<Extension> {
        let external = self.extensions.processes().map(|(process, name, failure)| {
            let registered = self.extensions.of_process(process).next();
            let mut record = registered.map_or_else(|| Extension::new(name, "Started", Vec::new()), describe);
            match failure {
                Some(ProcessFailure::Launch(reason)) => {
                    record.state = "LaunchError".to_owned();
                    record.error_type = Some((*reason).to_owned());
                }
                Some(ProcessFailure::Exit) if record.error_type.is_none() => {
                    record.state = "Exited".to_owned();
                    record.error_type = Some("Extension.Crash".to_owned());
                }
                _ => {}
            }
            record
        });
        let internal = self.extensions.registered().iter().filter(|extension| extension.process.is_none());
        external.chain(internal.map(describe)).collect()
    }

    pub(super) fn record_restore_start(&mut self, now: Time) {
        let function = &self.settings.function;
        let start = RestoreStart::new(function.function_name.clone(), function.function_version.clone());
        self.record(now, Record::RestoreStart(start));
    }

    pub(super) fn record_restore_end(&mut self, now: Time, report: &core::RestoreReport) {
        let mut done = RestoreRuntimeDone::new(match report.status {
            core::Status::Success => Status::Success,
            _ => Status::Error,
        });
        done.error_type = report.error_type.clone();
        self.record(now, Record::RestoreRuntimeDone(done));
        let mut end = RestoreReport::new(word(report.status));
        end.error_type = report.error_type.clone();
        end.metrics = Some(PhaseMetrics::new(report.duration));
        self.record(now, Record::RestoreReport(end));
    }

    fn initialization_type(&self) -> InitializationType {
        InitializationType::from_name(self.settings.initialization.as_str())
    }

    fn init_phase(&self) -> InitPhase {
        if self.phase == Phase::Invoke { InitPhase::Invoke } else { InitPhase::Init }
    }

    // === invoke ===

    /// The invocation begins, unless it has begun before.
    pub(super) fn record_start(&mut self, now: Time) {
        // Taken out meanwhile, rather than copied.
        let Some(mut current) = self.current.take_if(|current| !current.has_begun) else { return };
        current.has_begun = true;
        self.effects.push_back(Effect::BeginInvoke { invoke: current.invoke.id });
        self.record_start_of(now, &current.invoke);
        self.current = Some(current);
    }

    pub(super) fn record_start_of(&mut self, now: Time, invoke: &Invoke) {
        let mut start = Start::new(invoke.request_id.clone());
        start.version = Some(self.settings.function.function_version.clone());
        start.tracing = self.tracing(invoke);
        if self.managed.is_some() {
            start.function_arn = invoke.function_arn.as_ref().map(ToString::to_string);
        } else {
            start.tenant_id = invoke.tenant_id.clone();
        }
        self.record(now, Record::Start(start));
    }

    /// The runtime has answered and asks for more work.
    pub(super) fn runtime_done(&mut self, now: Time) {
        let Some(mut current) = self.current.take() else { return };
        current.runtime_done = Some(now);
        self.record_runtime_done(now, &current, core::Status::Success, None);
        self.current = Some(current);
    }

    fn record_runtime_done(
        &mut self,
        now: Time,
        current: &Current,
        status: core::Status,
        error_type: Option<String>,
    ) {
        let mut done = RuntimeDone::new(current.invoke.request_id.clone(), word(status));
        done.error_type = error_type;
        let mut metrics = RuntimeDoneMetrics::new(now.since(current.started));
        metrics.produced_bytes = Some(current.produced.map_or(0, |produced| produced.bytes as u64));
        done.metrics = Some(metrics);
        if let Some(produced) = current.produced {
            done.spans = response_spans(current.started, produced).into();
            let overhead = now.since(produced.last);
            done.spans.push(Span::new("runtimeOverhead", timestamp(produced.last), overhead));
        }
        done.tracing = self.tracing(&current.invoke);
        done.tenant_id = current.invoke.tenant_id.clone();
        self.record(now, Record::RuntimeDone(done));
    }

    /// An invocation is over, in one-at-a-time mode.
    pub(super) fn record_end(&mut self, now: Time, current: &Current, report: &core::Report) {
        if !current.has_begun {
            // It never got so far.
            return;
        }
        if current.runtime_done.is_none() {
            self.record_runtime_done(now, current, report.status, report.error_type.clone());
        }
        if let Some(error_type) =
            report.error_type.as_ref().filter(|_| report.status != core::Status::Success)
        {
            let status = report.status.as_str();
            let fault = format!("RequestId: {} Status: {status}\tErrorType: {error_type}", report.request_id);
            self.record(now, Record::Fault(fault));
        }
        self.record(now, Record::End(End::new(report.request_id.clone())));
        let mut metrics = ReportMetrics::new(report.duration);
        metrics.billed_duration = Some(report.billed_duration);
        metrics.memory_size_mb = Some(report.memory_mb.into());
        metrics.max_memory_used_mb = report.max_memory_used_mb.map(Into::into);
        metrics.init_duration = report.init_duration;
        metrics.restore_duration = report.restore_duration;
        metrics.billed_restore_duration = report.restore_duration;
        let mut end = Report::new(report.request_id.clone(), word(report.status), metrics);
        end.error_type = report.error_type.clone();
        if let Some(done) = current.runtime_done.filter(|_| !self.extensions.registered().is_empty()) {
            end.spans.push(Span::new("extensionOverhead", timestamp(done), now.since(done)));
        }
        end.tracing = self.tracing(&current.invoke);
        end.tenant_id = current.invoke.tenant_id.clone();
        self.record(now, Record::Report(end));
    }

    /// An invocation is over, with multi-concurrency: there is one record only, and it is short.
    pub(super) fn record_managed_end(
        &mut self,
        now: Time,
        open: &Open,
        report: &core::Report,
        produced: Option<Produced>,
    ) {
        let metrics = ReportMetrics::new(report.duration);
        let mut end = Report::new(report.request_id.clone(), word(report.status), metrics);
        end.error_type = report.error_type.clone();
        if let Some(produced) = produced {
            let spans = response_spans(open.started, produced);
            // A response that was stopped has no duration.
            let is_stopped = report.error_type.as_deref() == Some(ErrorType::RESPONSE_SIZE_TOO_LARGE);
            end.spans = spans.into_iter().take(if is_stopped { 1 } else { 2 }).collect();
        }
        end.tracing = self.tracing(&open.invoke);
        self.record(now, Record::Report(end));
    }

    /// Only a sampled trace is told; its segment only in one-at-a-time mode.
    fn tracing(&self, invoke: &Invoke) -> Option<Tracing> {
        let value = invoke.trace_id.as_ref()?;
        let member = |name: &str| value.split(';').find_map(|member| member.trim().strip_prefix(name));
        if member("Sampled=") != Some("1") {
            return None;
        }
        let mut tracing = Tracing::new(value.clone());
        tracing.span_id = member("Parent=").filter(|_| self.managed.is_none()).map(str::to_owned);
        Some(tracing)
    }
}

fn response_spans(started: Time, produced: Produced) -> [Span; 2] {
    let Produced { first, last, .. } = produced;
    [
        Span::new("responseLatency", timestamp(started), first.since(started)),
        Span::new("responseDuration", timestamp(first), last.since(first)),
    ]
}

fn word(status: core::Status) -> Status {
    Status::from_name(status.as_str())
}

fn describe(extension: &core::extensions::Extension) -> Extension {
    let events = extension.events.iter().map(|event| event.as_str().to_owned()).collect();
    let mut record = Extension::new(extension.name.clone(), extension.state.name(), events);
    record.error_type = match extension.state {
        ExtensionState::InitError => Some("Extension.InitError".to_owned()),
        ExtensionState::ExitError => Some("Extension.ExitError".to_owned()),
        ExtensionState::Registered | ExtensionState::Ready | ExtensionState::Running => None,
    };
    record
}
