//! The runtime's answer to an invocation: which calls are taken, how a body arrives, and what can be wrong.
//!
//! Streamed responses are in `stream`. The order of the checks is that of AWS's runtime interface emulator: ids, state, response mode, body. The
//! exact words of refusals and answers are in `words`.

use bytes::Bytes;
use lambda_api::{RequestId, limits, runtime::response::ResponseMode};

use super::scenario::{
    Scenario, accepted, error, failure, invocation_id, not_allowed, reply, request_id, response,
    response_of_mode, secs, success,
};
use crate::core::{
    Answer, Call, Effect, ErrorOrigin, Exit, FunctionError, InvokeId, Phase, Rejection, Reply, Settings,
    Status,
};

/// Running, with a limit of ten bytes on responses.
fn ten_bytes() -> Scenario {
    Scenario::with(Settings { response_bytes: 10, ..Settings::default() }).ready().invoked("r-1").so_far()
}

fn running() -> Scenario {
    Scenario::new().ready().invoked("r-1").so_far()
}

/// Response and error to `r-1` that echo this attempt.
fn answers_of_attempt(attempt: &str) -> [Call; 2] {
    let request_id = RequestId::new("r-1").ok();
    let invocation_id = Some(invocation_id(attempt));
    [
        Call::Response {
            request_id: request_id.clone(),
            invocation_id: invocation_id.clone(),
            content_type: None,
            mode: Some(ResponseMode::Buffered),
        },
        Call::Error {
            request_id,
            invocation_id,
            error_type: None,
            content_type: None,
            xray_cause: None,
            body: Bytes::new(),
        },
    ]
}

// === what goes through ===

#[test]
fn a_response_is_accepted_and_given_to_the_caller_before_the_next_poll() {
    let mut env = running();
    let call = env.responds("r-1", b"42").unwrap();
    let answer = Answer { payload: Bytes::from_static(b"42"), content_type: None, error: None };
    assert_eq!(
        env.effects(),
        [accepted(call), Effect::Answer { invoke: InvokeId(1), answer: Box::new(answer) }]
    );
    assert_eq!(env.phase(), Phase::Invoke);
}

#[test]
fn a_response_is_not_accepted_before_its_body_has_ended() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"42");
    assert_eq!(env.effects(), []);
}

#[test]
fn a_body_may_come_in_pieces() {
    for pieces in [&[][..], &["one"], &["one", "", "two", "three"]] {
        let mut env = running();
        let call = env.call(response("r-1")).unwrap();
        for piece in pieces {
            env.body(call, piece.as_bytes());
        }
        env.end(call);
        assert_eq!(env.answer(), success(&pieces.concat()));
    }
}

#[test]
fn the_content_type_of_a_response_is_passed_on() {
    let mut env = running();
    let call = env
        .call(Call::Response {
            request_id: Some(request_id("r-1")),
            invocation_id: None,
            content_type: Some("text/html".to_owned()),
            mode: Some(ResponseMode::Buffered),
        })
        .unwrap();
    env.end(call);
    assert_eq!(env.answers()[0].content_type.as_deref(), Some("text/html"));
}

#[test]
fn an_error_report_is_passed_on_as_it_is() {
    let mut env = running();
    let call = env
        .call(Call::Error {
            request_id: Some(request_id("r-1")),
            invocation_id: None,
            error_type: Some("Function.OrderNotFound".to_owned()),
            content_type: Some("text/plain".to_owned()),
            xray_cause: None,
            body: Bytes::from_static(b"not JSON at all"),
        })
        .unwrap();
    let answer = Answer {
        payload: Bytes::from_static(b"not JSON at all"),
        content_type: Some("text/plain".to_owned()),
        error: Some(FunctionError {
            error_type: "Function.OrderNotFound".to_owned(),
            origin: ErrorOrigin::Runtime,
            xray_cause: None,
        }),
    };
    assert_eq!(
        env.effects(),
        [accepted(call), Effect::Answer { invoke: InvokeId(1), answer: Box::new(answer) }]
    );
}

#[test]
fn an_error_report_does_not_cost_the_function_its_environment() {
    let mut env = running();
    env.call(error("r-1", "{}")).unwrap();
    env.next().unwrap();
    assert_eq!(env.phase(), Phase::Idle);
    assert_eq!((env.report().status, env.report().error_type), (Status::Success, None));
    assert_eq!(env.launches(), 1);
}

#[test]
fn an_error_report_without_a_category_counts_as_unknown() {
    let mut env = running();
    env.call(error("r-1", "{}")).unwrap();
    assert_eq!(env.answer(), failure("Runtime.Unknown", "{}"));
}

// === ids ===

#[test]
fn an_answer_to_another_request_id_is_refused() {
    for id in ["r-2", "r-11", "R-1", ""] {
        let mut env = running();
        assert_eq!(env.call(response(id)), Err(Rejection::UnknownRequestId), "{id:?}");
        assert_eq!(env.call(error(id, "{}")), Err(Rejection::UnknownRequestId), "{id:?}");
        assert_eq!(env.effects(), []);
    }
}

#[test]
fn an_answer_after_the_end_of_its_invocation_is_refused() {
    let mut env = running().answered("r-1").ready();
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
}

#[test]
fn an_answer_of_an_earlier_attempt_is_refused() {
    let mut env = Scenario::new().ready();
    let mut invoke = env.next_invoke("r-1");
    invoke.invocation_id = Some(invocation_id("i-2"));
    env.invoke_as(invoke).unwrap();
    for call in answers_of_attempt("i-1") {
        assert_eq!(env.call(call), Err(Rejection::StaleInvocationId));
    }
    for call in answers_of_attempt("i-2") {
        assert!(env.clone().call(call).is_ok());
    }
}

#[test]
fn an_answer_that_does_not_echo_the_attempt_is_taken() {
    let mut env = Scenario::new().ready();
    let mut invoke = env.next_invoke("r-1");
    invoke.invocation_id = Some(invocation_id("i-2"));
    env.invoke_as(invoke).unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer(), success("ok"));
}

#[test]
fn an_attempt_that_was_never_given_out_is_refused() {
    for call in answers_of_attempt("i-1") {
        assert_eq!(running().call(call), Err(Rejection::StaleInvocationId));
    }
}

#[test]
fn ids_are_checked_before_the_state() {
    let mut env = running().answered("r-1");
    assert_eq!(env.call(response("r-2")), Err(Rejection::UnknownRequestId));
    for call in answers_of_attempt("i-1") {
        assert_eq!(env.call(call), Err(Rejection::StaleInvocationId));
    }
}

// === states ===

#[test]
fn an_invocation_is_answered_once() {
    for mut env in [running().answered("r-1"), {
        let mut env = running();
        env.call(error("r-1", "{}")).unwrap();
        env
    }] {
        assert_eq!(env.call(response("r-1")), not_allowed("RuntimeResponseSentState", "InvocationResponse"));
        assert_eq!(
            env.call(error("r-1", "{}")),
            not_allowed("RuntimeResponseSentState", "InvocationErrorResponse")
        );
        assert_eq!(env.answers().len(), 1);
    }
}

#[test]
fn nothing_else_is_taken_while_the_body_arrives() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    assert_eq!(env.next(), not_allowed("InvocationResponse", "Ready"));
    assert_eq!(env.call(response("r-1")), not_allowed("InvocationResponse", "InvocationResponse"));
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("InvocationResponse", "InvocationErrorResponse"));
    env.body(call, b"ok");
    env.end(call);
    assert_eq!(env.answer(), success("ok"), "the refused calls have not disturbed the response");
}

#[test]
fn an_event_that_was_not_delivered_yet_cannot_be_answered() {
    let mut env = Scenario::new();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    let mut env = env.invoked("r-1");
    assert_eq!(env.call(response("r-1")), not_allowed("Ready", "InvocationResponse"));
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("Ready", "InvocationErrorResponse"));
}

// === the response mode ===

#[test]
fn an_impossible_response_mode_is_refused_and_the_caller_gets_an_error_without_payload() {
    let mut env = running();
    let call = env.call(response_of_mode("r-1", None)).unwrap();
    assert_eq!(env.effects()[0], reply(call, Reply::Refused(Rejection::InvalidResponseMode)));
    assert_eq!(env.answer(), failure("Runtime.InvalidResponseModeHeader", ""));
}

#[test]
fn after_an_impossible_response_mode_every_call_is_refused_until_the_deadline() {
    let mut env = running().stuck("r-1").after(secs(2)).so_far();
    assert_eq!(env.next(), not_allowed("InvocationResponse", "Ready"));
    assert_eq!(env.call(response("r-1")), not_allowed("InvocationResponse", "InvocationResponse"));
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("InvocationResponse", "InvocationErrorResponse"));
    assert_eq!(env.effects(), []);

    env.advance(secs(1));
    assert_eq!(env.phase(), Phase::Reset);
    assert_eq!(env.answers().len(), 1, "the caller has its answer already");
    assert_eq!(env.report().status, Status::Timeout);
}

#[test]
fn the_state_is_checked_before_the_response_mode() {
    let mut env = running().answered("r-1");
    assert_eq!(
        env.call(response_of_mode("r-1", None)),
        not_allowed("RuntimeResponseSentState", "InvocationResponse")
    );
}

// === the size ===

#[test]
fn the_largest_response_is_6291556_bytes() {
    assert_eq!(Settings::default().response_bytes, 6_291_556);
    let largest = vec![b' '; limits::RESPONSE_BYTES];

    let mut env = running();
    let call = env.responds("r-1", &largest).unwrap();
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(env.answers()[0].payload.len(), 6_291_556);

    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, &largest);
    assert_eq!(env.effects(), []);
    env.body(call, b" ");
    assert_eq!(
        env.effects()[0],
        reply(call, Reply::Refused(Rejection::TooLarge { limit: limits::RESPONSE_BYTES }))
    );
    assert_eq!(env.answers()[0], Answer::too_large(limits::RESPONSE_BYTES));
}

#[test]
fn a_response_is_refused_as_soon_as_it_is_too_large() {
    let mut env = ten_bytes();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"12345678");
    env.body(call, b"90a");
    assert_eq!(
        env.effects(),
        [
            reply(call, Reply::Refused(Rejection::TooLarge { limit: 10 })),
            Effect::Answer { invoke: InvokeId(1), answer: Box::new(Answer::too_large(10)) }
        ]
    );
}

#[test]
fn whatever_follows_a_response_that_was_too_large_is_ignored() {
    for rest in [Scenario::end, Scenario::cut_short, Scenario::drop_call] {
        let mut env = ten_bytes();
        let call = env.call(response("r-1")).unwrap();
        env.body(call, b"1234567890a");
        let mut env = env.so_far();
        env.body(call, b"more");
        rest(&mut env, call);
        assert_eq!(env.effects(), []);
    }
}

#[test]
fn a_runtime_whose_response_was_too_large_goes_on_with_next() {
    let mut env = ten_bytes();
    env.responds("r-1", b"1234567890a").unwrap();
    env.next().unwrap();
    assert_eq!((env.phase(), env.report().status), (Phase::Idle, Status::Success));
    let mut env = env.invoked("r-2");
    env.responds("r-2", b"1234567890").unwrap();
    assert_eq!(env.answers()[1].error, None);
}

#[test]
fn a_response_that_was_too_large_cannot_be_replaced_by_an_error_report() {
    let mut env = ten_bytes();
    env.responds("r-1", b"1234567890a").unwrap();
    assert_eq!(
        env.call(error("r-1", "{}")),
        not_allowed("RuntimeResponseSentState", "InvocationErrorResponse")
    );
}

// === bodies that break off ===

#[test]
fn a_body_that_breaks_off_is_refused_and_the_caller_gets_an_error() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"{\"ha");
    env.cut_short(call);
    let truncated = Answer::truncated(&request_id("r-1"));
    assert_eq!(truncated.error.as_ref().unwrap().error_type, "Runtime.TruncatedResponse");
    assert_eq!(
        env.effects(),
        [
            reply(call, Reply::Refused(Rejection::Truncated)),
            Effect::Answer { invoke: InvokeId(1), answer: Box::new(truncated) }
        ]
    );
}

#[test]
fn a_body_that_breaks_off_with_its_connection_is_not_replied_to() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"{\"ha");
    env.drop_call(call);
    let answer = Box::new(Answer::truncated(&request_id("r-1")));
    assert_eq!(env.effects(), [Effect::Answer { invoke: InvokeId(1), answer }]);
}

#[test]
fn a_runtime_whose_body_broke_off_goes_on_with_next() {
    for breaks_off in [Scenario::cut_short, Scenario::drop_call] {
        let mut env = running();
        let call = env.call(response("r-1")).unwrap();
        breaks_off(&mut env, call);
        assert_eq!(env.call(response("r-1")), not_allowed("RuntimeResponseSentState", "InvocationResponse"));
        env.next().unwrap();
        assert_eq!((env.phase(), env.reports().len()), (Phase::Idle, 1));
    }
}

#[test]
fn an_exit_in_the_middle_of_a_body_is_an_exit_and_not_a_truncated_response() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    env.exit(Exit::Code(1));
    assert!(env.effects().contains(&Effect::HangUp { call }));
    assert_eq!(env.answer().1.as_deref(), Some("Runtime.ExitError"));
}

#[test]
fn pieces_of_another_call_do_not_touch_the_response() {
    let mut env = running();
    let call = env.call(response("r-1")).unwrap();
    let refused = crate::core::CallId(call.0 + 1);
    assert!(env.call(error("r-9", "{}")).is_err());
    env.body(refused, b"other");
    env.end(refused);
    env.cut_short(refused);
    env.drop_call(refused);
    assert_eq!(env.effects(), []);
    env.body(call, b"own");
    env.end(call);
    assert_eq!(env.answer(), success("own"));
}
