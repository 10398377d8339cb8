//! Whatever a peer sends, no decoder panics, and an error names the header or the member that was wrong.
//!
//! Nothing is said here about which garbage is taken: that is shown with literal bytes in `golden`.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use lambda_api::{
    Accepted, DecodeError, Endpoint, ErrorReply, ErrorReport, ErrorType, ReplyError, RequestId, extension,
    header, json,
    runtime::{self, ErrorTrailers, Prelude, XrayErrorCause},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

const NAMES: [HeaderName; 21] = [
    header::REQUEST_ID,
    header::DEADLINE_MS,
    header::INVOKED_FUNCTION_ARN,
    header::TRACE_ID,
    header::CLIENT_CONTEXT,
    header::COGNITO_IDENTITY,
    header::TENANT_ID,
    header::INVOCATION_ID,
    header::RESPONSE_MODE,
    header::ERROR_TYPE,
    header::ERROR_BODY,
    header::XRAY_ERROR_CAUSE,
    header::RUNTIME_FEATURES,
    header::EXTENSION_NAME,
    header::EXTENSION_ID,
    header::EXTENSION_ACCEPT_FEATURE,
    header::EXTENSION_EVENT_ID,
    header::EXTENSION_ERROR_TYPE,
    http::header::CONTENT_TYPE,
    http::header::USER_AGENT,
    http::header::HOST,
];

/// Bytes of every kind, and texts that are nearly right.
fn value() -> impl Strategy<Value = HeaderValue> {
    let near = select(vec![
        "",
        "0",
        "-1",
        "18446744073709551616",
        "1e3",
        "streaming",
        "accountId",
        "e30=",
        "{}",
        "=",
        " ",
    ]);
    prop_oneof![
        // Any bytes but those that no header can carry.
        vec(prop_oneof![Just(b'\t'), b' '..=b'~', 0x80..=u8::MAX], 0..32)
            .prop_map(|bytes| HeaderValue::from_bytes(&bytes).unwrap()),
        "[ -~]{0,32}".prop_map(|text| HeaderValue::from_str(&text).unwrap()),
        near.prop_map(HeaderValue::from_static),
    ]
}

/// Some of the headers, each perhaps more than once.
fn headers() -> impl Strategy<Value = HeaderMap> {
    vec((select(NAMES.to_vec()), value()), 0..24).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers
    })
}

/// Bytes of every kind, JSON of every kind, and JSON with the right members and wrong values.
fn body() -> impl Strategy<Value = Bytes> {
    let member = select(vec![
        "eventType",
        "deadlineMs",
        "requestId",
        "invokedFunctionArn",
        "tracing",
        "shutdownReason",
        "events",
        "functionName",
        "accountId",
        "errorMessage",
        "errorType",
        "stackTrace",
        "cause",
        "statusCode",
        "headers",
        "cookies",
        "status",
    ]);
    let value = prop_oneof![
        super::json().prop_map(|value| value.to_string()),
        select(vec![
            "\"INVOKE\"",
            "\"SHUTDOWN\"",
            "\"\"",
            "\"\\u0000\"",
            "[{}]",
            "{\"a\":[1]}",
            "1e999",
            "-0"
        ])
        .prop_map(str::to_owned),
    ];
    let object = vec((member, value), 0..6).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![
        vec(any::<u8>(), 0..128).prop_map(Bytes::from),
        super::json().prop_map(|value| value.to_string().into()),
        object.prop_map(Bytes::from),
    ]
}

/// The error says what was wrong, and where.
fn assert_named<T: std::fmt::Debug>(decoded: Result<T, DecodeError>) -> Result<(), TestCaseError> {
    let Err(error) = decoded else { return Ok(()) };
    let shown = error.to_string();
    match &error {
        DecodeError::MissingHeader { name } | DecodeError::InvalidHeader { name, .. } => {
            prop_assert!(NAMES.contains(name), "{} is nobody's header", name);
            prop_assert!(shown.contains(name.as_str()), "{}", shown);
        }
        DecodeError::InvalidMember { member, .. } => prop_assert!(shown.contains(member), "{}", shown),
        DecodeError::InvalidBody { expected, source } => {
            prop_assert!(shown.contains(expected), "{}", shown);
            let source_shown = source.to_string();
            prop_assert!(source_shown.starts_with(source.path().unwrap_or_default()), "{}", source_shown);
            prop_assert!(!source.problem().is_empty());
        }
        other => prop_assert!(matches!(other, DecodeError::UnterminatedPrelude), "{:?}", other),
    }
    Ok(())
}

fn assert_reply_named<T: std::fmt::Debug>(decoded: Result<T, ReplyError>) -> Result<(), TestCaseError> {
    match decoded {
        Err(ReplyError::Unreadable(error)) => assert_named::<T>(Err(error)),
        Err(ReplyError::Refused(refusal)) => {
            prop_assert!(refusal.to_string().starts_with(refusal.status().as_str()));
            Ok(())
        }
        _ => Ok(()),
    }
}

proptest! {
    #[test]
    fn no_call_makes_a_decoder_panic(headers in headers(), body in body()) {
        use extension::error::Moment;

        let request_id = || RequestId::new("r-1").unwrap();
        assert_named(runtime::next::Call::from_http(&headers))?;
        assert_named(runtime::response::Call::from_http(request_id(), &headers))?;
        assert_named(runtime::error::Call::from_http(request_id(), &headers, body.clone()))?;
        assert_named(runtime::init_error::Call::from_http(&headers, body.clone()))?;
        assert_named(runtime::restore::ErrorCall::from_http(&headers, body.clone()))?;
        assert_named(ErrorTrailers::from_http(&headers))?;
        assert_named(extension::register::Call::from_http(&headers, &body))?;
        assert_named(extension::next::Call::from_http(&headers))?;
        assert_named(extension::error::Call::from_http(Moment::Exit, &headers, body))?;
    }

    #[test]
    fn no_reply_makes_a_decoder_panic(
        status in prop_oneof![Just(200), 100..1000_u16],
        headers in headers(),
        body in body(),
    ) {
        let mut reply = Response::new(body);
        *reply.status_mut() = StatusCode::from_u16(status).unwrap();
        *reply.headers_mut() = headers;
        runtime::next::Invocation::ids(reply.headers());
        assert_reply_named(runtime::next::Invocation::from_http(reply.clone()))?;
        assert_reply_named(extension::register::Registered::from_http(reply.clone()))?;
        assert_reply_named(extension::next::Event::from_http(reply.clone()))?;
        assert_reply_named(runtime::restore::Restored::from_http(reply.clone()).map_err(ReplyError::Refused))?;
        assert_reply_named(Accepted::from_http(reply.clone()).map_err(ReplyError::Refused))?;
        assert_reply_named::<()>(Err(ReplyError::Refused(ErrorReply::from_http(reply))))?;
    }

    #[test]
    fn no_body_makes_a_decoder_panic(body in body(), rest in vec(any::<u8>(), 0..32)) {
        assert_named(ErrorReport::from_bytes(&body))?;
        XrayErrorCause::from_json(&body);
        let stream = [&body[..], &Prelude::END, &rest].concat();
        assert_named(Prelude::split(&body))?;
        assert_named(Prelude::split(&stream))?;
        assert_named(Prelude::split_complete(&body))?;
        assert_named(Prelude::split_complete(&stream))?;
    }

    #[test]
    fn no_json_makes_its_decoder_panic(body in body()) {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only decoded")]
        struct Order {
            headers: std::collections::BTreeMap<String, u8>,
            cookies: Option<Vec<(char, bool)>>,
            cause: Option<Box<Self>>,
        }

        let errors = [
            json::decode::<serde_json::Value>(&body).err(),
            json::decode::<Order>(&body).err(),
            json::decode::<Vec<Option<f32>>>(&body).err(),
            json::decode::<std::collections::BTreeMap<i8, String>>(&body).err(),
            json::decode::<()>(&body).err(),
        ];
        for error in errors.into_iter().flatten() {
            prop_assert!(error.to_string().contains(error.problem()));
            prop_assert!(!error.unredacted().is_empty());
        }
    }

    #[test]
    fn no_path_makes_the_endpoints_panic(
        method in select(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE]),
        path in prop_oneof![
            any::<String>(),
            "/2018-06-01/runtime/invocation/[^/]{0,8}(%[0-9a-fA-F]{0,2}){0,4}(/response|/error|/next|)",
            "/20(18-06-01|20-01-01)(/(runtime|extension|invocation|init|event|exit|error|next|response)){0,5}/?",
        ],
    ) {
        if let Ok(endpoint) = Endpoint::parse(&method, &path) {
            prop_assert_eq!(endpoint.method(), method);
            // The path may be written in another way, and is then the same endpoint all the same.
            prop_assert_eq!(Endpoint::parse(&endpoint.method(), &endpoint.path()), Ok(endpoint));
        }
    }

    #[test]
    fn no_category_makes_its_check_panic(text in option::of(any::<String>())) {
        let recorded = ErrorType::normalise(text.as_deref());
        prop_assert!(recorded.as_str().contains("Runtime.") || recorded.as_str().contains("Function."));
    }
}

#[test]
fn a_call_never_goes_to_another_path_than_its_endpoints() {
    // No path is that long, but a peer may send any text as a request id.
    if let Ok(request_id) = RequestId::new(&"x".repeat(70_000)) {
        let endpoint = Endpoint::InvocationResponse { request_id };
        assert_eq!(endpoint.to_http(()).uri().path().len(), endpoint.path().len());
    }
}

#[cfg(feature = "transport")]
#[test]
fn an_address_with_a_query_or_a_fragment_is_refused() {
    // Either would swallow the path of every call that is appended to it.
    for address in ["host:80/a?b=1", "host:80?b=1", "host:80/a#b", "host:80#b", "host:80/?"] {
        let parsed = lambda_api::transport::RuntimeApi::tcp(address);
        assert!(parsed.is_err(), "{address} was taken as {parsed:?}");
    }
}

#[cfg(feature = "transport")]
proptest! {
    #[test]
    fn every_address_that_is_taken_keeps_the_paths_of_the_calls(
        address in prop_oneof![
            any::<String>(),
            "(http://)?[a-z0-9.:\\[\\]@%-]{0,12}:[0-9+]{0,6}[/?#a-z%. ]{0,8}",
            "(http://)?(localhost|\\[::1\\]|10.0.0.1):[1-9][0-9]{0,3}([/?#][/?#a-z%. ]{0,8})?",
        ],
    ) {
        use lambda_api::transport::RuntimeApi;

        match RuntimeApi::tcp(&address) {
            Ok(api) => {
                let path = format!("{}/2018-06-01/ping", api.base_path());
                let uri: http::Uri = path.parse().unwrap();
                prop_assert_eq!(uri.path(), path);
                prop_assert!(HeaderValue::from_str(api.authority()).is_ok());
            }
            Err(error) => {
                let quoted = format!("{address:?}");
                prop_assert!(error.to_string().contains(&quoted));
            }
        }
    }
}
