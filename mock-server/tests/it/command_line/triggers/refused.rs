//! What is wrong with feeds, folders and sources, in one line each.

use super::project;
use crate::command_line::{error, run, stdout};

const CONFIG: &str = "[functions.worker]\nbootstrap = \"bootstrap\"\n\
                      triggers.queues = [{ queue = \"orders\" }]\n\
                      triggers.streams = [{ stream = \"clicks\", start = \"latest\" }, { stream = \"rows\", start = \"latest\" }]\n\
                      [queues.orders]\n[queues.others]\n\
                      [streams.clicks]\nkind = \"kinesis\"\n[streams.rows]\nkind = \"dynamodb\"\n\
                      [buckets.uploads]\n";

/// Serves a file with these arguments, and gives the one line, in which `MOCK` stands for the file.
pub(super) fn refused(config: &str, arguments: &[&str]) -> String {
    let folder = project();
    let config = folder.file("mock.toml", config);
    let config = config.to_str().unwrap();
    let output = run(&[&["serve", "--listen", "127.0.0.1:0", "--config", config], arguments].concat());
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    error(&output).replace(config, "MOCK")
}

#[test]
fn an_option_that_leads_to_nothing_is_told_by_its_name() {
    for (arguments, expected) in [
        (vec!["--feed", "nobody=-"], "error: --feed: there is no nobody in the configuration"),
        (vec!["--feed", "uploads=-"], "error: --feed: there is no uploads in the configuration"),
        (vec!["--bucket", "orders=."], "error: --bucket: there is no orders in the configuration"),
        (vec!["--feed", "orders=-", "--feed", "others=-"], "error: standard input can feed one source only"),
        (
            vec!["--bucket", "uploads=/nowhere/at/all"],
            "error: MOCK:11: the folder /nowhere/at/all of uploads: No such file or directory (os error 2)",
        ),
        (
            vec!["--feed", "orders=kinesis:http://127.0.0.1:9"],
            "error: --feed: orders is a standard queue, which is not fed by kinesis:URL",
        ),
        (
            vec!["--feed", "clicks=dynamodb:http://127.0.0.1:9"],
            "error: --feed: clicks is a Kinesis stream, which is not fed by dynamodb:URL",
        ),
        (vec!["--feed", "orders=file:a", "--feed", "orders=-"], "error: --feed: orders is there twice"),
    ] {
        assert_eq!(refused(CONFIG, &arguments), expected);
    }
    let refused = refused(CONFIG, &["--feed", "orders=https://example.com/"]);
    assert!(refused.contains("orders=https://example.com/"), "{refused}");
}

#[test]
fn queues_that_are_each_others_dead_letter_queues_are_refused() {
    let config = "[functions.worker]\nbootstrap = \"bootstrap\"\n\
                  [queues.left]\ndead-letters = { queue = \"right\", max-receives = 3 }\n\
                  [queues.right]\ndead-letters = { queue = \"left\", max-receives = 3 }\n";
    let expected = "error: MOCK:3: left is the dead-letter queue of its own dead-letter queue";
    assert_eq!(refused(config, &[]), expected);
}

#[cfg(all(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
#[test]
fn a_real_source_that_nobody_answers_for_is_told_with_the_line_of_its_mapping() {
    for (name, service, path, line, operation) in [
        ("orders", "sqs", "/123456789012/orders", 3, "GetQueueAttributes"),
        ("clicks", "kinesis", "/", 4, "DescribeStreamSummary"),
        ("rows", "dynamodb", "/", 4, "ListStreams"),
    ] {
        // Taken, but nobody listens.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}{path}", taken.local_addr().unwrap());
        let expected = format!(
            "error: MOCK:{line}: cannot connect to {url} for {operation}: Connection refused (os error 111)"
        );
        assert_eq!(refused(CONFIG, &["--feed", &format!("{name}={service}:{url}")]), expected);
    }
}

#[cfg(not(feature = "sqs"))]
#[test]
fn a_build_without_the_clients_names_the_feature() {
    let expected = "error: MOCK:3: a real queue needs mock-server to be built with --features sqs";
    assert_eq!(refused(CONFIG, &["--feed", "orders=sqs:http://127.0.0.1:9/1/orders"]), expected);
}
