//! Literal bytes of what the service answers to a post: the 202, and every refusal.
//!
//! Which call deserves which of them is not shown here: that is the business of a service.

use http::StatusCode;
use lambda_api::{
    Accepted, ErrorReply, ReplyError,
    runtime::{next::Invocation, restore},
};

use super::{assert_reply_is, reply};

#[test]
fn accepted_is_202_and_one_line_of_json() {
    // AWS's runtime interface emulator; the status stands in
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    let literal = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n\r\n{\"status\":\"OK\"}\n";
    assert_eq!(Accepted::from_http(reply(literal)), Ok(Accepted));
    assert_reply_is(&Accepted.to_http(), literal);
}

#[test]
fn every_refusal_of_the_service_is_understood_and_written_alike() {
    // Statuses, types, texts and the line feed at the end: AWS's runtime interface emulator. 400, 403 and 500
    // stand in https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html too.
    let table: [(&[u8], u16, &str, &str); 8] = [
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n",
            400,
            "InvalidRequestID",
            "Invalid request ID",
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Invalid function response mode\",\"errorType\":\"InvalidFunctionResponseMode\"}\n",
            400,
            "InvalidFunctionResponseMode",
            "Invalid function response mode",
        ),
        (
            b"HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"RequestEntityTooLarge\"}\n",
            413,
            "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size (6291556 bytes).",
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"HTTP request detected as truncated\",\"errorType\":\"TruncatedHTTPRequest\"}\n",
            400,
            "TruncatedHTTPRequest",
            "HTTP request detected as truncated",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"State transition from Ready to InvocationResponse failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n",
            403,
            "InvalidStateTransition",
            "State transition from Ready to InvocationResponse failed for runtime. Error: State transition is not allowed",
        ),
        (
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Internal Server Error\",\"errorType\":\"InternalServerError\"}\n",
            500,
            "InternalServerError",
            "Internal Server Error",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Missing Lambda-Extension-Identifier header\",\"errorType\":\"Extension.MissingExtensionIdentifier\"}\n",
            403,
            "Extension.MissingExtensionIdentifier",
            "Missing Lambda-Extension-Identifier header",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n\
            {\"errorMessage\":\"Empty extension name\",\"errorType\":\"Extension.InvalidExtensionName\"}\n",
            403,
            "Extension.InvalidExtensionName",
            "Empty extension name",
        ),
    ];
    for (literal, status, error_type, message) in table {
        let refusal = ErrorReply::new(StatusCode::from_u16(status).unwrap(), error_type, message);
        assert_reply_is(&refusal.to_http(), literal);
        let decoded = Accepted::from_http(reply(literal)).unwrap_err();
        assert_eq!(decoded, refusal);
        assert_eq!((decoded.error_type(), decoded.error_message()), (Some(error_type), Some(message)));
    }
}

#[test]
fn a_message_is_escaped_as_gos_encoder_does() {
    // AWS's runtime interface emulator writes with Go's encoder, which escapes what HTML could take for markup.
    let literal = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n\
        {\"errorMessage\":\"\\u003ca\\u003e \\u0026 \\u2028\\u2029 \\\"b\\\" \xc3\xa9\",\"errorType\":\"InvalidRequestFormat\"}\n";
    let refusal =
        ErrorReply::new(StatusCode::FORBIDDEN, "InvalidRequestFormat", "<a> & \u{2028}\u{2029} \"b\" é");
    assert_reply_is(&refusal.to_http(), literal);
    assert_eq!(ErrorReply::from_http(reply(literal)), refusal);
}

#[test]
fn an_unknown_path_is_plain_text() {
    // The router of AWS's runtime interface emulator.
    let literal =
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n404 page not found";
    let refusal = ErrorReply::plain(StatusCode::NOT_FOUND, "404 page not found");
    assert_reply_is(&refusal.to_http(), literal);
    let decoded = restore::Restored::from_http(reply(literal)).unwrap_err();
    assert_eq!(decoded, refusal);
    assert_eq!((decoded.error_type(), decoded.error_message()), (None, None));
}

#[test]
fn a_known_path_with_another_method_has_an_empty_body() {
    // The router of AWS's runtime interface emulator.
    let literal = b"HTTP/1.1 405 Method Not Allowed\r\n\r\n";
    let refusal = ErrorReply::plain(StatusCode::METHOD_NOT_ALLOWED, "");
    assert_reply_is(&refusal.to_http(), literal);
    assert_eq!(ErrorReply::from_http(reply(literal)), refusal);
}

#[test]
fn a_refusal_keeps_a_body_that_is_not_json() {
    // What a proxy in front of an emulator answers.
    let literal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<h1>\xff\n</h1>";
    let Err(ReplyError::Refused(refusal)) = Invocation::from_http(reply(literal)) else {
        panic!("a 502 was taken for something else");
    };
    assert_eq!(&refusal.body()[..], b"<h1>\xff\n</h1>");
    assert_reply_is(&refusal.to_http(), literal);
    assert_eq!(refusal.to_string(), "502 Bad Gateway: <h1>\u{fffd}\\n</h1>");
}

#[test]
fn no_work_is_a_refusal_of_next() {
    // Some emulators answer 204 where AWS would let the runtime wait.
    let Err(ReplyError::Refused(refusal)) = Invocation::from_http(reply(b"HTTP/1.1 204 No Content\r\n\r\n"))
    else {
        panic!("a 204 was taken for something else");
    };
    assert_eq!(refusal.status(), StatusCode::NO_CONTENT);
    assert_eq!(refusal.to_string(), "204 No Content");
}
