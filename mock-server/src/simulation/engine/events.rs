//! Asynchronous invocations: from the arrival through the queue to the end.

use bytes::Bytes;
use lambda_api::RequestId;

use super::{Caller, Engine, Running};
use crate::core::{
    destination::FinishedResponse,
    queue::{EventId, QueueEffect, QueuedEvent},
};

impl Engine {
    pub(super) fn accept(&mut self, at: usize) {
        let now = self.now.since_epoch();
        let Running { described, queue, accepted, .. } = &mut self.functions[at];
        let Some(policy) = described.asynchronous else { return };
        // Nobody looks into it: only its times matter.
        let Ok(request_id) = RequestId::new("event") else { return };
        let event = QueuedEvent {
            request_id,
            function: String::new(),
            qualifier: None,
            function_arn: String::new(),
            payload: Bytes::new(),
            trace_id: None,
            tenant_id: None,
        };
        let id = queue.accept(self.now, event, policy);
        accepted.insert(id, now);
        self.inputs += 1;
        self.empty_queue(at);
    }

    /// The attempt was throttled or given up.
    pub(super) fn event_refused(&mut self, at: usize, id: EventId) {
        let Running { described, queue, .. } = &mut self.functions[at];
        if described.scale.reserved == Some(0) {
            queue.has_no_concurrency(id);
        } else {
            queue.refused(self.now, id, described.asynchronous.unwrap_or_default());
        }
        self.inputs += 1;
        self.empty_queue(at);
    }

    pub(super) fn event_answered(&mut self, at: usize, id: EventId, has_failed: bool) {
        let response = FinishedResponse {
            executed_version: String::new(),
            function_error: has_failed.then(String::new),
            status_code: 200,
            payload: Bytes::new(),
        };
        let Running { described, queue, .. } = &mut self.functions[at];
        queue.answered(self.now, id, response, described.asynchronous.unwrap_or_default());
        self.inputs += 1;
        self.empty_queue(at);
    }

    /// Does what the queue wants done.
    pub(super) fn empty_queue(&mut self, at: usize) {
        while let Some(effect) = self.functions[at].queue.poll_effect() {
            match effect {
                QueueEffect::Save(_) => {}
                QueueEffect::Attempt(id) => self.invoke(at, Caller::Event(id)),
                QueueEffect::Finish(id, finished) => {
                    let Running { queue, accepted, .. } = &mut self.functions[at];
                    queue.settled(id);
                    let latency =
                        self.now.since_epoch().saturating_sub(accepted.remove(&id).unwrap_or_default());
                    self.inputs += 1;
                    self.tally(at, |tally| {
                        *tally.finished.entry(finished.condition).or_default() += 1;
                        if finished.attempts > 0 {
                            tally.took(latency);
                        }
                    });
                }
            }
        }
    }
}
