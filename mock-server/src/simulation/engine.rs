//! The loop: callers and environments around a [`Fleet`], in virtual time.
//!
//! All that is to come is in a heap, one arrival of each function among it at most; what is kept is what is under way. The
//! environments are as simple as they can be: init takes its time, the handler takes its time, and then the runtime asks for
//! more in the same moment. What the fleet wants done is in `effects`, the way through the queue in `events`.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use super::{Distribution, SimulatedFunction, arrivals::Stream, random::Random, tally::Tally};
use crate::core::{
    InvokeId, Time,
    catalog::FunctionId,
    fleet::{AccountLimits, DeploymentId, EnvironmentNumber, Fleet, ThrottleReason, Throttled},
    queue::{EventId, Queue},
};

mod effects;
mod events;

/// When no further invocation comes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// This much time has passed.
    Time(Duration),
    /// There have been this many.
    Invocations(u64),
}

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// Somebody invokes a function.
    Arrival(usize),
    /// A caller who was throttled tries again.
    Retry(usize, Caller),
    /// An environment has been initialised.
    Up(EnvironmentNumber),
    /// A handler has returned.
    Answer(InvokeId),
}

/// Who waits for an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// A caller, since a time, who was throttled so often.
    Waits { since: Duration, throttled: u32 },
    /// The queue.
    Event(EventId),
}

#[derive(Debug)]
struct Open {
    function: usize,
    caller: Caller,
    takes: Duration,
    environment: EnvironmentNumber,
}

#[derive(Debug)]
struct Guest {
    function: usize,
    is_up: bool,
    /// What it was given before it was up.
    first: Vec<InvokeId>,
}

#[derive(Debug)]
struct Running {
    described: SimulatedFunction,
    id: FunctionId,
    deployment: DeploymentId,
    stream: Stream,
    handler: Random,
    failures: Random,
    init: Random,
    callers: Random,
    queue: Queue,
    /// When the events that are in the queue were accepted.
    accepted: BTreeMap<EventId, Duration>,
    tally: Tally,
}

#[derive(Debug)]
pub(super) struct Engine {
    fleet: Fleet,
    functions: Vec<Running>,
    total: Tally,
    until: Until,
    now: Time,
    coming: BinaryHeap<Reverse<(Time, u64, Happening)>>,
    /// Arrivals among what comes, and callers who try again.
    arrivals: usize,
    retries: usize,
    open: BTreeMap<InvokeId, Open>,
    guests: BTreeMap<EnvironmentNumber, Guest>,
    /// The last number that was given to an invoke, and to something that comes.
    invokes: u64,
    order: u64,
    inputs: u64,
}

/// What is left when it is over.
pub(super) struct Ended {
    pub(super) total: Tally,
    pub(super) functions: Vec<(String, Tally)>,
    pub(super) elapsed: Duration,
    pub(super) inputs: u64,
}

impl Engine {
    pub(super) fn new(
        seed: u64,
        account: AccountLimits,
        functions: &[SimulatedFunction],
        until: Until,
    ) -> Self {
        let mut engine = Self {
            fleet: Fleet::new(account),
            functions: Vec::new(),
            total: Tally::new(),
            until,
            now: Time::default(),
            coming: BinaryHeap::new(),
            arrivals: 0,
            retries: 0,
            open: BTreeMap::new(),
            guests: BTreeMap::new(),
            invokes: 0,
            order: 0,
            inputs: 0,
        };
        for (described, number) in functions.iter().zip(0..) {
            engine.add(seed, described, number);
        }
        engine
    }

    fn add(&mut self, seed: u64, described: &SimulatedFunction, number: u32) {
        // Each has chance of its own, so that one can be changed and the others see the same callers as before.
        let purpose = |of: u64| u64::from(number) * 1_000 + of;
        let function = Running {
            described: described.clone(),
            id: FunctionId(number),
            deployment: DeploymentId(u64::from(number)),
            handler: Random::new(seed, purpose(0)),
            failures: Random::new(seed, purpose(1)),
            init: Random::new(seed, purpose(2)),
            callers: Random::new(seed, purpose(3)),
            // These have one for each source.
            stream: described.arrivals.stream(seed, purpose(4)),
            queue: Queue::default(),
            accepted: BTreeMap::new(),
            tally: Tally::new(),
        };
        self.fleet.configure(self.now, function.id, described.scale);
        self.fleet.provision(self.now, function.id, function.deployment, described.provisioned);
        self.inputs += 2;
        self.functions.push(function);
        self.carry_out();
        self.expect_arrival(self.functions.len() - 1);
    }

    /// Runs until nothing is under way.
    pub(super) fn run(mut self) -> Ended {
        let horizon = match self.until {
            Until::Time(time) => time,
            Until::Invocations(_) => Duration::ZERO,
        };
        while let Some((time, is_timer)) = self.next() {
            if time.since_epoch() > horizon && self.is_over() {
                break;
            }
            self.now = time;
            if is_timer {
                self.handle_timeout();
            } else if let Some(Reverse((_, _, happening))) = self.coming.pop() {
                self.happens(happening);
            }
            self.carry_out();
        }
        let elapsed = self.now.since_epoch().max(horizon);
        let end = |mut tally: Tally| {
            tally.go_on(elapsed);
            tally
        };
        let functions = self.functions.into_iter().map(|one| (one.described.name, end(one.tally)));
        Ended { functions: functions.collect(), total: end(self.total), elapsed, inputs: self.inputs }
    }

    /// When something happens next, and whether it is that time has passed.
    fn next(&self) -> Option<(Time, bool)> {
        let coming = self.coming.peek().map(|Reverse((time, _, _))| *time);
        let queues = self.functions.iter().filter_map(|function| function.queue.poll_timeout());
        let timer = self.fleet.poll_timeout().into_iter().chain(queues).min();
        match (coming, timer) {
            (Some(coming), Some(timer)) if timer < coming => Some((timer.max(self.now), true)),
            (Some(coming), _) => Some((coming, false)),
            (None, timer) => timer.map(|timer| (timer.max(self.now), true)),
        }
    }

    /// Whoever else comes is not wanted.
    fn is_enough(&self) -> bool {
        matches!(self.until, Until::Invocations(most) if self.total.invocations >= most)
    }

    fn is_over(&self) -> bool {
        (self.arrivals == 0 || self.is_enough())
            && self.retries == 0
            && self.open.is_empty()
            && self.functions.iter().all(|function| function.queue.is_empty())
    }

    fn handle_timeout(&mut self) {
        self.fleet.handle_timeout(self.now);
        self.inputs += 1;
        for at in 0..self.functions.len() {
            let queue = &mut self.functions[at].queue;
            if queue.poll_timeout().is_some_and(|due| due <= self.now) {
                queue.handle_timeout(self.now);
                self.inputs += 1;
                self.empty_queue(at);
            }
        }
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival(at) => self.arrives(at),
            Happening::Retry(at, caller) => {
                self.retries -= 1;
                self.invoke(at, caller);
            }
            Happening::Up(environment) => self.up(environment),
            Happening::Answer(invoke) => self.answer(invoke),
        }
    }

    fn expect(&mut self, time: Time, happening: Happening) {
        // What comes in the same moment comes in the order in which it was expected.
        self.order += 1;
        self.coming.push(Reverse((time, self.order, happening)));
    }

    fn expect_arrival(&mut self, at: usize) {
        let is_late = |time: &Duration| matches!(self.until, Until::Time(end) if *time > end);
        if let Some(time) = self.functions[at].stream.next().filter(|time| !is_late(time)) {
            self.arrivals += 1;
            self.expect(Time::from_unix(time), Happening::Arrival(at));
        }
    }

    fn arrives(&mut self, at: usize) {
        self.arrivals -= 1;
        if self.is_enough() {
            return;
        }
        let now = self.now.since_epoch();
        self.tally(at, |tally| tally.invoked(now));
        if self.functions[at].described.asynchronous.is_some() {
            self.accept(at);
        } else {
            self.invoke(at, Caller::Waits { since: now, throttled: 0 });
        }
        self.expect_arrival(at);
    }

    fn invoke(&mut self, at: usize, caller: Caller) {
        self.invokes += 1;
        let invoke = InvokeId(self.invokes);
        let Running { described, handler, id, deployment, .. } = &mut self.functions[at];
        // Drawn even if it is refused, so that the next one takes as long as it would have.
        let takes = described.duration.draw(handler);
        self.inputs += 1;
        match self.fleet.invoke(self.now, invoke, *id, *deployment, None) {
            Ok(()) => {
                self.open.insert(invoke, Open { function: at, caller, takes, environment: 0 });
                let now = self.now.since_epoch();
                self.tally(at, |tally| tally.begun(now));
            }
            Err(Throttled { reason }) => self.throttled(at, caller, reason),
        }
    }

    fn throttled(&mut self, at: usize, caller: Caller, reason: ThrottleReason) {
        let now = self.now.since_epoch();
        self.tally(at, |tally| tally.throttled(now, reason));
        match caller {
            Caller::Event(id) => self.event_refused(at, id),
            Caller::Waits { since, throttled } => {
                let Running { described, callers, .. } = &mut self.functions[at];
                let Some(retries) = described.retries.filter(|retries| throttled < retries.attempts) else {
                    return;
                };
                let times = 1_u32.checked_shl(throttled).unwrap_or(u32::MAX);
                let wait = Distribution::uniform(Duration::ZERO, retries.first_wait.saturating_mul(times))
                    .draw(callers);
                self.retries += 1;
                let caller = Caller::Waits { since, throttled: throttled + 1 };
                self.expect(self.now + wait, Happening::Retry(at, caller));
            }
        }
    }

    fn up(&mut self, environment: EnvironmentNumber) {
        let Some(guest) = self.guests.get_mut(&environment) else { return };
        guest.is_up = true;
        let (function, first) = (guest.function, std::mem::take(&mut guest.first));
        self.fleet.environment_ready(environment);
        self.inputs += 1;
        let places = self.functions[function].described.scale.per_environment;
        for _ in first.len()..places {
            self.fleet.environment_free(self.now, environment);
            self.inputs += 1;
        }
        first.into_iter().for_each(|invoke| self.runs(invoke));
    }

    /// The handler begins.
    fn runs(&mut self, invoke: InvokeId) {
        if let Some(open) = self.open.get(&invoke) {
            self.expect(self.now + open.takes, Happening::Answer(invoke));
        }
    }

    fn answer(&mut self, invoke: InvokeId) {
        let Some(Open { function: at, caller, environment, .. }) = self.open.remove(&invoke) else { return };
        self.fleet.answered(invoke);
        self.fleet.environment_free(self.now, environment);
        self.inputs += 2;
        let Running { described, failures, .. } = &mut self.functions[at];
        let has_failed = failures.happens(described.failure_rate);
        let now = self.now.since_epoch();
        self.tally(at, |tally| tally.ended(now, has_failed));
        match caller {
            Caller::Waits { since, .. } => self.tally(at, |tally| tally.took(now.saturating_sub(since))),
            Caller::Event(id) => self.event_answered(at, id, has_failed),
        }
    }

    /// Counts something for a function and for all of them.
    fn tally(&mut self, at: usize, count: impl Fn(&mut Tally)) {
        count(&mut self.total);
        count(&mut self.functions[at].tally);
    }
}
