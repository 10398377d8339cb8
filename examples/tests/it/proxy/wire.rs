//! The proxy between two raw sockets: the test is the runtime on one side and the Runtime API on the other.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: proxy\r\n\r\n";

/// More than anything here takes; turns a hang into a failure.
async fn soon<T>(happens: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), happens).await.expect("it should have happened within a minute")
}

/// A running proxy that has registered, and the API behind it.
struct Stage {
    api: TcpListener,
    proxy: Child,
    /// The extension's own connection.
    extension: TcpStream,
    folder: TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _gone = self.proxy.kill();
        let _waited_for = self.proxy.wait();
    }
}

impl Stage {
    async fn start() -> Self {
        const FUNCTION: &str = r#"{"functionName":"f","functionVersion":"$LATEST","handler":"h"}"#;

        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = TempDir::new().unwrap();
        let proxy = Command::new(env!("CARGO_BIN_EXE_extension_proxy"))
            .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (mut extension, _) = soon(api.accept()).await.unwrap();
        let call = read_until(&mut extension, "{\"events\":[\"SHUTDOWN\"]}").await;
        assert!(call.starts_with("POST /2020-01-01/extension/register HTTP/1.1\r\n"), "{call}");
        // Whoever is started by this answer finds the address.
        assert!(fs::exists(folder.path().join("runtime-api-proxy")).unwrap(), "before it registers");
        let head = format!("Lambda-Extension-Identifier: e-1\r\nContent-Length: {}", FUNCTION.len());
        write(&mut extension, &format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{FUNCTION}")).await;
        Self { api, proxy, extension, folder }
    }

    /// A connection of a runtime's.
    async fn runtime(&self) -> TcpStream {
        let address = fs::read_to_string(self.folder.path().join("runtime-api-proxy")).unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    /// The connection to the API that the proxy has opened for it.
    async fn upstream(&self) -> TcpStream {
        soon(self.api.accept()).await.unwrap().0
    }

    fn host(&self) -> String {
        self.api.local_addr().unwrap().to_string()
    }
}

/// What comes, up to this end.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        assert_ne!(soon(stream.read_buf(&mut read)).await.unwrap(), 0, "{}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).unwrap()
}

async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Waits for the end of a connection; what else comes before is given.
async fn end_of(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A reset is an end, too.
    let _reset = soon(stream.read_to_end(&mut read)).await;
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn calls_and_replies_pass_as_they_are_but_for_the_host() {
    const REPLY: &str = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\nX-Odd-Case: kept\r\nContent-Length: 7\r\n\r\n{\"n\":1}";

    let stage = Stage::start().await;
    let mut runtime = stage.runtime().await;
    write(&mut runtime, NEXT).await;
    let mut upstream = stage.upstream().await;
    assert_eq!(read_until(&mut upstream, "\r\n\r\n").await, NEXT.replace("proxy", &stage.host()));
    write(&mut upstream, REPLY).await;
    assert_eq!(read_until(&mut runtime, "{\"n\":1}").await, REPLY);

    // The same two connections, and a status that is none of success.
    write(&mut runtime, NEXT).await;
    read_until(&mut upstream, "\r\n\r\n").await;
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}";
    write(&mut upstream, refusal).await;
    assert_eq!(read_until(&mut runtime, "{}").await, refusal);
}

const STREAM: &str = "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\nHost: proxy\r\n\
    Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\
    Trailer: Lambda-Runtime-Function-Error-Type\r\n\r\n";

#[tokio::test]
async fn a_stream_passes_piece_by_piece_and_with_its_trailers() {
    let stage = Stage::start().await;
    let mut runtime = stage.runtime().await;
    write(&mut runtime, STREAM).await;
    write(&mut runtime, "3\r\none\r\n").await;
    let mut upstream = stage.upstream().await;
    let begin = read_until(&mut upstream, "3\r\none\r\n").await;
    assert_eq!(
        begin,
        STREAM.replace("proxy", &stage.host()) + "3\r\none\r\n",
        "before the next piece is there"
    );
    write(&mut runtime, "3\r\ntwo\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Late\r\n\r\n").await;
    let rest = read_until(&mut upstream, "\r\n\r\n").await.to_lowercase();
    assert_eq!(rest, "3\r\ntwo\r\n0\r\nlambda-runtime-function-error-type: function.late\r\n\r\n");

    // A reply may be a stream as well.
    write(&mut upstream, "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nO1\r\n").await;
    let begin = read_until(&mut runtime, "2\r\nO1\r\n").await;
    assert!(begin.starts_with("HTTP/1.1 202 Accepted\r\n"), "{begin}");
    write(&mut upstream, "2\r\nK2\r\n0\r\n\r\n").await;
    assert_eq!(read_until(&mut runtime, "\r\n\r\n").await, "2\r\nK2\r\n0\r\n\r\n");
}

#[tokio::test]
async fn whoever_hangs_up_hangs_up_on_the_api() {
    let stage = Stage::start().await;
    let mut polling = stage.runtime().await;
    write(&mut polling, NEXT).await;
    let mut upstream = stage.upstream().await;
    read_until(&mut upstream, "\r\n\r\n").await;
    drop(polling);
    assert_eq!(end_of(&mut upstream).await, "", "a poll that nobody waits for");

    let mut answering = stage.runtime().await;
    write(&mut answering, STREAM).await;
    write(&mut answering, "3\r\none\r\n").await;
    let mut upstream = stage.upstream().await;
    read_until(&mut upstream, "one\r\n").await;
    drop(answering);
    assert_eq!(end_of(&mut upstream).await, "", "the last chunk is not made up");
}

#[tokio::test]
async fn an_api_that_is_gone_is_a_502_and_one_that_is_back_is_used() {
    let stage = Stage::start().await;
    let mut runtime = stage.runtime().await;
    write(&mut runtime, NEXT).await;
    let mut upstream = stage.upstream().await;
    read_until(&mut upstream, "\r\n\r\n").await;
    drop(upstream);
    let reply = read_until(&mut runtime, "message completed").await;
    assert!(reply.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{reply}");

    write(&mut runtime, NEXT).await;
    let mut upstream = stage.upstream().await;
    read_until(&mut upstream, "\r\n\r\n").await;
    write(&mut upstream, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"n\":").await;
    read_until(&mut runtime, "{\"n\":").await;
    drop(upstream);
    assert_eq!(end_of(&mut runtime).await, "", "what is cut off is not made whole");
}

#[tokio::test]
async fn a_shutdown_ends_it() {
    let mut stage = Stage::start().await;
    let call = read_until(&mut stage.extension, "\r\n\r\n").await;
    assert!(call.starts_with("GET /2020-01-01/extension/event/next HTTP/1.1\r\n"), "{call}");
    let event = r#"{"eventType":"SHUTDOWN","deadlineMs":1763640002123,"shutdownReason":"spindown"}"#;
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{event}", event.len());
    write(&mut stage.extension, &reply).await;
    end_of(&mut stage.extension).await;
    assert!(stage.proxy.wait().unwrap().success());
}
