//! Prints rows of two numbers, their ratio, and the ratio to reach.

use std::{
    borrow::Cow,
    io::{Write, stdout},
};

use crate::Result;

/// How the table begins.
pub(crate) const HEAD: &str =
    "| per extension | lambda-extension | incumbent 1.1.1 | ratio | goal |\n| --- | --- | --- | --- | --- |";

/// One thing that was counted on both sides.
pub(crate) struct Row {
    name: Cow<'static, str>,
    ours: f64,
    theirs: f64,
    goal: Option<f64>,
}

impl Row {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, ours: f64, theirs: f64) -> Self {
        Self { name: name.into(), ours, theirs, goal: None }
    }

    /// The ratio to reach.
    pub(crate) fn goal(mut self, goal: f64) -> Self {
        self.goal = Some(goal);
        self
    }
}

/// Prints the head.
pub(crate) fn begin() -> Result<()> {
    writeln!(stdout(), "{HEAD}")?;
    Ok(())
}

/// Prints a row.
pub(crate) fn add(row: Row) -> Result<()> {
    let ratio = row.ours / row.theirs;
    let goal = row.goal.map(|goal| format!("≤ {goal:.2}")).unwrap_or_default();
    let mark = if row.goal.is_some_and(|goal| ratio > goal) { ", **missed**" } else { "" };
    let [ours, theirs] = [row.ours, row.theirs].map(number);
    writeln!(stdout(), "| {} | {ours} | {theirs} | {ratio:.2} | {goal}{mark} |", row.name)?;
    Ok(())
}

/// With commas, and with one decimal if it is small.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
