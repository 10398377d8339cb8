//! What only tests want to know of a fleet: what is counted, counted once more.

use std::collections::BTreeSet;

use super::{DeploymentId, Environments, Fleet, FunctionId};

/// A function's count, as far as tests look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) on_demand: usize,
    pub(crate) provisioned: usize,
    pub(crate) environments: usize,
    pub(crate) waiting: usize,
    pub(crate) idle: usize,
}

impl Fleet {
    /// The deployments of which anything is known.
    pub(crate) fn deployments(&self) -> Vec<DeploymentId> {
        self.pools.keys().copied().collect()
    }

    pub(crate) fn counts(&self, function: FunctionId) -> Counts {
        let Some(entry) = self.functions.get(&function) else { return Counts::default() };
        Counts {
            on_demand: entry.on_demand,
            provisioned: entry.provisioned,
            environments: entry.environments,
            waiting: entry.waiting.len(),
            idle: entry.idle.len(),
        }
    }

    /// What functions without reserved concurrency use of the account's.
    pub(crate) fn unreserved_in_use(&self) -> usize {
        self.unreserved
    }

    /// Asserts that all that is counted agrees with a recount.
    pub(crate) fn assert_counts(&self) {
        let functions = || self.functions.iter();
        functions().for_each(|(&function, _)| self.assert_counts_of(function));
        self.pools.keys().for_each(|&deployment| self.assert_pool(deployment));

        let unreserved = functions().map(|(_, entry)| entry.unreserved()).sum::<usize>();
        let reserved = functions().filter_map(|(_, entry)| entry.scale.reserved).sum::<usize>();
        assert_eq!((self.unreserved, self.reserved), (unreserved, reserved), "unreserved, reserved");

        let expiring = functions().filter_map(|(&id, entry)| Some((entry.expires()?, id)));
        assert_eq!(self.expiring, expiring.collect::<BTreeSet<_>>(), "expiring");
        let given_up = self.open.iter().filter_map(|(&id, open)| Some((open.give_up?, id)));
        assert_eq!(self.given_up, given_up.collect::<BTreeSet<_>>(), "to be given up");
        for (number, environment) in &self.environments {
            let busy = self.open.values().filter(|open| open.environment == Some(*number)).count();
            assert_eq!(environment.busy, busy, "invokes of environment {number}");
        }
    }

    fn assert_counts_of(&self, function: FunctionId) {
        let entry = &self.functions[&function];
        let open = || self.open.iter().filter(|(_, open)| open.function == function);
        let its = || self.environments.iter().filter(|(_, environment)| environment.function == function);

        assert_eq!(entry.on_demand, open().filter(|(_, open)| open.is_on_demand).count(), "on demand");
        assert_eq!(entry.environments, its().filter(|(_, one)| one.is_counted).count(), "environments");
        let pools = self.pools.values().filter(|pool| pool.function == function);
        assert_eq!(entry.provisioned, pools.map(|pool| pool.set_aside()).sum::<usize>(), "provisioned");

        let waiting = open().filter(|(_, open)| open.give_up.is_some()).map(|(&id, _)| id);
        let listed: BTreeSet<_> = entry.waiting.iter().copied().collect();
        assert_eq!(listed.len(), entry.waiting.len(), "an invoke waits twice: {:?}", entry.waiting);
        assert_eq!(listed, waiting.collect(), "waiting");
        for invoke in listed {
            assert_eq!(self.open[&invoke].environment, None, "{invoke:?} waits and has an environment");
        }

        let idle = its().filter_map(|(&number, one)| Some((one.idle_since?, number)));
        assert_eq!(entry.idle, idle.collect(), "idle");
        if entry.scale.environments == Environments::OnDemand {
            for (_, number) in &entry.idle {
                let environment = &self.environments[number];
                assert_eq!((environment.busy, environment.is_provisioned), (0, false), "idle {number}");
            }
        }
    }

    fn assert_pool(&self, deployment: DeploymentId) {
        let pool = &self.pools[&deployment];
        let its = || self.environments.values().filter(|one| one.deployment == deployment);
        let live = its().filter(|one| !one.is_provisioned && !one.is_stopping);
        assert_eq!((pool.environments, pool.live), (its().count(), live.count()), "{deployment:?}");

        let open = || self.open.values().filter(|open| open.deployment == deployment);
        let in_use = open().filter(|open| !open.is_on_demand);
        assert_eq!((pool.open, pool.in_use), (open().count(), in_use.count()), "{deployment:?}");

        let provisioned = || its().filter(|one| one.is_provisioned);
        let ready = provisioned().filter(|one| one.is_ready);
        assert_eq!((pool.started, pool.ready), (provisioned().count(), ready.count()), "{deployment:?}");

        for &number in &pool.idle() {
            let environment = &self.environments[&number];
            assert!(!environment.is_stopping, "{number} takes invokes on its way out");
            assert_eq!(environment.deployment, deployment, "{number} is in the wrong pool");
        }
        for (number, environment) in self.environments.iter().filter(|(_, one)| one.deployment == deployment)
        {
            let times = pool.times(*number, &environment.tenant, environment.is_provisioned);
            assert_eq!(environment.free, times, "free places of environment {number}");
        }
    }
}
