//! Files, standard input and real queues that feed the sources of a configuration.

use std::{
    fs::{File, OpenOptions},
    io::Write,
};

use tokio::io::AsyncWriteExt;

use super::{QUEUE, Served, WORKER, project, template};

#[tokio::test]
async fn lines_that_are_appended_to_a_file_reach_the_function_one_by_one() {
    let folder = project();
    let config = folder.file("mock.toml", &format!("{WORKER}{QUEUE}from = \"file:orders.jsonl\"\n"));
    // The file is not there yet.
    let mut served = Served::start(&config, &[], 1).await;
    let path = folder.path().join("orders.jsonl");
    let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    writeln!(file, "7 apples").unwrap();
    let record = served.got_message("worker", "7 apples").await;
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:123456789012:orders");
    let invoked = |line: &str| {
        line.starts_with("TRIGGER arn:aws:sqs:us-east-1:123456789012:orders → worker RequestId: ")
            && line.ends_with("\tinvoked with 1 record: they were there")
    };
    served.said(invoked).await;

    let kind = r#"{"kind":{"DataType":"String","StringValue":"fruit"}}"#;
    writeln!(file, r#"{{"MessageBody":"8 pears","MessageAttributes":{kind}}}"#).unwrap();
    let record = served.got_message("worker", "8 pears").await;
    assert_eq!(record["messageAttributes"]["kind"]["stringValue"], "fruit");

    writeln!(file, "{{\"MessageBody\":\"9 figs\",\"Delay\":5}}\n10 plums").unwrap();
    served.got_message("worker", "10 plums").await;
    let note = format!("note: {}:3: orders does not take it: unknown field `Delay`", path.display());
    served.said(|line| line.starts_with(&note)).await;
    let lines = served.stop().await;
    assert!(!lines.iter().any(|line| line.contains("got") && line.contains("9 figs")), "{lines:?}");
}

#[tokio::test]
async fn lines_of_standard_input_reach_the_function_of_a_template_and_its_end_is_not_that_of_the_server() {
    let folder = project();
    let events = "Jobs: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}\n        \
                  Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}}";
    let resources = "Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders, VisibilityTimeout: 120}}\n  \
                     Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}";
    let config = folder.file("template.yaml", &template(events, resources));
    let clicks =
        folder.file("clicks.jsonl", "{\"PartitionKey\":\"c-12\",\"Data\":\"NyBhcHBsZXM=\"}\n8 pears\n");
    let clicks = format!("clicks=file:{}", clicks.display());
    let mut served = Served::start(&config, &["--feed", "orders=-", "--feed", &clicks], 1).await;
    let mut input = served.input.take().unwrap();
    input.write_all(b"7 apples\r\n\nlast\n").await.unwrap();
    served.got_message("worker", "7 apples").await;
    served.got_message("worker", "last").await;
    drop(input);
    let event = served.got("worker", |event| event["Records"][0]["eventSource"] == "aws:kinesis").await;
    let records = event["Records"].as_array().unwrap();
    assert_eq!(records[0]["kinesis"]["partitionKey"], "c-12");
    assert_eq!(records[0]["kinesis"]["data"], "NyBhcHBsZXM=");
    assert_eq!(served.server.invoke("worker", "1").await.brief(), (200, "null"));
    let lines = served.stop().await;
    let starts = |word: &str| lines.iter().filter(|line| line.starts_with(word)).count();
    assert_eq!((starts("warning:"), starts("note:")), (0, 0), "{lines:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_of_and_the_server_goes_on() {
    let folder = project();
    let config = folder.file("mock.toml", &format!("{WORKER}{QUEUE}from = \"file:.\"\n"));
    let mut served = Served::start(&config, &[], 1).await;
    let note = format!("note: {}", folder.path().display());
    served.said(|line| line.starts_with(&note) && line.ends_with("Is a directory (os error 21)")).await;
    assert_eq!(served.server.invoke("worker", "1").await.brief(), (200, "null"));
    served.stop().await;
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_read_anew() {
    let folder = project();
    let config = folder.file("mock.toml", &format!("{WORKER}{QUEUE}from = \"file:orders.jsonl\"\n"));
    let path = folder.file("orders.jsonl", "7 apples\n8 pears\n");
    let mut served = Served::start(&config, &[], 1).await;
    served.got_message("worker", "8 pears").await;
    File::create(&path).unwrap().write_all(b"new\n").unwrap();
    served.got_message("worker", "new").await;
    served.stop().await;
}
