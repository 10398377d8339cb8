//! A report as text.

use std::{fmt, time::Duration};

use super::{FunctionReport, SimulationReport};

/// How many rows of time are shown.
const ROWS: usize = 24;

/// A [`SimulationReport`] as tables for people; its `Display` draws them.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    report: &'a SimulationReport,
}

impl<'a> Table<'a> {
    pub(super) fn new(report: &'a SimulationReport) -> Self {
        Self { report }
    }

    /// The functions, and all of them together where there are several.
    fn reports(&self) -> impl Iterator<Item = &'a FunctionReport> {
        let functions = self.report.functions();
        let total = (functions.len() > 1).then_some(self.report.total());
        functions.iter().chain(total)
    }

    fn invocations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = [
            "",
            "invocations",
            "cold starts",
            "",
            "throttled",
            "given up",
            "errors",
            "environments",
            "at once",
        ];
        let cells = self.reports().map(|report| {
            vec![
                report.name().to_owned(),
                report.invocations().to_string(),
                report.cold_starts().to_string(),
                share(report.cold_starts(), report.invocations()),
                report.throttled().to_string(),
                report.given_up().to_string(),
                report.function_errors().to_string(),
                report.environments_started().to_string(),
                report.most_environments().to_string(),
            ]
        });
        draw(f, &headings, cells.collect())
    }

    fn latencies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = ["latency", "mean", "p50", "p90", "p99", "p99.9", "longest"];
        let cells = self.reports().map(|report| {
            let shares = [0.5, 0.9, 0.99, 0.999].map(|share| time(report.latency(share)));
            let mut cells = vec![report.name().to_owned(), time(report.mean_latency())];
            cells.extend(shares);
            cells.push(time(report.longest_latency()));
            cells
        });
        draw(f, &headings, cells.collect())
    }

    fn concurrency(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = ["in flight", "mean", "p50", "p99", "most"];
        let cells = self.reports().map(|report| {
            vec![
                report.name().to_owned(),
                format!("{:.2}", report.mean_in_flight()),
                report.in_flight(0.5).to_string(),
                report.in_flight(0.99).to_string(),
                report.most_in_flight().to_string(),
            ]
        });
        draw(f, &headings, cells.collect())
    }

    /// What is there only sometimes: reasons for throttling, and ends of asynchronous invocations.
    fn words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = || self.report.functions().iter();
        let of = |report: &FunctionReport, word: &str, count: u64| {
            vec![report.name().to_owned(), count.to_string(), word.to_owned()]
        };
        let throttles = functions().flat_map(|report| {
            report.throttles().map(move |(reason, count)| of(report, reason.as_str(), count))
        });
        draw_words(f, ["throttled", "times", "reason"], throttles.collect())?;
        let finished = functions()
            .flat_map(|report| report.finished().map(move |(end, count)| of(report, end.as_str(), count)));
        draw_words(f, ["events", "times", "end"], finished.collect())
    }

    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, rows) = self.report.total().rows_at_most(ROWS);
        let headings =
            ["from", "invocations", "cold starts", "throttled", "in flight: mean", "most", "environments"];
        let cells = rows.iter().zip(0_u32..).map(|(row, at)| {
            vec![
                humantime::format_duration(length.saturating_mul(at)).to_string(),
                row.invocations.to_string(),
                row.cold_starts.to_string(),
                row.throttled.to_string(),
                format!(
                    "{:.2}",
                    row.mean_in_flight(length.min(self.report.elapsed().saturating_sub(length * at)))
                ),
                row.most_in_flight.to_string(),
                row.most_environments.to_string(),
            ]
        });
        draw(f, &headings, cells.collect())
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed =
            Duration::from_millis(u64::try_from(self.report.elapsed().as_millis()).unwrap_or(u64::MAX));
        writeln!(
            f,
            "{} invocations in {} of virtual time, seed {}",
            self.report.total().invocations(),
            humantime::format_duration(elapsed),
            self.report.seed(),
        )?;
        self.invocations(f)?;
        self.latencies(f)?;
        self.concurrency(f)?;
        self.words(f)?;
        self.rows(f)
    }
}

/// A table whose first column is aligned to the left, after an empty line.
fn draw(f: &mut fmt::Formatter<'_>, headings: &[&str], cells: Vec<Vec<String>>) -> fmt::Result {
    let mut lines = vec![headings.iter().map(|&heading| heading.to_owned()).collect::<Vec<_>>()];
    lines.extend(cells);
    let width = |column: usize| {
        let widths = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
        widths.max().unwrap_or(0)
    };
    writeln!(f)?;
    let widths: Vec<_> = (0..headings.len()).map(width).collect();
    for line in &lines {
        let mut text = String::new();
        for ((at, cell), &width) in line.iter().enumerate().zip(&widths) {
            text += &if at == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}

/// A table whose last column is text, unless it is empty.
fn draw_words(f: &mut fmt::Formatter<'_>, headings: [&str; 3], mut cells: Vec<Vec<String>>) -> fmt::Result {
    if cells.is_empty() {
        return Ok(());
    }
    // Padded here, because the other columns are numbers.
    let width = cells.iter().filter_map(|line| line.last()).map(String::len).max().unwrap_or(0);
    let pad = |text: &str| format!("{text:<width$}");
    cells.iter_mut().filter_map(|line| line.last_mut()).for_each(|cell| *cell = pad(cell));
    let [first, second, last] = headings;
    draw(f, &[first, second, &pad(last)], cells)
}

/// A share in per cent.
fn share(part: u64, of: u64) -> String {
    if of == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let share = part as f64 / of as f64;
    format!("{:.2}%", share * 100.0)
}

/// A time in the unit that fits, to three digits: percentiles are no more exact.
fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        s if s < 0.000_999_5 => (s * 1e6, "µs"),
        s if s < 0.999_5 => (s * 1e3, "ms"),
        s if s < 600.0 => (s, "s"),
        s if s < 36_000.0 => (s / 60.0, "min"),
        s => (s / 3_600.0, "h"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn times_have_three_digits_and_the_unit_that_fits() {
        for (nanos, text) in [
            (0, "0.00 µs"),
            (1_500, "1.50 µs"),
            (999_400, "999 µs"),
            (999_600, "1.00 ms"),
            (20_049_000, "20.0 ms"),
            (100_140_000, "100 ms"),
            (999_400_000, "999 ms"),
            (999_600_000, "1.00 s"),
            (12_345_000_000, "12.3 s"),
            (599_000_000_000, "599 s"),
            (660_000_000_000, "11.0 min"),
            (36_000_000_000_000, "10.0 h"),
        ] {
            assert_eq!(time(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn a_share_of_nothing_is_left_out() {
        assert_eq!((share(1, 3), share(0, 0)), ("33.33%".to_owned(), String::new()));
    }
}
