//! How many batches of a queue there may be at once.
//!
//! A standard queue begins with five, and gets 300 more in a minute for as long as all are in use and there are messages.
//! Function errors and throttles take concurrency away; AWS does not say how much: here half of it, and nothing is
//! added while a batch is throttled. A FIFO queue gives no
//! more batches than it has groups, so nothing is held back there. Source:
//! [scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).

use std::time::Duration;

use lambda_api::limits::event_sources as limits;

use crate::core::{
    Time,
    mapping::{Settings, SourceKind},
};

/// More come in small steps, not once in a minute.
const STEP: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    limit: usize,
    start: usize,
    most: usize,
    grows_at: Option<Time>,
}

impl Scale {
    pub(super) fn new(settings: &Settings) -> Self {
        let most = settings.maximum_concurrency.unwrap_or_else(|| number(limits::QUEUE_CONCURRENCY_MAX));
        let start = match settings.kind {
            SourceKind::FifoQueue => most,
            _ => most.min(number(limits::QUEUE_CONCURRENCY)),
        };
        Self { limit: start, start, most, grows_at: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn grows_at(&self) -> Option<Time> {
        self.grows_at
    }

    /// Goes on growing, or begins to, for as long as more is needed. Says what the limit is if it has changed.
    pub(super) fn advance(&mut self, now: Time, needs_more: bool) -> Option<usize> {
        if !needs_more || self.limit >= self.most {
            self.grows_at = None;
            return None;
        }
        let at = *self.grows_at.get_or_insert(now + STEP);
        if at > now {
            return None;
        }
        self.grows_at = None;
        let per_step = number(limits::QUEUE_CONCURRENCY_PER_MINUTE) / 60;
        self.limit = self.limit.saturating_add(per_step).min(self.most);
        Some(self.limit)
    }

    /// A batch has failed. Says what the limit is if it has changed.
    pub(super) fn failed(&mut self) -> Option<usize> {
        let limit = (self.limit / 2).max(1);
        self.grows_at = None;
        (limit != self.limit).then(|| {
            self.limit = limit;
            limit
        })
    }

    /// A batch has succeeded: what was taken away comes back.
    pub(super) fn succeeded(&mut self) {
        if self.limit < self.start {
            self.limit += 1;
        }
    }

    /// There is nothing to do: it begins anew.
    pub(super) fn rest(&mut self) {
        self.limit = self.start;
        self.grows_at = None;
    }
}

fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
