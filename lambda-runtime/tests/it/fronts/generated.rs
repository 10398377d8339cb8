//! Requests of all kinds, made by chance.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{app::Wanted, client::Sent};

const SEGMENTS: &[&str] = &[
    "",
    ".",
    "..",
    "a",
    "Orders",
    "a+b",
    "x=1;v=2",
    "@:!$'()*,",
    "~_-",
    "%20",
    "%2F",
    "%2e",
    "%2E%2e",
    "%C3%BC",
    "%3Fq",
    "%23",
    "a%26b",
    "%5B0%5D",
];
const NAMES: &[&str] = &["a", "b", "C", "a%5B%5D", "%C3%BC", "x.y"];
const VALUES: &[&str] = &["", "1", "two", "%20", "a+b", "%26%3D", "%C3%BC", "a:b/c?d", "%2B", "1,2"];
const HEADER_VALUES: &[&str] =
    &["", "1", "a, b", "\"quoted, too\"", "text/html;q=0.9", "W/\"tag\"", "caf\u{e9}", "\t x"];
const COOKIES: &[&str] = &["a=1", "b=two words", "theme=\"dark\"", "empty=", "a=2", "odd"];
const TYPES: &[&str] = &[
    "text/plain",
    "application/json",
    "application/octet-stream",
    "image/png",
    "application/x-www-form-urlencoded",
    "text/html; charset=iso-8859-1",
    "Application/XML",
    "multipart/form-data; boundary=x",
    "application/x-ndjson",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];

fn owned(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    vec(select(SEGMENTS), 0..5)
        .prop_map(|segments| segments.iter().fold("/echo".to_owned(), |path, segment| path + "/" + segment))
}

fn query() -> impl Strategy<Value = String> {
    let pair =
        (select(NAMES), select(VALUES), any::<bool>()).prop_map(|(name, value, has_sign)| match value {
            "" if !has_sign => name.to_owned(),
            value => format!("{name}={value}"),
        });
    vec(pair, 0..5).prop_map(|pairs| pairs.join("&"))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let header = |name: &'static str, values| {
        vec(owned(values), 0..3).prop_map(move |values| {
            values.into_iter().map(|value| (name.to_owned(), value)).collect::<Vec<_>>()
        })
    };
    let cookies = vec(vec(select(COOKIES), 1..4).prop_map(|cookies| cookies.join("; ")), 0..3)
        .prop_map(|all| all.into_iter().map(|cookies| ("cookie".to_owned(), cookies)).collect::<Vec<_>>());
    (
        header("X-Test", HEADER_VALUES),
        header("accept-language", HEADER_VALUES),
        header("user-agent", &["curl/8"]),
        cookies,
    )
        .prop_map(|(test, language, mut agent, cookies)| {
            agent.truncate(1);
            [test, language, agent, cookies].concat()
        })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        vec(any::<u8>(), 1..60),
        "[ -~]{1,40}".prop_map(String::into_bytes),
        "\\PC{1,20}".prop_map(String::into_bytes),
        Just(b"\xef\xbb\xbfwith a mark".to_vec()),
        Just(b"{\"a\":\"\\u0000\"}".to_vec()),
    ]
}

fn with_type(
    method: impl Strategy<Value = &'static str>,
    path: impl Strategy<Value = String>,
) -> impl Strategy<Value = Sent> {
    (method, path, query(), headers(), body(), proptest::option::of(owned(TYPES))).prop_map(
        |(method, path, query, mut headers, body, content_type)| {
            headers.extend(content_type.map(|content_type| ("Content-Type".to_owned(), content_type)));
            Sent { method, path, query, headers, body }
        },
    )
}

fn plain(method: &'static str, path: &'static str) -> impl Strategy<Value = Sent> {
    with_type(Just(method), Just(path.to_owned()))
}

fn wanted() -> impl Strategy<Value = Sent> {
    let status = select(&[200, 201, 204, 206, 302, 304, 400, 404, 409, 418, 500, 503][..]);
    let names = select(
        &["vary", "link", "x-answer", "set-cookie", "cache-control", "server", "www-authenticate"][..],
    );
    let header =
        (names, select(HEADER_VALUES)).prop_map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let content_type = proptest::option::of(owned(TYPES));
    (status, vec(header, 0..6), content_type, body()).prop_map(|(status, mut headers, content_type, body)| {
        headers.extend(content_type.map(|content_type| ("content-type".to_owned(), content_type)));
        let wanted = serde_json::to_vec(&Wanted { status, headers, body }).unwrap();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Sent { method: "POST", path: "/respond".to_owned(), query: String::new(), headers, body: wanted }
    })
}

/// Any request.
pub(super) fn request() -> impl Strategy<Value = Sent> {
    prop_oneof![
        8 => with_type(select(METHODS), path()),
        3 => plain("POST", "/upload"),
        6 => wanted(),
        2 => plain("GET", "/cookies"),
        2 => plain("POST", "/stream"),
        1 => plain("GET", "/redirect"),
        1 => plain("GET", "/panic"),
        1 => plain("GET", "/missing/%2e"),
    ]
}
