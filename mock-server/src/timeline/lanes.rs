//! The timeline as a picture for people: one environment below the other, a column for everybody in it.
//!
//! Here is the layout. What a line says is in `words`, what its ids are called in `names`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write},
    time::SystemTime,
};

use self::{names::Names, words::Row};
use super::{Entry, EnvironmentId, Event, Who};

mod names;
mod words;

/// A picture of the [`Timeline`](super::Timeline), as text; its `Display` draws it.
///
/// Each execution environment has a column for the platform, one for the runtime and one for each extension.
/// Times count from the first entry of the service.
///
/// - `←` is a guest's call to the platform, `→` what the platform sends to the guest, `✗` a refusal;
/// - `└` marks what the last line without it has caused, `└7` what entry 7 has caused;
/// - `request 1` is the first invocation of the service; below the picture stands its id.
///
/// What does not fit into its column is cut, so two extensions need no more than 120 columns.
#[derive(Clone, Debug)]
pub struct Lanes {
    entries: Vec<Entry>,
    /// The function of each environment.
    functions: Vec<String>,
    chosen: Option<BTreeSet<EnvironmentId>>,
    marked: BTreeSet<u64>,
    is_redacted: bool,
}

/// The whole width that the columns share; they get more where it would leave them less than they need.
const WIDTH: usize = 120;
const COLUMN_MIN: usize = 16;
const COLUMN_MAX: usize = 44;

impl Lanes {
    pub(super) fn new(entries: Vec<Entry>, functions: Vec<String>) -> Self {
        Self { entries, functions, chosen: None, marked: BTreeSet::new(), is_redacted: false }
    }

    /// Draws only this environment, and those that were chosen before.
    #[must_use]
    pub fn environment(mut self, environment: EnvironmentId) -> Self {
        self.chosen.get_or_insert_default().insert(environment);
        self
    }

    /// Puts a `!` before the line of an entry.
    pub(crate) fn mark(mut self, entry: u64) -> Self {
        self.marked.insert(entry);
        self
    }

    /// Leaves out what differs from run to run, for snapshots: times, durations and the numbers of entries.
    ///
    /// Request ids become `request 1` in every text, and whatever else looks like a UUID `id 1`.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.is_redacted = true;
        self
    }
}

impl fmt::Display for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.entries.first() else { return f.write_str("nothing has happened\n") };
        let mut names = Names::new(&self.entries, self.is_redacted);
        let mut environments: BTreeMap<EnvironmentId, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            if self.chosen.as_ref().is_none_or(|chosen| chosen.contains(&entry.environment)) {
                environments.entry(entry.environment).or_default().push(entry);
            }
        }
        for (at, (environment, entries)) in environments.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            if *environment == EnvironmentId::NONE {
                let are_sources = entries.iter().any(|entry| matches!(entry.event, Event::Trigger { .. }));
                f.write_str(if are_sources {
                    "sources, and the queue of asynchronous invocations"
                } else {
                    "the queue of asynchronous invocations"
                })?;
            } else {
                write!(f, "environment {environment}")?;
            }
            if let Some(function) = environment.function(&self.functions) {
                write!(f, " of {function}")?;
            }
            writeln!(f)?;
            let rows = words::rows(entries, &mut names);
            let has_guests = *environment != EnvironmentId::NONE;
            Sheet::new(&rows, first.time, self, has_guests).draw(&rows, f)?;
            if !self.is_redacted {
                legend(entries, &names, f)?;
            }
        }
        Ok(())
    }
}

/// What the requests of an environment are really called.
fn legend(entries: &[&Entry], names: &Names, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for entry in entries {
        if let Event::Invoked { request_id } = &entry.event {
            writeln!(f, "{} is {request_id}", names.request(request_id))?;
        }
    }
    Ok(())
}

/// The columns of an environment.
struct Sheet<'a> {
    guests: Vec<Who>,
    begin: SystemTime,
    marked: &'a BTreeSet<u64>,
    is_redacted: bool,
    /// The widths of the entries' numbers and of their times.
    numbers: usize,
    times: usize,
    column: usize,
}

impl<'a> Sheet<'a> {
    fn new(rows: &[Row], begin: SystemTime, lanes: &'a Lanes, has_guests: bool) -> Self {
        let mut guests: Vec<Who> = rows.iter().filter_map(|row| row.who.clone()).collect();
        guests.extend(has_guests.then_some(Who::Runtime));
        guests.sort();
        guests.dedup();
        let last = rows.last();
        let numbers = last.map_or(0, |row| row.sequence.to_string().len());
        let times = last.map_or(0, |row| millis(begin, row.time).len());
        let (marked, is_redacted) = (&lanes.marked, lanes.is_redacted);
        let mut sheet = Self { guests, begin, marked, is_redacted, numbers, times, column: 0 };
        let columns = sheet.guests.len() + 1;
        let left = WIDTH.saturating_sub(sheet.margin(None).chars().count());
        // Between two columns stands " │ ".
        sheet.column = ((left + 3) / columns)
            .saturating_sub(3)
            .clamp(COLUMN_MIN, if has_guests { COLUMN_MAX } else { WIDTH });
        sheet
    }

    /// What stands before the columns, beside an entry or none.
    fn margin(&self, row: Option<&Row>) -> String {
        let mark = match row {
            _ if self.marked.is_empty() => "",
            Some(row) if self.marked.contains(&row.sequence) => "! ",
            _ => "  ",
        };
        match row {
            _ if self.is_redacted => mark.to_owned(),
            Some(row) => {
                let (number, time) = (row.sequence, millis(self.begin, row.time));
                format!("{mark}{number:>0$}  +{time:>1$} ms ", self.numbers, self.times)
            }
            None => mark.to_owned() + &" ".repeat(self.numbers + self.times + 7),
        }
    }

    fn draw(&self, rows: &[Row], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut titles = vec!["platform".to_owned()];
        titles.extend(self.guests.iter().map(|who| match who {
            Who::Runtime => "runtime".to_owned(),
            Who::Extension { name } => words::printable(name),
            Who::Unknown => "unknown".to_owned(),
        }));
        self.line(&self.margin(None), &titles, f)?;
        let rule = vec!["─".repeat(self.column); titles.len()];
        writeln!(f, "{}{}", self.margin(None), rule.join("─┼─"))?;
        for row in rows {
            let lane = row.who.as_ref().and_then(|who| self.guests.iter().position(|guest| guest == who));
            let mut cells = vec![String::new(); titles.len()];
            cells[lane.map_or(0, |at| at + 1)] = self.cell(row);
            self.line(&self.margin(Some(row)), &cells, f)?;
        }
        Ok(())
    }

    fn cell(&self, row: &Row) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _infallible = match row.cause {
            words::Cause::None => Ok(()),
            words::Cause::Above => text.write_str("└ "),
            words::Cause::Entry(_) if self.is_redacted => text.write_str("└ "),
            words::Cause::Entry(entry) => write!(text, "└{entry} "),
        };
        text.push_str(&row.text);
        text
    }

    fn line(&self, margin: &str, cells: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<String> = cells.iter().map(|cell| fit(cell, self.column)).collect();
        writeln!(f, "{}", format!("{margin}{}", cells.join(" │ ")).trim_end())
    }
}

/// Exactly so many characters: cut, or filled up with spaces.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() > width {
        text.chars().take(width - 1).chain(['…']).collect()
    } else {
        format!("{text:<width$}")
    }
}

fn millis(begin: SystemTime, time: SystemTime) -> String {
    let since = time.duration_since(begin).unwrap_or_default();
    format!("{}.{:03}", since.as_millis(), since.subsec_micros() % 1_000)
}
