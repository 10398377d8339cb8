//! Ends that are not good: of init, of processes, of patience.

use crate::{
    row::Row,
    words::{
        ERROR, ERROR_TYPE, INIT_ERROR, NEXT, NOBODYS_RESPONSE, PING, RESPONSE, RUNTIME, accepted, event, get,
        no_such_id, not_from, pong, post,
    },
};

const NO_REASON: &str = "Runtime exited without providing a reason";
const EXIT_7: &str = "Runtime exited with error: exit status 7";
const KILLED: &str = "Runtime exited with error: signal: killed";

pub(super) fn rows() -> Vec<Row> {
    [init(), invoke()].concat()
}

fn init() -> Vec<Row> {
    vec![
        Row::classic("an init error, and the calls after it")
            .cold("{}")
            .call(
                post(INIT_ERROR, "{\"errorMessage\":\"no\",\"errorType\":\"E\"}")
                    .with(ERROR_TYPE, "Function.E"),
                accepted(),
            )
            .call(get(NEXT), not_from("InitError", "Ready"))
            .call(post(INIT_ERROR, "{}"), not_from("InitError", "InitError"))
            .call(post(NOBODYS_RESPONSE, "1"), no_such_id())
            .call(get(PING), pong()),
        Row::classic("an init error and an exit, and the same once more within the invocation")
            .cold("{}")
            .call(post(INIT_ERROR, "{\"errorMessage\":\"1\",\"errorType\":\"E\"}"), accepted())
            .does(RUNTIME, "exit 1")
            .started(RUNTIME)
            .on("the second process")
            .call(post(INIT_ERROR, "{\"errorMessage\":\"2\",\"errorType\":\"E\"}"), accepted())
            .does(RUNTIME, "exit 1")
            .failed("{\"errorMessage\":\"2\",\"errorType\":\"E\"}"),
        Row::classic("an init error, and a second try that works")
            .cold("{\"n\":1}")
            .call(post(INIT_ERROR, "{\"errorMessage\":\"1\",\"errorType\":\"E\"}"), accepted())
            .does(RUNTIME, "exit 1")
            .started(RUNTIME)
            .on("the second process")
            .call(get(NEXT), event("{\"n\":1}"))
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1"),
        Row::classic("an init error without a body")
            .cold("{}")
            .call(post(INIT_ERROR, ""), accepted())
            .does(RUNTIME, "exit 1")
            .started(RUNTIME)
            .on("the second process")
            .call(post(INIT_ERROR, ""), accepted())
            .does(RUNTIME, "exit 1")
            .failed(""),
        Row::classic("an exit in init, and another one within the invocation")
            .cold("{}")
            .does(RUNTIME, "exit 7")
            .does(RUNTIME, "exit 7")
            .failed_with("Runtime.ExitError", EXIT_7),
        Row::classic("an exit with 0 in init")
            .cold("{}")
            .does(RUNTIME, "exit 0")
            .does(RUNTIME, "exit 0")
            .failed_with("Runtime.ExitError", NO_REASON),
    ]
}

fn invoke() -> Vec<Row> {
    vec![
        Row::classic("an exit within an invocation")
            .running()
            .does(RUNTIME, "exit 7")
            .failed_with("Runtime.ExitError", EXIT_7),
        Row::classic("an exit with 0 within an invocation")
            .running()
            .does(RUNTIME, "exit 0")
            .failed_with("Runtime.ExitError", NO_REASON),
        Row::classic("a process that is killed within an invocation")
            .running()
            .does(RUNTIME, "kill -9 $$")
            .failed_with("Runtime.ExitError", KILLED),
        Row::classic("an exit after the response and before the next call")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .does(RUNTIME, "exit 7")
            .answered("1"),
        Row::classic("an exit is followed by a new process")
            .running()
            .does(RUNTIME, "exit 7")
            .failed_with("Runtime.ExitError", EXIT_7)
            .invoked("{\"again\":1}")
            .started(RUNTIME)
            .on("the second process")
            .call(get(NEXT), event("{\"again\":1}"))
            .call(post("/2018-06-01/runtime/invocation/<id1>/response", "1"), no_such_id())
            .call(post(RESPONSE, "2"), accepted())
            .polls()
            .answered("2"),
        Row::classic("an exit between two invocations")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .does(RUNTIME, "exit 7")
            .invoked("{}")
            .failed_with("Runtime.ExitError", EXIT_7),
        Row::classic("an answer after the deadline")
            .timeout_seconds(1)
            .running()
            .timed_out()
            .call(post(RESPONSE, "1"), no_such_id())
            .call(post(ERROR, "1"), no_such_id()),
        Row::classic("a time-out is followed by a new process")
            .timeout_seconds(1)
            .running()
            .timed_out()
            .invoked("{\"again\":1}")
            .started(RUNTIME)
            .on("the second process")
            .call(post(RESPONSE, "1"), no_such_id())
            .call(get(NEXT), event("{\"again\":1}"))
            .call(post(RESPONSE, "2"), accepted())
            .polls()
            .answered("2"),
        Row::classic("a runtime that answers and never asks again")
            .timeout_seconds(1)
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .answered_by_the_front("1"),
    ]
}
