//! Scripts about what no service should send: what a runtime cannot use is refused, and the loop lives.
//!
//! `lives_or_names_endpoint` stands where two ways are right: going on, or an error that says where the
//! service is.

use super::{
    script::{Exit, Script, acts, event, event_head, event_with, send},
    server::{Act, Answer},
};

pub(super) fn all() -> Vec<Script> {
    [events(), framing(), replies()].concat()
}

/// Odd headers of an event that is otherwise good.
fn events() -> Vec<Script> {
    const ID: &str = "Lambda-Runtime-Aws-Request-Id: r-twin\r\n";
    vec![
        Script::new("I1", "an event with two ids is answered once at most", "echo", |seen, end| {
            let posts = seen.posts("r-1").len() + seen.posts("r-twin").len();
            let lives = seen.lives_or_names_endpoint(end) && seen.responded("r-2");
            seen.judge_with(end, lives && posts <= 1, &format!("{posts} answers to the twins"))
        })
        .next(event_with("r-1", ID, b"{}"))
        .next(event("r-2", "{}")),
        Script::new("I2", "a header of almost 1 MiB is read", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.responded("r-2") && seen.lived)
        })
        .next(event_with("r-1", &format!("X-Large: {}\r\n", "x".repeat(1_000_000)), b"{}"))
        .next(event("r-2", "{}")),
        Script::new("I3", "a header that is no text ends nothing", "echo", |seen, end| {
            let once = seen.posts("r-1").len() == 1;
            seen.judge(end, once && seen.responded("r-2") && seen.lived)
        })
        .next(raw_header("r-1", b"Lambda-Runtime-Client-Context: {\"custom\":\"caf\xe9\"}\r\n"))
        .next(event("r-2", "{}")),
        Script::new("I4", "a deadline that is no number ends nothing", "echo", |seen, end| {
            let once = seen.posts("r-1").len() == 1 && seen.posts("r-2").len() == 1;
            seen.judge(end, once && seen.responded("r-3") && seen.lived)
        })
        .next(deadline("r-1", "soon"))
        .next(deadline("r-2", "-1"))
        .next(event("r-3", "{}")),
        Script::new(
            "I5",
            "an id that would change the path of the answer is not used as one",
            "echo",
            |seen, end| {
                let astray =
                    seen.calls.iter().filter(|call| call.path.contains("/../") || call.path.contains('?'));
                let astray: Vec<_> = astray.map(|call| call.path.clone()).collect();
                let lives = seen.lives_or_names_endpoint(end) && seen.responded("r-1");
                seen.judge_with(end, lives && astray.is_empty(), &format!("calls astray: {astray:?}"))
            },
        )
        .next(unowed("../../init/error?x="))
        .next(event("r-1", "{}")),
    ]
}

/// Bodies whose length is told in odd ways, or wrongly.
fn framing() -> Vec<Script> {
    vec![
        Script::new("I6", "an event in chunks is put together", "echo", |seen, end| {
            let body = seen.body("r-1");
            seen.judge_with(end, body == r#"{"n":1}"# && seen.lived, &body)
        })
        .next(whole(
            "r-1",
            "Transfer-Encoding: chunked\r\n",
            "3\r\n{\"n\r\n1;x=y\r\n\"\r\n3\r\n:1}\r\n0\r\nX-T: 1\r\n\r\n",
        )),
        Script::new("I7", "an event that is cut short is asked for again", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(cut("r-1", "Content-Length: 20\r\n", "{\"n\":"))
        .next(event("r-1", "{}")),
        Script::new("I8", "chunks that are cut short are no event", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(cut("r-1", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n"))
        .next(event("r-1", "{}")),
        Script::new("I9", "a reply with a length and with chunks is no trap", "echo", |seen, end| {
            let body = seen.body("r-1");
            let once = seen.posts("r-1").is_empty() || body == "{}";
            let lives = seen.lives_or_names_endpoint(end) && seen.responded("r-2");
            seen.judge_with(end, once && lives, &format!("body {body}"))
        })
        .next(whole("r-1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"))
        .next(event("r-2", "{}")),
        Script::new("I10", "an event that comes byte by byte is put together", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(slow("r-1")),
        Script::new(
            "I11",
            "a length beyond all bounds costs no memory and ends nothing",
            "echo",
            |seen, end| seen.judge(end, seen.responded("r-1") && seen.lived),
        )
        .next(cut("r-0", "Content-Length: 1000000000000000\r\n", "{}"))
        .next(event("r-1", "{}")),
        Script::new("I12", "an event over HTTP/1.0 ends with its connection", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.responded("r-2") && seen.lived)
        })
        .next(old("r-1"))
        .next(event("r-2", "{}")),
    ]
}

/// What is hardly HTTP.
fn replies() -> Vec<Script> {
    vec![
        Script::new("I13", "what is not HTTP is passed over", "echo", |seen, end| {
            let lives = seen.lives_or_names_endpoint(end) && end.exit != Exit::Panic;
            seen.judge(end, lives && seen.responded("r-1"))
        })
        .next(acts([send("SSH-2.0-OpenSSH_9.6\r\n"), Act::Close]))
        .next(event("r-1", "{}")),
        Script::new("I14", "an interim reply is not the event", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(interim("r-1")),
        Script::new("I15", "a reply to a response that is not HTTP is survived", "echo", |seen, end| {
            seen.judge(end, !seen.posts("r-1").is_empty() && seen.responded("r-2") && seen.lived)
        })
        .next(event("r-1", "{}"))
        .post(acts([send("%$#@!\r\n\r\n"), Act::Close]))
        .next(event("r-2", "{}")),
        Script::new("I16", "a reply that nobody asked for is not taken for an event", "echo", |seen, end| {
            let none = seen.posts("r-smuggled").is_empty();
            seen.judge(end, none && seen.responded("r-1") && seen.responded("r-2") && seen.lived)
        })
        .next(event("r-1", "{}"))
        .post(smuggling())
        .next(event("r-2", "{}")),
    ]
}

fn raw_header(id: &'static str, header: &[u8]) -> Answer {
    let head = event_head(id, "Content-Length: 2\r\n");
    let head = head.trim_end().as_bytes();
    Answer { acts: vec![Act::Send([head, b"\r\n", header, b"\r\n{}"].concat())], event: Some(id) }
}

fn deadline(id: &'static str, deadline: &str) -> Answer {
    let head = event_head(id, "Content-Length: 2\r\n").replace("4102444800000", deadline);
    Answer { acts: vec![send(&(head + "{}"))], event: Some(id) }
}

/// An event that nobody has to answer.
fn unowed(id: &str) -> Answer {
    acts([send(&(event_head(id, "Content-Length: 2\r\n") + "{}"))])
}

fn whole(id: &'static str, headers: &str, body: &str) -> Answer {
    acts([send(&(event_head(id, headers) + body))])
}

fn cut(id: &'static str, headers: &str, body: &str) -> Answer {
    acts([send(&(event_head(id, headers) + body)), Act::Settle, Act::Close])
}

fn slow(id: &'static str) -> Answer {
    let bytes = event_head(id, "Content-Length: 2\r\n") + "{}";
    Answer { acts: vec![Act::Trickle(bytes.into_bytes())], event: Some(id) }
}

fn old(id: &'static str) -> Answer {
    let bytes = event_head(id, "").replace("HTTP/1.1", "HTTP/1.0") + "{}";
    Answer { acts: vec![send(&bytes), Act::Close], event: Some(id) }
}

fn interim(id: &'static str) -> Answer {
    let bytes = event_head(id, "Content-Length: 2\r\n") + "{}";
    Answer { acts: vec![send("HTTP/1.1 100 Continue\r\n\r\n"), Act::Settle, send(&bytes)], event: Some(id) }
}

/// A good reply with an event right behind it.
fn smuggling() -> Answer {
    let event = event_head("r-smuggled", "Content-Length: 2\r\n") + "{}";
    acts([send(&format!("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n{event}"))])
}
