//! What a well-behaved runtime sees, one invocation at a time.

use crate::{
    row::Row,
    words::{
        ERROR, ERROR_TYPE, NEXT, PING, RESPONSE, RESPONSE_LIMIT, RESPONSE_MODE, RUNTIME, TRACE, accepted,
        broken_stream, event, get, not_from, pong, post,
    },
};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::classic("an event and its response")
            .cold("{\"n\": 1}")
            .call(get(NEXT), event("{\"n\": 1}"))
            .call(post(RESPONSE, "{\"n\":2}").with("Content-Type", "application/json"), accepted())
            .polls()
            .answered("{\"n\":2}"),
        Row::classic("one connection for one invocation after the other")
            .running()
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1")
            .invoked("{\"second\":true}")
            .receive(event("{\"second\":true}"))
            .call(post(RESPONSE, "2"), accepted())
            .polls()
            .answered("2"),
        Row::classic("a connection for each call")
            .cold("{}")
            .on("for next")
            .call(get(NEXT), event("{}"))
            .hang_up()
            .on("for the response")
            .call(post(RESPONSE, "1"), accepted())
            .hang_up()
            .on("for next again")
            .polls()
            .answered("1"),
        Row::classic("an error report")
            .running()
            .call(
                post(ERROR, "{\"errorMessage\":\"no\",\"errorType\":\"E\",\"stackTrace\":[]}")
                    .with(ERROR_TYPE, "Function.E"),
                accepted(),
            )
            .polls()
            .failed("{\"errorMessage\":\"no\",\"errorType\":\"E\",\"stackTrace\":[]}"),
        Row::classic("an error report that is no JSON")
            .running()
            .call(post(ERROR, b"\xff\xfe{"), accepted())
            .polls()
            .failed(b"\xff\xfe{"),
        Row::classic("an error report without a body or a type")
            .running()
            .call(post(ERROR, ""), accepted())
            .polls()
            .failed(""),
        Row::classic("an error report with its cause inside")
            .running()
            .call(
                post(
                    ERROR,
                    "{\"errorMessage\":\"m\",\"errorType\":\"E\",\"stackTrace\":[\"s\"],\"errorCause\":{\"message\":\"c\"}}",
                )
                .with("Content-Type", "application/vnd.aws.lambda.error.cause+json"),
                accepted(),
            )
            .polls()
            .failed("{\"errorMessage\":\"m\",\"errorType\":\"E\",\"stackTrace\":[\"s\"]}"),
        Row::classic("an error report with a cause that is none")
            .running()
            .call(
                post(ERROR, "nonsense").with("Content-Type", "application/vnd.aws.lambda.error.cause+json"),
                accepted(),
            )
            .polls()
            .failed("\"Invalid error body\""),
        Row::classic("an error report with an odd X-Ray cause")
            .running()
            .call(post(ERROR, "1").with("Lambda-Runtime-Function-XRay-Error-Cause", "{"), accepted())
            .polls()
            .failed("1"),
        Row::classic("a response that is no text")
            .running()
            .call(post(RESPONSE, b"\xff\x00\xfe").with("Content-Type", "image/png"), accepted())
            .polls()
            .answered(b"\xff\x00\xfe"),
        Row::classic("an empty response").running().call(post(RESPONSE, ""), accepted()).polls().answered(""),
        Row::classic("a response in chunks")
            .running()
            .send(post(RESPONSE, "2\r\n[1\r\n3;x=y\r\n,2]\r\n0\r\n\r\n").with("Transfer-Encoding", "chunked"))
            .receive(accepted())
            .polls()
            .answered("[1,2]"),
        Row::classic("a streamed response")
            .running()
            .send(
                post(RESPONSE, "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
                    .with("Transfer-Encoding", "chunked")
                    .with(RESPONSE_MODE, "streaming"),
            )
            .receive(accepted())
            .polls()
            .answered("onetwo"),
        Row::classic("a streamed response that ends with error trailers")
            .running()
            .call(broken_stream(), accepted())
            .call(post(RESPONSE, "2"), not_from("RuntimeResponseSentState", "InvocationResponse")),
        Row::classic("a connection that the guest does not want to keep")
            .cold("{}")
            .call(get(PING).with("Connection", "close"), pong().with("Connection", "close"))
            .closed(),
        Row::classic("a request line and headers in small pieces")
            .running()
            .send_bytes("POST /2018-06-01/runtime/invocation/<id>/resp")
            .send_bytes("onse HTTP/1.1\r\nhost: x\r\ncontent-LENGTH: 2\r\n")
            .send_bytes("\r\n4")
            .send_bytes("2")
            .receive(accepted())
            .polls()
            .answered("42"),
        Row::classic("two calls at once on one connection")
            .running()
            .send(post(RESPONSE, "1"))
            .polls()
            .receive(accepted())
            .answered("1"),
        Row::classic("a guest that asks for leave to go on")
            .running()
            .response_begins()
            .send_bytes("34")
            .receive(accepted())
            .polls()
            .answered("1234"),
        Row::classic("the client context is given as JSON")
            .invoked_with(post("", "{}").with("X-Amz-Client-Context", "eyJjdXN0b20iOnsiYSI6MX19"))
            .started(RUNTIME)
            .call(get(NEXT), event("{}").with("Lambda-Runtime-Client-Context", "{\"custom\":{\"a\":1}}"))
            .call(post(RESPONSE, "1"), accepted())
            .polls()
            .answered("1"),
        Row::classic("the content type of the event is not the caller's")
            .invoked_with(post("", "{}").with("Content-Type", "text/weird"))
            .started(RUNTIME)
            .call(get(NEXT), event("{}")),
        Row::classic("the trace of the caller is given on")
            .invoked_with(post("", "{}").with("X-Amzn-Trace-Id", TRACE))
            .started(RUNTIME)
            .call(get(NEXT), event("{}").with("Lambda-Runtime-Trace-Id", TRACE)),
        Row::classic("the tenant is given on")
            .invoked_with(post("", "{}").with("X-Amz-Tenant-Id", "blue"))
            .started(RUNTIME)
            .call(get(NEXT), event("{}").with("Lambda-Runtime-Aws-Tenant-Id", "blue")),
        Row::classic("the caller chooses the request id")
            .invoked_with(post("", "{}").with("X-Amzn-RequestId", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"))
            .started(RUNTIME)
            .call(get(NEXT), event("{}").with("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")),
        Row::classic("an event of 6 MB and its echo")
            .cold(&format!("\"{}\"", "e".repeat(6 * 1024 * 1024 - 2)))
            .call(get(NEXT), event(format!("\"{}\"", "e".repeat(6 * 1024 * 1024 - 2))))
            .call(post(RESPONSE, vec![b'1'; RESPONSE_LIMIT]), accepted())
            .polls()
            .answered(vec![b'1'; RESPONSE_LIMIT]),
    ]
}
