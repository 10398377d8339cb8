//! PutEvents.

use mock_server::{Event, MockLambda};
use serde_json::{Value, json};

use super::{Client, JSON_1_1, error};
use crate::raw::Reply;

async fn put(client: &mut Client, body: Value) -> Reply {
    let reply = client.target("AWSEvents.PutEvents", JSON_1_1, body).await;
    assert_eq!(reply.header("content-type"), Some(JSON_1_1));
    reply
}

fn entry() -> Value {
    json!({ "Source": "com.example.shop", "DetailType": "Order Placed", "Detail": r#"{"total": 20}"# })
}

#[tokio::test]
async fn an_event_gets_to_the_bus_that_it_names() {
    let mock = MockLambda::new();
    let (audit, shop) = (mock.queue("audit"), mock.queue("shop"));
    let everything = r#"{"source": [{"prefix": "com.example"}]}"#;
    mock.bus("default").new_rule("all").pattern(everything).target(&audit).create().unwrap();
    mock.bus("shop").new_rule("all").pattern(everything).target(&shop).create().unwrap();
    let mut client = Client::new(&mock).await;
    let mut full = entry();
    full["Time"] = json!(1_795_168_800.5);
    full["Resources"] = json!(["arn:aws:s3:::box"]);
    full["EventBusName"] = json!("default");
    let mut by_name = entry();
    by_name["EventBusName"] = json!("shop");
    let mut by_arn = entry();
    by_arn["EventBusName"] = json!("arn:aws:events:us-east-1:123456789012:event-bus/shop");
    let reply = put(&mut client, json!({ "Entries": [entry(), full, by_name, by_arn] })).await;
    let audited: Vec<Value> =
        audit.receive(10).iter().map(|m| serde_json::from_str(&m.body).unwrap()).collect();
    let sold: Vec<Value> = shop.receive(10).iter().map(|m| serde_json::from_str(&m.body).unwrap()).collect();
    assert_eq!((audited.len(), sold.len()), (2, 2));
    let ids: Vec<_> = audited.iter().chain(&sold).map(|event| event["id"].as_str().unwrap()).collect();
    let expected = format!(
        r#"{{"FailedEntryCount":0,"Entries":[{{"EventId":"{}"}},{{"EventId":"{}"}},{{"EventId":"{}"}},{{"EventId":"{}"}}]}}"#,
        ids[0], ids[1], ids[2], ids[3],
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));
    let expected = json!({
        "version": "0",
        "id": ids[1],
        "detail-type": "Order Placed",
        "source": "com.example.shop",
        "account": "123456789012",
        "time": "2026-11-20T10:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::box"],
        "detail": { "total": 20 },
    });
    assert_eq!(audited[1], expected);
}

#[tokio::test]
async fn one_event_that_is_refused_does_not_keep_the_others() {
    let mock = MockLambda::new();
    let audit = mock.queue("audit");
    mock.bus("default")
        .new_rule("all")
        .pattern(r#"{"source": [{"exists": true}]}"#)
        .target(&audit)
        .create()
        .unwrap();
    let mut client = Client::new(&mock).await;
    let mut malformed = entry();
    malformed["Detail"] = json!("[20]");
    let mut nameless = entry();
    nameless["Source"] = json!(null);
    let reply = put(&mut client, json!({ "Entries": [malformed, entry(), nameless] })).await;
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status(), &answer["FailedEntryCount"]), (200, &json!(2)));
    let expected = json!({
        "ErrorCode": "MalformedDetail",
        "ErrorMessage": "Detail is malformed: expected the text of a JSON object",
    });
    assert_eq!(answer["Entries"][0], expected);
    assert_eq!(answer["Entries"][1]["EventId"].as_str().map(str::len), Some(36));
    assert_eq!(answer["Entries"][2]["ErrorCode"], "InvalidArgument");
    assert_eq!(audit.counts().visible, 1);
}

/// [As EventBridge does](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html): it does not look for
/// the bus before it answers.
#[tokio::test]
async fn an_event_for_a_bus_that_is_not_there_is_accepted_and_noted() {
    let mock = MockLambda::new();
    let mut client = Client::new(&mock).await;
    let mut lost = entry();
    lost["EventBusName"] = json!("absent");
    let reply = put(&mut client, json!({ "Entries": [lost] })).await;
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    let id = answer["Entries"][0]["EventId"].as_str().unwrap();
    let text = format!("the event {id} is for the bus absent, which does not exist");
    let entries = mock.timeline().entries();
    let is_noted = |event: &Event| matches!(event, Event::Note { text: noted } if *noted == text);
    assert!(entries.iter().any(|entry| is_noted(&entry.event)), "{entries:?}");
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_refused_as_a_whole() {
    let mock = MockLambda::new();
    let audit = mock.queue("audit");
    mock.bus("default")
        .new_rule("all")
        .pattern(r#"{"source": [{"exists": true}]}"#)
        .target(&audit)
        .create()
        .unwrap();
    let mut client = Client::new(&mock).await;
    let mut large = entry();
    large["Detail"] = json!(format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024)));
    let mut timeless = entry();
    timeless["Time"] = json!(-1);
    for (body, within) in [
        (json!({}), "Entries has 0 events"),
        (json!({ "Entries": vec![entry(); 11] }), "Entries has 11 events"),
        (json!({ "Entries": [large] }), "bytes"),
        (json!({ "Entries": [timeless] }), "Time"),
        (json!({ "Entries": [entry()], "EndpointId": "abcde.veo" }), "EndpointId is not emulated"),
    ] {
        let reply = put(&mut client, body).await;
        let (name, message) = error(&reply);
        assert_eq!((reply.status(), name.as_str()), (400, "ValidationException"), "{within}");
        assert!(message.contains(within), "{within}: {message}");
    }
    assert_eq!(audit.counts().visible, 0);
}
