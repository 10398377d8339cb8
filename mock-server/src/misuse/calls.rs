//! The calls of an environment and what became of them, known before the walk begins: whether a poll was given up
//! later on is often what tells right from wrong.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use lambda_api::Endpoint;

use crate::{
    core::CallId,
    timeline::{Entry, Event, Who},
};

/// The calls, by their keys.
pub(super) struct Calls<'a> {
    made: BTreeMap<CallId, Made<'a>>,
    /// The last call on each connection.
    last_uses: BTreeMap<u64, u64>,
}

/// A call. The numbers are those of entries.
pub(super) struct Made<'a> {
    pub(super) entry: &'a Entry,
    pub(super) who: &'a Who,
    pub(super) endpoint: Option<Endpoint>,
    connection: u64,
    method: &'a Method,
    path: &'a str,
    replied: Option<(u64, StatusCode)>,
    pub(super) is_refused: bool,
    dropped: Option<u64>,
    hung_up: Option<u64>,
    /// It came from a process that had been replaced.
    pub(super) is_outlived: bool,
}

impl<'a> Calls<'a> {
    pub(super) fn new(entries: &[&'a Entry]) -> Self {
        let mut calls = Self { made: BTreeMap::new(), last_uses: BTreeMap::new() };
        for entry in entries {
            calls.note(entry);
        }
        calls
    }

    fn note(&mut self, entry: &'a Entry) {
        let sequence = entry.sequence;
        match &entry.event {
            Event::Called { call, who, connection, method, path } => {
                self.last_uses.insert(*connection, sequence);
                let made = Made {
                    entry,
                    who,
                    endpoint: Endpoint::parse(method, path).ok(),
                    connection: *connection,
                    method,
                    path,
                    replied: None,
                    is_refused: false,
                    dropped: None,
                    hung_up: None,
                    is_outlived: false,
                };
                self.made.insert(*call, made);
            }
            Event::Replied { call, status } => {
                self.with(*call, |made| made.replied = Some((sequence, *status)));
            }
            Event::Refused { call, .. } => self.with(*call, |made| made.is_refused = true),
            Event::CallDropped { call } => self.with(*call, |made| made.dropped = Some(sequence)),
            Event::HungUp { call } => self.with(*call, |made| {
                made.hung_up = Some(sequence);
                // Nothing but itself made the service hang up.
                made.is_outlived = entry.cause == Some(made.entry.sequence);
            }),
            _ => {}
        }
    }

    fn with(&mut self, call: CallId, note: impl FnOnce(&mut Made<'a>)) {
        if let Some(made) = self.made.get_mut(&call) {
            note(made);
        }
    }

    pub(super) fn get(&self, call: CallId) -> Option<&Made<'a>> {
        self.made.get(&call)
    }

    /// Whether the guest has certainly seen the reply to a call: it went on using the connection.
    pub(super) fn is_reply_seen(&self, made: &Made<'_>) -> bool {
        let last_use = self.last_uses.get(&made.connection);
        made.dropped.is_none()
            && matches!((made.replied, last_use), (Some((replied, _)), Some(&used)) if used > replied)
    }
}

impl Made<'_> {
    pub(super) fn is_poll(&self) -> bool {
        matches!(self.endpoint, Some(Endpoint::InvocationNext | Endpoint::ExtensionNext))
    }

    /// Whether the guest hung up, and not because the service did.
    pub(super) fn is_dropped(&self) -> bool {
        self.dropped.is_some()
    }

    /// Whether its reply had been sent, or the service had hung up, at this moment.
    pub(super) fn is_over(&self, at: u64) -> bool {
        let ends = [self.replied.map(|(end, _)| end), self.hung_up];
        ends.into_iter().flatten().any(|end| end < at)
    }

    /// The call in words, with the status of its reply.
    pub(super) fn seen(&self) -> String {
        match self.replied {
            Some((_, status)) => format!("{} {} got {}", self.method, self.path, status.as_u16()),
            None => format!("{} {}", self.method, self.path),
        }
    }
}
