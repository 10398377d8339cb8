//! Rows of two or three numbers, their ratio, and the ratio to reach; one Markdown table.

use std::{
    borrow::Cow,
    io::{Write, stdout},
};

use crate::Result;

/// What counts as a fault of measuring, above a goal that must be reached.
const TOLERANCE: f64 = 1.03;

/// What is left of the start and the end in the difference of two runs, where something is counted that comes in ones.
const HARDLY: f64 = 0.05;

/// By how much the cost of a unit may grow from few to many.
const GROWTH: f64 = 1.10;

/// A goal.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// The ratio to reach, and the one to aim at.
    Ratio { must: f64, aim: Option<f64> },
    /// The number itself.
    Number(f64),
    /// A ratio that a clock has measured: shown, and not judged.
    Shown(f64),
    /// How much more ours may cost per unit where there are many.
    Growth,
}

/// One thing that was counted on both sides.
#[derive(Debug)]
pub struct Row {
    name: Cow<'static, str>,
    ours: f64,
    theirs: f64,
    limit: Option<f64>,
    goal: Option<Goal>,
    counted: Option<f64>,
    held: Option<f64>,
}

impl Row {
    /// What it is, ours and theirs.
    pub fn new(name: impl Into<Cow<'static, str>>, ours: f64, theirs: f64) -> Self {
        Self { name: name.into(), ours, theirs, limit: None, goal: None, counted: None, held: None }
    }

    /// The least that can be.
    pub fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The ratio to reach.
    pub fn must(mut self, must: f64) -> Self {
        self.goal = Some(Goal::Ratio { must, aim: None });
        self
    }

    /// The ratio to reach, and the one to aim at.
    pub fn goals(mut self, must: f64, aim: f64) -> Self {
        self.goal = Some(Goal::Ratio { must, aim: Some(aim) });
        self
    }

    /// Of a goal that is missed so far: up to here the run does not fail. It is shown as missed all the same.
    pub fn held(mut self, most: f64) -> Self {
        self.held = Some(most);
        self
    }

    /// What ours was when it was last looked at: one more fails the run, however far away the goal is.
    pub fn counted(mut self, count: f64) -> Self {
        self.counted = Some(count);
        self
    }

    /// The number to reach, whatever theirs is.
    pub fn most(mut self, most: f64) -> Self {
        self.goal = Some(Goal::Number(most));
        self
    }

    /// Ratios that were measured with a clock, theirs being 1.
    pub fn shown(mut self, goal: f64) -> Self {
        self.goal = Some(Goal::Shown(goal));
        self
    }

    /// The ratio to reach, where there is one.
    pub fn goal(self, must: Option<f64>) -> Self {
        match must {
            Some(must) => self.must(must),
            None => self,
        }
    }
}

/// What a unit costs at three sizes, from the smallest to the largest, ours and theirs: it is to be linear or better.
///
/// What does not depend on the size makes the smallest one dear for each of its units, and hides what grows; so the largest
/// is held against the middle one, too.
#[derive(Debug)]
pub struct Scaling {
    /// What is counted for each unit, and which unit: "instructions per record of SQS".
    pub name: &'static str,
    /// What the sizes are called: "1", "100", "5,000".
    pub sizes: [&'static str; 3],
    /// The unit's cost at each.
    pub ours: [f64; 3],
    /// Likewise.
    pub theirs: [f64; 3],
    /// The ratio to reach at each size, where there is one.
    pub musts: [Option<f64>; 3],
}

impl Scaling {
    fn rows(&self) -> Vec<Row> {
        let Self { name, sizes: [small, middle, large], ours, theirs, .. } = self;
        let mut rows: Vec<Row> = (0..3)
            .map(|at| {
                Row::new(format!("{name} {}", self.sizes[at]), ours[at], theirs[at]).goal(self.musts[at])
            })
            .collect();
        for (at, from) in [(0, small), (1, middle)] {
            let name = format!("… growth from {from} to {large}");
            let mut row = Row::new(name, ours[2] / ours[at], theirs[2] / theirs[at]);
            row.goal = Some(Goal::Growth);
            rows.push(row);
        }
        rows
    }
}

/// The table as it is printed.
#[derive(Debug, Default)]
pub struct Table {
    rows: usize,
    missed: usize,
    failed: usize,
}

impl Table {
    /// Prints the head.
    ///
    /// # Errors
    ///
    /// If nothing can be printed.
    pub fn begin(ours: &str, theirs: &str) -> Result<Self> {
        writeln!(
            stdout(),
            "| measure | {ours} | {theirs} | limit | ratio | goal | |\n| --- | --: | --: | --: | --: | --- | --- |"
        )?;
        Ok(Self::default())
    }

    /// Prints a row.
    ///
    /// # Errors
    ///
    /// If nothing can be printed.
    pub fn add(&mut self, row: Row) -> Result<()> {
        let line = self.line(&row);
        self.rows += 1;
        writeln!(stdout(), "{line}")?;
        Ok(())
    }

    /// Prints a unit's cost at three sizes, and how it grows.
    ///
    /// # Errors
    ///
    /// If nothing can be printed.
    pub fn add_scaling(&mut self, scaling: &Scaling) -> Result<()> {
        scaling.rows().into_iter().try_for_each(|row| self.add(row))
    }

    fn line(&mut self, row: &Row) -> String {
        let ratio = row.ours / row.theirs;
        let is_ratio = matches!(row.goal, Some(Goal::Growth | Goal::Shown(_)));
        let number = |value| if is_ratio { format!("{value:.3}") } else { number(value) };
        let (ours, theirs) = (number(row.ours), number(row.theirs));
        let limit = row.limit.map(number).unwrap_or_default();
        let (goal, mut mark) = self.judge(row, ratio);
        if let Some(count) = row.counted.filter(|&count| row.ours > count + HARDLY) {
            self.failed += 1;
            mark.push_str(&format!(", **more than {count}**"));
        }
        let ratio = if ratio.is_finite() { format!("{ratio:.3}") } else { String::new() };
        format!("| {} | {ours} | {theirs} | {limit} | {ratio} | {goal} | {mark} |", row.name)
    }

    /// What the goal is, and whether it is met.
    fn judge(&mut self, row: &Row, ratio: f64) -> (String, String) {
        let (goal, value, most) = match row.goal {
            None => return Default::default(),
            Some(Goal::Shown(goal)) => return (format!("≤ {goal:.2}, not judged"), String::new()),
            Some(Goal::Number(most)) => (format!("≤ {}", number(most)), row.ours, most + HARDLY),
            Some(Goal::Growth) => (format!("ours ≤ {GROWTH:.2}"), row.ours, GROWTH),
            Some(Goal::Ratio { must, aim }) => {
                let aim = aim.map(|aim| (aim, if ratio <= aim { "reached" } else { "not reached" }));
                let aim = aim.map(|(aim, word)| format!(", aim {aim:.2} {word}")).unwrap_or_default();
                (format!("≤ {must:.2}{aim}"), ratio, must)
            }
        };
        // Nothing is less than a number that is none.
        let is_met = value <= most;
        let is_close = value <= (most * TOLERANCE).max(row.held.unwrap_or_default());
        self.missed += usize::from(!is_met);
        self.failed += usize::from(!is_close);
        let mark = match row.held {
            _ if is_met => "met".to_owned(),
            Some(held) => format!("**missed**, held at {held:.2}"),
            None => "**missed**".to_owned(),
        };
        (goal, mark)
    }

    /// Prints what it comes to; how many goals are missed by more than measuring explains.
    ///
    /// # Errors
    ///
    /// If nothing can be printed, or nothing was counted: what checks nothing must not pass.
    pub fn end(self) -> Result<usize> {
        let Self { rows, missed, failed } = self;
        if rows == 0 {
            return Err("nothing was counted".into());
        }
        writeln!(
            stdout(),
            "\n{missed} goals are missed, {failed} rows fail: by more than 3 %, than they are held at, or than was counted."
        )?;
        Ok(failed)
    }
}

/// With commas, and with a decimal if it is small.
pub fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.1}");
        return text.strip_suffix(".0").map(str::to_owned).unwrap_or(text);
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_goal_is_met_missed_or_missed_by_more_than_measuring_explains() {
        let mut table = Table::default();
        let lines = [50.0, 51.0, 52.0].map(|ours| table.line(&Row::new("a", ours, 100.0).must(0.50)));
        assert_eq!(lines[0], "| a | 50 | 100 |  | 0.500 | ≤ 0.50 | met |");
        assert_eq!(lines[1], "| a | 51 | 100 |  | 0.510 | ≤ 0.50 | **missed** |");
        assert_eq!((table.missed, table.failed), (2, 1));
    }

    #[test]
    fn a_goal_that_is_missed_so_far_is_held_where_it_is() {
        let mut table = Table::default();
        let lines =
            [56.0, 57.0].map(|ours| table.line(&Row::new("a", ours, 100.0).goals(0.50, 0.40).held(0.56)));
        assert_eq!(
            lines[0],
            "| a | 56 | 100 |  | 0.560 | ≤ 0.50, aim 0.40 not reached | **missed**, held at 0.56 |"
        );
        assert_eq!((table.missed, table.failed), (2, 1));
    }

    #[test]
    fn one_more_than_was_counted_fails_however_far_away_the_goal_is() {
        let mut table = Table::default();
        let lines = [21.0, 22.0].map(|ours| table.line(&Row::new("a", ours, 100.0).must(0.50).counted(21.0)));
        assert_eq!(lines[0], "| a | 21 | 100 |  | 0.210 | ≤ 0.50 | met |");
        assert_eq!(lines[1], "| a | 22 | 100 |  | 0.220 | ≤ 0.50 | met, **more than 21** |");
        assert_eq!((table.missed, table.failed), (0, 1));
    }

    #[test]
    fn what_a_clock_has_measured_is_shown_and_not_judged() {
        let mut table = Table::default();
        let line = table.line(&Row::new("a", 0.9, 1.0).shown(0.75));
        assert_eq!(line, "| a | 0.900 | 1.000 |  | 0.900 | ≤ 0.75, not judged |  |");
        assert_eq!((table.missed, table.failed), (0, 0));
    }

    #[test]
    fn a_number_is_judged_whatever_theirs_is() {
        let mut table = Table::default();
        let line = table.line(&Row::new("a", 6.0, 20.0).most(6.0));
        assert_eq!(line, "| a | 6 | 20 |  | 0.300 | ≤ 6 | met |");
        table.line(&Row::new("a", 7.0, 20.0).most(6.0));
        assert_eq!((table.missed, table.failed), (1, 1));
    }

    #[test]
    fn what_has_no_goal_is_not_judged_and_what_is_no_number_fails() {
        let mut table = Table::default();
        assert_eq!(
            table.line(&Row::new("a", 1_234_567.0, 2.5)),
            "| a | 1,234,567 | 2.5 |  | 493826.800 |  |  |"
        );
        assert_eq!((table.missed, table.failed), (0, 0));
        table.line(&Row::new("a", f64::NAN, 1.0).must(0.50));
        assert_eq!((table.missed, table.failed), (1, 1));
    }

    #[test]
    fn a_table_in_which_nothing_was_counted_does_not_pass() {
        assert!(Table::default().end().is_err());
        let mut table = Table::default();
        table.rows += 1;
        assert_eq!(table.end().ok(), Some(0));
    }

    #[test]
    fn growth_is_judged_against_the_smallest_and_the_middle_size() {
        let mut table = Table::default();
        let scaling = Scaling {
            name: "instructions per record",
            sizes: ["1", "10", "100"],
            ours: [1_000.0, 100.0, 200.0],
            theirs: [1_000.0, 1_000.0, 1_000.0],
            musts: [None, Some(0.5), None],
        };
        let lines: Vec<String> = scaling.rows().iter().map(|row| table.line(row)).collect();
        assert_eq!(lines[1], "| instructions per record 10 | 100 | 1,000 |  | 0.100 | ≤ 0.50 | met |");
        assert_eq!(lines[3], "| … growth from 1 to 100 | 0.200 | 1.000 |  | 0.200 | ours ≤ 1.10 | met |");
        assert_eq!(
            lines[4],
            "| … growth from 10 to 100 | 2.000 | 1.000 |  | 2.000 | ours ≤ 1.10 | **missed** |"
        );
        assert_eq!((table.missed, table.failed), (1, 1));
    }
}
