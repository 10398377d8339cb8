//! Which of the visible messages come next: in a standard queue the oldest, in a FIFO queue those of groups of which no
//! other message is in flight.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::QueueForm;

/// What became of a message that was offered.
pub(super) enum Taken {
    /// It was received.
    InFlight,
    /// It is not there any more.
    Gone,
    /// It was not taken, and no other will be.
    Enough,
}

/// The visible messages by number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lanes {
    Standard(BTreeSet<u64>),
    Fifo {
        groups: BTreeMap<String, Group>,
        /// The first message of each group that gives any.
        heads: BTreeMap<u64, String>,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    visible: BTreeSet<u64>,
    in_flight: usize,
}

impl Group {
    fn head(&self) -> Option<u64> {
        self.visible.first().copied().filter(|_| self.in_flight == 0)
    }
}

impl Lanes {
    pub(super) fn new(form: QueueForm) -> Self {
        match form {
            QueueForm::Standard => Self::Standard(BTreeSet::new()),
            QueueForm::Fifo => Self::Fifo { groups: BTreeMap::new(), heads: BTreeMap::new() },
        }
    }

    pub(super) fn has_any(&self) -> bool {
        match self {
            Self::Standard(visible) => !visible.is_empty(),
            Self::Fifo { heads, .. } => !heads.is_empty(),
        }
    }

    pub(super) fn insert(&mut self, number: u64, group: Option<&str>) {
        match self {
            Self::Standard(visible) => {
                visible.insert(number);
            }
            Self::Fifo { .. } => self.change(group, |group| {
                group.visible.insert(number);
            }),
        }
    }

    pub(super) fn remove(&mut self, number: u64, group: Option<&str>) {
        match self {
            Self::Standard(visible) => {
                visible.remove(&number);
            }
            Self::Fifo { .. } => self.change(group, |group| {
                group.visible.remove(&number);
            }),
        }
    }

    /// A message of the group is not in flight any more.
    pub(super) fn release(&mut self, group: Option<&str>) {
        self.change(group, |group| group.in_flight = group.in_flight.saturating_sub(1));
    }

    /// Offers the messages in order, as many of one group as there are before those of the next.
    pub(super) fn take(&mut self, mut offer: impl FnMut(u64) -> Taken) {
        match self {
            Self::Standard(visible) => {
                while let Some(&number) = visible.first() {
                    if matches!(offer(number), Taken::Enough) {
                        return;
                    }
                    visible.remove(&number);
                }
            }
            Self::Fifo { groups, heads } => {
                while let Some((head, name)) = heads.pop_first() {
                    let Some(group) = groups.get_mut(&name) else { continue };
                    while let Some(&number) = group.visible.first() {
                        match offer(number) {
                            Taken::InFlight => group.in_flight += 1,
                            Taken::Gone => {}
                            Taken::Enough => {
                                if group.in_flight == 0 {
                                    heads.insert(group.visible.first().copied().unwrap_or(head), name);
                                }
                                return;
                            }
                        }
                        group.visible.remove(&number);
                    }
                    if group.in_flight == 0 {
                        groups.remove(&name);
                    }
                }
            }
        }
    }

    fn change(&mut self, name: Option<&str>, change: impl FnOnce(&mut Group)) {
        let Self::Fifo { groups, heads } = self else { return };
        let name = name.unwrap_or_default();
        let group = groups.entry(name.to_owned()).or_default();
        if let Some(head) = group.head() {
            heads.remove(&head);
        }
        change(group);
        match group.head() {
            Some(head) => {
                heads.insert(head, name.to_owned());
            }
            None if group.visible.is_empty() && group.in_flight == 0 => {
                groups.remove(name);
            }
            None => {}
        }
    }
}
