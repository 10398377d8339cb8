//! HTTP/1.1 by hand: requests are bytes, replies are a head and a body.
//!
//! No HTTP library takes part, so that a mistake of the service's cannot cancel out. It knows just what the
//! service may answer: bodies with a length, in chunks, or up to the end of the connection.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a peer that cannot go on fails the test")]

use std::{fmt::Write, io::ErrorKind};

use lambda_api::transport::{RuntimeApi, Stream};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// A connection on which the test speaks.
pub(crate) struct Connection<S> {
    stream: S,
    unread: Vec<u8>,
}

/// A reply as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Status line and headers, each with its line end, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A request with a body of known length.
pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = head("POST", path, headers);
    request += &format!("Content-Length: {}\r\n\r\n", body.len());
    [request.as_bytes(), body].concat()
}

/// A request without a body.
pub(crate) fn get(path: &str) -> Vec<u8> {
    (head("GET", path, &[]) + "\r\n").into_bytes()
}

/// Request line and headers, still without the empty line.
pub(crate) fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head
}

impl Connection<Stream> {
    /// Connects as a guest in this process does.
    pub(crate) async fn open(api: &RuntimeApi) -> Self {
        Self::new(api.connect().await.unwrap())
    }
}

impl Connection<TcpStream> {
    pub(crate) async fn tcp(address: impl ToString) -> Self {
        Self::new(TcpStream::connect(address.to_string()).await.unwrap())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends bytes to a peer that may have closed the connection already.
    pub(crate) async fn send_in_vain(&mut self, bytes: impl AsRef<[u8]>) {
        let _closed = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Tells the peer that nothing more will come, and stays to read.
    pub(crate) async fn finish_writing(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(get(path)).await;
        self.reply().await
    }

    /// A get on a connection that the peer may close instead.
    pub(crate) async fn try_get(&mut self, path: &str) -> Option<Reply> {
        self.send_in_vain(get(path)).await;
        self.try_reply().await
    }

    pub(crate) async fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        self.post_with(path, &[], body).await
    }

    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Reply {
        self.send(post(path, headers, body.as_ref())).await;
        self.reply().await
    }

    pub(crate) async fn reply(&mut self) -> Reply {
        self.try_reply().await.expect("the connection was closed instead of a reply")
    }

    /// The next reply; `None` if the connection ends before it begins.
    pub(crate) async fn try_reply(&mut self) -> Option<Reply> {
        let Some(mut head) = self.up_to(b"\r\n\r\n").await else {
            assert_eq!(self.unread, b"", "the connection ended inside a head");
            return None;
        };
        head.truncate(head.len() - 2);
        let mut reply = Reply { head: String::from_utf8(head).unwrap(), body: Vec::new() };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = self.chunks().await;
        } else if let Some(length) = reply.header("content-length") {
            let length = length.parse().unwrap();
            reply.body = self.exactly(length).await;
        } else if !matches!(reply.status(), 100..=199 | 204 | 304) {
            while self.fill().await {}
            reply.body = std::mem::take(&mut self.unread);
        }
        Some(reply)
    }

    /// The reply to a request for a head.
    pub(crate) async fn head_alone(&mut self) -> Reply {
        let mut head = self.up_to(b"\r\n\r\n").await.expect("the connection was closed instead of a reply");
        head.truncate(head.len() - 2);
        Reply { head: String::from_utf8(head).unwrap(), body: Vec::new() }
    }

    /// The head of a reply whose body is read in [`chunk`](Self::chunk)s.
    pub(crate) async fn reply_head(&mut self) -> Reply {
        let reply = self.head_alone().await;
        assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
        reply
    }

    /// The next chunk of a body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line().await, 16).unwrap();
        let chunk = self.exactly(size).await;
        assert_eq!(self.line().await, "", "a chunk ends with a line end");
        (size > 0).then_some(chunk)
    }

    /// Waits until the peer closes the connection without a further word.
    pub(crate) async fn closed(&mut self) {
        while self.fill().await {}
        assert_eq!(String::from_utf8_lossy(&self.unread), "");
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = self.line().await;
            let size = usize::from_str_radix(&size, 16).unwrap();
            if size == 0 {
                while !self.line().await.is_empty() {}
                return body;
            }
            body.extend(self.exactly(size).await);
            assert_eq!(self.line().await, "", "a chunk ends with a line end");
        }
    }

    async fn line(&mut self) -> String {
        let line = self.up_to(b"\r\n").await.expect("the connection ended inside a body");
        String::from_utf8(line[..line.len() - 2].to_vec()).unwrap()
    }

    async fn up_to(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                return Some(self.unread.drain(..at + end.len()).collect());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            assert!(self.fill().await, "the connection ended inside a body");
        }
        self.unread.drain(..length).collect()
    }

    /// Reads some more; `false` at the end of the connection, however it ended.
    async fn fill(&mut self) -> bool {
        match self.stream.read_buf(&mut self.unread).await {
            Ok(length) => length > 0,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("cannot read: {error}"),
        }
    }
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status and body, which is all there is to say of most replies.
    pub(crate) fn brief(&self) -> (u16, &str) {
        (self.status(), self.text())
    }

    /// The head's lines in alphabetical order: HTTP gives their order no meaning. `Date` is left out, which
    /// differs from run to run.
    pub(crate) fn sorted_head(&self) -> Vec<&str> {
        let mut lines: Vec<_> = self.head.lines().filter(|line| !line.starts_with("Date: ")).collect();
        lines.sort_unstable();
        lines
    }
}
