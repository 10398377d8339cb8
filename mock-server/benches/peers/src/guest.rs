//! A guest and a caller on raw sockets: just enough HTTP/1.1 to speak with all the services alike.

use std::{env, io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    runtime::Builder,
    sync::Barrier,
};

use crate::{Result, processes::connect};

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
pub async fn in_memory(api: lambda_api::transport::RuntimeApi) -> io::Result<()> {
    echo_all(api.connect().await?, |_| {}).await
}

/// The guest as a process of its own, for any service that names its address as Lambda does.
pub fn process() -> Result<()> {
    let address = env::var("AWS_LAMBDA_RUNTIME_API")?.parse()?;
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        // AWS's emulator starts it a little before it listens. It ends when the other side is gone.
        let _ended = echo_all(connect(address).await?, |_| {}).await;
        Ok(())
    })
}

/// Gives every event back, after somebody has seen it.
pub async fn echo_all<S: AsyncRead + AsyncWrite + Unpin>(stream: S, see: impl Fn(&[u8])) -> io::Result<()> {
    let mut http = Http::new(stream);
    loop {
        let event = http.next().await?;
        see(&event.body);
        http.respond(&event).await?;
    }
}

/// Gives every event back when as many guests have one as the barrier wants.
pub async fn echo_together<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    barrier: Option<Arc<Barrier>>,
) -> io::Result<()> {
    let mut http = Http::new(stream);
    loop {
        let event = http.next().await?;
        if let Some(barrier) = &barrier {
            barrier.wait().await;
        }
        http.respond(&event).await?;
    }
}

impl Reply {
    /// A guest that is refused must not go on as if nothing had happened: it would ask again and again.
    fn expect(self, status: u16) -> io::Result<Self> {
        if self.status == status { Ok(self) } else { Err(io::Error::other(format!("{self:?}"))) }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Http<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    async fn next(&mut self) -> io::Result<Reply> {
        self.get("/2018-06-01/runtime/invocation/next").await?.expect(200)
    }

    async fn respond(&mut self, event: &Reply) -> io::Result<Reply> {
        let path = format!("/2018-06-01/runtime/invocation/{}/response", event.request_id);
        self.post(&path, &event.body).await?.expect(202)
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
