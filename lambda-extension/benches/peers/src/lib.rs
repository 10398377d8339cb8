//! What the telemetry programs find in the batches, and how they say it.
//!
//! How each program gets at the records is its own business; the numbers have to be the same.

use std::fmt;

/// How the line begins that a program writes to stderr at its end.
pub const PREFIX: &str = "counted";

/// How many records of each kind have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `platform.start`.
    pub starts: usize,
    /// `platform.runtimeDone`.
    pub dones: usize,
    /// `platform.report`.
    pub reports: usize,
    /// `function`.
    pub lines: usize,
    /// Anything else, and what could not be read.
    pub others: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { starts, dones, reports, lines, others } = self;
        write!(f, "{PREFIX} {starts} {dones} {reports} {lines} {others}")
    }
}
