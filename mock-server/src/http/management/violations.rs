//! What is wrong with the values of a request, found all at once and told in the words of the service's framework.

use std::{fmt::Display, ops::RangeInclusive};

use crate::http::refusal::Refusal;

/// The violations of a request so far.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<String>);

impl Violations {
    /// Notes that a value breaks a rule.
    pub(super) fn add(&mut self, value: impl Display, member: &str, constraint: impl Display) {
        self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"));
    }

    /// Notes a value that has to be there.
    pub(super) fn present<T>(&mut self, value: &Option<T>, member: &str) {
        if value.is_none() {
            let constraint = "Member must not be null";
            self.0.push(format!("Value null at '{member}' failed to satisfy constraint: {constraint}"));
        }
    }

    /// Checks the length of a text, in characters.
    pub(super) fn length(&mut self, value: Option<&str>, member: &str, range: RangeInclusive<usize>) {
        let Some(value) = value else { return };
        let length = value.chars().count();
        if length > *range.end() {
            let constraint = format!("Member must have length less than or equal to {}", range.end());
            self.add(value, member, constraint);
        } else if length < *range.start() {
            let constraint = format!("Member must have length greater than or equal to {}", range.start());
            self.add(value, member, constraint);
        }
    }

    /// Checks a number.
    pub(super) fn range(&mut self, value: Option<i64>, member: &str, range: RangeInclusive<i64>) {
        let Some(value) = value else { return };
        if value > *range.end() {
            self.add(value, member, format!("Member must have value less than or equal to {}", range.end()));
        } else if value < *range.start() {
            self.add(
                value,
                member,
                format!("Member must have value greater than or equal to {}", range.start()),
            );
        }
    }

    /// Checks that a value is one of those that there are.
    pub(super) fn one_of(&mut self, value: Option<&str>, member: &str, values: &[&str]) {
        if let Some(value) = value.filter(|value| !values.contains(value)) {
            self.add(value, member, format!("Member must satisfy enum value set: [{}]", values.join(", ")));
        }
    }

    /// Checks the form of a value, which is shown as a pattern.
    pub(super) fn pattern(
        &mut self,
        value: Option<&str>,
        member: &str,
        matches: impl Fn(&str) -> bool,
        pattern: &str,
    ) {
        if let Some(value) = value.filter(|value| !matches(value)) {
            self.add(value, member, format!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    /// Refuses the request if anything was wrong with it.
    pub(super) fn end(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::violations(&self.0)) }
    }
}
