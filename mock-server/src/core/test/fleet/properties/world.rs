//! The world around a fleet: callers, and environments that keep to the contract.
//!
//! It keeps its own books of what was started, sent, stopped and given up, and knows nothing of how the fleet decides.
//! After each step it compares. What the fleet has to do next is in `world::books`.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{DEPLOYMENTS, FUNCTIONS, Sequence, Step};
use crate::core::{
    InvokeId, Time,
    catalog::FunctionId,
    fleet::{
        AccountLimits, AllocationStatus, DeploymentId, EnvironmentNumber, Environments, Fleet, FleetEffect,
        Scale,
    },
    test::scenario::secs,
};

mod books;

/// Where an accepted invoke is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waits,
    Sent(EnvironmentNumber),
    GivenUp,
    Answered,
}

#[derive(Clone, Debug)]
struct Invoked {
    function: FunctionId,
    deployment: DeploymentId,
    tenant: Option<&'static str>,
    fate: Fate,
    has_come_back: bool,
    has_waited: bool,
}

/// An environment, as it is really.
#[derive(Clone, Debug)]
struct Guest {
    function: FunctionId,
    deployment: DeploymentId,
    is_provisioned: bool,
    is_up: bool,
    is_stopped: bool,
    /// Whose invokes it has had.
    tenant: Option<Option<&'static str>>,
    /// Workers that have not asked for work yet.
    starting: usize,
    /// Workers that have asked and got nothing.
    free: usize,
    /// Workers that have answered and not asked for more.
    done: usize,
    /// What the other workers are at.
    invokes: BTreeSet<InvokeId>,
}

#[derive(Clone, Debug)]
struct Described {
    id: FunctionId,
    scale: Scale,
    deployments: [DeploymentId; DEPLOYMENTS],
}

pub(super) struct World {
    fleet: Fleet,
    account: AccountLimits,
    now: Time,
    functions: Vec<Described>,
    retired: BTreeSet<DeploymentId>,
    guests: BTreeMap<EnvironmentNumber, Guest>,
    invokes: BTreeMap<InvokeId, Invoked>,
    /// The last number that was given.
    numbers: u64,
    journal: Vec<FleetEffect>,
    reached: BTreeSet<&'static str>,
}

impl World {
    pub(super) fn new(sequence: &Sequence) -> Self {
        let account =
            AccountLimits { concurrency: sequence.account, counts_requests: sequence.counts_requests };
        let mut world = Self {
            fleet: Fleet::new(account),
            account,
            now: Time::default() + secs(1_000),
            functions: Vec::new(),
            retired: BTreeSet::new(),
            guests: BTreeMap::new(),
            invokes: BTreeMap::new(),
            numbers: 0,
            journal: Vec::new(),
            reached: BTreeSet::new(),
        };
        for scale in sequence.scales {
            let described = world.describe(scale);
            world.functions.push(described);
        }
        world.settle();
        world
    }

    pub(super) fn journal(&self) -> &[FleetEffect] {
        &self.journal
    }

    pub(super) fn reached(&self) -> &BTreeSet<&'static str> {
        &self.reached
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A new function, if its reserved concurrency is to be had.
    fn describe(&mut self, scale: Scale) -> Described {
        let id = FunctionId(self.number() as u32);
        let scale = self.affordable(scale, 0);
        self.fleet.configure(self.now, id, scale);
        let deployments = [DeploymentId(self.number()), DeploymentId(self.number())];
        Described { id, scale, deployments }
    }

    /// No more is reserved than the account has; the service's API sees to it.
    fn affordable(&self, scale: Scale, given_back: usize) -> Scale {
        let available = self.fleet.unreserved_concurrency() + given_back;
        Scale { reserved: scale.reserved.map(|reserved| reserved.min(available)), ..scale }
    }

    pub(super) fn play(&mut self, step: &Step) {
        self.assert_that_time_has_not_come();
        match *step {
            Step::Invoke { function, deployment, tenant, times } => {
                for _ in 0..times {
                    self.invoke(function, deployment, tenant.map(|tenant| ["blue", "red"][tenant]));
                    self.settle();
                }
            }
            Step::Rush(function) => {
                for _ in 0..10 * (self.account.concurrency + 1) {
                    self.invoke(function, 0, None);
                    self.settle();
                    let newest = self.invokes.get(&InvokeId(self.numbers)).map(|invoked| invoked.fate);
                    if let Some(Fate::Sent(number)) = newest {
                        self.serve(number);
                    }
                }
            }
            Step::Up(which) => {
                let starting = self.guests.iter().filter(|(_, guest)| !guest.is_up);
                if let Some(number) = chosen(starting.map(|(&number, _)| number), which) {
                    self.up(number);
                }
            }
            Step::AllUp => self.each_guest(Self::up),
            Step::Answer(which) => {
                let open = self.invokes.iter().filter(|(_, invoke)| invoke.fate != Fate::Answered);
                if let Some(invoke) = chosen(open.map(|(&id, _)| id), which) {
                    self.answer(invoke);
                }
            }
            Step::Poll(which) => {
                let done = self.guests.iter().filter(|(_, guest)| guest.is_up && guest.done > 0);
                if let Some(number) = chosen(done.map(|(&number, _)| number), which) {
                    self.poll(number);
                }
            }
            Step::Serve(which) => {
                let busy = self.guests.iter().filter(|(_, guest)| !guest.invokes.is_empty());
                if let Some(number) = chosen(busy.map(|(&number, _)| number), which) {
                    self.serve(number);
                }
            }
            Step::AllServe => self.each_guest(Self::serve),
            Step::Dies { environment, returns, first } => {
                if let Some(number) = chosen(self.guests.keys().copied(), environment) {
                    self.ends(number, returns, first);
                }
            }
            Step::Gone(which) => {
                let stopped = self.guests.iter().filter(|(_, guest)| guest.is_stopped);
                if let Some(number) = chosen(stopped.map(|(&number, _)| number), which) {
                    self.ends(number, which % 2 == 0, which % 3 == 0);
                }
            }
            Step::AllGone => self.each_guest(|world, number| {
                if world.guests[&number].is_stopped {
                    world.ends(number, true, false);
                }
            }),
            Step::Wait(time) => self.tick(self.now + time),
            Step::WaitForTimer => {
                if let Some(due) = self.fleet.poll_timeout() {
                    self.tick(due.max(self.now));
                }
            }
            Step::Configure { function, scale } => {
                let described = &self.functions[function];
                let scale = self.affordable(scale, described.scale.reserved.unwrap_or(0));
                self.fleet.configure(self.now, described.id, scale);
                self.functions[function].scale = scale;
            }
            Step::Provision { function, deployment, wanted } => {
                let described = &self.functions[function];
                if described.scale.environments == Environments::OnDemand {
                    let deployment = described.deployments[deployment];
                    self.fleet.provision(self.now, described.id, deployment, wanted);
                }
            }
            Step::StartAhead { function, deployment } => {
                let Described { id, deployments, .. } = self.functions[function];
                self.fleet.start_ahead(self.now, id, deployments[deployment]);
            }
            Step::Retire { function, deployment } => {
                let next = DeploymentId(self.number());
                let of = &mut self.functions[function].deployments[deployment];
                let retired = std::mem::replace(of, next);
                self.retire(self.functions[function].id, retired);
            }
            Step::StopAll(function) => self.fleet.stop_all(self.functions[function].id),
            Step::Replace(function) => {
                let gone = self.functions[function].id;
                self.fleet.stop_all(gone);
                self.fleet.remove(gone);
                let scale = self.functions[function].scale;
                self.functions[function] = self.describe(scale);
            }
        }
        self.settle();
    }

    /// Everything ends: environments go, callers get their answers, and nothing is left.
    pub(super) fn finish(&mut self) {
        for at in 0..FUNCTIONS {
            let Described { id, deployments, .. } = self.functions[at];
            for deployment in deployments {
                self.retire(id, deployment);
            }
            self.fleet.stop_all(id);
            self.settle();
        }
        // What waits starts environments again, which serve it and go.
        for _ in 0..100 {
            self.each_guest(Self::up);
            self.each_guest(Self::serve);
            self.play(&Step::AllGone);
        }
        self.tick(self.now + secs(100));
        // Where the driver was late.
        for invoke in self.invokes.keys().copied().collect::<Vec<_>>() {
            if self.invokes[&invoke].fate == Fate::GivenUp {
                self.answer(invoke);
            }
        }
        let left: Vec<_> = self.invokes.iter().filter(|(_, invoke)| invoke.fate != Fate::Answered).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(self.fleet.total_environments(), 0);
        assert_eq!(self.fleet.poll_timeout(), None);
        assert_eq!(self.fleet.deployments(), []);
        self.functions.iter().for_each(|function| assert_eq!(self.fleet.open(function.id), 0));
    }

    fn retire(&mut self, function: FunctionId, deployment: DeploymentId) {
        let mut provisioned = self.guests.values().filter(|guest| guest.is_provisioned);
        if !provisioned.any(|guest| guest.deployment == deployment) {
            // There is none whose end would tell whoever waits of the room.
            self.fleet.provision(self.now, function, deployment, 0);
        }
        self.fleet.retire(deployment);
        self.retired.insert(deployment);
    }

    fn each_guest(&mut self, act: impl Fn(&mut Self, EnvironmentNumber)) {
        for number in self.guests.keys().copied().collect::<Vec<_>>() {
            act(self, number);
            self.settle();
        }
    }

    fn invoke(&mut self, function: usize, deployment: usize, tenant: Option<&'static str>) {
        let invoke = InvokeId(self.number());
        let Described { id: function, deployments, .. } = self.functions[function];
        let deployment = deployments[deployment];
        let before = self.fleet.clone();
        match self.fleet.invoke(self.now, invoke, function, deployment, tenant) {
            Ok(()) => {
                let (fate, has_come_back, has_waited) = (Fate::Waits, false, false);
                let invoked = Invoked { function, deployment, tenant, fate, has_come_back, has_waited };
                self.invokes.insert(invoke, invoked);
                self.assert_there_was_room(&before, function);
            }
            Err(throttled) => {
                assert_eq!(self.fleet, before, "a refusal has changed something");
                self.assert_there_was_none(throttled, function);
                self.reached.insert(throttled.reason.as_str());
            }
        }
    }

    fn up(&mut self, number: EnvironmentNumber) {
        let Some(guest) = self.guests.get_mut(&number).filter(|guest| !guest.is_up) else { return };
        guest.is_up = true;
        let starting = std::mem::take(&mut guest.starting);
        self.fleet.environment_ready(number);
        for _ in 0..starting {
            self.free(number);
        }
    }

    fn poll(&mut self, number: EnvironmentNumber) {
        let Some(guest) = self.guests.get_mut(&number).filter(|guest| guest.is_up && guest.done > 0) else {
            return;
        };
        guest.done -= 1;
        self.free(number);
    }

    fn free(&mut self, number: EnvironmentNumber) {
        let Some(guest) = self.guests.get_mut(&number) else { return };
        guest.free += 1;
        self.fleet.environment_free(self.now, number);
        self.settle();
    }

    fn serve(&mut self, number: EnvironmentNumber) {
        self.up(number);
        let Some(&invoke) = self.guests.get(&number).and_then(|guest| guest.invokes.first()) else { return };
        self.answer(invoke);
        self.poll(number);
    }

    fn answer(&mut self, invoke: InvokeId) {
        let Some(invoked) = self.invokes.get_mut(&invoke) else { return };
        if let Fate::Sent(number) = std::mem::replace(&mut invoked.fate, Fate::Answered)
            && let Some(guest) = self.guests.get_mut(&number)
        {
            guest.invokes.remove(&invoke);
            guest.done += 1;
        }
        self.fleet.answered(invoke);
        self.settle();
    }

    /// An environment is gone; what it had comes back or is answered, before or after that.
    fn ends(&mut self, number: EnvironmentNumber, returns: bool, first: bool) {
        let Some(guest) = self.guests.get_mut(&number) else { return };
        let mut late = if first { std::mem::take(&mut guest.invokes) } else { BTreeSet::new() };
        let (has_failed, deployment) =
            (!guest.is_up && guest.is_provisioned && !guest.is_stopped, guest.deployment);
        if has_failed {
            self.note_failed(deployment);
        }
        // What comes back may be sent to a place that is still free here, and comes back once more.
        while let Some(invoke) = self.guests.get_mut(&number).and_then(|guest| guest.invokes.pop_first()) {
            self.comes_back(invoke, returns);
        }
        self.gone(number);
        while let Some(invoke) = late.pop_first() {
            self.comes_back(invoke, returns);
        }
    }

    fn comes_back(&mut self, invoke: InvokeId, returns: bool) {
        let invoked = self.invokes.get_mut(&invoke).expect("what was sent had been accepted");
        if returns {
            (invoked.fate, invoked.has_come_back) = (Fate::Waits, true);
            self.fleet.returned(self.now, invoke);
        } else {
            invoked.fate = Fate::Answered;
            self.fleet.answered(invoke);
        }
        self.settle();
    }

    fn gone(&mut self, number: EnvironmentNumber) {
        self.guests.remove(&number);
        self.fleet.environment_ended(self.now, number);
        self.settle();
    }

    fn note_failed(&mut self, deployment: DeploymentId) {
        let wanted = self.fleet.allocation(deployment);
        if wanted.is_some_and(|allocation| allocation.status == AllocationStatus::InProgress) {
            self.reached.insert("an allocation has failed");
        }
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        let before = self.journal.len();
        self.fleet.handle_timeout(now);
        self.settle();
        if self.journal[before..].iter().any(|effect| matches!(effect, FleetEffect::Stop { .. })) {
            self.reached.insert("an idle one expires");
        }
        assert!(self.fleet.poll_timeout().is_none_or(|due| due > now), "what is due has not been done");
    }
}

/// One of them, if there are any.
fn chosen<T>(among: impl Iterator<Item = T> + Clone, which: usize) -> Option<T> {
    let count = among.clone().count();
    let at = which.checked_rem(count)?;
    among.clone().nth(at)
}
