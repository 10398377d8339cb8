//! Responses that come piece by piece, as frames of an event stream.

use lambda_api::transport::Stream;
use mock_server::{Event, FunctionBuilder, InvokeApi, MockLambda};
use tokio::net::TcpStream;

use super::{connect, listen, refusal};
use crate::{
    guest::{NEXT, Puppet, error_path, request_id, response_path},
    raw::{self, Connection, post},
    wait::{PATIENCE, soon},
};

const PATH: &str = "/2021-11-15/functions/f/response-streaming-invocations";
const STREAMING: (&str, &str) = ("Lambda-Runtime-Function-Response-Mode", "streaming");

struct Stage {
    mock: MockLambda,
    puppet: Puppet,
    api: InvokeApi,
}

impl Stage {
    fn new(describe: impl FnOnce(FunctionBuilder) -> FunctionBuilder) -> Self {
        let mock = MockLambda::new();
        let puppet = Puppet::new(describe(mock.function("f").timeout(PATIENCE)));
        let api = listen(&mock);
        Self { mock, puppet, api }
    }

    /// A caller that has asked, and the guest's connection with the event.
    async fn begun(&self) -> (Connection<TcpStream>, Connection<Stream>, String) {
        let mut caller = connect(&self.api).await;
        caller.send(post(PATH, &[], b"{}")).await;
        let mut guest = Connection::open(&soon(self.puppet.launched()).await).await;
        let event = guest.get(NEXT).await;
        let id = request_id(&event).to_owned();
        (caller, guest, id)
    }
}

/// Opens a streaming response without ending it.
async fn begin(guest: &mut Connection<Stream>, id: &str, content_type: &str) {
    let headers = [
        STREAMING,
        ("Content-Type", content_type),
        ("Transfer-Encoding", "chunked"),
        ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"),
    ];
    guest.send(raw::head("POST", &response_path(id), &headers) + "\r\n").await;
}

async fn chunk(guest: &mut Connection<Stream>, text: &str) {
    guest.send(format!("{:x}\r\n{text}\r\n", text.len())).await;
}

/// A frame, taken apart: headers by name, and the payload. Both checksums are those of the bytes before them.
fn frames(mut bytes: &[u8]) -> Vec<(Vec<(String, String)>, String)> {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (total, headers) = (number(bytes), number(&bytes[4..]));
        assert_eq!(number(&bytes[8..]), checksum(&bytes[..8]));
        assert_eq!(number(&bytes[total - 4..]), checksum(&bytes[..total - 4]));
        let (mut at, end) = (12, 12 + headers);
        let mut named = Vec::new();
        while at < end {
            let name = bytes[at] as usize;
            let value_at = at + 1 + name + 3;
            assert_eq!(bytes[at + 1 + name], 7, "a string");
            let value = u16::from_be_bytes(bytes[value_at - 2..value_at].try_into().unwrap()) as usize;
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            named.push((text(&bytes[at + 1..at + 1 + name]), text(&bytes[value_at..value_at + value])));
            at = value_at + value;
        }
        frames.push((named, String::from_utf8(bytes[end..total - 4].to_vec()).unwrap()));
        bytes = &bytes[total..];
    }
    frames
}

/// CRC-32 bit by bit, as RFC 1952 has it.
fn checksum(bytes: &[u8]) -> usize {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    !sum as usize
}

fn kinds(frames: &[(Vec<(String, String)>, String)]) -> Vec<(&str, &str)> {
    let kind = |headers: &[(String, String)]| {
        assert!(headers.contains(&(":message-type".to_owned(), "event".to_owned())), "{headers:?}");
        headers.iter().position(|(name, _)| name == ":event-type").unwrap()
    };
    frames.iter().map(|(headers, payload)| (headers[kind(headers)].1.as_str(), payload.as_str())).collect()
}

#[tokio::test]
async fn the_caller_has_each_piece_before_the_guest_sends_the_next() {
    let stage = Stage::new(|builder| builder);
    let (mut caller, mut guest, id) = stage.begun().await;
    begin(&mut guest, &id, "text/event-stream").await;
    let head = soon(caller.reply_head()).await;
    assert_eq!(head.status(), 200);
    assert_eq!(head.header("content-type"), Some("application/vnd.amazon.eventstream"));
    assert_eq!(head.header("x-amz-executed-version"), Some("$LATEST"));
    assert_eq!(head.header("x-amzn-requestid"), Some(id.as_str()));
    for text in ["one", "two", "three"] {
        chunk(&mut guest, text).await;
        let bytes = soon(caller.chunk()).await.unwrap();
        assert_eq!(kinds(&frames(&bytes)), [("PayloadChunk", text)]);
    }
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(guest.reply()).await.status(), 202);
    let bytes = soon(caller.chunk()).await.unwrap();
    assert_eq!(kinds(&frames(&bytes)), [("InvokeComplete", "{}")]);
    assert_eq!(soon(caller.chunk()).await, None);
}

#[tokio::test]
async fn a_failure_half_way_is_told_by_the_last_frame() {
    let stage = Stage::new(|builder| builder);
    let (mut caller, mut guest, id) = stage.begun().await;
    begin(&mut guest, &id, "text/plain").await;
    chunk(&mut guest, "so far").await;
    // {"errorMessage":"gone"}
    guest
        .send(
            "0\r\nLambda-Runtime-Function-Error-Type: Function.Gone\r\n\
             Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJnb25lIn0=\r\n\r\n",
        )
        .await;
    let reply = soon(caller.reply()).await;
    let complete = r#"{"ErrorCode":"Function.Gone","ErrorDetails":"{\"errorMessage\":\"gone\"}"}"#;
    let frames = frames(&reply.body);
    assert_eq!(kinds(&frames), [("PayloadChunk", "so far"), ("InvokeComplete", complete)]);
}

#[tokio::test]
async fn a_failure_before_the_first_byte_is_told_by_the_only_frame() {
    let stage = Stage::new(|builder| builder);
    let (mut caller, mut guest, id) = stage.begun().await;
    let headers = [("Lambda-Runtime-Function-Error-Type", "Function.Gone")];
    guest.post_with(&error_path(&id), &headers, r#"{"errorMessage":"gone"}"#).await;
    let reply = soon(caller.reply()).await;
    assert_eq!(reply.status(), 200);
    let complete = r#"{"ErrorCode":"Function.Gone","ErrorDetails":"{\"errorMessage\":\"gone\"}"}"#;
    assert_eq!(kinds(&frames(&reply.body)), [("InvokeComplete", complete)]);
}

#[tokio::test]
async fn a_time_out_half_way_is_told_by_the_last_frame() {
    let stage = Stage::new(|builder| builder.timeout(std::time::Duration::from_millis(300)));
    let (mut caller, mut guest, id) = stage.begun().await;
    begin(&mut guest, &id, "text/plain").await;
    chunk(&mut guest, "so far").await;
    let reply = soon(caller.reply()).await;
    let frames = frames(&reply.body);
    let kinds = kinds(&frames);
    assert_eq!((kinds.len(), kinds[0]), (2, ("PayloadChunk", "so far")));
    assert!(kinds[1].1.starts_with(r#"{"ErrorCode":"Sandbox.Timedout","ErrorDetails":"#), "{kinds:?}");
}

#[tokio::test]
async fn a_buffered_response_comes_in_frames_too() {
    let stage = Stage::new(|builder| builder);
    let (mut caller, mut guest, id) = stage.begun().await;
    assert_eq!(guest.post(&response_path(&id), "\"all at once\"").await.status(), 202);
    let reply = soon(caller.reply()).await;
    assert_eq!(kinds(&frames(&reply.body)), [("PayloadChunk", "\"all at once\""), ("InvokeComplete", "{}")]);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_guest() {
    let stage = Stage::new(|builder| builder);
    let (caller, mut guest, id) = stage.begun().await;
    begin(&mut guest, &id, "text/plain").await;
    drop(caller);
    for _ in 0..200 {
        chunk(&mut guest, &"x".repeat(10_000)).await;
    }
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(guest.reply()).await.status(), 202);
    guest.send(raw::get(NEXT)).await;
    soon(stage.mock.timeline().wait_for(|entry| matches!(entry.event, Event::InvocationEnded(_)))).await;
}

#[tokio::test]
async fn what_is_wrong_before_the_invocation_is_an_ordinary_error() {
    let stage = Stage::new(|builder| builder.reserved_concurrency(0));
    let mut caller = connect(&stage.api).await;
    let unknown = caller.post(&PATH.replace("/f/", "/unknown/"), "{}").await;
    assert_eq!((refusal(&unknown).0, refusal(&unknown).1), (404, Some("ResourceNotFoundException")));
    let bad = caller.post(PATH, "{").await;
    assert_eq!((refusal(&bad).0, refusal(&bad).1), (400, Some("InvalidRequestContentException")));
    let throttled = caller.post(PATH, "{}").await;
    assert_eq!((refusal(&throttled).0, refusal(&throttled).1), (429, Some("TooManyRequestsException")));
    let queued = caller.post_with(PATH, &[("X-Amz-Invocation-Type", "Event")], "{}").await;
    assert_eq!((refusal(&queued).0, refusal(&queued).1), (400, Some("ValidationException")));
    let dry = caller.post_with(PATH, &[("X-Amz-Invocation-Type", "DryRun")], "{}").await;
    assert_eq!(dry.brief(), (204, ""));
}

#[tokio::test]
async fn a_slow_caller_holds_up_nobody_else_in_its_environment() {
    let stage = Stage::new(|builder| builder.max_concurrency(2));
    let mut slow = connect(&stage.api).await;
    slow.send(post(PATH, &[], b"1")).await;
    let api = soon(stage.puppet.launched()).await;
    let mut first = Connection::open(&api).await;
    let event = soon(first.get(NEXT)).await;
    begin(&mut first, request_id(&event), "text/plain").await;
    // Nobody reads this; more of it than all sockets and queues on the way can hold.
    let flood = tokio::spawn(async move {
        for _ in 0..100_000 {
            chunk(&mut first, &"x".repeat(10_000)).await;
        }
    });
    let mut second = Connection::open(&api).await;
    let polled = tokio::spawn(async move {
        let event = second.get(NEXT).await;
        (event, second)
    });
    let mut quick = connect(&stage.api).await;
    quick.send(post(PATH, &[], b"2")).await;
    let (event, mut second) = soon(polled).await.unwrap();
    assert_eq!(soon(second.post(&response_path(request_id(&event)), "\"quick\"")).await.status(), 202);
    let reply = soon(quick.reply()).await;
    assert_eq!(kinds(&frames(&reply.body)), [("PayloadChunk", "\"quick\""), ("InvokeComplete", "{}")]);
    assert!(!flood.is_finished());
    flood.abort();
}
