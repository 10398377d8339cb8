//! All scripts; here those about replies that a runtime does not expect, and about events from strangers.
//!
//! Rows are called B1 to B29, after the list of pitfalls that they come from. What the function answers is in
//! `responses`, what only a process can show in `processes`, what no service should send in `bad_input`.

use super::{
    bad_input, processes, responses,
    script::{Exit, Script, acts, event, event_with, reply, send, shorten, verdict},
    server::Act,
};

/// Every script, in the order of its rows.
pub(crate) fn all() -> Vec<Script> {
    let mut scripts = [
        refusals(),
        strangers(),
        connections(),
        pollers(),
        responses::failures(),
        responses::streams(),
        processes::starts_and_ends(),
        processes::logs(),
        bad_input::all(),
    ]
    .concat();
    scripts.sort_by_key(|script| {
        let (letter, number) = script.row.split_at(1);
        (letter, number.parse::<u32>().unwrap_or_default())
    });
    scripts
}

/// Replies to `next` that are no event.
fn refusals() -> Vec<Script> {
    const OLD: &str = "Lambda-Runtime-Aws-Request-Id: r-0\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n";
    vec![
        Script::new("B1", "500 from next ends in an error that names the endpoint", "echo", |seen, end| {
            let names = end.error_line().contains(&seen.address);
            seen.judge(end, end.exit == Exit::Error && names && !seen.lived)
        })
        .next(reply("500 Internal Server Error", "", "{}")),
        Script::new("B1", "an event with no header but its id is answered", "echo", |seen, end| {
            seen.judge(end, seen.posts("r-1").len() == 1 && seen.responded("r-2") && seen.lived)
        })
        .next(reply("200 OK", "Lambda-Runtime-Aws-Request-Id: r-1\r\n", "{}"))
        .next(event("r-2", "{}")),
        Script::new("B1", "a reply with no header at all is passed over", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(reply("200 OK", "", "{}"))
        .next(event("r-1", "{}")),
        Script::new("B2", "a refused next is no event for the handler", "echo", |seen, end| {
            seen.judge(end, seen.posts("r-0").is_empty() && seen.responded("r-1") && seen.lived)
        })
        .next(reply(
            "403 Forbidden",
            OLD,
            r#"{"errorType":"InvalidStateTransition","errorMessage":"not allowed"}"#,
        ))
        .next(event("r-1", "{}")),
        Script::new("B18", "204 means that there is no work, in a release build too", "echo", |seen, end| {
            seen.judge(end, seen.posts("r-0").is_empty() && seen.responded("r-1") && seen.lived)
        })
        .next(acts([send(&format!("HTTP/1.1 204 No Content\r\n{OLD}\r\n"))]))
        .next(acts([send(&format!("HTTP/1.1 204 No Content\r\n{OLD}\r\n"))]))
        .next(event("r-1", "{}")),
    ]
}

/// What anybody who may invoke the function can choose.
fn strangers() -> Vec<Script> {
    vec![
        Script::new("B3", "an odd client context or identity ends no process", "echo", |seen, end| {
            let all_answered = ["r-1", "r-2", "r-3", "r-4", "r-5"].iter().all(|id| seen.posts(id).len() == 1);
            seen.judge(end, all_answered && seen.failed("r-4") && seen.responded("r-5") && seen.lived)
        })
        .next(event_with("r-1", "Lambda-Runtime-Client-Context: {\"custom\":{\"k\":1}}\r\n", b"{}"))
        .next(event_with(
            "r-2",
            "Lambda-Runtime-Client-Context: {\"client\":{\"app_title\":\"a\"}}\r\n",
            b"{}",
        ))
        .next(event_with("r-3", "Lambda-Runtime-Cognito-Identity: {}\r\n", b"{}"))
        .next(event_with("r-4", "Lambda-Runtime-Client-Context: {not json\r\n", b"{}"))
        .next(event("r-5", "{}")),
        Script::new("B4", "env of the client context reaches the handler", "locale", |seen, end| {
            let body = seen.body("r-1");
            seen.judge_with(end, body == "\"de\"", &format!("locale {body}"))
        })
        .next(event_with(
            "r-1",
            "Lambda-Runtime-Client-Context: {\"env\":{\"locale\":\"de\"}}\r\n",
            b"{}",
        )),
        Script::new("B20", "the process environment is left alone", "trace_variable", |seen, end| {
            let body = seen.body("r-1");
            seen.judge_with(end, body == "null" && seen.lived, &format!("_X_AMZN_TRACE_ID is {body}"))
        })
        .next(event("r-1", "{}")),
        Script::new("B23", "an ARN that was not told is no made-up text", "arn", |seen, end| {
            let body = seen.body("r-1");
            seen.judge_with(end, matches!(&*body, "\"\"" | "null"), &format!("ARN {body}"))
        })
        .next(reply(
            "200 OK",
            "Lambda-Runtime-Aws-Request-Id: r-1\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n",
            "{}",
        )),
        Script::new(
            "B24",
            "an event that is not UTF-8 fails alone, at log level trace too",
            "echo",
            |seen, end| seen.judge(end, seen.failed("r-1") && seen.responded("r-2") && seen.lived),
        )
        .next(event_with("r-1", "", b"\xff\xfe"))
        .next(event("r-2", "{}"))
        .variable("RUST_LOG", "trace"),
        Script::new("B25", "bytes after the JSON value fail the event", "echo", |seen, end| {
            seen.judge(end, seen.failed("r-1") && seen.lived)
        })
        .next(event("r-1", "{} garbage")),
    ]
}

/// Connections that break, and those that are kept.
fn connections() -> Vec<Script> {
    let hang_up = || acts([Act::Close]);
    let mut kept = Script::new("B15", "one connection carries all invocations", "echo", |seen, end| {
        let more = format!("{} connections for 30 invocations", seen.connections);
        seen.judge_with(end, seen.connections == 1 && seen.responded("r-1") && seen.lived, &more)
    });
    for number in 0..30 {
        // A body in a segment of its own comes after the head has been seen.
        let head = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n";
        let id = if number == 0 { "r-1" } else { "r-n" };
        kept =
            kept.next(event(id, "{}")).post(acts([send(head), Act::Settle, send("{\"status\":\"OK\"}\n")]));
    }
    vec![
        Script::new("B6", "a response that got no reply is sent again", "echo", |seen, end| {
            let connections: Vec<_> = seen.posts("r-1").iter().map(|call| call.connection).collect();
            let more = format!("r-1 on connections {connections:?}");
            seen.judge_with(end, connections == [1, 2] && seen.responded("r-2") && seen.lived, &more)
        })
        .next(event("r-1", "{}"))
        .post(hang_up())
        .next(event("r-2", "{}")),
        Script::new("B6", "a next that got no reply is asked again", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-1") && seen.lived)
        })
        .next(hang_up())
        .next(event("r-1", "{}")),
        kept,
        refused(Script::new("B15", "a refused response does not stop the loop", "echo", |seen, end| {
            seen.judge(end, seen.responded("r-2") && seen.lived)
        })),
        refused(Script::new("B15", "the reason of a refusal is logged", "echo", |_, end| {
            let line = end.output.lines().find(|line| line.contains("413") || line.contains("Exceeded"));
            let is_told = end.output.contains("Exceeded maximum");
            verdict(is_told, shorten(line.unwrap_or_default(), 140))
        })),
    ]
}

fn refused(script: Script) -> Script {
    let reason =
        r#"{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size"}"#;
    script.next(event("r-1", "{}")).post(reply("413 Content Too Large", "", reason)).next(event("r-2", "{}"))
}

/// Several pollers.
fn pollers() -> Vec<Script> {
    vec![
        Script::new("B8", "four pollers are still four after three poisoned replies", "echo", |seen, end| {
            let more = format!("{} pollers left", seen.pollers);
            let answered = seen.posts("r-1").len() == 1 && seen.posts("r-2").len() == 1;
            seen.judge_with(end, seen.pollers == 4 && answered, &more)
        })
        .next(event_with("r-1", "Lambda-Runtime-Client-Context: {not json\r\n", b"{}"))
        .next(event_with("r-2", "Lambda-Runtime-Client-Context: {\"custom\":{\"k\":1}}\r\n", b"{}"))
        .next(reply("200 OK", "", "{}"))
        .pollers(4, "4"),
        Script::new(
            "B22",
            "run under managed instances polls as often as it is told",
            "run_echo",
            |seen, end| {
                let is_told_off = end.output.contains("not enabled");
                let more = format!(
                    "{} pollers{}",
                    seen.pollers,
                    if is_told_off { ", says that a feature is off which is on" } else { "" }
                );
                seen.judge_with(end, seen.pollers == 4 && !is_told_off, &more)
            },
        )
        .pollers(4, "4"),
    ]
}
