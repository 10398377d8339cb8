//! What any of the sources tells of who does not answer as AWS does.

use std::time::Duration;

use http::Uri;
use tokio::io::AsyncWriteExt;

use super::{canned::Canned, now, refused, soon};
use crate::{
    core::mapping::ReadFrom,
    real::{dynamodb::DynamoDbStream, error::RealSourceError, kinesis::KinesisStream, sqs::SqsQueue},
};

const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-11-20T10:00:00.000";

/// Asks each of the sources, and gives what it was asked and how that failed.
async fn asked(source: &str, url: &Uri) -> (&'static str, RealSourceError) {
    let from = ReadFrom::Iterator("i".to_owned());
    match source {
        "sqs" => {
            let queue = SqsQueue::new(url.clone()).unwrap();
            ("GetQueueAttributes", soon(queue.receive(now, 1, Duration::ZERO)).await.unwrap_err())
        }
        "kinesis" => {
            let stream = KinesisStream::new(url.clone(), "s").unwrap();
            ("GetRecords", soon(stream.read("shard", &from, 1)).await.unwrap_err())
        }
        _ => {
            let stream = DynamoDbStream::new(url.clone(), ARN).unwrap();
            ("GetRecords", soon(stream.read("shard", &from, 1)).await.unwrap_err())
        }
    }
}

const SOURCES: [&str; 3] = ["sqs", "kinesis", "dynamodb"];

#[tokio::test]
async fn a_place_where_nobody_listens_is_told() {
    for source in SOURCES {
        let Canned { url, .. } = Canned::bind().await;
        let (operation, error) = asked(source, &url).await;
        assert_eq!(error.to_string(), format!("cannot connect to {url} for {operation}"));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn an_answer_that_is_not_aws_s_is_told() {
    for source in SOURCES {
        let canned = Canned::bind().await;
        let ((operation, error), _) = canned.answers(asked(source, &canned.url), &[(200, "<html>")]).await;
        let said = format!("{operation} at {} failed: ", canned.url);
        assert!(error.to_string().starts_with(&said), "{error}");
        assert!(!error.is_transient());

        let ((operation, error), _) = canned.answers(asked(source, &canned.url), &[(404, "<html>")]).await;
        let said =
            format!("{} answered {operation} with 404 Not Found: an error: without a text", canned.url);
        assert_eq!(error.to_string(), said);
        assert!(!error.is_transient());

        let ((operation, error), ()) = tokio::join!(asked(source, &canned.url), async {
            let (mut stream, _) = canned.asked().await;
            stream.write_all(b"220 mail.example.com ESMTP\r\n").await.unwrap();
        });
        assert_eq!(error.to_string(), format!("the connection to {} broke off in {operation}", canned.url));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn what_passes_is_told_from_what_does_not() {
    for (status, code, is_transient) in [
        (400, "ProvisionedThroughputExceededException", true),
        (400, "LimitExceededException", true),
        (400, "RequestThrottled", true),
        (500, "InternalServerError", true),
        (503, "ServiceUnavailable", true),
        (400, "ResourceNotFoundException", false),
        (400, "AccessDeniedException", false),
    ] {
        for source in SOURCES {
            let canned = Canned::bind().await;
            let body = format!(r#"{{"__type":"com.amazonaws#{code}","message":"said"}}"#);
            let ((_, error), _) = canned.answers(asked(source, &canned.url), &[(status, &body)]).await;
            assert_eq!(refused(&error), (status, code, "said"));
            assert_eq!(error.is_transient(), is_transient, "{code}");
        }
    }
}

#[tokio::test]
async fn an_operation_other_than_a_long_poll_is_given_up_after_five_seconds() {
    let canned = Canned::bind().await;
    let url = canned.url.clone();
    let asking = tokio::spawn(async move { asked("kinesis", &url).await });
    let (_silent, _) = canned.asked().await;
    // From here on nothing comes from the socket, so that time may be turned.
    tokio::time::pause();
    let (operation, error) = asking.await.unwrap();
    assert_eq!(error.to_string(), format!("{} did not answer {operation} within 5 seconds", canned.url));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_where_time_is_paused() {
    let url = "http://127.0.0.1:1/".parse().unwrap();
    for source in SOURCES {
        let (_, error) = asked(source, &url).await;
        assert!(matches!(error, RealSourceError::PausedClock(_)), "{error:?}");
        assert!(!error.is_transient());
    }
}

#[test]
fn a_url_that_can_be_no_source_is_refused_at_once() {
    for url in ["https://sqs.us-east-1.amazonaws.com/123456789012/orders", "http://a:b@localhost/q", "/queue"]
    {
        let url: Uri = url.parse().unwrap();
        for error in [
            SqsQueue::new(url.clone()).unwrap_err(),
            KinesisStream::new(url.clone(), "s").unwrap_err(),
            DynamoDbStream::new(url.clone(), ARN).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with(&format!("{url} cannot be a source")), "{error}");
            assert!(!error.is_transient());
        }
    }
}
