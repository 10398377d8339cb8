//! The end of an environment with extensions: first the runtime, then the extensions, each with its time.
//!
//! The end without any extension is in `core/test/shutdown`.

use lambda_api::extension::{
    error::Moment,
    next::{Event, ShutdownReason},
};

use super::{INVOKE, SHUTDOWN, idle, idle_with_internal, phases};
use crate::core::{
    CallId, Effect, Exit, Phase, Rejection, Reply,
    test::scenario::{KILLED, Scenario, accepted, millis, secs},
};

/// `audit` is for SHUTDOWN and polls under this key, `billing` is for INVOKE; both polls of the environment wait.
fn polling() -> (Scenario, CallId) {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[SHUTDOWN])
        .registered("billing", &[INVOKE])
        .polling("billing");
    let poll = env.extension_polls("audit").unwrap();
    (env.ready().so_far(), poll)
}

fn shutting_down() -> (Scenario, CallId) {
    let (mut env, poll) = polling();
    env.shut_down();
    (env, poll)
}

/// The runtime is gone, and `audit` has been told.
fn told() -> Scenario {
    shutting_down().0.exited(Exit::Code(0)).so_far()
}

// === the runtime ===

#[test]
fn the_runtime_is_asked_to_end_and_has_600_milliseconds() {
    let (mut env, poll) = shutting_down();
    let effects = env.effects();
    assert!(matches!(
        effects[..],
        [Effect::HangUp { .. }, Effect::EnterPhase(Phase::Shutdown), Effect::Terminate]
    ));
    assert_eq!(env.timer(), Some(millis(600)));
    env.advance(millis(600));
    assert_eq!(env.effects(), [Effect::Kill]);
    assert!(!env.is_over(poll), "extensions do not know yet");
}

#[test]
fn a_runtime_that_has_ended_is_not_waited_for() {
    let (env, poll) = shutting_down();
    let env = env.after(millis(200)).exited(Exit::Code(0));
    assert!(env.told_of_shutdown(poll).is_some());
    assert_eq!(env.timer(), Some(millis(1_800)));
}

#[test]
fn a_runtime_that_is_not_there_is_not_asked() {
    let mut env = Scenario::with_extensions(["audit", "billing"]).registered("audit", &[SHUTDOWN]);
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.so_far();
    env.shut_down();
    assert_eq!(env.effects()[0], Effect::EnterPhase(Phase::Shutdown));
    assert!(env.told_of_shutdown(poll).is_some());
    assert_eq!(env.timer(), Some(secs(2)));
}

#[test]
fn extensions_are_told_when_a_killed_runtime_has_exited() {
    let (env, poll) = shutting_down();
    let env = env.after(millis(650));
    assert!(!env.is_over(poll));
    let env = env.exited(KILLED);
    assert!(env.told_of_shutdown(poll).is_some());
    assert_eq!(env.timer(), Some(millis(1_350)));
}

#[test]
fn a_runtime_that_will_not_die_leaves_the_extensions_no_time() {
    let (env, poll) = shutting_down();
    let mut env = env.after(millis(2_599)).so_far();
    assert_eq!(env.effects(), []);
    env.advance(millis(1));
    assert!(env.told_of_shutdown(poll).is_some());
    assert_eq!(
        env.effects()[1..],
        [
            Effect::KillExtension { index: 1 },
            Effect::KillExtension { index: 0 },
            Effect::KillExtension { index: 1 }
        ]
    );
}

// === the extensions ===

#[test]
fn those_that_want_to_know_are_told_and_the_others_are_killed_at_once() {
    let (env, poll) = shutting_down();
    let mut env = env.after(millis(100)).so_far();
    env.exit(Exit::Code(0));
    let effects = env.effects();
    assert!(
        matches!(
            &effects[..],
            [Effect::Reply { call, reply: Reply::Event(_) }, Effect::KillExtension { index: 1 }]
                if *call == poll
        ),
        "{effects:#?}"
    );
}

#[test]
fn the_event_names_the_reason_and_the_end_of_the_whole_two_seconds() {
    let (env, poll) = polling();
    let mut env = env.after(millis(5_000));
    env.shut_down();
    let env = env.after(millis(300)).exited(Exit::Code(0));
    let told = env.told_of_shutdown(poll).unwrap().clone();
    let event = Event::Shutdown(told);
    let reply = Reply::Event(Box::new(event)).to_http();
    assert_eq!(
        String::from_utf8_lossy(reply.body()),
        "{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":7000,\"shutdownReason\":\"spindown\"}"
    );
    // The service gives neither an identifier nor a type, and its HTTP layer guesses the latter.
    let headers: Vec<_> =
        reply.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(headers, [("content-type", &b"text/plain; charset=utf-8"[..])]);
}

#[test]
fn an_extension_that_is_not_polling_gets_the_event_when_it_does() {
    let mut env = idle().invoked("r-1");
    env.shut_down();
    let mut env = env.exited(Exit::Code(0));
    let poll = env.extension_polls("audit").unwrap();
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Spindown);
}

#[test]
fn an_extension_that_polls_while_the_runtime_ends_is_told_after_it() {
    let mut env = idle().invoked("r-1");
    env.shut_down();
    let poll = env.extension_polls("audit").unwrap();
    assert!(!env.is_over(poll));
    let env = env.exited(Exit::Code(0));
    assert!(env.told_of_shutdown(poll).is_some());
}

#[test]
fn an_extension_that_has_never_polled_is_told_too() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[SHUTDOWN]);
    env.shut_down();
    let mut env = env.exited(Exit::Code(0));
    let poll = env.extension_polls("audit").unwrap();
    assert!(env.told_of_shutdown(poll).is_some());
}

#[test]
fn a_poll_after_the_event_waits_and_is_hung_up_on_at_the_end() {
    let mut env = told();
    let poll = env.extension_polls("audit").unwrap();
    assert!(!env.is_over(poll));
    env.extension_exits("billing", KILLED);
    env.extension_exits("audit", Exit::Code(0));
    assert!(env.effects().contains(&Effect::HangUp { call: poll }));
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn the_environment_is_gone_when_the_last_extension_is() {
    let mut env = told();
    env.extension_exits("billing", KILLED);
    assert_eq!(env.phase(), Phase::Shutdown);
    env.extension_exits("audit", Exit::Code(0));
    assert_eq!((phases(&mut env), env.timer()), (vec![Phase::Terminated], None));
}

#[test]
fn extensions_that_are_there_at_the_deadline_are_killed() {
    let mut env = told();
    env.extension_exits("billing", KILLED);
    env.advance(millis(1_999));
    assert_eq!(env.effects(), []);
    env.advance(millis(1));
    assert_eq!(env.effects(), [Effect::KillExtension { index: 0 }]);
    env.extension_exits("audit", KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn extensions_that_will_not_die_are_given_up() {
    let mut env = told().after(secs(2));
    assert_eq!((env.phase(), env.timer()), (Phase::Shutdown, Some(secs(2))));
    env.advance(secs(2));
    assert_eq!((env.phase(), env.timer()), (Phase::Terminated, None));
    let mut env = env.so_far();
    env.extension_exits("audit", KILLED);
    assert_eq!(env.effects(), []);
}

#[test]
fn an_extension_that_crashes_while_the_runtime_ends_is_not_told_and_fails_nobody() {
    let (mut env, poll) = shutting_down();
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.exited(Exit::Code(0)).so_far();
    assert!(env.told_of_shutdown(poll).is_none_or(|told| told.reason == ShutdownReason::Spindown));
    env.extension_exits("billing", KILLED);
    assert_eq!((env.phase(), env.answers()), (Phase::Terminated, vec![]));
}

#[test]
fn a_failure_that_is_reported_during_the_shutdown_is_accepted_and_fails_nobody() {
    let mut env = told();
    let call = env.extension_fails("audit", Moment::Exit).unwrap();
    assert_eq!(env.effects(), [accepted(call)]);
    assert_eq!(env.phase(), Phase::Shutdown);
}

#[test]
fn after_the_end_an_extension_is_unknown() {
    let mut env = told();
    env.extension_exits("billing", KILLED);
    env.extension_exits("audit", Exit::Code(0));
    assert!(matches!(env.extension_polls("audit"), Err(Rejection::Extension(_))));
    assert!(matches!(env.extension_fails("audit", Moment::Exit), Err(Rejection::Extension(_))));
    assert_eq!(env.registers("audit", &[]), Err(Rejection::ContainerError));
}

// === internal extensions only ===

#[test]
fn with_internal_extensions_only_the_runtime_has_500_milliseconds_and_nobody_is_told() {
    let mut env = idle_with_internal();
    env.shut_down();
    assert_eq!(env.effects()[1..], [Effect::EnterPhase(Phase::Shutdown), Effect::Terminate]);
    assert_eq!(env.timer(), Some(millis(500)));
    env.advance(millis(500));
    assert_eq!(env.effects(), [Effect::Kill]);
    env.exit(KILLED);
    let effects = env.effects();
    assert!(matches!(effects[..], [Effect::HangUp { .. }, Effect::EnterPhase(Phase::Terminated)]));
}

#[test]
fn an_internal_extension_without_events_is_enough_for_a_warning() {
    let mut env = Scenario::new().registered("inner", &[]).polling("inner").ready().so_far();
    env.shut_down();
    assert!(env.effects().contains(&Effect::Terminate));
}

#[test]
fn without_any_extension_the_runtime_is_killed_at_once() {
    let mut env = Scenario::new().ready().so_far();
    env.shut_down();
    let effects = env.effects();
    assert!(effects.contains(&Effect::Kill) && !effects.contains(&Effect::Terminate));
}

// === reset ===

#[test]
fn a_reset_is_a_shutdown_after_which_the_environment_is_idle() {
    let (env, poll) = polling();
    let mut env = env.invoked("r-1").after(secs(3)).so_far();
    assert_eq!((env.phase(), env.timer()), (Phase::Reset, Some(millis(600))));
    env.exit(Exit::Code(0));
    assert_eq!(env.told_of_shutdown(poll).unwrap().deadline.as_unix_millis(), 5_000);
    env.extension_exits("audit", Exit::Code(0));
    env.extension_exits("billing", KILLED);
    assert_eq!((phases(&mut env), env.launches()), (vec![Phase::Idle], 1));
}

#[test]
fn an_invoke_during_the_reset_waits_for_the_last_extension() {
    let mut env = polling().0.invoked("r-1").after(secs(3)).invoked("r-2").exited(Exit::Code(0)).so_far();
    env.extension_exits("audit", Exit::Code(0));
    assert_eq!(env.effects(), []);
    env.extension_exits("billing", KILLED);
    assert_eq!(phases(&mut env), [Phase::Invoke]);
}

#[test]
fn the_exit_of_the_runtime_while_nothing_goes_on_ends_the_extensions() {
    let (mut env, poll) = polling();
    env.exit(Exit::Code(1));
    assert_eq!(env.phase(), Phase::Reset);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Failure);
}

#[test]
fn a_shutdown_during_a_reset_goes_on_where_the_reset_is() {
    let (env, poll) = polling();
    let mut env = env.invoked("r-1").after(secs(3)).exited(Exit::Code(0)).so_far();
    env.shut_down();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Shutdown)]);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Timeout, "it was told before");
    env.extension_exits("audit", Exit::Code(0));
    env.extension_exits("billing", KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn a_shutdown_during_a_reset_does_not_start_the_time_again() {
    let mut env = polling().0.invoked("r-1").after(millis(3_100));
    env.shut_down();
    assert_eq!((env.phase(), env.timer()), (Phase::Shutdown, Some(millis(500))));
}

#[test]
fn a_runtime_that_stays_after_its_error_of_init_is_a_failure_and_not_a_time_out() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[SHUTDOWN]);
    let poll = env.extension_polls("audit").unwrap();
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    let env = env.after(secs(2)).exited(KILLED);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Failure);
}

#[test]
fn so_is_one_that_stays_after_its_error_of_repeated_init() {
    let mut env = Scenario::with_extensions(["audit"]);
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.invoked("r-1").registered("audit", &[SHUTDOWN]);
    let poll = env.extension_polls("audit").unwrap();
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    let env = env.after(secs(2)).exited(KILLED);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Failure);
}
