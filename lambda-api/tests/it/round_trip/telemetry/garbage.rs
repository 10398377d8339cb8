//! Whatever a peer sends, no decoder of telemetry panics, and of a batch nothing is lost.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use lambda_api::{
    header,
    metadata::{self, Metadata},
    runtime::credentials::{self, Credentials},
    telemetry::{Event, ListenerUri, Record, Subscribe, SubscribeError, SubscribeLogs, Timestamp, batch},
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::round_trip::json;

/// JSON of every kind, and texts that are nearly what some member should be.
fn value() -> impl Strategy<Value = String> {
    let near = select(vec![
        "\"2026-11-20T10:00:00.123Z\"",
        "\"2026-02-30T10:00:00Z\"",
        "\"9999-12-31T23:59:60Z\"",
        "\"function\"",
        "\"platform.report\"",
        "\"success\"",
        "\"r-1\"",
        "\"HTTP\"",
        "\"TCP\"",
        "\"http://sandbox:80/\"",
        "\"http://sandbox:99999\"",
        "\"2022-12-13\"",
        "[\"platform\"]",
        "{\"durationMs\":1e308}",
        "{\"durationMs\":-0.0}",
        "[{\"name\":\"\",\"start\":\"1969-12-31T23:59:59Z\",\"durationMs\":1}]",
        "{\"maxItems\":-9223372036854775808,\"timeoutMs\":9223372036854775807}",
        "1e999",
        "18446744073709551616",
        "\"\\ud800\"",
    ]);
    prop_oneof![json().prop_map(|value| value.to_string()), near.prop_map(str::to_owned)]
}

fn object(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec((select(names), value()), 0..8).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn record() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "initializationType",
        "phase",
        "status",
        "metrics",
        "spans",
        "tracing",
        "requestId",
        "errorType",
        "functionName",
        "instanceMaxMemory",
        "name",
        "state",
        "types",
        "events",
        "reason",
        "droppedRecords",
        "droppedBytes",
    ];
    prop_oneof![object(NAMES), value()]
}

fn event() -> impl Strategy<Value = String> {
    let kind = select(vec![
        "platform.initStart",
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
        "platform.restoreStart",
        "platform.restoreRuntimeDone",
        "platform.restoreReport",
        "platform.extension",
        "platform.telemetrySubscription",
        "platform.logsSubscription",
        "platform.logsDropped",
        "platform.fault",
        "platform.end",
        "function",
        "extension",
        "",
    ]);
    (kind, record()).prop_map(|(kind, record)| {
        format!(r#"{{"time":"2026-11-20T10:00:00Z","type":"{kind}","record":{record}}}"#)
    })
}

fn subscription() -> impl Strategy<Value = String> {
    let destination = object(&["protocol", "URI", "port", "method", "encoding"]);
    let buffering = object(&["maxItems", "maxBytes", "timeoutMs"]);
    (destination, buffering, value(), value()).prop_map(|(destination, buffering, version, types)| {
        format!(
            r#"{{"destination":{destination},"buffering":{buffering},"schemaVersion":{version},"types":{types}}}"#
        )
    })
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        vec(any::<u8>(), 0..128).prop_map(Bytes::from),
        value().prop_map(Bytes::from),
        object(&["time", "type", "record"]).prop_map(Bytes::from),
        event().prop_map(Bytes::from),
        subscription().prop_map(Bytes::from),
        object(&["AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AvailabilityZoneID"])
            .prop_map(Bytes::from),
    ]
}

proptest! {
    #[test]
    fn no_text_is_too_odd_for_a_time(text in "\\PC{0,40}") {
        if let Ok(time) = text.parse::<Timestamp>() {
            let written = time.to_string();
            prop_assert_eq!(written.parse::<Timestamp>().map(|time| time.to_string()), Ok(written));
        }
    }

    #[test]
    fn no_text_of_digits_is_too_odd_for_a_time(
        text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,11})?(Z|[+-][0-9]{2}:[0-9]{2})"
    ) {
        if let Ok(time) = text.parse::<Timestamp>() {
            prop_assert_eq!(time.to_string().len(), 24);
        }
    }

    #[test]
    fn what_is_taken_for_an_event_is_the_same_once_it_was_written(event in event()) {
        // Numbers that JSON has and f64 does not are refused for this event.
        if let Ok(first) = serde_json::from_str::<Event>(&event) {
            let written = serde_json::to_string(&first).unwrap();
            prop_assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), first);
        } else {
            prop_assert!(event.contains("1e999") || event.contains("\\ud800"), "{}", event);
        }
    }

    #[test]
    fn a_batch_of_well_formed_values_has_as_many_parts(values in vec(prop_oneof![value(), event()], 0..6)) {
        let body = Bytes::from(format!("[{}]", values.join(",")));
        let parts: Vec<_> = batch::decode_array(&body).collect();
        prop_assert_eq!(parts.len(), values.len());
        for (part, value) in parts.iter().zip(&values) {
            if let Err(error) = part {
                prop_assert_eq!(&error.text, value);
            }
        }
    }

    #[test]
    fn a_batch_of_anything_ends(body in bytes(), before in "[\\[\\]{}, \"]{0,4}") {
        let body = Bytes::from([before.as_bytes(), &body].concat());
        prop_assert!(batch::decode_array(&body).count() <= body.len() + 1);
        prop_assert!(batch::decode_lines(&body).count() <= body.len());
        for part in batch::decode_array(&body).chain(batch::decode_lines(&body)).flatten() {
            prop_assert!(!matches!(part.record, Record::Function(_)) || part.record.kind() == "function");
        }
    }

    #[test]
    fn a_subscription_of_anything_is_taken_or_refused_with_words(body in bytes()) {
        let mut headers = HeaderMap::new();
        headers.insert(header::EXTENSION_ID, HeaderValue::from_static("a"));
        let telemetry = Subscribe::from_http(&headers, &body).map(|taken| taken.to_http().is_ok());
        let logs = SubscribeLogs::from_http(&headers, &body).map(|taken| taken.to_http().is_ok());
        for checked in [telemetry, logs] {
            match checked {
                Ok(is_encoded) => prop_assert!(is_encoded),
                Err(SubscribeError::Invalid(problems)) => {
                    prop_assert!(!problems.as_slice().is_empty());
                    prop_assert!(!problems.to_string().is_empty());
                }
                Err(SubscribeError::Subscriber(_)) => prop_assert!(false, "the subscriber is known"),
            }
        }
    }

    #[test]
    fn no_uri_leads_out_of_the_environment(text in "(http|https|ftp)?(://)?(sandbox|localhost|[a-z@:.]{0,12})(:[0-9]{0,6})?[/?#a-z%]{0,8}") {
        if let Ok(uri) = text.parse::<ListenerUri>() {
            prop_assert!(["sandbox", "sandbox.localdomain"].contains(&uri.host()));
            prop_assert!(uri.port() > 0 && uri.path().starts_with('/'), "{}", uri);
            prop_assert_eq!(uri.to_string().parse(), Ok(uri));
        }
    }

    #[test]
    fn credentials_and_metadata_of_anything_are_taken_or_refused(
        body in bytes(),
        header in vec(prop_oneof![Just(b'\t'), b' '..=b'~', 0x80..=u8::MAX], 0..32),
    ) {
        let value = HeaderValue::from_bytes(&header).unwrap();
        let mut reply = Response::new(body);
        reply.headers_mut().insert(http::header::AUTHORIZATION, value.clone());
        reply.headers_mut().insert(http::header::CACHE_CONTROL, value);
        if let Ok(call) = credentials::Call::from_http(reply.headers()) {
            prop_assert!(!call.token.is_empty());
        }
        if let Ok(call) = metadata::Call::from_http(reply.headers()) {
            prop_assert!(call.to_http().is_ok());
        }
        if let Ok(environment) = Metadata::from_http(reply.clone()) {
            prop_assert_eq!(environment.to_http().status(), 200);
        }
        if let Ok(taken) = Credentials::from_http(reply) {
            let again = Credentials::from_http(taken.to_http());
            prop_assert_eq!(again.map(|again| again.token), Ok(taken.token));
        }
    }
}
