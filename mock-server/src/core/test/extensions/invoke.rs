//! Extensions while an invocation runs: who is told of it, with what, and what it waits for.
//!
//! Failures are in `failure`.

use lambda_api::{
    FunctionArn,
    extension::next::{Event, ShutdownReason},
};

use super::{INVOKE, SHUTDOWN, idle, idle_with_internal, runtime_does};
use crate::core::{
    CallId, Effect, Phase, Rejection, Reply, Status,
    test::scenario::{KILLED, Scenario, millis, secs, success},
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// `audit` has polled under the key that comes with it, `billing` is for SHUTDOWN only.
fn polling() -> (Scenario, CallId) {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[INVOKE])
        .registered("billing", &[SHUTDOWN])
        .polling("billing");
    let poll = env.extension_polls("audit").unwrap();
    (env.ready().so_far(), poll)
}

// === who is told, and of what ===

#[test]
fn an_extension_that_asks_too_late_is_not_told_of_an_invocation_that_is_over() {
    let (mut env, poll) = polling();
    env.drop_call(poll);
    env.invoke("r-1").unwrap();
    env.advance(secs(3));
    assert_eq!(env.phase(), Phase::Reset);
    let poll = env.extension_polls("audit").unwrap();
    assert!(env.told_of_invoke(poll).is_none());
}

#[test]
fn only_those_that_want_to_know_are_told_and_before_the_runtime() {
    let (mut env, poll) = polling();
    env.invoke("r-1").unwrap();
    let effects = env.effects();
    assert!(
        matches!(
            &effects[..],
            [
                Effect::EnterPhase(Phase::Invoke),
                Effect::Reply { call, reply: Reply::Event(_) },
                Effect::Reply { reply: Reply::Invocation(_), .. },
            ] if *call == poll
        ),
        "{effects:#?}"
    );
}

#[test]
fn an_extension_is_told_what_the_runtime_is_told_but_for_the_payload() {
    let (env, poll) = polling();
    let mut env = env.after(millis(1_500));
    let mut invoke = env.next_invoke("r-1");
    invoke.function_arn = Some(FunctionArn::new(ARN).unwrap());
    invoke.trace_id = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned());
    env.invoke_as(invoke).unwrap();
    let told = env.told_of_invoke(poll).unwrap();
    let reply = Reply::Event(Box::new(Event::Invoke(told.clone()))).to_http();
    assert_eq!(
        String::from_utf8_lossy(reply.body()),
        "{\"eventType\":\"INVOKE\",\"deadlineMs\":4500,\"requestId\":\"r-1\",\
         \"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:123456789012:function:f\",\
         \"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\
         \"value\":\"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1\"}}"
    );
}

#[test]
fn without_a_trace_an_extension_is_told_of_none() {
    let (env, poll) = polling();
    assert_eq!(env.invoked("r-1").told_of_invoke(poll).unwrap().trace_id, None);
}

#[test]
fn each_event_has_an_identifier_of_its_own() {
    let (env, poll) = polling();
    let mut env = env.invoked("r-1");
    let first = env.told_of_invoke(poll).unwrap().event_id.clone();
    runtime_does(&mut env, "r-1");
    let poll = env.extension_polls("audit").unwrap();
    let env = env.invoked("r-2");
    let second = env.told_of_invoke(poll).unwrap().event_id.clone();
    assert!(first.is_some() && second.is_some());
    assert_ne!(first, second);
}

#[test]
fn two_extensions_are_told_under_different_identifiers() {
    let mut env =
        Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]).registered("inner", &[INVOKE]);
    let polls = [env.extension_polls("audit").unwrap(), env.extension_polls("inner").unwrap()];
    let env = env.ready().invoked("r-1");
    let [audit, inner] = polls.map(|poll| env.told_of_invoke(poll).unwrap().event_id.clone());
    assert!(audit.is_some() && audit != inner);
}

#[test]
fn the_event_of_a_lost_poll_goes_to_the_next_one() {
    let (mut env, lost) = polling();
    env.drop_call(lost);
    let mut env = env.invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.phase(), Phase::Invoke, "the extension has not even heard of it");
    let poll = env.extension_polls("audit").unwrap();
    assert_eq!(env.told_of_invoke(poll).unwrap().request_id.as_str(), "r-1");
    assert_eq!(env.phase(), Phase::Invoke);
    env.extension_polls("audit").unwrap();
    assert_eq!(env.phase(), Phase::Idle);
}

// === what an invocation waits for ===

#[test]
fn the_caller_is_answered_as_soon_as_the_runtime_has_posted() {
    let mut env = idle().invoked("r-1");
    env.responds("r-1", b"ok").unwrap();
    assert_eq!((env.answer(), env.reports()), (success("ok"), vec![]));
}

#[test]
fn an_invocation_is_over_when_the_runtime_and_its_extensions_have_polled_again_whoever_is_last() {
    let mut env = idle().invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.phase(), Phase::Invoke);
    env.extension_polls("audit").unwrap();
    assert_eq!((env.phase(), env.reports().len()), (Phase::Idle, 1));

    let mut env = idle().invoked("r-1");
    env.extension_polls("audit").unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.phase(), Phase::Invoke);
    env.next().unwrap();
    assert_eq!((env.phase(), env.reports().len()), (Phase::Idle, 1));
}

#[test]
fn an_invocation_waits_for_internal_extensions_too() {
    let mut env = idle_with_internal().invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.phase(), Phase::Invoke);
    env.extension_polls("inner").unwrap();
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn an_invocation_does_not_wait_for_extensions_that_were_not_told() {
    let mut env = Scenario::with_extensions(["billing"])
        .registered("billing", &[SHUTDOWN])
        .polling("billing")
        .ready()
        .invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn while_an_extension_is_busy_the_environment_takes_no_invoke_and_the_runtime_gets_no_event() {
    let mut env = idle().invoked("r-1");
    env.responds("r-1", b"ok").unwrap();
    let poll = env.next().unwrap();
    assert_eq!(env.invoke("r-2"), Err(Rejection::Unavailable));
    let second = env.next().unwrap();
    assert!(!env.is_over(poll) && !env.is_over(second), "it does not get the same event once more");
    env.extension_polls("audit").unwrap();
    let env = env.invoked("r-2");
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-2");
}

#[test]
fn an_extension_that_polls_while_the_runtime_works_hears_of_the_next_invocation_only() {
    let mut env = idle().invoked("r-1");
    let poll = env.extension_polls("audit").unwrap();
    runtime_does(&mut env, "r-1");
    assert!(!env.is_over(poll));
    let env = env.invoked("r-2");
    assert_eq!(env.told_of_invoke(poll).unwrap().request_id.as_str(), "r-2");
}

#[test]
fn the_time_of_an_extension_counts() {
    let mut env = idle().invoked("r-1").after(millis(200));
    runtime_does(&mut env, "r-1");
    let mut env = env.after(millis(700));
    env.extension_polls("audit").unwrap();
    let report = env.report();
    assert_eq!((report.duration, report.billed_duration), (millis(900), millis(900)));
    assert_eq!(report.status, Status::Success);
}

// === the deadline ===

#[test]
fn an_extension_that_is_busy_at_the_deadline_makes_it_a_time_out_and_the_answer_stays() {
    let mut env = idle().invoked("r-1");
    runtime_does(&mut env, "r-1");
    let mut env = env.so_far();
    env.advance(secs(3));
    assert_eq!(env.answer(), success("ok"));
    let report = env.report();
    assert_eq!((report.status, report.duration), (Status::Timeout, secs(3)));
    assert_eq!(report.error_type.as_deref(), Some("Sandbox.Timedout"));
    assert!(env.effects().contains(&Effect::EnterPhase(Phase::Reset)));
}

#[test]
fn an_extension_that_was_never_told_because_it_never_polled_holds_the_invocation_until_the_deadline() {
    let (mut env, lost) = polling();
    env.drop_call(lost);
    let mut env = env.invoked("r-1");
    runtime_does(&mut env, "r-1");
    env.advance(secs(3));
    assert_eq!((env.report().status, env.phase()), (Status::Timeout, Phase::Reset));
}

#[test]
fn after_a_time_out_the_extensions_are_told_so() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[SHUTDOWN]);
    let poll = env.extension_polls("audit").unwrap();
    let env = env.ready().invoked("r-1").after(secs(3)).exited(KILLED);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Timeout);
}

#[test]
fn an_event_that_was_not_fetched_gives_way_to_the_shutdown() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE, SHUTDOWN]);
    let lost = env.extension_polls("audit").unwrap();
    env.drop_call(lost);
    let mut env = env.ready().invoked("r-1").after(secs(3)).exited(KILLED);
    let poll = env.extension_polls("audit").unwrap();
    assert!(env.told_of_invoke(poll).is_none() && env.told_of_shutdown(poll).is_some());
}
