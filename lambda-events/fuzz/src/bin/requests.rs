//! Events as HTTP requests, the requests as events of each format, and responses with what the requests have.
//!
//! A request of any event can be sent through any service, reads as it was apart from what the format loses, and reads the same
//! the next time. A response is JSON from which its bytes come back.

#![no_main]

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::StatusCode;
use lambda_events::{
    Json, Source,
    http::{self as events, BodyEncoding, EventFormat, HttpEvent, ReadOptions, Request, ResponseFormat},
};
use libfuzzer_sys::fuzz_target;

static RESPONSES: LazyLock<Vec<ResponseFormat>> = LazyLock::new(|| {
    let format = |format: EventFormat| {
        let read = events::from_slice(&events::to_event(format, &http::Request::new("")));
        HttpEvent::of(&read.expect("an event")).expect("of an event").response_format()
    };
    EventFormat::ALL.into_iter().map(format).collect()
});

fuzz_target!(|bytes: &[u8]| {
    for options in [ReadOptions::new(), ReadOptions::new().strip_stage(true).absolute_uri(true)] {
        match options.read(bytes.to_vec()) {
            Ok(request) => {
                check(&request, bytes);
                RESPONSES.iter().for_each(|format| respond(*format, &request));
                EventFormat::ALL.into_iter().for_each(|format| send(format, &request));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

fn check(request: &Request, bytes: &[u8]) {
    assert!(
        request.uri().path().starts_with('/') && request.uri().to_string().is_ascii(),
        "{}",
        request.uri()
    );
    let event = HttpEvent::of(request).expect("it was read from one");
    assert_eq!(event.payload(), bytes);
    assert!(event.path().starts_with('/'), "{}", event.path());
    let _read = (event.context(), event.path_parameters(), event.stage_variables());
}

fn respond(format: ResponseFormat, request: &Request) {
    for encoding in [None, Some(BodyEncoding::Text), Some(BodyEncoding::Base64)] {
        let json = format.to_json(StatusCode::OK, request.headers(), request.body(), encoding);
        let json: Json<'_> = serde_json::from_slice(&json).expect("a response is JSON");
        let body = json.get("body").and_then(Json::as_str).unwrap_or_default();
        let body = match json["isBase64Encoded"].as_bool().unwrap_or_default() {
            true => BASE64_STANDARD.decode(body).expect("it is base64"),
            false => body.into(),
        };
        assert_eq!(body, **request.body());
    }
}

fn send(format: EventFormat, request: &Request) {
    let once = events::from_slice(&events::to_event(format, request)).expect("a request can be sent");
    let source = HttpEvent::of(&once).expect("it was read from one").source();
    let expected = match format {
        EventFormat::LambdaUrl => Source::LambdaUrl,
        EventFormat::HttpApi => Source::ApiGatewayHttp,
        EventFormat::Alb | EventFormat::AlbMultiValue => Source::Alb,
        EventFormat::VpcLattice => Source::VpcLatticeV2,
        EventFormat::VpcLattice1 => Source::VpcLatticeV1,
        _ => Source::ApiGatewayRest,
    };
    assert_eq!(source, expected);
    assert_eq!((request.method(), &**request.body()), (once.method(), &**once.body()));
    let decodes = matches!(format, EventFormat::HttpApi | EventFormat::HttpApi1);
    let twice = events::from_slice(&events::to_event(format, &once)).expect("a request can be sent again");
    assert_eq!((once.headers(), once.body()), (twice.headers(), twice.body()), "{format:?}");
    if !decodes {
        assert_eq!(request.uri().path(), once.uri().path(), "{format:?}");
        assert_eq!(once.uri(), twice.uri(), "{format:?}");
    }
}
