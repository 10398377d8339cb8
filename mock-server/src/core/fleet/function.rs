//! A function's count, and the limits that follow from its scale.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use super::{AccountLimits, EnvironmentNumber, Environments, InvokeId, Scale, Time, rate::Bucket};
use lambda_api::limits;

/// A function's count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) scale: Scale,
    /// Invocations without an answer that no provisioned environment has.
    pub(super) on_demand: usize,
    /// Provisioned concurrency of all its deployments.
    pub(super) provisioned: usize,
    /// Its environments that are not on their way out; of a function on instances, all.
    pub(super) environments: usize,
    pub(super) waiting: VecDeque<InvokeId>,
    pub(super) growth: Bucket,
    pub(super) requests: Option<Bucket>,
    /// Idle environments that an invoke had started, by when they were used last.
    pub(super) idle: BTreeSet<(Time, EnvironmentNumber)>,
}

impl Function {
    pub(super) fn new(scale: Scale, requests: Option<Bucket>, now: Time) -> Self {
        Self {
            scale,
            on_demand: 0,
            provisioned: 0,
            environments: 0,
            waiting: VecDeque::new(),
            growth: Bucket::new(limits::SCALING_ENVIRONMENTS, limits::SCALING_PERIOD, now),
            requests,
            idle: BTreeSet::new(),
        }
    }

    /// What it uses of the concurrency that is not reserved.
    pub(super) fn unreserved(&self) -> usize {
        let has_its_own = self.scale.reserved.is_some() || self.scale.environments != Environments::OnDemand;
        if has_its_own { 0 } else { self.on_demand + self.provisioned }
    }

    /// When its longest idle environment is not kept any longer.
    pub(super) fn expires(&self) -> Option<Time> {
        let lifetime = self.scale.idle_lifetime?;
        self.idle.first().map(|&(since, _)| since + lifetime)
    }

    /// How many invocations there may be at once that no provisioned environment has; `None` where the account decides.
    pub(super) fn own_limit(&self) -> Option<usize> {
        let reserved = self.scale.reserved.map(|reserved| reserved.saturating_sub(self.provisioned));
        match self.scale.environments {
            Environments::OnDemand => reserved,
            Environments::Instances { most, .. } => {
                let places = most.saturating_mul(self.scale.per_environment);
                Some(reserved.map_or(places, |reserved| reserved.min(places)))
            }
        }
    }

    /// Those of its environments that cannot make room for others.
    pub(super) fn busy_environments(&self) -> usize {
        self.environments.saturating_sub(self.idle.len())
    }

    /// How many environments there may be that an invoke starts.
    pub(super) fn most_environments(&self, account: AccountLimits) -> usize {
        let most = match self.scale.environments {
            Environments::OnDemand => account.concurrency,
            Environments::Instances { most, .. } => most,
        };
        let reserved = self.scale.reserved.map(|reserved| {
            reserved.saturating_sub(self.provisioned).div_ceil(self.scale.per_environment.max(1))
        });
        reserved.map_or(most, |reserved| reserved.min(most))
    }
}

/// Ten requests in a second for each place.
pub(super) fn request_rate(concurrency: usize, now: Time) -> Bucket {
    Bucket::new(concurrency.saturating_mul(10), Duration::from_secs(1), now)
}
