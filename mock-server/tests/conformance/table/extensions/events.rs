//! What extensions are told, how an invocation waits for them, and how they fail.

use super::{EVENT, EXIT_ERROR, IDENTIFIER, INIT_ERROR, failure, not_from, own, register, registered};
use crate::{
    row::{Expected, Row},
    words::{NEXT, RESPONSE, RUNTIME, TRACE, accepted, event, get, post, reply},
};

fn invoke_event() -> Expected {
    let body = "{\"eventType\":\"INVOKE\",\"deadlineMs\":<number>,\"requestId\":\"<uuid>\",\
                \"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:<account>:function:function\",\
                \"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"<any>\"}}";
    reply(200, "application/json", body).with("Lambda-Extension-Event-Identifier", "<uuid>")
}

fn shutdown_event(reason: &str) -> Expected {
    let body =
        format!("{{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":<number>,\"shutdownReason\":\"{reason}\"}}");
    reply(200, "text/plain; charset=utf-8", body)
}

/// An extension outside that has registered for these events, with the runtime up.
fn outside(name: &'static str, events: &str) -> Row {
    Row::classic(name)
        .extension("outside")
        .invoked_with(post("", "{}").with("X-Amzn-Trace-Id", TRACE))
        .started("outside")
        .on("the extension")
        .call(register("outside", &format!("{{\"events\":{events}}}")), registered())
        .started(RUNTIME)
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::classic("an extension inside is told of an invocation")
            .cold("{}")
            .on("the extension")
            .call(register("inside", "{\"events\":[\"INVOKE\"]}"), registered())
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(invoke_event())
            .on("the runtime")
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .on("the extension")
            .send(own(get(EVENT)))
            .answered("1"),
        outside("an extension outside is told of an invocation", "[\"INVOKE\",\"SHUTDOWN\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(invoke_event())
            .on("the runtime")
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .on("the extension")
            .send(own(get(EVENT)))
            .answered("1")
            .invoked("2")
            .receive(invoke_event())
            .on("the runtime")
            .receive(event("2")),
        outside("an extension outside is told of a time-out", "[\"SHUTDOWN\"]")
            .timeout_seconds(1)
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(shutdown_event("timeout"))
            .does("outside", "exit 0")
            .timed_out(),
        outside("an extension outside is told of a failure", "[\"SHUTDOWN\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .does(RUNTIME, "exit 7")
            .on("the extension")
            .receive(shutdown_event("failure"))
            .does("outside", "exit 0")
            .failed_with("Runtime.ExitError", "Runtime exited with error: exit status 7"),
        outside("an extension outside that exits within an invocation", "[\"INVOKE\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .does("outside", "exit 7")
            .failed_with("Extension.Crash", "exit status 7"),
        outside("an extension outside that exits with 0 within an invocation", "[\"INVOKE\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .does("outside", "exit 0")
            .failed_with("Extension.Crash", "exit code 0"),
        outside("an extension outside that says why it exits", "[\"INVOKE\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(invoke_event())
            .call(own(failure(EXIT_ERROR)), accepted())
            .does("outside", "exit 7")
            .failed_with("Extension.ExitError", "exit status 7"),
        outside("an extension outside that exits between two invocations", "[\"INVOKE\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(invoke_event())
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .does("outside", "exit 7")
            .invoked("{}")
            .failed_with("Extension.Crash", "exit status 7"),
        // The runtime gets its event when the first next has been seen.
        outside("a second next of an extension", "[\"SHUTDOWN\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension, again")
            .call(own(get(EVENT)), not_from("<uuid>", "Ready", "Ready")),
        outside("exit/error of an extension outside", "[\"INVOKE\"]")
            .call(own(failure(EXIT_ERROR)), accepted())
            .call(own(get(EVENT)), not_from("<uuid>", "ExitError", "Ready"))
            .call(own(failure(EXIT_ERROR)), accepted())
            .call(own(failure(INIT_ERROR)), not_from("<uuid>", "ExitError", "InitError")),
        outside("init/error of an extension outside", "[\"INVOKE\"]")
            .call(own(failure(INIT_ERROR)), accepted())
            .call(own(get(EVENT)), not_from("<uuid>", "InitError", "Ready"))
            .call(own(failure(INIT_ERROR)), accepted())
            .call(own(failure(EXIT_ERROR)), not_from("<uuid>", "InitError", "Exited")),
        outside("init/error when an extension is ready", "[\"INVOKE\"]")
            .send(own(get(EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .on("the extension")
            .receive(invoke_event())
            .call(own(failure(INIT_ERROR)), not_from("<uuid>", "Running", "InitError"))
            .call(own(failure(EXIT_ERROR)), accepted()),
        Row::classic("exit/error of an extension inside")
            .cold("{}")
            .call(register("inside", "{}"), registered())
            .call(own(failure(EXIT_ERROR)), accepted())
            .call(own(get(EVENT)), not_from("<uuid>", "ExitError", "Ready")),
        Row::classic("init/error of an extension inside")
            .cold("{}")
            .call(register("inside", "{}"), registered())
            .call(own(failure(INIT_ERROR)), accepted())
            .call(own(get(EVENT)), not_from("<uuid>", "InitError", "Ready")),
        Row::classic("two extensions inside, one after the other")
            .cold("{}")
            .call(register("one", "{\"events\":[\"INVOKE\"]}"), registered())
            .on("the other")
            .call(register("other", "{\"events\":[]}").with(IDENTIFIER, "ignored"), registered()),
    ]
}
