//! The fleet: which environment takes an invoke, and who is refused. One file per rule; random sequences are in
//! `fleet::properties`.
//!
//! `Scene` is a fleet with one function, a clock that counts from zero, and all effects since somebody looked.

use std::time::Duration;

use super::scenario::{millis, secs};
use crate::core::{
    InvokeId, Time,
    catalog::FunctionId,
    fleet::{AccountLimits, DeploymentId, EnvironmentNumber, Fleet, FleetEffect, Scale, Throttled},
};

mod account;
mod changes;
mod ends;
mod evict;
mod expiry;
mod instances;
mod patience;
mod properties;
mod provisioned;
mod rates;
mod reserved;
mod reuse;

/// The function of most tests.
const F: FunctionId = FunctionId(1);
/// Another one of the same account.
const G: FunctionId = FunctionId(2);

/// What runs in the environments of most tests.
const V1: DeploymentId = DeploymentId(1);
/// What an invoke is for after a change of the function.
const V2: DeploymentId = DeploymentId(2);
/// What runs in those of the other function.
const OTHER: DeploymentId = DeploymentId(3);

struct Scene {
    fleet: Fleet,
    now: Time,
    newest: u64,
}

impl Scene {
    /// A service with a function whose scale is this.
    fn new(scale: Scale) -> Self {
        Self::with_account(AccountLimits::default(), scale)
    }

    fn with_account(account: AccountLimits, scale: Scale) -> Self {
        let mut fleet = Fleet::new(account);
        fleet.configure(Time::default(), F, scale);
        Self { fleet, now: Time::default(), newest: 0 }
    }

    fn configure(&mut self, function: FunctionId, scale: Scale) {
        self.fleet.configure(self.now, function, scale);
    }

    fn invoke(&mut self, deployment: DeploymentId) -> Result<InvokeId, Throttled> {
        let function = if deployment == OTHER { G } else { F };
        self.invoke_for(function, deployment, None)
    }

    fn invoke_of(&mut self, tenant: &str) -> Result<InvokeId, Throttled> {
        self.invoke_for(F, V1, Some(tenant))
    }

    fn invoke_for(
        &mut self,
        function: FunctionId,
        deployment: DeploymentId,
        tenant: Option<&str>,
    ) -> Result<InvokeId, Throttled> {
        self.newest += 1;
        let invoke = InvokeId(self.newest);
        self.fleet.invoke(self.now, invoke, function, deployment, tenant)?;
        Ok(invoke)
    }

    /// As many invokes as this, in new environments, which are returned with them.
    fn busy(&mut self, deployment: DeploymentId, count: usize) -> Vec<(EnvironmentNumber, InvokeId)> {
        let invokes: Vec<_> = (0..count).map(|_| self.invoke(deployment).unwrap()).collect();
        let sent = sent(&self.effects());
        assert_eq!(sent.iter().map(|&(_, invoke)| invoke).collect::<Vec<_>>(), invokes);
        sent
    }

    /// As many environments as this that are idle; the last has been used last.
    fn idle(&mut self, deployment: DeploymentId, count: usize) -> Vec<EnvironmentNumber> {
        let busy = self.busy(deployment, count);
        busy.iter().for_each(|&(environment, invoke)| self.served(environment, invoke));
        self.nothing();
        busy.into_iter().map(|(environment, _)| environment).collect()
    }

    /// The function answers, and its runtime asks for more.
    fn served(&mut self, environment: EnvironmentNumber, invoke: InvokeId) {
        self.fleet.environment_ready(environment);
        self.fleet.answered(invoke);
        self.free(environment);
    }

    fn free(&mut self, environment: EnvironmentNumber) {
        self.fleet.environment_free(self.now, environment);
    }

    /// An environment that nobody has invoked comes up.
    fn up(&mut self, environment: EnvironmentNumber) {
        self.fleet.environment_ready(environment);
        self.free(environment);
    }

    fn ended(&mut self, environment: EnvironmentNumber) {
        self.fleet.environment_ended(self.now, environment);
    }

    fn provision(&mut self, deployment: DeploymentId, wanted: usize) {
        self.fleet.provision(self.now, F, deployment, wanted);
    }

    /// Provisioned environments that are ready.
    fn provisioned(&mut self, deployment: DeploymentId, wanted: usize) -> Vec<EnvironmentNumber> {
        self.provision(deployment, wanted);
        let started = started(&self.effects());
        assert_eq!(started.len(), wanted);
        started.iter().for_each(|&environment| self.up(environment));
        self.nothing();
        started
    }

    fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.fleet.handle_timeout(self.now);
    }

    /// All effects since somebody looked.
    fn effects(&mut self) -> Vec<FleetEffect> {
        self.fleet.assert_counts();
        std::iter::from_fn(|| self.fleet.poll_effect()).collect()
    }

    /// Nothing has been decided since somebody looked.
    fn nothing(&mut self) {
        assert_eq!(self.effects(), []);
    }

    /// The only effect since somebody looked.
    fn effect(&mut self) -> FleetEffect {
        let mut effects = self.effects();
        assert_eq!(effects.len(), 1, "{effects:?}");
        effects.remove(0)
    }
}

fn start(environment: EnvironmentNumber, deployment: DeploymentId) -> FleetEffect {
    FleetEffect::Start { environment, deployment, is_provisioned: false }
}

fn start_provisioned(environment: EnvironmentNumber, deployment: DeploymentId) -> FleetEffect {
    FleetEffect::Start { environment, deployment, is_provisioned: true }
}

fn send(environment: EnvironmentNumber, invoke: InvokeId) -> FleetEffect {
    FleetEffect::Send { environment, invoke }
}

fn stop(environment: EnvironmentNumber) -> FleetEffect {
    FleetEffect::Stop { environment }
}

fn give_up(invoke: InvokeId) -> FleetEffect {
    FleetEffect::GiveUp { invoke }
}

fn started(effects: &[FleetEffect]) -> Vec<EnvironmentNumber> {
    let started = |effect: &FleetEffect| match effect {
        FleetEffect::Start { environment, .. } => Some(*environment),
        _ => None,
    };
    effects.iter().filter_map(started).collect()
}

fn sent(effects: &[FleetEffect]) -> Vec<(EnvironmentNumber, InvokeId)> {
    let sent = |effect: &FleetEffect| match effect {
        FleetEffect::Send { environment, invoke } => Some((*environment, *invoke)),
        _ => None,
    };
    effects.iter().filter_map(sent).collect()
}

fn stopped(effects: &[FleetEffect]) -> Vec<EnvironmentNumber> {
    let stopped = |effect: &FleetEffect| match effect {
        FleetEffect::Stop { environment } => Some(*environment),
        _ => None,
    };
    effects.iter().filter_map(stopped).collect()
}

/// At most this many invocations at once, which are set aside.
fn reserved(reserved: usize) -> Scale {
    Scale { reserved: Some(reserved), ..Scale::default() }
}

/// An account that allows this many invocations at once.
fn account(concurrency: usize) -> AccountLimits {
    AccountLimits { concurrency, ..AccountLimits::default() }
}
