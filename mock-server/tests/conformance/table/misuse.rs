//! What a runtime does wrong that has been started well.

use crate::{
    row::Row,
    words::{
        ATTEMPT, ERROR, INIT_ERROR, NEXT, NOBODYS_ERROR, NOBODYS_RESPONSE, PING, RESPONSE, RESPONSE_LIMIT,
        RESPONSE_MODE, accepted, cut_short, event, get, no_such_id, no_such_mode, not_from, pong, post,
        refused, too_large,
    },
};

const SENT: &str = "RuntimeResponseSentState";

const TOO_LARGE: &str = "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size \
                         (6291556 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}";

/// A body of one chunk.
fn chunk(length: usize) -> Vec<u8> {
    [format!("{length:x}\r\n").as_bytes(), &vec![b'1'; length], b"\r\n0\r\n\r\n"].concat()
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::classic("an answer before the first next")
            .cold("{}")
            .call(post(NOBODYS_RESPONSE, "1"), no_such_id())
            .call(post(NOBODYS_ERROR, "1"), no_such_id())
            .call(get(NEXT), event("{}")),
        Row::classic("an answer with an unknown id leaves the invocation open")
            .running()
            .call(post(NOBODYS_RESPONSE, "1"), no_such_id())
            .call(post(NOBODYS_ERROR, "1"), no_such_id())
            .call(post(RESPONSE, "2"), accepted())
            .polls()
            .answered("2"),
        Row::classic("a second response")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .call(post(RESPONSE, "2"), not_from(SENT, "InvocationResponse"))
            .polls()
            .answered("1"),
        Row::classic("an error report after the response")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .call(post(ERROR, "2"), not_from(SENT, "InvocationErrorResponse"))
            .polls()
            .answered("1"),
        Row::classic("a response after an error report")
            .running()
            .call(post(ERROR, "1"), accepted())
            .call(post(RESPONSE, "2"), not_from(SENT, "InvocationResponse"))
            .polls()
            .failed("1"),
        Row::classic("a second error report")
            .running()
            .call(post(ERROR, "1"), accepted())
            .call(post(ERROR, "2"), not_from(SENT, "InvocationErrorResponse"))
            .polls()
            .failed("1"),
        Row::classic("an answer to an invocation that is over")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .on("while the other one polls")
            .call_until(post(RESPONSE, "2"), no_such_id())
            .call(post(ERROR, "2"), no_such_id()),
        Row::classic("an answer to the invocation before this one")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .invoked("{}")
            .receive(event("{}"))
            .call(post("/2018-06-01/runtime/invocation/<id1>/response", "2"), no_such_id())
            .call(post(RESPONSE, "3"), accepted())
            .polls()
            .answered("3"),
        Row::classic("next while an invocation is open gives the same event again")
            .cold("{\"n\":1}")
            .call(get(NEXT), event("{\"n\":1}"))
            .call(get(NEXT), event("{\"n\":1}").with("Lambda-Runtime-Aws-Request-Id", "<id1>"))
            .on("another connection")
            .call(get(NEXT), event("{\"n\":1}").with("Lambda-Runtime-Aws-Request-Id", "<id1>"))
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1"),
        Row::classic("init/error while an invocation is open")
            .running()
            .call(post(INIT_ERROR, "{}"), not_from("Running", "InitError"))
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1"),
        Row::classic("init/error after the response")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .call(post(INIT_ERROR, "{}"), not_from(SENT, "InitError"))
            .polls()
            .answered("1"),
        Row::classic("init/error between invocations")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .on("while the other one polls")
            .call_until(post(INIT_ERROR, "{}"), not_from("Ready", "InitError")),
        Row::classic("other calls while a response arrives")
            .running()
            .response_begins()
            .on("while the response arrives")
            .call(get(NEXT), not_from("InvocationResponse", "Ready"))
            .call(post(INIT_ERROR, "5"), not_from("InvocationResponse", "InitError"))
            .on("the first")
            .send_bytes("34")
            .receive(accepted())
            .polls()
            .answered("1234"),
        // When the emulator looks at the state, the first response is complete.
        Row::classic("a second response while one arrives")
            .running()
            .response_begins()
            .on("while the response arrives")
            .call(get(NEXT), not_from("InvocationResponse", "Ready"))
            .send(post(RESPONSE, "5"))
            .on("the first")
            .send_bytes("34")
            .receive(accepted())
            .on("while the response arrives")
            .receive(not_from("<any>", "InvocationResponse"))
            .polls()
            .answered("1234"),
        Row::classic("an error report while a response arrives")
            .running()
            .response_begins()
            .on("while the response arrives")
            .call(get(NEXT), not_from("InvocationResponse", "Ready"))
            .send(post(ERROR, "5"))
            .on("the first")
            .send_bytes("34")
            .receive(accepted())
            .on("while the response arrives")
            .receive(not_from("<any>", "InvocationErrorResponse"))
            .polls()
            .answered("1234"),
        Row::classic("an unknown response mode")
            .running()
            .call(post(RESPONSE, "1").with(RESPONSE_MODE, "buffered"), no_such_mode())
            .call(get(NEXT), not_from("InvocationResponse", "Ready"))
            .call(post(RESPONSE, "1"), not_from("InvocationResponse", "InvocationResponse"))
            .call(post(ERROR, "1"), not_from("InvocationResponse", "InvocationErrorResponse"))
            .call(get(PING), pong()),
        Row::classic("a response mode in capitals")
            .running()
            .call(post(RESPONSE, "1").with(RESPONSE_MODE, "Streaming"), no_such_mode()),
        Row::classic("an empty response mode is none")
            .running()
            .call(post(RESPONSE, "1").with(RESPONSE_MODE, ""), accepted())
            .polls()
            .answered("1"),
        Row::classic("an unknown response mode for an unknown id")
            .running()
            .call(post(NOBODYS_RESPONSE, "1").with(RESPONSE_MODE, "buffered"), no_such_id()),
        Row::classic("a response mode on an error report is not looked at")
            .running()
            .call(post(ERROR, "1").with(RESPONSE_MODE, "buffered"), accepted())
            .polls()
            .failed("1"),
        Row::classic("a response over the limit")
            .running()
            .call(post(RESPONSE, vec![b'1'; RESPONSE_LIMIT + 1]), too_large())
            .call(post(RESPONSE, "1"), not_from(SENT, "InvocationResponse"))
            .polls()
            .failed(TOO_LARGE)
            .invoked("2")
            .receive(event("2"))
            .call(post(RESPONSE, "3"), accepted())
            .polls()
            .answered("3"),
        Row::classic("a response over the limit, in chunks")
            .running()
            .send(post(RESPONSE, chunk(RESPONSE_LIMIT + 1)).with("Transfer-Encoding", "chunked"))
            .receive(too_large())
            .polls()
            .failed(TOO_LARGE),
        Row::classic("an answer of another attempt")
            .running()
            .call(post(RESPONSE, "1").with(ATTEMPT, "another"), refused(400, "InvalidInvocationId", "<any>"))
            .call(post(ERROR, "1").with(ATTEMPT, "another"), refused(400, "InvalidInvocationId", "<any>"))
            .call(post(RESPONSE, "2").with(ATTEMPT, "<invocation>"), accepted())
            .polls()
            .answered("2"),
        Row::classic("a response that is cut short")
            .running()
            .response_begins()
            .finish_writing()
            .receive(cut_short())
            .on("another connection")
            .polls()
            .failed_with("Runtime.TruncatedResponse", "<any>"),
    ]
}
