//! Scripts about what a function answers: errors, panics, and streams that come to a good or a bad end.

use std::time::Duration;

use super::{
    script::{Script, event, shorten},
    wire::Call,
};

/// What waits for an acknowledgement of the bytes before it waits for 40 ms.
const HELD_BACK: Duration = Duration::from_millis(20);

pub(super) fn failures() -> Vec<Script> {
    vec![
        Script::new("B5", "a response that cannot be encoded fails alone", "non_string_keys", |seen, end| {
            seen.judge(end, seen.failed("r-1") && seen.failed("r-2") && seen.lived)
        })
        .next(event("r-1", "{}"))
        .next(event("r-2", "{}")),
        Script::new(
            "B16",
            "an error has a short type, a category and all its causes",
            "two_contexts",
            |seen, end| {
                let body = seen.body("r-1");
                let error_type = string_member(&body, "errorType");
                let has_type =
                    !error_type.is_empty() && error_type.chars().all(|c| c.is_ascii_alphanumeric());
                let has_causes = ["outer", "middle", "root"].iter().all(|cause| body.contains(cause));
                let is_right = has_type && has_causes && seen.failed("r-1") && seen.lived;
                seen.judge_with(end, is_right, &shorten(&body, 110))
            },
        )
        .next(event("r-1", "{}")),
        Script::new("B17", "a panic is reported with its place and ends nothing", "panic", |seen, end| {
            let body = seen.body("r-1");
            let says_all = ["anic", "boom", ".rs:"].iter().all(|part| body.contains(part));
            let is_right = says_all && seen.failed("r-1") && seen.failed("r-2") && seen.lived;
            seen.judge_with(end, is_right, &shorten(&body, 110))
        })
        .next(event("r-1", "{}"))
        .next(event("r-2", "{}")),
        Script::new(
            "B17",
            "a panic while the response is encoded fails alone",
            "panic_in_encoding",
            |seen, end| seen.judge(end, seen.failed("r-1") && seen.failed("r-2") && seen.lived),
        )
        .next(event("r-1", "{}"))
        .next(event("r-2", "{}")),
    ]
}

pub(super) fn streams() -> Vec<Script> {
    let mut prompt = Script::new("B12", "no piece of a stream is held back", "stream_http", |seen, end| {
        let calls = IDS.iter().filter_map(|id| seen.posts(id).first().copied());
        // What the handler itself waits for is some microseconds.
        let last_byte = |call: &Call| call.byte_after(call.body.len().checked_sub(1)?);
        let mut waits: Vec<Duration> = calls.filter_map(last_byte).collect();
        waits.sort();
        let median = waits.get(waits.len() / 2).copied().unwrap_or(Duration::MAX);
        let more = format!("last byte {median:.1?} after the head, median of {}", waits.len());
        seen.judge_with(end, waits.len() == IDS.len() && median < HELD_BACK && seen.lived, &more)
    });
    for id in IDS {
        prompt = prompt.next(event(id, "{}"));
    }
    vec![
        Script::new("B10", "an error in a stream ends it, with trailers", "stream_ok_err_ok", |seen, end| {
            let posts = seen.posts("r-1");
            let body = seen.body("r-1");
            let has_trailers = posts.first().is_some_and(|call| call.is_whole && has_error_trailers(call));
            let is_clean = body.contains("before")
                && !body.contains("after")
                && !body.contains("Lambda-Runtime-Function-Error");
            let more = format!("trailers: {has_trailers}, body {:?}", tail(&body));
            seen.judge_with(end, posts.len() == 1 && has_trailers && is_clean && seen.lived, &more)
        })
        .next(event("r-1", "{}")),
        Script::new("B11", "a panic in a stream does not pass for its end", "stream_panic", |seen, end| {
            let posts = seen.posts("r-1");
            let is_told = posts.first().is_some_and(|call| !call.is_whole || has_error_trailers(call));
            let body = seen.body("r-1");
            let more = format!("told: {is_told}, body {:?}", tail(&body));
            seen.judge_with(end, posts.len() == 1 && is_told && body.contains("before") && seen.lived, &more)
        })
        .next(event("r-1", "{}")),
        prompt,
        Script::new("B13", "a stream can go without an HTTP prelude", "stream_raw", |seen, end| {
            let body = seen.body("r-1");
            let content_type = seen.posts("r-1").first().and_then(|call| call.header("content-type"));
            let more = format!("{}, body {:?}", content_type.unwrap_or("no content type"), tail(&body));
            let is_right = body == "one,two" && content_type == Some("text/csv") && seen.responded("r-1");
            seen.judge_with(end, is_right && seen.lived, &more)
        })
        .next(event("r-1", "{}")),
    ]
}

const IDS: [&str; 6] = ["r-1", "r-2", "r-3", "r-4", "r-5", "r-6"];

fn has_error_trailers(call: &Call) -> bool {
    let error_type = call.trailer("lambda-runtime-function-error-type").unwrap_or_default();
    !error_type.is_empty() && call.trailer("lambda-runtime-function-error-body").is_some()
}

/// The end of a body; what comes before it is the prelude.
fn tail(body: &str) -> String {
    let from = body.char_indices().rev().nth(79).map_or(0, |(at, _)| at);
    body[from..].to_owned()
}

/// A member of a flat JSON object that is written without spaces.
fn string_member<'a>(json: &'a str, name: &str) -> &'a str {
    let start = format!("\"{name}\":\"");
    let Some(at) = json.find(&start) else { return "" };
    json[at + start.len()..].split('"').next().unwrap_or_default()
}
