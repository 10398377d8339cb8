//! Which environment takes an invoke, and whether one may: concurrency and scaling of a whole service, pure.
//!
//! The rules are those of [Lambda function scaling](https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html):
//! an idle environment of the same [deployment](DeploymentId) (and tenant) takes an invoke, the most recently used first; otherwise a new
//! one is started, within the concurrency of the function or what the others leave of the account's, and no faster than
//! environments may be added. Whoever comes beyond is [`Throttled`].
//!
//! The fleet decides and keeps count. What happens inside an environment is [`ExecutionEnvironment`]'s business, which
//! deployment an invoke is for the [`catalog`](super::catalog)'s. It is driven as they are: inputs with their time in,
//! [`FleetEffect`]s out, [`Fleet::handle_timeout`] when [`Fleet::poll_timeout`] says so. Where a simulation takes the place
//! of environments, a day of traffic takes seconds.
//!
//! An invocation counts until it has been answered. Its environment takes the next one when its runtime asks for it, which is
//! a little later; where there may be no further environment, that is waited for.
//!
//! [`ExecutionEnvironment`]: super::ExecutionEnvironment

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use lambda_api::limits;

use self::{
    function::{Function, request_rate},
    pool::{Pool, Tenant},
    rate::Bucket,
};
use super::{InvokeId, Time, catalog::FunctionId};

mod admit;
mod function;
mod idle;
#[cfg(test)]
mod inspect;
mod place;
mod pool;
mod provision;
mod rate;

pub use provision::{Allocation, AllocationStatus};

/// Numbers the execution environments of a service, from 1.
pub type EnvironmentNumber = u32;

/// What runs in an environment: the code and the configuration of one version of a function, numbered by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentId(pub u64);

/// What the account allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountLimits {
    /// How many invocations there may be at once in all functions; 1,000 if not set.
    pub concurrency: usize,
    /// Whether requests are counted, too: ten times the concurrency in a second. Off if not set, because in paused
    /// time any number of requests comes in the same moment.
    pub counts_requests: bool,
}

impl Default for AccountLimits {
    fn default() -> Self {
        Self { concurrency: limits::ACCOUNT_CONCURRENCY, counts_requests: false }
    }
}

/// How far a function scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scale {
    /// How many invocations there may be at once, and are set aside; if not set, what other functions leave.
    pub reserved: Option<usize>,
    /// How many invocations an environment takes at once.
    pub per_environment: usize,
    /// Where environments come from.
    pub environments: Environments,
    /// How long an idle environment is kept; for ever if not set.
    pub idle_lifetime: Option<Duration>,
    /// How long an invoke waits for an environment that does not become free.
    pub patience: Duration,
}

/// Where a function's environments come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environments {
    /// An invoke that finds none starts one.
    #[default]
    OnDemand,
    /// There are this many, whatever comes: the first invoke starts `least` of them, and they are added one by one up to
    /// `most` when more than half of their capacity is in use.
    Instances {
        /// How many there are at least.
        least: usize,
        /// How many there may be; one that shuts down counts until it is gone.
        most: usize,
    },
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            reserved: None,
            per_environment: 1,
            environments: Environments::OnDemand,
            idle_lifetime: None,
            patience: limits::INIT_TIMEOUT + limits::TIMEOUT_DEFAULT,
        }
    }
}

/// An invoke is refused, because all that may take it are busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The service's word for the reason.
    pub reason: ThrottleReason,
}

/// Why an invoke is refused, in the words of
/// [TooManyRequestsException](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ThrottleReason {
    /// The account's concurrency is used up, or environments cannot be added so fast.
    ConcurrentInvocationLimitExceeded,
    /// The function's reserved concurrency is used up.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// There were too many requests in a second for the account's concurrency.
    FunctionInvocationRateLimitExceeded,
    /// There were too many requests in a second for the function's reserved concurrency.
    ReservedFunctionInvocationRateLimitExceeded,
}

impl ThrottleReason {
    /// The word in the answer's `Reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
            Self::FunctionInvocationRateLimitExceeded => "FunctionInvocationRateLimitExceeded",
            Self::ReservedFunctionInvocationRateLimitExceeded => {
                "ReservedFunctionInvocationRateLimitExceeded"
            }
        }
    }
}

/// Something to do, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetEffect {
    /// Start an environment.
    Start {
        /// Its number.
        environment: EnvironmentNumber,
        /// What runs in it.
        deployment: DeploymentId,
        /// Whether it is made ready ahead of any invoke, as provisioned concurrency.
        is_provisioned: bool,
    },
    /// Hand an invoke to an environment.
    Send {
        /// The environment.
        environment: EnvironmentNumber,
        /// The invoke.
        invoke: InvokeId,
    },
    /// Shut an environment down.
    Stop {
        /// The environment.
        environment: EnvironmentNumber,
    },
    /// Answer an invoke that nobody takes although there is room for it: a runtime that answers and never asks for
    /// more.
    GiveUp {
        /// The invoke.
        invoke: InvokeId,
    },
}

/// The environments of a service, and the invokes that wait for one. See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    account: AccountLimits,
    requests: Option<Bucket>,
    functions: BTreeMap<FunctionId, Function>,
    pools: BTreeMap<DeploymentId, Pool>,
    environments: BTreeMap<EnvironmentNumber, Environment>,
    /// Invokes without an answer.
    open: BTreeMap<InvokeId, Open>,
    /// What functions without reserved concurrency use of the account's.
    unreserved: usize,
    /// What is set aside for functions with reserved concurrency.
    reserved: usize,
    /// When the longest idle environment of a function is not kept any longer.
    expiring: BTreeSet<(Time, FunctionId)>,
    /// When waiting invokes are given up.
    given_up: BTreeSet<(Time, InvokeId)>,
    newest: EnvironmentNumber,
    effects: VecDeque<FleetEffect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Environment {
    function: FunctionId,
    deployment: DeploymentId,
    tenant: Tenant,
    is_provisioned: bool,
    /// It is among its function's [`environments`](Function::environments).
    is_counted: bool,
    /// It has been initialised.
    is_ready: bool,
    is_stopping: bool,
    /// Invokes that it was given and that have not been answered.
    busy: usize,
    /// Invokes that it would take: how often it is in its pool.
    free: usize,
    idle_since: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    function: FunctionId,
    deployment: DeploymentId,
    tenant: Tenant,
    environment: Option<EnvironmentNumber>,
    /// It counts against the function's concurrency, and not against what is provisioned.
    is_on_demand: bool,
    give_up: Option<Time>,
}

impl Fleet {
    /// A fleet without functions.
    pub fn new(account: AccountLimits) -> Self {
        Self {
            account,
            requests: None,
            functions: BTreeMap::new(),
            pools: BTreeMap::new(),
            environments: BTreeMap::new(),
            open: BTreeMap::new(),
            unreserved: 0,
            reserved: 0,
            expiring: BTreeSet::new(),
            given_up: BTreeSet::new(),
            newest: 0,
            effects: VecDeque::new(),
        }
    }

    /// Sets how far a function scales; what is under way goes on, even if there is now too much of it.
    pub fn configure(&mut self, now: Time, function: FunctionId, scale: Scale) {
        let counts_requests = self.account.counts_requests;
        let requests = scale.reserved.filter(|_| counts_requests).map(|reserved| request_rate(reserved, now));
        let Some(entry) = self.functions.get_mut(&function) else {
            self.reserved += scale.reserved.unwrap_or(0);
            let entry = Function::new(scale, requests, now);
            self.functions.insert(function, entry);
            return;
        };
        if entry.scale.reserved != scale.reserved {
            entry.requests = requests;
        }
        self.unreserved -= entry.unreserved();
        self.reserved -= entry.scale.reserved.unwrap_or(0);
        entry.scale = Scale { idle_lifetime: entry.scale.idle_lifetime, ..scale };
        self.unreserved += entry.unreserved();
        self.reserved += scale.reserved.unwrap_or(0);
        self.change_idle(function, |entry| entry.scale = scale);
        self.settle(now, function);
    }

    /// Takes no new invokes for a deployment: its environments are shut down as soon as they are idle.
    pub fn retire(&mut self, deployment: DeploymentId) {
        let Some(pool) = self.pools.get_mut(&deployment) else { return };
        pool.is_retired = true;
        let idle = pool.idle();
        let function = pool.function;
        self.change_provisioned(function, deployment, |pool| pool.wanted = 0);
        for environment in idle {
            if self.environments.get(&environment).is_some_and(|environment| environment.busy == 0) {
                self.stop(environment);
            }
        }
        self.forget_if_over(deployment);
    }

    /// Whether a deployment may still have anything to do: invokes, or environments. One that was
    /// [retired](Self::retire) has not for ever.
    pub fn needs(&self, deployment: DeploymentId) -> bool {
        self.pools.contains_key(&deployment)
    }

    /// Shuts all environments of a function down, busy or not. A later invoke starts a new one.
    pub fn stop_all(&mut self, function: FunctionId) {
        let is_its = |environment: &Environment| environment.function == function && !environment.is_stopping;
        let its = self.environments.iter().filter(|(_, environment)| is_its(environment));
        for environment in its.map(|(&number, _)| number).collect::<Vec<_>>() {
            self.stop(environment);
        }
    }

    /// Forgets a function. Its environments must have been stopped; they end in their own time.
    pub fn remove(&mut self, function: FunctionId) {
        let Some(entry) = self.functions.remove(&function) else { return };
        self.unreserved -= entry.unreserved();
        self.reserved -= entry.scale.reserved.unwrap_or(0);
        entry.expires().map(|time| self.expiring.remove(&(time, function)));
        for pool in self.pools.values_mut().filter(|pool| pool.function == function) {
            pool.wanted = 0;
            pool.is_retired = true;
        }
        self.pools.retain(|_, pool| !pool.is_over());
        for invoke in entry.waiting {
            if let Some(time) = self.open.get_mut(&invoke).and_then(|open| open.give_up.take()) {
                self.given_up.remove(&(time, invoke));
            }
            self.effects.push_back(FleetEffect::GiveUp { invoke });
        }
    }

    /// What functions with reserved concurrency leave to the others.
    pub fn unreserved_concurrency(&self) -> usize {
        self.account.concurrency.saturating_sub(self.reserved)
    }

    /// What the account allows.
    pub fn account(&self) -> AccountLimits {
        self.account
    }

    /// How many environments a function has that are not on their way out.
    pub fn environments(&self, function: FunctionId) -> usize {
        let is_its =
            |environment: &&Environment| environment.function == function && !environment.is_stopping;
        self.environments.values().filter(is_its).count()
    }

    /// Whether a function has any environments, those that shut down among them.
    pub fn has_environments(&self, function: FunctionId) -> bool {
        self.environments.values().any(|environment| environment.function == function)
    }

    /// How many environments there are, idle ones and those that shut down among them.
    pub fn total_environments(&self) -> usize {
        self.environments.len()
    }

    /// How many invocations of a function have not been answered.
    pub fn open(&self, function: FunctionId) -> usize {
        self.open.values().filter(|open| open.function == function).count()
    }

    /// The next thing to do, if there is any; ask again until there is none.
    ///
    /// May be more after every other call.
    pub fn poll_effect(&mut self) -> Option<FleetEffect> {
        self.effects.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let expire = self.expiring.first().map(|&(time, _)| time);
        let give_up = self.given_up.first().map(|&(time, _)| time);
        expire.into_iter().chain(give_up).min()
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(&(time, invoke)) = self.given_up.first() {
            if time > now {
                break;
            }
            self.given_up.pop_first();
            if let Some(open) = self.open.get_mut(&invoke) {
                open.give_up = None;
                if let Some(function) = self.functions.get_mut(&open.function) {
                    function.waiting.retain(|&waiting| waiting != invoke);
                }
                self.effects.push_back(FleetEffect::GiveUp { invoke });
            }
        }
        self.expire(now);
    }
}
