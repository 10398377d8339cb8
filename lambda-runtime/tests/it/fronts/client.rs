//! A client of HTTP/1.1 that sends what it is told to, byte by byte, and reads the reply to its end.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request as a client sends it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Without the question mark; empty if there is none.
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// A reply as a client sees it, with the names of headers in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// 0 if the connection was closed without a reply.
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Sent {
    fn to_bytes(&self) -> Vec<u8> {
        let target = match &*self.query {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        };
        let mut bytes =
            format!("{} {target} HTTP/1.1\r\nhost: shop.example.com\r\n", self.method).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        bytes
            .extend(format!("connection: close\r\ncontent-length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        bytes
    }

    pub(super) async fn ask(&self, address: SocketAddr) -> Seen {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&self.to_bytes()).await.unwrap();
        let mut reply = Vec::new();
        // A panic of the application closes the connection, at worst with a reset.
        let _end = stream.read_to_end(&mut reply).await;
        Seen::of(&reply)
    }
}

impl Seen {
    fn of(reply: &[u8]) -> Self {
        let Some(end) = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            assert_eq!(reply, b"", "a reply has a head");
            return Self { status: 0, headers: Vec::new(), body: Vec::new() };
        };
        let head = std::str::from_utf8(&reply[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let headers: Vec<_> = lines.map(header).collect();
        let is_chunked =
            headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = &reply[end + 4..];
        let body = if is_chunked { unchunked(body) } else { body.to_vec() };
        Self { status, headers, body }
    }
}

fn unchunked(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|bytes| bytes == b"\r\n") {
        let len = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        if len == 0 {
            return body;
        }
        body.extend(&chunks[end + 2..end + 2 + len]);
        chunks = &chunks[end + 2 + len + 2..];
    }
    panic!("the reply breaks off")
}
