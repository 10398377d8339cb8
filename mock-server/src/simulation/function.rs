//! A function to be simulated: who invokes it, how long it takes, how far it scales.

use std::time::Duration;

use super::{Arrivals, Distribution};
use crate::core::{
    fleet::{Environments, Scale},
    queue::Policy,
};

/// A function to be simulated. Unless something else is said nobody invokes it, init and the handler take no time, and it
/// scales as far as the account lets it.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use mock_server::simulation::{Arrivals, Distribution, SimulatedFunction};
///
/// let millis = Duration::from_millis;
/// let function = SimulatedFunction::named("api")
///     .arrivals(Arrivals::poisson(120.0))
///     .init(millis(350))
///     .duration(Distribution::log_normal(millis(20), millis(150)))
///     .reserved(10)
///     .idle_lifetime(Duration::from_secs(600));
/// # let _ = function;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct SimulatedFunction {
    pub(super) name: String,
    pub(super) arrivals: Arrivals,
    pub(super) init: Distribution,
    pub(super) duration: Distribution,
    pub(super) scale: Scale,
    pub(super) provisioned: usize,
    pub(super) failure_rate: f64,
    pub(super) retries: Option<Retries>,
    pub(super) asynchronous: Option<Policy>,
}

/// What a caller does who is throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retries {
    pub(super) attempts: u32,
    pub(super) first_wait: Duration,
}

impl SimulatedFunction {
    /// A function of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arrivals: Arrivals::none(),
            init: Distribution::constant(Duration::ZERO),
            duration: Distribution::constant(Duration::ZERO),
            scale: Scale::default(),
            provisioned: 0,
            failure_rate: 0.0,
            retries: None,
            asynchronous: None,
        }
    }

    /// When it is invoked.
    pub fn arrivals(self, arrivals: Arrivals) -> Self {
        Self { arrivals, ..self }
    }

    /// How long the initialisation of an environment takes.
    pub fn init(self, init: impl Into<Distribution>) -> Self {
        Self { init: init.into(), ..self }
    }

    /// How long the handler takes.
    pub fn duration(self, duration: impl Into<Distribution>) -> Self {
        Self { duration: duration.into(), ..self }
    }

    /// How far it scales, as a whole.
    pub fn scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// How many invocations there may be at once, and are set aside for it.
    pub fn reserved(mut self, reserved: usize) -> Self {
        self.scale.reserved = Some(reserved);
        self
    }

    /// How long an idle environment is kept; for ever if not set.
    pub fn idle_lifetime(mut self, idle_lifetime: Duration) -> Self {
        self.scale.idle_lifetime = Some(idle_lifetime);
        self
    }

    /// Runs on instances, of which there are at least and at most so many; each takes this many invocations at once.
    pub fn instances(mut self, least: usize, most: usize, per_environment: usize) -> Self {
        self.scale.environments = Environments::Instances { least, most };
        self.scale.per_environment = per_environment;
        self
    }

    /// How many environments are ready from the beginning, and stay so: provisioned concurrency.
    pub fn provisioned(self, provisioned: usize) -> Self {
        Self { provisioned, ..self }
    }

    /// Which share of its invocations ends with a function error, of 1.
    pub fn failure_rate(self, failure_rate: f64) -> Self {
        Self { failure_rate, ..self }
    }

    /// Callers who are throttled try again, this often at most. They wait for a random part of a time that is
    /// `first_wait` at first and doubles, as the AWS SDKs do. Without this they go away.
    pub fn retries(self, attempts: u32, first_wait: Duration) -> Self {
        Self { retries: Some(Retries { attempts, first_wait }), ..self }
    }

    /// Its invocations are asynchronous: they wait in the [queue](crate::core::queue), which tries them again after function
    /// errors and when they are throttled.
    pub fn asynchronous(self, policy: Policy) -> Self {
        Self { asynchronous: Some(policy), ..self }
    }
}
