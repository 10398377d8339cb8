//! Provisioned concurrency: environments of a deployment that are ready ahead of any invoke.
//!
//! They are used when all of them have been ready; one that ends later is replaced, one that ends before it was ready is
//! not: then the allocation has failed.
//! Source: [provisioned concurrency](https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).

use super::{DeploymentId, Environment, Fleet, FunctionId, Time, pool::Pool};

/// How far the allocation of provisioned concurrency has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// How many environments are wanted.
    pub requested: usize,
    /// How many have been ready and are still there.
    pub available: usize,
    /// How far it has come.
    pub status: AllocationStatus,
}

/// The `Status` of a
/// [provisioned concurrency configuration](https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllocationStatus {
    /// Environments are being initialised.
    InProgress,
    /// All have been ready.
    Ready,
    /// An environment could not be initialised.
    Failed,
}

impl Allocation {
    /// Both together: failed if one has failed, and ready if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let status = match (self.status, other.status) {
            (AllocationStatus::Failed, _) | (_, AllocationStatus::Failed) => AllocationStatus::Failed,
            (AllocationStatus::Ready, AllocationStatus::Ready) => AllocationStatus::Ready,
            _ => AllocationStatus::InProgress,
        };
        let (requested, available) = (self.requested + other.requested, self.available + other.available);
        Self { requested, available, status }
    }
}

impl AllocationStatus {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

impl Fleet {
    /// Keeps this many environments of a deployment ready; 0 keeps none.
    pub fn provision(&mut self, now: Time, function: FunctionId, deployment: DeploymentId, wanted: usize) {
        self.change_provisioned(function, deployment, |pool| pool.wanted = wanted);
        let pool = self.pool(function, deployment);
        pool.has_failed = false;
        // More than there are: they are used when all are there, and until then those that were.
        pool.is_allocated = wanted > 0 && (pool.is_allocated || pool.ready >= wanted);
        self.fit(now, function, deployment);
        // Where less is set aside there is room for others.
        self.settle(now, function);
    }

    /// Changes what is provisioned of a deployment or in use of it, and counts it anew for its function.
    pub(super) fn change_provisioned(
        &mut self,
        function: FunctionId,
        deployment: DeploymentId,
        change: impl FnOnce(&mut Pool),
    ) {
        let pool = self.pool(function, deployment);
        let before = pool.set_aside();
        change(pool);
        let after = pool.set_aside();
        if let Some(entry) = self.functions.get_mut(&function) {
            self.unreserved -= entry.unreserved();
            entry.provisioned = (entry.provisioned + after).saturating_sub(before);
            self.unreserved += entry.unreserved();
        }
    }

    /// How far the allocation for a deployment has come; `None` if nothing is provisioned.
    pub fn allocation(&self, deployment: DeploymentId) -> Option<Allocation> {
        let pool = self.pools.get(&deployment).filter(|pool| pool.wanted > 0)?;
        let status = match (pool.has_failed, pool.ready >= pool.wanted) {
            (true, _) => AllocationStatus::Failed,
            (false, true) => AllocationStatus::Ready,
            (false, false) => AllocationStatus::InProgress,
        };
        Some(Allocation { requested: pool.wanted, available: pool.ready.min(pool.wanted), status })
    }

    /// Starts what is missing, and stops what is too much and idle.
    pub(super) fn fit(&mut self, now: Time, function: FunctionId, deployment: DeploymentId) {
        loop {
            let Some(pool) = self.pools.get_mut(&deployment) else { return };
            if pool.lacks_one() {
                pool.started += 1;
                self.start(now, function, deployment, None, true);
            } else if pool.started > pool.wanted {
                let Some(environment) = pool.oldest_provisioned() else { return };
                pool.started -= 1;
                pool.ready = pool.ready.saturating_sub(1);
                self.stop(environment);
                // Whoever ends is not counted twice.
                if let Some(entry) = self.environments.get_mut(&environment) {
                    entry.is_provisioned = false;
                }
            } else {
                return;
            }
        }
    }

    pub(super) fn provisioned_is_ready(&mut self, deployment: DeploymentId) {
        if let Some(pool) = self.pools.get_mut(&deployment) {
            pool.ready += 1;
            pool.is_allocated |= pool.ready >= pool.wanted;
        }
    }

    /// One has ended: by itself, or because it had been stopped.
    pub(super) fn provisioned_has_ended(&mut self, now: Time, environment: &Environment, was_stopped: bool) {
        let Some(pool) = self.pools.get_mut(&environment.deployment) else { return };
        pool.started = pool.started.saturating_sub(1);
        if environment.is_ready {
            pool.ready = pool.ready.saturating_sub(1);
        }
        // Where all were stopped, the next invoke brings them back.
        if !was_stopped {
            pool.has_failed |= !environment.is_ready && pool.started < pool.wanted;
            self.fit(now, environment.function, environment.deployment);
        }
    }
}
