//! What an extension weighs before it runs, by the script beside this package, which needs bash and the registry.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use benches::{Result, Row, Table};

/// All rows, if the script runs here.
pub(crate) fn rows(table: &mut Table) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../weight");
    let output = Command::new(script).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let text = match output {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout)?,
        _ => {
            benches::say("the weight cannot be measured here: its rows are left out");
            return Ok(());
        }
    };
    for line in text.lines() {
        // The head, and what is in the trees, are not numbers.
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, ours, theirs, ..] = cells.as_slice() else { continue };
        if let (Ok(ours), Ok(theirs)) = (ours.parse(), theirs.parse()) {
            table.add(Row::new((*name).to_owned(), ours, theirs))?;
        }
    }
    Ok(())
}
