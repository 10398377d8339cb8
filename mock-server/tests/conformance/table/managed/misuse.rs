//! What a runtime does wrong that serves several invocations at a time.

use super::{TIMED_OUT, event, running, up};
use crate::{
    row::{Expected, Row},
    words::{
        ATTEMPT, ERROR, ERROR_TYPE, INIT_ERROR, NEXT, NOBODYS_ERROR, NOBODYS_RESPONSE, PING, RESPONSE,
        RESPONSE_LIMIT, RESPONSE_MODE, RUNTIME, accepted, called, cut_short, get, no_such_id, no_such_mode,
        pong, post, refused, too_large,
    },
};

const MEBIBYTE: usize = 1024 * 1024;

fn second_init_error() -> Expected {
    let message = "State transition from InitError to InitError failed for runtime. Error: state transition is not allowed";
    refused(403, "InvalidStateTransition", message)
}

fn timed_out() -> Expected {
    refused(410, "InvokeTimeout", "Invoke timeout")
}

pub(super) fn rows() -> Vec<Row> {
    [answers(), bodies(), ends()].concat()
}

fn answers() -> Vec<Row> {
    vec![
        up("managed: an answer before the first next")
            .call(post(NOBODYS_RESPONSE, "1"), no_such_id())
            .call(post(NOBODYS_ERROR, "1"), no_such_id())
            .call(post("/2018-06-01/runtime/invocation//response", "1"), no_such_id()),
        running("managed: an answer with an unknown id leaves the invocation open")
            .call(post(NOBODYS_RESPONSE, "1"), no_such_id())
            .call(post(NOBODYS_ERROR, "1"), no_such_id())
            .call(post(RESPONSE, "2"), accepted())
            .answered("2"),
        running("managed: a second response")
            .call(post(RESPONSE, "1"), accepted())
            .call(post(RESPONSE, "2"), no_such_id())
            .answered("1"),
        running("managed: an error report after the response")
            .call(post(RESPONSE, "1"), accepted())
            .call(post(ERROR, "2"), no_such_id())
            .answered("1"),
        running("managed: a response after an error report")
            .call(post(ERROR, "1"), accepted())
            .call(post(RESPONSE, "2"), no_such_id())
            .failed("1"),
        running("managed: a second error report")
            .call(post(ERROR, "1"), accepted())
            .call(post(ERROR, "2"), no_such_id())
            .failed("1"),
        running("managed: an answer of another attempt")
            .call(post(RESPONSE, "1").with(ATTEMPT, "another"), timed_out())
            .call(post(ERROR, "1").with(ATTEMPT, "another"), timed_out())
            .call(post(RESPONSE, "2").with(ATTEMPT, "<invocation>"), accepted())
            .answered("2"),
        running("managed: a second response while one arrives")
            .response_begins()
            .on("while the response arrives")
            .call(post(RESPONSE, "5"), no_such_id())
            .call(get(PING), pong())
            .on("the first")
            .send_bytes("34")
            .receive(accepted())
            .answered("1234"),
        // What the response is answered, whose connection the emulator then closes, is left open.
        running("managed: an error report while a response arrives")
            .response_begins()
            .on("while the response arrives")
            .send(post(ERROR, "5"))
            .on("the first")
            .send_bytes("34")
            .on("while the response arrives")
            .receive(accepted())
            .failed("5"),
        running("managed: an answer after the deadline")
            .timeout_seconds(1)
            .failed(TIMED_OUT)
            .call(post(RESPONSE, "1"), timed_out())
            .call(post(RESPONSE, "1"), no_such_id()),
        running("managed: an error report after the deadline")
            .timeout_seconds(1)
            .failed(TIMED_OUT)
            .call(post(ERROR, "1"), timed_out())
            .call(post(ERROR, "1"), no_such_id()),
        running("managed: a time-out takes nothing from the others")
            .timeout_seconds(1)
            .failed(TIMED_OUT)
            .polls()
            .taken("2", event("2"))
            .call(post(RESPONSE, "2"), accepted())
            .answered("2"),
        running("managed: init/error after init, once and twice")
            .call(post(INIT_ERROR, "{}"), accepted())
            .call(post(INIT_ERROR, "{}"), second_init_error())
            .call(post(RESPONSE, "1"), accepted())
            .answered("1"),
    ]
}

fn bodies() -> Vec<Row> {
    vec![
        running("managed: an unknown response mode")
            .call(post(RESPONSE, "1").with(RESPONSE_MODE, "buffered"), no_such_mode())
            .failed("{\"errorType\":\"Runtime.InvalidResponseModeHeader\"}")
            .call(post(RESPONSE, "1"), no_such_id())
            .polls()
            .taken("2", event("2"))
            .call(post(RESPONSE, "2"), accepted())
            .answered("2"),
        running("managed: a response over the limit")
            .call(post(RESPONSE, vec![b'1'; RESPONSE_LIMIT + 1]), too_large())
            .failed("{\"errorType\":\"Function.ResponseSizeTooLarge\"}")
            .polls()
            .taken("2", event("2")),
        running("managed: a response that is cut short")
            .response_begins()
            .finish_writing()
            .receive(cut_short().maybe("Connection", "close"))
            .failed("{\"errorType\":\"Runtime.TruncatedResponse\"}"),
        running("managed: an error report over the limit")
            .call(post(ERROR, vec![b'1'; MEBIBYTE + 1]), too_large().maybe("Connection", "close")),
        running("managed: an error report of the largest size")
            .call(post(ERROR, vec![b'1'; MEBIBYTE]), accepted())
            .failed(vec![b'1'; MEBIBYTE]),
        up("managed: nobody reads what init/error says")
            .call(post(INIT_ERROR, vec![b'1'; MEBIBYTE + 1]), accepted().maybe("Connection", "close")),
        up("managed: ping with a body").call(called("GET", PING, "x"), pong()),
        up("managed: next with a body").send(called("GET", NEXT, "x")).taken("{}", event("{}")),
    ]
}

fn ends() -> Vec<Row> {
    vec![
        up("managed: init/error")
            .call(post(INIT_ERROR, "{}").with(ERROR_TYPE, "Function.E"), accepted())
            .call(post(INIT_ERROR, "{}"), second_init_error()),
        running("managed: an exit within an invocation")
            .does(RUNTIME, "exit 7")
            .failed("{\"errorType\":\"Runtime.ExitError\"}"),
        running("managed: an exit with 0 within an invocation")
            .does(RUNTIME, "exit 0")
            .failed("{\"errorType\":\"Runtime.ExitError\"}"),
        running("managed: an exit fails all that is open")
            .on("another worker")
            .polls()
            .taken("2", event("2"))
            .does(RUNTIME, "kill -9 $$")
            .failed("{\"errorType\":\"Runtime.ExitError\"}")
            .failed("{\"errorType\":\"Runtime.ExitError\"}"),
    ]
}
