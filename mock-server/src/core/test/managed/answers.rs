//! Responses and error reports: each is looked up by its request id, and ends its invocation.

use lambda_api::{limits, runtime::response::ResponseMode};

use super::{running, running_two, with_workers};
use crate::core::{
    Call, Effect, Initialization, Invoke, InvokeId, Phase, Rejection, Reply, Settings, Status,
    test::scenario::{
        Scenario, accepted, boom, error, failure, invocation_id, millis, reply, request_id, response,
        response_of_mode, success,
    },
};

/// Running `r-1`, with a limit of ten bytes on responses.
fn limited() -> (Scenario, InvokeId) {
    let initialization = Initialization::ManagedInstances;
    let mut env =
        Scenario::with(Settings { initialization, response_bytes: 10, ..Settings::default() }).ready();
    let invoke = env.invoke("r-1").unwrap();
    (env.so_far(), invoke)
}

/// The refusal of every answer to an invocation that is not under way.
fn unknown<T>() -> Result<T, Rejection> {
    Err(Rejection::UnknownRequestId)
}

// === responses ===

#[test]
fn a_response_is_accepted_and_goes_to_its_caller() {
    let (mut env, invoke) = running();
    let call = env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn responses_may_come_in_any_order_and_interleaved() {
    let (mut env, first, second) = running_two();
    let one = env.call(response("r-1")).unwrap();
    let two = env.call(response("r-2")).unwrap();
    env.body(two, b"t");
    env.body(one, b"o");
    env.body(two, b"wo");
    env.end(two);
    env.body(one, b"ne");
    env.end(one);
    assert_eq!((env.answer_to(first), env.answer_to(second)), (success("one"), success("two")));
}

#[test]
fn an_answer_to_an_unknown_id_is_refused_and_changes_nothing() {
    let (mut env, _) = running();
    let before = env.env.clone();
    assert_eq!(env.call(response("r-9")), unknown());
    assert_eq!(env.call(error("r-9", "{}")), unknown());
    assert_eq!(env.call(response("")), unknown());
    assert_eq!(env.env, before);
    assert_eq!(Rejection::UnknownRequestId.to_reply().status().as_u16(), 400);
}

#[test]
fn an_invocation_can_be_answered_once() {
    for first in ["response", "error"] {
        let (mut env, _, _) = running_two();
        match first {
            "response" => env.responds("r-1", b"ok").map(drop).unwrap(),
            _ => env.call(error("r-1", "{}")).map(drop).unwrap(),
        }
        let before = env.env.clone();
        assert_eq!(env.call(response("r-1")), unknown(), "after {first}");
        assert_eq!(env.call(error("r-1", "{}")), unknown(), "after {first}");
        assert_eq!(env.env, before);
    }
}

#[test]
fn a_second_response_while_the_first_arrives_is_refused_and_does_not_disturb_it() {
    let (mut env, invoke) = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"o");
    assert_eq!(env.call(response("r-1")), unknown());
    env.body(call, b"k");
    env.end(call);
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn an_error_while_a_response_arrives_is_accepted_and_cuts_it_short() {
    let (mut env, invoke) = running();
    let call = env.call(response_of_mode("r-1", Some(ResponseMode::Streaming))).unwrap();
    env.body(call, b"half");
    let report = env.call(error("r-1", "{\"errorMessage\":\"half-way\"}")).unwrap();
    assert!(env.is_over(call), "the response is not waited for any more");
    assert_eq!(env.reply_to(report), Some(&Reply::Accepted));
    assert_eq!(env.answer_to(invoke), failure("Runtime.Unknown", "{\"errorMessage\":\"half-way\"}"));
    // What still comes of the response is nobody's.
    let env = &mut env.so_far();
    env.body(call, b" of it");
    env.end(call);
    assert_eq!(env.effects(), []);
}

#[test]
fn a_response_over_the_limit_is_refused_and_the_worker_may_go_on() {
    let (mut env, invoke) = limited();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"1234567890a");
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::TooLarge { limit: 10 })));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Function.ResponseSizeTooLarge"));
    assert_eq!(env.report_of(invoke).status, Status::Error);
    env.body(call, b"more");
    env.end(call);
    assert_eq!(env.effects(), []);
    env.next().unwrap();
    assert!(env.env.takes_invoke());
}

#[test]
fn a_response_of_just_the_limit_is_accepted() {
    let (mut env, invoke) = limited();
    env.responds("r-1", b"1234567890").unwrap();
    assert_eq!(env.answer_to(invoke), success("1234567890"));
    assert_eq!(Settings::default().response_bytes, limits::RESPONSE_BYTES);
}

#[test]
fn a_response_that_breaks_off_is_refused_and_the_caller_is_told() {
    let (mut env, invoke) = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"half");
    env.cut_short(call);
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::Truncated)));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.TruncatedResponse"));
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn a_response_whose_connection_is_gone_ends_its_invocation_and_no_other() {
    let (mut env, first, second) = running_two();
    let call = env.call(response("r-1")).unwrap();
    env.drop_call(call);
    assert!(!env.is_over(call), "there is nobody to reply to");
    assert_eq!(env.answer_to(first).1.as_deref(), Some("Runtime.TruncatedResponse"));
    env.responds("r-2", b"ok").unwrap();
    assert_eq!(env.answer_to(second), success("ok"));
}

#[test]
fn a_response_of_an_impossible_mode_is_refused_and_ends_its_invocation() {
    let (mut env, invoke) = running();
    let call = env.call(response_of_mode("r-1", None)).unwrap();
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::InvalidResponseMode)));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.InvalidResponseModeHeader"));
    env.next().unwrap();
    assert!(env.env.takes_invoke(), "the runtime is not stuck");
}

#[test]
fn error_trailers_are_accepted_and_make_the_invocation_a_failure() {
    let (mut env, invoke) = running();
    let call = env.call(response_of_mode("r-1", Some(ResponseMode::Streaming))).unwrap();
    env.body(call, b"half of it");
    env.end_with(call, boom());
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(
        env.answer_to(invoke),
        failure("Function.Boom", "{\"errorMessage\":\"half-way\",\"errorType\":\"Boom\"}")
    );
    let report = env.report_of(invoke);
    assert_eq!((report.status, report.error_type.as_deref()), (Status::Error, Some("Function.Boom")));
}

#[test]
fn a_response_without_a_content_type_is_an_octet_stream() {
    let (mut env, invoke) = running();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.full_answer_to(invoke).content_type.as_deref(), Some("application/octet-stream"));
}

#[test]
fn a_response_keeps_the_content_type_that_it_has() {
    let (mut env, invoke) = running();
    let call = env
        .call(Call::Response {
            request_id: Some(request_id("r-1")),
            invocation_id: None,
            content_type: Some("text/plain".to_owned()),
            mode: Some(ResponseMode::Buffered),
        })
        .unwrap();
    env.end(call);
    assert_eq!(env.full_answer_to(invoke).content_type.as_deref(), Some("text/plain"));
}

// === error reports ===

#[test]
fn an_error_report_is_accepted_and_goes_to_its_caller() {
    let (mut env, first, second) = running_two();
    let call = env.call(error("r-2", "{\"errorMessage\":\"no\"}")).unwrap();
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(env.answer_to(second), failure("Runtime.Unknown", "{\"errorMessage\":\"no\"}"));
    let report = env.report_of(second);
    assert_eq!((report.status, report.error_type.as_deref()), (Status::Error, Some("Runtime.Unknown")));
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer_to(first), success("ok"));
}

// === ids of attempts ===

/// `r-1`, whose attempt is `i-1`.
fn attempt() -> (Scenario, InvokeId) {
    let (mut env, _) = with_workers(1);
    let invoke = env.next_invoke("r-1");
    let invoke = Invoke { invocation_id: Some(invocation_id("i-1")), ..invoke };
    let invoke = env.invoke_as(invoke).unwrap();
    (env.so_far(), invoke)
}

fn answer_of(attempt: Option<&str>) -> Call {
    Call::Response {
        request_id: Some(request_id("r-1")),
        invocation_id: attempt.map(invocation_id),
        content_type: None,
        mode: Some(ResponseMode::Buffered),
    }
}

#[test]
fn an_answer_of_an_earlier_attempt_is_refused_and_changes_nothing() {
    let (mut env, _) = attempt();
    let before = env.env.clone();
    assert_eq!(env.call(answer_of(Some("i-0"))), Err(Rejection::TimedOut), "it must have timed out");
    assert_eq!(env.env, before);
}

#[test]
fn an_answer_that_names_its_attempt_or_none_is_accepted() {
    for named in [Some("i-1"), None] {
        let (mut env, invoke) = attempt();
        let call = env.call(answer_of(named)).unwrap();
        env.end(call);
        assert_eq!(env.answer_to(invoke), success(""), "{named:?}");
    }
}

// === what is reported ===

#[test]
fn a_report_has_the_time_of_its_own_invocation_and_no_bill() {
    let (mut env, _) = with_workers(2);
    let first = env.invoke("r-1").unwrap();
    env.advance(millis(100));
    let second = env.invoke("r-2").unwrap();
    env.advance(millis(50));
    env.responds("r-1", b"ok").unwrap();
    env.advance(millis(50));
    env.responds("r-2", b"ok").unwrap();
    let of = |invoke| {
        let report = env.report_of(invoke);
        (report.status, report.duration, report.billed_duration, report.init_duration)
    };
    assert_eq!(of(first), (Status::Success, millis(150), millis(0), None));
    assert_eq!(of(second), (Status::Success, millis(100), millis(0), None));
}

#[test]
fn the_first_invocation_of_a_process_is_its_cold_start_even_if_another_one_ends_before_it() {
    let (mut env, first, second) = running_two();
    env.responds("r-2", b"ok").unwrap();
    env.responds("r-1", b"ok").unwrap();
    let is_cold = |invoke| env.report_of(invoke).is_cold_start();
    assert_eq!((is_cold(first), is_cold(second)), (true, false));
}

#[test]
fn the_caller_is_answered_before_the_invocation_is_reported() {
    let (mut env, invoke) = running();
    env.responds("r-1", b"ok").unwrap();
    let effects = env.effects();
    let at = |is_it: fn(&Effect) -> bool| effects.iter().position(is_it).unwrap();
    let answered = at(|effect| matches!(effect, Effect::Answer { .. }));
    let ended = at(|effect| matches!(effect, Effect::EndInvoke { .. }));
    assert!(answered < ended, "{invoke:?}");
}
