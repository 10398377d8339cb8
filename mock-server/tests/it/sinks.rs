//! What stands in place of destinations: memory, files, HTTP endpoints and queues that the test plays by hand.
//!
//! A queue that is played by somebody else's program is in `tests/conformance`.

#![expect(clippy::unwrap_used, reason = "a peer that cannot go on fails the test")]

use std::{fs, time::Duration};

use lambda_api::RequestId;
use mock_server::{
    MockLambda, Route, Sink, SinkError, SinkTarget,
    core::{
        Time,
        destination::{Condition, Destination, Finished, Message},
    },
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::wait::soon;

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:next:prod";

fn message(arn: &str, number: u32) -> Message {
    let finished = Finished {
        request_id: RequestId::new("e4b46cbf-b738-4880-8880-a18cdf61200e").unwrap(),
        function_arn: "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".to_owned(),
        condition: Condition::ZeroReservedConcurrency,
        attempts: 0,
        payload: number.to_string().into(),
        response: None,
        trace_id: None,
    };
    finished.message(&destination(arn), Time::from_unix(Duration::ZERO), &format!("id-{number}"))
}

fn destination(arn: &str) -> Destination {
    arn.parse().unwrap()
}

/// A sink of this kind in place of the queue.
fn sink(target: &str) -> Sink {
    let mock = MockLambda::new();
    mock.sinks().set(&destination(QUEUE), target.parse().unwrap()).unwrap();
    mock.sink(QUEUE)
}

#[tokio::test(start_paused = true)]
async fn memory_gives_messages_in_order_to_whoever_waits_for_them() {
    let mock = MockLambda::new();
    let sink = mock.sink(QUEUE);
    assert_eq!(sink.messages(), []);
    assert_eq!(sink.wait_for(0).await, []);
    let waiting = tokio::spawn(async move { sink.wait_for(2).await });
    for number in [7, 8] {
        assert!(!waiting.is_finished());
        // By another handle, found by the destination.
        let Route::Sink(sink) = mock.sinks().route(&destination(QUEUE)) else { panic!("a function") };
        sink.deliver(&message(QUEUE, number)).await.unwrap();
        tokio::task::yield_now().await;
    }
    let messages = waiting.await.unwrap();
    assert_eq!(messages, [message(QUEUE, 7), message(QUEUE, 8)]);
    assert_eq!(messages[1].json().unwrap()["requestPayload"], 8);
    assert_eq!(messages[1].id(), "id-8");
    assert_eq!(mock.sink("arn:aws:sqs:us-east-1:123456789012:others").messages(), []);
}

#[test]
fn a_function_is_invoked_unless_there_is_a_sink_in_its_place() {
    let mock = MockLambda::new();
    let (sinks, next) = (mock.sinks(), destination(FUNCTION));
    let is_invoked = || match sinks.route(&next) {
        Route::Function { name, qualifier } => {
            assert_eq!((name.as_str(), qualifier.as_deref()), ("next", Some("prod")));
            true
        }
        Route::Sink(_) => false,
    };
    assert!(is_invoked());
    sinks.set(&next, SinkTarget::Memory).unwrap();
    assert!(!is_invoked());
    sinks.set(&next, SinkTarget::Function).unwrap();
    assert!(is_invoked());
    // Whoever asks for what it gets, gets it.
    let _sink = mock.sink(FUNCTION);
    assert!(!is_invoked());

    let error = sinks.set(&destination(QUEUE), SinkTarget::Function).unwrap_err();
    assert_eq!(error.to_string(), format!("{QUEUE} cannot be invoked: it is not the ARN of a function"));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn what_nobody_reads_is_not_kept_where_others_are_discarded() {
    let mock = MockLambda::new();
    let read = mock.sink(QUEUE);
    mock.sinks().discard_others();
    let topic = "arn:aws:sns:us-east-1:123456789012:news";
    for arn in [QUEUE, topic] {
        let Route::Sink(sink) = mock.sinks().route(&destination(arn)) else { panic!("{arn} is no function") };
        sink.deliver(&message(arn, 1)).await.unwrap();
    }
    assert_eq!(read.messages().len(), 1);
    assert_eq!(mock.sink(topic).messages().len(), 0);
    assert!(matches!(mock.sinks().route(&destination(FUNCTION)), Route::Function { .. }));
}

#[tokio::test]
async fn a_file_has_a_line_of_json_for_each_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let sink = sink(&format!("file:{}", path.display()));
    assert!(!path.exists());
    for number in [1, 2] {
        sink.deliver(&message(QUEUE, number)).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), usize::try_from(number).unwrap());
        let last = lines.last().unwrap();
        assert_eq!(last["destination"], QUEUE);
        assert_eq!(last["body"]["requestPayload"], number);
    }
    // Only memory is read by a test.
    assert_eq!(sink.messages(), []);
    assert_eq!(sink.wait_for(1).await, []);
}

/// Somebody who listens, and is asked at most once.
struct Server {
    listener: TcpListener,
    address: String,
}

impl Server {
    async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { listener, address }
    }

    /// Delivers a message meanwhile; what became of that is known once it was answered.
    async fn is_asked(&self, target: &str) -> (JoinHandle<Result<(), SinkError>>, TcpStream, String) {
        let sink = sink(target);
        let delivering = tokio::spawn(async move { sink.deliver(&message(QUEUE, 7)).await });
        let (mut stream, _) = soon(self.listener.accept()).await.unwrap();
        let request = soon(read_request(&mut stream)).await;
        (delivering, stream, request)
    }

    async fn answers(&self, target: &str, answer: &str) -> Result<(), SinkError> {
        let (delivering, mut stream, _) = self.is_asked(target).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        // The connection stays open.
        soon(delivering).await.unwrap()
    }
}

/// Reads up to the end of the body, whose length has to be said.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "it was cut short: {}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return text;
        }
    }
}

#[tokio::test]
async fn an_endpoint_gets_the_message_as_json() {
    let server = Server::bind().await;
    let address = &server.address;
    for (path, requested) in [("", "/"), ("/", "/"), ("/a/b?c=d", "/a/b?c=d")] {
        let (delivering, mut stream, request) = server.is_asked(&format!("http://{address}{path}")).await;
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("POST {requested} HTTP/1.1\r\n")), "{head}");
        let head = head.to_ascii_lowercase() + "\r\n";
        for header in ["content-type: application/json", &format!("host: {address}"), "connection: close"] {
            assert_eq!(head.matches(&format!("\r\n{header}\r\n")).count(), 1, "{head}");
        }
        assert_eq!(body, message(QUEUE, 7).to_json());
        assert!(!delivering.is_finished());
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        soon(delivering).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn any_2xx_takes_a_message_whatever_follows() {
    let server = Server::bind().await;
    let target = format!("http://{}/", server.address);
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\nonly so much",
        "HTTP/1.0 299 Odd\r\n\r\nendless",
    ] {
        server.answers(&target, answer).await.unwrap();
    }
}

#[tokio::test]
async fn any_other_status_refuses_and_tells_whether_to_try_again() {
    let server = Server::bind().await;
    let target = format!("http://{}/", server.address);
    for (status, is_transient) in [
        ("500 Internal Server Error", true),
        ("503 Service Unavailable", true),
        ("429 Too Many Requests", true),
        ("408 Request Timeout", true),
        ("404 Not Found", false),
        ("301 Moved Permanently", false),
    ] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let error = server.answers(&target, &answer).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{target} answered {status}"));
        assert_eq!(error.is_transient(), is_transient, "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_told() {
    let server = Server::bind().await;
    let target = format!("http://{}/", server.address);
    for answer in ["", "HTTP/1.1 20", "what?\r\n\r\n"] {
        let (delivering, mut stream, _) = server.is_asked(&target).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        drop(stream);
        let error = soon(delivering).await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), format!("the connection to {target} broke off"));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_told() {
    let Server { listener, address } = Server::bind().await;
    drop(listener);
    let sink = sink(&format!("http://{address}/"));
    let error = soon(sink.deliver(&message(QUEUE, 7))).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot connect to http://{address}/"));
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_endpoint_that_says_nothing_is_given_up_after_five_seconds() {
    let server = Server::bind().await;
    let target = format!("http://{}/", server.address);
    let (delivering, _silent, _) = server.is_asked(&target).await;
    // From here on nothing comes from the socket, so that time may be turned.
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(4_000)).await;
    tokio::task::yield_now().await;
    assert!(!delivering.is_finished());
    let error = delivering.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), format!("{target} did not answer within 5 seconds"));
    assert!(error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_refused_where_time_is_paused() {
    let error = sink("http://127.0.0.1:1/").deliver(&message(QUEUE, 7)).await.unwrap_err();
    assert!(matches!(error, SinkError::PausedClock(_)), "{error:?}");
    assert!(!error.is_transient());
}

#[test]
fn a_url_that_can_be_no_endpoint_is_refused_when_it_is_set() {
    let url = "https://localhost/".parse().unwrap();
    let error = MockLambda::new().sinks().set(&destination(QUEUE), SinkTarget::Http(url)).unwrap_err();
    assert!(error.to_string().starts_with("https://localhost/ cannot be an endpoint"), "{error}");
}

#[cfg(feature = "sqs")]
#[tokio::test]
async fn a_request_to_a_queue_is_signed_and_goes_to_the_host_of_its_url() {
    let server = Server::bind().await;
    let url = format!("http://{}/000000000000/orders", server.address);
    let (delivering, mut stream, request) = server.is_asked(&format!("sqs:{url}")).await;
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\nx-amz-target: amazonsqs.sendmessage\r\n"), "{head}");
    assert!(head.contains("/us-east-1/sqs/aws4_request"), "{head}");
    assert_eq!(head.matches(&format!("\r\nhost: {}", server.address)).count(), 1, "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["QueueUrl"], url);
    assert_eq!(body["MessageBody"].as_str().unwrap().as_bytes(), message(QUEUE, 7).body());
    let answer = r#"{"MessageId":"1","MD5OfMessageBody":"2"}"#;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
    stream.write_all((head + answer).as_bytes()).await.unwrap();
    soon(delivering).await.unwrap().unwrap();
}

#[cfg(feature = "sqs")]
#[tokio::test]
async fn a_queue_that_does_not_take_a_message_tells_why_and_whether_to_try_again() {
    let server = Server::bind().await;
    let url = format!("http://{}/000000000000/orders", server.address);
    let target = format!("sqs:{url}");
    for (status, body, said, is_transient) in [
        (
            "503 Service Unavailable",
            r#"{"__type":"com.amazonaws.sqs#ServiceUnavailable","message":"later"}"#,
            "503 Service Unavailable: ServiceUnavailable: later",
            true,
        ),
        ("500 Internal Server Error", "oops", "500 Internal Server Error: an error: without a text", true),
        (
            "400 Bad Request",
            r#"{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"bad"}"#,
            "400 Bad Request: InvalidMessageContents: bad",
            false,
        ),
    ] {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let error = server.answers(&target, &answer).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the queue {url} answered {said}"));
        assert_eq!(error.is_transient(), is_transient, "{status}");
    }
    let error =
        server.answers(&target, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<xml>").await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("the exchange with the queue {url} failed: ")), "{error}");

    let (delivering, stream, _) = server.is_asked(&target).await;
    drop(stream);
    let error = soon(delivering).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), format!("the connection to {url} broke off"));
    assert!(error.is_transient());
}
