//! Somebody who listens, and answers what the test says.

use http::Uri;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::soon;

/// A socket that nobody has connected to yet.
pub(super) struct Canned {
    listener: TcpListener,
    pub(super) url: Uri,
}

/// What was asked.
#[derive(Debug)]
pub(super) struct Asked {
    /// The head in small letters.
    pub(super) head: String,
    pub(super) body: Value,
}

impl Canned {
    pub(super) async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        Self { listener, url }
    }

    /// The next question, and where its answer goes.
    pub(super) async fn asked(&self) -> (TcpStream, Asked) {
        let (mut stream, _) = soon(self.listener.accept()).await.unwrap();
        let asked = soon(read(&mut stream)).await;
        (stream, asked)
    }

    /// Answers one question after the other with a status and a body, and gives what came of asking.
    pub(super) async fn answers<T>(
        &self,
        asking: impl Future<Output = T>,
        answers: &[(u16, &str)],
    ) -> (T, Vec<Asked>) {
        let answering = async {
            let mut questions = Vec::new();
            for (status, body) in answers {
                let (mut stream, asked) = self.asked().await;
                answer(&mut stream, *status, body).await;
                questions.push(asked);
            }
            questions
        };
        tokio::join!(asking, answering)
    }
}

impl Asked {
    /// The operation, in small letters.
    pub(super) fn operation(&self) -> &str {
        let target = self.head.lines().find_map(|line| line.strip_prefix("x-amz-target: ")).unwrap();
        target.split_once('.').unwrap().1
    }
}

pub(super) async fn answer(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).await.unwrap();
}

/// Reads up to the end of the body, whose length has to be said.
async fn read(stream: &mut TcpStream) -> Asked {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "it was cut short: {}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return Asked { body: serde_json::from_str(body).unwrap(), head };
        }
    }
}
