//! Responses in streaming mode: how they differ from buffered ones, and error trailers.
//!
//! The caller here is one that does not stream, so it gets the response in one piece. What both modes have in
//! common is in `response`.

use lambda_api::runtime::response::ResponseMode;

use super::scenario::{
    Scenario, accepted, boom, error, failure, not_allowed, response_of_mode, secs, success,
};
use crate::core::{Answer, Call, Effect, InvokeId, Settings};

/// Running, with a limit of ten bytes on responses.
fn running() -> Scenario {
    Scenario::with(Settings { response_bytes: 10, ..Settings::default() }).ready().invoked("r-1").so_far()
}

fn streaming() -> Call {
    response_of_mode("r-1", Some(ResponseMode::Streaming))
}

#[test]
fn a_stream_is_collected_for_a_caller_that_does_not_stream() {
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.body(call, b"one ");
    env.body(call, b"two");
    env.end(call);
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(env.answer(), success("one two"));
}

#[test]
fn a_stream_that_ends_with_error_trailers_is_accepted_and_the_caller_gets_the_report() {
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.body(call, b"half of it");
    env.end_with(call, boom());
    assert_eq!(env.effects()[0], accepted(call));
    assert_eq!(
        env.answer(),
        failure("Function.Boom", "{\"errorMessage\":\"half-way\",\"errorType\":\"Boom\"}")
    );
}

#[test]
fn error_trailers_without_a_known_category_count_as_unknown() {
    let mut trailers = boom();
    trailers.error_type = None;
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.end_with(call, trailers);
    assert_eq!(env.answers()[0].error.as_ref().unwrap().error_type, "Runtime.Unknown");
}

#[test]
fn a_stream_over_the_limit_is_read_to_its_end_and_only_the_caller_gets_the_error() {
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.body(call, b"1234567890a");
    env.body(call, b"b");
    assert_eq!(env.effects(), []);
    env.end(call);
    assert_eq!(
        env.effects(),
        [accepted(call), Effect::Answer { invoke: InvokeId(1), answer: Box::new(Answer::too_large(10)) }]
    );
}

#[test]
fn an_error_report_is_refused_once_the_stream_has_begun() {
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.body(call, b"half of it");
    assert_eq!(env.call(error("r-1", "{}")), not_allowed("InvocationResponse", "InvocationErrorResponse"));
}

#[test]
fn a_stream_that_is_still_open_at_the_deadline_is_cut() {
    let mut env = running();
    let call = env.call(streaming()).unwrap();
    env.body(call, b"half of it");
    env.advance(secs(3));
    assert!(env.effects().contains(&Effect::HangUp { call }));
    assert_eq!(env.answer().1.as_deref(), Some("Sandbox.Timedout"));
    env.body(call, b"the other half");
    env.end(call);
    assert_eq!(env.effects(), []);
}
