//! What happened when, in rows of equal length: few, however long it takes.

use std::time::Duration;

/// How many rows are kept; where there would be more, each becomes longer.
pub(super) const MOST: usize = 240;

/// Lengths of a row in milliseconds that people like to read; each is a multiple of the one before.
const LENGTHS: &[u64] = &[
    1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
    10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/// What happened in a length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Invocations that came.
    pub invocations: u64,
    /// Invocations for which an environment had to be initialised.
    pub cold_starts: u64,
    /// Invocations that were refused.
    pub throttled: u64,
    /// The most invocations at once.
    pub most_in_flight: u64,
    /// The most environments at once, idle ones among them.
    pub most_environments: u64,
    /// The time that all invocations took within this one, in nanoseconds.
    pub(super) busy: u128,
}

impl Row {
    /// How many invocations were under way at once, in the mean over a row that is this long.
    pub fn mean_in_flight(&self, length: Duration) -> f64 {
        if length.is_zero() { 0.0 } else { self.busy_seconds() / length.as_secs_f64() }
    }

    /// The time that all invocations took within this one, in seconds.
    pub(super) fn busy_seconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a mean is no more exact than this")]
        let nanos = self.busy as f64;
        nanos / 1e9
    }

    fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.cold_starts += other.cold_starts;
        self.throttled += other.throttled;
        self.most_in_flight = self.most_in_flight.max(other.most_in_flight);
        self.most_environments = self.most_environments.max(other.most_environments);
        self.busy += other.busy;
    }
}

/// The rows, and what is under way at the end of the last one.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    length: u64,
    rows: Vec<Row>,
    /// Up to here everything is in the rows.
    at: Duration,
    in_flight: u64,
    environments: u64,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            length: LENGTHS[0],
            rows: vec![Row::default()],
            at: Duration::ZERO,
            in_flight: 0,
            environments: 0,
        }
    }

    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Goes on to a time, with what is under way as it is, and gives the row that it is in.
    pub(super) fn go_on(&mut self, to: Duration) -> &mut Row {
        while self.row_of(to) >= MOST {
            self.lengthen();
        }
        let last = self.row_of(to);
        while self.rows.len() <= last {
            let end = Duration::from_millis(self.length.saturating_mul(self.rows.len() as u64));
            self.spend(end);
            let (most_in_flight, most_environments) = (self.in_flight, self.environments);
            self.rows.push(Row { most_in_flight, most_environments, ..Row::default() });
        }
        self.spend(to);
        &mut self.rows[last]
    }

    pub(super) fn set_in_flight(&mut self, at: Duration, in_flight: u64) {
        let row = self.go_on(at);
        row.most_in_flight = row.most_in_flight.max(in_flight);
        self.in_flight = in_flight;
    }

    pub(super) fn set_environments(&mut self, at: Duration, environments: u64) {
        let row = self.go_on(at);
        row.most_environments = row.most_environments.max(environments);
        self.environments = environments;
    }

    fn spend(&mut self, until: Duration) {
        let time = until.saturating_sub(self.at);
        if let Some(row) = self.rows.last_mut() {
            row.busy += time.as_nanos() * u128::from(self.in_flight);
        }
        self.at = self.at.max(until);
    }

    fn row_of(&self, time: Duration) -> usize {
        usize::try_from(time.as_millis() / u128::from(self.length)).unwrap_or(usize::MAX)
    }

    fn lengthen(&mut self) {
        let length = longer(self.length);
        self.rows = merged(&self.rows, length / self.length);
        self.length = length;
    }

    /// The rows, at most this many, and how long each of them is.
    pub(super) fn at_most(&self, most: usize) -> (Duration, Vec<Row>) {
        let mut rows = &self.rows[..];
        if let [before @ .., last] = rows
            && !before.is_empty()
            && (last.invocations, last.throttled) == (0, 0)
            && Duration::from_millis(self.length.saturating_mul(before.len() as u64)) == self.at
        {
            // It has only begun.
            rows = before;
        }
        let mut length = self.length;
        while rows.len().div_ceil(usize::try_from(length / self.length).unwrap_or(usize::MAX)) > most {
            length = longer(length);
        }
        (Duration::from_millis(length), merged(rows, length / self.length))
    }
}

/// The next length.
fn longer(length: u64) -> u64 {
    LENGTHS.iter().copied().find(|&next| next > length).unwrap_or_else(|| length.saturating_mul(10))
}

fn merged(rows: &[Row], many: u64) -> Vec<Row> {
    let merge = |rows: &[Row]| {
        let mut merged = Row::default();
        rows.iter().for_each(|row| merged.add(row));
        merged
    };
    rows.chunks(usize::try_from(many).unwrap_or(usize::MAX).max(1)).map(merge).collect()
}

#[cfg(test)]
mod test {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn each_length_is_a_multiple_of_the_one_before() {
        assert!(LENGTHS.windows(2).all(|pair| pair[1] > pair[0] && pair[1].is_multiple_of(pair[0])));
    }

    #[test]
    fn what_happens_is_counted_in_its_row() {
        let mut rows = Rows::new();
        rows.go_on(millis(0)).invocations += 1;
        rows.go_on(millis(3)).invocations += 2;
        rows.go_on(millis(3)).throttled += 1;
        let (length, rows) = rows.at_most(100);
        assert_eq!((length, rows.len()), (millis(1), 4));
        assert_eq!((rows[0].invocations, rows[3].invocations, rows[3].throttled), (1, 2, 1));
    }

    #[test]
    fn what_is_under_way_counts_in_every_row_that_it_touches() {
        let mut rows = Rows::new();
        rows.set_in_flight(Duration::from_micros(500), 2);
        rows.set_environments(Duration::from_micros(500), 5);
        rows.set_in_flight(Duration::from_micros(2_250), 1);
        rows.set_environments(Duration::from_micros(2_250), 4);
        rows.go_on(millis(4));
        let (_, rows) = rows.at_most(100);
        let busy: Vec<_> = rows.iter().map(|row| row.busy / 1_000).collect();
        // The fifth one has only begun.
        assert_eq!(busy, [1_000, 2_000, 1_250, 1_000]);
        let most: Vec<_> = rows.iter().map(|row| (row.most_in_flight, row.most_environments)).collect();
        assert_eq!(most, [(2, 5), (2, 5), (2, 5), (1, 4)]);
    }

    #[test]
    fn rows_become_longer_and_nothing_of_them_is_lost() {
        let mut rows = Rows::new();
        for second in 0..100_000 {
            rows.set_in_flight(millis(second * 1_000), second % 7);
            rows.go_on(millis(second * 1_000)).invocations += 1;
            assert!(rows.rows.len() <= MOST);
        }
        let (length, all) = rows.at_most(MOST);
        assert_eq!((length, all.len()), (millis(600_000), 167));
        assert_eq!(all.iter().map(|row| row.invocations).sum::<u64>(), 100_000);
        assert!(all.iter().all(|row| row.most_in_flight == 6));
        let expected: u128 = (0..99_999_u128).map(|second| second % 7 * 1_000_000_000).sum();
        assert_eq!(all.iter().map(|row| row.busy).sum::<u128>(), expected);
        let (length, few) = rows.at_most(24);
        assert_eq!((length, few.len()), (millis(10_800_000), 10));
        assert_eq!(few.iter().map(|row| row.busy).sum::<u128>(), expected);
    }

    #[test]
    fn a_long_time_without_anything_needs_no_more_rows() {
        let mut rows = Rows::new();
        rows.set_in_flight(millis(1), 1);
        rows.go_on(Duration::from_secs(3_000_000_000));
        assert!(rows.rows.len() <= MOST);
        let (_, rows) = rows.at_most(MOST);
        assert_eq!(rows.iter().map(|row| row.busy).sum::<u128>(), 2_999_999_999_999_u128 * 1_000_000);
    }
}
