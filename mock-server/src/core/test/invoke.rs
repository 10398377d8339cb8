//! An invocation up to the runtime's answer: who gets the event, what is in it, and who may be invoked when.
//!
//! Answers are in `response`, time-outs and crashes in `reset`, the numbers of the REPORT line in `report`.

use bytes::Bytes;
use lambda_api::{Deadline, FunctionArn, runtime::next::Invocation};

use super::scenario::{KILLED, Scenario, invocation_id, millis, not_allowed, reply, request_id, secs};
use crate::core::{CallId, Effect, Exit, Phase, Rejection, Reply, Status};

fn event_id(env: &Scenario, call: CallId) -> Option<String> {
    env.event_for(call).map(|event| event.request_id.as_str().to_owned())
}

// === delivery ===

#[test]
fn an_invoke_answers_the_parked_poll() {
    let mut env = Scenario::new();
    let poll = env.next().unwrap();
    let mut env = env.so_far();
    env.invoke("r-1").unwrap();

    let mut event = Invocation::new(request_id("r-1"));
    event.deadline = Some(Deadline::from_unix_millis(3_000));
    event.content_type = Some("application/json".into());
    event.payload = Bytes::from_static(b"{}");
    assert_eq!(
        env.effects(),
        [Effect::EnterPhase(Phase::Invoke), reply(poll, Reply::Invocation(Box::new(event)))]
    );
}

#[test]
fn all_that_the_invoke_says_is_in_the_event() {
    let mut env = Scenario::new();
    let poll = env.next().unwrap();
    let mut invoke = env.next_invoke("r-1");
    invoke.invocation_id = Some(invocation_id("i-1"));
    invoke.function_arn = FunctionArn::new("arn:aws:lambda:eu-west-1:123456789012:function:f:prod").ok();
    invoke.trace_id = Some("Root=1-691ee2a0-0123456789abcdef01234567;Sampled=1".to_owned());
    invoke.client_context = Some("{\"custom\":{}}".to_owned());
    invoke.cognito_identity = Some("{\"cognitoIdentityId\":\"c\"}".to_owned());
    invoke.tenant_id = Some("blue".to_owned());
    invoke.payload = Bytes::from_static(b"[1]");
    env.invoke_as(invoke.clone()).unwrap();

    let event = env.event_for(poll).unwrap();
    assert_eq!(event.request_id, invoke.request_id);
    assert_eq!(event.invocation_id, invoke.invocation_id);
    assert_eq!(event.invoked_function_arn, invoke.function_arn);
    assert_eq!(event.trace_id, invoke.trace_id);
    assert_eq!(event.client_context, invoke.client_context);
    assert_eq!(event.cognito_identity, invoke.cognito_identity);
    assert_eq!(event.tenant_id, invoke.tenant_id);
    assert_eq!(event.payload, invoke.payload);
}

#[test]
fn a_second_next_while_running_gets_the_same_event_at_once() {
    let mut env = Scenario::new();
    let first = env.next().unwrap();
    let mut env = env.invoked("r-1").after(secs(1)).so_far();
    let second = env.next().unwrap();
    assert_eq!(env.event_for(second), env.event_for(first), "the deadline has not moved either");
    assert_eq!(env.effects().len(), 1);
}

#[test]
fn an_event_that_was_delivered_twice_is_answered_once() {
    let mut env = Scenario::new().ready().invoked("r-1");
    env.next().unwrap();
    env.responds("r-1", b"1").unwrap();
    assert_eq!(env.responds("r-1", b"2"), not_allowed("RuntimeResponseSentState", "InvocationResponse"));
    assert_eq!(env.answers().len(), 1);
}

// === lost and doubled polls ===

#[test]
fn a_poll_that_is_dropped_while_idle_leaves_the_runtime_ready() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    let mut env = env.invoked("r-1").so_far();
    assert_eq!(env.phase(), Phase::Invoke);
    let poll = env.next().unwrap();
    assert_eq!(event_id(&env, poll).as_deref(), Some("r-1"));
    assert!(!env.is_over(lost));
    assert_eq!(env.effects().len(), 1, "init has ended long ago");
}

#[test]
fn a_new_poll_in_place_of_a_dropped_one_gets_the_next_event() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    let poll = env.next().unwrap();
    let env = env.invoked("r-1");
    assert_eq!(event_id(&env, poll).as_deref(), Some("r-1"));
}

#[test]
fn an_event_whose_poll_never_comes_back_runs_into_the_time_out() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    let env = env.invoked("r-1").after(secs(3));
    assert_eq!(env.report().status, Status::Timeout);
    assert_eq!(env.phase(), Phase::Reset);
}

#[test]
fn a_poll_that_is_dropped_in_the_moment_of_delivery_is_made_up_for() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    let mut env = env.invoked("r-1").so_far();
    env.drop_call(lost);
    assert_eq!(env.effects(), []);
    let poll = env.next().unwrap();
    assert_eq!(event_id(&env, poll).as_deref(), Some("r-1"));
}

#[test]
fn a_second_poll_while_idle_is_parked_too_and_only_the_first_gets_the_event() {
    let mut env = Scenario::new();
    let first = env.next().unwrap();
    let second = env.next().unwrap();
    let env = env.invoked("r-1");
    assert_eq!(event_id(&env, first).as_deref(), Some("r-1"));
    assert!(!env.is_over(second));
}

#[test]
fn a_second_parked_poll_gets_the_event_if_the_first_is_dropped() {
    let mut env = Scenario::new();
    let first = env.next().unwrap();
    let second = env.next().unwrap();
    env.drop_call(first);
    let env = env.invoked("r-1");
    assert_eq!(event_id(&env, second).as_deref(), Some("r-1"));
}

#[test]
fn a_parked_second_poll_does_not_end_the_invocation() {
    let mut env = Scenario::new();
    env.next().unwrap();
    let second = env.next().unwrap();
    let mut env = env.invoked("r-1").answered("r-1");
    assert_eq!(env.reports(), [], "only a poll that comes after the answer says that the runtime is done");
    env.next().unwrap();
    assert_eq!(env.reports().len(), 1);
    let env = env.invoked("r-2");
    assert_eq!(event_id(&env, second).as_deref(), Some("r-2"), "the oldest poll comes first");
}

// === the deadline ===

#[test]
fn the_deadline_is_the_begin_of_the_invocation_and_the_time_out() {
    let mut env = Scenario::with_timeout(millis(1_500));
    let poll = env.next().unwrap();
    let env = env.after(secs(100)).invoked("r-1");
    assert_eq!(env.event_for(poll).unwrap().deadline, Some(Deadline::from_unix_millis(101_500)));
    assert_eq!(env.timer(), Some(millis(1_500)));
}

#[test]
fn init_time_does_not_count_towards_the_deadline() {
    let mut env = Scenario::new().invoked("r-1").after(secs(8));
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().deadline, Some(Deadline::from_unix_millis(11_000)));
}

#[test]
fn init_within_the_invocation_counts_towards_the_deadline() {
    let mut env = Scenario::new().without_process().after(secs(5)).invoked("r-1").after(secs(2));
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().deadline, Some(Deadline::from_unix_millis(8_000)));
    assert_eq!(env.timer(), Some(secs(1)));
}

#[test]
fn time_spent_waiting_for_a_reset_does_not_count_towards_the_deadline() {
    let mut env = Scenario::new().ready().invoked("r-1").after(secs(3)).invoked("r-2").after(secs(1));
    env.exit(KILLED);
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().deadline, Some(Deadline::from_unix_millis(7_000)));
}

// === who may be invoked when ===

#[test]
fn an_environment_takes_one_invoke_at_a_time() {
    for mut env in [
        Scenario::new().ready().invoked("r-1"),
        Scenario::new().ready().invoked("r-1").responding("r-1"),
        Scenario::new().ready().invoked("r-1").stuck("r-1"),
        Scenario::new().ready().invoked("r-1").answered("r-1"),
        Scenario::new().without_process().invoked("r-1"),
    ] {
        assert!(!env.env.takes_invoke());
        assert_eq!(env.invoke("r-2"), Err(Rejection::Unavailable));
    }
}

#[test]
fn next_after_the_response_ends_the_invocation() {
    let mut env = Scenario::new().ready().invoked("r-1").answered("r-1").so_far();
    let poll = env.next().unwrap();
    let report = env.report();
    assert_eq!((report.request_id.as_str(), report.status), ("r-1", Status::Success));
    assert_eq!(report.error_type, None);
    assert_eq!(env.phase(), Phase::Idle);
    assert_eq!(env.timer(), None);
    assert!(env.env.takes_invoke());
    assert!(!env.is_over(poll));
    assert!(matches!(env.effects()[..], [Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Idle)]));
}

#[test]
fn the_same_process_serves_one_invocation_after_the_other() {
    let mut env = Scenario::new();
    for id in ["r-1", "r-2", "r-3"] {
        let poll = env.next().unwrap();
        env.invoke(id).unwrap();
        assert_eq!(event_id(&env, poll).as_deref(), Some(id));
        env.responds(id, id.as_bytes()).unwrap();
    }
    env.next().unwrap();
    assert_eq!(env.launches(), 1);
    assert_eq!(env.reports().len(), 3);
}

#[test]
fn the_same_request_id_may_come_again() {
    // The attempts of an asynchronous invocation share their request id.
    let mut env = Scenario::new().ready().invoked("r-1").answered("r-1").ready().invoked("r-1");
    env.responds("r-1", b"again").unwrap();
    assert_eq!(env.answers().len(), 2);
}

#[test]
fn an_environment_whose_process_ended_while_idle_takes_the_next_invoke() {
    let mut env = Scenario::new();
    let poll = env.next().unwrap();
    let mut env = env.so_far();
    env.exit(Exit::Code(0));
    assert_eq!(env.effects(), [Effect::HangUp { call: poll }]);
    assert!(env.env.takes_invoke());
    env.invoke("r-1").unwrap();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Invoke), Effect::Launch { generation: 2 }]);
}
