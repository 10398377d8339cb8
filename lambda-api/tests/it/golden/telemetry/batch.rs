//! Literal bytes of deliveries.
//!
//! An array over HTTP, lines over TCP: "Destination protocols" in
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html>.

use bytes::Bytes;
use lambda_api::{
    limits,
    telemetry::{Buffering, Event, LogRecord, Record, batch},
};

use super::event;

const FIRST: &str = r#"{"time":"2026-11-20T10:00:00.225Z","type":"function","record":"a\nb"}"#;
const SECOND: &str = r#"{"time":"2026-11-20T10:00:00.226Z","type":"extension","record":"],[}"}"#;

fn events() -> Vec<Event> {
    vec![
        event("2026-11-20T10:00:00.225Z", Record::Function(LogRecord::Text("a\nb".into()))),
        event("2026-11-20T10:00:00.226Z", Record::ExtensionLog(LogRecord::Text("],[}".into()))),
    ]
}

/// What became of each part: the event, or the text of what is none.
fn parts(body: &[u8]) -> Vec<Result<Event, String>> {
    batch::decode_array(&Bytes::copy_from_slice(body))
        .map(|part| part.map_err(|error| String::from_utf8_lossy(&error.text).into_owned()))
        .collect()
}

#[test]
fn a_batch_is_an_array_over_http() {
    let literal = format!("[{FIRST},{SECOND}]");
    assert_eq!(batch::encode_array(&events()), literal);
    assert_eq!(parts(literal.as_bytes()), events().into_iter().map(Ok).collect::<Vec<_>>());
    assert_eq!((batch::encode_array([]), parts(b"[]")), (Bytes::from("[]"), Vec::new()));
    let spaced = format!(" \r\n[\t{FIRST}\n,\n{SECOND} ]\n");
    assert_eq!(parts(spaced.as_bytes()), events().into_iter().map(Ok).collect::<Vec<_>>());
}

#[test]
fn a_batch_is_one_object_per_line_over_tcp() {
    let literal = format!("{FIRST}\n{SECOND}\n");
    assert_eq!(batch::encode_lines(&events()), literal);
    for lines in [literal, format!("\n{FIRST}\r\n\r\n{SECOND}")] {
        let decoded: Result<Vec<_>, _> = batch::decode_lines(&Bytes::from(lines)).collect();
        assert_eq!(decoded, Ok(events()));
    }
    assert_eq!(batch::encode_lines([]), "");
}

#[test]
fn an_odd_element_does_not_take_the_others_with_it() {
    // Any of these makes serde_json refuse the array as a whole.
    let deep = format!(
        r#"{{"time":"2026-11-20T10:00:00Z","type":"x","record":{}}}"#,
        "[".repeat(200) + &"]".repeat(200)
    );
    for odd in [
        r#"{"odd":1}"#,
        "null",
        "7",
        r#""text""#,
        r#"["2026-11-20T10:00:00Z","function","a list has no members"]"#,
        r#"{"time":"2026-11-20T10:00:00Z","type":"function","record":1e999}"#,
        r#"{"time":"2026-11-20T10:00:00Z","type":"function","record":"\ud800"}"#,
        &deep,
    ] {
        let body = format!("[{FIRST},{odd},{SECOND}]");
        let [first, second] = events().try_into().unwrap();
        assert_eq!(parts(body.as_bytes()), [Ok(first), Err(odd.to_owned()), Ok(second)]);

        let lines = Bytes::from(format!("{FIRST}\n{odd}\n{SECOND}\n"));
        let lines: Vec<_> = batch::decode_lines(&lines).collect();
        assert_eq!(lines.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true], "{odd}");
        assert_eq!(lines[1].as_ref().unwrap_err().text, odd);
    }
}

#[test]
fn bytes_that_are_no_text_spoil_their_element_only() {
    let body = [
        b"[",
        &b"{\"time\":\"2026-11-20T10:00:00Z\",\"type\":\"function\",\"record\":\"\xff\"},"[..],
        FIRST.as_bytes(),
        b"]",
    ]
    .concat();
    assert_eq!(parts(&body).iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_broken_batch_gives_what_came_before_and_the_rest_as_one() {
    for (rest, body) in [
        ("", format!("[{FIRST}")),
        ("", format!("[{FIRST},")),
        ("]", format!("[{FIRST},]")),
        (SECOND, format!("[{FIRST} {SECOND}]").strip_suffix(']').unwrap().to_owned()),
        ("}", format!("[{FIRST}}}")),
        ("x", format!("[{FIRST}]x")),
        (r#"{"time":"#, format!("[{FIRST},{{\"time\":")),
    ] {
        let first = events().swap_remove(0);
        assert_eq!(parts(body.as_bytes()), [Ok(first), Err(rest.to_owned())], "{body}");
    }
    for body in ["", " ", "x", "{}", "null", "]"] {
        assert_eq!(parts(body.as_bytes()), [Err(body.trim_start().to_owned())], "{body}");
    }
}

#[test]
fn the_error_of_an_element_says_what_is_wrong_with_it() {
    let body = Bytes::from(format!(r#"[{FIRST},{{"time":"hunter2","type":"function","record":""}}]"#));
    let error = batch::decode_array(&body).last().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "a part of the batch is not a telemetry event");
    assert_eq!(error.source.path(), Some("time"));
    assert_eq!(error.source.problem(), "invalid value: string, expected an RFC 3339 time");
}

#[test]
fn a_batch_may_have_twice_the_bytes_and_what_stands_around_each_record() {
    // https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html: 2 * maxBytes + metadata.
    assert_eq!(Buffering::default().batch_bytes(), 2 * 262_144 + 10_000 * 96);
    let mut greatest = Buffering::default();
    greatest.max_bytes = 1_048_576;
    assert_eq!(greatest.batch_bytes(), limits::TELEMETRY_BATCH_BYTES);
    let longest = r#"{"time":"2026-11-20T10:00:00.150Z","type":"platform.telemetrySubscription","record":},"#;
    assert!(longest.len() <= limits::TELEMETRY_EVENT_BYTES);
}
