//! What follows from how the function has answered.
//!
//! A batch that has failed is tried again until it succeeds, is too old, or has used up its retries. Splitting it in two uses
//! up none ([errors](https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html)). A partial response
//! moves the checkpoint to the lowest record that has failed, and is an attempt like any other, as was recorded from the
//! service; with bisecting it is where the batch is split. Throttles count for nothing.

use lambda_api::limits::event_sources::WINDOW_STATE_BYTES;

use super::{
    ShardPoller,
    lane::{Entry, State, Work},
};
use crate::core::{
    Time,
    mapping::{
        BatchAnswer, BatchId, Failure, FailureCondition, ItemFailures, LastResponse, Note,
        answer::window_state, backoff, item_failures,
    },
};

impl ShardPoller {
    /// The function has answered, or was not reached. About a batch that is not running it says nothing.
    pub fn answered(&mut self, now: Time, batch: BatchId, answer: BatchAnswer) {
        let Some(which) = self.lanes.iter().position(|lane| lane.running() == Some(batch)) else { return };
        let Some(mut work) = self.lanes[which].work.pop_front() else { return };
        match answer {
            BatchAnswer::Response { invocation, payload } => {
                work.ran(LastResponse { invocation, function_error: None });
                self.responded(now, which, work, &payload);
            }
            BatchAnswer::FunctionError { invocation, function_error } => {
                let why = Failure::FunctionError(function_error.clone());
                work.ran(LastResponse { invocation, function_error: Some(function_error) });
                self.failed(now, which, work, why);
            }
            BatchAnswer::Throttled => self.refused(now, which, work, Failure::Throttled),
            BatchAnswer::NotInvoked => self.refused(now, which, work, Failure::NotInvoked),
        }
        self.advance(now);
    }

    fn responded(&mut self, now: Time, which: usize, work: Work, payload: &[u8]) {
        if work.is_last {
            // Its state is dropped, so it need not hand one on.
            if let Some(windows) = &mut self.windows {
                windows.close();
            }
            return;
        }
        let state = match self.windows.as_ref().map(|_| window_state(payload)).transpose() {
            Ok(state) => state,
            Err(unreadable) => return self.failed(now, which, work, Failure::Unreadable(unreadable)),
        };
        let failures = if self.settings.reports_item_failures {
            item_failures(payload, |id| work.entries.iter().any(|entry| entry.id == id))
        } else {
            ItemFailures::None
        };
        match failures {
            ItemFailures::All(unreadable) => self.failed(now, which, work, Failure::Unreadable(unreadable)),
            ItemFailures::None => {
                self.over(&work.entries);
                self.keep(now, which, state);
            }
            ItemFailures::Some(failed) => {
                let lowest = work.entries.iter().position(|entry| failed.contains(&entry.id)).unwrap_or(0);
                if lowest == 0 {
                    self.failed(now, which, work, Failure::Items);
                } else {
                    self.partly(now, which, work, lowest);
                    self.keep(now, which, state);
                }
            }
        }
    }

    /// The state of the window for the next invocation. One that is too large ends the window, ahead of all that is left
    /// of it.
    fn keep(&mut self, now: Time, which: usize, state: Option<String>) {
        let (Some(windows), Some(state)) = (&mut self.windows, state) else { return };
        let bytes = state.len();
        windows.keep(state);
        if bytes > WINDOW_STATE_BYTES {
            windows.terminate_early();
            self.lanes[which].work.push_front(Work::last_of_window(now));
            self.note(Note::WindowTerminatedEarly { bytes });
        }
    }

    /// What comes before the lowest failed record is over, the rest is left.
    fn partly(&mut self, now: Time, which: usize, mut work: Work, lowest: usize) {
        let over: Vec<Entry> = work.entries.drain(..lowest).collect();
        self.over(&over);
        if self.settings.bisects {
            let wait = work.failures.saturating_add(1);
            self.retry(now + backoff(wait), which, work, Failure::Items);
        } else {
            self.try_again(now, which, work, Failure::Items);
        }
    }

    fn failed(&mut self, now: Time, which: usize, mut work: Work, why: Failure) {
        let half = work.entries.len() / 2;
        if !self.settings.bisects || half == 0 {
            self.try_again(now, which, work, why);
            return;
        }
        let state = State::Due(now + backoff(work.failures.saturating_add(1)));
        let second = Work { entries: work.entries.split_off(half), state, ..work.clone_history() };
        if let (Some(batch), Some(first)) = (work.id, second.entries.first()) {
            self.note(Note::Bisected { batch, at: first.sequence_number.clone(), why });
        }
        let lane = &mut self.lanes[which];
        lane.work.push_front(second);
        lane.work.push_front(Work { id: None, state, ..work });
    }

    /// As long as there are retries.
    fn try_again(&mut self, now: Time, which: usize, mut work: Work, why: Failure) {
        work.failures = work.failures.saturating_add(1);
        if self.settings.retries.is_none_or(|retries| work.failures <= retries) {
            let at = now + backoff(work.failures);
            self.retry(at, which, work, why);
        } else if work.is_last {
            if let Some(windows) = &mut self.windows {
                let start = windows.current().map(|window| window.start()).unwrap_or_default();
                windows.close();
                self.note(Note::WindowDropped { start });
            }
        } else {
            self.give_up(&work, FailureCondition::RetryAttemptsExhausted);
        }
    }

    fn refused(&mut self, now: Time, which: usize, mut work: Work, why: Failure) {
        work.refusals = work.refusals.saturating_add(1);
        let at = now + backoff(work.refusals);
        self.retry(at, which, work, why);
    }

    fn retry(&mut self, at: Time, which: usize, mut work: Work, why: Failure) {
        if let Some(batch) = work.id {
            let records = super::known(&work.entries);
            self.note(Note::Retry { batch, records, why, at });
        }
        work.state = State::Due(at);
        self.lanes[which].work.push_front(work);
    }
}

impl Work {
    fn ran(&mut self, response: LastResponse) {
        self.invocations = self.invocations.saturating_add(1);
        self.refusals = 0;
        self.last = Some(response);
    }
}
