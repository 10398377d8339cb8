//! Reads calls off a connection, with a length or in chunks, and knows what Lambda usually says to them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a runtime that writes no HTTP fails the test")]

use std::collections::BTreeMap;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::Answer;
use crate::{reply::Reply, script::Call};

/// A call without its body; `None` once the connection has ended.
pub(super) async fn read_head(stream: &mut (impl AsyncBufRead + Unpin), connection: usize) -> Option<Call> {
    let first = read_line(stream).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    assert_eq!(words.next().as_deref(), Some("HTTP/1.1"));
    let mut headers = BTreeMap::new();
    loop {
        let line = read_line(stream).await?;
        if line.is_empty() {
            return Some(Call { connection, method, path, headers, body: Vec::new() });
        }
        let (name, value) = line.split_once(": ").expect("a header has a name and a value");
        let doubled = headers.insert(name.to_ascii_lowercase(), value.to_owned());
        assert_eq!(doubled, None, "header {name} was sent twice");
    }
}

pub(super) async fn read_body(stream: &mut (impl AsyncBufRead + Unpin), mut call: Call) -> Option<Call> {
    if call.header("transfer-encoding").is_none() {
        let length = call.header("content-length").map_or(0, |length| length.parse().unwrap());
        call.body = vec![0; length];
        stream.read_exact(&mut call.body).await.ok()?;
        return Some(call);
    }
    loop {
        let length = usize::from_str_radix(&read_line(stream).await?, 16).unwrap();
        if length == 0 {
            // The trailers, up to the empty line.
            while !read_line(stream).await?.is_empty() {}
            return Some(call);
        }
        let start = call.body.len();
        call.body.resize(start + length, 0);
        stream.read_exact(&mut call.body[start..]).await.ok()?;
        assert_eq!(read_line(stream).await?, "");
    }
}

async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}

/// A path without what all of its API have in common: `next`, `r-1/response`, `extension/register`.
pub(super) fn short_path(call: &Call) -> &str {
    call.path.strip_prefix("/2020-01-01/").unwrap_or_else(|| call.short_path())
}

/// What Lambda says if all is well.
pub(super) fn usual_answer(path: &str) -> Answer {
    match path {
        "extension/register" => Answer::Now(Reply::bytes(
            "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             Content-Length: 64\r\n\r\n\
             {\"functionName\":\"pooled\",\"functionVersion\":\"7\",\"handler\":\"none\"}",
        )),
        // Nobody has asked for an event.
        "extension/event/next" => Answer::Never,
        "restore/next" => Answer::Now(Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
        _ => Answer::Now(202.into()),
    }
}
