//! Counts what events and responses of HTTP cost with both sides, and prints it side by side with the goals; fails if one is missed.
//!
//! With arguments it is what is counted: `ours|theirs request|json|binary FORMAT TIMES`.

use std::{
    env, fs,
    hint::black_box,
    mem,
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
            let (allocations, time) = work(side, task, format, times.parse().expect("a number"));
            println!("{allocations} {}", time.as_nanos());
            ExitCode::SUCCESS
        }
        _ => panic!("ours|theirs request|json|binary FORMAT TIMES"),
    }
}

/// Does it so often; the allocations of the last time, and the shortest time.
fn work(side: &str, task: &str, format: &str, times: usize) -> (u64, Duration) {
    let event = messages::event(format).expect("an event");
    let is_ours = side == "ours";
    match (task, is_ours) {
        ("request", true) => measure(times, || Bytes::from(event.clone()), ours::request),
        ("request", false) => measure(times, || Bytes::from(event.clone()), |event| theirs::request(&event)),
        (_, true) => {
            let format = ours::format(&ours::request(Bytes::from(event)));
            measure(times, || messages::response(task), |response| ours::response(format, response))
        }
        (_, false) => {
            let origin = theirs::event(&event).request_origin();
            measure(times, || messages::response(task), |response| theirs::response(origin.clone(), response))
        }
    }
}

/// What is consumed is made before, always of the same number, so that it does not count in a difference of runs.
#[expect(clippy::disallowed_methods, reason = "how long it takes is shown, and compared with nothing")]
fn measure<I, O>(times: usize, make: impl Fn() -> I, act: impl Fn(I) -> O) -> (u64, Duration) {
    let mut inputs: Vec<_> = (0..OFTEN.max(times)).map(|_| Some(make())).collect();
    let (mut allocations, mut shortest) = (0, Duration::MAX);
    for input in &mut inputs[..times] {
        let input = black_box(input.take().expect("each is there once"));
        let start = Instant::now();
        allocations = allocation_counter::measure(|| drop(black_box(act(input)))).count_total;
        shortest = shortest.min(start.elapsed());
    }
    // To be dropped, they would cost the shorter run something.
    mem::forget(inputs);
    (allocations, shortest)
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
            let [(our_allocations, our_time), (their_allocations, their_time)] =
                ["ours", "theirs"].map(|side| allocations_and_time(&program, [side, task, format]));
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

/// Of doing it once: the difference between a run of many times and one of once.
fn instructions(program: &Path, what: [&str; 3]) -> u64 {
    let [once, often] = [1, OFTEN].map(|times| {
        let file =
            env::temp_dir().join(format!("callgrind.{}.{}.{times}", std::process::id(), what.join(".")));
        let mut command = Command::new("valgrind");
        command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
        run(command.arg(program).args(what).arg(times.to_string()));
        let report = fs::read_to_string(&file).expect("callgrind has written what it counted");
        let _left = fs::remove_file(&file);
        let total = report.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
        total.trim().parse::<u64>().expect("a number")
    });
    (often - once) / (OFTEN as u64 - 1)
}

/// Of doing it once, and the shortest time in microseconds.
fn allocations_and_time(program: &Path, what: [&str; 3]) -> (u64, f64) {
    let output = run(Command::new(program).args(what).arg("400"));
    let (allocations, time) = output.trim().split_once(' ').expect("two numbers");
    (allocations.parse().expect("a number"), time.parse::<f64>().expect("a number") / 1_000.0)
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
