//! Stories that are hard to bring about, told with hand-made entries: connections that break, guests that do not end.
//!
//! What a raw guest can do is done in `tests/it/misuse`.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use lambda_api::{Endpoint, RequestId};

use super::{Rule, find};
use crate::{
    core::{CallId, Exit, InitReport, Phase, Report, Status},
    timeline::{Entry, EnvironmentId, Event, ExtensionEvent, Who},
};

const KILLED: Exit = Exit::Signal { number: 9, core_dumped: false };

/// Entries of one environment, as a driver would record them.
#[derive(Clone)]
struct Story {
    entries: Vec<Entry>,
    now: Duration,
    /// The entry that causes the effects that follow it.
    cause: Option<u64>,
}

impl Story {
    /// Nothing yet.
    fn new() -> Self {
        Self { entries: Vec::new(), now: Duration::ZERO, cause: None }
    }

    /// The runtime has been launched, together with extension `e`.
    fn launched() -> Self {
        Self::new()
            .then(Event::PhaseBegan(Phase::Init))
            .then(extension(ExtensionEvent::Launched { generation: 1 }))
            .then(Event::Launched { generation: 1 })
    }

    /// Extension `e` has registered and polls, and so does the runtime.
    fn idle() -> Self {
        Self::launched()
            .then(called(1, e(), Endpoint::ExtensionRegister))
            .effect(replied(1, 200))
            .then(called(2, e(), Endpoint::ExtensionNext))
            .then(called(3, Who::Runtime, Endpoint::InvocationNext))
            .effect(Event::InitEnded(InitReport {
                within_invoke: false,
                status: Status::Success,
                error_type: None,
                duration: Duration::ZERO,
            }))
            .effect(Event::PhaseBegan(Phase::Idle))
    }

    /// The runtime has got the event `r-1`, and extension `e` knows of it.
    fn busy() -> Self {
        Self::idle()
            .then(Event::Invoked { request_id: r_1() })
            .effect(Event::PhaseBegan(Phase::Invoke))
            .effect(Event::InvocationBegan { request_id: r_1(), version: String::new() })
            .effect(replied(2, 200))
            .effect(replied(3, 200))
    }

    /// The end has begun, and the runtime is gone already.
    fn ending() -> Self {
        Self::idle()
            .then(Event::ShutdownRequested)
            .effect(Event::PhaseBegan(Phase::Shutdown))
            .effect(Event::Terminated)
            .then(Event::Exited(Exit::Code(0)))
    }

    /// Something that comes from outside.
    fn then(mut self, event: Event) -> Self {
        let sequence = self.push(None, event);
        self.cause = Some(sequence);
        self
    }

    /// Something that follows from what came last from outside.
    fn effect(mut self, event: Event) -> Self {
        self.push(self.cause, event);
        self
    }

    fn after(mut self, seconds: u64) -> Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    fn push(&mut self, cause: Option<u64>, event: Event) -> u64 {
        let sequence = self.entries.len() as u64;
        let time = SystemTime::UNIX_EPOCH + self.now;
        self.entries.push(Entry { sequence, time, environment: EnvironmentId(1), cause, event });
        sequence
    }

    fn broken(&self) -> Vec<(Rule, Who)> {
        find(&self.entries).into_iter().map(|misuse| (misuse.rule, misuse.who)).collect()
    }
}

fn r_1() -> RequestId {
    "r-1".parse().unwrap()
}

/// The one extension of these stories.
fn e() -> Who {
    Who::Extension { name: "e".to_owned() }
}

fn extension(event: ExtensionEvent) -> Event {
    Event::Extension { name: "e".to_owned(), event }
}

/// A call on a connection of its own.
fn called(call: u64, who: Who, endpoint: Endpoint) -> Event {
    let (method, path) = (endpoint.method(), endpoint.path().into_owned());
    Event::Called { call: CallId(call), who, connection: call, method, path }
}

fn responds(call: u64) -> Event {
    called(call, Who::Runtime, Endpoint::InvocationResponse { request_id: r_1() })
}

fn polls(call: u64, who: Who) -> Event {
    let is_runtime = who == Who::Runtime;
    called(call, who, if is_runtime { Endpoint::InvocationNext } else { Endpoint::ExtensionNext })
}

fn replied(call: u64, status: u16) -> Event {
    Event::Replied { call: CallId(call), status: StatusCode::from_u16(status).unwrap() }
}

fn refused(call: u64) -> Event {
    let rejection = crate::core::Rejection::Transition {
        from: "RuntimeResponseSentState",
        to: "InvocationResponse",
        is_managed: false,
    };
    Event::Refused { call: CallId(call), rejection }
}

fn dropped(call: u64) -> Event {
    Event::CallDropped { call: CallId(call) }
}

fn answered(error_type: Option<&str>) -> Event {
    Event::Answered { request_id: r_1(), error_type: error_type.map(str::to_owned), bytes: 0 }
}

// === connections that break ===

#[test]
fn a_connection_that_is_closed_in_the_middle_of_a_response_cuts_it_short() {
    let story =
        Story::busy().then(responds(4)).then(dropped(4)).effect(answered(Some("Runtime.TruncatedResponse")));
    assert_eq!(story.broken(), [(Rule::BodyCutShort, Who::Runtime)]);
}

#[test]
fn a_connection_that_is_closed_after_the_reply_or_by_the_service_cuts_nothing_short() {
    let answer =
        Story::busy().then(responds(4)).effect(replied(4, 202)).effect(answered(None)).then(dropped(4));
    assert_eq!(answer.broken(), []);
    let hung_up = Story::busy()
        .then(responds(4))
        .then(Event::ShutdownRequested)
        .effect(answered(None))
        .effect(Event::HungUp { call: CallId(4) })
        .then(dropped(4));
    assert_eq!(hung_up.broken(), [(Rule::Unanswered, Who::Runtime)]);
}

#[test]
fn a_second_answer_is_a_breach_unless_the_reply_to_the_first_was_lost() {
    let first = Story::busy().then(responds(4)).effect(replied(4, 202)).effect(answered(None));
    let second = |story: Story| story.then(responds(5)).effect(refused(5)).effect(replied(5, 403)).broken();
    assert_eq!(second(first.clone()), [(Rule::AnsweredTwice, Who::Runtime)]);
    assert_eq!(second(first.then(dropped(4))), []);
}

#[test]
fn a_poll_that_only_seems_to_be_there_makes_no_second_one() {
    for who in [Who::Runtime, e()] {
        // The service takes notice of the end of the first connection after the call on the second.
        let call = if who == Who::Runtime { 3 } else { 2 };
        let story = Story::idle().then(polls(4, who.clone())).then(dropped(call));
        assert_eq!(story.broken(), [(Rule::PollAbandoned, who)]);
    }
    let refused = Story::idle()
        .then(polls(4, e()))
        .effect(Event::Refused {
            call: CallId(4),
            rejection: crate::core::ExtensionRejection::Transition {
                from: "Ready",
                to: "Ready",
                extension: String::new(),
                is_managed: false,
            }
            .into(),
        })
        .effect(replied(4, 403));
    assert_eq!(refused.broken(), [(Rule::PolledTwice, e())]);
    assert_eq!(refused.then(dropped(2)).broken(), []);
}

#[test]
fn a_second_poll_is_a_breach_if_both_are_there_to_stay() {
    assert_eq!(Story::idle().then(polls(4, Who::Runtime)).broken(), [(Rule::PolledTwice, Who::Runtime)]);
}

#[test]
fn an_event_whose_reply_could_not_be_sent_may_be_asked_for_again() {
    let again = |story: Story| {
        let story = story.then(polls(4, Who::Runtime));
        story.effect(Event::Redelivered { call: CallId(4), request_id: r_1() }).effect(replied(4, 200))
    };
    assert_eq!(again(Story::busy().then(dropped(3))).broken(), []);
    // What it does later on shows that it had got the event: the first connection was alive.
    let mut both = again(Story::busy());
    assert_eq!(both.broken(), []);
    let Event::Called { call, who, method, path, .. } = responds(5) else { unreachable!() };
    both = both.then(Event::Called { call, who, connection: 3, method, path });
    assert_eq!(both.broken(), [(Rule::PolledWhileBusy, Who::Runtime)]);
}

// === processes ===

#[test]
fn an_extension_that_exits_before_the_end_has_crashed_and_explains_what_follows() {
    let exit = extension(ExtensionEvent::Exited(Exit::Code(0)));
    assert_eq!(Story::idle().then(exit.clone()).broken(), [(Rule::Exited, e())]);
    // Nobody notices before the next invoke.
    let story = Story::idle()
        .then(exit)
        .then(Event::Invoked { request_id: r_1() })
        .effect(Event::PhaseBegan(Phase::Invoke))
        .effect(Event::InvocationBegan { request_id: r_1(), version: String::new() })
        .effect(answered(Some("Extension.Crash")));
    assert_eq!(story.broken(), [(Rule::Exited, e())]);
}

#[test]
fn an_extension_that_exits_after_an_exit_error_does_what_it_must() {
    let story = Story::busy()
        .then(called(4, e(), Endpoint::ExtensionExitError))
        .effect(replied(4, 202))
        .then(extension(ExtensionEvent::Exited(Exit::Code(1))));
    assert_eq!(story.broken(), []);
}

#[test]
fn an_extension_that_stays_after_an_exit_error_is_killed_when_its_time_is_up() {
    let failed = Story::busy()
        .then(called(4, e(), Endpoint::ExtensionExitError))
        .effect(replied(4, 202))
        .effect(Event::PhaseBegan(Phase::Reset))
        .then(Event::Exited(Exit::Code(0)));
    let killed = extension(ExtensionEvent::Killed);
    assert_eq!(
        failed.clone().effect(killed.clone()).broken(),
        [],
        "without SHUTDOWN there is no time to exit"
    );
    let late = failed.then(Event::TimeIsUp(Phase::Reset)).effect(killed);
    assert_eq!(late.broken(), [(Rule::StayedAfterError, e())]);
}

#[test]
fn a_runtime_that_must_be_killed_after_it_was_asked_has_ignored_it() {
    let asked = Story::idle().then(Event::ShutdownRequested).effect(Event::PhaseBegan(Phase::Shutdown));
    let killed = asked.clone().effect(Event::Killed).then(Event::Exited(KILLED));
    assert_eq!(killed.broken(), [], "it was not asked");
    let asked = asked.effect(Event::Terminated);
    let ended = asked.clone().then(Event::Exited(Exit::Code(0)));
    assert_eq!(ended.broken(), []);
    let ignored = asked.then(Event::TimeIsUp(Phase::Shutdown)).effect(Event::Killed);
    assert_eq!(ignored.broken(), [(Rule::IgnoredSigterm, Who::Runtime)]);
}

#[test]
fn an_extension_that_must_be_killed_after_it_was_told_has_ignored_it() {
    let told = Story::ending().effect(replied(2, 200));
    let ended = told.clone().then(extension(ExtensionEvent::Exited(Exit::Code(0))));
    assert_eq!(ended.broken(), []);
    let killed = extension(ExtensionEvent::Killed);
    let ignored = told.then(Event::TimeIsUp(Phase::Shutdown)).effect(killed.clone());
    assert_eq!(ignored.broken(), [(Rule::IgnoredShutdown, e())]);
    // One that does not even ask has the same time.
    let not_asking = Story::ending().then(Event::TimeIsUp(Phase::Shutdown)).effect(killed.clone());
    assert_eq!(not_asking.broken(), [(Rule::IgnoredShutdown, e())]);
    // One that wants no SHUTDOWN is killed as soon as the runtime is gone.
    assert_eq!(Story::ending().effect(killed).broken(), []);
}

#[test]
fn an_extension_that_is_killed_without_notice_and_does_not_go_has_not_ignored_the_shutdown() {
    let killed = extension(ExtensionEvent::Killed);
    let story = Story::ending().effect(killed.clone()).then(Event::TimeIsUp(Phase::Shutdown)).effect(killed);
    assert_eq!(story.broken(), [(Rule::SurvivedKill, e())]);
}

#[test]
fn an_extension_that_was_told_may_not_ignore_it_even_if_the_runtime_does_not_go() {
    let story = Story::idle()
        .then(Event::ShutdownRequested)
        .effect(Event::PhaseBegan(Phase::Shutdown))
        .effect(Event::Killed)
        .then(Event::TimeIsUp(Phase::Shutdown))
        .effect(replied(2, 200))
        .then(Event::TimeIsUp(Phase::Shutdown))
        .effect(extension(ExtensionEvent::Killed));
    assert_eq!(story.broken(), [(Rule::SurvivedKill, Who::Runtime), (Rule::IgnoredShutdown, e())]);
}

#[test]
fn an_extension_is_not_to_blame_for_a_runtime_that_does_not_go() {
    let story = Story::idle()
        .then(Event::ShutdownRequested)
        .effect(Event::PhaseBegan(Phase::Shutdown))
        .effect(Event::Killed)
        .then(Event::TimeIsUp(Phase::Shutdown))
        .effect(extension(ExtensionEvent::Killed))
        .then(extension(ExtensionEvent::Exited(KILLED)))
        .effect(Event::PhaseBegan(Phase::Terminated));
    assert_eq!(story.broken(), [(Rule::SurvivedKill, Who::Runtime)]);
}

#[test]
fn whoever_is_there_when_the_environment_ends_or_begins_anew_has_survived() {
    let extension_gone = Story::idle().then(extension(ExtensionEvent::Exited(KILLED)));
    let alone = extension_gone.broken().len();
    let survived = [(Rule::SurvivedKill, Who::Runtime)];
    for next in [Event::PhaseBegan(Phase::Terminated), Event::Launched { generation: 2 }] {
        assert_eq!(extension_gone.clone().then(next).broken()[alone..], survived);
    }
}

#[test]
fn an_exit_that_comes_late_after_a_kill_is_no_exit_by_itself() {
    let story = Story::busy()
        .then(Event::TimeIsUp(Phase::Invoke))
        .effect(answered(Some("Sandbox.Timedout")))
        .effect(Event::PhaseBegan(Phase::Reset))
        .effect(Event::Killed)
        .then(Event::PhaseBegan(Phase::Idle))
        .then(Event::Exited(KILLED));
    let broken: Vec<Rule> = story.broken().into_iter().map(|(rule, _)| rule).collect();
    // The extension had the event, too, and may have waited for the runtime.
    assert_eq!(broken, [Rule::TimedOut]);
}

#[test]
fn a_new_process_has_not_said_what_the_one_before_has_said() {
    let story = Story::launched()
        .then(called(1, Who::Runtime, Endpoint::InitError))
        .effect(replied(1, 202))
        .then(Event::Exited(Exit::Code(1)))
        .then(extension(ExtensionEvent::Exited(KILLED)))
        .then(Event::Launched { generation: 2 });
    let before = story.broken().len();
    let again = story.then(Event::Exited(Exit::Code(1)));
    assert_eq!(again.broken()[before..], [(Rule::Exited, Who::Runtime)]);
}

#[test]
fn an_external_extension_that_does_not_register_is_why_init_takes_too_long() {
    let story = Story::new()
        .then(Event::PhaseBegan(Phase::Init))
        .effect(extension(ExtensionEvent::Launched { generation: 1 }))
        .after(10)
        .then(Event::TimeIsUp(Phase::Init));
    let found = find(&story.entries);
    let [misuse] = &found[..] else { panic!("{found:?}") };
    assert_eq!((misuse.rule, &misuse.who), (Rule::NotReadyInTime, &e()));
    assert_eq!(
        misuse.to_string(),
        "not ready in time: extension e in environment 1 at +10000.000 ms, entry 2: it had not registered; register \
         and poll early: POST /2020-01-01/extension/register and GET /2020-01-01/extension/event/next in an \
         extension, GET /2018-06-01/runtime/invocation/next in a runtime; put off slow work"
    );
}

#[test]
fn without_its_beginning_a_story_blames_nobody() {
    let whole = Story::busy().then(responds(4)).effect(replied(4, 202)).effect(answered(None));
    let whole = whole.then(Event::ShutdownRequested).effect(Event::PhaseBegan(Phase::Shutdown));
    let whole = whole.effect(Event::Killed).then(Event::Exited(KILLED));
    for missing in 0..whole.entries.len() {
        let rest = Story { entries: whole.entries[missing..].to_vec(), ..whole.clone() };
        assert_eq!(rest.broken(), [], "{missing}");
    }
}

#[test]
fn an_answer_after_somebody_elses_failure_is_no_misuse() {
    let report = Report {
        request_id: r_1(),
        status: Status::Error,
        error_type: Some("Extension.ExitError".to_owned()),
        duration: Duration::ZERO,
        billed_duration: Duration::ZERO,
        memory_mb: 128,
        max_memory_used_mb: None,
        cold_start: true,
        init_duration: None,
        restore_duration: None,
    };
    let answered =
        Event::Answered { request_id: r_1(), error_type: Some("Extension.ExitError".to_owned()), bytes: 100 };
    let story = Story::busy()
        .then(called(4, e(), Endpoint::ExtensionExitError))
        .effect(replied(4, 202))
        .then(extension(ExtensionEvent::Exited(Exit::Code(1))))
        .effect(answered)
        .effect(Event::InvocationEnded(report))
        .then(responds(5))
        .effect(Event::Refused { call: CallId(5), rejection: crate::core::Rejection::UnknownRequestId })
        .effect(replied(5, 400));
    // What is missing is an answer of the runtime's, and the extension is why.
    assert_eq!(story.broken(), [(Rule::Unanswered, e())]);
}
