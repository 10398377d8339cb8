//! The examples that answer HTTP, behind function URLs: by raw requests, by curl, and by a browser.

use std::process::Stdio;

use mock_server::{FunctionUrl, InvokeMode, MockLambda, UrlSettings};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::Command,
};

use crate::played::{end_of, soon, write};

/// An example behind a function URL.
struct Behind {
    mock: MockLambda,
    url: FunctionUrl,
}

impl Behind {
    fn url(executable: &str, mode: InvokeMode) -> Self {
        let mock = MockLambda::new();
        mock.function("f").bootstrap(executable).unwrap();
        let settings = UrlSettings::default().invoke_mode(mode);
        let url = mock.listen_url(([127, 0, 0, 1], 0).into(), "f", settings).unwrap();
        Self { mock, url }
    }

    /// The whole reply to a request: its head in lower case, and its body.
    async fn ask(&self, head: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.url.address()).await.unwrap();
        let length = body.len();
        let request =
            format!("{head}\r\nHost: shop\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        write(&mut stream, &request).await;
        let reply = end_of(&mut stream).await;
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    /// The request's path with the address of the function.
    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.url.address())
    }
}

#[tokio::test]
async fn http_basic_greets_whom_the_query_names() {
    let basic = Behind::url(env!("CARGO_BIN_EXE_http_basic"), InvokeMode::Buffered);
    let (head, body) = basic.ask("GET /a%20b?name=Ada+L%C3%B6w HTTP/1.1", "").await;
    assert!(head.starts_with("http/1.1 200 ok") && head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, serde_json::json!({ "greeting": "Hello, Ada Löw!", "path": "/a%20b" }));
    basic.mock.finish().await.unwrap();
}

#[tokio::test]
async fn http_axum_takes_a_form_sets_cookies_and_redirects() {
    let axum = Behind::url(env!("CARGO_BIN_EXE_http_axum"), InvokeMode::Buffered);
    let (head, page) = axum.ask("GET / HTTP/1.1", "").await;
    assert!(
        head.contains("content-type: text/html; charset=utf-8") && page.contains("<form"),
        "{head}{page}"
    );

    let form = "POST /name HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let (head, _) = axum.ask(form, "name=Ada%3B+Path=x").await;
    assert!(head.starts_with("http/1.1 303 ") && head.contains("location: /"), "{head}");
    assert_eq!(head.matches("set-cookie: ").count(), 2, "{head}");
    assert!(head.contains("set-cookie: name=adapathx; path=/; httponly\r\n"), "{head}");

    let (_, page) = axum.ask("GET / HTTP/1.1\r\nCookie: seen=1; name=Ada", "").await;
    assert!(page.contains("<p>Hello, Ada!</p>"), "{page}");
    assert_eq!(axum.ask("GET /orders/7%2F8 HTTP/1.1", "").await.1, r#"{"id":"7/8"}"#);
    assert!(axum.ask("GET /nothing HTTP/1.1", "").await.0.starts_with("http/1.1 404 "));
    axum.mock.finish().await.unwrap();
}

#[tokio::test]
async fn http_cors_lets_pages_of_one_origin_ask() {
    let cors = Behind::url(env!("CARGO_BIN_EXE_http_cors"), InvokeMode::Buffered);
    let allowed = "access-control-allow-origin: https://shop.example.com";
    let preflight =
        "OPTIONS / HTTP/1.1\r\nOrigin: https://shop.example.com\r\nAccess-Control-Request-Method: POST";
    let (head, body) = cors.ask(preflight, "").await;
    assert!(head.contains(allowed) && head.contains("access-control-allow-methods: get,post"), "{head}");
    assert_eq!(body, "");
    let (head, body) = cors.ask("GET / HTTP/1.1\r\nOrigin: https://shop.example.com", "").await;
    assert!(head.contains(allowed) && body == r#"{"apple":3}"#, "{head}{body}");
    cors.mock.finish().await.unwrap();
}

#[tokio::test]
async fn curl_shows_the_events_of_http_streaming_one_by_one() {
    let streaming = Behind::url(env!("CARGO_BIN_EXE_http_streaming"), InvokeMode::ResponseStream);
    let mut curl = Command::new("curl");
    curl.args(["-sN", "--noproxy", "*", &streaming.at("/")]).stdout(Stdio::piped()).kill_on_drop(true);
    let Ok(mut curl) = curl.spawn() else {
        eprintln!("skipped: there is no curl on this machine");
        return;
    };
    let mut shown = BufReader::new(curl.stdout.take().unwrap()).lines();
    for number in ["three", "two", "one"] {
        assert_eq!(soon(shown.next_line()).await.unwrap().unwrap(), format!("data: {number}"));
        // The function waits after each event, and the response is not over.
        assert!(curl.try_wait().unwrap().is_none(), "{number}");
        assert_eq!(soon(shown.next_line()).await.unwrap().unwrap(), "");
    }
    assert!(soon(curl.wait()).await.unwrap().success());
}

#[tokio::test]
async fn curl_says_that_a_stream_of_http_streaming_has_failed() {
    let streaming = Behind::url(env!("CARGO_BIN_EXE_http_streaming"), InvokeMode::ResponseStream);
    let mut curl = Command::new("curl");
    curl.args(["-sSN", "--noproxy", "*", &streaming.at("/failing")]).kill_on_drop(true);
    let Ok(output) = soon(curl.output()).await else {
        eprintln!("skipped: there is no curl on this machine");
        return;
    };
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("data: one\n\n"));
    // 18: part of a file, 56: the connection was lost.
    assert!(matches!(output.status.code(), Some(18 | 56)), "{output:?}");
}

/// A page of its own, which sends the form as somebody who clicks would.
const CLICK: &str = "<form method=post action=ACTION><input name=name value=Ada></form>\
    <script>document.forms[0].submit()</script>";

/// `.ci/peers` installs Chromium where it can, and tells where.
#[tokio::test]
async fn a_browser_posts_the_form_follows_the_redirect_keeps_the_cookie_and_draws_the_image() {
    let Some(chromium) = std::env::var_os("CHROMIUM") else {
        eprintln!("skipped: CHROMIUM is not set; eval \"$(.ci/peers)\" sets it");
        return;
    };
    let axum = Behind::url(env!("CARGO_BIN_EXE_http_axum"), InvokeMode::Buffered);
    let folder = tempfile::tempdir().unwrap();
    let click = folder.path().join("click.html");
    std::fs::write(&click, CLICK.replace("ACTION", &axum.at("/name"))).unwrap();
    let mut profile = std::ffi::OsString::from("--user-data-dir=");
    profile.push(folder.path().join("profile"));
    let browser = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"])
        .args([profile, click.into_os_string()])
        .kill_on_drop(true)
        .output();
    let output = soon(browser).await.unwrap();
    let page = String::from_utf8_lossy(&output.stdout);
    let problem = String::from_utf8_lossy(&output.stderr);
    // The title is the image's doing: its bytes have come as they are.
    assert!(page.contains("<p>Hello, Ada!</p>") && page.contains("<title>drawn</title>"), "{page}{problem}");
}
