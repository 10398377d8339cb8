//! Why a schedule expression is refused: which field, what was expected there, and what stood there.

use std::fmt;

use super::MAX_CHARACTERS;

/// A text that is not a schedule expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// More than [`MAX_CHARACTERS`].
    #[error("the schedule has more than {MAX_CHARACTERS} characters")]
    TooLong,
    /// None of the three kinds.
    #[error("expected rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss), not {found}")]
    Form {
        /// The text.
        found: String,
    },
    /// A rate that is none.
    #[error(
        "rate: expected a positive number and one of minute, minutes, hour, hours, day, days, not {found}"
    )]
    Rate {
        /// What stands between the parentheses.
        found: String,
    },
    /// `1 hours`.
    #[error("rate: expected minute, hour or day after 1, not {found}")]
    Singular {
        /// What stands between the parentheses.
        found: String,
    },
    /// `5 hour`.
    #[error("rate: expected minutes, hours or days after a number above 1, not {found}")]
    Plural {
        /// What stands between the parentheses.
        found: String,
    },
    /// Not a time, or not one that exists.
    #[error("at: expected a time from 1970 on as yyyy-mm-ddThh:mm:ss, not {found}")]
    At {
        /// What stands between the parentheses.
        found: String,
    },
    /// Not six fields.
    #[error("cron: expected minutes, hours, day-of-month, month, day-of-week and year, not {count} fields")]
    FieldCount {
        /// How many there are.
        count: usize,
    },
    /// A field with something that cannot stand there.
    #[error("{field}: expected {expected}, not {found}")]
    Field {
        /// Which one.
        field: CronField,
        /// What can stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// Both day fields are `?`, or neither.
    #[error("day-of-month and day-of-week: expected ? in exactly one of the two")]
    DayFields,
}

/// A field of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CronField {
    /// 0 to 59.
    Minutes,
    /// 0 to 23.
    Hours,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12.
    Month,
    /// 1, which is Sunday, to 7.
    DayOfWeek,
    /// 1970 to 2199.
    Year,
}

impl fmt::Display for CronField {
    /// As AWS's pages call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
            Self::Year => "year",
        })
    }
}
