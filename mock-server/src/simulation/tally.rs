//! What is counted while a simulation runs, for one function or for all of them.

use std::{collections::BTreeMap, time::Duration};

use super::{histogram::Histogram, rows::Rows};
use crate::core::{destination::Condition, fleet::ThrottleReason};

/// Sums, percentiles and rows; as large at the end as at the beginning.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) invocations: u64,
    pub(super) completed: u64,
    pub(super) function_errors: u64,
    pub(super) cold_starts: u64,
    pub(super) throttles: BTreeMap<ThrottleReason, u64>,
    pub(super) given_up: u64,
    pub(super) started: u64,
    pub(super) environments: u64,
    pub(super) most_environments: u64,
    /// How asynchronous invocations ended.
    pub(super) finished: BTreeMap<Condition, u64>,
    /// From the arrival to the end, in nanoseconds.
    pub(super) latency: Histogram,
    /// How many invocations there were at once, by how long.
    pub(super) in_flight: Histogram,
    pub(super) rows: Rows,
    changed: Duration,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            invocations: 0,
            completed: 0,
            function_errors: 0,
            cold_starts: 0,
            throttles: BTreeMap::new(),
            given_up: 0,
            started: 0,
            environments: 0,
            most_environments: 0,
            finished: BTreeMap::new(),
            latency: Histogram::new(),
            in_flight: Histogram::new(),
            rows: Rows::new(),
            changed: Duration::ZERO,
        }
    }

    pub(super) fn invoked(&mut self, at: Duration) {
        self.invocations += 1;
        self.rows.go_on(at).invocations += 1;
    }

    pub(super) fn throttled(&mut self, at: Duration, reason: ThrottleReason) {
        *self.throttles.entry(reason).or_default() += 1;
        self.rows.go_on(at).throttled += 1;
    }

    pub(super) fn cold_start(&mut self, at: Duration) {
        self.cold_starts += 1;
        self.rows.go_on(at).cold_starts += 1;
    }

    pub(super) fn begun(&mut self, at: Duration) {
        self.go_on(at);
        self.rows.set_in_flight(at, self.rows.in_flight() + 1);
    }

    pub(super) fn ended(&mut self, at: Duration, has_failed: bool) {
        self.completed += 1;
        self.function_errors += u64::from(has_failed);
        self.one_less(at);
    }

    pub(super) fn gave_up(&mut self, at: Duration) {
        self.given_up += 1;
        self.one_less(at);
    }

    fn one_less(&mut self, at: Duration) {
        self.go_on(at);
        self.rows.set_in_flight(at, self.rows.in_flight().saturating_sub(1));
    }

    pub(super) fn started(&mut self, at: Duration) {
        self.started += 1;
        self.environments += 1;
        self.most_environments = self.most_environments.max(self.environments);
        self.rows.set_environments(at, self.environments);
    }

    pub(super) fn stopped(&mut self, at: Duration) {
        self.environments = self.environments.saturating_sub(1);
        self.rows.set_environments(at, self.environments);
    }

    pub(super) fn took(&mut self, latency: Duration) {
        self.latency.add(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX), 1);
    }

    /// What is under way was so up to now.
    pub(super) fn go_on(&mut self, at: Duration) {
        let time = at.saturating_sub(self.changed).as_nanos();
        self.in_flight.add(self.rows.in_flight(), u64::try_from(time).unwrap_or(u64::MAX));
        self.changed = at;
        self.rows.go_on(at);
    }
}
