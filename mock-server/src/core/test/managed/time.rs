//! Deadlines that overlap, and answers that come too late: 410 once, and 400 from then on.

use lambda_api::{RequestId, runtime::response::ResponseMode};

use super::{running, running_two, with_workers};
use crate::core::{
    Call, Effect, Invoke, InvokeId, Phase, Rejection, Reply, Status,
    test::scenario::{
        Scenario, error, failure, invocation_id, millis, reply, response, response_of_mode, secs, success,
    },
};

/// What a caller gets when its time is over.
fn timed_out() -> (String, Option<String>) {
    failure(
        "Sandbox.Timedout",
        "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"Task timed out after 3.00 seconds\"}",
    )
}

/// `r-1` has timed out and was not answered.
fn expired() -> (Scenario, InvokeId) {
    let (mut env, invoke) = running();
    env.advance(secs(3));
    (env.so_far(), invoke)
}

fn refused(env: &mut Scenario, call: Call) -> Option<Rejection> {
    let result = env.call(call);
    env.refusal(result)
}

// === the deadline ===

#[test]
fn an_invocation_times_out_at_its_deadline_and_not_before() {
    let (mut env, invoke) = running();
    assert_eq!(env.timer(), Some(secs(3)));
    env.advance(millis(2_999));
    assert_eq!(env.effects(), []);
    env.advance(millis(1));
    assert_eq!(env.answer_to(invoke), timed_out());
    let report = env.report_of(invoke);
    assert_eq!((report.status, report.duration), (Status::Timeout, secs(3)));
    assert_eq!(report.error_type.as_deref(), Some("Sandbox.Timedout"));
}

#[test]
fn a_time_out_leaves_the_process_and_its_workers_alone() {
    let (mut env, _) = with_workers(2);
    env.invoke("r-1").unwrap();
    let mut env = env.so_far();
    env.advance(secs(3));
    let touches = |effect: &Effect| {
        matches!(effect, Effect::Kill | Effect::Terminate | Effect::HangUp { .. } | Effect::Launch { .. })
    };
    assert!(!env.effects().iter().any(touches));
    assert_eq!(env.phase(), Phase::Idle);
    assert!(env.env.takes_invoke());
}

#[test]
fn each_invocation_has_a_deadline_of_its_own() {
    let (mut env, _) = with_workers(3);
    let first = env.invoke("r-1").unwrap();
    env.advance(secs(1));
    let second = env.invoke("r-2").unwrap();
    env.advance(secs(1));
    let third = env.invoke("r-3").unwrap();
    assert_eq!(env.timer(), Some(secs(1)), "the first deadline counts");
    env.responds("r-2", b"ok").unwrap();
    env.advance(secs(1));
    assert_eq!((env.answer_to(first), env.answer_to(second)), (timed_out(), success("ok")));
    assert_eq!(env.timer(), Some(secs(2)));
    env.advance(secs(2));
    assert_eq!(env.answer_to(third), timed_out());
    assert_eq!((env.timer(), env.phase()), (None, Phase::Idle));
}

#[test]
fn deadlines_that_have_passed_together_end_their_invocations_in_their_order() {
    let (mut env, _) = with_workers(2);
    // The later id has the earlier deadline.
    let first = env.invoke("r-2").unwrap();
    env.advance(millis(1));
    let second = env.invoke("r-1").unwrap();
    let mut env = env.so_far();
    env.now = env.now + secs(60);
    env.handle_timeout();
    let ends: Vec<_> = env
        .effects()
        .iter()
        .filter_map(|effect| match effect {
            Effect::EndInvoke { invoke, .. } => Some(*invoke),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [first, second]);
}

// === late answers ===

#[test]
fn the_first_late_answer_is_told_so_and_those_after_it_are_unknown() {
    for late in [response("r-1"), error("r-1", "{}")] {
        let (mut env, _) = expired();
        assert_eq!(refused(&mut env, late), Some(Rejection::TimedOut));
        assert_eq!(refused(&mut env, response("r-1")), Some(Rejection::UnknownRequestId));
        assert_eq!(refused(&mut env, error("r-1", "{}")), Some(Rejection::UnknownRequestId));
    }
    assert_eq!(Rejection::TimedOut.to_reply().status().as_u16(), 410);
}

#[test]
fn a_late_answer_reaches_no_caller() {
    let (mut env, invoke) = expired();
    let _refused = env.call(error("r-1", "{}"));
    assert_eq!(env.answer_to(invoke), timed_out());
    assert_eq!(env.reports().len(), 1);
}

#[test]
fn each_invocation_that_has_timed_out_is_told_so_once() {
    let (mut env, _, _) = running_two();
    env.advance(secs(3));
    for id in ["r-2", "r-1"] {
        assert_eq!(refused(&mut env, response(id)), Some(Rejection::TimedOut), "{id}");
        assert_eq!(refused(&mut env, response(id)), Some(Rejection::UnknownRequestId), "{id}");
    }
}

#[test]
fn a_time_out_while_the_response_is_read_is_told_in_its_reply_and_not_again() {
    let (mut env, invoke) = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"half");
    env.advance(secs(3));
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::TimedOut)));
    assert_eq!(env.answer_to(invoke), timed_out());
    env.body(call, b" of it");
    env.end(call);
    assert_eq!(env.effects(), []);
    assert_eq!(refused(&mut env, response("r-1")), Some(Rejection::UnknownRequestId));
}

#[test]
fn a_stream_that_is_open_at_the_deadline_is_told_as_any_response() {
    let (mut env, _) = running();
    let call = env.call(response_of_mode("r-1", Some(ResponseMode::Streaming))).unwrap();
    env.advance(secs(3));
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::TimedOut)));
}

#[test]
fn a_thousand_time_outs_are_remembered_and_the_oldest_is_forgotten() {
    let mut env = Scenario::managed();
    let named = |number: usize| format!("r-{number}");
    for number in 0..=1_000 {
        env.next().unwrap();
        env.invoke(&named(number)).unwrap();
        env.advance(secs(3));
    }
    assert_eq!(refused(&mut env, response(&named(0))), Some(Rejection::UnknownRequestId));
    for number in [1, 1_000] {
        assert_eq!(refused(&mut env, response(&named(number))), Some(Rejection::TimedOut), "{number}");
    }
}

// === an id that is used again ===

/// The attempt of this name at `r-1`.
fn attempt(env: &mut Scenario, attempt: &str) -> InvokeId {
    env.next().unwrap();
    let invoke = env.next_invoke("r-1");
    env.invoke_as(Invoke { invocation_id: Some(invocation_id(attempt)), ..invoke }).unwrap()
}

fn answer_of(attempt: Option<&str>) -> Call {
    Call::Response {
        request_id: RequestId::new("r-1").ok(),
        invocation_id: attempt.map(invocation_id),
        content_type: None,
        mode: Some(ResponseMode::Buffered),
    }
}

#[test]
fn the_answer_to_a_retry_is_accepted_although_an_earlier_attempt_has_timed_out() {
    for named in [Some("i-2"), None] {
        let mut env = Scenario::managed();
        attempt(&mut env, "i-1");
        env.advance(secs(3));
        let retry = attempt(&mut env, "i-2");
        let call = env.call(answer_of(named));
        env.end(call.unwrap_or_else(|rejection| panic!("it is in time: {rejection:?}")));
        assert_eq!(env.answer_to(retry), success(""));
    }
}

#[test]
fn the_late_answer_of_an_earlier_attempt_does_not_answer_its_retry() {
    let mut env = Scenario::managed();
    attempt(&mut env, "i-1");
    env.advance(secs(3));
    let retry = attempt(&mut env, "i-2");
    let refusal = refused(&mut env, answer_of(Some("i-1")));
    assert!(matches!(refusal, Some(Rejection::TimedOut | Rejection::StaleInvocationId)), "{refusal:?}");
    let call = env.call(answer_of(Some("i-2"))).unwrap();
    env.end(call);
    assert_eq!(env.answer_to(retry), success(""));
}

#[test]
fn an_id_that_has_timed_out_twice_is_told_so_once() {
    let mut env = Scenario::managed();
    for name in ["i-1", "i-2"] {
        attempt(&mut env, name);
        env.advance(secs(3));
    }
    assert_eq!(refused(&mut env, answer_of(None)), Some(Rejection::TimedOut));
    assert_eq!(refused(&mut env, answer_of(None)), Some(Rejection::UnknownRequestId));
}

#[test]
fn being_told_of_a_time_out_is_no_refusal_that_changes_nothing() {
    // The id is forgotten with it; an `Err` would promise that it is not.
    let (mut env, _) = expired();
    let before = env.env.clone();
    if env.call(response("r-1")).is_err() {
        assert_eq!(env.env, before, "a refusal leaves everything as it was");
    }
}
