//! Counts what an extension costs with `lambda-extension` and with AWS's own crate, and prints one Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-extension/benches/peers/Cargo.toml [-- --light]
//! ```
//!
//! It builds the programs itself, and plays the same scripts to them against a small server. Costs of an event and of a
//! batch are differences of a long and a short run, so start and end do not count in them. valgrind and strace do the
//! counting: what is not installed is said, and its rows are left out. Nothing is measured with a clock but the CPU
//! time of a build, which has no goal. It fails if a goal is missed by more than 3 %. With `--light` it counts only
//! instructions and allocations, in shorter runs.

mod batch;
mod count;
mod server;
mod telemetry;
mod weight;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use benches::{Extent, Result, Row, Table, Tool, Tools};
use count::Runs;
use server::Script;

fn main() -> ExitCode {
    benches::main(compare)
}

/// Prints the table; how many goals are missed.
fn compare(extent: Extent, tools: Tools) -> Result<usize> {
    let programs = Programs::build()?;
    let mut table = Table::begin("lambda-extension", "lambda-extension 1.1.1 of AWS")?;
    let runs = Runs(if extent.is_light() { 1 } else { 3 });
    if tools.valgrind {
        let lengths = if extent.is_light() { [50, 450] } else { [200, 1_200] };
        events(&programs, runs, lengths, &mut table)?;
        start(&programs, runs, &mut table)?;
    }
    if tools.strace {
        system_calls(&programs, runs, &mut table)?;
    }
    if tools.valgrind {
        telemetry::rows(&programs, runs, extent, &mut table)?;
    }
    if !extent.is_light() {
        weight::rows(&mut table)?;
    }
    table.end()
}

/// Back to back a reply may be there before it is asked for, which saves a turn: how often is chance.
const DISTANCES: [(&str, Duration); 2] =
    [("back to back", Duration::ZERO), ("2 ms apart", Duration::from_millis(2))];

/// Ours, the incumbent's and the least, with a service that does nothing.
const EVENTS: [&str; 3] = ["events_ours", "events_incumbent", "limit"];

fn events(programs: &Programs, runs: Runs, lengths: [usize; 2], table: &mut Table) -> Result<()> {
    let each = |tool, pause, name| {
        runs.each(tool, &programs.get(name), lengths.map(|count| Script::Events { count, pause }))
    };
    for (how, pause) in DISTANCES {
        let [ours, theirs, limit] = EVENTS.map(|name| each(Tool::Callgrind, pause, name));
        let row = Row::new(format!("instructions per event, {how}"), ours?[0], theirs?[0]);
        table.add(row.limit(limit?[0]).must(0.50))?;
    }
    let [ours, theirs, limit] = EVENTS.map(|name| each(Tool::Memcheck, Duration::ZERO, name));
    let (ours, theirs, limit) = (ours?, theirs?, limit?);
    table.add(Row::new("allocations per event", ours[0], theirs[0]).limit(limit[0]))?;
    table.add(Row::new("bytes allocated per event", ours[1], theirs[1]).limit(limit[1]))
}

/// From the execution of the program to its first poll, and its end.
fn start(programs: &Programs, runs: Runs, table: &mut Table) -> Result<()> {
    const START: Script = Script::Events { count: 0, pause: Duration::ZERO };

    let start = |tool, name| runs.whole(tool, &programs.get(name), &START).map(|[count, _]| count);
    let [ours, theirs, limit] = EVENTS.map(|name| start(Tool::Callgrind, name));
    let (ours, limit) = (ours?, limit?);
    table.add(Row::new("instructions of a cold start", ours, theirs?).limit(limit).must(0.60))?;
    let bare = start(Tool::Callgrind, "events_incumbent_bare")?;
    table.add(Row::new("… beside AWS's without a subscriber", ours, bare).limit(limit))?;
    let [ours, theirs, limit] = EVENTS.map(|name| start(Tool::Memcheck, name));
    table.add(Row::new("allocations of a cold start", ours?, theirs?).limit(limit?))
}

fn system_calls(programs: &Programs, runs: Runs, table: &mut Table) -> Result<()> {
    for (how, pause) in DISTANCES {
        let [ours, theirs, limit] = EVENTS.map(|name| {
            let scripts = [50, 550].map(|count| Script::Events { count, pause });
            runs.each(Tool::Strace, &programs.get(name), scripts).map(|[count, _]| count)
        });
        table.add(Row::new(format!("system calls per event, {how}"), ours?, theirs?).limit(limit?))?;
    }
    Ok(())
}

/// The programs, built.
struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds them in the release profile, as extensions are deployed; each side with its own features.
    fn build() -> Result<Self> {
        for (features, bins) in [
            ("ours", ["events_ours", "telemetry_ours_raw", "telemetry_ours_typed"].as_slice()),
            ("incumbent", &["events_incumbent", "events_incumbent_bare", "telemetry_incumbent"]),
            ("", &["limit"]),
        ] {
            let status = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--release", "--features", features])
                .args(bins.iter().flat_map(|bin| ["--bin", bin]))
                .arg("--manifest-path")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
                .status()?;
            if !status.success() {
                return Err(format!("{bins:?} cannot be built").into());
            }
        }
        let this = env::current_exe()?;
        let target = this.parent().and_then(Path::parent).ok_or("this program is in no folder")?;
        Ok(Self { folder: target.join("release") })
    }

    fn get(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
