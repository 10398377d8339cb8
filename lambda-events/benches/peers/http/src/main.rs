//! Counts what events and responses of HTTP cost with `lambda-events` and with AWS's own crate, and prints one Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-events/benches/peers/http/Cargo.toml [-- --light]
//! ```
//!
//! It runs itself under valgrind, which does the counting; without it there is nothing to say, and it fails. It fails if a goal
//! is missed by more than 3 %. With `--light` allocations are counted for one format only.
//!
//! With other arguments it is what is counted: `ours|theirs request|json|binary[:BYTES] FORMAT TIMES`.

use std::{
    env,
    hint::black_box,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use benches::{Extent, Result, Row, Scaling, Table, Tool, Tools};
use bytes::Bytes;

mod messages;
mod sides;

use messages::Body;
use sides::{ours, theirs};

/// Each format, and the share of the incumbent's instructions that is the goal.
const FORMATS: [(&str, &str, f64); 5] = [
    ("rest", "REST API, 1.0", 0.48),
    (HTTP_API, "HTTP API, 2.0", 0.45),
    ("alb", "load balancer", 0.60),
    ("alb-multi-value", "load balancer, multi-value", 0.60),
    ("lattice", "VPC Lattice, 2", 0.25),
];
const HTTP_API: &str = "http-api";
/// What is done, and what of it.
const TASKS: [(&str, &str); 3] =
    [("request", "request"), ("json", "response of 1 KB JSON"), ("binary", "response of 10 KB binary")];
/// The share of the incumbent's allocations that is the goal, everywhere.
const ALLOCATIONS: f64 = 0.40;
/// How often the longer run does it.
const OFTEN: usize = 21;

/// What is done with bodies of three sizes.
const BODIES: [(&str, &str); 3] = [
    ("request", "instructions per KB, request with a text of"),
    ("json", "instructions per KB, response with JSON of"),
    ("binary", "instructions per KB, response with bytes of"),
];
const SIZES: [usize; 3] = [1_000, 100_000, 5_000_000];
const SIZE_NAMES: [&str; 3] = ["1 KB", "100 KB", "5 MB"];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [side, task, format, times] => {
            work(side, task, format, times.parse().expect("a number"));
            ExitCode::SUCCESS
        }
        _ => benches::main(compare),
    }
}

/// Does it so often.
fn work(side: &str, task: &str, format: &str, times: usize) {
    let (task, body) = messages::body(task).expect("a body");
    let event = messages::event(format, if task == "request" { body } else { Body::default() });
    let event = event.expect("an event");
    let make_event = || Bytes::from(event.clone());
    match (side, task) {
        ("ours", "request") => repeat(times, make_event, ours::request),
        ("theirs", "request") => repeat(times, make_event, |event| theirs::request(&event)),
        ("ours", _) => {
            let format = ours::format(&ours::request(make_event()));
            repeat(times, || messages::response(task, body), |response| ours::response(format, response));
        }
        ("theirs", _) => {
            let origin = theirs::event(&event).request_origin();
            repeat(
                times,
                || messages::response(task, body),
                |response| theirs::response(origin.clone(), response),
            );
        }
        // What there is before anything is done with it.
        ("made-for-ours" | "made-for-theirs", "request") => repeat(times, make_event, |event| event),
        ("made-for-ours", _) => {
            let _format = ours::format(&ours::request(make_event()));
            repeat(times, || messages::response::<ours::Body>(task, body), |response| response);
        }
        ("made-for-theirs", _) => {
            let _origin = theirs::event(&event).request_origin();
            repeat(times, || messages::response::<theirs::Body>(task, body), |response| response);
        }
        _ => panic!("{side} is no side"),
    }
}

/// Each time on what was just made, as an invocation finds it, so that the allocator is in the state in which it is then.
fn repeat<I, O>(times: usize, make: impl Fn() -> I, act: impl Fn(I) -> O) {
    for _ in 0..times {
        let input = black_box(make());
        counted(&act, input);
    }
}

/// What callgrind counts: it is told this name.
#[inline(never)]
fn counted<I, O>(act: &impl Fn(I) -> O, input: I) {
    drop(black_box(act(input)));
}

fn compare(extent: Extent, tools: Tools) -> Result<usize> {
    let program = Counting { program: env::current_exe()?, often: OFTEN };
    let mut table = Table::begin("lambda-events", "lambda_http 1.3.2")?;
    if !tools.valgrind {
        return table.end();
    }
    for (format, name, goal) in FORMATS {
        let event = messages::event(format, Body::default()).ok_or("an event")?;
        sides::agree_on_request(format, &event);
        for (task, task_name) in TASKS {
            if task != "request" {
                sides::agree_on_response(format, &event, task);
            }
            let [ours, theirs] = program.instructions(task, format)?;
            let row = Row::new(format!("instructions, {name}, {task_name}"), ours, theirs);
            let row = row.must(goal);
            // Missed so far: to escape the text is nearly half of it.
            table.add(if (format, task) == ("lattice", "json") { row.held(0.40) } else { row })?;
            if extent.is_light() && format != HTTP_API {
                continue;
            }
            let [ours, theirs] = program.allocations(task, format)?;
            let row = Row::new(format!("allocations, {name}, {task_name}"), ours, theirs);
            table.add(row.must(ALLOCATIONS))?;
        }
    }
    for (task, name) in BODIES {
        let (mut ours, mut theirs) = ([0.0; 3], [0.0; 3]);
        for (at, size) in SIZES.into_iter().enumerate() {
            let program = Counting { program: program.program.clone(), often: if at == 2 { 3 } else { 6 } };
            let counts = program.instructions(&format!("{task}:{size}"), HTTP_API)?;
            [ours[at], theirs[at]] = counts.map(|count| count / (size as f64 / 1_000.0));
        }
        table.add_scaling(&Scaling { name, sizes: SIZE_NAMES, ours, theirs, musts: [None; 3] })?;
    }
    table.end()
}

/// This program, as what is counted.
struct Counting {
    program: PathBuf,
    /// How often the longer run does it.
    often: usize,
}

impl Counting {
    /// Of doing it once, with the drop of what comes out: the difference between a run of many times and one of once.
    fn instructions(&self, task: &str, format: &str) -> Result<[f64; 2]> {
        both(|side| {
            let count = |times: usize| {
                let mut command = Tool::Callgrind.command();
                command.arg("--toggle-collect=http_peers::counted*").arg(Path::new(&self.program));
                Tool::Callgrind.count(command.args([side, task, format]).arg(times.to_string()))
            };
            let ([once, _], [often, _]) = (count(1)?, count(self.often)?);
            Ok((often - once) / (self.often - 1) as f64)
        })
    }

    /// Of doing it once: what memcheck counts, without what is counted if nothing is done.
    fn allocations(&self, task: &str, format: &str) -> Result<[f64; 2]> {
        both(|side| {
            let count = |side: &str| {
                let mut command = Tool::Memcheck.command();
                command.arg(&self.program).args([side, task, format]).arg(self.often.to_string());
                Tool::Memcheck.count(&mut command)
            };
            let ([made, _], [done, _]) = (count(&format!("made-for-{side}"))?, count(side)?);
            Ok((done - made) / self.often as f64)
        })
    }
}

/// Ours and theirs, beside each other: nothing that is counted depends on how fast it goes.
fn both(count: impl Fn(&str) -> Result<f64> + Sync) -> Result<[f64; 2]> {
    let [ours, theirs] = thread::scope(|scope| {
        let sides = ["ours", "theirs"].map(|side| scope.spawn(|| count(side)));
        sides.map(|side| side.join().unwrap_or_else(|_| Err("a run panicked".into())))
    });
    Ok([ours?, theirs?])
}
