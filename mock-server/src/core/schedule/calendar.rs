//! Days, months and years from 1970 on, in the Gregorian calendar.

/// A day that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    pub(super) year: u16,
    /// From 1.
    pub(super) month: u8,
    /// From 1.
    pub(super) day: u8,
}

impl Date {
    pub(super) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists =
            year >= 1970 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The day that many days after 1970-01-01; `None` in the year 10000 and later.
    pub(super) fn from_days(days: u64) -> Option<Self> {
        // As if there were no leap years: never too early, and a few years too late at most.
        let mut year = 1970 + u16::try_from(days / 365).ok().filter(|years| *years < 9000)?;
        while days_before_year(year) > days {
            year -= 1;
        }
        let mut remaining = days - days_before_year(year);
        for month in 1..=12 {
            let length = month_length(year, month);
            match u8::try_from(remaining).ok().filter(|day| *day < length) {
                Some(day) => return Self::new(year, month, day + 1),
                None => remaining -= u64::from(length),
            }
        }
        None
    }

    pub(super) fn days_since_1970(self) -> u64 {
        let months = (1..self.month).map(|month| u64::from(month_length(self.year, month)));
        days_before_year(self.year) + months.sum::<u64>() + u64::from(self.day) - 1
    }

    /// From 1, which is Sunday, to 7. 1970 began on a Thursday.
    pub(super) fn day_of_week(self) -> u8 {
        (1..=7).nth(((self.days_since_1970() + 4) % 7) as usize).unwrap_or(1)
    }
}

/// Days from 1970-01-01 to the first day of a year from 1970 on.
fn days_before_year(year: u16) -> u64 {
    let leap_years_to = |year: u64| year / 4 - year / 100 + year / 400;
    let year = u64::from(year);
    (year - 1970) * 365 + leap_years_to(year - 1) - leap_years_to(1969)
}

pub(super) fn month_length(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
