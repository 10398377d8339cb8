//! Counts instructions and allocations of reading an event with `lambda-events` and with AWS's own crate, and prints one
//! Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-events/benches/peers/Cargo.toml [-- --light]
//! ```
//!
//! Costs are differences of a long and a short run of `read`, so the making of the event does not count in them. valgrind
//! counts; without it there is nothing to say, and it fails. It fails if a goal is missed by more than 3 %. There is nothing but
//! instructions and allocations here, so `--light` counts the same.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
};

use benches::{Extent, Result, Row, Scaling, Table, Tool, Tools};

/// Each event, its name in the table, and the share of the incumbent's instructions that is the goal.
const EVENTS: [(&str, &str, f64); 3] = [
    ("sqs:10", "SQS, 10 records", 0.75),
    ("kinesis:100", "Kinesis, 100 records", 0.48),
    ("apigw:1", "API Gateway v2", 0.52),
];

/// What there is in many sizes: the source, what a unit is called in the table, sizes, and what they are called.
const SIZES: [(&str, &str, [usize; 3], [&str; 3]); 2] = [
    ("sqs", "instructions per record, events of SQS of", [1, 100, 5_000], ["1", "100", "5,000"]),
    ("kinesis", "instructions per record, events of Kinesis of", [1, 100, 10_000], ["1", "100", "10,000"]),
];

/// How often the longer run reads an event.
const OFTEN: usize = 21;
/// From how many records on an event is large.
const RECORDS: usize = 1_000;

fn main() -> ExitCode {
    benches::main(compare)
}

fn compare(_: Extent, tools: Tools) -> Result<usize> {
    let read = Read::build()?;
    let mut table = Table::begin("lambda-events", "aws_lambda_events 1.2.1")?;
    if tools.valgrind {
        for (event, name, goal) in EVENTS {
            let [ours, theirs] = read.sides(Tool::Callgrind, event, OFTEN)?;
            table.add(Row::new(format!("instructions, {name}"), ours[0], theirs[0]).must(goal))?;
        }
        for (event, name, _) in EVENTS {
            let [ours, theirs] = read.sides(Tool::Memcheck, event, OFTEN)?;
            table.add(Row::new(format!("allocations, {name}"), ours[0], theirs[0]))?;
            table.add(Row::new(format!("bytes allocated, {name}"), ours[1], theirs[1]))?;
        }
        for (source, name, sizes, names) in SIZES {
            let (mut ours, mut theirs) = ([0.0; 3], [0.0; 3]);
            for (at, size) in sizes.into_iter().enumerate() {
                // One more of the large ones is enough to be sure of.
                let often = if size > RECORDS { 2 } else { OFTEN };
                let counts = read.sides(Tool::Callgrind, &format!("{source}:{size}"), often)?;
                [ours[at], theirs[at]] = counts.map(|[count, _]| count / size as f64);
            }
            table.add_scaling(&Scaling { name, sizes: names, ours, theirs, musts: [None; 3] })?;
        }
    }
    table.end()
}

/// The program that reads.
struct Read {
    path: PathBuf,
}

impl Read {
    fn build() -> Result<Self> {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--bin", "read", "--manifest-path"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .status()?;
        if !built.success() {
            return Err("the program that reads cannot be built".into());
        }
        Ok(Self { path: env::current_exe()?.with_file_name("read") })
    }

    /// Of reading an event once, ours and the incumbent's, beside each other.
    fn sides(&self, tool: Tool, event: &str, often: usize) -> Result<[[f64; 2]; 2]> {
        let [ours, theirs] = thread::scope(|scope| {
            ["ours", "incumbent"]
                .map(|side| scope.spawn(move || self.each(tool, side, event, often)))
                .map(|side| side.join().unwrap_or_else(|_| Err("a run panicked".into())))
        });
        Ok([ours?, theirs?])
    }

    fn each(&self, tool: Tool, side: &str, event: &str, often: usize) -> Result<[f64; 2]> {
        let run = |times: usize| {
            tool.count(tool.command().arg(&self.path).args([side, event]).arg(times.to_string()))
        };
        // The first time is not like the others: it finds no room that has been used before.
        let [once, more] = [run(1)?, run(often)?];
        Ok([0, 1].map(|which| (more[which] - once[which]) / (often - 1) as f64))
    }
}
