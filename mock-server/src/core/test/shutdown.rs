//! The end of an environment: from every state to nothing, and nothing but refusals after it.
//!
//! Without extensions the runtime gets no warning: it is killed at once.

use super::scenario::{KILLED, Scenario, error, failure, response, restore_error, secs, success};
use crate::core::{Call, Effect, Exit, Phase, Rejection, Status};

const SHUT_DOWN: &str = "{\"errorType\":\"Sandbox.Failure\",\"errorMessage\":\"RequestId: r-1 Error: The execution environment was shut down\"}";

fn shutting_down(mut env: Scenario) -> Scenario {
    env.shut_down();
    env
}

fn terminated() -> Scenario {
    shutting_down(Scenario::new().ready()).exited(KILLED)
}

#[test]
fn an_idle_environment_is_killed_without_a_warning() {
    let mut env = Scenario::new();
    let poll = env.next().unwrap();
    let mut env = env.so_far();
    env.shut_down();
    assert_eq!(
        env.effects(),
        [Effect::HangUp { call: poll }, Effect::EnterPhase(Phase::Shutdown), Effect::Kill]
    );
    env.exit(KILLED);
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Terminated)]);
    assert_eq!(env.timer(), None);
}

#[test]
fn an_environment_without_a_process_ends_at_once() {
    for mut env in [
        Scenario::new().exited(Exit::Code(1)).so_far(),
        Scenario::new().without_process().so_far(),
        Scenario::new().ready().invoked("r-1").after(secs(5)).so_far(),
    ] {
        env.shut_down();
        assert_eq!(
            env.effects(),
            [Effect::EnterPhase(Phase::Shutdown), Effect::EnterPhase(Phase::Terminated)]
        );
        assert_eq!(env.timer(), None);
    }
}

#[test]
fn an_invocation_in_flight_is_answered_and_ended() {
    let mut env = Scenario::new().ready().invoked("r-1").so_far();
    env.shut_down();
    assert!(matches!(
        env.effects()[..],
        [Effect::Answer { .. }, Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Shutdown), Effect::Kill]
    ));
    assert_eq!(env.answer(), failure("Sandbox.Failure", SHUT_DOWN));
    assert_eq!(env.report().status, Status::Failure);
}

#[test]
fn an_invocation_that_has_been_answered_is_only_ended() {
    let env = shutting_down(Scenario::new().ready().invoked("r-1").answered("r-1"));
    assert_eq!(env.answer(), success("ok"));
    assert_eq!(env.reports().len(), 1);
}

#[test]
fn a_response_that_is_still_arriving_is_hung_up_on() {
    let mut env = Scenario::new().ready().invoked("r-1");
    let call = env.call(response("r-1")).unwrap();
    let mut env = shutting_down(env);
    assert!(env.effects().contains(&Effect::HangUp { call }));
    assert_eq!(env.answer(), failure("Sandbox.Failure", SHUT_DOWN));
}

#[test]
fn an_invoke_that_waits_is_answered_and_ended_although_it_never_began() {
    let during_init = Scenario::new().invoked("r-1");
    let during_reset = Scenario::new().after(secs(10)).invoked("r-1");
    for env in [during_init, during_reset] {
        let env = shutting_down(env);
        assert_eq!(env.answer(), failure("Sandbox.Failure", SHUT_DOWN));
        let report = env.report();
        assert_eq!((report.duration, report.billed_duration), (secs(0), secs(0)));
        assert_eq!(report.init_duration, None);
    }
}

#[test]
fn a_process_that_will_not_die_is_given_up_after_two_seconds() {
    let mut env = shutting_down(Scenario::new().ready()).so_far();
    assert_eq!(env.timer(), Some(secs(2)));
    env.advance(secs(2));
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Terminated)]);
}

#[test]
fn a_shutdown_during_a_reset_waits_for_the_same_process() {
    let mut env = Scenario::new().ready().invoked("r-1").after(secs(3)).so_far();
    env.shut_down();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Shutdown)]);
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn a_launch_that_fails_ends_a_shutdown_too() {
    let mut env = shutting_down(Scenario::new()).so_far();
    env.launch_fails();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Terminated)]);
}

#[test]
fn a_second_request_to_shut_down_does_nothing() {
    for mut env in [shutting_down(Scenario::new().ready()), terminated()] {
        let before = env.env.clone();
        env.shut_down();
        assert_eq!(env.env, before);
    }
}

#[test]
fn calls_of_a_runtime_that_is_being_killed_are_refused() {
    for mut env in [shutting_down(Scenario::new().ready().invoked("r-1")), terminated()] {
        assert_eq!(env.next(), Err(Rejection::ContainerError));
        assert_eq!(env.init_error(None, b"{}"), Err(Rejection::ContainerError));
        assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
        assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
        assert_eq!(env.call(Call::RestoreNext), Err(Rejection::NotFound));
        assert_eq!(env.call(restore_error()), Err(Rejection::NotFound));
    }
}

#[test]
fn an_environment_that_is_shut_down_takes_no_invoke() {
    for mut env in [shutting_down(Scenario::new()), terminated()] {
        assert!(!env.env.takes_invoke());
        assert_eq!(env.invoke("r-1"), Err(Rejection::Unavailable));
    }
}

#[test]
fn nothing_happens_after_the_end() {
    let mut env = terminated().so_far();
    env.exit(KILLED);
    env.launch_fails();
    env.advance(secs(1_000));
    env.handle_timeout();
    assert_eq!((env.effects(), env.phase()), (vec![], Phase::Terminated));
}
