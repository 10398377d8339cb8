//! The init phase: from the launch to the runtime's first poll, or to the failure of its process.
//!
//! Init that is repeated within an invocation is in `reset`; what an invocation does after init, in `invoke`.

use super::scenario::{
    KILLED, Scenario, accepted, error, millis, not_allowed, response, restore_error, secs,
};
use crate::core::{Call, Effect, Exit, InitReport, Phase, Rejection, Status};

fn init_ended(status: Status, error_type: Option<&str>, duration: std::time::Duration) -> Effect {
    let error_type = error_type.map(str::to_owned);
    Effect::EndInit(InitReport { within_invoke: false, status, error_type, duration })
}

// === the happy path ===

#[test]
fn an_environment_begins_with_init_and_a_launch() {
    let mut env = Scenario::new();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Init), Effect::Launch { generation: 1 }]);
    assert_eq!((env.phase(), env.timer()), (Phase::Init, Some(secs(10))));
}

#[test]
fn the_first_next_ends_init_and_parks() {
    let mut env = Scenario::new().after(millis(110)).so_far();
    let poll = env.next().unwrap();
    assert_eq!(
        env.effects(),
        [init_ended(Status::Success, None, millis(110)), Effect::EnterPhase(Phase::Idle)]
    );
    assert!(!env.is_over(poll));
}

#[test]
fn an_idle_environment_waits_for_ever() {
    let mut env = Scenario::new().ready();
    assert_eq!(env.timer(), None);
    env.advance(secs(1_000_000));
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn init_may_take_until_just_before_its_limit() {
    let mut env = Scenario::new().after(millis(9_999)).so_far();
    env.next().unwrap();
    assert_eq!(env.effects()[0], init_ended(Status::Success, None, millis(9_999)));
}

// === an invoke during init ===

#[test]
fn an_invoke_waits_for_init_and_goes_to_the_first_next() {
    let mut env = Scenario::new().invoked("r-1").after(secs(2)).so_far();
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-1");
    assert_eq!(env.phase(), Phase::Invoke);
    let effects = env.effects();
    let phases: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::EnterPhase(_))).collect();
    assert_eq!(phases, [&Effect::EnterPhase(Phase::Invoke)], "it is never idle in between");
}

#[test]
fn only_one_invoke_may_wait_for_init() {
    let mut env = Scenario::new().invoked("r-1");
    assert!(!env.env.takes_invoke());
    assert_eq!(env.invoke("r-2"), Err(Rejection::Unavailable));
}

#[test]
fn a_waiting_invoke_does_not_lengthen_init() {
    let env = Scenario::new().after(secs(4)).invoked("r-1");
    assert_eq!(env.timer(), Some(secs(6)));
}

#[test]
fn an_invocation_that_waits_for_init_cannot_be_answered_yet() {
    let mut env = Scenario::new().invoked("r-1");
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
}

// === calls that init does not allow ===

#[test]
fn answers_during_init_name_no_open_invocation() {
    let mut env = Scenario::new();
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
}

#[test]
fn restore_endpoints_do_not_exist_without_snapstart() {
    for call in [Call::RestoreNext, restore_error()] {
        for mut env in [Scenario::new(), Scenario::new().ready(), Scenario::new().ready().invoked("r-1")] {
            assert_eq!(env.call(call.clone()), Err(Rejection::NotFound));
        }
    }
}

#[test]
fn a_runtime_that_reported_an_init_error_may_neither_poll_nor_report_again() {
    let mut env = Scenario::new().init_failed();
    assert_eq!(env.next(), not_allowed("InitError", "Ready"));
    assert_eq!(env.init_error(None, b"{}"), not_allowed("InitError", "InitError"));
}

#[test]
fn an_init_error_is_refused_once_the_runtime_has_polled() {
    for (mut env, from) in [
        (Scenario::new().ready(), "Ready"),
        (Scenario::new().ready().invoked("r-1"), "Running"),
        (Scenario::new().ready().invoked("r-1").responding("r-1"), "InvocationResponse"),
        (Scenario::new().ready().invoked("r-1").stuck("r-1"), "InvocationResponse"),
        (Scenario::new().ready().invoked("r-1").answered("r-1"), "RuntimeResponseSentState"),
    ] {
        assert_eq!(env.init_error(None, b"{}"), not_allowed(from, "InitError"));
    }
}

// === failures ===

#[test]
fn an_init_error_is_accepted_and_noted_when_the_process_exits() {
    let mut env = Scenario::new().after(millis(50)).so_far();
    let call = env.init_error(Some("Runtime.ImportModuleError"), b"{}").unwrap();
    assert_eq!(env.effects(), [accepted(call)]);
    env.advance(millis(10));
    env.exit(Exit::Code(1));
    assert_eq!(
        env.effects(),
        [
            init_ended(Status::Error, Some("Runtime.ImportModuleError"), millis(60)),
            Effect::EnterPhase(Phase::Idle)
        ]
    );
}

#[test]
fn an_init_error_of_no_known_category_is_noted_as_unknown() {
    for (sent, noted) in [
        (None, "Runtime.Unknown"),
        (Some("unhandled"), "Runtime.Unknown"),
        (Some("Function.x"), "Function.Unknown"),
    ] {
        let mut env = Scenario::new().so_far();
        env.init_error(sent, b"{}").unwrap();
        env.exit(Exit::Code(1));
        assert!(env.effects().contains(&init_ended(Status::Error, Some(noted), secs(0))), "{sent:?}");
    }
}

#[test]
fn an_exit_during_init_leaves_an_idle_environment_that_still_takes_an_invoke() {
    let mut env = Scenario::new().after(millis(7)).so_far();
    env.exit(Exit::Code(1));
    assert_eq!(
        env.effects(),
        [init_ended(Status::Error, Some("Runtime.ExitError"), millis(7)), Effect::EnterPhase(Phase::Idle)]
    );
    assert!(env.env.takes_invoke());
    assert_eq!(env.timer(), None);
}

#[test]
fn a_launch_that_fails_ends_init_with_its_category() {
    let mut env = Scenario::new().so_far();
    env.launch_fails();
    assert_eq!(
        env.effects(),
        [
            init_ended(Status::Error, Some("Runtime.InvalidEntrypoint"), secs(0)),
            Effect::EnterPhase(Phase::Idle)
        ]
    );
}

#[test]
fn a_failed_init_is_repeated_only_when_an_invoke_comes() {
    let mut env = Scenario::new().exited(Exit::Code(1)).after(secs(60));
    assert_eq!(env.launches(), 1);
    env.invoke("r-1").unwrap();
    assert_eq!(env.launches(), 2);
}

#[test]
fn a_failed_init_is_repeated_at_once_for_an_invoke_that_waits() {
    let mut env = Scenario::new().invoked("r-1").so_far();
    env.exit(Exit::Code(1));
    assert_eq!(
        env.effects(),
        [
            init_ended(Status::Error, Some("Runtime.ExitError"), secs(0)),
            Effect::EnterPhase(Phase::Invoke),
            Effect::Launch { generation: 2 },
        ]
    );
    assert_eq!(env.answers(), [], "the failure of the first attempt is not the caller's business");
}

#[test]
fn the_caller_never_sees_the_error_of_the_init_phase() {
    let mut env = Scenario::new().invoked("r-1");
    env.init_error(Some("Function.First"), b"first").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.answers(), []);
    assert_eq!(env.phase(), Phase::Invoke);
}

#[test]
fn a_runtime_that_stays_after_its_init_error_is_killed() {
    let mut env = Scenario::new().init_failed().so_far();
    assert_eq!(env.timer(), Some(secs(2)));
    env.advance(secs(2));
    assert_eq!(
        env.effects(),
        [
            init_ended(Status::Error, Some("Runtime.Unknown"), secs(2)),
            Effect::EnterPhase(Phase::Reset),
            Effect::Kill
        ]
    );
}

#[test]
fn an_init_error_does_not_lengthen_init() {
    let mut env = Scenario::new().after(secs(9));
    env.init_error(None, b"{}").unwrap();
    assert_eq!(env.timer(), Some(secs(1)));
}

// === the limit ===

#[test]
fn init_over_its_limit_is_ended_and_the_process_killed() {
    let mut env = Scenario::new().so_far();
    env.advance(secs(10));
    assert_eq!(
        env.effects(),
        [init_ended(Status::Timeout, None, secs(10)), Effect::EnterPhase(Phase::Reset), Effect::Kill]
    );
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn init_over_its_limit_is_repeated_for_the_waiting_invoke_under_the_functions_time_out() {
    let mut env = Scenario::new().invoked("r-1").after(secs(10)).so_far();
    env.exit(KILLED);
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Invoke), Effect::Launch { generation: 2 }]);
    assert_eq!(env.timer(), Some(secs(3)), "ten seconds are for the init phase only");
}

#[test]
fn a_runtime_that_polls_too_late_finds_its_environment_gone() {
    let mut env = Scenario::new().after(secs(10));
    assert_eq!(env.next(), Err(Rejection::ContainerError));
}
