//! Rules that guests have broken, found in the timeline: which, by whom, when, and what to do instead.
//!
//! A pure function of the entries. The rules are in `rule`; who made which call and what became of it is gathered in
//! `calls`; `watch` walks through the life of each environment, with the help of `refused` (calls that were refused)
//! and `ends` (deadlines and exits). What a service makes of it at the end is in `unfinished`.
//!
//! A guest is given the benefit of the doubt: what may have been caused by a connection that broke, or what was on
//! its way when the platform changed its mind, is no misuse.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use crate::timeline::{Entry, EnvironmentId, Who};

mod calls;
mod ends;
mod refused;
mod rule;
mod unfinished;
mod watch;

#[cfg(test)]
mod test;

pub use rule::Rule;
pub use unfinished::Unfinished;

/// A rule that a guest has broken.
///
/// Its `Display` is one line with everything in it:
///
/// ```text
/// answered twice: the runtime in environment 1 at +97.000 ms, entry 12: POST /2018-06-01/runtime/invocation/r-1/error
/// got 403; answer each invocation once, with either POST … or POST …
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misuse {
    /// The rule.
    pub rule: Rule,
    /// Who has broken it.
    pub who: Who,
    /// Where.
    pub environment: EnvironmentId,
    /// When, by the service's clock.
    pub time: SystemTime,
    /// When, since the first entry of the timeline.
    pub after: Duration,
    /// The entry of the timeline that shows it.
    pub entry: u64,
    /// What was seen, such as a call or an exit status.
    pub seen: String,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} in environment {} at +{:.3} ms, entry {}: {}; {}",
            self.rule,
            self.who,
            self.environment,
            self.after.as_secs_f64() * 1_000.0,
            self.entry,
            self.seen,
            self.rule.remedy(&self.who)
        )
    }
}

/// All broken rules, in the order of the entries that show them.
///
/// The entries must be in order. Where the oldest are missing, what depends on them is not found.
pub(crate) fn find(entries: &[Entry]) -> Vec<Misuse> {
    let mut environments: BTreeMap<EnvironmentId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        environments.entry(entry.environment).or_default().push(entry);
    }
    let begin = entries.first().map_or(SystemTime::UNIX_EPOCH, |entry| entry.time);
    let mut found: Vec<Misuse> =
        environments.values().flat_map(|entries| watch::Watch::new(entries, begin).run()).collect();
    found.sort_by_key(|misuse| misuse.entry);
    found
}
