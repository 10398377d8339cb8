//! `Scenario`: an execution environment, a clock that starts at zero, and a journal of all effects. What is only
//! to be noted, records of telemetry among it, has a journal of its own.
//!
//! Building methods take and give the scenario and bring it to a state; stepping methods borrow it and do one
//! thing. Nothing is asserted here but that a building method could do what it says. The steps of extensions
//! are in `scenario::extensions`, those of their telemetry in `scenario::telemetry`; what SnapStart and
//! multi-concurrency have of their own is in `scenario::modes`.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use lambda_api::{
    ErrorReport, ErrorType, InvocationId, RequestId,
    runtime::{ErrorTrailers, next::Invocation, response::ResponseMode},
    telemetry::Record,
};

use crate::core::{
    Answer, Call, CallId, Effect, ExecutionEnvironment, Exit, Input, Invoke, InvokeId, Phase, Rejection,
    Reply, Report, Settings, Time,
};

mod extensions;
mod modes;
mod telemetry;

pub(super) use extensions::CATEGORY;
use extensions::Names;
pub(super) use telemetry::to_everything;

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn request_id(text: &str) -> RequestId {
    RequestId::new(text).expect("a test's id is one or more printable characters")
}

pub(super) fn invocation_id(text: &str) -> InvocationId {
    InvocationId::new(text).expect("a test's id is one or more printable characters")
}

/// What killed the process of every scenario that a kill ends.
pub(super) const KILLED: Exit = Exit::Signal { number: 9, core_dumped: false };

/// The head of a buffered response without any header.
pub(super) fn response(id: &str) -> Call {
    response_of_mode(id, Some(ResponseMode::Buffered))
}

/// The head of a response; `None` stands for a mode that is neither absent nor `streaming`.
pub(super) fn response_of_mode(id: &str, mode: Option<ResponseMode>) -> Call {
    Call::Response { request_id: RequestId::new(id).ok(), invocation_id: None, content_type: None, mode }
}

/// An error report without any header.
pub(super) fn error(id: &str, body: &'static str) -> Call {
    Call::Error {
        request_id: RequestId::new(id).ok(),
        invocation_id: None,
        error_type: None,
        content_type: None,
        xray_cause: None,
        body: body.into(),
    }
}

/// A failed hook, without any header.
pub(super) fn restore_error() -> Call {
    Call::RestoreError { error_type: None, body: Bytes::new() }
}

/// The trailers of a stream that failed with `Function.Boom`.
pub(super) fn boom() -> ErrorTrailers {
    ErrorTrailers::new(&ErrorType::function("Boom"), &ErrorReport::new("Boom", "half-way"))
}

pub(super) fn reply(call: CallId, reply: Reply) -> Effect {
    Effect::Reply { call, reply }
}

pub(super) fn accepted(call: CallId) -> Effect {
    reply(call, Reply::Accepted)
}

/// The refusal of a call that a state does not allow.
pub(super) const fn not_allowed<T>(from: &'static str, to: &'static str) -> Result<T, Rejection> {
    Err(Rejection::Transition { from, to, is_managed: false })
}

/// What [`Scenario::answer`] says of a response.
pub(super) fn success(payload: &str) -> (String, Option<String>) {
    (payload.to_owned(), None)
}

/// What [`Scenario::answer`] says of a failure.
pub(super) fn failure(error_type: &str, payload: &str) -> (String, Option<String>) {
    (payload.to_owned(), Some(error_type.to_owned()))
}

#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) env: ExecutionEnvironment,
    pub(super) now: Time,
    calls: u64,
    invokes: u64,
    extensions: Names,
    journal: Vec<Effect>,
    seen: usize,
    notes: Vec<Effect>,
    /// Batches that have been taken or refused.
    reported: BTreeSet<u64>,
}

// === bringing the environment to a state ===

impl Scenario {
    /// Launched at zero, with what Lambda gives a function for which nothing is configured.
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let now = Time::default();
        let extensions = Names::new(&settings.extensions);
        let env = ExecutionEnvironment::new(settings, now);
        let mut scenario = Self {
            env,
            now,
            calls: 0,
            invokes: 0,
            extensions,
            journal: Vec::new(),
            seen: 0,
            notes: Vec::new(),
            reported: BTreeSet::new(),
        };
        scenario.collect();
        scenario
    }

    pub(super) fn with_timeout(timeout: Duration) -> Self {
        Self::with(Settings { timeout, ..Settings::default() })
    }

    /// Polled for the first time: initialised, idle, and waiting for an invoke.
    pub(super) fn ready(mut self) -> Self {
        self.next().expect("a runtime may poll after its launch");
        self
    }

    pub(super) fn invoked(mut self, id: &str) -> Self {
        self.invoke(id).expect("the environment is free");
        self
    }

    /// The head of a buffered response has come, and nothing of its body.
    pub(super) fn responding(mut self, id: &str) -> Self {
        self.call(response(id)).expect("the runtime has this invocation");
        self
    }

    /// The function has answered `ok`; the runtime has not polled again.
    pub(super) fn answered(mut self, id: &str) -> Self {
        self.responds(id, b"ok").expect("the runtime has this invocation");
        self
    }

    /// The runtime has answered with a response mode that does not exist.
    pub(super) fn stuck(mut self, id: &str) -> Self {
        self.call(response_of_mode(id, None)).expect("the runtime has this invocation");
        self
    }

    pub(super) fn init_failed(mut self) -> Self {
        self.init_error(None, b"{}").expect("the runtime has not polled yet");
        self
    }

    pub(super) fn exited(mut self, exit: Exit) -> Self {
        self.exit(exit);
        self
    }

    /// The process ended while the environment was idle: the next invoke repeats init.
    pub(super) fn without_process(self) -> Self {
        self.ready().exited(Exit::Code(1))
    }

    pub(super) fn after(mut self, duration: Duration) -> Self {
        self.advance(duration);
        self
    }

    /// Everything so far is taken for granted: [`effects`](Self::effects) begins here.
    pub(super) fn so_far(mut self) -> Self {
        self.seen = self.journal.len();
        self
    }
}

// === one step ===

impl Scenario {
    pub(super) fn handle(&mut self, input: Input) -> Result<(), Rejection> {
        let result = self.env.handle(self.now, input);
        self.collect();
        result
    }

    pub(super) fn call(&mut self, request: Call) -> Result<CallId, Rejection> {
        self.calls += 1;
        let call = CallId(self.calls);
        self.handle(Input::Called { call, request }).map(|()| call)
    }

    pub(super) fn next(&mut self) -> Result<CallId, Rejection> {
        self.call(Call::Next)
    }

    /// Posts a buffered response, head, body and end.
    pub(super) fn responds(&mut self, id: &str, body: &[u8]) -> Result<CallId, Rejection> {
        let call = self.call(response(id))?;
        self.body(call, body);
        self.end(call);
        Ok(call)
    }

    pub(super) fn init_error(&mut self, error_type: Option<&str>, body: &[u8]) -> Result<CallId, Rejection> {
        let error_type = error_type.map(str::to_owned);
        self.call(Call::InitError { error_type, body: Bytes::copy_from_slice(body) })
    }

    pub(super) fn body(&mut self, call: CallId, bytes: &[u8]) {
        self.input(Input::BodyArrived { call, bytes: Bytes::copy_from_slice(bytes) });
    }

    pub(super) fn end(&mut self, call: CallId) {
        self.input(Input::BodyEnded { call, trailers: None });
    }

    pub(super) fn end_with(&mut self, call: CallId, trailers: ErrorTrailers) {
        self.input(Input::BodyEnded { call, trailers: Some(trailers) });
    }

    pub(super) fn cut_short(&mut self, call: CallId) {
        self.input(Input::BodyCutShort { call });
    }

    pub(super) fn drop_call(&mut self, call: CallId) {
        self.input(Input::CallDropped { call });
    }

    pub(super) fn invoke(&mut self, id: &str) -> Result<InvokeId, Rejection> {
        let invoke = self.next_invoke(id);
        self.invoke_as(invoke)
    }

    pub(super) fn invoke_as(&mut self, invoke: Invoke) -> Result<InvokeId, Rejection> {
        let id = invoke.id;
        self.handle(Input::Invoked(Box::new(invoke))).map(|()| id)
    }

    /// An invoke with a fresh key, to be completed by the test and given to [`invoke_as`](Self::invoke_as).
    pub(super) fn next_invoke(&mut self, id: &str) -> Invoke {
        self.invokes += 1;
        Invoke::new(InvokeId(self.invokes), request_id(id), Bytes::from_static(b"{}"))
    }

    /// The newest process ends.
    pub(super) fn exit(&mut self, exit: Exit) {
        self.exit_of(self.env.generation(), exit);
    }

    pub(super) fn exit_of(&mut self, generation: u32, exit: Exit) {
        self.input(Input::ProcessExited { generation, exit });
    }

    /// The newest process turns out not to have started.
    pub(super) fn launch_fails(&mut self) {
        self.input(Input::LaunchFailed {
            generation: self.env.generation(),
            error_type: ErrorType::INVALID_ENTRYPOINT.to_owned(),
            message: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
        });
    }

    pub(super) fn shut_down(&mut self) {
        self.input(Input::ShutdownRequested);
    }

    /// Lets time pass, and calls the environment whenever it wants to be called.
    pub(super) fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(timer) = self.env.poll_timeout().filter(|&timer| timer <= end) {
            self.now = timer.max(self.now);
            self.env.handle_timeout(self.now);
            assert_ne!(self.env.poll_timeout(), Some(timer), "a timer that fires for ever");
            self.collect();
        }
        self.now = end;
    }

    /// Calls the environment without being asked to.
    pub(super) fn handle_timeout(&mut self) {
        self.env.handle_timeout(self.now);
        self.collect();
    }

    fn input(&mut self, input: Input) {
        self.handle(input).expect("only calls and invokes are refused");
    }

    fn collect(&mut self) {
        let is_note = |effect: &Effect| matches!(effect, Effect::BeginInvoke { .. } | Effect::Record(_));
        let effects = std::iter::from_fn(|| self.env.poll_effect());
        let (notes, effects): (Vec<_>, Vec<_>) = effects.partition(is_note);
        self.notes.extend(notes);
        self.journal.extend(effects);
    }
}

// === looking at it ===

impl Scenario {
    /// The effects since the last look.
    pub(super) fn effects(&mut self) -> Vec<Effect> {
        let new = self.journal[self.seen..].to_vec();
        self.seen = self.journal.len();
        new
    }

    /// The records of telemetry so far, oldest first.
    pub(super) fn records(&self) -> Vec<Record> {
        let record = |effect: &Effect| match effect {
            Effect::Record(event) => Some(event.record.clone()),
            _ => None,
        };
        self.notes.iter().filter_map(record).collect()
    }

    pub(super) fn phase(&self) -> Phase {
        self.env.phase()
    }

    /// Time until the environment wants to be called.
    pub(super) fn timer(&self) -> Option<Duration> {
        self.env.poll_timeout().map(|timer| timer.since(self.now))
    }

    /// How often the runtime's process was launched.
    pub(super) fn launches(&self) -> usize {
        self.journal.iter().filter(|effect| matches!(effect, Effect::Launch { .. })).count()
    }

    /// The event that a call was answered with.
    pub(super) fn event_for(&self, call: CallId) -> Option<&Invocation> {
        self.journal.iter().find_map(|effect| match effect {
            Effect::Reply { call: to, reply: Reply::Invocation(event) } if *to == call => Some(&**event),
            _ => None,
        })
    }

    /// Whether a call was answered, or its connection closed.
    pub(super) fn is_over(&self, call: CallId) -> bool {
        self.journal.iter().any(|effect| {
            matches!(effect, Effect::Reply { call: to, .. } | Effect::HangUp { call: to } if *to == call)
        })
    }

    /// All that callers of the function have got, oldest first.
    pub(super) fn answers(&self) -> Vec<Answer> {
        let answer = |effect: &Effect| match effect {
            Effect::Answer { answer, .. } => Some((**answer).clone()),
            _ => None,
        };
        self.journal.iter().filter_map(answer).collect()
    }

    /// The reports of all invocations that are over, oldest first.
    pub(super) fn reports(&self) -> Vec<Report> {
        let report = |effect: &Effect| match effect {
            Effect::EndInvoke { report, .. } => Some(report.clone()),
            _ => None,
        };
        self.journal.iter().filter_map(report).collect()
    }

    /// The report of the newest invocation that is over.
    pub(super) fn report(&self) -> Report {
        self.reports().pop().expect("an invocation is over")
    }

    /// The only answer there was, as its payload and its category if it is a failure.
    pub(super) fn answer(&self) -> (String, Option<String>) {
        let mut answers = self.answers();
        assert_eq!(answers.len(), 1, "there is exactly one answer: {answers:?}");
        let answer = answers.remove(0);
        let payload = String::from_utf8(answer.payload.to_vec()).expect("a test's payload is text");
        (payload, answer.error.map(|error| error.error_type))
    }
}
