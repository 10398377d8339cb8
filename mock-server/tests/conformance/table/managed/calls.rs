//! What a well-behaved runtime sees that serves several invocations at a time.

use super::{event, running, up, wrong_method};
use crate::{
    row::Row,
    words::{
        ATTEMPT, ERROR, ERROR_TYPE, INIT_ERROR, NEXT, PING, RESPONSE, RESPONSE_LIMIT, RESPONSE_MODE, TRACE,
        accepted, broken_stream, called, get, no_such_page, pong, post,
    },
};

const CAUSE: &str =
    "{\"errorMessage\":\"m\",\"errorType\":\"E\",\"stackTrace\":[\"s\"],\"errorCause\":{\"message\":\"c\"}}";
const FIRST: &str = "/2018-06-01/runtime/invocation/<id1>/response";
const SECOND: &str = "/2018-06-01/runtime/invocation/<id2>/response";

pub(super) fn rows() -> Vec<Row> {
    vec![
        running("managed: an event and its response").call(post(RESPONSE, "1"), accepted()).answered("1"),
        running("managed: two at a time, answered in the other order")
            .on("another worker")
            .polls()
            .taken("2", event("2"))
            .call(post(SECOND, "2"), accepted())
            .on("the first")
            .call(post(FIRST, "1"), accepted())
            .answered("1")
            .answered("2"),
        running("managed: one connection gets the next event before it has answered")
            .polls()
            .taken("2", event("2"))
            .call(post(FIRST, "1"), accepted())
            .call(post(SECOND, "2"), accepted())
            .answered("1")
            .answered("2"),
        running("managed: an answer over another connection, with its attempt")
            .on("another worker")
            .call(post(RESPONSE, "1").with(ATTEMPT, "<invocation>"), accepted())
            .answered("1"),
        running("managed: an error report")
            .call(
                post(ERROR, "{\"errorMessage\":\"no\",\"errorType\":\"E\"}").with(ERROR_TYPE, "Function.E"),
                accepted(),
            )
            .failed("{\"errorMessage\":\"no\",\"errorType\":\"E\"}"),
        running("managed: an error report that is no JSON")
            .call(post(ERROR, b"\xff\xfe{"), accepted())
            .failed(b"\xff\xfe{"),
        running("managed: an error report without a body").call(post(ERROR, ""), accepted()).failed(""),
        running("managed: an error report with its cause inside is given on as it is")
            .call(
                post(ERROR, CAUSE).with("Content-Type", "application/vnd.aws.lambda.error.cause+json"),
                accepted(),
            )
            .failed(CAUSE),
        running("managed: a response that is no text")
            .call(post(RESPONSE, b"\xff\x00\xfe").with("Content-Type", "image/png"), accepted())
            .answered(b"\xff\x00\xfe"),
        running("managed: an empty response").call(post(RESPONSE, ""), accepted()).answered(""),
        running("managed: a streamed response")
            .send(
                post(RESPONSE, "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
                    .with("Transfer-Encoding", "chunked")
                    .with(RESPONSE_MODE, "streaming"),
            )
            .receive(accepted())
            .answered("onetwo"),
        running("managed: a streamed response that ends with error trailers")
            .call(broken_stream(), accepted()),
        up("managed: what the caller says beside the payload is given on").polls().taken_with(
            post("", "{}")
                .with("Content-Type", "text/weird")
                .with("X-Amzn-Trace-Id", TRACE)
                .with("X-Amz-Client-Context", "eyJjdXN0b20iOnsiYSI6MX19")
                .with("X-Amzn-RequestId", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            event("{}")
                .without("Content-Type")
                .with("Content-Type", "text/weird")
                .without("Lambda-Runtime-Aws-Request-Id")
                .with("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
                .with("Lambda-Runtime-Client-Context", "{\"custom\":{\"a\":1}}")
                .with("Lambda-Runtime-Trace-Id", TRACE),
        ),
        running("managed: the largest response")
            .call(post(RESPONSE, vec![b'1'; RESPONSE_LIMIT]), accepted())
            .answered(vec![b'1'; RESPONSE_LIMIT]),
        up("managed: paths that are not there")
            .call(get(PING), pong())
            .call(get("/"), no_such_page())
            .call(get("/2018-06-01/ping/"), no_such_page())
            .call(get("/2018-06-01/runtime/invocation/next/"), no_such_page())
            .call(post("/2018-06-01/runtime/invocation/x/y/response", ""), no_such_page())
            .call(get("/2018-06-01/runtime/restore/next"), no_such_page())
            .call(post("/2018-06-01/runtime/restore/error", ""), no_such_page())
            .call(get("/2021-04-23/credentials"), no_such_page())
            .call(called("PUT", "/2020-08-15/logs", "{}"), no_such_page()),
        up("managed: a wrong method is not told the right one")
            .call(post(PING, ""), wrong_method())
            .call(post(NEXT, ""), wrong_method())
            .call(get(INIT_ERROR), wrong_method())
            .call(get("/2018-06-01/runtime/invocation/x/response"), wrong_method())
            .call(get("/2020-01-01/extension/register"), wrong_method())
            .call(get("/2022-07-01/telemetry"), wrong_method()),
    ]
}
