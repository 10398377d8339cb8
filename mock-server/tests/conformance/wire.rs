//! HTTP/1.1 by hand on a TCP socket, for peers that may never answer.
//!
//! Its sister in `tests/it/raw.rs` lets the test fail where a peer cannot go on. Here that is a finding, so
//! everything has a time limit and trouble is a value.

use std::{fmt, io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than any peer takes for anything; who needs longer never answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection on which the test speaks.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A reply as it came.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in the peer's case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came instead of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Closed,
    Silent,
    NotStarted(String),
    NotHttp(String),
    Io(io::ErrorKind),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the connection was closed"),
            Self::Silent => write!(f, "nothing within {PATIENCE:?}"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
            Self::NotHttp(what) => write!(f, "not HTTP: {what}"),
            Self::Io(kind) => write!(f, "{kind}"),
        }
    }
}

/// Request line, headers and body, the latter with its length unless the headers say how it comes.
pub(crate) fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let is_framed = headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding")
    });
    if !is_framed && (method != "GET" || !body.is_empty()) {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }
}

impl Wire {
    /// Connects, also to a peer that says where it listens before it does.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Trouble> {
        let connected = async {
            loop {
                match TcpStream::connect(address).await {
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    result => return result,
                }
            }
        };
        Ok(Self { stream: within(connected).await?, unread: Vec::new() })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        within(self.stream.write_all(bytes)).await
    }

    /// Says that nothing more will come, and stays to read.
    pub(crate) async fn finish_writing(&mut self) -> Result<(), Trouble> {
        within(self.stream.shutdown()).await
    }

    pub(crate) async fn reply(&mut self) -> Result<Reply, Trouble> {
        let head = self.up_to(b"\r\n\r\n").await?;
        let mut reply = parse(&head)?;
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = self.chunks().await?;
        } else if let Some(length) = reply.header("content-length") {
            let length = length.parse().map_err(|_| Trouble::NotHttp(format!("length {length}")))?;
            reply.body = self.exactly(length).await?;
        } else if !matches!(reply.status, 100 | 204) {
            return Err(Trouble::NotHttp("a body of unknown length".to_owned()));
        }
        Ok(reply)
    }

    /// Head only: what answers a HEAD request.
    pub(crate) async fn head(&mut self) -> Result<Reply, Trouble> {
        parse(&self.up_to(b"\r\n\r\n").await?)
    }

    /// Waits until the peer closes the connection without a further word.
    pub(crate) async fn closed(&mut self) -> Result<(), Trouble> {
        match self.fill().await {
            Ok(()) => Err(Trouble::NotHttp(format!("{} more bytes", self.unread.len()))),
            Err(Trouble::Closed) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Trouble> {
        let mut body = Vec::new();
        loop {
            let line = self.up_to(b"\r\n").await?;
            let size = String::from_utf8_lossy(&line).trim_end().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| Trouble::NotHttp(size))?;
            if size == 0 {
                while self.up_to(b"\r\n").await?.len() > 2 {}
                return Ok(body);
            }
            body.extend(self.exactly(size).await?);
            self.exactly(2).await?;
        }
    }

    async fn up_to(&mut self, end: &[u8]) -> Result<Vec<u8>, Trouble> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                return Ok(self.unread.drain(..at + end.len()).collect());
            }
            self.fill().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Trouble> {
        while self.unread.len() < length {
            self.fill().await?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    async fn fill(&mut self) -> Result<(), Trouble> {
        match within(self.stream.read_buf(&mut self.unread)).await {
            Ok(0) | Err(Trouble::Io(io::ErrorKind::ConnectionReset)) => Err(Trouble::Closed),
            Ok(_) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Puts a limit to what a peer may never do.
pub(crate) async fn within<T>(happens: impl Future<Output = io::Result<T>>) -> Result<T, Trouble> {
    match timeout(PATIENCE, happens).await {
        Ok(result) => result.map_err(|error| Trouble::Io(error.kind())),
        Err(_) => Err(Trouble::Silent),
    }
}

fn parse(head: &[u8]) -> Result<Reply, Trouble> {
    let head = String::from_utf8_lossy(head).into_owned();
    let bad = || Trouble::NotHttp(head.clone());
    let mut lines = head.trim_end().lines();
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).ok_or_else(bad)?;
    let status = status.get(..3).and_then(|status| status.parse().ok()).ok_or_else(bad)?;
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(Reply { status, headers, body: Vec::new() })
}
