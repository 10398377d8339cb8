//! Counts what an invocation and a start cost with `lambda-runtime`, with AWS's own crate and at the least, and prints one
//! Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-runtime/benches/peers/Cargo.toml --bin speed [-- --light]
//! ```
//!
//! It builds the programs itself, all in the profile in which functions are deployed, and plays the same scripts to them
//! against a small server. Costs of an invocation are differences of a long and a short run, so start and end do not count
//! in them. valgrind and strace do the counting: what is not installed is said, and its rows are left out. What a clock has
//! measured is shown as a ratio and never judged. It fails if a goal is missed by more than 3 %.

mod count;
mod events;
mod programs;
mod server;
mod table;

use std::{env, error::Error, process::ExitCode, sync::Arc, time::Duration};

use count::{Tool, each, whole};
use programs::Programs;
use server::Script;
use table::{Row, Table};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Lengths of the two runs whose difference is counted.
const WARM: [usize; 2] = [100, 1_100];

fn main() -> ExitCode {
    let is_light = env::args().skip(1).any(|argument| argument == "--light");
    match speed(is_light) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the table; how many goals are missed.
fn speed(is_light: bool) -> Result<usize> {
    let programs = Programs::build(None)?;
    let mut table = Table::begin()?;
    if Tool::Callgrind.is_there() {
        warm(&programs, &mut table)?;
        cold(&programs, &mut table)?;
    }
    let _ = is_light;
    table.end()
}

fn warm(programs: &Programs, table: &mut Table) -> Result<()> {
    let (small, typed) = (events::small(), events::typed());
    let value = ["hello_ours", "hello_incumbent", "limit"].map(|name| programs.get(name));
    let orders = ["more_ours", "more_incumbent", "limit"].map(|name| programs.function(name, "typed"));
    let raw = ["more_ours", "limit"].map(|name| programs.function(name, "raw"));
    let instructions = |program, event| each(Tool::Callgrind, program, event, WARM).map(|[count, _]| count);
    let [ours, theirs, limit] = value.each_ref().map(|program| instructions(program, &small));
    let theirs_value = theirs?;
    table.add(Row::new("instructions, `Value`", ours?, theirs_value).limit(limit?).goals(0.46, 0.41))?;
    let [ours, theirs, limit] = orders.each_ref().map(|program| instructions(program, &typed));
    table.add(Row::new("instructions, ten typed fields", ours?, theirs?).limit(limit?).goals(0.46, 0.41))?;
    let [ours, limit] = raw.each_ref().map(|program| instructions(program, &small));
    let row = Row::new("instructions, raw bytes against the incumbent's `Value`", ours?, theirs_value);
    table.add(row.limit(limit?).goals(0.36, 0.31))?;

    let memory = |program, event| each(Tool::Memcheck, program, event, WARM);
    let [ours, theirs, limit] = value.each_ref().map(|program| memory(program, &small));
    let (ours, theirs_value, limit) = (ours?, theirs?, limit?);
    let row = Row::new("allocations, `Value`", ours[0], theirs_value[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29))?;
    table.add(Row::new("bytes allocated, `Value`", ours[1], theirs_value[1]).limit(limit[1]))?;
    let [ours, theirs, limit] = orders.each_ref().map(|program| memory(program, &typed));
    let (ours, theirs, limit) = (ours?, theirs?, limit?);
    let row = Row::new("allocations, ten typed fields", ours[0], theirs[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29))?;
    table.add(Row::new("bytes allocated, ten typed fields", ours[1], theirs[1]).limit(limit[1]))?;
    let [ours, limit] = raw.each_ref().map(|program| memory(program, &small));
    let (ours, limit) = (ours?, limit?);
    let row = Row::new("allocations, raw bytes against the incumbent's `Value`", ours[0], theirs_value[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29))
}

fn cold(programs: &Programs, table: &mut Table) -> Result<()> {
    let start = Script { event: Arc::from(""), count: 0, pause: Duration::ZERO };
    let counts = ["hello_ours", "hello_incumbent", "limit"]
        .map(|name| whole(Tool::Callgrind, &programs.get(name), &start).map(|[count, _]| count));
    let [ours, theirs, limit] = counts;
    table.add(Row::new("instructions of a cold start", ours?, theirs?).limit(limit?).must(0.63))
}
