//! A guest and a caller on raw sockets: just enough HTTP/1.1 to speak with all the services alike.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A connection, and what has been read of it too early.
pub struct Http<S> {
    stream: S,
    unread: Vec<u8>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub request_id: String,
    pub body: Vec<u8>,
}

/// The guest over memory, as a function in this process.
pub async fn in_memory(api: lambda_api::transport::RuntimeApi) -> Result<(), io::Error> {
    echo(api.connect().await?).await
}

/// Gives every event back.
pub async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> io::Result<()> {
    let mut http = Http::new(stream);
    loop {
        let event = http.get("/2018-06-01/runtime/invocation/next").await?;
        let path = format!("/2018-06-01/runtime/invocation/{}/response", event.request_id);
        http.post(&path, &event.body).await?;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Http<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub async fn get(&mut self, path: &str) -> io::Result<Reply> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.stream.write_all(head.as_bytes()).await?;
        self.reply().await
    }

    pub async fn post(&mut self, path: &str, body: &[u8]) -> io::Result<Reply> {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        self.stream.write_all(&[head.as_bytes(), body].concat()).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> io::Result<Reply> {
        loop {
            let end = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
                let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
                let header = |name: &str| {
                    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
                    lines
                        .find(|(key, _)| key.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value.trim().to_owned())
                };
                let length: usize =
                    header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
                if self.unread.len() >= end + 4 + length {
                    let rest = self.unread.split_off(end + 4 + length);
                    let body = std::mem::replace(&mut self.unread, rest).split_off(end + 4);
                    let request_id = header("lambda-runtime-aws-request-id").unwrap_or_default();
                    return Ok(Reply { status, request_id, body });
                }
            }
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
