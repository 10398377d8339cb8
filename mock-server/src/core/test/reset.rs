//! What happens when an invocation goes wrong: time-outs, crashes, the reset that follows a time-out, and init
//! repeated within the next invocation.
//!
//! Failures of the init phase itself are in `init`; the numbers in the reports are in `report`.

use super::scenario::{
    KILLED, Scenario, accepted, error, failure, millis, not_allowed, response, secs, success,
};
use crate::core::{Effect, Exit, InitReport, Phase, Rejection, Status};

fn running() -> Scenario {
    Scenario::new().ready().invoked("r-1").so_far()
}

/// An invocation whose process is just being launched: init is repeated within it.
fn repeated() -> Scenario {
    Scenario::new().without_process().invoked("r-1").so_far()
}

fn init_ended(status: Status, error_type: Option<&str>, duration: std::time::Duration) -> Effect {
    let error_type = error_type.map(str::to_owned);
    Effect::EndInit(InitReport { within_invoke: true, status, error_type, duration })
}

// === time-outs ===

#[test]
fn at_the_deadline_the_caller_is_answered_and_the_process_killed() {
    let mut env = running();
    env.advance(secs(3));
    assert!(matches!(
        env.effects()[..],
        [Effect::Answer { .. }, Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Reset), Effect::Kill]
    ));
    assert_eq!(
        env.answer(),
        failure(
            "Sandbox.Timedout",
            "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: r-1 Error: Task timed out after 3.00 seconds\"}"
        )
    );
}

#[test]
fn a_response_just_before_the_deadline_counts() {
    let env = running().after(millis(2_999)).answered("r-1");
    assert_eq!(env.answer(), success("ok"));
}

#[test]
fn a_runtime_that_never_polls_after_its_answer_is_reset_and_the_caller_not_answered_twice() {
    let mut env = running().answered("r-1").so_far();
    env.advance(secs(3));
    assert!(matches!(
        env.effects()[..],
        [Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Reset), Effect::Kill]
    ));
    assert_eq!(env.answer(), success("ok"));
    assert_eq!(env.report().status, Status::Timeout);
}

#[test]
fn a_timer_that_comes_too_early_does_nothing() {
    for mut env in [Scenario::new(), running(), repeated(), running().after(secs(3))] {
        env.advance(millis(500));
        let before = env.env.clone();
        env.handle_timeout();
        assert_eq!(env.env, before);
    }
}

#[test]
fn a_timer_that_nobody_asked_for_does_nothing() {
    for mut env in [Scenario::new().ready(), Scenario::new().without_process()] {
        env.now = env.now + secs(1_000);
        let before = env.env.clone();
        env.handle_timeout();
        assert_eq!(env.env, before);
    }
}

// === while the process is being killed ===

#[test]
fn a_late_response_finds_no_open_invocation() {
    let mut env = running().after(secs(3)).so_far();
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.effects(), []);
}

#[test]
fn a_late_poll_or_init_error_is_told_that_the_environment_is_gone() {
    let mut env = running().after(secs(3));
    assert_eq!(env.next(), Err(Rejection::ContainerError));
    assert_eq!(env.init_error(None, b"{}"), Err(Rejection::ContainerError));
}

#[test]
fn parked_polls_are_hung_up_on_with_the_process() {
    let mut env = Scenario::new().ready();
    let stranded = env.next().unwrap();
    let mut env = env.invoked("r-1").so_far();
    env.advance(secs(3));
    assert!(env.effects().contains(&Effect::HangUp { call: stranded }));
}

#[test]
fn an_invoke_during_the_reset_waits_for_the_exit_and_gets_a_new_process() {
    let mut env = running().after(secs(3)).after(millis(100)).so_far();
    env.invoke("r-2").unwrap();
    assert_eq!(env.effects(), []);
    assert_eq!(env.invoke("r-3"), Err(Rejection::Unavailable));
    env.exit(KILLED);
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Invoke), Effect::Launch { generation: 2 }]);
    assert_eq!(env.timer(), Some(secs(3)));
}

#[test]
fn without_an_invoke_no_new_process_is_started() {
    let mut env = running().after(secs(3)).so_far();
    env.exit(KILLED);
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Idle)]);
    assert_eq!(env.timer(), None);
}

#[test]
fn a_process_that_will_not_die_is_given_up_after_two_seconds() {
    let mut env = running().after(secs(3)).so_far();
    assert_eq!(env.timer(), Some(secs(2)));
    env.advance(secs(2));
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Idle)]);
}

#[test]
fn the_exit_of_a_process_that_was_given_up_does_not_touch_its_successor() {
    let mut env = running().after(secs(3)).invoked("r-2").after(secs(2)).so_far();
    assert_eq!((env.phase(), env.env.generation()), (Phase::Invoke, 2));
    env.exit_of(1, KILLED);
    assert_eq!(env.effects(), []);
    env.next().unwrap();
    env.responds("r-2", b"ok").unwrap();
    assert_eq!(env.answers().len(), 2);
}

#[test]
fn a_process_that_was_given_up_cannot_exit_once_more() {
    let mut env = running().after(secs(5)).so_far();
    env.exit_of(1, KILLED);
    assert_eq!(env.effects(), []);
}

#[test]
fn an_exit_is_heard_once() {
    let mut env = running();
    env.exit(Exit::Code(1));
    let mut env = env.so_far();
    env.exit(Exit::Code(1));
    env.launch_fails();
    assert_eq!(env.effects(), []);
}

#[test]
fn an_exit_of_a_process_that_was_never_launched_is_ignored() {
    let mut env = running();
    env.exit_of(0, KILLED);
    env.exit_of(2, KILLED);
    assert_eq!(env.effects(), []);
}

// === crashes ===

#[test]
fn an_exit_answers_the_caller_and_needs_no_kill() {
    let mut env = running();
    env.exit(Exit::Code(1));
    assert!(matches!(
        env.effects()[..],
        [Effect::Answer { .. }, Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Idle)]
    ));
    assert_eq!(
        env.answer(),
        failure(
            "Runtime.ExitError",
            "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r-1 Error: Runtime exited with error: exit status 1\"}"
        )
    );
    assert_eq!(env.timer(), None);
}

#[test]
fn an_exit_after_the_answer_does_not_change_the_answer() {
    let mut env = running().answered("r-1");
    env.exit(Exit::Code(1));
    assert_eq!(env.answer(), success("ok"));
    assert_eq!((env.phase(), env.report().status), (Phase::Idle, Status::Error));
}

#[test]
fn an_exit_while_the_event_waits_for_a_poll_answers_the_caller() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    let mut env = env.invoked("r-1").so_far();
    env.exit(Exit::Code(1));
    assert_eq!(env.answer().1.as_deref(), Some("Runtime.ExitError"));
    let ended_init = |effect: &Effect| matches!(effect, Effect::EndInit(_));
    assert!(!env.effects().iter().any(ended_init), "init had ended before");
}

#[test]
fn a_late_response_of_a_process_that_exited_finds_no_open_invocation() {
    let mut env = running().exited(Exit::Code(1));
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.next(), Err(Rejection::ContainerError));
}

#[test]
fn the_invocation_after_a_crash_gets_a_new_process() {
    let mut env = running().exited(KILLED).so_far();
    env.invoke("r-2").unwrap();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Invoke), Effect::Launch { generation: 2 }]);
}

// === init repeated within an invocation ===

#[test]
fn repeated_init_ends_with_the_first_next_which_gets_the_event() {
    let mut env = repeated().after(millis(300));
    let poll = env.next().unwrap();
    assert_eq!(env.effects()[0], init_ended(Status::Success, None, millis(300)));
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-1");
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    assert_eq!((env.answer(), env.phase()), (success("ok"), Phase::Idle));
}

#[test]
fn during_repeated_init_the_invocation_is_open_but_cannot_be_answered() {
    let mut env = repeated();
    assert_eq!(env.call(response("r-1")), not_allowed("Started", "InvocationResponse"));
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("Started", "InvocationErrorResponse"));
    assert_eq!(env.call(response("r-2")), Err(Rejection::UnknownRequestId));

    env.init_error(None, b"{}").unwrap();
    assert_eq!(env.call(response("r-1")), not_allowed("InitError", "InvocationResponse"));
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("InitError", "InvocationErrorResponse"));
}

#[test]
fn an_error_of_repeated_init_is_the_callers_answer() {
    let mut env = repeated();
    let body = b"{\"errorMessage\":\"no module\",\"errorType\":\"ImportError\",\"requestId\":\"\"}";
    let call = env.init_error(Some("Runtime.ImportModuleError"), body).unwrap();
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(env.answer(), failure("Runtime.ImportModuleError", std::str::from_utf8(body).unwrap()));
    assert_eq!(env.reports(), [], "the invocation is over when the process is");
}

#[test]
fn the_content_type_of_an_init_error_is_derived_from_its_body() {
    for (body, content_type) in [
        (&b"{\"errorMessage\":\"x\"}"[..], "application/json"),
        (b"\"text\"", "application/json"),
        (b"{\"errorMessage\":", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ] {
        let mut env = repeated();
        env.init_error(None, body).unwrap();
        assert_eq!(env.answers()[0].content_type.as_deref(), Some(content_type), "{body:?}");
    }
}

#[test]
fn an_exit_after_the_error_of_repeated_init_ends_the_invocation_with_the_error() {
    let mut env = repeated();
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    let mut env = env.after(millis(20)).so_far();
    env.exit(Exit::Code(1));
    let effects = env.effects();
    assert_eq!(effects[0], init_ended(Status::Error, Some("Function.Config"), millis(20)));
    assert!(matches!(effects[1..], [Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Idle)]));
}

#[test]
fn a_runtime_that_stays_after_the_error_of_repeated_init_is_killed() {
    let mut env = repeated();
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    let mut env = env.so_far();
    env.advance(secs(2));
    let effects = env.effects();
    assert_eq!(effects[0], init_ended(Status::Error, Some("Function.Config"), secs(2)));
    assert!(matches!(
        effects[1..],
        [Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Reset), Effect::Kill]
    ));
}

#[test]
fn the_error_of_repeated_init_does_not_move_the_deadline() {
    let mut env = repeated().after(millis(2_500));
    env.init_error(None, b"{}").unwrap();
    assert_eq!(env.timer(), Some(millis(500)));
}

#[test]
fn repeated_init_runs_under_the_time_out_of_the_function_alone() {
    let mut env = Scenario::with_timeout(secs(60)).without_process().invoked("r-1").after(secs(59)).so_far();
    let poll = env.next().unwrap();
    assert!(env.event_for(poll).is_some(), "the ten seconds of the init phase do not apply");
}

#[test]
fn repeated_init_over_the_time_out_is_a_time_out_of_the_function() {
    let mut env = repeated();
    env.advance(secs(3));
    let effects = env.effects();
    assert_eq!(effects[0], init_ended(Status::Timeout, None, secs(3)));
    assert!(matches!(effects[1], Effect::Answer { .. }));
    assert_eq!(env.answer().1.as_deref(), Some("Sandbox.Timedout"));
    assert_eq!(env.phase(), Phase::Reset);
}

#[test]
fn an_exit_during_repeated_init_is_the_callers_answer() {
    let mut env = repeated();
    env.exit(Exit::Code(0));
    assert_eq!(env.effects()[0], init_ended(Status::Error, Some("Runtime.ExitError"), secs(0)));
    assert_eq!(
        env.answer(),
        failure(
            "Runtime.ExitError",
            "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r-1 Error: Runtime exited without providing a reason\"}"
        )
    );
}

#[test]
fn a_launch_that_fails_during_repeated_init_is_the_callers_answer() {
    let mut env = repeated();
    env.launch_fails();
    assert_eq!(env.effects()[0], init_ended(Status::Error, Some("Runtime.InvalidEntrypoint"), secs(0)));
    assert_eq!(
        env.answer(),
        failure(
            "Runtime.InvalidEntrypoint",
            "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: r-1 Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\"}"
        )
    );
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn init_is_repeated_as_often_as_it_fails() {
    let mut env = Scenario::new().exited(Exit::Code(1));
    for id in ["r-1", "r-2", "r-3"] {
        env.invoke(id).unwrap();
        env.exit(Exit::Code(1));
    }
    assert_eq!((env.launches(), env.answers().len(), env.reports().len()), (4, 3, 3));
}
