//! The shell of what is decided for a whole service: which environment takes an invoke, which version it is for, when a
//! queued event is tried.
//!
//! The decisions are those of the pure [`catalog`](crate::core::catalog), [`fleet`](crate::core::fleet) and
//! [`queue`](crate::core::queue); here are the ways to the environments, the invokes that are held until they are sent, and
//! the one timer. All of it stands behind one lock, under which nothing waits: what has to be done outside of it is handed
//! back as an [`Aftermath`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, MutexGuard, PoisonError, Weak},
};

use tokio::{
    runtime,
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::sleep_until,
};

use self::journal::Saving;
use crate::{
    core::{
        Answer, Initialization, InvokeId, Time,
        catalog::{Catalog, EventInvokeConfig, FunctionId, Version},
        fleet::{AccountLimits, Allocation, DeploymentId, EnvironmentNumber, Fleet, FleetEffect},
        queue::{EventId, Queue},
    },
    driver::{Driver, Orders, Submitted},
    function::Deployment,
    service::World,
    timeline::EnvironmentId,
};

mod asynchronous;
mod invoking;
mod journal;

pub(crate) use asynchronous::is_system_error;
pub(crate) use invoking::{NO_TENANT, NotInvoked, Submission};
pub(crate) use journal::Journal;

/// What an invoke is answered that no runtime takes, as AWS's core of managed instances calls it.
const UNAVAILABLE: &str = "Runtime.Unavailable";

/// Everything that is shared between the functions of a service.
pub(crate) struct Hub {
    pub(crate) catalog: Catalog<Arc<Deployment>>,
    pub(crate) fleet: Fleet,
    pub(crate) queue: Queue,
    /// What runs for each version of each function.
    deployed: BTreeMap<(FunctionId, Version), DeploymentId>,
    deployments: BTreeMap<DeploymentId, Arc<Deployment>>,
    /// Those that serve nobody new, and may still have to be started for an invoke that came before.
    retired: BTreeSet<DeploymentId>,
    newest: u64,
    /// `None` for one that is shutting down.
    environments: BTreeMap<EnvironmentNumber, Option<Handle>>,
    /// Invokes that have not been sent to an environment.
    held: BTreeMap<InvokeId, Box<Submitted>>,
    /// What the fleet wants done, and could not be where there was no runtime.
    postponed: VecDeque<FleetEffect>,
    /// Functions that have had environments beside each other.
    shared: BTreeSet<FunctionId>,
    watchers: BTreeMap<EventId, asynchronous::Watcher>,
    /// Whose events they are; after a restart only the function's name is known.
    takers: BTreeMap<EventId, FunctionId>,
    /// Changes of events that are being kept.
    saving: BTreeMap<EventId, Saving>,
    /// What was kept when the service ended last.
    #[cfg(feature = "state")]
    kept: asynchronous::Kept,
    /// No attempt begins: the service is shutting down.
    pub(crate) pauses_queue: bool,
    timer: Option<JoinHandle<()>>,
}

/// The ways to an environment; dropping them tells it to shut down.
struct Handle {
    invokes: mpsc::UnboundedSender<Box<Submitted>>,
    restore: Arc<Notify>,
}

/// What is to be done when the lock is free again: to drop an invoke may ask for the lock, and so may a task that a runtime
/// does not take any more.
#[derive(Default)]
#[must_use = "what is dropped under the lock may wait for it for ever"]
pub(crate) struct Aftermath {
    started: Vec<Started>,
    given_up: Vec<Submitted>,
    steps: Vec<asynchronous::Step>,
    /// Code may hold the last handle of another function, and its folder takes a while to remove.
    gone: Vec<Arc<Deployment>>,
}

/// An environment that is to be started.
struct Started {
    id: EnvironmentId,
    deployment: Arc<Deployment>,
    is_provisioned: bool,
    orders: Orders,
}

impl Hub {
    pub(crate) fn new(seed: u64, account: AccountLimits) -> Self {
        Self {
            catalog: Catalog::new(seed),
            fleet: Fleet::new(account),
            queue: Queue::default(),
            deployed: BTreeMap::new(),
            deployments: BTreeMap::new(),
            retired: BTreeSet::new(),
            newest: 0,
            environments: BTreeMap::new(),
            held: BTreeMap::new(),
            postponed: VecDeque::new(),
            shared: BTreeSet::new(),
            watchers: BTreeMap::new(),
            takers: BTreeMap::new(),
            saving: BTreeMap::new(),
            #[cfg(feature = "state")]
            kept: asynchronous::Kept::default(),
            pauses_queue: false,
            timer: None,
        }
    }

    pub(crate) fn next_deployment(&mut self) -> DeploymentId {
        self.newest += 1;
        DeploymentId(self.newest)
    }

    /// Runs a version as this deployment from now on; what ran before serves nobody new.
    pub(crate) fn deploy(&mut self, deployment: Arc<Deployment>) {
        let key = (deployment.function, deployment.version);
        let before = self.deployed.insert(key, deployment.id);
        self.deployments.insert(deployment.id, deployment);
        if let Some(before) = before {
            self.retire(before);
        }
    }

    /// Runs a new `$LATEST`, and sets what is configured for the function along with it.
    pub(crate) fn configure(
        &mut self,
        now: Time,
        latest: &Arc<Deployment>,
        reserved: Option<usize>,
        asynchronous: EventInvokeConfig,
    ) {
        let function = latest.function;
        let is_managed = latest.settings.initialization == Initialization::ManagedInstances;
        self.catalog.set_managed(function, is_managed);
        // Nothing to configure is still a configuration where there is one.
        let is_configured = self.catalog.event_invoke_config(function, None).is_some();
        let config =
            Some(asynchronous).filter(|config| is_configured || *config != EventInvokeConfig::default());
        // Both are there: the function, and its `$LATEST`.
        let _always = self.catalog.set_event_invoke_config(function, None, config);
        let _always = self.catalog.reserve_concurrency(function, reserved);
        self.fleet.configure(now, function, latest.scale(reserved));
        self.deploy(Arc::clone(latest));
    }

    /// Keeps as many environments ready as are configured.
    pub(crate) fn provision(&mut self, now: Time, function: FunctionId) {
        let mut wanted: BTreeMap<Version, usize> =
            self.catalog.versions(function).into_iter().map(|number| (Version::Number(number), 0)).collect();
        wanted.extend(self.catalog.provisioned_versions(function));
        for (version, count) in wanted {
            if let Some(&deployment) = self.deployed.get(&(function, version))
                && (count > 0 || self.fleet.allocation(deployment).is_some())
            {
                self.fleet.provision(now, function, deployment, count);
            }
        }
    }

    /// Reserves concurrency, or gives it back.
    pub(crate) fn reserve(&mut self, now: Time, function: FunctionId, reserved: Option<usize>) {
        if self.catalog.reserve_concurrency(function, reserved).is_ok()
            && let Some(latest) = self.deployment(function, Version::Latest)
        {
            self.fleet.configure(now, function, latest.scale(reserved));
        }
    }

    pub(crate) fn retire_version(&mut self, function: FunctionId, version: Version) {
        if let Some(deployment) = self.deployed.remove(&(function, version)) {
            self.retire(deployment);
        }
    }

    fn retire(&mut self, deployment: DeploymentId) {
        self.fleet.retire(deployment);
        self.retired.insert(deployment);
    }

    /// Gives back what nobody needs any more. The catalog has forgotten it before.
    #[must_use = "what is dropped under the lock may wait for it for ever"]
    fn forget_retired(&mut self) -> Vec<Arc<Deployment>> {
        let mut gone = Vec::new();
        self.retired.retain(|&id| {
            let is_needed = self.fleet.needs(id);
            if !is_needed {
                gone.extend(self.deployments.remove(&id));
            }
            is_needed
        });
        gone
    }

    pub(crate) fn deployment(&self, function: FunctionId, version: Version) -> Option<Arc<Deployment>> {
        self.deployments.get(self.deployed.get(&(function, version))?).cloned()
    }

    /// Forgets a function with all that it has.
    pub(crate) fn remove(&mut self, function: FunctionId) {
        self.fleet.stop_all(function);
        let its: Vec<_> = self.deployed.keys().filter(|(of, _)| *of == function).copied().collect();
        for (of, version) in its {
            self.retire_version(of, version);
        }
        self.fleet.remove(function);
        self.catalog.remove(function);
    }

    /// How far the allocation for a version or an alias has come. That of an alias with two versions is that of both
    /// together.
    pub(crate) fn allocation_of(&self, function: FunctionId, qualifier: &str) -> Option<Allocation> {
        let (version, additional) = match self.catalog.alias(function, qualifier) {
            Some(alias) => (alias.version, alias.additional),
            None => (Version::Number(qualifier.parse().ok()?), None),
        };
        let versions = [Some(version), additional.map(|(number, _)| Version::Number(number))];
        let allocations = versions
            .into_iter()
            .flatten()
            .filter_map(|version| self.fleet.allocation(*self.deployed.get(&(function, version))?));
        allocations.reduce(Allocation::and)
    }

    /// Carries out what the fleet has decided.
    fn carry_out(&mut self, world: &Arc<World>, now: Time) -> Aftermath {
        let mut aftermath = Aftermath::default();
        if runtime::Handle::try_current().is_err() {
            self.stop_without_runtime();
            aftermath.gone = self.forget_retired();
            return aftermath;
        }
        while let Some(effect) = self.postponed.pop_front().or_else(|| self.fleet.poll_effect()) {
            match effect {
                FleetEffect::Start { environment, deployment, is_provisioned } => {
                    let Some(deployment) = self.deployments.get(&deployment).cloned() else {
                        self.fleet.environment_ended(now, environment);
                        continue;
                    };
                    let id = world.timeline.note_environment(environment, deployment.name());
                    let (invokes, receiver) = mpsc::unbounded_channel();
                    let restore = Arc::new(Notify::new());
                    let orders = Orders { invokes: receiver, restore: Arc::clone(&restore) };
                    self.environments.insert(environment, Some(Handle { invokes, restore }));
                    aftermath.started.push(Started { id, deployment, is_provisioned, orders });
                }
                FleetEffect::Send { environment, invoke } => {
                    let Some(submitted) = self.held.remove(&invoke) else { continue };
                    if let Err(unsent) = self.send(environment, submitted) {
                        // It has gone down, and its end has not been told yet.
                        self.held.insert(invoke, unsent);
                        self.fleet.returned(now, invoke);
                    }
                }
                FleetEffect::Stop { environment } => self.stop(environment),
                FleetEffect::GiveUp { invoke } => {
                    aftermath.given_up.extend(self.held.remove(&invoke).map(|held| *held))
                }
            }
        }
        aftermath.gone = self.forget_retired();
        aftermath.steps = self.queue_steps(world);
        self.set_timer(world);
        aftermath
    }

    /// Handles may be dropped where no runtime is; there nothing can be started, and what runs elsewhere can be stopped.
    fn stop_without_runtime(&mut self) {
        while let Some(effect) = self.fleet.poll_effect() {
            match effect {
                FleetEffect::Stop { environment } => self.stop(environment),
                other => self.postponed.push_back(other),
            }
        }
    }

    fn stop(&mut self, environment: EnvironmentNumber) {
        if let Some(handle) = self.environments.get_mut(&environment) {
            *handle = None;
        }
    }

    fn send(&self, environment: EnvironmentNumber, submitted: Box<Submitted>) -> Result<(), Box<Submitted>> {
        match self.environments.get(&environment).and_then(Option::as_ref) {
            Some(handle) => handle.invokes.send(submitted).map_err(|error| error.0),
            None => Err(submitted),
        }
    }

    /// One task waits for the next moment at which time alone changes something, as long as there is one.
    fn set_timer(&mut self, world: &Arc<World>) {
        if self.poll_timeout().is_none() {
            return;
        }
        match &self.timer {
            Some(task) if !task.is_finished() => world.timer.notify_one(),
            _ => {
                let timer = Arc::clone(&world.timer);
                self.timer = Some(tokio::spawn(keep_time(Arc::downgrade(world), timer)));
            }
        }
    }

    fn poll_timeout(&self) -> Option<Time> {
        let queue = if self.pauses_queue { None } else { self.queue.poll_timeout() };
        [self.fleet.poll_timeout(), queue].into_iter().flatten().min()
    }
}

async fn keep_time(world: Weak<World>, changed: Arc<Notify>) {
    loop {
        let due = {
            let Some(world) = world.upgrade() else { return };
            let mut hub = world.hub();
            let Some(due) = hub.poll_timeout() else {
                hub.timer = None;
                return;
            };
            drop(hub);
            world.clock().instant_of(due.into())
        };
        tokio::select! {
            () = sleep_until(due) => {}
            () = changed.notified() => continue,
        }
        let Some(world) = world.upgrade() else { return };
        world.change(|hub, now| {
            hub.fleet.handle_timeout(now);
            if !hub.pauses_queue {
                hub.queue.handle_timeout(now);
            }
        });
    }
}

impl World {
    pub(crate) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the service something, and carries out what follows from it.
    pub(crate) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut Hub, Time) -> T) -> T {
        let now = Time::from(self.clock().now());
        let mut hub = self.hub();
        let result = change(&mut hub, now);
        let aftermath = hub.carry_out(self, now);
        drop(hub);
        // Not before what they are to begin with has been sent.
        for Started { id, deployment, is_provisioned, orders } in aftermath.started {
            Driver::spawn(self, &deployment, id, is_provisioned, orders);
        }
        for submitted in aftermath.given_up {
            let _gone = submitted.waiter.answer.send(Answer::without_message(UNAVAILABLE));
        }
        self.take_steps(aftermath.steps);
        drop(aftermath.gone);
        result
    }

    /// An environment can take another invoke.
    pub(crate) fn environment_free(self: &Arc<Self>, id: EnvironmentId) {
        self.change(|hub, now| hub.fleet.environment_free(now, id.0));
    }

    /// An environment has been initialised.
    pub(crate) fn environment_ready(self: &Arc<Self>, id: EnvironmentId) {
        self.change(|hub, _| hub.fleet.environment_ready(id.0));
        self.ended.notify_waiters();
    }

    /// An environment is gone.
    pub(crate) fn environment_ended(self: &Arc<Self>, id: EnvironmentId) {
        self.change(|hub, now| {
            hub.environments.remove(&id.0);
            hub.fleet.environment_ended(now, id.0);
        });
        self.ended.notify_waiters();
    }

    /// An environment is gone with its runtime, which takes no other in its place.
    pub(crate) fn environment_lost(&self, id: EnvironmentId) {
        let now = Time::from(self.clock().now());
        let mut hub = self.hub();
        hub.environments.remove(&id.0);
        hub.fleet.environment_ended(now, id.0);
        hub.stop_without_runtime();
        let gone = hub.forget_retired();
        drop(hub);
        drop(gone);
        self.ended.notify_waiters();
    }

    /// An environment does not take the invoke that was sent to it: another one is to.
    pub(crate) fn returned(self: &Arc<Self>, submitted: Box<Submitted>) {
        self.change(|hub, now| {
            let invoke = submitted.invoke.id;
            hub.held.insert(invoke, submitted);
            hub.fleet.returned(now, invoke);
        });
    }

    /// An invocation has its answer, or will not get one.
    pub(crate) fn answered(self: &Arc<Self>, invoke: InvokeId) {
        self.change(|hub, _| hub.fleet.answered(invoke));
    }

    /// Whether environments of a function are beside each other for the first time.
    pub(crate) fn begins_to_share(&self, function: FunctionId) -> bool {
        let mut hub = self.hub();
        hub.fleet.environments(function) > 1 && hub.shared.insert(function)
    }

    pub(crate) fn restore_now(&self, environment: EnvironmentId) {
        if let Some(handle) = self.hub().environments.get(&environment.0).and_then(Option::as_ref) {
            handle.restore.notify_one();
        }
    }

    /// Shuts the environments of a function down and waits until their guests are gone.
    pub(crate) async fn stop_all(self: &Arc<Self>, function: FunctionId) {
        loop {
            let ended = self.ended.notified();
            self.change(|hub, _| hub.fleet.stop_all(function));
            if !self.hub().fleet.has_environments(function) {
                return;
            }
            ended.await;
        }
    }
}
