//! Topics, rules, queues and mappings between functions.

use super::{Served, project};
use crate::{raw::Connection, wait::soon};

#[tokio::test]
async fn what_a_function_answers_goes_on_over_a_topic_a_queue_and_a_rule_to_other_functions() {
    let common = "bootstrap = \"bootstrap\"\ntimeout = \"1m\"\n";
    let config = format!(
        "[functions.first]\n{common}\
         asynchronous = {{ on-success = \"arn:aws:sns:us-east-1:123456789012:news\" }}\n\
         [functions.second]\n{common}triggers.topics = [{{ topic = \"news\" }}]\n\
         asynchronous = {{ on-success = \"arn:aws:events:us-east-1:123456789012:event-bus/default\" }}\n\
         [functions.third]\n{common}triggers.queues = [{{ queue = \"audit\" }}]\n\
         [functions.fourth]\n{common}triggers.rules = [{{ pattern = '{{\"source\":[\"lambda\"]}}' }}]\n\
         [functions.never]\n{common}triggers.rules = [{{ pattern = '{{\"source\":[\"shop\"]}}' }}]\n\
         [topics.news]\nqueues = [{{ queue = \"audit\", raw = true }}]\n\
         [queues.audit]\nvisibility-timeout = \"2m\"\n"
    );
    let folder = project();
    let config = folder.file("mock.toml", &config);
    let mut served = Served::start(&config, &[], 5).await;
    let mut connection = Connection::tcp(served.server.address()).await;
    let headers = [("X-Amz-Invocation-Type", "Event")];
    let reply = soon(connection.post_with(&super::super::server::path("first"), &headers, "{\"n\":7}")).await;
    assert_eq!(reply.brief(), (202, ""));

    served.got("first", |event| event["n"] == 7).await;
    let event = served.got("second", |event| event["Records"][0]["EventSource"] == "aws:sns").await;
    let told: serde_json::Value =
        serde_json::from_str(event["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap();
    assert_eq!(told["requestPayload"]["n"], 7);
    let event = served.got("third", |event| event["Records"][0]["eventSource"] == "aws:sqs").await;
    let told: serde_json::Value =
        serde_json::from_str(event["Records"][0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(told["requestPayload"]["n"], 7, "raw is the message alone");
    let event = served.got("fourth", |event| event["source"] == "lambda").await;
    assert_eq!(event["detail"]["requestPayload"]["Records"][0]["EventSource"], "aws:sns");

    for (source, target, why) in [
        ("arn:aws:sns:us-east-1:123456789012:news", "second", "was published"),
        ("arn:aws:sqs:us-east-1:123456789012:audit", "third", "they were there"),
        ("arn:aws:events:us-east-1:123456789012:rule/fourth/rule-1", "fourth", "matches"),
    ] {
        let begin = format!("TRIGGER {source} → {target} RequestId: ");
        served.said(|line| line.starts_with(&begin) && line.contains(why)).await;
    }
    let lines = served.stop().await;
    assert!(!lines.iter().any(|line| line.contains("never got")), "{lines:?}");
}
