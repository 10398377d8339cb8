//! What the choices of whoever deploys a function cost: C library, optimisation, allocator, processor.
//!
//! One program, a JSON echo, built in each variant; one row for each. Instructions come out the same each time. Times are
//! ratios to the first row, measured in turns with it, and are shown only. What arm64 makes of the same choices is not
//! measured here.

use std::{
    env, fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use benches::{Result, Tool, number};

use crate::{
    count::{each, usage, whole},
    events,
    programs::{MUSL, Program},
    server::Script,
};

const GNU: &str = "x86_64-unknown-linux-gnu";

/// How often a variant takes turns with the first one where a clock is asked.
const TURNS: usize = 3;

const HEAD: &str = "| variant | bytes | instructions of a cold start | of 104 bytes | of 1 KB | of 1 MB | of 6 MB | time of 1 KB | \
    of 1 MB | of 6 MB | resident KB at the first poll | peak, 6 MB |\n\
    | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |";

/// A way to build the program, and to start it.
#[derive(Clone, Copy, Debug)]
struct Variant {
    name: &'static str,
    bin: &'static str,
    features: &'static str,
    target: &'static str,
    opt_level: &'static str,
    flags: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

const GLIBC: Variant = Variant {
    name: "glibc, `opt-level` 3",
    bin: "hello_ours",
    features: "ours",
    target: GNU,
    opt_level: "3",
    flags: "",
    variables: &[],
};
const STATIC: Variant = Variant { name: "musl, `opt-level` 3", target: MUSL, ..GLIBC };
const INCUMBENT: Variant = Variant { bin: "hello_incumbent", features: "incumbent", ..GLIBC };

const VARIANTS: [Variant; 14] = [
    GLIBC,
    Variant { name: "glibc, `opt-level` 2", opt_level: "2", ..GLIBC },
    Variant { name: "glibc, `opt-level` s", opt_level: "s", ..GLIBC },
    Variant { name: "glibc, `opt-level` 3, mimalloc", features: "ours,mimalloc", ..GLIBC },
    Variant {
        name: "glibc, `opt-level` 3, thresholds of 64 MB",
        variables: &[("MALLOC_MMAP_THRESHOLD_", "67108864"), ("MALLOC_TRIM_THRESHOLD_", "67108864")],
        ..GLIBC
    },
    STATIC,
    Variant { name: "musl, `opt-level` 2", opt_level: "2", ..STATIC },
    Variant { name: "musl, `opt-level` s", opt_level: "s", ..STATIC },
    Variant { name: "musl, `opt-level` z", opt_level: "z", ..STATIC },
    Variant { name: "musl, `opt-level` 3, mimalloc", features: "ours,mimalloc", ..STATIC },
    Variant { name: "musl, `opt-level` 3, x86-64-v3", flags: "-C target-cpu=x86-64-v3", ..STATIC },
    Variant { name: "musl, `opt-level` 3, no PIE", flags: "-C relocation-model=static", ..STATIC },
    Variant { name: "`lambda_runtime` 1.5.0, glibc", ..INCUMBENT },
    Variant { name: "`lambda_runtime` 1.5.0, musl", target: MUSL, ..INCUMBENT },
];

/// Builds the variants one after the other, measures each, and prints one table; of those alone whose names have one of the
/// parts in them, if there are any. What cannot be built here is said.
pub(crate) fn print(parts: &[String]) -> Result<()> {
    let has_valgrind = Tool::Callgrind.is_there();
    writeln!(stdout(), "{HEAD}")?;
    let first = GLIBC.build(0)?;
    let is_wanted =
        |variant: &Variant| parts.is_empty() || parts.iter().any(|part| variant.name.contains(part));
    for (at, variant) in VARIANTS.iter().enumerate().filter(|(_, variant)| is_wanted(variant)) {
        match variant.build(at) {
            Ok(program) => variant.print(&program, &first, has_valgrind)?,
            Err(error) => eprintln!("{}: {error}; its row is left out", variant.name),
        }
    }
    Ok(())
}

impl Variant {
    /// All are built in one folder, so that what runs on this machine is built once, and then kept apart.
    fn build(&self, at: usize) -> Result<Program> {
        let folder = folder()?;
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--profile", "deployed", "--features", self.features]);
        command.args(["--bin", self.bin, "--target", self.target]).arg("--target-dir").arg(&folder);
        command.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
        command.env("CARGO_PROFILE_DEPLOYED_OPT_LEVEL", self.opt_level).env("RUSTFLAGS", self.flags);
        if !command.status()?.success() {
            return Err("it cannot be built".into());
        }
        let programs = folder.join("programs");
        fs::create_dir_all(&programs)?;
        let path = programs.join(format!("{at}-{}", self.bin));
        fs::copy(folder.join(self.target).join("deployed").join(self.bin), &path)?;
        Ok(Program { path, variables: self.variables.to_vec() })
    }

    fn print(&self, program: &Program, first: &Program, has_valgrind: bool) -> Result<()> {
        let bytes = fs::metadata(&program.path)?.len();
        let start = Script { event: Arc::from(""), count: 0, pause: Duration::ZERO };
        let mut cells = vec![self.name.to_owned(), number(bytes as f64)];
        if has_valgrind {
            cells.push(number(whole(Tool::Callgrind, program, &start)?[0]));
            for (event, lengths) in [
                (events::small(), [100, 600]),
                (events::large(1_000), [50, 250]),
                (events::large(1_000_000), [2, 5]),
                (events::large(6_000_000), [1, 3]),
            ] {
                cells.push(number(each(Tool::Callgrind, program, &event, lengths)?[0]));
            }
        } else {
            cells.extend(["", "", "", "", ""].map(str::to_owned));
        }
        for (bytes, count) in [(1_000, 2_000), (1_000_000, 12), (6_000_000, 4)] {
            let script = Script { event: events::large(bytes), count, pause: Duration::ZERO };
            cells.push(format!("{:.2}", time(program, first, &script)?));
        }
        cells.push(number(usage(program, start)?.resident / 1024.0));
        let text = Script { event: events::text(6_000_000), count: 5, pause: Duration::ZERO };
        cells.push(format!("{:.2}", usage(program, text.clone())?.peak / text.event.len() as f64));
        writeln!(stdout(), "| {} |", cells.join(" | "))?;
        Ok(())
    }
}

/// What a program takes of a processor, in units of the first one.
fn time(program: &Program, first: &Program, script: &Script) -> Result<f64> {
    let mut ratios = [0.0; TURNS];
    for ratio in &mut ratios {
        *ratio = usage(program, script.clone())?.busy / usage(first, script.clone())?.busy;
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[TURNS / 2])
}

/// Beside the folder of this program.
fn folder() -> Result<PathBuf> {
    let this = env::current_exe()?;
    Ok(this.parent().and_then(Path::parent).ok_or("this program is in no folder")?.join("deployment"))
}
