//! SnapStart: the snapshot, and the restore phase with its hooks.
//!
//! A runtime that has a snapshot taken of it waits in restore/next; one that calls next instead has passed that
//! gate without hooks. A restore begins with an invoke, or when the driver asks for it, and is over with the
//! runtime's next. There is one copy of the process here, so one snapshot is restored once: what fails ends
//! the environment, and the next invoke gets a new one. Source:
//! [SnapStart runtime hooks](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html).

use std::time::Duration;

use bytes::Bytes;
use lambda_api::{ErrorType, extension::next::ShutdownReason};

use super::{ExecutionEnvironment, Phase, PostedError};
use crate::core::{
    Answer, CallId, Effect, Initialization, Rejection, Reply, RestoreReport, Status, Time,
    runtime_state::{self, RuntimeState},
};

/// How far the restore has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Restore {
    /// The parked call to restore/next.
    poll: Option<CallId>,
    began: Option<Time>,
    /// How long it took, until an invocation has reported it.
    duration: Option<Duration>,
    has_failed: bool,
}

impl Restore {
    pub(super) fn drop_poll(&mut self, call: CallId) {
        self.poll.take_if(|poll| *poll == call);
    }

    pub(super) fn take_poll(&mut self) -> Option<CallId> {
        self.poll.take()
    }

    pub(super) fn take_duration(&mut self) -> Option<Duration> {
        self.duration.take()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }
}

impl ExecutionEnvironment {
    pub(super) fn restore_next(&mut self, now: Time, call: CallId) -> Result<(), Rejection> {
        if self.settings.initialization != Initialization::SnapStart {
            return Err(Rejection::NotFound);
        }
        match self.runtime {
            RuntimeState::Started => {
                self.runtime = RuntimeState::RestoreReady;
                self.restore.poll = Some(call);
                self.extensions.close();
                self.runtime_initialised(now);
                self.end_init_if_done(now);
            }
            // Its connection was cut off by the snapshot.
            RuntimeState::RestoreReady if self.restore.poll.is_none() => self.restore.poll = Some(call),
            RuntimeState::Restoring => {
                self.effects.push_back(Effect::Reply { call, reply: Reply::Restored });
            }
            _ => return Err(self.refusal(runtime_state::RESTORE_READY)),
        }
        Ok(())
    }

    pub(super) fn restore_error(
        &mut self,
        now: Time,
        call: CallId,
        error_type: Option<&str>,
        body: Bytes,
    ) -> Result<(), Rejection> {
        if self.settings.initialization != Initialization::SnapStart {
            return Err(Rejection::NotFound);
        }
        if self.runtime != RuntimeState::Restoring {
            return Err(self.refusal(runtime_state::RESTORE_ERROR));
        }
        self.runtime = RuntimeState::RestoreError;
        let answer = Answer::reported_at_start(error_type, body);
        let error_type = ErrorType::normalise(error_type).to_string();
        self.init_error = Some(PostedError { error_type, answer });
        self.effects.push_back(Effect::Reply { call, reply: Reply::Accepted });
        self.restore.has_failed = true;
        self.expect_exit(now);
        Ok(())
    }

    /// Restores ahead of any invoke.
    pub(super) fn restore_requested(&mut self, now: Time) {
        if self.phase == Phase::Snapshot {
            self.begin_restore(now);
        }
    }

    pub(super) fn begin_restore(&mut self, now: Time) {
        self.thaw();
        self.enter(Phase::Restore);
        self.timer = Some(now + self.settings.restore_timeout);
        self.restore.began = Some(now);
        self.record_restore_start(now);
        if let Some(failure) = self.crash.take() {
            self.extension_failed(now, &failure);
            return;
        }
        if self.runtime == RuntimeState::Ready {
            // It has passed the gate without asking, and has no hooks.
            self.restored(now);
            return;
        }
        self.runtime = RuntimeState::Restoring;
        if let Some(call) = self.restore.poll.take() {
            self.effects.push_back(Effect::Reply { call, reply: Reply::Restored });
        }
    }

    /// The runtime has run its hooks and asks for work.
    pub(super) fn restored(&mut self, now: Time) {
        self.restore.duration = self.end_restore(now, Status::Success, None);
        self.settle(now);
    }

    /// Notes the end of the restore phase, and says how long it took.
    fn end_restore(&mut self, now: Time, status: Status, error_type: Option<String>) -> Option<Duration> {
        let duration = now.since(self.restore.began.take()?);
        let report = RestoreReport { status, error_type, duration };
        self.record_restore_end(now, &report);
        self.effects.push_back(Effect::EndRestore(report));
        Some(duration)
    }

    pub(super) fn restore_timed_out(&mut self, now: Time) {
        let timeout = self.settings.restore_timeout;
        match self.init_error.take() {
            Some(posted) => self.restore_failed(now, Status::Error, &posted),
            None => {
                let error_type = ErrorType::RESTORE_TIMEOUT.to_owned();
                let posted = PostedError { error_type, answer: Answer::restore_timed_out(timeout) };
                self.restore_failed(now, Status::Timeout, &posted);
            }
        }
    }

    /// The restore has failed; whoever waits for it is told what the runtime has posted, or what happened.
    pub(super) fn restore_failed(&mut self, now: Time, status: Status, posted: &PostedError) {
        self.end_restore(now, status, Some(posted.error_type.clone()));
        let reason =
            if status == Status::Timeout { ShutdownReason::Timeout } else { ShutdownReason::Failure };
        self.end_for_good(now, reason, &posted.answer);
    }
}
