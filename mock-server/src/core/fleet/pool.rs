//! The environments of one deployment that wait for an invoke.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{EnvironmentNumber, FunctionId};

/// Who shares environments with whom: with tenant isolation, only the invocations of one tenant.
pub(super) type Tenant = Option<Arc<str>>;

/// The idle environments of one deployment; an environment is here once for each invoke that it would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pool {
    /// Whose deployment it is.
    pub(super) function: FunctionId,
    /// The most recently used is the last.
    on_demand: BTreeMap<Tenant, VecDeque<EnvironmentNumber>>,
    provisioned: VecDeque<EnvironmentNumber>,
    /// How many are to be kept ready.
    pub(super) wanted: usize,
    /// Invokes without an answer that count as provisioned.
    pub(super) in_use: usize,
    /// Those that have been ready once and are still there.
    pub(super) ready: usize,
    /// Those that have been started and are still there.
    pub(super) started: usize,
    /// All that are wanted have been ready: before that none is used.
    pub(super) is_allocated: bool,
    /// One of them ended before it was ready, and is not replaced.
    pub(super) has_failed: bool,
    /// No new invoke comes here any more.
    pub(super) is_retired: bool,
    /// Its environments, those on their way out among them.
    pub(super) environments: usize,
    /// Those that were not made ready ahead and are not on their way out.
    pub(super) live: usize,
    /// Invokes for it without an answer.
    pub(super) open: usize,
}

impl Pool {
    pub(super) fn new(function: FunctionId) -> Self {
        Self {
            function,
            on_demand: BTreeMap::new(),
            provisioned: VecDeque::new(),
            in_use: 0,
            wanted: 0,
            ready: 0,
            started: 0,
            is_allocated: false,
            has_failed: false,
            is_retired: false,
            environments: 0,
            live: 0,
            open: 0,
        }
    }

    /// Whether an environment that was made ready ahead would take an invoke.
    pub(super) fn has_provisioned(&self) -> bool {
        self.is_allocated && !self.provisioned.is_empty()
    }

    /// Whether an environment that was started by an invoke would take one more.
    pub(super) fn has_on_demand(&self, tenant: &Tenant) -> bool {
        self.on_demand.get(tenant).is_some_and(|idle| !idle.is_empty())
    }

    pub(super) fn take_provisioned(&mut self) -> Option<EnvironmentNumber> {
        self.provisioned.pop_back()
    }

    pub(super) fn take_on_demand(&mut self, tenant: &Tenant) -> Option<EnvironmentNumber> {
        let idle = self.on_demand.get_mut(tenant)?;
        let taken = idle.pop_back();
        if idle.is_empty() {
            // Tenants come and go; their names are not kept.
            self.on_demand.remove(tenant);
        }
        taken
    }

    pub(super) fn put(&mut self, environment: EnvironmentNumber, tenant: &Tenant, is_provisioned: bool) {
        if is_provisioned {
            self.provisioned.push_back(environment);
        } else {
            self.on_demand.entry(tenant.clone()).or_default().push_back(environment);
        }
    }

    /// Forgets an environment that is on its way out and would have taken so many invokes.
    pub(super) fn forget(
        &mut self,
        environment: EnvironmentNumber,
        tenant: &Tenant,
        is_provisioned: bool,
        free: usize,
    ) {
        let idle = if is_provisioned { Some(&mut self.provisioned) } else { self.on_demand.get_mut(tenant) };
        let Some(idle) = idle else { return };
        for _ in 0..free {
            // Mostly it is the least recently used: one that has expired, or makes room.
            let Some(at) = idle.iter().position(|&idle| idle == environment) else { break };
            idle.remove(at);
        }
        if idle.is_empty() && !is_provisioned {
            self.on_demand.remove(tenant);
        }
    }

    /// What is set aside: all that is wanted, and what is not wanted any more but still used.
    pub(super) fn set_aside(&self) -> usize {
        self.wanted.max(self.in_use)
    }

    /// Whether another environment is to be made ready.
    pub(super) fn lacks_one(&self) -> bool {
        self.started < self.wanted && !self.has_failed
    }

    /// A provisioned environment that waits and has least recently been used.
    pub(super) fn oldest_provisioned(&self) -> Option<EnvironmentNumber> {
        self.provisioned.front().copied()
    }

    /// Nothing comes here any more, and nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.is_retired && self.environments == 0 && self.open == 0
    }

    /// All that wait, each once.
    pub(super) fn idle(&self) -> Vec<EnvironmentNumber> {
        let mut idle: Vec<_> = self.on_demand.values().flatten().chain(&self.provisioned).copied().collect();
        idle.sort_unstable();
        idle.dedup();
        idle
    }
}

#[cfg(test)]
impl Pool {
    /// How many invokes an environment would take.
    pub(super) fn times(
        &self,
        environment: EnvironmentNumber,
        tenant: &Tenant,
        is_provisioned: bool,
    ) -> usize {
        let idle = if is_provisioned { Some(&self.provisioned) } else { self.on_demand.get(tenant) };
        idle.map_or(0, |idle| idle.iter().filter(|&&idle| idle == environment).count())
    }
}
