//! The error with which a service ends that was not used as it should be.

use std::{error::Error, fmt};

use super::Misuse;
use crate::timeline::Lanes;

/// Rules were broken: which, and a picture of what happened.
///
/// [`MockLambda::finish`](crate::MockLambda::finish) fails with it. `Debug` is the same text as `Display`, because that
/// is what a test prints that returns an error or unwraps one.
pub struct Unfinished {
    misuse: Vec<Misuse>,
    lanes: Lanes,
}

impl Unfinished {
    /// `misuse` must not be empty.
    pub(crate) fn new(misuse: Vec<Misuse>, lanes: Lanes) -> Self {
        let lanes = misuse
            .iter()
            .fold(lanes, |lanes, misuse| lanes.environment(misuse.environment).mark(misuse.entry));
        Self { misuse, lanes }
    }

    /// The broken rules, in the order of the entries that show them.
    pub fn misuse(&self) -> &[Misuse] {
        &self.misuse
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.misuse.len() {
            1 => writeln!(f, "a rule of Lambda's was broken:")?,
            broken => writeln!(f, "rules of Lambda's were broken {broken} times:")?,
        }
        for misuse in &self.misuse {
            writeln!(f, "- {misuse}")?;
        }
        write!(f, "\n{}", self.lanes)
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Unfinished {}
