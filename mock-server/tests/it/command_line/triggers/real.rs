//! Real sources in place of those in memory: what `.ci/peers` installs plays SQS, Kinesis and DynamoDB.

use std::{env, io::Write};

use serde_json::{Value, json};

use super::{QUEUE, Served, WORKER, project, refused::refused};
use crate::wait::soon;

#[path = "../../../conformance/stand_in.rs"]
mod stand_in;

use stand_in::{PYTHON, StandIn};

const CONFIG: &str = "[functions.worker]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\n\
                      triggers.queues = [{ queue = \"orders\" }]\n\
                      triggers.streams = [{ stream = \"clicks\", start = \"trim-horizon\" }, { stream = \"rows\", start = \"trim-horizon\" }]\n\
                      [queues.orders]\nvisibility-timeout = \"2m\"\n\
                      [streams.clicks]\nkind = \"kinesis\"\n[streams.rows]\nkind = \"dynamodb\"\n";

/// `None` where it is not installed.
async fn stand_in() -> Option<StandIn> {
    let Some(python) = env::var_os(PYTHON) else {
        let line = format!("a stand-in for AWS's services is left out; eval \"$(.ci/peers)\" sets {PYTHON}");
        let _nobody_listens = writeln!(std::io::stderr(), "{line}");
        return None;
    };
    Some(StandIn::start(python).await)
}

async fn create_queue(stand_in: &mut StandIn, hidden: &str) -> String {
    let arguments = json!({ "QueueName": "orders", "Attributes": { "VisibilityTimeout": hidden } });
    stand_in.call("sqs", "create_queue", arguments).await["QueueUrl"].as_str().unwrap().to_owned()
}

fn first<'a>(event: &'a Value, source: &str) -> Option<&'a Value> {
    event["Records"].get(0).filter(|record| record["eventSource"] == source)
}

#[tokio::test]
async fn messages_records_and_changes_of_real_sources_reach_the_function_and_an_outage_is_told() {
    let Some(mut stand_in) = stand_in().await else { return };
    let orders = create_queue(&mut stand_in, "120").await;
    stand_in.call("kinesis", "create_stream", json!({ "StreamName": "clicks", "ShardCount": 1 })).await;
    let table = json!({
        "TableName": "rows",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    stand_in.call("dynamodb", "create_table", table).await;
    let folder = project();
    let config = folder.file("mock.toml", CONFIG);
    let feeds = [
        format!("orders=sqs:{orders}"),
        format!("clicks=kinesis:{}", stand_in.url()),
        format!("rows=dynamodb:{}", stand_in.url()),
    ];
    let arguments: Vec<_> = feeds.iter().flat_map(|feed| ["--feed", feed]).collect();
    let mut served = Served::start(&config, &arguments, 1).await;

    let message = json!({ "QueueUrl": orders, "MessageBody": "7 apples" });
    let sent = stand_in.call("sqs", "send_message", message).await;
    let record = served.got_message("worker", "7 apples").await;
    assert_eq!(record["messageId"], sent["MessageId"]);
    let record = json!({ "StreamName": "clicks", "Data": "8 pears", "PartitionKey": "c-12" });
    stand_in.call("kinesis", "put_record", record).await;
    let event = served.got("worker", |event| first(event, "aws:kinesis").is_some()).await;
    assert_eq!(event["Records"][0]["kinesis"]["data"], "OCBwZWFycw==");
    let item = json!({ "id": { "S": "9 figs" } });
    stand_in.call("dynamodb", "put_item", json!({ "TableName": "rows", "Item": item })).await;
    let event = served.got("worker", |event| first(event, "aws:dynamodb").is_some()).await;
    assert_eq!(event["Records"][0]["dynamodb"]["NewImage"], item);
    let trigger = "TRIGGER arn:aws:sqs:us-east-1:123456789012:orders → worker";
    served.said(|line| line == format!("{trigger}\t1 deleted: they are processed")).await;

    soon(stand_in.stop()).await;
    let away = format!("{trigger}\tthe source failed: cannot connect to {orders} for ReceiveMessage");
    served.said(|line| line.starts_with(&away)).await;
    served.stop().await;
}

#[tokio::test]
async fn a_real_queue_that_does_not_fit_is_refused_in_one_line() {
    let Some(mut stand_in) = stand_in().await else { return };
    let config = format!("{WORKER}{QUEUE}");
    let orders = create_queue(&mut stand_in, "59").await;
    let found = refused(&config, &["--feed", &format!("orders=sqs:{orders}")]);
    assert!(found.starts_with("error: MOCK:4: ") && found.contains("59") && found.contains("60"), "{found}");
    let nowhere = orders.replace("orders", "nowhere");
    let found = refused(&config, &["--feed", &format!("orders=sqs:{nowhere}")]);
    let expected = format!("error: MOCK:4: {nowhere} answered GetQueueAttributes with 400 Bad Request: ");
    assert!(found.starts_with(&expected) && found.contains("NonExistentQueue"), "{found}");
}
