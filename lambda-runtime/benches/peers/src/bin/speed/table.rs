//! Prints rows of three numbers, their ratio, and the ratio to reach.

use std::{
    borrow::Cow,
    io::{Write, stdout},
};

use crate::Result;

/// How the table begins.
const HEAD: &str = "| measure | lambda-runtime | lambda_runtime 1.5.0 | limit | ratio | goal | |\n\
    | --- | --: | --: | --: | --: | --- | --- |";

/// What counts as a fault of measuring, above a goal that must be reached.
const TOLERANCE: f64 = 1.03;

/// A goal.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// The ratio to reach, and the one to aim at.
    Ratio { must: f64, aim: Option<f64> },
    /// The number itself.
    Number(f64),
    /// Something that a clock has measured: shown, and not judged.
    Shown(f64),
}

/// One thing that was counted on both sides.
pub(crate) struct Row {
    name: Cow<'static, str>,
    ours: f64,
    theirs: Option<f64>,
    limit: Option<f64>,
    goal: Option<Goal>,
    is_ratio: bool,
}

impl Row {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, ours: f64, theirs: f64) -> Self {
        Self { name: name.into(), ours, theirs: Some(theirs), limit: None, goal: None, is_ratio: false }
    }

    /// The least that can be.
    pub(crate) fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The ratio to reach.
    pub(crate) fn must(mut self, must: f64) -> Self {
        self.goal = Some(Goal::Ratio { must, aim: None });
        self
    }

    /// The ratio to reach, and the one to aim at.
    pub(crate) fn goals(mut self, must: f64, aim: f64) -> Self {
        self.goal = Some(Goal::Ratio { must, aim: Some(aim) });
        self
    }

    /// The number to reach.
    pub(crate) fn most(mut self, most: f64) -> Self {
        self.goal = Some(Goal::Number(most));
        self
    }

    /// Two ratios that were measured with a clock, each to something else that is 1.
    pub(crate) fn shown(mut self, goal: f64) -> Self {
        self.goal = Some(Goal::Shown(goal));
        self.is_ratio = true;
        self
    }
}

/// The table as it is printed.
#[derive(Debug, Default)]
pub(crate) struct Table {
    missed: usize,
    failed: usize,
}

impl Table {
    /// Prints the head.
    pub(crate) fn begin() -> Result<Self> {
        writeln!(stdout(), "{HEAD}")?;
        Ok(Self::default())
    }

    /// Prints a row.
    pub(crate) fn add(&mut self, row: Row) -> Result<()> {
        let ratio = row.theirs.map(|theirs| row.ours / theirs);
        let (goal, mark) = self.judge(&row, ratio);
        let number = |value: Option<f64>| value.map(|value| number(value, row.is_ratio)).unwrap_or_default();
        let [ours, theirs, limit] = [Some(row.ours), row.theirs, row.limit].map(number);
        let ratio = ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
        writeln!(stdout(), "| {} | {ours} | {theirs} | {limit} | {ratio} | {goal} | {mark} |", row.name)?;
        Ok(())
    }

    fn judge(&mut self, row: &Row, ratio: Option<f64>) -> (String, &'static str) {
        let (goal, is_met, is_close) = match row.goal {
            None => return (String::new(), ""),
            Some(Goal::Shown(goal)) => return (format!("≤ {goal:.2}, not judged"), ""),
            Some(Goal::Number(most)) => {
                (format!("≤ {}", self::number(most, false)), row.ours <= most + 0.05, false)
            }
            Some(Goal::Ratio { must, aim }) => {
                let ratio = ratio.unwrap_or(f64::INFINITY);
                let aim = aim.map(|aim| (aim, if ratio <= aim { "reached" } else { "not reached" }));
                let aim = aim.map(|(aim, word)| format!(", aim {aim:.2} {word}")).unwrap_or_default();
                (format!("≤ {must:.2}{aim}"), ratio <= must, ratio <= must * TOLERANCE)
            }
        };
        self.missed += usize::from(!is_met);
        self.failed += usize::from(!is_met && !is_close);
        (goal, if is_met { "met" } else { "**missed**" })
    }

    /// Prints what it comes to; how many goals are missed by more than measuring explains.
    pub(crate) fn end(self) -> Result<usize> {
        let Self { missed, failed } = self;
        writeln!(stdout(), "\n{missed} goals are missed, {failed} of them by more than 3 %.")?;
        Ok(failed)
    }
}

/// With commas, and with a decimal or two if it is small.
pub(crate) fn number(value: f64, is_ratio: bool) -> String {
    if is_ratio {
        return format!("{value:.2}");
    }
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
