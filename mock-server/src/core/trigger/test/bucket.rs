//! What S3 tells of an object, directly and through EventBridge, and which notifications are for it.

use lambda_events::{eventbridge::EventBridge, s3};

use super::{super::bucket::*, ACCOUNT, ID, REGION, at, round_trip};

fn event(name: EventName) -> ObjectEvent {
    ObjectEvent {
        name,
        bucket: "example-photos".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        key: "summer/red flower!.jpg".to_owned(),
        size: Some(1024),
        etag: Some("d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        version_id: Some("096fKKXTRTtl3on89fVO.nfljtsv6qko".to_owned()),
        sequencer: "0055AED6DCD90281E5".to_owned(),
        time: at(),
        request_id: "C3D13FE58DE4C810".to_owned(),
        host_id: "FMyUVURIY8".to_owned(),
        requester: "111122223333".to_owned(),
        source_ip: Some("203.0.113.7".to_owned()),
    }
}

fn notification(id: &str, events: &[&str], prefix: &str, suffix: &str) -> Notification {
    Notification::new(id, events, prefix, suffix).unwrap()
}

fn all() -> Notification {
    notification("photos", &["s3:ObjectCreated:*"], "", "")
}

fn refused(events: &[&str]) -> String {
    Notification::new("n", events, "", "").unwrap_err().to_string()
}

#[test]
fn a_function_gets_the_documented_event() {
    let json = event(EventName::ObjectCreatedPut).notification(&all());
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    assert_eq!(
        json,
        concat!(
            r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","#,
            r#""eventTime":"2026-11-20T10:00:00.123Z","eventName":"ObjectCreated:Put","#,
            r#""userIdentity":{"principalId":"111122223333"},"#,
            r#""requestParameters":{"sourceIPAddress":"203.0.113.7"},"#,
            r#""responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8"},"#,
            r#""s3":{"s3SchemaVersion":"1.0","configurationId":"photos","bucket":{"name":"example-photos","#,
            r#""ownerIdentity":{"principalId":"123456789012"},"arn":"arn:aws:s3:::example-photos"},"#,
            r#""object":{"key":"summer/red+flower%21.jpg","size":1024,"#,
            r#""eTag":"d41d8cd98f00b204e9800998ecf8427e","#,
            r#""versionId":"096fKKXTRTtl3on89fVO.nfljtsv6qko","sequencer":"0055AED6DCD90281E5"}}}]}"#
        )
    );
    let read: s3::S3<'_> = round_trip(&json);
    assert_eq!(read.records[0].s3.object.decoded_key().as_deref(), Some("summer/red flower!.jpg"));
    assert_eq!(read.records[0].event_name, Some(s3::EventName::ObjectCreatedPut));
}

#[test]
fn every_key_can_be_decoded_again() {
    for key in ["a b+c%d&e=f", "grün/ü~*-_.", "日本", "a//b", "\u{7f}\"\\", "?#[]@!$'(),;:"] {
        let event = ObjectEvent { key: key.to_owned(), ..event(EventName::ObjectCreatedPut) };
        let json = event.notification(&all());
        let read: s3::S3<'_> = round_trip(&json);
        let encoded = read.records[0].s3.object.key.as_deref().unwrap();
        assert!(encoded.is_ascii() && !encoded.contains(' '), "{encoded}");
        assert_eq!(read.records[0].s3.object.decoded_key().as_deref(), Some(key));
    }
}

#[test]
fn every_event_is_known_to_others_by_its_name() {
    for &name in EventName::ALL {
        let json = event(name).notification(&all());
        let read: s3::S3<'_> = round_trip(&json);
        let known = read.records[0].event_name.clone().unwrap();
        assert!(!format!("{known:?}").contains("Other"), "{known:?}");
        assert_eq!(name.as_str().parse(), Ok(name));
        if let Some(event) = event(name).bus_event(ID) {
            let read: EventBridge<'_> = round_trip(event.as_str());
            let known = s3::DetailType::from(read.detail_type.as_deref().unwrap());
            assert!(!format!("{known:?}").contains("Other"), "{known:?}");
            let detail: s3::Detail<'_> = read.detail.to().unwrap();
            assert_eq!(detail.object.key.as_deref(), Some("summer/red flower!.jpg"));
        }
    }
}

#[test]
fn versions_are_those_of_the_kinds_of_events() {
    for (name, version) in [
        (EventName::ObjectRemovedDelete, "2.1"),
        (EventName::ReplicationOperationMissedThreshold, "2.2"),
        (EventName::ObjectTaggingPut, "2.3"),
    ] {
        let json = event(name).notification(&all());
        assert!(json.contains(&format!(r#""eventVersion":"{version}""#)), "{json}");
    }
}

#[test]
fn what_is_gone_has_neither_size_nor_tag() {
    let deleted = event(EventName::ObjectRemovedDelete).notification(&all());
    assert!(!deleted.contains("size") && !deleted.contains("eTag"), "{deleted}");
    let marked = event(EventName::ObjectRemovedDeleteMarkerCreated).notification(&all());
    assert!(!marked.contains("size") && marked.contains("eTag"), "{marked}");
}

#[test]
fn what_a_service_has_done_comes_from_its_name() {
    let event = ObjectEvent { source_ip: None, ..event(EventName::LifecycleExpirationDelete) };
    assert!(event.notification(&all()).contains(r#""sourceIPAddress":"s3.amazonaws.com""#));
    assert!(!event.bus_event(ID).unwrap().as_str().contains("source-ip-address"));
}

#[test]
fn eventbridge_gets_the_documented_event() {
    let created = event(EventName::ObjectCreatedPut).bus_event(ID).unwrap();
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    assert_eq!(
        created.as_str(),
        concat!(
            r#"{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"Object Created","#,
            r#""source":"aws.s3","account":"123456789012","time":"2026-11-20T10:00:00Z","region":"eu-west-1","#,
            r#""resources":["arn:aws:s3:::example-photos"],"detail":{"version":"0","#,
            r#""bucket":{"name":"example-photos"},"object":{"key":"summer/red flower!.jpg","size":1024,"#,
            r#""etag":"d41d8cd98f00b204e9800998ecf8427e","version-id":"096fKKXTRTtl3on89fVO.nfljtsv6qko","#,
            r#""sequencer":"0055AED6DCD90281E5"},"request-id":"C3D13FE58DE4C810","requester":"111122223333","#,
            r#""source-ip-address":"203.0.113.7","reason":"PutObject"}}"#
        )
    );
    let deleted = event(EventName::ObjectRemovedDeleteMarkerCreated).bus_event(ID).unwrap();
    let (_, end) = deleted.as_str().split_once(r#""request-id""#).unwrap();
    assert_eq!(
        end,
        concat!(
            r#":"C3D13FE58DE4C810","requester":"111122223333","source-ip-address":"203.0.113.7","#,
            r#""reason":"DeleteObject","deletion-type":"Delete Marker Created"}}"#
        )
    );
}

#[test]
fn eventbridge_is_not_told_of_replication_and_lost_objects() {
    let untold = EventName::ALL.iter().filter(|name| event(**name).bus_event(ID).is_none());
    let untold: Vec<_> = untold.map(|name| name.as_str()).collect();
    assert_eq!(untold.len(), 5, "{untold:?}");
    assert!(
        untold.iter().all(|name| name.starts_with("Replication:") || *name == "ReducedRedundancyLostObject")
    );
}

#[test]
fn the_test_event_is_the_documented_one() {
    let json = test_event("example-photos", "5582815E1AEA5ADF", "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e", at());
    assert_eq!(
        json,
        concat!(
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-20T10:00:00.123Z","#,
            r#""Bucket":"example-photos","RequestId":"5582815E1AEA5ADF","#,
            r#""HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e"}"#
        )
    );
    let _: s3::TestEvent<'_> = round_trip(&json);
}

#[test]
fn a_notification_is_for_the_events_it_names() {
    let put = notification("n", &["s3:ObjectCreated:Put", "s3:LifecycleTransition"], "", "");
    assert!(put.matches(&event(EventName::ObjectCreatedPut)));
    assert!(put.matches(&event(EventName::LifecycleTransition)));
    assert!(!put.matches(&event(EventName::ObjectCreatedCopy)));
    let removed = notification("n", &["s3:ObjectRemoved:*"], "", "");
    assert!(removed.matches(&event(EventName::ObjectRemovedDelete)));
    assert!(removed.matches(&event(EventName::ObjectRemovedDeleteMarkerCreated)));
    assert!(!removed.matches(&event(EventName::LifecycleExpirationDelete)));
    assert!(!removed.matches(&event(EventName::ObjectCreatedPut)));
}

#[test]
fn a_notification_is_for_the_keys_it_names() {
    let put = event(EventName::ObjectCreatedPut);
    for (prefix, suffix, expected) in [
        ("", "", true),
        ("summer/", ".jpg", true),
        ("summer/red ", "", true),
        ("Summer/", "", false),
        ("red", "", false),
        ("", ".JPG", false),
        ("summer/", ".png", false),
    ] {
        let notification = notification("n", &["s3:ObjectCreated:*"], prefix, suffix);
        assert_eq!(notification.matches(&put), expected, "{prefix} {suffix}");
    }
}

#[test]
fn events_that_do_not_exist_are_refused() {
    assert_eq!(
        refused(&["s3:ObjectCreated:Put", "s3:ObjectCreated:Move"]),
        "notification \"n\": \"s3:ObjectCreated:Move\" is not an event of S3, \
         expected s3: and a name or the beginning of some with :*"
    );
    for name in [
        "",
        "s3:*",
        "s3:",
        "ObjectCreated:*",
        "s3:ObjectCreated",
        "s3:Object*",
        "s3:ObjectCreated:P*",
        "s3::*",
        "s3:TestEvent",
    ] {
        assert!(refused(&[name]).contains("is not an event of S3"), "{name}");
    }
    assert_eq!(refused(&[]), "notification \"n\": Events is empty");
}

#[test]
fn prefixes_and_suffixes_have_at_most_1024_characters() {
    let long = "é".repeat(1025);
    let new = |prefix: &str, suffix: &str| Notification::new("n", ["s3:ObjectCreated:*"], prefix, suffix);
    assert!(new(&long[2..], &long[2..]).is_ok());
    assert!(new(&long, "").unwrap_err().to_string().contains("the prefix has 1025 characters"));
    assert!(new("", &long).unwrap_err().to_string().contains("the suffix has 1025 characters"));
}

#[test]
fn notifications_for_one_event_must_differ_in_prefix_or_suffix() {
    let check = |first: (&str, &str, &str), second: (&str, &str, &str)| {
        let first = notification("first", &[first.0], first.1, first.2);
        let second = notification("second", &[second.0], second.1, second.2);
        check_overlaps(&[first.clone(), second.clone()]).is_ok() && check_overlaps(&[second, first]).is_ok()
    };
    let (created, put) = ("s3:ObjectCreated:*", "s3:ObjectCreated:Put");
    // The examples of https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    assert!(check((put, "images/", ""), (put, "logs/", "")));
    assert!(check((put, "", ".jpg"), (put, "", ".png")));
    assert!(check((put, "images", ".jpg"), (put, "images", ".png")));
    assert!(check((created, "image", ""), ("s3:ObjectRemoved:*", "image", "")));
    assert!(!check((created, "", ""), (put, "images/", "")));
    assert!(!check((created, "image", ""), (created, "images", "")));
    assert!(!check((created, "", "jpg"), (created, "", "pg")));
    assert!(!check((created, "images", ".jpg"), (created, "image", "jpg")));
    assert!(check((put, "images/", ""), ("s3:ObjectCreated:Copy", "images/", "")));
}

#[test]
fn an_overlap_names_both_notifications() {
    let notifications = [
        notification("removed", &["s3:ObjectRemoved:*"], "", ""),
        notification("one", &["s3:ObjectCreated:*"], "a", ""),
        notification("two", &["s3:ObjectCreated:Post"], "ab", "c"),
    ];
    assert_eq!(
        check_overlaps(&notifications),
        Err(NotificationError::Overlap {
            first: "one".to_owned(),
            second: "two".to_owned(),
            event: EventName::ObjectCreatedPost,
        })
    );
    assert_eq!(check_overlaps(&notifications[..2]), Ok(()));
}
