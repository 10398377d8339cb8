//! `web_page` behind a function URL, asked as a browser would: over TCP, by hand.

use mock_server::{Entry, Event, FunctionUrl, InvokeMode, MockLambda, UrlSettings};
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::played::{end_of, soon, write};

struct Browsed {
    mock: MockLambda,
    url: FunctionUrl,
}

impl Browsed {
    fn new() -> Self {
        let mock = MockLambda::new();
        mock.function("page").bootstrap(env!("CARGO_BIN_EXE_web_page")).unwrap();
        let settings = UrlSettings::default().invoke_mode(InvokeMode::ResponseStream);
        let url = mock.listen_url(([127, 0, 0, 1], 0).into(), "page", settings).unwrap();
        Self { mock, url }
    }

    /// A connection on which something was asked for, and the head of the reply.
    async fn asked(&self, line: &str) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(self.url.address()).await.unwrap();
        write(&mut stream, &format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await;
        // Byte by byte: what follows may come along.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(stream.read_u8()).await.unwrap());
        }
        (stream, String::from_utf8(head).unwrap())
    }
}

#[tokio::test]
async fn a_browser_gets_the_page_then_its_pieces_and_nothing_else() {
    let browsed = Browsed::new();

    let (mut stream, head) = browsed.asked("GET /").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Content-Type: text/html; charset=utf-8\r\n"), "{head}");
    let page = end_of(&mut stream).await;
    assert!(page.contains("fetch('/stream')") && page.ends_with("</script>\n\r\n0\r\n\r\n"), "{page}");

    let (mut stream, head) = browsed.asked("GET /stream").await;
    assert!(head.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{head}");
    // Each piece is a chunk of its own.
    for chunk in ["4\r\none\n\r\n", "4\r\ntwo\n\r\n", "6\r\nthree\n\r\n", "0\r\n\r\n"] {
        let mut read = vec![0; chunk.len()];
        soon(stream.read_exact(&mut read)).await.unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), chunk);
    }

    for line in ["GET /favicon.ico", "POST /"] {
        let (mut stream, head) = browsed.asked(line).await;
        assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{head}");
        assert!(end_of(&mut stream).await.contains("There is nothing here."));
    }
    browsed.mock.finish().await.unwrap();
}

/// `.ci/peers` installs Chromium where it can, and tells where.
#[tokio::test]
async fn a_headless_browser_opens_the_page_and_runs_its_script() {
    let Some(chromium) = std::env::var_os("CHROMIUM") else {
        eprintln!("skipped: CHROMIUM is not set; eval \"$(.ci/peers)\" sets it");
        return;
    };
    let browsed = Browsed::new();
    let profile = tempfile::tempdir().unwrap();
    let mut profile_argument = std::ffi::OsString::from("--user-data-dir=");
    profile_argument.push(profile.path());
    let browser = tokio::process::Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(profile_argument)
        .arg(format!("http://{}/", browsed.url.address()))
        .kill_on_drop(true)
        .output();
    let output = soon(browser).await.unwrap();
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.contains("<ul id=\"pieces\">"), "{page}{}", String::from_utf8_lossy(&output.stderr));
    // The page, and the stream that only its script asks for; how much of it is shown when the browser is closed is a
    // matter of luck.
    let began = |entry: &&Entry| matches!(entry.event, Event::InvocationBegan { .. });
    assert!(browsed.mock.timeline().entries().iter().filter(began).count() >= 2, "{page}");
}
