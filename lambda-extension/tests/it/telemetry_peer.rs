//! The platform's side of a telemetry listener: a socket into which a test writes by hand.
//!
//! No HTTP library, so that a bug of the listener's cannot be hidden by the same bug here. The Extensions API is in
//! `telemetry_api`.

use std::{io, time::Duration};

use lambda_extension::telemetry::{Batch, InvalidEvent, Telemetry, TelemetryEvent};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
    time::timeout,
};

/// Fails a test that would wait for ever.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(30), future).await.unwrap()
}

/// Waits until a condition holds that nothing tells of.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    soon(async {
        while !condition() {
            yield_now().await;
        }
    })
    .await;
}

/// A connection to a listener.
pub(crate) struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    pub(crate) async fn connect(telemetry: &Telemetry) -> Self {
        Self::connect_to(telemetry.address().port()).await.unwrap()
    }

    pub(crate) async fn connect_to(port: u16) -> io::Result<Self> {
        let stream = soon(TcpStream::connect(("127.0.0.1", port))).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new() })
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Says that nothing more will be written.
    pub(crate) async fn finish(&mut self) {
        soon(self.stream.shutdown()).await.unwrap();
    }

    /// The status of the next reply; `None` if the other side has closed the connection.
    pub(crate) async fn reply(&mut self) -> Option<u16> {
        loop {
            if let Some(status) = self.take_reply() {
                return Some(status);
            }
            match soon(self.stream.read_buf(&mut self.unread)).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return None,
            }
        }
    }

    /// Takes a whole reply from what has been read.
    fn take_reply(&mut self) -> Option<u16> {
        let text = String::from_utf8_lossy(&self.unread).into_owned();
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let length = content_length(head);
        if rest.len() < length {
            return None;
        }
        self.unread.drain(..head.len() + 4 + length);
        Some(head.strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap())
    }

    /// Whether there is anything to read at this moment.
    pub(crate) fn has_reply(&mut self) -> bool {
        let mut buffer = [0; 1024];
        match self.stream.try_read(&mut buffer) {
            Ok(length) => {
                self.unread.extend_from_slice(&buffer[..length]);
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                false
            }
        }
    }

    /// Posts a batch and waits for the status of the reply.
    pub(crate) async fn post(&mut self, body: impl AsRef<[u8]>) -> u16 {
        self.send(request("POST", body)).await;
        self.reply().await.unwrap()
    }
}

/// The `Content-Length` of a head, 0 if there is none.
pub(crate) fn content_length(head: &str) -> usize {
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    length.unwrap_or_default()
}

/// A request as the platform sends it.
pub(crate) fn request(method: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "{method} / HTTP/1.1\r\nHost: sandbox.localdomain\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An event of this type with this record, as JSON.
pub(crate) fn event(kind: &str, record: &str) -> String {
    format!(r#"{{"time":"2026-11-20T10:00:00.225Z","type":"{kind}","record":{record}}}"#)
}

/// A batch with this one line that the function logged.
pub(crate) fn logged(text: &str) -> String {
    format!("[{}]", event("function", &format!("{text:?}")))
}

/// A batch with this one line that is as long as this.
pub(crate) fn logged_in(bytes: usize) -> String {
    let around = logged("").len();
    logged(&"x".repeat(bytes - around))
}

/// A batch that tells of the end of an invocation.
pub(crate) fn done(request_id: &str) -> String {
    let record = format!(r#"{{"requestId":"{request_id}","status":"success"}}"#);
    format!("[{}]", event("platform.runtimeDone", &record))
}

/// The next batch, which has to come.
pub(crate) async fn taken(telemetry: &mut Telemetry) -> Batch {
    soon(telemetry.next_batch()).await.unwrap().unwrap()
}

/// The events of a batch.
pub(crate) fn events(batch: &Batch) -> Vec<Result<TelemetryEvent, InvalidEvent>> {
    batch.events().collect()
}
