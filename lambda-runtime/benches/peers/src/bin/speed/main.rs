//! Counts what an invocation and a start cost with `lambda-runtime`, with AWS's own crate and at the least, and prints one
//! Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-runtime/benches/peers/Cargo.toml --bin speed [-- --light | --deployment [NAME..]]
//! ```
//!
//! It builds the programs itself, all in the profile in which functions are deployed, and plays the same scripts to them
//! against a small server. Costs of an invocation are differences of a long and a short run, so start and end do not count
//! in them. valgrind and strace do the counting: what is not installed is said, and its rows are left out. What a clock has
//! measured is shown as a ratio and never judged. It fails if a goal is missed by more than 3 %. With `--light` it counts
//! only instructions and allocations of small events and of a start. With `--deployment` it prints another table: what C
//! library, optimisation, allocator and processor make of the same function; or the rows of it whose names are given.

mod count;
mod deployment;
mod events;
mod live;
mod programs;
mod server;
mod warm;
mod weight;

use std::{env, process::ExitCode, sync::Arc, time::Duration};

use benches::{Extent, Result, Row, Table, Tool, Tools};
use count::whole;
use programs::Programs;
use server::Script;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [deployment, names @ ..] if deployment == "--deployment" => match deployment::print(names) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                benches::say(&error.to_string());
                ExitCode::FAILURE
            }
        },
        _ => benches::main(speed),
    }
}

/// Prints the table; how many goals are missed.
fn speed(extent: Extent, tools: Tools) -> Result<usize> {
    let is_light = extent.is_light();
    let programs = Programs::build(None)?;
    let still = if is_light { None } else { Programs::build_static() };
    let mut table = Table::begin("lambda-runtime", "lambda_runtime 1.5.0")?;
    if tools.valgrind {
        let lengths = if is_light { warm::BRIEF } else { warm::WARM };
        warm::instructions(&programs, lengths, &mut table)?;
        warm::allocations(&programs, lengths, &mut table)?;
        cold(&programs, still.as_ref(), &mut table)?;
    }
    if is_light {
        return table.end();
    }
    if tools.strace {
        warm::system_calls(&programs, &mut table)?;
    }
    if tools.valgrind {
        warm::large(&programs, &mut table)?;
        warm::streaming(&programs, &mut table)?;
        warm::concurrency(&programs, &mut table)?;
    }
    live::rows(&programs, still.as_ref(), &mut table)?;
    weight::rows(&programs, still.as_ref(), &mut table)?;
    table.end()
}

/// What it takes from the execution of the program to its first poll.
fn cold(programs: &Programs, still: Option<&Programs>, table: &mut Table) -> Result<()> {
    let start = Script { event: Arc::from(""), count: 0, pause: Duration::ZERO };
    for (name, programs, goal) in [("dynamic", Some(programs), 0.63), ("static, musl", still, 0.27)] {
        let Some(programs) = programs else { continue };
        let [ours, theirs, limit] = ["hello_ours", "hello_incumbent", "limit"]
            .map(|name| whole(Tool::Callgrind, &programs.get(name), &start).map(|[count, _]| count));
        let row = Row::new(format!("instructions of a cold start, {name}"), ours?, theirs?);
        table.add(row.limit(limit?).must(goal))?;
    }
    Ok(())
}
