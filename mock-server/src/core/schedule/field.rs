//! The values that one field of a cron expression allows.
//!
//! Entries of a list are a value, a range `a-b`, `*`, and each of these with a step `/n`; `a/n` goes on to the end of the
//! field. AWS's own examples have the range `20-2`, so a range may go past the end of its field and on from its
//! beginning, in all fields but the year. Its pages do not show `*/n`, which is everywhere in use, nor `a-b/n`.

use super::{CronField, ScheduleError, number};

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Values in ascending order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values(Vec<u16>);

impl Values {
    pub(super) fn parse(field: CronField, text: &str) -> Result<Self, ScheduleError> {
        let mut values = Vec::new();
        for entry in text.split(',') {
            field.entry(entry, &mut values)?;
        }
        values.sort_unstable();
        values.dedup();
        Ok(Self(values))
    }

    pub(super) fn contains(&self, value: u16) -> bool {
        self.0.binary_search(&value).is_ok()
    }

    /// The values that are not below `from`.
    pub(super) fn from(&self, from: u16) -> impl Iterator<Item = u16> {
        self.0[self.0.partition_point(|value| *value < from)..].iter().copied()
    }
}

impl CronField {
    /// The smallest and the largest value.
    fn limits(self) -> (u16, u16) {
        match self {
            Self::Minutes => (0, 59),
            Self::Hours => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (1, 7),
            Self::Year => (1970, 2199),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &DAYS,
            _ => &[],
        }
    }

    fn entry(self, entry: &str, values: &mut Vec<u16>) -> Result<(), ScheduleError> {
        let (least, most) = self.limits();
        let (range, step) =
            match entry.split_once('/') {
                None => (entry, None),
                Some(_) if self == Self::DayOfWeek => {
                    return Err(self.wrong("no step, which this field does not have", entry));
                }
                Some((range, step)) => {
                    let longest = most - least.min(1);
                    let number = number(step).and_then(|step| u16::try_from(step).ok());
                    let number = number.filter(|step| (1..=longest).contains(step));
                    (
                        range,
                        Some(number.ok_or_else(|| {
                            self.wrong(&format!("a step from 1 to {longest} after /"), entry)
                        })?),
                    )
                }
            };
        let (first, last) = match (range.split_once('-'), step) {
            _ if range == "*" => (least, most),
            (Some((first, last)), _) => (self.value(first)?, self.value(last)?),
            (None, Some(_)) => (self.value(range)?, most),
            (None, None) => (self.value(range)?, self.value(range)?),
        };
        let step = usize::from(step.unwrap_or(1));
        if first <= last {
            values.extend((first..=last).step_by(step));
        } else if self == Self::Year {
            return Err(self.wrong("a range that ends after it begins", entry));
        } else {
            values.extend((first..=most).chain(least..=last).step_by(step));
        }
        Ok(())
    }

    /// A number or a name.
    pub(super) fn value(self, text: &str) -> Result<u16, ScheduleError> {
        let (least, most) = self.limits();
        let by_name =
            self.names().iter().position(|name| name.eq_ignore_ascii_case(text)).map(|at| at as u64 + 1);
        let value = by_name.or_else(|| number(text)).and_then(|value| u16::try_from(value).ok());
        let value = value.filter(|value| (least..=most).contains(value));
        value.ok_or_else(|| {
            let names = match self.names() {
                [first, .., last] => format!(" or {first} to {last}"),
                _ => String::new(),
            };
            self.wrong(&format!("a number from {least} to {most}{names}"), text)
        })
    }

    pub(super) fn wrong(self, expected: &str, found: &str) -> ScheduleError {
        ScheduleError::Field { field: self, expected: expected.to_owned(), found: format!("{found:?}") }
    }
}
