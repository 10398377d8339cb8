//! What is wrong when time is up, when a guest has to be killed, and when one does not go away.

use lambda_api::limits;

use super::{
    Rule,
    watch::{Guest, Watch},
};
use crate::{
    core::Phase,
    timeline::{Entry, Who},
};

impl Watch<'_> {
    pub(super) fn time_is_up(&mut self, entry: &Entry, phase: Phase) {
        match phase {
            // A time-out of one of many invocations is told by its answer.
            Phase::Invoke if self.is_managed => {}
            Phase::Init | Phase::Restore | Phase::Invoke
                if self.guest(&Who::Runtime).has_failed.is_some() =>
            {
                self.stayed(entry);
            }
            Phase::Init | Phase::Restore => self.not_ready(entry),
            Phase::Invoke if !self.is_initialised => self.not_ready(entry),
            Phase::Invoke => self.still_busy(entry),
            Phase::Reset | Phase::Shutdown => self.survivors(entry, |guest| guest.is_killed),
            Phase::Snapshot | Phase::Idle | Phase::Terminated => {}
        }
    }

    /// The runtime has said that it cannot start, and is there still.
    fn stayed(&mut self, entry: &Entry) {
        let since = self.guest(&Who::Runtime).has_failed;
        let waited = since.and_then(|since| entry.time.duration_since(since).ok());
        // If the phase's own limit came first, there was no time to exit.
        if waited.is_some_and(|waited| waited >= limits::EXIT_WAIT) {
            self.report(Rule::StayedAfterError, &Who::Runtime, entry, "it had not exited 2 s later");
        }
    }

    fn not_ready(&mut self, entry: &Entry) {
        let what_is_missing = |(who, guest): (&Who, &Guest)| {
            let is_extension = *who != Who::Runtime;
            let missing = if is_extension && !guest.is_registered {
                "it had not registered"
            } else if !guest.has_polled {
                "it had not polled"
            } else {
                return None;
            };
            // Whoever has never come cannot be late.
            (guest.is_alive || guest.is_registered).then(|| (who.clone(), missing))
        };
        let late: Vec<_> = self.guests.iter().filter_map(what_is_missing).collect();
        for (who, missing) in late {
            self.report(Rule::NotReadyInTime, &who, entry, missing);
        }
    }

    fn still_busy(&mut self, entry: &Entry) {
        let Some(request_id) = self.current else { return };
        let is_stuck = self.guest(&Who::Runtime).is_stuck;
        let Some(invocation) = self.invocations.get(request_id) else { return };
        let runtime = if invocation.delivered.is_some() && invocation.answer.is_none() {
            Some((Rule::TimedOut, format!("{request_id} was still open")))
        } else if invocation.is_runtime_done || is_stuck {
            None
        } else {
            Some((Rule::StoppedPolling, format!("it was not polling when the time of {request_id} was up")))
        };
        if let Some((rule, seen)) = runtime {
            // An extension may well wait for it.
            self.report(rule, &Who::Runtime, entry, seen);
            return;
        }
        let busy = self.guests.iter().filter(|(_, guest)| guest.is_busy);
        let busy: Vec<Who> = busy.map(|(who, _)| who.clone()).collect();
        for who in busy {
            let seen = format!("it was still busy when the time of {request_id} was up");
            self.report(Rule::StoppedPolling, &who, entry, seen);
        }
    }

    pub(super) fn killed(&mut self, entry: &Entry, who: &Who) {
        let is_late = self.is_caused_by_time(entry);
        let is_runtime_alive = self.guest(&Who::Runtime).is_alive;
        let guest = self.guest(who);
        if std::mem::replace(&mut guest.is_killed, true) {
            return;
        }
        // An extension that is not told of the end is killed without notice, which is nobody's fault. One that is to
        // be told has until its time is up, and may not even have asked.
        let had_time = is_late && !is_runtime_alive;
        let rule = match who {
            Who::Runtime if guest.is_asked_to_end => Rule::IgnoredSigterm,
            Who::Runtime => return,
            _ if guest.has_failed.is_some() && had_time => Rule::StayedAfterError,
            _ if guest.has_failed.is_none() && (guest.is_asked_to_end || had_time) => Rule::IgnoredShutdown,
            _ => return,
        };
        self.report(rule, who, entry, "SIGKILL was needed");
    }

    /// Guests that are still there when they must not be.
    pub(super) fn survivors(&mut self, entry: &Entry, which: impl Fn(&Guest) -> bool) {
        let mut survivors = Vec::new();
        for (who, guest) in &mut self.guests {
            if guest.is_alive && which(guest) && !std::mem::replace(&mut guest.has_survived, true) {
                survivors.push(who.clone());
            }
        }
        for who in survivors {
            self.report(Rule::SurvivedKill, &who, entry, "it was still there");
        }
    }
}
