//! Prints the two tables, and counts the goals that are missed.

use std::{
    borrow::Cow,
    io::{Write, stdout},
};

use crate::Result;

const HEAD: &str = "| measure | mock-server | lambda-simulator 0.2.0 | AWS's emulator | ratio | goal | |\n\
    | --- | --: | --: | --: | --: | --- | --- |";

/// What counts as a fault of measuring, above a goal.
const TOLERANCE: f64 = 1.03;

/// A number of the mock, and beside it those of others.
pub struct Row {
    name: Cow<'static, str>,
    ours: f64,
    simulator: Option<f64>,
    emulator: Option<f64>,
    most: Option<f64>,
    held: Option<f64>,
    shown: Option<&'static str>,
}

impl Row {
    pub fn new(name: impl Into<Cow<'static, str>>, ours: f64) -> Self {
        Self { name: name.into(), ours, simulator: None, emulator: None, most: None, held: None, shown: None }
    }

    /// Times as multiples of the mock's, which were measured with a clock: shown, and not judged.
    pub fn times(name: &'static str) -> Self {
        Self::new(name, 1.0).shown("≤ 1.00")
    }

    pub fn simulator(mut self, theirs: f64) -> Self {
        self.simulator = Some(theirs);
        self
    }

    pub fn emulator(mut self, theirs: f64) -> Self {
        self.emulator = Some(theirs);
        self
    }

    /// The number to reach.
    pub fn most(mut self, most: f64) -> Self {
        self.most = Some(most);
        self
    }

    /// Of a goal that is missed so far: up to here the run does not fail. It is shown as missed all the same.
    pub fn held(mut self, most: f64) -> Self {
        self.held = Some(most);
        self
    }

    /// A goal that is not judged, because a clock has measured.
    pub fn shown(mut self, goal: &'static str) -> Self {
        self.shown = Some(goal);
        self
    }
}

/// Goals that were missed, and those of them that were missed by more than measuring explains.
pub type Missed = (usize, usize);

#[derive(Debug, Default)]
struct Judge {
    missed: usize,
    failed: usize,
}

impl Judge {
    fn mark(&mut self, value: f64, most: f64, held: Option<f64>) -> String {
        // Nothing is less than a number that is none.
        self.missed += usize::from(!(value <= most));
        self.failed += usize::from(!(value <= (most * TOLERANCE).max(held.unwrap_or_default())));
        match held {
            _ if value <= most => "met".to_owned(),
            Some(held) => format!("**missed**, held at {}", number(held)),
            None => "**missed**".to_owned(),
        }
    }
}

/// The table of what things cost.
#[derive(Debug, Default)]
pub struct Table {
    judge: Judge,
}

impl Table {
    /// Prints the head.
    pub fn begin() -> Result<Self> {
        writeln!(stdout(), "{HEAD}")?;
        Ok(Self::default())
    }

    /// Prints a row.
    pub fn add(&mut self, row: Row) -> Result<()> {
        let Row { name, ours, simulator, emulator, most, held, shown } = row;
        let best = simulator.into_iter().chain(emulator).reduce(f64::min);
        let ratio = best.map(|best| format!("{:.2}", ours / best)).unwrap_or_default();
        let (goal, mark) = match (most, shown) {
            (Some(most), _) => (format!("≤ {}", number(most)), self.judge.mark(ours, most, held)),
            (None, Some(goal)) => (format!("{goal}, not judged"), String::new()),
            (None, None) => Default::default(),
        };
        let cell = |value: Option<f64>| value.map(|value| format!("{value:.2}")).unwrap_or_default();
        let (simulator, emulator) = (cell(simulator), cell(emulator));
        let ours = if best.is_some() { format!("{ours:.2}") } else { number(ours) };
        writeln!(stdout(), "| {name} | {ours} | {simulator} | {emulator} | {ratio} | {goal} | {mark} |")?;
        Ok(())
    }

    pub fn end(self) -> Result<Missed> {
        Ok((self.judge.missed, self.judge.failed))
    }
}

/// The table of how costs of a unit grow with the work.
#[derive(Debug, Default)]
pub struct Growth {
    judge: Judge,
}

impl Growth {
    /// Prints the head.
    pub fn begin(is_light: bool) -> Result<Self> {
        let (sizes, line) = if is_light {
            ("small | middle", "--: | --:")
        } else {
            ("small | middle | large", "--: | --: | --:")
        };
        writeln!(stdout(), "\n| measure | {sizes} | growth | goal | |\n| --- | {line} | --: | --- | --- |")?;
        Ok(Self::default())
    }

    /// Prints a row: what a unit costs at each size.
    pub fn add(&mut self, measure: &str, costs: &[f64], most: f64) -> Result<()> {
        let [before @ .., last] = costs else { return Ok(()) };
        // From each of the others: what does not depend on the size makes the smallest one dear, and hides what grows.
        let growth = before.iter().map(|cost| last / cost).fold(0.0, f64::max);
        let mark = self.judge.mark(growth, most, None);
        let costs = costs.iter().map(|&cost| number(cost)).collect::<Vec<_>>().join(" | ");
        writeln!(stdout(), "| {measure} | {costs} | {growth:.2} | ≤ {most:.2} | {mark} |")?;
        Ok(())
    }

    pub fn end(self) -> Result<Missed> {
        Ok((self.judge.missed, self.judge.failed))
    }
}

/// With commas, and with a decimal if it is small.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.1}");
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
