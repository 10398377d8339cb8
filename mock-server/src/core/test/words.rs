//! The exact bytes of every reply to a guest and of every answer that the platform itself makes.
//!
//! Literals, so that a slip in an encoder cannot hide behind the same slip in a decoder. Replies are those of
//! AWS's open-source runtime interface emulator; answers are those recorded from the service, where they were
//! recorded. When which of them is given is tested with the phases.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use lambda_api::{limits, runtime::next::Invocation};

use super::scenario::{boom, millis, request_id, secs};
use crate::core::{Answer, Exit, Rejection, Reply};

// === replies to the guest ===

/// Status, content type and body.
fn on_the_wire(reply: &Reply) -> (u16, Option<String>, String) {
    let (parts, body) = reply.to_http().into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
    (parts.status.as_u16(), content_type, String::from_utf8(body.to_vec()).unwrap())
}

fn json(status: u16, body: &str) -> (u16, Option<String>, String) {
    (status, Some("application/json".to_owned()), body.to_owned())
}

fn assert_words(rejection: Rejection, words: &(u16, Option<String>, String)) {
    let reply = rejection.to_reply().to_http();
    assert_eq!((reply.status().as_u16(), &reply.body()[..]), (words.0, words.2.as_bytes()));
    assert_eq!(&on_the_wire(&Reply::Refused(rejection)), words);
}

#[test]
fn an_unknown_request_id_is_a_400() {
    assert_words(
        Rejection::UnknownRequestId,
        &json(400, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n"),
    );
}

#[test]
fn a_stale_invocation_id_is_a_400() {
    // The category is documented; the message has not been published.
    assert_words(
        Rejection::StaleInvocationId,
        &json(400, "{\"errorMessage\":\"Invalid invocation ID\",\"errorType\":\"InvalidInvocationId\"}\n"),
    );
}

#[test]
fn a_call_that_the_state_does_not_allow_is_a_403_with_the_names_of_both_states() {
    assert_words(
        Rejection::Transition {
            from: "RuntimeResponseSentState",
            to: "InvocationResponse",
            is_managed: false,
        },
        &json(
            403,
            "{\"errorMessage\":\"State transition from RuntimeResponseSentState to InvocationResponse failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n",
        ),
    );
    assert_words(
        Rejection::Transition { from: "InitError", to: "Ready", is_managed: false },
        &json(
            403,
            "{\"errorMessage\":\"State transition from InitError to Ready failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n",
        ),
    );
}

#[test]
fn an_impossible_response_mode_is_a_400() {
    assert_words(
        Rejection::InvalidResponseMode,
        &json(
            400,
            "{\"errorMessage\":\"Invalid function response mode\",\"errorType\":\"InvalidFunctionResponseMode\"}\n",
        ),
    );
}

#[test]
fn a_response_that_is_too_large_is_a_413() {
    assert_words(
        Rejection::TooLarge { limit: limits::RESPONSE_BYTES },
        &json(
            413,
            "{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"RequestEntityTooLarge\"}\n",
        ),
    );
}

#[test]
fn a_body_that_breaks_off_is_a_400() {
    assert_words(
        Rejection::Truncated,
        &json(
            400,
            "{\"errorMessage\":\"HTTP request detected as truncated\",\"errorType\":\"TruncatedHTTPRequest\"}\n",
        ),
    );
}

#[test]
fn an_endpoint_that_does_not_exist_is_a_404_in_plain_text() {
    let words = (404, Some("text/plain; charset=utf-8".to_owned()), "404 page not found\n".to_owned());
    assert_words(Rejection::NotFound, &words);
}

#[test]
fn an_environment_that_is_gone_is_a_500() {
    let words =
        json(500, "{\"errorMessage\":\"Internal Server Error\",\"errorType\":\"InternalServerError\"}\n");
    assert_words(Rejection::ContainerError, &words);
    assert_words(Rejection::Unavailable, &words);
}

#[test]
fn what_is_accepted_is_a_202() {
    assert_eq!(on_the_wire(&Reply::Accepted), json(202, "{\"status\":\"OK\"}\n"));
}

#[test]
fn an_event_is_a_200_with_its_own_bytes() {
    let mut event = Invocation::new(request_id("r-1"));
    event.content_type = Some("application/json".into());
    event.payload = Bytes::from_static(b"{ \"n\" : 1 }");
    assert_eq!(on_the_wire(&Reply::Invocation(Box::new(event))), json(200, "{ \"n\" : 1 }"));
}

#[test]
fn an_event_that_no_header_can_carry_is_a_500_and_not_a_panic() {
    let mut event = Invocation::new(request_id("r-1"));
    event.trace_id = Some("two\nlines".to_owned());
    assert_eq!(on_the_wire(&Reply::Invocation(Box::new(event))).0, 500);
}

// === answers to the caller ===

fn assert_answer(answer: &Answer, error_type: &str, payload: &str) {
    assert_eq!(std::str::from_utf8(&answer.payload).unwrap(), payload);
    assert_eq!(answer.error.as_ref().unwrap().error_type, error_type);
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
}

#[test]
fn the_time_out_is_named_in_seconds_with_two_digits() {
    for (timeout, seconds) in [
        (secs(1), "1.00"),
        (secs(3), "3.00"),
        (secs(900), "900.00"),
        (millis(1_500), "1.50"),
        (millis(1_234), "1.23"),
        (millis(1_236), "1.24"),
        (millis(2_999), "3.00"),
        (Duration::from_micros(4_999), "0.00"),
    ] {
        assert_answer(
            &Answer::timed_out(&request_id("r-1"), timeout),
            "Sandbox.Timedout",
            &format!(
                "{{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: r-1 Error: Task timed out after {seconds} seconds\"}}"
            ),
        );
    }
}

#[test]
fn an_exit_is_named_as_the_service_names_it() {
    let signal = |number| Exit::Signal { number, core_dumped: false };
    for (exit, words) in [
        (Exit::Code(0), "Runtime exited without providing a reason"),
        (Exit::Code(1), "Runtime exited with error: exit status 1"),
        (Exit::Code(127), "Runtime exited with error: exit status 127"),
        (Exit::Code(255), "Runtime exited with error: exit status 255"),
        (signal(9), "Runtime exited with error: signal: killed"),
        (signal(11), "Runtime exited with error: signal: segmentation fault"),
        (signal(15), "Runtime exited with error: signal: terminated"),
        (
            Exit::Signal { number: 6, core_dumped: true },
            "Runtime exited with error: signal: aborted (core dumped)",
        ),
    ] {
        assert_answer(
            &Answer::exited(&request_id("r-1"), exit),
            "Runtime.ExitError",
            &format!(
                "{{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: r-1 Error: {words}\"}}"
            ),
        );
    }
}

#[test]
fn signals_have_the_names_that_the_service_gives_them() {
    // The service is written in Go: these are the names of Go's `syscall` package on Linux.
    for (number, name) in [
        (1, "hangup"),
        (2, "interrupt"),
        (3, "quit"),
        (4, "illegal instruction"),
        (5, "trace/breakpoint trap"),
        (6, "aborted"),
        (7, "bus error"),
        (8, "floating point exception"),
        (9, "killed"),
        (10, "user defined signal 1"),
        (11, "segmentation fault"),
        (12, "user defined signal 2"),
        (13, "broken pipe"),
        (14, "alarm clock"),
        (15, "terminated"),
        (24, "CPU time limit exceeded"),
        (25, "file size limit exceeded"),
        (31, "bad system call"),
    ] {
        let exit = Exit::Signal { number, core_dumped: false };
        assert_eq!(exit.to_string(), format!("signal: {name}"));
    }
}

#[test]
fn a_core_dump_is_mentioned_whatever_the_signal() {
    // 34 is the first of the signals that have no name.
    for (number, words) in [(6, "signal: aborted (core dumped)"), (34, "signal: signal 34 (core dumped)")] {
        assert_eq!(Exit::Signal { number, core_dumped: true }.to_string(), words);
    }
}

#[test]
fn a_launch_that_failed_is_named_with_its_reason() {
    assert_answer(
        &Answer::platform(
            "Runtime.InvalidEntrypoint",
            &request_id("r-1"),
            "fork/exec /var/task/bootstrap: permission denied",
        ),
        "Runtime.InvalidEntrypoint",
        "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: r-1 Error: fork/exec /var/task/bootstrap: permission denied\"}",
    );
}

#[test]
fn a_response_that_is_too_large_is_named_without_a_request_id() {
    assert_answer(
        &Answer::too_large(6_291_556),
        "Function.ResponseSizeTooLarge",
        "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}",
    );
}

#[test]
fn a_response_that_broke_off_is_named() {
    // The category is that of the emulator; the service's sentence has not been recorded.
    assert_answer(
        &Answer::truncated(&request_id("r-1")),
        "Runtime.TruncatedResponse",
        "{\"errorType\":\"Runtime.TruncatedResponse\",\"errorMessage\":\"RequestId: r-1 Error: Runtime response was truncated\"}",
    );
}

#[test]
fn an_impossible_response_mode_leaves_the_caller_without_words() {
    let answer = Answer::invalid_response_mode();
    assert_eq!(answer.payload, "");
    assert_eq!(answer.error.unwrap().error_type, "Runtime.InvalidResponseModeHeader");
}

#[test]
fn an_environment_that_was_shut_down_is_named() {
    // Lambda does not shut down with an invocation in flight; the sentence is this service's own.
    assert_answer(
        &Answer::shut_down(&request_id("r-1")),
        "Sandbox.Failure",
        "{\"errorType\":\"Sandbox.Failure\",\"errorMessage\":\"RequestId: r-1 Error: The execution environment was shut down\"}",
    );
}

#[test]
fn what_a_message_says_cannot_break_the_json_around_it() {
    let message = "exec \"boot\\strap\":\n\u{7f} fran\u{e7}ais";
    let answer = Answer::platform("Runtime.InvalidEntrypoint", &request_id("r\"1"), message);
    let payload: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!(payload["errorMessage"], format!("RequestId: r\"1 Error: {message}"));
}

// === answers that pass the function's own words on ===

#[test]
fn an_error_report_is_passed_on_with_its_category_made_valid() {
    for (sent, recorded) in [
        (Some("Function.OrderNotFound"), "Function.OrderNotFound"),
        (Some("Runtime.UnmarshalError"), "Runtime.UnmarshalError"),
        (Some("Function.x"), "Function.Unknown"),
        (Some("unhandled"), "Runtime.Unknown"),
        (Some(""), "Runtime.Unknown"),
        (None, "Runtime.Unknown"),
    ] {
        let answer = Answer::reported(sent, Bytes::from_static(b"\x00\xff"), None, None);
        assert_eq!(answer.payload[..], b"\x00\xff"[..]);
        assert_eq!(answer.content_type, None);
        assert_eq!(answer.error.unwrap().error_type, recorded, "{sent:?}");
    }
}

#[test]
fn the_report_in_the_trailers_stands_in_place_of_the_stream() {
    assert_answer(
        &Answer::failed_stream(&boom()),
        "Function.Boom",
        "{\"errorMessage\":\"half-way\",\"errorType\":\"Boom\"}",
    );
}
