//! The entries that are kept, those of each environment linked with each other.
//!
//! What one environment did is found without a look at the others, however many there are.

use std::collections::VecDeque;

use super::{Entry, EnvironmentId, Kept};

#[derive(Default)]
pub(super) struct Entries {
    most: Kept,
    /// Their sequence numbers have no gaps.
    entries: VecDeque<Linked>,
    bytes: usize,
    next: u64,
    /// By number, from 1.
    environments: Vec<Environment>,
}

struct Linked {
    entry: Entry,
    /// The one before it of the same environment.
    before: Option<u64>,
}

#[derive(Clone, Default)]
struct Environment {
    function: String,
    newest: Option<u64>,
}

impl Entries {
    pub(super) fn new(most: Kept) -> Self {
        Self { most, ..Self::default() }
    }

    /// How many there have been, and so the number of the next one.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Adds the next one.
    pub(super) fn push(&mut self, entry: Entry) {
        self.next += 1;
        self.bytes += entry.bytes();
        let environment = entry.environment.index().and_then(|at| self.environments.get_mut(at));
        let before = environment.and_then(|environment| environment.newest.replace(entry.sequence));
        self.entries.push_back(Linked { entry, before });
        while self.entries.len() > self.most.entries || self.bytes > self.most.bytes {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.entry.bytes();
        }
    }

    /// All that are kept, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|linked| &linked.entry)
    }

    /// Those from a sequence number on, oldest first.
    pub(super) fn since(&self, sequence: u64) -> impl Iterator<Item = &Entry> {
        let at = usize::try_from(sequence.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        self.entries.range(at.min(self.entries.len())..).map(|linked| &linked.entry)
    }

    /// Those of one environment from a sequence number on, newest first.
    pub(super) fn newest_of(&self, environment: EnvironmentId, since: u64) -> impl Iterator<Item = &Entry> {
        let get = move |sequence: u64| {
            let at = usize::try_from(sequence.checked_sub(self.oldest())?).ok()?;
            self.entries.get(at).filter(|linked| linked.entry.sequence >= since)
        };
        let known = environment.index().and_then(|at| self.environments.get(at));
        let newest = known.and_then(|environment| environment.newest).and_then(get);
        std::iter::successors(newest, move |linked| linked.before.and_then(get)).map(|linked| &linked.entry)
    }

    fn oldest(&self) -> u64 {
        self.next - self.entries.len() as u64
    }

    /// The function of each environment.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|environment| environment.function.as_str())
    }

    /// The function of an environment.
    pub(super) fn function(&self, environment: EnvironmentId) -> Option<&str> {
        Some(&self.environments.get(environment.index()?)?.function)
    }

    /// Notes whose environment the next number is.
    pub(super) fn note_environment(&mut self, number: u32, function: &str) {
        // Numbers come in order; one whose environment was never started belongs to nobody.
        let before = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        self.environments.resize(before, Environment::default());
        self.environments.push(Environment { function: function.to_owned(), newest: None });
    }
}

#[cfg(test)]
mod test {
    use std::time::SystemTime;

    use super::*;
    use crate::timeline::Event;

    fn push(entries: &mut Entries, environment: u32) {
        let (sequence, environment) = (entries.next(), EnvironmentId(environment));
        let event = Event::Frozen;
        entries.push(Entry { sequence, time: SystemTime::UNIX_EPOCH, environment, cause: None, event });
    }

    /// Entries of three environments, and of none, in turns.
    fn in_turns(most: usize) -> Entries {
        let mut entries = Entries::new(Kept { entries: most, ..Kept::default() });
        (1..=3).for_each(|number| entries.note_environment(number, "f"));
        (0..40).for_each(|turn| push(&mut entries, turn % 4));
        entries
    }

    fn newest_of(entries: &Entries, environment: u32, since: u64) -> Vec<u64> {
        entries.newest_of(EnvironmentId(environment), since).map(|entry| entry.sequence).collect()
    }

    #[test]
    fn entries_of_an_environment_are_its_own_and_not_older_than_asked_for() {
        let entries = in_turns(100);
        assert_eq!(newest_of(&entries, 2, 25), [38, 34, 30, 26]);
        assert_eq!(newest_of(&entries, 2, 26), [38, 34, 30, 26]);
        assert_eq!(newest_of(&entries, 2, 0).len(), 10);
        assert!(newest_of(&entries, 3, 40).is_empty());
    }

    #[test]
    fn entries_that_are_not_kept_end_the_list() {
        let entries = in_turns(10);
        assert_eq!(newest_of(&entries, 1, 0), [37, 33]);
        assert_eq!(entries.all().next().map(|entry| entry.sequence), Some(30));
        assert_eq!(entries.since(38).map(|entry| entry.sequence).collect::<Vec<_>>(), [38, 39]);
        assert_eq!(entries.since(7).count(), 10);
        assert_eq!(entries.since(40).count(), 0);
    }

    #[test]
    fn what_belongs_to_no_environment_is_linked_with_nothing() {
        assert!(newest_of(&in_turns(100), 0, 0).is_empty());
        assert!(newest_of(&in_turns(100), 4, 0).is_empty());
    }
}
