//! Counts what an extension costs with `lambda-extension` and with AWS's own crate, and prints one Markdown table.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-extension/benches/peers/Cargo.toml [events] [telemetry] [weight]
//! ```
//!
//! It builds the programs itself, and plays the same scripts to them against a small server. Costs of an event and of a
//! batch are differences of a long and a short run, so start and end do not count in them. valgrind and strace do the
//! counting: what is not installed is said, and its rows are left out. Nothing is measured with a clock but the CPU
//! time of a build, which has no goal. A goal that is missed is marked.

mod batch;
mod count;
mod server;
mod table;

use std::{
    env,
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use count::Tool;
use server::Script;
use table::Row;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const EVENTS: [usize; 2] = [200, 1_200];
const BATCHES: [usize; 2] = [5, 25];

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what was asked for.
fn compare() -> Result<()> {
    let programs = Programs::build()?;
    let asked: Vec<String> = env::args().skip(1).collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    table::begin()?;
    if is_asked("events") {
        events(&programs)?;
    }
    if is_asked("telemetry") {
        telemetry(&programs)?;
    }
    if is_asked("weight") {
        weight()?;
    }
    Ok(())
}

/// Whether a tool is there; says so if not.
fn has(tool: Tool) -> bool {
    let is_there = tool.is_there();
    if !is_there {
        eprintln!("{tool:?} is not installed: its rows are left out");
    }
    is_there
}

fn events(programs: &Programs) -> Result<()> {
    const START: Script = Script::Events { count: 0, pause: Duration::ZERO };

    let each = |tool, name: &'static str, pause| {
        count::each(tool, &programs.get(name), EVENTS.map(|count| Script::Events { count, pause }))
    };
    let start = |tool, name: &'static str| count::whole(tool, &programs.get(name), &START);
    let distances = [("back to back", Duration::ZERO), ("2 ms apart", Duration::from_millis(2))];
    if has(Tool::Callgrind) {
        for (how, pause) in distances {
            let [ours, _] = each(Tool::Callgrind, "events_ours", pause)?;
            let [theirs, _] = each(Tool::Callgrind, "events_incumbent", pause)?;
            let row = Row::new(format!("instructions per event, {how}"), ours, theirs);
            table::add(if pause.is_zero() { row.goal(0.50) } else { row })?;
        }
        let [ours, _] = start(Tool::Callgrind, "events_ours")?;
        let [theirs, _] = start(Tool::Callgrind, "events_incumbent")?;
        table::add(Row::new("instructions of a cold start", ours, theirs).goal(0.60))?;
        let [theirs, _] = start(Tool::Callgrind, "events_incumbent_bare")?;
        table::add(Row::new("… the incumbent's without a subscriber", ours, theirs))?;
    }
    if has(Tool::Memcheck) {
        let ours = each(Tool::Memcheck, "events_ours", Duration::ZERO)?;
        let theirs = each(Tool::Memcheck, "events_incumbent", Duration::ZERO)?;
        table::add(Row::new("allocations per event", ours[0], theirs[0]))?;
        table::add(Row::new("bytes allocated per event", ours[1], theirs[1]))?;
        let [ours, _] = start(Tool::Memcheck, "events_ours")?;
        let [theirs, _] = start(Tool::Memcheck, "events_incumbent")?;
        table::add(Row::new("allocations of a cold start", ours, theirs))?;
    }
    if has(Tool::Strace) {
        for (how, pause) in distances {
            let [ours, _] = each(Tool::Strace, "events_ours", pause)?;
            let [theirs, _] = each(Tool::Strace, "events_incumbent", pause)?;
            table::add(Row::new(format!("system calls per event, {how}"), ours, theirs))?;
        }
    }
    Ok(())
}

fn telemetry(programs: &Programs) -> Result<()> {
    let body: Arc<str> = batch::body().into();
    let each = |tool, name: &'static str| {
        let scripts = BATCHES.map(|count| Script::Batches(Arc::clone(&body), count));
        count::each(tool, &programs.get(name), scripts)
    };
    let [raw, typed, incumbent] = ["telemetry_ours_raw", "telemetry_ours_typed", "telemetry_incumbent"];
    if has(Tool::Callgrind) {
        let per_record = |name| each(Tool::Callgrind, name).map(|[count, _]| count / batch::RECORDS as f64);
        let theirs = per_record(incumbent)?;
        table::add(Row::new("instructions per record, outline", per_record(raw)?, theirs).goal(0.40))?;
        table::add(Row::new("instructions per record, decoded", per_record(typed)?, theirs))?;
    }
    if has(Tool::Memcheck) {
        let [raw, typed, theirs] = [raw, typed, incumbent].map(|name| each(Tool::Memcheck, name));
        let [raw, typed, theirs] = [raw?, typed?, theirs?];
        table::add(Row::new("allocations per batch of 1,000, outlines", raw[0], theirs[0]))?;
        table::add(Row::new("allocations per batch of 1,000, decoded", typed[0], theirs[0]))?;
        table::add(Row::new("bytes allocated per batch of 1,000, outlines", raw[1], theirs[1]))?;
        table::add(Row::new("bytes allocated per batch of 1,000, decoded", typed[1], theirs[1]))?;
    }
    Ok(())
}

/// Adds the rows of the script beside this package, which needs bash and the registry.
fn weight() -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../weight");
    let output = Command::new(script).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8(output.stdout)?;
            let mut out = std::io::stdout();
            for row in text.lines().skip(table::HEAD.lines().count()) {
                writeln!(out, "{row}")?;
            }
        }
        _ => eprintln!("the weight cannot be measured here: its rows are left out"),
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
        for side in ["ours", "incumbent"] {
            let status = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--release", "--bins", "--features", side, "--manifest-path"])
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
                .status()?;
            if !status.success() {
                return Err(format!("the programs of {side} cannot be built").into());
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
