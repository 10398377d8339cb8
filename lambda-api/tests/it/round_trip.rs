//! Both directions of every message agree: what was encoded decodes to the same value.
//!
//! That they agree on what AWS does is shown in `golden`; what decoders make of garbage is in `garbage`.

#![expect(clippy::unwrap_used, reason = "the strategies make only what the types accept")]

mod garbage;
mod telemetry;

use std::{fmt::Debug, str::FromStr};

use bytes::Bytes;
use http::{Response, StatusCode};
use lambda_api::{
    Accepted, Deadline, Endpoint, ErrorReply, ErrorReport, ErrorType, ExtensionId, FunctionArn, InvocationId,
    RequestId, extension,
    runtime::{self, ErrorTrailers, Prelude, XrayErrorCause, XrayException, XrayFrame},
};
use proptest::{
    array::uniform5,
    collection::{btree_map, vec},
    option,
    prelude::*,
    strategy::Union,
};
use serde_json::{Map, Value};

/// Printable ASCII without spaces, as an identifier takes it.
fn id<T: FromStr<Err: Debug> + Debug>() -> impl Strategy<Value = T> {
    "[!-~]{1,64}".prop_map(|text| text.parse().unwrap())
}

/// What can stand in a header and does not count as absent.
fn text() -> impl Strategy<Value = String> {
    "[^\\x00-\\x1f\\x7f]{1,64}"
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..256).prop_map(Bytes::from)
}

/// Numbers are whole here: `serde_json` may change the last bit of others.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn report() -> impl Strategy<Value = ErrorReport> {
    let known = ["errorMessage", "errorType", "stackTrace", "cause"];
    let other = btree_map(any::<String>(), json(), 0..4).prop_map(move |members| {
        members.into_iter().filter(|(name, _)| !known.contains(&name.as_str())).collect::<Map<_, _>>()
    });
    let flat = (any::<String>(), any::<String>(), vec(any::<String>(), 0..4), other).prop_map(
        |(error_type, message, stack_trace, other)| {
            let mut report = ErrorReport::new(error_type, message);
            report.stack_trace = stack_trace;
            report.other = other;
            report
        },
    );
    vec(flat, 1..4).prop_map(|chain| {
        let mut chain = chain.into_iter().rev();
        let innermost = chain.next().unwrap();
        chain.fold(innermost, |cause, mut report| {
            report.cause = Some(Box::new(cause));
            report
        })
    })
}

fn error_type() -> impl Strategy<Value = ErrorType> {
    prop_oneof![
        any::<String>().prop_map(|name| ErrorType::function(&name)),
        any::<String>().prop_map(|name| ErrorType::runtime(&name)),
        option::of(any::<String>()).prop_map(|text| ErrorType::normalise(text.as_deref())),
    ]
}

fn xray_cause() -> impl Strategy<Value = XrayErrorCause> {
    let frame = (any::<String>(), any::<u32>(), any::<String>()).prop_map(|(path, line, label)| XrayFrame {
        path,
        line,
        label,
    });
    let exception = (any::<String>(), any::<String>(), vec(frame, 0..3))
        .prop_map(|(kind, message, stack)| XrayException { kind, message, stack });
    (any::<String>(), option::of(any::<String>()), vec(exception, 0..3), vec(any::<String>(), 0..3))
        .prop_map(|(working_directory, message, exceptions, paths)| XrayErrorCause {
            working_directory,
            message,
            exceptions,
            paths,
        })
        .prop_filter("an empty cause counts as none", |cause| !cause.is_empty())
}

prop_compose! {
    fn invocation()(
        request_id in id(),
        invocation_id in option::of(id::<InvocationId>()),
        deadline in option::of(any::<u64>()),
        arn in option::of(id::<FunctionArn>()),
        texts in uniform5(option::of(text())),
        payload in bytes(),
    ) -> runtime::next::Invocation {
        let mut invocation = runtime::next::Invocation::new(request_id);
        let [trace_id, client_context, cognito_identity, tenant_id, content_type] = texts;
        invocation.invocation_id = invocation_id;
        invocation.deadline = deadline.map(Deadline::from_unix_millis);
        invocation.invoked_function_arn = arn;
        invocation.trace_id = trace_id;
        invocation.client_context = client_context;
        invocation.cognito_identity = cognito_identity;
        invocation.tenant_id = tenant_id;
        invocation.content_type = content_type.map(Into::into);
        invocation.payload = payload;
        invocation
    }
}

fn event() -> impl Strategy<Value = extension::next::Event> {
    use extension::next::{Event, Invoke, Shutdown, ShutdownReason};

    let invoke =
        (id(), any::<u64>(), option::of(text()), option::of(id::<FunctionArn>()), option::of("(?s).{1,64}"));
    let invoke = invoke.prop_map(|(request_id, deadline, event_id, arn, trace_id)| {
        let mut invoke = Invoke::new(request_id, Deadline::from_unix_millis(deadline));
        invoke.event_id = event_id;
        invoke.invoked_function_arn = arn;
        invoke.trace_id = trace_id;
        Event::Invoke(invoke)
    });
    let shutdown = (any::<String>(), any::<u64>()).prop_map(|(reason, deadline)| {
        let reason = ShutdownReason::from_name(&reason);
        Event::Shutdown(Shutdown::new(reason, Deadline::from_unix_millis(deadline)))
    });
    let known_reason = (0..3_usize, any::<u64>()).prop_map(|(at, deadline)| {
        let reasons = [ShutdownReason::Spindown, ShutdownReason::Timeout, ShutdownReason::Failure];
        Event::Shutdown(Shutdown::new(reasons[at].clone(), Deadline::from_unix_millis(deadline)))
    });
    let other = any::<String>()
        .prop_filter("this crate knows the event", |name| !["INVOKE", "SHUTDOWN"].contains(&name.as_str()))
        .prop_map(|event_type| {
            let json = serde_json::json!({ "eventType": event_type, "new": [1] }).to_string();
            Event::Other { event_type, json }
        });
    Union::new([invoke.boxed(), shutdown.boxed(), known_reason.boxed(), other.boxed()])
}

proptest! {
    #[test]
    fn an_endpoint_is_found_by_its_method_and_path(request_id in id::<RequestId>(), fixed in 0..Endpoint::FIXED.len()) {
        for endpoint in [
            Endpoint::InvocationResponse { request_id: request_id.clone() },
            Endpoint::InvocationError { request_id: request_id.clone() },
            Endpoint::FIXED[fixed].clone(),
        ] {
            prop_assert_eq!(Endpoint::parse(&endpoint.method(), &endpoint.path()), Ok(endpoint.clone()));
            let request = endpoint.to_http(());
            prop_assert_eq!(Endpoint::parse(request.method(), request.uri().path()), Ok(endpoint));
        }
    }

    #[test]
    fn the_call_to_next_is_the_same_afterwards(user_agent in option::of(text()), features in option::of(text())) {
        let mut call = runtime::next::Call::new();
        call.user_agent = user_agent;
        call.features = features;
        prop_assert_eq!(runtime::next::Call::from_http(call.to_http().unwrap().headers()), Ok(call));
    }

    #[test]
    fn an_invocation_is_the_same_afterwards(invocation in invocation()) {
        let reply = invocation.to_http().unwrap();
        prop_assert_eq!(
            runtime::next::Invocation::ids(reply.headers()),
            Some((invocation.request_id.clone(), invocation.invocation_id.clone()))
        );
        prop_assert_eq!(runtime::next::Invocation::from_http(reply), Ok(invocation));
    }

    #[test]
    fn a_response_is_the_same_afterwards(
        request_id in id::<RequestId>(),
        invocation_id in option::of(id::<InvocationId>()),
        content_type in option::of(text()),
        streaming: bool,
        body in bytes(),
    ) {
        let mut call = runtime::response::Call::new(request_id.clone());
        call.invocation_id = invocation_id;
        call.content_type = content_type.map(Into::into);
        if streaming {
            call.mode = runtime::response::ResponseMode::Streaming;
        }
        let request = call.to_http(body.clone()).unwrap();
        prop_assert_eq!(request.body(), &body);
        prop_assert_eq!(runtime::response::Call::from_http(request_id, request.headers()), Ok(call));
    }

    #[test]
    fn an_error_is_the_same_afterwards(
        request_id in id::<RequestId>(),
        invocation_id in option::of(id::<InvocationId>()),
        category in option::of(text()),
        xray_cause in option::of(xray_cause()),
        content_type in option::of(prop_oneof![text(), Just("application/json".to_owned())]),
        body in bytes(),
    ) {
        let mut call = runtime::error::Call::new(request_id.clone(), &ErrorType::function("E"), &ErrorReport::default());
        call.invocation_id = invocation_id;
        call.error_type = category;
        call.xray_cause = xray_cause;
        call.content_type = content_type;
        call.body = body;
        let (parts, body) = call.to_http().unwrap().into_parts();
        prop_assert_eq!(runtime::error::Call::from_http(request_id, &parts.headers, body), Ok(call));
    }

    #[test]
    fn init_and_restore_errors_are_the_same_afterwards(category in option::of(text()), body in bytes()) {
        let mut call = runtime::init_error::Call::new(&ErrorType::runtime("E"), &ErrorReport::default());
        (call.error_type, call.body) = (category.clone(), body.clone());
        let (parts, sent) = call.to_http().unwrap().into_parts();
        prop_assert_eq!(runtime::init_error::Call::from_http(&parts.headers, sent), Ok(call));

        let mut call = runtime::restore::ErrorCall::new(&ErrorType::runtime("E"), &ErrorReport::default());
        (call.error_type, call.body) = (category, body);
        let (parts, sent) = call.to_http().unwrap().into_parts();
        prop_assert_eq!(runtime::restore::ErrorCall::from_http(&parts.headers, sent), Ok(call));
    }

    #[test]
    fn a_report_is_the_same_afterwards(report in report()) {
        prop_assert_eq!(ErrorReport::from_bytes(&report.to_bytes()), Ok(report));
    }

    #[test]
    fn an_error_type_is_recorded_as_it_is(error_type in error_type()) {
        prop_assert_eq!(&ErrorType::normalise(Some(error_type.as_str())), &error_type);
    }

    #[test]
    fn error_trailers_are_the_same_afterwards(
        error_type in error_type(),
        report in report(),
        category in option::of(text()),
        body in vec(any::<u8>(), 1..256),
    ) {
        let mut trailers = ErrorTrailers::new(&error_type, &report);
        prop_assert_eq!(ErrorTrailers::from_http(&trailers.to_http()), Ok(Some(trailers.clone())));
        (trailers.error_type, trailers.body) = (category, body);
        prop_assert_eq!(ErrorTrailers::from_http(&trailers.to_http()), Ok(Some(trailers)));
    }

    #[test]
    fn a_prelude_and_what_follows_it_are_the_same_afterwards(
        status: u16,
        headers in btree_map(any::<String>(), any::<String>(), 0..4),
        cookies in vec(any::<String>(), 0..4),
        body in bytes(),
    ) {
        let mut prelude = Prelude::new(status);
        prelude.headers = headers;
        prelude.cookies = cookies;
        let stream = [prelude.to_bytes(), body.clone()].concat();
        prop_assert_eq!(Prelude::split_complete(&stream), Ok((prelude.clone(), &body[..])));
        for end in 0..prelude.to_bytes().len() {
            prop_assert_eq!(Prelude::split(&stream[..end]), Ok(None));
        }
    }

    #[test]
    fn an_xray_cause_is_printable_ascii_and_the_same_afterwards(cause in xray_cause()) {
        let text = cause.to_header_text();
        prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        prop_assert_eq!(XrayErrorCause::from_json(text.as_bytes()), Some(cause));
    }

    #[test]
    fn a_refusal_is_the_same_afterwards(status in 300..600_u16, error_type: String, message: String) {
        let status = StatusCode::from_u16(status).unwrap();
        let refusal = ErrorReply::new(status, &error_type, message);
        prop_assert_eq!(ErrorReply::from_http(refusal.to_http()), refusal.clone());
        prop_assert_eq!(Accepted::from_http(refusal.to_http()), Err(refusal));
    }

    #[test]
    fn any_reply_can_be_kept_as_a_refusal(status in 100..1000_u16, body in bytes()) {
        let status = StatusCode::from_u16(status).unwrap();
        let mut reply = Response::new(body.clone());
        *reply.status_mut() = status;
        let refusal = ErrorReply::from_http(reply);
        prop_assert_eq!((refusal.status(), refusal.body()), (status, &body));
        prop_assert_eq!(ErrorReply::from_http(refusal.to_http()), refusal);
    }

    #[test]
    fn a_registration_is_the_same_afterwards(
        name in text(),
        events in vec(any::<String>(), 0..4),
        wants_account_id: bool,
    ) {
        let mut call = extension::register::Call::new(name, &[]);
        call.events = events;
        call.wants_account_id = wants_account_id;
        let request = call.to_http().unwrap();
        prop_assert_eq!(extension::register::Call::from_http(request.headers(), request.body()), Ok(call));
    }

    #[test]
    fn the_reply_to_a_registration_is_the_same_afterwards(
        extension_id in id(),
        texts in vec(any::<String>(), 3),
        account_id in option::of(any::<String>()),
    ) {
        let mut registered = extension::register::Registered::new(extension_id);
        registered.function.function_name = texts[0].clone();
        registered.function.function_version = texts[1].clone();
        registered.function.handler = texts[2].clone();
        registered.function.account_id = account_id;
        let reply = registered.to_http().unwrap();
        prop_assert_eq!(extension::register::Registered::from_http(reply), Ok(registered));
    }

    #[test]
    fn an_event_and_the_call_for_it_are_the_same_afterwards(extension_id in id(), event in event()) {
        let call = extension::next::Call::new(extension_id);
        prop_assert_eq!(extension::next::Call::from_http(call.to_http().unwrap().headers()), Ok(call));
        prop_assert_eq!(extension::next::Event::from_http(event.to_http().unwrap()), Ok(event));
    }

    #[test]
    fn the_failure_of_an_extension_is_the_same_afterwards(
        extension_id in id::<ExtensionId>(),
        error_type in text(),
        body in bytes(),
        at_exit: bool,
    ) {
        use extension::error::{Call, Moment};

        let moment = if at_exit { Moment::Exit } else { Moment::Init };
        let mut call = Call::new(moment, extension_id, &error_type, &ErrorReport::default());
        call.body = body;
        let (parts, body) = call.to_http().unwrap().into_parts();
        prop_assert_eq!(Call::from_http(moment, &parts.headers, body), Ok(call));
    }
}
