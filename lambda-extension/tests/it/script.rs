//! An Extensions API that answers each call with the next line of a script, on a raw socket.
//!
//! Written by hand, so that a bug in the client's HTTP cannot be hidden by the same bug here.

use lambda_extension::RuntimeApi;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

/// A running script.
pub(crate) struct Script {
    pub(crate) api: RuntimeApi,
    calls: JoinHandle<Vec<String>>,
}

impl Script {
    /// Answers the calls on one connection with these replies, one after the other.
    pub(crate) async fn start(replies: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = listener.local_addr().unwrap().to_string().parse().unwrap();
        let calls = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut calls = Vec::new();
            for reply in replies {
                let mut call = Vec::new();
                while !is_whole(&call) {
                    assert_ne!(stream.read_buf(&mut call).await.unwrap(), 0, "the client hung up");
                }
                calls.push(String::from_utf8(call).unwrap());
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
            calls
        });
        Self { api, calls }
    }

    /// What was called, head and body.
    pub(crate) async fn calls(self) -> Vec<String> {
        self.calls.await.unwrap()
    }
}

fn is_whole(call: &[u8]) -> bool {
    let text = String::from_utf8_lossy(call);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}
