//! Whatever the expression: the next time is later, all fields allow it, and no minute before it is allowed.
//!
//! What is allowed is decided here a second time, from the texts of the fields and value by value, and days come from
//! humantime.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Schedule, time, unix};
use crate::core::schedule::calendar::Date;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const DAY: u64 = 86_400;
/// So many days are looked through minute by minute.
const WINDOW: u64 = 500;

#[derive(Clone, Copy, Debug)]
struct Day {
    year: u64,
    month: u64,
    day: u64,
    /// From 1, which is Sunday.
    of_week: u64,
    month_length: u64,
}

impl Day {
    fn from_days(days: u64) -> Self {
        let number = |text: &str| text.parse().unwrap();
        let date = time(days * DAY);
        let (year, month, day) = (number(&date[..4]), number(&date[5..7]), number(&date[8..10]));
        let next_month =
            if month == 12 { format!("{}-01", year + 1) } else { format!("{year}-{:02}", month + 1) };
        let month_length =
            (unix(&format!("{next_month}-01 00:00:00")) - unix(&format!("{}-01 00:00:00", &date[..7]))) / DAY;
        Self { year, month, day, of_week: (days + 4) % 7 + 1, month_length }
    }

    fn of_week_on(self, day: u64) -> u64 {
        (self.of_week + 6 + 35 + day - self.day) % 7 + 1
    }
}

/// Whether a list of values, ranges and steps has the value.
fn allows(list: &str, value: u64, most: u64, least: u64, names: &[&str]) -> bool {
    let named: BTreeMap<_, _> = names.iter().zip(1_u64..).collect();
    let number = |text: &str| named.get(&text).copied().unwrap_or_else(|| text.parse().unwrap());
    list.split(',').any(|entry| {
        let (range, step) = entry.split_once('/').map_or((entry, 1), |(range, step)| (range, number(step)));
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first), number(last)),
            None if range == "*" => (least, most),
            None if entry.contains('/') => (number(range), most),
            None => (number(range), number(range)),
        };
        let is_within =
            if first <= last { (first..=last).contains(&value) } else { value >= first || value <= last };
        let from_first = if value >= first { value - first } else { value + (most - least + 1) - first };
        is_within && from_first % step == 0
    })
}

fn allows_day(of_month: &str, of_week: &str, day: Day) -> bool {
    if of_month == "L" {
        return day.day == day.month_length;
    }
    if let Some(wanted) = of_month.strip_suffix('W') {
        let wanted: u64 = wanted.parse().unwrap();
        let weekdays = (1..=day.month_length).filter(|other| (2..=6).contains(&day.of_week_on(*other)));
        return wanted <= day.month_length
            && weekdays.min_by_key(|other| other.abs_diff(wanted)) == Some(day.day);
    }
    if of_month != "?" {
        return allows(of_month, day.day, 31, 1, &[]);
    }
    let same_days = || (1..=day.month_length).filter(|other| day.of_week_on(*other) == day.of_week);
    if of_week == "L" {
        day.of_week == 7
    } else if let Some(wanted) = of_week.strip_suffix('L') {
        allows(wanted, day.of_week, 7, 1, &DAYS) && same_days().next_back() == Some(day.day)
    } else if let Some((wanted, nth)) = of_week.split_once('#') {
        allows(wanted, day.of_week, 7, 1, &DAYS)
            && same_days().nth(nth.parse::<usize>().unwrap() - 1) == Some(day.day)
    } else {
        allows(of_week, day.of_week, 7, 1, &DAYS)
    }
}

/// The minutes of a day that are allowed, in seconds since 1970.
fn allowed_on(days: u64, fields: &[String; 6]) -> Vec<u64> {
    let [minutes, hours, of_month, month, of_week, year] = fields;
    let day = Day::from_days(days);
    if !allows(year, day.year, 2199, 1970, &[])
        || !allows(month, day.month, 12, 1, &MONTHS)
        || !allows_day(of_month, of_week, day)
    {
        return Vec::new();
    }
    let hours = (0..24).filter(|hour| allows(hours, *hour, 23, 0, &[]));
    let minutes: Vec<_> = (0..60).filter(|minute| allows(minutes, *minute, 59, 0, &[])).collect();
    hours.flat_map(|hour| minutes.iter().map(move |minute| days * DAY + hour * 3600 + minute * 60)).collect()
}

fn value(least: u64, most: u64, names: &'static [&'static str]) -> BoxedStrategy<String> {
    let number = (least..=most).prop_map(|value| value.to_string());
    if names.is_empty() {
        number.boxed()
    } else {
        prop_oneof![number, prop::sample::select(names).prop_map(str::to_owned)].boxed()
    }
}

fn list(least: u64, most: u64, names: &'static [&'static str], has_steps: bool) -> BoxedStrategy<String> {
    let value = || value(least, most, names);
    let range = || {
        prop_oneof![
            (value(), value()).prop_map(|(first, last)| format!("{first}-{last}")),
            Just("*".to_owned())
        ]
    };
    let start = prop_oneof![value(), range()];
    let stepped = (start, 1..=most - least.min(1)).prop_map(|(start, step)| format!("{start}/{step}"));
    let entry = if has_steps {
        prop_oneof![4 => value(), 1 => range(), 2 => stepped].boxed()
    } else {
        prop_oneof![4 => value(), 1 => range()].boxed()
    };
    prop_oneof![2 => Just("*".to_owned()), 5 => prop::collection::vec(entry, 1..4).prop_map(|entries| entries.join(","))].boxed()
}

fn days() -> impl Strategy<Value = (String, String)> {
    let of_month = prop_oneof![
        4 => list(1, 31, &[], true),
        1 => Just("L".to_owned()),
        2 => (1..=31).prop_map(|day| format!("{day}W")),
    ];
    let of_week = prop_oneof![
        4 => list(1, 7, &DAYS, false),
        1 => Just("L".to_owned()),
        2 => value(1, 7, &DAYS).prop_map(|day| format!("{day}L")),
        2 => (value(1, 7, &DAYS), 1..=5).prop_map(|(day, nth)| format!("{day}#{nth}")),
    ];
    prop_oneof![
        of_month.prop_map(|days| (days, "?".to_owned())),
        of_week.prop_map(|days| ("?".to_owned(), days))
    ]
}

fn fields() -> impl Strategy<Value = [String; 6]> {
    let year = prop_oneof![
        4 => Just("*".to_owned()),
        1 => (1970..2199_u64, 1..60_u64).prop_map(|(year, years)| format!("{year}-{}", (year + years).min(2199))),
        1 => (1970..2199_u64, 1..60_u64).prop_map(|(year, step)| format!("{year}/{step}")),
    ];
    let time = (list(0, 59, &[], true), list(0, 23, &[], true));
    (time, days(), list(1, 12, &MONTHS, true), year).prop_map(
        |((minutes, hours), (of_month, of_week), month, year)| {
            [minutes, hours, of_month, month, of_week, year]
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_next_time_is_the_first_that_all_fields_allow(fields in fields(), after in 0..unix("2199-12-31 23:59:59")) {
        let schedule = Schedule::parse(&format!("cron({})", fields.join(" "))).unwrap();
        let next = schedule.next_after(after);
        if let Some(next) = next {
            prop_assert!(next > after);
            prop_assert!(allowed_on(next / DAY, &fields).contains(&next), "{}", time(next));
        }
        let window = (after / DAY)..=(after / DAY + WINDOW).min(next.map_or(u64::MAX, |next| next / DAY));
        let earlier = window.flat_map(|days| allowed_on(days, &fields)).find(|at| *at > after);
        prop_assert!(earlier.is_none() || earlier == next, "{:?} is earlier than {:?}", earlier.map(time), next.map(time));
    }

    #[test]
    fn no_text_makes_it_panic(text in r"(cron|rate|at)\([0-9A-Z*?,/#LW \-]{0,40}\)", after in any::<u64>()) {
        if let Ok(schedule) = Schedule::parse(&text) {
            prop_assert!(schedule.next_after(after).is_none_or(|next| next > after));
        }
    }
}

#[test]
fn every_day_of_the_years_is_where_humantime_has_it() {
    for days in 0..unix("2200-12-31 00:00:00") / DAY {
        let date = Date::from_days(days).unwrap();
        let expected = Day::from_days(days);
        assert_eq!(
            (u64::from(date.year), u64::from(date.month), u64::from(date.day), u64::from(date.day_of_week())),
            (expected.year, expected.month, expected.day, expected.of_week)
        );
        assert_eq!(date.days_since_1970(), days);
    }
}
