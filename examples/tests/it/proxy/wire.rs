//! The proxy between two raw sockets: the test is the runtime on one side and the Runtime API on the other.

use std::fs;

use tokio::net::TcpStream;

use crate::played::{Played, end_of, read_until, soon, write};

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: proxy\r\n\r\n";

/// A proxy that has registered.
async fn proxy() -> Played {
    let mut stage = Played::start(env!("CARGO_BIN_EXE_extension_proxy"), "{\"events\":[\"SHUTDOWN\"]}").await;
    // Whoever is started by the answer finds the address.
    assert!(fs::exists(stage.folder().join("runtime-api-proxy")).unwrap(), "before it registers");
    stage.registers().await;
    stage
}

impl Played {
    /// A connection of a runtime's.
    async fn runtime(&self) -> TcpStream {
        let address = fs::read_to_string(self.folder().join("runtime-api-proxy")).unwrap();
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

#[tokio::test]
async fn calls_and_replies_pass_as_they_are_but_for_the_host() {
    const REPLY: &str = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\nX-Odd-Case: kept\r\nContent-Length: 7\r\n\r\n{\"n\":1}";

    let stage = proxy().await;
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
    let stage = proxy().await;
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
    let stage = proxy().await;
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
    let stage = proxy().await;
    let mut runtime = stage.runtime().await;
    write(&mut runtime, NEXT).await;
    let mut upstream = stage.upstream().await;
    read_until(&mut upstream, "\r\n\r\n").await;
    drop(upstream);
    let reply = read_until(&mut runtime, ")").await;
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
    let mut stage = proxy().await;
    stage.shuts_down().await;
    stage.ends().await;
}
