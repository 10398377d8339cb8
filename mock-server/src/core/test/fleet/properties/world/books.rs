//! The books: what each effect must be true of, and what must hold between two steps.

use std::collections::BTreeSet;

use super::{Fate, Guest, Invoked, World};
use crate::core::{
    InvokeId, Time,
    catalog::FunctionId,
    fleet::{
        AllocationStatus, DeploymentId, EnvironmentNumber, Environments, Fleet, FleetEffect, Scale,
        ThrottleReason, Throttled,
    },
    test::scenario::{millis, secs},
};

impl World {
    /// Carries out what the fleet wants done, and asserts what must hold whenever nothing is left to do.
    pub(super) fn settle(&mut self) {
        let mut stopped = BTreeSet::new();
        while let Some(effect) = self.fleet.poll_effect() {
            self.journal.push(effect.clone());
            match effect {
                FleetEffect::Start { environment, deployment, is_provisioned } => {
                    self.started(environment, deployment, is_provisioned, &stopped);
                }
                FleetEffect::Send { environment, invoke } => self.sent(environment, invoke),
                FleetEffect::Stop { environment } => {
                    self.stopped(environment);
                    stopped.insert(environment);
                }
                FleetEffect::GiveUp { invoke } => self.gave_up(invoke),
            }
        }
        self.invokes.values_mut().for_each(|invoked| invoked.has_waited |= invoked.fate == Fate::Waits);
        self.fleet.assert_counts();
        self.assert_no_invoke_waits_in_vain();
        self.note_allocations();
    }

    fn started(
        &mut self,
        environment: EnvironmentNumber,
        deployment: DeploymentId,
        is_provisioned: bool,
        stopped: &BTreeSet<EnvironmentNumber>,
    ) {
        let its = self.functions.iter().find(|function| function.deployments.contains(&deployment));
        // One that nobody describes any more serves only what was accepted before.
        let waits = self.invokes.values().find(|invoked| invoked.deployment == deployment);
        let function = its.map(|function| function.id).or_else(|| waits.map(|invoked| invoked.function));
        let function = function.expect("an environment is started for a function");
        assert!(!(is_provisioned && self.retired.contains(&deployment)), "{deployment:?} has been retired");
        let scale = self.functions.iter().find(|described| described.id == function).map(|one| one.scale);
        let is_instance = scale.is_some_and(|scale| scale.environments != Environments::OnDemand);
        let others = || self.guests.values().filter(|guest| guest.deployment == deployment);
        if is_instance && others().next().is_some() {
            self.reached.insert("an instance is added");
        }
        if is_provisioned && others().any(|guest| guest.is_provisioned && guest.is_up) {
            self.reached.insert("a provisioned one is replaced");
        }
        if !is_provisioned && stopped.iter().any(|number| self.guests[number].function == function) {
            self.reached.insert("an idle one makes room");
        }
        let guest = Guest {
            function,
            deployment,
            is_provisioned,
            is_up: false,
            is_stopped: false,
            tenant: None,
            starting: scale.map_or(1, |scale| scale.per_environment),
            free: 0,
            done: 0,
            invokes: BTreeSet::new(),
        };
        assert!(
            self.guests.insert(environment, guest).is_none(),
            "environment {environment} is there already"
        );
    }

    fn sent(&mut self, environment: EnvironmentNumber, invoke: InvokeId) {
        let guest = self.guests.get_mut(&environment).expect("an environment that is there");
        let invoked = self.invokes.get_mut(&invoke).expect("an invoke that was accepted");
        assert_eq!(invoked.fate, Fate::Waits, "{invoke:?} is sent");
        assert!(!guest.is_stopped, "{invoke:?} is sent to {environment}, which is stopped");
        assert_eq!((guest.function, guest.deployment), (invoked.function, invoked.deployment));
        assert_eq!(
            *guest.tenant.get_or_insert(invoked.tenant),
            invoked.tenant,
            "tenants share {environment}"
        );
        let is_used_again = guest.is_up && guest.invokes.is_empty();
        if guest.free > 0 {
            guest.free -= 1;
        } else {
            assert!(!guest.is_up && guest.invokes.is_empty(), "{environment} has no place for {invoke:?}");
            assert!(!guest.is_provisioned, "{environment} is not ready");
            guest.starting -= 1;
        }
        guest.invokes.insert(invoke);
        invoked.fate = Fate::Sent(environment);
        let allocation = self.fleet.allocation(guest.deployment);
        let is_allocated = allocation.is_some_and(|it| it.status == AllocationStatus::Ready);
        let reached = [
            (invoked.tenant.is_some() && is_used_again, "a tenant's environment is used again"),
            (guest.invokes.len() > 1, "a second invoke in one environment"),
            (guest.is_provisioned, "what is provisioned is used"),
            (!guest.is_provisioned && is_allocated, "an invoke spills over"),
            (invoked.has_come_back, "an invoke that came back is sent"),
            (invoked.has_waited && !invoked.has_come_back, "an invoke that waited is sent"),
        ];
        self.reached.extend(reached.into_iter().filter(|(is, _)| *is).map(|(_, word)| word));
    }

    fn stopped(&mut self, environment: EnvironmentNumber) {
        let guest = self.guests.get_mut(&environment).expect("an environment that is there");
        assert!(!std::mem::replace(&mut guest.is_stopped, true), "{environment} is stopped twice");
        let word = match (guest.invokes.is_empty(), self.retired.contains(&guest.deployment)) {
            (false, _) => "a busy one is stopped",
            (true, true) => "a retired one is stopped",
            (true, false) => return,
        };
        self.reached.insert(word);
    }

    fn gave_up(&mut self, invoke: InvokeId) {
        let invoked = self.invokes.get_mut(&invoke).expect("an invoke that was accepted");
        assert_eq!(invoked.fate, Fate::Waits, "{invoke:?} is given up");
        invoked.fate = Fate::GivenUp;
        self.reached.insert("an invoke is given up");
        // The driver answers it at once, or is late.
        if invoke.0.is_multiple_of(2) {
            invoked.fate = Fate::Answered;
            self.fleet.answered(invoke);
        }
    }

    fn note_allocations(&mut self) {
        for deployment in self.functions.iter().flat_map(|function| function.deployments) {
            let Some(allocation) = self.fleet.allocation(deployment) else { continue };
            assert!(allocation.available <= allocation.requested);
            if allocation.status == AllocationStatus::Ready {
                assert_eq!(allocation.available, allocation.requested);
                self.reached.insert("an allocation is complete");
            }
        }
    }

    /// A call that comes too early does nothing.
    pub(super) fn assert_that_time_has_not_come(&self) {
        let early = match self.fleet.poll_timeout() {
            Some(due) if due > self.now + millis(1) => Time::from_unix(due.since_epoch() - millis(1)),
            Some(_) => return,
            None => self.now + secs(1_000_000),
        };
        let mut fleet = self.fleet.clone();
        fleet.handle_timeout(early);
        assert_eq!(fleet, self.fleet);
    }

    fn open(&self, function: FunctionId) -> usize {
        let is_open = |invoked: &&Invoked| invoked.function == function && invoked.fate != Fate::Answered;
        self.invokes.values().filter(is_open).count()
    }

    fn scale(&self, function: FunctionId) -> Scale {
        let described = self.functions.iter().find(|described| described.id == function);
        described.expect("nobody invokes or waits for a function that is gone").scale
    }

    /// An invoke was let in: there are not more at once than there may be.
    pub(super) fn assert_there_was_room(&self, before: &Fleet, function: FunctionId) {
        assert_eq!(self.fleet.open(function), self.open(function));
        if self.fleet.counts(function).on_demand == before.counts(function).on_demand {
            // What is provisioned has been set aside.
            return;
        }
        let scale = self.scale(function);
        assert!(scale.reserved.is_none_or(|reserved| self.open(function) <= reserved), "{scale:?}");
        let shares = |scale: &Scale| scale.reserved.is_none() && scale.environments == Environments::OnDemand;
        if shares(&scale) {
            let sharing = self.functions.iter().filter(|described| shares(&described.scale));
            let open = sharing.map(|described| self.open(described.id)).sum::<usize>();
            assert!(open <= self.fleet.unreserved_concurrency(), "{open} at once");
        }
        if let Environments::Instances { most, .. } = scale.environments {
            assert!(self.fleet.counts(function).on_demand <= most * scale.per_environment, "{scale:?}");
        }
    }

    /// An invoke was refused: there was a reason.
    pub(super) fn assert_there_was_none(&self, throttled: Throttled, function: FunctionId) {
        let (scale, counts) = (self.scale(function), self.fleet.counts(function));
        match throttled.reason {
            ThrottleReason::ConcurrentInvocationLimitExceeded => {
                assert_eq!(scale.reserved, None);
                assert!(self.fleet.unreserved_in_use() >= self.fleet.unreserved_concurrency());
            }
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded => {
                let reserved = scale.reserved.map(|reserved| reserved.saturating_sub(counts.provisioned));
                let places = match scale.environments {
                    Environments::OnDemand => None,
                    Environments::Instances { most, .. } => Some(most * scale.per_environment),
                };
                let limit = reserved.into_iter().chain(places).min().expect("a limit of its own");
                assert!(counts.on_demand >= limit, "{counts:?} {scale:?}");
            }
            ThrottleReason::FunctionInvocationRateLimitExceeded => {
                assert!(self.account.counts_requests && scale.reserved.is_none());
            }
            ThrottleReason::ReservedFunctionInvocationRateLimitExceeded => {
                assert!(self.account.counts_requests && scale.reserved.is_some_and(|reserved| reserved > 0));
            }
        }
    }

    /// Whoever waits is waited for by the timer, and there is neither an environment for it nor room for one.
    fn assert_no_invoke_waits_in_vain(&self) {
        let waits = || self.invokes.iter().filter(|(_, invoked)| invoked.fate == Fate::Waits);
        assert!(waits().next().is_none() || self.fleet.poll_timeout().is_some(), "nobody wakes up for them");
        for (invoke, invoked) in waits() {
            let (scale, counts) = (self.scale(invoked.function), self.fleet.counts(invoked.function));
            let its = || self.guests.iter().filter(|(_, guest)| guest.function == invoked.function);
            // What is not provisioned any more leaves its place when its environment asks for more, or ends.
            let is_set_aside = counts.provisioned > 0 || its().any(|(_, guest)| guest.is_provisioned);
            if is_set_aside || scale.environments != Environments::OnDemand {
                continue;
            }
            let takes = |guest: &Guest| {
                guest.free > 0
                    && !guest.is_stopped
                    && guest.deployment == invoked.deployment
                    && guest.tenant.unwrap_or_default() == invoked.tenant
            };
            let free = its().find(|(_, guest)| takes(guest));
            assert!(free.is_none(), "{invoke:?} waits for {free:?}");
            let most = scale.reserved.unwrap_or(self.account.concurrency).min(self.account.concurrency);
            assert!(its().count() >= most, "{invoke:?} waits although there are {} of {most}", its().count());
        }
    }
}
