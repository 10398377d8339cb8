//! Events that were kept when the service ended last: each goes on once what it is for is there again.
//!
//! Until then it stays where it is kept, so that a function may come back at any time, and its aliases after it. How an
//! event that goes on is treated is decided in [`queue`](crate::core::queue).

use std::{collections::BTreeMap, fmt, mem, sync::Arc};

use super::{Event, EventId, Hub, World};
use crate::core::queue::SavedEvent;

/// What was kept.
#[derive(Default)]
pub(in crate::hub) struct Kept {
    /// As it was read from the store.
    read: Vec<(EventId, Vec<u8>)>,
    /// What may go on.
    waiting: BTreeMap<Whose, Vec<(EventId, SavedEvent)>>,
}

/// What events are for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Whose {
    function: String,
    qualifier: Option<String>,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, qualifier } = self;
        match qualifier {
            Some(qualifier) => write!(f, "{function}:{qualifier}"),
            None => f.write_str(function),
        }
    }
}

impl Hub {
    /// What was kept when the service ended last; new events get other numbers.
    pub(crate) fn take_kept(&mut self, kept: Vec<(u64, Vec<u8>)>) {
        self.kept.read = kept.into_iter().map(|(number, bytes)| (EventId(number), bytes)).collect();
        if let Some((last, _)) = self.kept.read.last() {
            self.queue.begin_after(*last);
        }
    }

    /// Goes on with the events for what has come meanwhile.
    pub(super) fn resume_what_has_come(&mut self, world: &World) {
        for (whose, count) in self.resume_kept(world) {
            world.note_text(format!("{count} queued events for function {whose} go on"));
        }
    }

    /// Goes on with the events for what is there, and tells how many they are.
    fn resume_kept(&mut self, world: &World) -> Vec<(Whose, usize)> {
        let is_there = |whose: &&Whose| {
            let function = self.catalog.find(&whose.function);
            function.is_some_and(|function| self.catalog.check(function, whose.qualifier.as_deref()).is_ok())
        };
        let there: Vec<_> = self.kept.waiting.keys().filter(is_there).cloned().collect();
        let mut resumed = Vec::new();
        for whose in there {
            let mut count = 0;
            for (id, event) in self.kept.waiting.remove(&whose).unwrap_or_default() {
                match self.queue.restore(id, event) {
                    Ok(()) => count += 1,
                    Err(error) => world.note_unread(id, &error),
                }
            }
            resumed.push((whose, count));
        }
        resumed
    }
}

impl World {
    /// Goes on with what was kept, and gives the number of events that can at once. The others are noted.
    pub(crate) fn resume(self: &Arc<Self>) -> usize {
        let read = mem::take(&mut self.hub().kept.read);
        let mut kept = BTreeMap::<_, Vec<_>>::new();
        for (id, bytes) in read {
            match serde_json::from_slice::<SavedEvent>(&bytes) {
                Ok(event) => {
                    let qualifier = event.qualifier().map(str::to_owned);
                    let whose = Whose { function: event.function().to_owned(), qualifier };
                    kept.entry(whose).or_default().push((id, event));
                }
                Err(error) => self.note_unread(id, &error),
            }
        }
        let (resumed, waiting) = self.change(|hub, _| {
            hub.kept.waiting.extend(kept);
            let resumed = hub.resume_kept(self);
            let waiting = hub.kept.waiting.iter().map(|(whose, events)| (whose.clone(), events.len()));
            (resumed, waiting.collect::<Vec<_>>())
        });
        for (whose, count) in waiting {
            self.note_text(format!("{count} queued events wait for function {whose}"));
        }
        resumed.into_iter().map(|(_, count)| count).sum()
    }

    fn note_unread(&self, id: EventId, error: &dyn fmt::Display) {
        self.note_text(format!("the kept event {} cannot be read: {error}", id.0));
    }

    fn note_text(&self, text: String) {
        self.note_event(Event::Note { text });
    }
}
