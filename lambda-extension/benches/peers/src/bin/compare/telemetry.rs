//! What telemetry costs, by the record, in batches of three sizes.

use std::sync::Arc;

use benches::{Counted, Extent, Result, Row, Scaling, Table, Tool};

use crate::{Programs, batch, count::Runs, server::Script};

/// How many records are in a batch, and the lengths of the two runs whose difference is counted: in full, and quickly.
const BATCHES: [(usize, [usize; 2], [usize; 2]); 3] =
    [(10, [50, 250], [20, 120]), (1_000, [5, 25], [3, 8]), (20_000, [1, 4], [1, 2])];

/// Outlines, decoded records, and AWS's, which decodes.
const PROGRAMS: [&str; 3] = ["telemetry_ours_raw", "telemetry_ours_typed", "telemetry_incumbent"];

/// All rows.
pub(crate) fn rows(programs: &Programs, runs: Runs, extent: Extent, table: &mut Table) -> Result<()> {
    let [outlines, decoded, theirs] = PROGRAMS.map(|name| -> Result<[f64; 3]> {
        let [small, middle, large] =
            [0, 1, 2].map(|size| cost(Tool::Callgrind, programs, runs, extent, name, size));
        Ok([small?[0], middle?[0], large?[0]])
    });
    let theirs = theirs?;
    for (name, ours, musts) in [
        ("instructions per record, outlines, in batches of", outlines?, [None, Some(0.40), None]),
        ("instructions per record, decoded, in batches of", decoded?, [None; 3]),
    ] {
        table.add_scaling(&Scaling { name, sizes: ["10", "1,000", "20,000"], ours, theirs, musts })?;
    }
    let records = BATCHES[1].0 as f64;
    let [outlines, decoded, theirs] =
        PROGRAMS.map(|name| cost(Tool::Memcheck, programs, runs, extent, name, 1));
    let (outlines, decoded, theirs) = (outlines?, decoded?, theirs?);
    for (how, ours) in [("outlines", outlines), ("decoded", decoded)] {
        for (at, what) in ["allocations", "bytes allocated"].into_iter().enumerate() {
            let name = format!("{what} per batch of 1,000, {how}");
            table.add(Row::new(name, ours[at] * records, theirs[at] * records))?;
        }
    }
    Ok(())
}

/// What a program takes for a record in batches of one of the sizes.
fn cost(
    tool: Tool,
    programs: &Programs,
    runs: Runs,
    extent: Extent,
    name: &str,
    size: usize,
) -> Result<Counted> {
    let (records, lengths, brief) = BATCHES[size];
    let body: Arc<str> = batch::body(records).into();
    let lengths = if extent.is_light() { brief } else { lengths };
    let scripts = lengths.map(|count| Script::Batches { body: Arc::clone(&body), records, count });
    let batch = runs.each(tool, &programs.get(name), scripts)?;
    Ok(batch.map(|count| count / records as f64))
}
