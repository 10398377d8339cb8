//! What takes the lines that `extension_telemetry` ships; written by hand, so that it can also be out of sorts.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What a sink does with a post.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Takes it.
    Take,
    /// Answers that it cannot.
    Refuse,
    /// Reads it and hangs up.
    HangUp,
}

/// A sink on a free port, until it is dropped.
pub(crate) struct Sink {
    address: String,
    taken: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl Sink {
    /// Treats the first posts in these manners, and takes all others.
    pub(crate) async fn start(manners: &'static [Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let posts = Arc::clone(&taken);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut manners = manners.iter().copied();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let post = read(&mut stream).await;
                let status = match manners.next().unwrap_or(Manner::Take) {
                    Manner::HangUp => continue,
                    Manner::Refuse => "503 Service Unavailable",
                    Manner::Take => {
                        posts.lock().unwrap().push(post);
                        "200 OK"
                    }
                };
                let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        Self { address, taken, _task: task }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The posts that were taken.
    pub(crate) fn posts(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    /// What the events tell of invocations: kind, request id, and what a function says, if it does.
    pub(crate) fn story(&self) -> Vec<String> {
        let told = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap();
            let (kind, record) = (event["type"].as_str().unwrap(), &event["record"]);
            let id = record["requestId"].as_str()?;
            Some(match record["message"].as_str() {
                Some(message) => format!("{kind} {id} {message}"),
                None => format!("{kind} {id}"),
            })
        };
        self.posts().iter().flat_map(|post| post.lines()).filter_map(told).collect()
    }
}

/// The body of a post.
async fn read(stream: &mut TcpStream) -> String {
    let mut post = Vec::new();
    loop {
        assert_ne!(stream.read_buf(&mut post).await.unwrap(), 0, "the extension hung up");
        let text = String::from_utf8_lossy(&post);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() == length.expect("the length is known").parse::<usize>().unwrap() {
            return body.to_owned();
        }
    }
}
