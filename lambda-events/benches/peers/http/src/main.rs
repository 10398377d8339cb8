//! Counts what events and responses of HTTP cost with both sides, and prints it side by side with the goals; fails if one is missed.
//!
//! With arguments it is what is counted: `ours|theirs request|json|binary FORMAT TIMES`.

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use bytes::Bytes;

mod messages;
mod sides;

use sides::{ours, theirs};

/// Each format, and the share of the incumbent's instructions that is the goal.
const FORMATS: [(&str, &str, f64); 5] = [
    ("rest", "REST API, 1.0", 0.48),
    ("http-api", "HTTP API, 2.0", 0.45),
    ("alb", "load balancer", 0.60),
    ("alb-multi-value", "load balancer, multi-value", 0.60),
    ("lattice", "VPC Lattice, 2", 0.25),
];
/// What is done, and what of it.
const TASKS: [(&str, &str); 3] =
    [("request", "request"), ("json", "response, 1 KB JSON"), ("binary", "response, 10 KB binary")];
/// The share of the incumbent's allocations that is the goal, everywhere.
const ALLOCATIONS: f64 = 0.40;
/// How often the longer run does it.
const OFTEN: usize = 21;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        [side, task, format, times] => {
            println!("{}", work(side, task, format, times.parse().expect("a number")).as_nanos());
            ExitCode::SUCCESS
        }
        _ => panic!("ours|theirs request|json|binary FORMAT TIMES"),
    }
}

/// Does it so often; the shortest time.
fn work(side: &str, task: &str, format: &str, times: usize) -> Duration {
    let event = messages::event(format).expect("an event");
    let make_event = || Bytes::from(event.clone());
    match (side, task) {
        ("ours", "request") => repeat(times, make_event, ours::request),
        ("theirs", "request") => repeat(times, make_event, |event| theirs::request(&event)),
        ("ours", _) => {
            let format = ours::format(&ours::request(make_event()));
            repeat(times, || messages::response(task), |response| ours::response(format, response))
        }
        ("theirs", _) => {
            let origin = theirs::event(&event).request_origin();
            repeat(times, || messages::response(task), |response| theirs::response(origin.clone(), response))
        }
        // What there is before anything is done with it.
        ("made-for-ours" | "made-for-theirs", "request") => repeat(times, make_event, |event| event),
        ("made-for-ours", _) => {
            let _format = ours::format(&ours::request(make_event()));
            repeat(times, || messages::response::<ours::Body>(task), |response| response)
        }
        ("made-for-theirs", _) => {
            let _origin = theirs::event(&event).request_origin();
            repeat(times, || messages::response::<theirs::Body>(task), |response| response)
        }
        _ => panic!("{side} is no side"),
    }
}

/// Each time on what was just made, as an invocation finds it, so that the allocator is in the state in which it is then.
#[expect(clippy::disallowed_methods, reason = "how long it takes is shown, and compared with nothing")]
fn repeat<I, O>(times: usize, make: impl Fn() -> I, act: impl Fn(I) -> O) -> Duration {
    let once = |_| {
        let input = black_box(make());
        let start = Instant::now();
        counted(&act, input);
        start.elapsed()
    };
    (0..times).map(once).min().unwrap_or_default()
}

/// What callgrind counts: it is told this name.
#[inline(never)]
fn counted<I, O>(act: &impl Fn(I) -> O, input: I) {
    drop(black_box(act(input)));
}

fn compare() -> ExitCode {
    let program = env::current_exe().expect("this program has a path");
    println!(
        "| format | what | instructions | lambda_http | ratio | goal | allocations | lambda_http | ratio | goal | µs | lambda_http |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut is_met = true;
    for (format, format_name, goal) in FORMATS {
        let event = messages::event(format).expect("an event");
        sides::agree_on_request(format, &event);
        for (task, task_name) in TASKS {
            if task != "request" {
                sides::agree_on_response(format, &event, task);
            }
            let [ours, theirs] = ["ours", "theirs"].map(|side| instructions(&program, [side, task, format]));
            let [our_allocations, their_allocations] =
                ["ours", "theirs"].map(|side| allocations(&program, side, [task, format]));
            let [our_time, their_time] = ["ours", "theirs"].map(|side| time(&program, [side, task, format]));
            let mut share = |ours: u64, theirs: u64, goal: f64| {
                let ratio = ours as f64 / theirs as f64;
                is_met &= ratio <= goal;
                format!(
                    "{ours} | {theirs} | {ratio:.3} | {goal:.2}{}",
                    if ratio <= goal { "" } else { " **missed**" }
                )
            };
            println!(
                "| {format_name} | {task_name} | {} | {} | {our_time:.1} | {their_time:.1} |",
                share(ours, theirs, goal),
                share(our_allocations, their_allocations, ALLOCATIONS)
            );
        }
    }
    ExitCode::from(u8::from(!is_met))
}

/// Of doing it once, with the drop of what comes out: the difference between a run of many times and one of once.
fn instructions(program: &Path, what: [&str; 3]) -> u64 {
    let [once, often] = [1, OFTEN].map(|times| {
        let file =
            env::temp_dir().join(format!("callgrind.{}.{}.{times}", std::process::id(), what.join(".")));
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--toggle-collect=http_peers::counted*"]);
        command.arg(format!("--callgrind-out-file={}", file.display()));
        run(command.arg(program).args(what).arg(times.to_string()));
        let report = fs::read_to_string(&file).expect("callgrind has written what it counted");
        let _left = fs::remove_file(&file);
        let total = report.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
        total.trim().parse::<u64>().expect("a number")
    });
    (often - once) / (OFTEN as u64 - 1)
}

/// Of doing it once: what memcheck counts, without what is counted if nothing is done.
fn allocations(program: &Path, side: &str, what: [&str; 2]) -> u64 {
    let [made, done] = [&format!("made-for-{side}"), side].map(|side| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=memcheck", "--undef-value-errors=no", "--leak-check=no"]).arg(program);
        let (_, report) = run(command.arg(side).args(what).arg(OFTEN.to_string()));
        let (_, usage) = report.split_once("total heap usage: ").expect("what was allocated");
        let digits = usage.split(' ').next().unwrap_or_default().replace(',', "");
        digits.parse::<u64>().expect("a number")
    });
    (done - made) / OFTEN as u64
}

/// The shortest of many, in microseconds.
fn time(program: &Path, what: [&str; 3]) -> f64 {
    let (nanoseconds, _) = run(Command::new(program).args(what).arg("400"));
    nanoseconds.trim().parse::<f64>().expect("a number") / 1_000.0
}

/// What it prints and what it reports.
fn run(command: &mut Command) -> (String, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [printed, reported] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{command:?}: {reported}");
    (printed, reported)
}
