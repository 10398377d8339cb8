//! The APIs of an execution environment, played by the test on raw sockets for one extension's process.
//!
//! Written by hand, so that it can do what the mock never does: break off, or let a moment last.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// More than anything here takes; turns a hang into a failure.
pub(crate) async fn soon<T>(happens: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), happens).await.expect("it should have happened within a minute")
}

/// A running extension that has called to register, and the API that it has called.
pub(crate) struct Played {
    pub(crate) api: TcpListener,
    /// The extension's own connection.
    pub(crate) extension: TcpStream,
    /// Killed when this is dropped.
    pub(crate) process: Child,
    /// Its folder for temporary files.
    folder: TempDir,
}

impl Drop for Played {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _waited_for = self.process.wait();
    }
}

impl Played {
    pub(crate) async fn start(executable: &str, events: &str) -> Self {
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = TempDir::new().unwrap();
        let process = Command::new(executable)
            .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (mut extension, _) = soon(api.accept()).await.unwrap();
        let call = read_until(&mut extension, events).await;
        assert!(call.starts_with("POST /2020-01-01/extension/register HTTP/1.1\r\n"), "{call}");
        Self { api, extension, process, folder }
    }

    pub(crate) async fn registers(&mut self) {
        const FUNCTION: &str = r#"{"functionName":"f","functionVersion":"$LATEST","handler":"h"}"#;

        self.replies("Lambda-Extension-Identifier: e-1\r\n", FUNCTION).await;
    }

    /// Answers the extension's last call.
    pub(crate) async fn replies(&mut self, headers: &str, body: &str) {
        let length = body.len();
        let reply = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        write(&mut self.extension, &reply).await;
    }

    /// Waits until it asks for an event, and shuts it down.
    pub(crate) async fn shuts_down(&mut self) {
        const EVENT: &str =
            r#"{"eventType":"SHUTDOWN","deadlineMs":4102444800000,"shutdownReason":"spindown"}"#;

        let call = read_until(&mut self.extension, "\r\n\r\n").await;
        assert!(call.starts_with("GET /2020-01-01/extension/event/next HTTP/1.1\r\n"), "{call}");
        self.replies("", EVENT).await;
    }

    /// Waits until the process has ended, and well.
    pub(crate) async fn ends(&mut self) {
        end_of(&mut self.extension).await;
        assert!(self.process.wait().unwrap().success());
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// What comes, up to this end.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        assert_ne!(soon(stream.read_buf(&mut read)).await.unwrap(), 0, "{}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).unwrap()
}

pub(crate) async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Waits for the end of a connection; what else comes before is given.
pub(crate) async fn end_of(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A reset is an end, too.
    let _reset = soon(stream.read_to_end(&mut read)).await;
    String::from_utf8(read).unwrap()
}
