//! Cron expressions in AWS's dialect: six fields, one of the two for days being `?`.
//!
//! What AWS's page says of the special days is short. Read with it: `L` in the day-of-week field is Saturday, the last day
//! of a week that begins with Sunday; `6L` is the month's last Friday, as in its example; `3W` is the weekday nearest to
//! the 3rd in the same month, so `1W` on a Saturday is Monday the 3rd, and a month without a 31st has no `31W`; `3#5` is
//! due only in months with five Tuesdays. `L`, `W` and `#` stand alone, not in lists; `LW` and `L-3`, which other dialects
//! have, are refused, as the page does not have them.

use super::{
    CronField, ScheduleError,
    calendar::{Date, month_length},
    field::Values,
};

const DAY: u64 = 86_400;

/// The six fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Values,
    hours: Values,
    days: Days,
    months: Values,
    years: Values,
}

/// The field for days that is not `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(Values),
    LastOfMonth,
    /// The weekday nearest to a day of the month.
    Nearest(u16),
    OfWeek(Values),
    /// The last such day of the month.
    LastOfWeek(u16),
    /// Such a day of the week, and which of them in the month.
    Nth(u16, u16),
}

impl Cron {
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let &[minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
            return Err(ScheduleError::FieldCount { count: fields.len() });
        };
        Ok(Self {
            minutes: Values::parse(CronField::Minutes, minutes)?,
            hours: Values::parse(CronField::Hours, hours)?,
            days: match (day_of_month, day_of_week) {
                ("?", "?") => return Err(ScheduleError::DayFields),
                (day_of_month, "?") => Days::of_month(day_of_month)?,
                ("?", day_of_week) => Days::of_week(day_of_week)?,
                _ => return Err(ScheduleError::DayFields),
            },
            months: Values::parse(CronField::Month, month)?,
            years: Values::parse(CronField::Year, year)?,
        })
    }

    /// Every loop here is over the values of a field, so it ends even if no day ever fits.
    pub(super) fn next_after(&self, after: u64) -> Option<u64> {
        let earliest = (after / 60 + 1).checked_mul(60)?;
        let today = Date::from_days(earliest / DAY)?;
        for year in self.years.from(today.year) {
            for month in self.months.from(1).filter_map(|month| u8::try_from(month).ok()) {
                if (year, month) < (today.year, today.month) {
                    continue;
                }
                let dates = (1..=month_length(year, month)).filter_map(|day| Date::new(year, month, day));
                for date in dates.filter(|date| *date >= today && self.days.contain(*date)) {
                    let start = if date == today { earliest % DAY } else { 0 };
                    if let Some(time) = self.time_from(start) {
                        return Some(date.days_since_1970() * DAY + time);
                    }
                }
            }
        }
        None
    }

    /// The first time of a day that is not before `start`, both in seconds.
    fn time_from(&self, start: u64) -> Option<u64> {
        let times = self.hours.from(u16::try_from(start / 3600).ok()?).flat_map(|hour| {
            self.minutes.from(0).map(move |minute| u64::from(hour) * 3600 + u64::from(minute) * 60)
        });
        times.into_iter().find(|time| *time >= start)
    }
}

impl Days {
    fn of_month(text: &str) -> Result<Self, ScheduleError> {
        let field = CronField::DayOfMonth;
        match text {
            "L" => Ok(Self::LastOfMonth),
            _ if text.contains('L') => Err(field.wrong("L alone", text)),
            _ => match text.strip_suffix('W') {
                Some(day) => Ok(Self::Nearest(field.value(day).map_err(|_| {
                    field.wrong("a number from 1 to 31 before W, and nothing else beside it", text)
                })?)),
                None => Ok(Self::OfMonth(Values::parse(field, text)?)),
            },
        }
    }

    fn of_week(text: &str) -> Result<Self, ScheduleError> {
        let field = CronField::DayOfWeek;
        if text == "L" {
            return Ok(Self::OfWeek(Values::parse(field, "SAT")?));
        }
        if let Some(day) = text.strip_suffix('L') {
            let day = field.value(day);
            let day = day.map_err(|_| field.wrong("one day before L, and nothing else beside it", text))?;
            return Ok(Self::LastOfWeek(day));
        }
        if let Some((day, nth)) = text.split_once('#') {
            let wrong =
                || field.wrong("one day, # and a number from 1 to 5, and nothing else beside it", text);
            let nth = ["1", "2", "3", "4", "5"].iter().position(|known| *known == nth).ok_or_else(wrong)?;
            return Ok(Self::Nth(field.value(day).map_err(|_| wrong())?, nth as u16 + 1));
        }
        Ok(Self::OfWeek(Values::parse(field, text)?))
    }

    fn contain(&self, date: Date) -> bool {
        let (day, length) = (u16::from(date.day), u16::from(month_length(date.year, date.month)));
        let day_of_week = u16::from(date.day_of_week());
        match self {
            Self::OfMonth(days) => days.contains(day),
            Self::LastOfMonth => day == length,
            Self::Nearest(wanted) => nearest_weekday(date, *wanted) == Some(date),
            Self::OfWeek(days) => days.contains(day_of_week),
            Self::LastOfWeek(wanted) => day_of_week == *wanted && day + 7 > length,
            Self::Nth(wanted, nth) => day_of_week == *wanted && day.div_ceil(7) == *nth,
        }
    }
}

/// The weekday nearest to a day of the month that the date is in.
fn nearest_weekday(date: Date, day: u16) -> Option<Date> {
    let wanted = Date::new(date.year, date.month, u8::try_from(day).ok()?)?;
    let length = month_length(date.year, date.month);
    let day = match wanted.day_of_week() {
        7 if wanted.day == 1 => 3,
        7 => wanted.day - 1,
        1 if wanted.day == length => length - 2,
        1 => wanted.day + 1,
        _ => wanted.day,
    };
    Date::new(date.year, date.month, day)
}
