//! What a function weighs before it runs: its size, its crates, and what it takes to build it.

use std::{fs, path::Path, process::Command};

use benches::{Result, Row, Table};

use crate::programs::{Programs, output};

/// All rows.
pub(crate) fn rows(programs: &Programs, still: Option<&Programs>, table: &mut Table) -> Result<()> {
    for (name, programs, goal) in [("dynamic", Some(programs), Some(0.45)), ("static, musl", still, None)] {
        let Some(programs) = programs else { continue };
        let [ours, theirs, limit] = ["hello_ours", "hello_incumbent", "limit"]
            .map(|name| fs::metadata(programs.get(name).path).map(|metadata| metadata.len() as f64));
        let row = Row::new(format!("bytes of the stripped program, {name}"), ours?, theirs?).limit(limit?);
        table.add(match goal {
            Some(goal) => row.must(goal).held(0.55),
            None => row,
        })?;
    }
    clean(table)
}

/// The script beside this package builds both anew. It needs bash and the registry, and its seconds are those of a
/// processor that others may use, too.
fn clean(table: &mut Table) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../weight");
    let Ok(text) = output(&mut Command::new(script)) else {
        eprintln!("the weight cannot be measured here: its rows are left out");
        return Ok(());
    };
    let numbers = |side: &str| -> Option<[f64; 3]> {
        let row = text.lines().find(|line| line.starts_with(&format!("| {side} |")))?;
        let mut cells = row.split('|').skip(2).map(|cell| cell.trim().parse().unwrap_or(f64::NAN));
        Some([cells.next()?, cells.next()?, cells.next()?])
    };
    let (Some(ours), Some(theirs)) = (numbers("lambda-runtime"), numbers("lambda_runtime 1.5.0")) else {
        return Err(format!("the weight cannot be read:\n{text}").into());
    };
    table.add(Row::new("crates of the default tree", ours[0], theirs[0]).must(0.75))?;
    table.add(Row::new("seconds of a clean build on a processor", ours[1], theirs[1]).must(0.45).held(0.62))
}
