//! What each entry is in a few words, and in whose column it stands.
//!
//! Entries that belong together become one line: a call and the reply that follows it at once, the invoke phase
//! and its invocation.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};
use lambda_api::{Endpoint, RequestId};

use super::names::Names;
use crate::{
    core::{CallId, Exit, InitReport, Phase, Rejection, Status},
    timeline::{Entry, Event, ExtensionEvent, TriggerEvent, Who, who},
};

/// A line.
pub(super) struct Row {
    pub(super) sequence: u64,
    pub(super) time: SystemTime,
    /// In whose column it stands; `None` for the platform.
    pub(super) who: Option<Who>,
    pub(super) cause: Cause,
    pub(super) text: String,
}

/// Where the line is that caused this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nowhere.
    None,
    /// The last one above that nothing has caused, or the one right above.
    Above,
    /// Somewhere else.
    Entry(u64),
}

/// The lines of one environment.
pub(super) fn rows(entries: &[&Entry], names: &mut Names) -> Vec<Row> {
    let reader = Reader {
        names,
        calls: BTreeMap::new(),
        told: BTreeSet::new(),
        phase: None,
        current: None,
        last: None,
        root: None,
        are_extensions: who::are_extensions(entries.iter().copied()),
    };
    reader.read(entries)
}

/// A text without what would spoil the picture.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

struct Reader<'a> {
    names: &'a mut Names,
    calls: BTreeMap<CallId, Made<'a>>,
    /// Calls whose answer has been told, so that its status needs no line.
    told: BTreeSet<CallId>,
    phase: Option<Phase>,
    /// The invocation that the environment is busy with.
    current: Option<&'a RequestId>,
    /// The last line, and the last that nothing had caused.
    last: Option<u64>,
    root: Option<u64>,
    are_extensions: bool,
}

struct Made<'a> {
    who: &'a Who,
    endpoint: Option<Endpoint>,
    words: String,
}

impl<'a> Reader<'a> {
    fn read(mut self, entries: &[&'a Entry]) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut rest = entries;
        while let Some((&entry, after)) = rest.split_first() {
            let (lane, text, used) = match &entry.event {
                Event::Called { call, who, method, path, .. } => {
                    let words = self.called(*call, who, method, path);
                    let (reply, used) = self.reply_at_once(*call, after);
                    (Some(who.clone()), format!("← {words}{reply}"), used)
                }
                Event::PhaseBegan(phase) => {
                    self.phase = Some(*phase);
                    let begun = after.first().map(|entry| &entry.event);
                    match (phase, begun) {
                        (Phase::Invoke, Some(Event::InvocationBegan { request_id, .. })) => {
                            self.current = Some(request_id);
                            (None, format!("INVOKE {}", self.request(request_id)), 1)
                        }
                        _ => (None, phase_word(*phase).to_owned(), 0),
                    }
                }
                event => match self.event(event) {
                    Some((lane, text)) => (lane, text, 0),
                    None => {
                        rest = after;
                        continue;
                    }
                },
            };
            let cause = self.cause(entry);
            let (sequence, time) = (entry.sequence, entry.time);
            rows.push(Row { sequence, time, who: lane, cause, text: printable(&text) });
            rest = after.get(used..).unwrap_or_default();
        }
        rows
    }

    fn cause(&mut self, entry: &Entry) -> Cause {
        let is_output = matches!(
            entry.event,
            Event::Output { .. } | Event::Extension { event: ExtensionEvent::Output { .. }, .. }
        );
        if is_output {
            // It is found when it is looked for, which does not make it an effect.
            return Cause::None;
        }
        let cause = match entry.cause {
            None => {
                self.root = Some(entry.sequence);
                Cause::None
            }
            cause if cause == self.root || cause == self.last => Cause::Above,
            Some(cause) => Cause::Entry(cause),
        };
        self.last = Some(entry.sequence);
        cause
    }

    /// The call in words; remembered for its reply.
    fn called(&mut self, call: CallId, who: &'a Who, method: &Method, path: &str) -> String {
        let endpoint = Endpoint::parse(method, path).ok();
        let words = match &endpoint {
            Some(endpoint) => self.endpoint(endpoint),
            None => self.names.redact(&format!("{method} {path}")),
        };
        self.calls.insert(call, Made { who, endpoint, words: words.clone() });
        words
    }

    /// The reply that follows its call at once, and how many entries it takes.
    ///
    /// A refusal, or an event that is delivered again, has a line of its own.
    fn reply_at_once(&mut self, call: CallId, after: &[&'a Entry]) -> (String, usize) {
        match after.first().map(|entry| &entry.event) {
            Some(Event::Replied { call: other, status }) if *other == call => {
                (format!(" → {}", self.replied(call, *status)), 1)
            }
            _ => (String::new(), 0),
        }
    }

    fn event(&mut self, event: &'a Event) -> Option<(Option<Who>, String)> {
        let text = match event {
            Event::Invoked { request_id } => format!("invoke: {}", self.request(request_id)),
            Event::InvocationBegan { request_id, .. } => {
                self.current = Some(request_id);
                format!("{} begins", self.request(request_id))
            }
            Event::Answered { error_type: Some(error_type), .. } => format!("answer: {error_type}"),
            Event::Answered { error_type: None, bytes: 1, .. } => "answer: 1 byte".to_owned(),
            Event::Answered { error_type: None, bytes, .. } => format!("answer: {bytes} bytes"),
            Event::InvocationEnded(report) => {
                let request = self.request(&report.request_id);
                format!("{request}: {}{}", report.status.as_str(), self.took(report.duration))
            }
            Event::TimeIsUp(phase) => self.time_is_up(*phase),
            Event::ShutdownRequested => "shutdown requested".to_owned(),
            Event::InitEnded(report) => self.init_ended(report),
            Event::RestoreEnded(report) => {
                let took = self.took(report.duration);
                match &report.error_type {
                    Some(error_type) => format!("restore failed: {error_type}{took}"),
                    None => format!("restored{took}"),
                }
            }
            Event::Frozen => "frozen".to_owned(),
            Event::Thawed => "thawed".to_owned(),
            Event::Queue { request_id, event } => format!("{}: {event}", self.names.request(request_id)),
            Event::Trigger { source, target, event } => self.of_trigger(source, target, event),
            Event::Note { text } => format!("note: {}", self.names.redact(text)),
            // Records say once more what is said here already; who gets them, and when, is of interest.
            Event::TelemetryRefused { problem, .. } => format!("telemetry not taken: {problem}"),
            Event::Telemetry(_) | Event::TelemetrySent { .. } | Event::TelemetryTaken { .. } => return None,
            event => return self.of_guest(event),
        };
        Some((None, text))
    }

    /// What stands in a guest's column; `None` for what another line says already.
    fn of_guest(&mut self, event: &'a Event) -> Option<(Option<Who>, String)> {
        let text = match event {
            Event::Launched { generation } => launched(*generation),
            Event::LaunchFailed { message } => self.launch_failed(message),
            Event::Killed => "→ SIGKILL".to_owned(),
            Event::Terminated => "→ SIGTERM".to_owned(),
            Event::Exited(exit) => ended(*exit),
            Event::Output { line } => self.output(line),
            Event::Extension { name, event } => {
                let text = match event {
                    ExtensionEvent::Launched { generation } => launched(*generation),
                    ExtensionEvent::LaunchFailed { message } => self.launch_failed(message),
                    ExtensionEvent::Killed => "→ SIGKILL".to_owned(),
                    ExtensionEvent::Exited(exit) => ended(*exit),
                    ExtensionEvent::Output { line } => self.output(line),
                };
                return Some((Some(Who::Extension { name: name.clone() }), text));
            }
            Event::Redelivered { call, request_id } => {
                self.told.insert(*call);
                let text = format!("→ {} again", self.request(request_id));
                return Some((Some(self.who(*call)), text));
            }
            Event::Refused { call, rejection } => {
                self.told.insert(*call);
                return Some((Some(self.who(*call)), refusal(rejection)));
            }
            Event::Replied { call, .. } if self.told.remove(call) => return None,
            Event::Replied { call, status } => {
                return Some((Some(self.who(*call)), format!("→ {}", self.replied(*call, *status))));
            }
            Event::HungUp { call } => {
                return Some((Some(self.who(*call)), format!("→ hung up on {}", self.words(*call))));
            }
            Event::CallDropped { call } => {
                return Some((Some(self.who(*call)), format!("← hung up: {}", self.words(*call))));
            }
            Event::TrailersArrived { call, error_type } => {
                let error_type = error_type.as_deref().unwrap_or("no type");
                return Some((Some(self.who(*call)), format!("← error trailers: {error_type}")));
            }
            Event::Served { method, path, status } => {
                let who = Who::behind(method, path, self.are_extensions);
                let path = self.names.redact(path);
                return Some((Some(who), format!("← {}: {method} {path}", status.as_u16())));
            }
            // Said by `read` and `event`.
            Event::Called { .. }
            | Event::PhaseBegan(_)
            | Event::Invoked { .. }
            | Event::InvocationBegan { .. }
            | Event::Answered { .. }
            | Event::InvocationEnded(_)
            | Event::TimeIsUp(_)
            | Event::ShutdownRequested
            | Event::InitEnded(_)
            | Event::RestoreEnded(_)
            | Event::Frozen
            | Event::Thawed
            | Event::Queue { .. }
            | Event::Trigger { .. }
            | Event::Note { .. }
            | Event::Telemetry(_)
            | Event::TelemetrySent { .. }
            | Event::TelemetryTaken { .. }
            | Event::TelemetryRefused { .. } => return None,
        };
        Some((Some(Who::Runtime), text))
    }

    // === words ===

    /// The end of the ARN is what people call the source.
    fn of_trigger(&mut self, source: &str, target: &str, event: &TriggerEvent) -> String {
        let short = |arn: &str| {
            let name = if arn.starts_with("arn:") { arn.rsplit(':').next() } else { None };
            name.unwrap_or(arn).to_owned()
        };
        let (source, target) = (short(source), short(target));
        let words = self.names.redact(&event.to_string());
        match event.request_id() {
            Some(request_id) => format!("{source} → {target}: {}: {words}", self.names.request(request_id)),
            None => format!("{source} → {target}: {words}"),
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint) -> String {
        let words = match endpoint {
            Endpoint::InvocationNext | Endpoint::ExtensionNext => "next",
            Endpoint::InvocationResponse { request_id } => {
                return format!("response {}", self.request(request_id));
            }
            Endpoint::InvocationError { request_id } => return format!("error {}", self.request(request_id)),
            Endpoint::InitError | Endpoint::ExtensionInitError => "init/error",
            Endpoint::ExtensionExitError => "exit/error",
            Endpoint::ExtensionRegister => "register",
            Endpoint::RestoreNext => "restore/next",
            Endpoint::RestoreError => "restore/error",
            other => return format!("{} {}", other.method(), other.path()),
        };
        words.to_owned()
    }

    /// The answer to a call that was not refused.
    fn replied(&mut self, call: CallId, status: StatusCode) -> String {
        let endpoint = self.calls.get(&call).and_then(|made| made.endpoint.as_ref());
        let request = self.current.map(|request_id| self.names.request(request_id));
        match (endpoint, request) {
            _ if status != StatusCode::OK => status.as_u16().to_string(),
            (Some(Endpoint::InvocationNext), Some(request)) => request,
            (Some(Endpoint::ExtensionNext), _)
                if matches!(self.phase, Some(Phase::Reset | Phase::Shutdown)) =>
            {
                "SHUTDOWN".to_owned()
            }
            (Some(Endpoint::ExtensionNext), Some(request)) => format!("INVOKE {request}"),
            _ => status.as_u16().to_string(),
        }
    }

    fn time_is_up(&self, phase: Phase) -> String {
        match (phase, self.current) {
            (Phase::Init, _) => "init time is up".to_owned(),
            (Phase::Invoke, Some(request_id)) => format!("deadline of {}", self.request(request_id)),
            (Phase::Reset | Phase::Shutdown, _) => "time to end is up".to_owned(),
            _ => "time is up".to_owned(),
        }
    }

    fn init_ended(&self, report: &InitReport) -> String {
        let took = self.took(report.duration);
        match (report.status, &report.error_type) {
            (Status::Success, _) => format!("init done{took}"),
            (Status::Timeout, _) => format!("init timed out{took}"),
            (_, Some(error_type)) => format!("init failed: {error_type}{took}"),
            (status, None) => format!("init: {}{took}", status.as_str()),
        }
    }

    fn launch_failed(&mut self, message: &str) -> String {
        format!("not launched: {}", self.names.redact(message))
    }

    fn output(&mut self, line: &str) -> String {
        format!("“{}”", self.names.redact(line))
    }

    fn request(&self, request_id: &RequestId) -> String {
        self.names.request(request_id)
    }

    fn took(&self, duration: Duration) -> String {
        if self.names.is_redacted() {
            String::new()
        } else {
            format!(", {:.3} ms", duration.as_secs_f64() * 1_000.0)
        }
    }

    // === calls ===

    fn who(&self, call: CallId) -> Who {
        self.calls.get(&call).map_or(Who::Unknown, |made| made.who.clone())
    }

    fn words(&self, call: CallId) -> &str {
        self.calls.get(&call).map_or("a call", |made| &made.words)
    }
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => "INIT",
        Phase::Snapshot => "SNAPSHOT",
        Phase::Restore => "RESTORE",
        Phase::Idle => "IDLE",
        Phase::Invoke => "INVOKE",
        Phase::Reset => "RESET",
        Phase::Shutdown => "SHUTDOWN",
        Phase::Terminated => "TERMINATED",
    }
}

fn launched(generation: u32) -> String {
    if generation == 1 { "launched".to_owned() } else { format!("launched again ({generation})") }
}

/// Status and type of a refusal; why is found under its type in Lambda's documentation.
fn refusal(rejection: &Rejection) -> String {
    let reply = rejection.to_reply();
    format!("✗ {} {}", reply.status().as_u16(), reply.error_type().unwrap_or_default())
}

fn ended(exit: Exit) -> String {
    format!("ended: {exit}")
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::timeline::EnvironmentId;

    fn causes(events: Vec<(Option<u64>, Event)>) -> Vec<Cause> {
        let entries: Vec<Entry> = (0..)
            .zip(events)
            .map(|(sequence, (cause, event))| Entry {
                sequence,
                time: SystemTime::UNIX_EPOCH,
                environment: EnvironmentId(1),
                cause,
                event,
            })
            .collect();
        let mut names = Names::new(&entries, false);
        let entries: Vec<&Entry> = entries.iter().collect();
        rows(&entries, &mut names).iter().map(|row| row.cause).collect()
    }

    fn output() -> Event {
        Event::Output { line: "hello".to_owned() }
    }

    #[test]
    fn an_effect_is_marked_and_names_its_cause_if_that_is_not_in_sight() {
        let up = || Event::TimeIsUp(Phase::Init);
        let events = vec![(None, up()), (Some(0), Event::Killed), (None, up()), (Some(0), Event::Killed)];
        assert_eq!(causes(events), [Cause::None, Cause::Above, Cause::None, Cause::Entry(0)]);
    }

    #[test]
    fn output_has_no_cause_and_is_none() {
        let up = Event::TimeIsUp(Phase::Init);
        let events = vec![(None, up), (Some(0), output()), (None, output()), (Some(0), Event::Killed)];
        assert_eq!(causes(events), [Cause::None, Cause::None, Cause::None, Cause::Above]);
    }
}
