//! A function behind a function URL, asked by clients over TCP, in both modes.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, routing::get};
use lambda_runtime::{
    Runtime,
    http::{HttpLayer, Response},
};
use mock_server::{FunctionUrl, InvokeMode, MockLambda, UrlSettings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

use super::{Step, Told, give, teller, told};

/// Both modes of a URL, and what the function is told of it.
const MODES: [(InvokeMode, &str); 2] =
    [(InvokeMode::Buffered, "BUFFERED"), (InvokeMode::ResponseStream, "RESPONSE_STREAM")];

struct Site {
    _mock: MockLambda,
    url: FunctionUrl,
    teller: mpsc::UnboundedSender<Step>,
}

fn application(body: Told) -> Router {
    let body = Arc::new(Mutex::new(Some(body)));
    let told_body = async move || {
        let body = body.lock().unwrap().take();
        Response::new(Body::new(body.unwrap_or_else(|| told([]))))
    };
    Router::new()
        .route("/", get(async || ([("x-one", "1")], "home")))
        .route("/told", get(told_body))
        .route("/none", get(async || ::http::StatusCode::NO_CONTENT))
        .route("/unchanged", get(async || ::http::StatusCode::NOT_MODIFIED))
        .route("/bytes", get(async || vec![0_u8, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]))
        .route("/fails", get(async || Response::new(Body::new(told([give("half of "), Step::Fail("gone")])))))
        .route("/panics", get(async || -> Response<Body> { panic!("out of order") }))
        .route(
            "/cookies",
            get(async || axum::response::AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2")])),
        )
}

impl Site {
    fn new((mode, word): (InvokeMode, &str)) -> Self {
        let mock = MockLambda::new();
        let (teller, body) = teller();
        let body = Arc::new(Mutex::new(Some(body)));
        mock.function("site").env("AWS_LAMBDA_HTTP_INVOKE_MODE", word).in_process(move |api| {
            let body = body.lock().unwrap().take().unwrap_or_else(|| told([]));
            Runtime::new(application(body)).layer(HttpLayer::new()).endpoint(api).run_concurrent()
        });
        let settings = UrlSettings::default().invoke_mode(mode);
        let url = mock.listen_url(([127, 0, 0, 1], 0).into(), "site", settings).unwrap();
        Self { _mock: mock, url, teller }
    }

    /// A connection on which something was asked for.
    async fn asked(&self, line: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.url.address()).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The whole reply, in lower case as far as it is the head.
    async fn reply(&self, line: &str) -> (String, Vec<u8>) {
        let mut stream = self.asked(line).await;
        let head = read_head(&mut stream).await;
        let mut body = Vec::new();
        // A body that is cut off may end with a reset.
        let _end = stream.read_to_end(&mut body).await;
        (head, body)
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

/// The data of a body in chunks, and whether it has its end.
fn dechunked(mut body: &[u8]) -> (Vec<u8>, bool) {
    let mut data = Vec::new();
    loop {
        let Some(line) = body.windows(2).position(|window| window == b"\r\n") else { return (data, false) };
        let size = usize::from_str_radix(str::from_utf8(&body[..line]).unwrap(), 16).unwrap();
        body = &body[line + 2..];
        if size == 0 {
            return (data, true);
        }
        data.extend_from_slice(&body[..size]);
        body = &body[size + 2..];
    }
}

/// The data of a reply, and whether it is whole.
fn data(head: &str, body: &[u8]) -> (Vec<u8>, bool) {
    if head.contains("transfer-encoding: chunked") { dechunked(body) } else { (body.to_vec(), true) }
}

#[tokio::test]
async fn clients_get_the_same_in_both_modes() {
    for mode in MODES {
        let site = Site::new(mode);
        for (line, status, header, body) in [
            ("GET /", 200, "x-one: 1\r\n", &b"home"[..]),
            ("GET /", 200, "content-type: text/plain; charset=utf-8\r\n", b"home"),
            ("HEAD /", 200, "x-one: 1\r\n", b""),
            ("GET /none", 204, "", b""),
            ("GET /unchanged", 304, "", b""),
            ("GET /bytes", 200, "content-type: application/octet-stream\r\n", b"\0\xff\0\0\0\0\0\0\0\0"),
            ("GET /cookies", 200, "set-cookie: a=1\r\nset-cookie: b=2\r\n", b""),
            ("GET /nowhere", 404, "", b""),
            ("PUT /", 405, "allow: get,head\r\n", b""),
        ] {
            let (head, sent) = site.reply(line).await;
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{mode:?} {line}: {head}");
            assert!(head.contains(header), "{mode:?} {line}: {head}");
            assert_eq!(data(&head, &sent), (body.to_vec(), true), "{mode:?} {line}: {head}");
        }
    }
}

#[tokio::test]
async fn a_stream_reaches_the_client_piece_by_piece() {
    let site = Site::new(MODES[1]);
    let mut stream = site.asked("GET /told").await;
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("http/1.1 200 ") && head.contains("transfer-encoding: chunked"), "{head}");
    for piece in ["one", "two", "three"] {
        site.teller.send(give(piece)).ok().unwrap();
        let expected = format!("{:x}\r\n{piece}\r\n", piece.len());
        let mut read = vec![0; expected.len()];
        stream.read_exact(&mut read).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), expected);
    }
    drop(site.teller);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"0\r\n\r\n");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_disturb_the_next_one() {
    let site = Site::new(MODES[1]);
    let mut stream = site.asked("GET /told").await;
    site.teller.send(give("one")).ok().unwrap();
    assert!(read_head(&mut stream).await.starts_with("http/1.1 200 "));
    assert_eq!(stream.read_u8().await.unwrap(), b'3');
    drop(stream);
    let (head, body) = site.reply("GET /").await;
    assert_eq!(data(&head, &body), (b"home".to_vec(), true));
    // The function goes on, and it may end well.
    site.teller.send(give("two")).ok().unwrap();
}

#[tokio::test]
async fn a_body_that_fails_is_a_502_or_a_body_that_is_cut_off() {
    let site = Site::new(MODES[0]);
    let (head, _) = site.reply("GET /fails").await;
    assert!(head.starts_with("http/1.1 502 "), "{head}");

    let site = Site::new(MODES[1]);
    let mut stream = site.asked("GET /told").await;
    site.teller.send(give("half of ")).ok().unwrap();
    let told = read_head(&mut stream).await;
    assert!(told.starts_with("http/1.1 200 ") && told.contains("transfer-encoding: chunked"), "{told}");
    let mut read = [0; 13];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"8\r\nhalf of \r\n");
    site.teller.send(Step::Fail("the database is gone")).ok().unwrap();
    let mut rest = Vec::new();
    // It may be a reset.
    let _end = stream.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    // Lambda answers for a function that has failed before it answered itself.
    let (head, _) = site.reply("GET /panics").await;
    assert!(head.starts_with("http/1.1 502 "), "{head}");
    let (head, body) = site.reply("GET /").await;
    assert_eq!(data(&head, &body), (b"home".to_vec(), true));
}
