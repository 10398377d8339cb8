//! Environments that an invoke has started and that are idle: since when, and how long they are kept.

use super::{EnvironmentNumber, Fleet, FleetEffect, Function, FunctionId, Time};

impl Fleet {
    pub(super) fn begin_idle(&mut self, function: FunctionId, since: Time, environment: EnvironmentNumber) {
        self.change_idle(function, |entry| {
            entry.idle.insert((since, environment));
        });
    }

    pub(super) fn end_idle(&mut self, function: FunctionId, since: Time, environment: EnvironmentNumber) {
        self.change_idle(function, |entry| {
            entry.idle.remove(&(since, environment));
        });
    }

    /// Changes what decides when the next environment of a function expires.
    pub(super) fn change_idle(&mut self, function: FunctionId, change: impl FnOnce(&mut Function)) {
        let Some(entry) = self.functions.get_mut(&function) else { return };
        let before = entry.expires();
        change(entry);
        let after = entry.expires();
        // Seldom: where environments are used again and again, the longest idle one stays the same.
        if before != after {
            before.map(|time| self.expiring.remove(&(time, function)));
            after.map(|time| self.expiring.insert((time, function)));
        }
    }

    pub(super) fn expire(&mut self, now: Time) {
        while let Some(&(time, function)) = self.expiring.first() {
            let idle = self.functions.get(&function).and_then(|entry| entry.idle.first());
            match idle {
                _ if time > now => return,
                Some(&(_, environment)) => self.stop(environment),
                None => {
                    self.expiring.pop_first();
                }
            }
        }
    }

    pub(super) fn stop(&mut self, environment: EnvironmentNumber) {
        self.mark_stopping(environment);
        self.effects.push_back(FleetEffect::Stop { environment });
    }
}
