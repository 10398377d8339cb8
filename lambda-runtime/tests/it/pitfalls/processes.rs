//! Scripts for a process of its own: how it starts, how it ends, and what it writes.

use std::time::Duration;

use super::{
    script::{Exit, Place, Script, acts, event, reply, verdict},
    server::{Act, short_path},
};

pub(super) fn starts_and_ends() -> Vec<Script> {
    vec![
        Script::new("B7", "four pollers on a dead endpoint wait between attempts", "echo", |_, end| {
            let lines = end.output.lines().count();
            verdict(lines < 200, format!("{lines} lines, {} bytes in 3 s", end.output.len()))
        })
        .pollers(4, "4")
        .place(Place::DeadEndpoint)
        .limit(Duration::from_secs(3)),
        Script::new(
            "B19",
            "a refused registration for the shutdown hook is survived",
            "hooked",
            |seen, end| seen.judge(end, seen.responded("r-1") && seen.lived),
        )
        .register(reply(
            "403 Forbidden",
            "",
            r#"{"errorType":"Extension.RegistrationError","errorMessage":"too late"}"#,
        ))
        .next(event("r-1", "{}"))
        .place(Place::Process),
        Script::new(
            "B19",
            "SIGTERM leaves a running handler time to answer, and the hook runs",
            "hooked",
            |seen, end| {
                let has_run = end.output.contains("hook ran");
                let is_over = end.exit == Exit::Success;
                let more = format!("hook ran: {has_run}");
                seen.judge_with(end, seen.responded("r-1") && has_run && is_over, &more)
            },
        )
        // The handler takes 400 ms.
        .next(event_and_signal())
        .next(acts([Act::Park]))
        .place(Place::Process),
        Script::new("B21", "a variable that is not set is named, without a panic", "echo", |seen, end| {
            let is_posted = seen.calls.iter().any(|call| short_path(&call.path) == "init/error");
            let names = end.output.contains("AWS_LAMBDA_FUNCTION_NAME");
            seen.judge_with(
                end,
                end.exit == Exit::Error && is_posted && names,
                &format!("named: {names}, init/error: {is_posted}"),
            )
        })
        .without_variable("AWS_LAMBDA_FUNCTION_NAME")
        .place(Place::Process),
        Script::new(
            "B28",
            "what fails before the first event is posted to init/error",
            "init_fails",
            |seen, end| {
                let init = seen.calls.iter().find(|call| short_path(&call.path) == "init/error");
                let is_right = init.is_some_and(|call| call.text().contains("no database"));
                seen.judge(end, is_right && end.exit == Exit::Error)
            },
        )
        .next(event("r-1", "{}")),
    ]
}

/// The event of which the process is signalled as soon as it has been sent.
fn event_and_signal() -> super::server::Answer {
    let mut answer = event("r-1", "{\"millis\":400}");
    answer.acts.push(Act::Signal);
    answer
}

/// The handler `log` writes a line at debug, info and error, each of which says so.
pub(super) fn logs() -> Vec<Script> {
    let log = |claim, handler, check| {
        Script::new("B27", claim, handler, check).next(event("r-1", "{}")).place(Place::Process)
    };
    let json = |script: Script| script.variable("AWS_LAMBDA_LOG_FORMAT", "JSON");
    vec![
        log("AWS_LAMBDA_LOG_LEVEL beats RUST_LOG", "log", |_, end| {
            let is_there = end.output.contains("a line at debug");
            verdict(is_there, format!("debug line written: {is_there}"))
        })
        .variable("RUST_LOG", "error")
        .variable("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
        log("FATAL is no level that means INFO", "log", |seen, end| {
            let is_there = end.output.contains("a line at info");
            verdict(!is_there && seen.lived, format!("info line written: {is_there}"))
        })
        .variable("AWS_LAMBDA_LOG_LEVEL", "FATAL"),
        json(log("a line in JSON has time, level, request id and message at the top", "log", |_, end| {
            let line = end.output.lines().find(|line| line.contains("a line at info")).unwrap_or_default();
            let has_all = ["\"timestamp\":\"", "\"level\":\"INFO\"", "\"requestId\":\"r-1\"", "\"message\":"]
                .iter()
                .all(|member| line.contains(member));
            let is_flat = !line.contains("\"fields\"") && line.matches("r-1").count() == 1;
            verdict(has_all && is_flat, line.to_owned())
        })),
        json(
            Script::new("B14", "a line from inside a stream has its request id", "stream_log", |_, end| {
                let line =
                    end.output.lines().find(|line| line.contains("inside the stream")).unwrap_or_default();
                verdict(line.contains("r-1"), line.to_owned())
            })
            .next(event("r-1", "{}"))
            .place(Place::Process),
        ),
    ]
}
