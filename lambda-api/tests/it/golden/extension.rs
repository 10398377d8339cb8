//! Literal bytes of the Extensions API: register, next, init/error and exit/error.
//!
//! Refusals have the same form as those of the Runtime API and are in `refusal`.

use http::{HeaderValue, Response};
use lambda_api::{
    Deadline, DecodeError, Endpoint, ErrorReport, ExtensionId, FunctionArn, ReplyError, RequestId,
    extension::{
        error::{self, Moment},
        next::{self, Event, Invoke, Shutdown, ShutdownReason},
        register::{self, EventType, Registered},
    },
};

use super::{assert_call_is, assert_reply_is, call, reply};

fn extension_id() -> ExtensionId {
    ExtensionId::new("a1b2c3d4-5678-4abc-9def-000000000001").unwrap()
}

#[test]
fn the_call_to_register_names_the_extension_and_its_events() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    let literal = b"POST /2020-01-01/extension/register HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Name: audit.sh\r\n\
        \r\n\
        {\"events\":[\"INVOKE\",\"SHUTDOWN\"]}";
    let expected = register::Call::new("audit.sh", &[EventType::Invoke, EventType::Shutdown]);
    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::ExtensionRegister);
    assert_eq!(register::Call::from_http(&headers, &body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn the_account_is_asked_for_by_a_header() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    let literal = b"POST /2020-01-01/extension/register HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Name: audit\r\n\
        Lambda-Extension-Accept-Feature: accountId\r\n\
        \r\n\
        {\"events\":[]}";
    let mut expected = register::Call::new("audit", &[]);
    expected.wants_account_id = true;
    let (_, headers, body) = call(literal);
    assert_eq!(register::Call::from_http(&headers, &body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn features_are_a_list_in_which_unknown_ones_do_not_count() {
    // A comma separated string in https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html;
    // that unknown names are ignored: AWS's runtime interface emulator.
    for (features, wanted) in
        [("telepathy, accountId", true), ("accountId,telepathy", true), ("telepathy", false), ("", false)]
    {
        let literal = format!(
            "POST /2020-01-01/extension/register HTTP/1.1\r\n\
            Lambda-Extension-Name: audit\r\n\
            Lambda-Extension-Accept-Feature: {features}\r\n\
            \r\n\
            {{}}"
        );
        let (_, headers, body) = call(literal.as_bytes());
        let decoded = register::Call::from_http(&headers, &body).unwrap();
        assert_eq!(decoded.wants_account_id, wanted, "{features}");
        assert_eq!(decoded.events, [""; 0]);
    }
}

#[test]
fn the_reply_to_register_has_an_identifier_and_the_function() {
    // The example bodies, with and without the account, of
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. The line's end: AWS's runtime
    // interface emulator.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n\
        {\"functionName\":\"helloWorld\",\"functionVersion\":\"$LATEST\",\"handler\":\"lambda_function.lambda_handler\"}\n";
    let mut expected = Registered::new(extension_id());
    expected.function.function_name = "helloWorld".into();
    expected.function.function_version = "$LATEST".into();
    expected.function.handler = "lambda_function.lambda_handler".into();
    assert_eq!(Registered::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);

    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n\
        {\"functionName\":\"helloWorld\",\"functionVersion\":\"$LATEST\",\"handler\":\"lambda_function.lambda_handler\",\"accountId\":\"123456789012\"}\n";
    expected.function.account_id = Some("123456789012".into());
    assert_eq!(Registered::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn the_call_to_next_has_the_identifier() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    let literal = b"GET /2020-01-01/extension/event/next HTTP/1.1\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n";
    let expected = next::Call::new(extension_id());
    let (endpoint, headers, _) = call(literal);
    assert_eq!(endpoint, Endpoint::ExtensionNext);
    assert_eq!(next::Call::from_http(&headers).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_invoke_event_describes_the_invocation() {
    // The example payload of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; the header
    // with the event's own id: AWS's runtime interface emulator.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Event-Identifier: 2f8f1b0e-53c5-4b1b-8c1e-9f7f0a4c1d22\r\n\
        \r\n\
        {\"eventType\":\"INVOKE\",\"deadlineMs\":676051,\"requestId\":\"3da1f2dc-3222-475e-9205-e2e6c6318895\",\"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:123456789012:function:ExtensionTest\",\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root=1-5f35ae12-0c0fec141ab77a00bc047aa2;Parent=2be948a625588e32;Sampled=1\"}}";
    let request_id = RequestId::new("3da1f2dc-3222-475e-9205-e2e6c6318895").unwrap();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:ExtensionTest";
    let trace_id = "Root=1-5f35ae12-0c0fec141ab77a00bc047aa2;Parent=2be948a625588e32;Sampled=1";
    let mut invoke = Invoke::new(request_id, Deadline::from_unix_millis(676_051));
    invoke.event_id = Some("2f8f1b0e-53c5-4b1b-8c1e-9f7f0a4c1d22".into());
    invoke.invoked_function_arn = Some(FunctionArn::new(arn).unwrap());
    invoke.trace_id = Some(trace_id.into());
    let expected = Event::Invoke(invoke);
    assert_eq!(Event::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_invoke_event_without_tracing_has_no_such_member() {
    // AWS's runtime interface emulator leaves the member out.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Event-Identifier: 2f8f1b0e-53c5-4b1b-8c1e-9f7f0a4c1d22\r\n\
        \r\n\
        {\"eventType\":\"INVOKE\",\"deadlineMs\":676051,\"requestId\":\"3da1f2dc-3222-475e-9205-e2e6c6318895\",\"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:123456789012:function:ExtensionTest\"}";
    let Event::Invoke(invoke) = Event::from_http(reply(literal)).unwrap() else {
        panic!("not an invoke event");
    };
    assert_eq!(invoke.trace_id, None);
    assert_reply_is(&Event::Invoke(invoke).to_http().unwrap(), literal);
}

#[test]
fn a_shutdown_event_has_neither_event_id_nor_json_type() {
    // The member names: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. Small letters
    // and the bare head: AWS's runtime interface emulator, whose HTTP layer then guesses a text type.
    for (reason, literal) in [
        (
            ShutdownReason::Spindown,
            &b"HTTP/1.1 200 OK\r\n\r\n{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":676051,\"shutdownReason\":\"spindown\"}"[..],
        ),
        (
            ShutdownReason::Timeout,
            b"HTTP/1.1 200 OK\r\n\r\n{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":676051,\"shutdownReason\":\"timeout\"}",
        ),
        (
            ShutdownReason::Failure,
            b"HTTP/1.1 200 OK\r\n\r\n{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":676051,\"shutdownReason\":\"failure\"}",
        ),
    ] {
        let expected = Event::Shutdown(Shutdown::new(reason, Deadline::from_unix_millis(676_051)));
        assert_eq!(Event::from_http(reply(literal)).as_ref(), Ok(&expected));
        assert_reply_is(&expected.to_http().unwrap(), literal);
    }
}

#[test]
fn a_shutdown_reason_in_capitals_is_the_same_and_the_content_type_does_not_matter() {
    // Capitals: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. The type: what the HTTP
    // layer of AWS's runtime interface emulator guesses.
    for (name, reason) in [
        ("SPINDOWN", ShutdownReason::Spindown),
        ("TIMEOUT", ShutdownReason::Timeout),
        ("FAILURE", ShutdownReason::Failure),
        ("Eviction", ShutdownReason::Other("Eviction".into())),
    ] {
        let literal = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
            {{\"eventType\": \"SHUTDOWN\", \"shutdownReason\": \"{name}\", \"deadlineMs\": 676051}}"
        );
        let expected = Event::Shutdown(Shutdown::new(reason, Deadline::from_unix_millis(676_051)));
        assert_eq!(Event::from_http(reply(literal.as_bytes())), Ok(expected));
    }
}

#[test]
fn an_event_of_a_later_version_is_kept_whole() {
    // No source: the Extensions API may gain events, and an extension of today must not stop at one.
    let literal = b"HTTP/1.1 200 OK\r\n\r\n{\"eventType\":\"HIBERNATE\",\"depth\":3}";
    let expected = Event::Other {
        event_type: "HIBERNATE".into(),
        json: r#"{"eventType":"HIBERNATE","depth":3}"#.into(),
    };
    assert_eq!(Event::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_event_is_an_invocation_by_its_name_and_not_by_its_members() {
    // No source: invocations are looked for first, and whatever else has their members must not become one.
    let json = r#"{"eventType":"WARM_UP","deadlineMs":676051,"requestId":"r"}"#;
    let expected = Event::Other { event_type: "WARM_UP".into(), json: json.into() };
    let literal = format!("HTTP/1.1 200 OK\r\n\r\n{json}");
    assert_eq!(Event::from_http(reply(literal.as_bytes())), Ok(expected));
}

#[test]
fn a_list_of_what_an_invocation_has_is_no_event() {
    // No source: serde would take it for one.
    let literal = b"HTTP/1.1 200 OK\r\n\r\n[\"INVOKE\",676051,\"r\",\"arn\",null]";
    assert!(matches!(Event::from_http(reply(literal)), Err(ReplyError::Unreadable(_))));
}

#[test]
fn letters_of_an_invocation_may_be_escaped() {
    // No source: any JSON may be.
    let literal = br#"HTTP/1.1 200 OK

{"eventType":"\u0049NVOKE","deadlineMs":676051,"requestId":"\u0072"}"#;
    let literal = String::from_utf8_lossy(literal).replace('\n', "\r\n");
    let expected = Invoke::new(RequestId::new("r").unwrap(), Deadline::from_unix_millis(676_051));
    assert_eq!(Event::from_http(reply(literal.as_bytes())), Ok(Event::Invoke(expected)));
}

#[test]
fn what_is_not_needed_may_be_null_or_unreadable() {
    // No source: an event is not to be lost for what nobody needs.
    for body in [
        r#"{"eventType":"INVOKE","deadlineMs":676051,"requestId":"r","invokedFunctionArn":null,"tracing":null}"#,
        r#"{"eventType":"INVOKE","deadlineMs":676051,"requestId":"r","tracing":{"type":null,"value":null}}"#,
    ] {
        let mut answer = Response::new(body.into());
        let name = "lambda-extension-event-identifier";
        answer.headers_mut().insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        let expected = Invoke::new(RequestId::new("r").unwrap(), Deadline::from_unix_millis(676_051));
        assert_eq!(Event::from_http(answer), Ok(Event::Invoke(expected)));
    }
    let body = r#"{"eventType":"SHUTDOWN","deadlineMs":676051,"shutdownReason":null}"#;
    let reason = ShutdownReason::Other(String::new());
    let expected = Event::Shutdown(Shutdown::new(reason, Deadline::from_unix_millis(676_051)));
    assert_eq!(Event::from_http(Response::new(body.into())), Ok(expected));
}

#[test]
fn an_extension_reports_its_failure_to_one_of_two_endpoints() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html, the category included.
    let report = ErrorReport::new("InvalidEventDataException", "Error parsing event data.");
    for (moment, endpoint, literal) in [
        (
            Moment::Init,
            Endpoint::ExtensionInitError,
            &b"POST /2020-01-01/extension/init/error HTTP/1.1\r\n\
            Content-Type: application/json\r\n\
            Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
            Lambda-Extension-Function-Error-Type: Extension.ConfigInvalid\r\n\
            \r\n\
            {\"errorMessage\":\"Error parsing event data.\",\"errorType\":\"InvalidEventDataException\"}"[..],
        ),
        (
            Moment::Exit,
            Endpoint::ExtensionExitError,
            b"POST /2020-01-01/extension/exit/error HTTP/1.1\r\n\
            Content-Type: application/json\r\n\
            Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
            Lambda-Extension-Function-Error-Type: Extension.ConfigInvalid\r\n\
            \r\n\
            {\"errorMessage\":\"Error parsing event data.\",\"errorType\":\"InvalidEventDataException\"}",
        ),
    ] {
        let expected = error::Call::new(moment, extension_id(), "Extension.ConfigInvalid", &report);
        let (parsed, headers, body) = call(literal);
        assert_eq!(parsed, endpoint);
        assert_eq!(error::Call::from_http(moment, &headers, body).as_ref(), Ok(&expected));
        assert_call_is(&expected.to_http().unwrap(), literal);
    }
}

#[test]
fn a_call_without_its_headers_names_the_first_that_is_missing() {
    // Which headers are required: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html.
    let bare = b"POST /2020-01-01/extension/init/error HTTP/1.1\r\n\r\n";
    let (_, headers, body) = call(bare);
    let missing = |error: DecodeError| error.to_string();
    assert_eq!(
        missing(error::Call::from_http(Moment::Init, &headers, body.clone()).unwrap_err()),
        "header lambda-extension-identifier is missing"
    );
    assert_eq!(
        missing(register::Call::from_http(&headers, &body).unwrap_err()),
        "header lambda-extension-name is missing"
    );
    assert_eq!(
        missing(next::Call::from_http(&headers).unwrap_err()),
        "header lambda-extension-identifier is missing"
    );
    let named = b"POST /2020-01-01/extension/exit/error HTTP/1.1\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\r\n";
    let (_, headers, body) = call(named);
    assert_eq!(
        missing(error::Call::from_http(Moment::Exit, &headers, body).unwrap_err()),
        "header lambda-extension-function-error-type is missing"
    );
}

#[test]
fn an_event_without_a_deadline_names_the_member() {
    // The members: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html.
    let literal = b"HTTP/1.1 200 OK\r\n\r\n{\"eventType\":\"INVOKE\",\"requestId\":\"r\"}";
    let Err(ReplyError::Unreadable(DecodeError::InvalidBody { source, .. })) =
        Event::from_http(reply(literal))
    else {
        panic!("an event without a deadline was taken");
    };
    assert_eq!(source.problem(), "missing field `deadlineMs`");
}
