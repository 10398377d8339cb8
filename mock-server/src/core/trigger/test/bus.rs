//! What PutEvents takes and refuses, and which rules an event matches.

use super::{super::bus::*, ACCOUNT, ID, REGION, at, round_trip};
use crate::core::{
    Time,
    pattern::{Dialect, Pattern},
};

fn entry() -> EventEntry {
    EventEntry {
        resources: vec!["arn:aws:example:::shop".to_owned()],
        ..EventEntry::new("com.example.shop", "Order Placed", "{ \"total\": 20.0,\n \"item\": \"a b\" }")
    }
}

fn made(entry: &EventEntry) -> Result<Event, EntryError> {
    entry.event(ACCOUNT, REGION, ID, at())
}

fn refused(change: impl FnOnce(&mut EventEntry)) -> EntryError {
    let mut entry = entry();
    change(&mut entry);
    made(&entry).unwrap_err()
}

#[test]
fn an_entry_becomes_the_documented_event() {
    let event = made(&entry()).unwrap();
    // https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    assert_eq!(
        event.as_str(),
        concat!(
            r#"{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"Order Placed","#,
            r#""source":"com.example.shop","account":"123456789012","time":"2026-11-20T10:00:00Z","#,
            r#""region":"eu-west-1","resources":["arn:aws:example:::shop"],"#,
            r#""detail":{"total":20.0,"item":"a b"}}"#
        )
    );
    let event: lambda_events::eventbridge::EventBridge<'_> = round_trip(event.as_str());
    assert_eq!(event.detail["item"].as_str(), Some("a b"));
}

#[test]
fn an_entry_keeps_its_own_time_and_tracing_header() {
    let entry = EventEntry {
        time: Some(Time::default()),
        trace_header: Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned()),
        ..entry()
    };
    let event = made(&entry).unwrap();
    assert_eq!(event.value()["time"], "1970-01-01T00:00:00Z");
    assert_eq!(event.received(), at());
    assert_eq!(event.trace_header(), Some("Root=1-5759e988-bd862e3fe1be46a994272793"));
    assert!(!event.as_str().contains("Root"));
}

#[test]
fn a_field_that_is_missing_is_named() {
    for empty in [None, Some(String::new())] {
        assert_eq!(refused(|entry| entry.source = empty.clone()), EntryError::NoSource);
        assert_eq!(refused(|entry| entry.detail_type = empty.clone()), EntryError::NoDetailType);
        assert_eq!(refused(|entry| entry.detail = empty.clone()), EntryError::NoDetail);
    }
    assert_eq!(EntryError::NoSource.to_string(), "Source is a required argument");
    assert_eq!(EntryError::NoSource.code(), "InvalidArgument");
}

#[test]
fn a_detail_must_be_a_json_object() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    for detail in ["[1]", "1", "\"{}\"", "null", "{", "{} {}", "text", deep.as_str()] {
        let error = refused(|entry| entry.detail = Some(detail.to_owned()));
        assert_eq!(error, EntryError::MalformedDetail, "{detail}");
        assert_eq!(error.code(), "MalformedDetail");
    }
}

#[test]
fn the_sources_of_aws_are_reserved() {
    let error = refused(|entry| entry.source = Some("aws.ec2".to_owned()));
    assert_eq!(error, EntryError::ReservedSource);
    assert_eq!(error.code(), "NotAuthorizedForSourceException");
    assert!(made(&EventEntry { source: Some("awsome".to_owned()), ..entry() }).is_ok());
}

#[test]
fn texts_may_be_so_long_and_no_longer() {
    let long = |length: usize| Some("é".repeat(length));
    assert!(
        made(&EventEntry { source: long(256), detail_type: long(128), trace_header: long(500), ..entry() })
            .is_ok()
    );
    assert_eq!(refused(|entry| entry.source = long(257)), EntryError::LongSource { characters: 257 });
    assert_eq!(
        refused(|entry| entry.detail_type = long(129)),
        EntryError::LongDetailType { characters: 129 }
    );
    assert_eq!(
        refused(|entry| entry.trace_header = long(501)),
        EntryError::LongTraceHeader { characters: 501 }
    );
}

#[test]
fn an_entry_is_as_large_as_its_texts_and_its_time() {
    let entry =
        EventEntry { resources: vec!["ab".to_owned(), "c".to_owned()], ..EventEntry::new("é", "d", "{}") };
    assert_eq!(entry.bytes(), 2 + 1 + 2 + 3);
    assert_eq!(EventEntry { time: Some(at()), ..entry }.bytes(), 8 + 14);
}

#[test]
fn a_request_has_from_one_to_ten_entries_and_a_size() {
    assert_eq!(check_request(&[]), Err(RequestError::Count { count: 0 }));
    assert_eq!(check_request(&vec![entry(); 11]), Err(RequestError::Count { count: 11 }));
    let of_bytes = |bytes: usize| EventEntry::new("s", "d", "x".repeat(bytes - 2));
    assert_eq!(check_request(&[of_bytes(524_288), of_bytes(524_288)]), Ok(()));
    assert_eq!(
        check_request(&[of_bytes(524_288), of_bytes(524_289)]),
        Err(RequestError::TooLarge { bytes: 1_048_577 })
    );
}

#[test]
fn a_rule_matches_by_its_pattern_while_it_is_enabled() {
    let rule = |pattern: Option<&str>, is_enabled| Rule {
        name: "large".to_owned(),
        arn: "arn:aws:events:eu-west-1:123456789012:rule/large".to_owned(),
        pattern: pattern.map(|pattern| Pattern::parse(pattern, Dialect::Rule).unwrap()),
        is_enabled,
    };
    let event = made(&entry()).unwrap();
    let large = r#"{"source": ["com.example.shop"], "detail": {"total": [{"numeric": [">=", 20]}]}}"#;
    assert!(rule(Some(large), true).matches(&event));
    assert!(!rule(Some(large), false).matches(&event));
    assert!(!rule(Some(r#"{"source": ["aws.s3"]}"#), true).matches(&event));
    assert!(!rule(Some(r#"{"detail-type": ["order placed"]}"#), true).matches(&event));
    assert!(rule(Some(r#"{"resources": [{"prefix": "arn:aws:example:"}]}"#), true).matches(&event));
    assert!(!rule(None, true).matches(&event));
}
