//! What a simulation tells.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{engine::Ended, plot, rows, rows::Row, table::Table, tally::Tally};
use crate::core::{destination::Condition, fleet::ThrottleReason};

/// What happened in a simulation. Its size does not depend on how much happened.
#[derive(Clone, Debug)]
pub struct SimulationReport {
    seed: u64,
    elapsed: Duration,
    inputs: u64,
    functions: Vec<FunctionReport>,
    total: FunctionReport,
}

/// What happened to one function, or to all of them together.
#[derive(Clone, Debug)]
pub struct FunctionReport {
    name: String,
    pub(super) tally: Tally,
}

impl SimulationReport {
    pub(super) fn new(seed: u64, ended: Ended) -> Self {
        let report = |(name, tally)| FunctionReport { name, tally };
        Self {
            seed,
            elapsed: ended.elapsed,
            inputs: ended.inputs,
            functions: ended.functions.into_iter().map(report).collect(),
            total: report(("all".to_owned(), ended.total)),
        }
    }

    /// The seed of all chance in it.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How much time passed in the simulation, until the last invocation was over.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How often the fleet and the queues were told something: what the simulation has cost, counted in steps.
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// The functions, in the order in which they were added.
    pub fn functions(&self) -> &[FunctionReport] {
        &self.functions
    }

    /// All functions together, under the name `all`.
    pub fn total(&self) -> &FunctionReport {
        &self.total
    }

    /// A table for people; its `Display` draws it.
    pub fn table(&self) -> Table<'_> {
        Table::new(self)
    }

    /// A picture of all functions together, as SVG: environments and invocations at once, arrivals, cold starts and
    /// throttling.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] if it cannot be written.
    pub fn write_plot(&self, to: impl Write) -> io::Result<()> {
        plot::write(self, to)
    }

    /// The rows of each function as CSV, with a line of headings.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] if they cannot be written.
    pub fn write_csv(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(
            to,
            "function,start_seconds,length_seconds,invocations,cold_starts,throttled,mean_in_flight,\
             most_in_flight,most_environments"
        )?;
        for function in &self.functions {
            let (length, rows) = function.rows();
            for (row, start) in rows.iter().zip(0_u32..) {
                let Row { invocations, cold_starts, throttled, most_in_flight, most_environments, .. } = row;
                writeln!(
                    to,
                    "{},{:.3},{:.3},{invocations},{cold_starts},{throttled},{:.3},{most_in_flight},{most_environments}",
                    quoted(&function.name),
                    length.saturating_mul(start).as_secs_f64(),
                    length.as_secs_f64(),
                    row.mean_in_flight(length),
                )?;
            }
        }
        Ok(())
    }
}

impl FunctionReport {
    /// The function's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many invocations came; one that was throttled and tried again counts once.
    pub fn invocations(&self) -> u64 {
        self.tally.invocations
    }

    /// How often a handler ran to its end.
    pub fn completed(&self) -> u64 {
        self.tally.completed
    }

    /// How often it ended with a function error.
    pub fn function_errors(&self) -> u64 {
        self.tally.function_errors
    }

    /// How many invocations had to wait for an environment to be initialised.
    pub fn cold_starts(&self) -> u64 {
        self.tally.cold_starts
    }

    /// How often somebody was refused.
    pub fn throttled(&self) -> u64 {
        self.tally.throttles.values().sum()
    }

    /// How often somebody was refused, by reason.
    pub fn throttles(&self) -> impl Iterator<Item = (ThrottleReason, u64)> {
        self.tally.throttles.iter().map(|(&reason, &count)| (reason, count))
    }

    /// How many invocations were let in and found no environment in time.
    pub fn given_up(&self) -> u64 {
        self.tally.given_up
    }

    /// How asynchronous invocations ended.
    pub fn finished(&self) -> impl Iterator<Item = (Condition, u64)> {
        self.tally.finished.iter().map(|(&condition, &count)| (condition, count))
    }

    /// How many environments were started.
    pub fn environments_started(&self) -> u64 {
        self.tally.started
    }

    /// The most environments there were at once, idle ones among them.
    pub fn most_environments(&self) -> u64 {
        self.tally.most_environments
    }

    /// How many invocations were under way at once, in the mean over the time.
    pub fn mean_in_flight(&self) -> f64 {
        self.tally.in_flight.mean()
    }

    /// How many invocations were under way at once, at most, for this share of the time, of 1.
    pub fn in_flight(&self, share: f64) -> u64 {
        self.tally.in_flight.quantile(share)
    }

    /// The most invocations that were under way at once.
    pub fn most_in_flight(&self) -> u64 {
        let rows = self.tally.rows.at_most(rows::MOST).1;
        rows.iter().map(|row| row.most_in_flight).max().unwrap_or(0)
    }

    /// What this share of the invocations did not exceed, of 1: from the arrival to the response, with init where there
    /// was one; of an asynchronous invocation to its end. It is told to less than one hundredth.
    pub fn latency(&self, share: f64) -> Duration {
        Duration::from_nanos(self.tally.latency.quantile(share))
    }

    /// The longest.
    pub fn longest_latency(&self) -> Duration {
        Duration::from_nanos(self.tally.latency.most())
    }

    /// The mean.
    pub fn mean_latency(&self) -> Duration {
        Duration::try_from_secs_f64(self.tally.latency.mean() / 1e9).unwrap_or(Duration::MAX)
    }

    /// What happened when: how long a row is, and the rows, some hundreds at most.
    pub fn rows(&self) -> (Duration, Vec<Row>) {
        self.rows_at_most(rows::MOST)
    }

    pub(super) fn rows_at_most(&self, most: usize) -> (Duration, Vec<Row>) {
        self.tally.rows.at_most(most)
    }
}

/// A name as a field of CSV.
fn quoted(name: &str) -> String {
    let is_plain = !name.contains([',', '"', '\n', '\r']);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
