//! An event bus as EventBridge has them, its rules, and schedules.
//!
//! Which rule an event is for and what its targets get is decided in [`core::trigger::bus`](crate::core::trigger::bus), when
//! a schedule is due in [`core::schedule`](crate::core::schedule). A schedule is a task that waits for the next time.

use std::{
    fmt,
    sync::{Arc, Mutex, Weak},
};

use tokio::runtime;

use super::{
    Common, lock,
    target::{Target, Told},
};
use crate::{
    core::{
        destination,
        pattern::{Dialect, Pattern, PatternError},
        schedule::{Schedule, ScheduleError},
        trigger::{
            bus::{EntryError, Event, EventEntry, Input, InputError, Rule},
            schedule,
        },
    },
    service::World,
    timeline::{self, Because, TriggerEvent},
    variables::{ACCOUNT_ID, REGION},
};

/// How many targets a rule may have; source:
/// [quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const TARGETS: usize = 5;

/// A rule that a bus cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The pattern is none.
    #[error("rule {name}: the pattern: {error}")]
    Pattern {
        /// The rule.
        name: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// The expression is none.
    #[error("rule {name}: the schedule: {error}")]
    Schedule {
        /// The rule.
        name: String,
        /// What is wrong with it.
        error: ScheduleError,
    },
    /// The input of a target is none.
    #[error("rule {name}: {error}")]
    Input {
        /// The rule.
        name: String,
        /// What is wrong with it.
        error: InputError,
    },
    /// It has neither a pattern nor a schedule.
    #[error("rule {name} has neither a pattern nor a schedule")]
    Empty {
        /// The rule.
        name: String,
    },
    /// Schedules are of the default bus only.
    #[error("rule {name}: only rules of the bus default can have a schedule")]
    Bus {
        /// The rule.
        name: String,
    },
    /// It has too many targets.
    #[error("rule {name} has {count} targets, and at most {TARGETS} are allowed")]
    TooManyTargets {
        /// The rule.
        name: String,
        /// How many.
        count: usize,
    },
    /// A FIFO queue has to be told of which group its messages are.
    #[error("rule {name}: the FIFO queue {queue} is a target without a message group")]
    NoGroup {
        /// The rule.
        name: String,
        /// The ARN of the queue.
        queue: String,
    },
    /// A schedule is a task, and there is no runtime that would run it.
    #[error("rule {name}: a schedule needs a tokio runtime")]
    NoRuntime {
        /// The rule.
        name: String,
    },
}

/// A rule on its way; ends with [`create`](Self::create).
#[derive(Debug)]
#[must_use = "a rule exists once it is created"]
pub struct NewRule {
    bus: Bus,
    name: String,
    arn: String,
    pattern: Option<String>,
    schedule: Option<String>,
    is_enabled: bool,
    targets: Vec<(Target, NewInput)>,
}

#[derive(Debug)]
enum NewInput {
    Input(Input),
    Constant(String),
}

impl NewRule {
    /// For events that match this pattern: JSON.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// Due at these times: `rate(5 minutes)`, `cron(0 12 * * ? *)` or, once, `at(2026-11-30T10:00:00)`.
    pub fn schedule(mut self, expression: impl Into<String>) -> Self {
        self.schedule = Some(expression.into());
        self
    }

    /// Tells this target.
    pub fn target(self, target: impl Into<Target>) -> Self {
        self.target_with(target, Input::Event)
    }

    /// Tells this target, but something else than the event.
    pub fn target_with(mut self, target: impl Into<Target>, input: Input) -> Self {
        self.targets.push((target.into(), NewInput::Input(input)));
        self
    }

    /// Tells this target always the same: JSON.
    pub fn target_with_constant(mut self, target: impl Into<Target>, json: impl Into<String>) -> Self {
        self.targets.push((target.into(), NewInput::Constant(json.into())));
        self
    }

    /// Tells nobody.
    pub fn disabled(mut self) -> Self {
        self.is_enabled = false;
        self
    }

    /// The rule; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// [`RuleError`].
    pub fn create(self) -> Result<(), RuleError> {
        let Self { bus, name, arn, pattern, schedule, is_enabled, targets } = self;
        let pattern = pattern.map(|pattern| Pattern::parse(&pattern, Dialect::Rule)).transpose();
        let pattern = pattern.map_err(|error| RuleError::Pattern { name: name.clone(), error })?;
        let due = schedule.as_deref().map(Schedule::parse).transpose();
        let due = due.map_err(|error| RuleError::Schedule { name: name.clone(), error })?;
        if pattern.is_none() && due.is_none() {
            return Err(RuleError::Empty { name });
        }
        if due.is_some() && bus.name() != DEFAULT {
            return Err(RuleError::Bus { name });
        }
        let count = targets.len();
        if count > TARGETS {
            return Err(RuleError::TooManyTargets { name, count });
        }
        if let Some((target, _)) = targets.iter().find(|(target, _)| !target.has_group()) {
            return Err(RuleError::NoGroup { name, queue: target.label() });
        }
        let target = |(target, input): (Target, NewInput)| match input {
            NewInput::Input(input) => Ok((target, input)),
            NewInput::Constant(json) => Ok((target, Input::constant(json)?)),
        };
        let targets = targets.into_iter().map(target).collect::<Result<_, _>>();
        let targets = targets.map_err(|error| RuleError::Input { name: name.clone(), error })?;
        let kept = Arc::new(Kept { rule: Rule { name: name.clone(), arn, pattern, is_enabled }, targets });
        let Some(world) = bus.inner.world.upgrade() else { return Ok(()) };
        let due = due.zip(schedule).filter(|_| is_enabled);
        let runtime = runtime::Handle::try_current();
        if due.is_some() && runtime.is_err() {
            return Err(RuleError::NoRuntime { name });
        }
        // A schedule may have the name of a rule.
        let id = kept.rule.arn.clone();
        world.triggers.end(&id);
        if let (Some((due, expression)), Ok(runtime)) = (due, runtime) {
            let common = Arc::clone(&world.triggers.common);
            let wait = tick(Arc::downgrade(&world), common, due, expression, Arc::clone(&kept));
            world.triggers.keep(id, runtime.spawn(wait).abort_handle());
        }
        let mut rules = lock(&bus.inner.rules);
        rules.retain(|other| other.rule.arn != kept.rule.arn);
        rules.push(kept);
        Ok(())
    }
}

/// The bus that there always is.
pub(super) const DEFAULT: &str = "default";

/// An event bus of a [`MockLambda`](crate::MockLambda). Clones are the same bus.
///
/// # Example
///
/// ```
/// use mock_server::{MockLambda, core::trigger::bus::EventEntry};
///
/// let mock = MockLambda::new();
/// let (bus, queue) = (mock.bus("default"), mock.queue("audit"));
/// bus.new_rule("large").pattern(r#"{"detail": {"total": [{"numeric": [">", 10]}]}}"#).target(&queue).create()?;
/// bus.put(EventEntry::new("com.example.shop", "Order Placed", r#"{"total": 20}"#))?;
/// assert_eq!(queue.receive(1).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    arn: String,
    world: Weak<World>,
    common: Arc<Common>,
    rules: Mutex<Vec<Arc<Kept>>>,
}

struct Kept {
    rule: Rule,
    targets: Vec<(Target, Input)>,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("arn", &self.inner.arn).finish_non_exhaustive()
    }
}

impl Bus {
    pub(super) fn new(world: &Arc<World>, arn: &str) -> Self {
        let (world, common) = (Arc::downgrade(world), Arc::clone(&world.triggers.common));
        Self { inner: Arc::new(Inner { arn: arn.to_owned(), world, common, rules: Mutex::default() }) }
    }

    /// The bus's ARN.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// The bus's name.
    pub fn name(&self) -> &str {
        self.arn().rsplit('/').next().unwrap_or_default()
    }

    /// Describes a rule; it exists once it is created.
    pub fn new_rule(&self, name: &str) -> NewRule {
        let path = if self.name() == DEFAULT { name.to_owned() } else { format!("{}/{name}", self.name()) };
        self.described(name, format!("arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{path}"))
    }

    /// What EventBridge Scheduler calls a schedule is told apart from a rule by its ARN.
    pub(super) fn new_schedule(&self, name: &str) -> NewRule {
        self.described(name, format!("arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/default/{name}"))
    }

    fn described(&self, name: &str, arn: String) -> NewRule {
        let (bus, name) = (self.clone(), name.to_owned());
        NewRule { bus, name, arn, pattern: None, schedule: None, is_enabled: true, targets: Vec::new() }
    }

    /// Puts an event on the bus, and gives its id. Functions are invoked asynchronously.
    ///
    /// # Errors
    ///
    /// [`EntryError`] if the bus does not take it; then nobody is told.
    pub fn put(&self, entry: impl Into<EventEntry>) -> Result<String, EntryError> {
        let Some(world) = self.inner.world.upgrade() else { return Ok(String::new()) };
        let id = world.ids.uuid();
        let event = entry.into().event(ACCOUNT_ID, REGION, &id, self.inner.common.now())?;
        world.wake();
        self.pass_on(&world, &event);
        Ok(id)
    }

    /// Tells the targets of all rules that the event is for.
    pub(super) fn pass_on(&self, world: &Arc<World>, event: &Event) {
        let rules: Vec<_> = lock(&self.inner.rules).iter().map(Arc::clone).collect();
        let id = event.value()["id"].as_str().unwrap_or_default();
        let mut is_for_nobody = true;
        for kept in rules.iter().filter(|kept| kept.rule.matches(event)) {
            is_for_nobody = false;
            kept.tell(world, event, &Because::Matched { event_id: id.to_owned() });
        }
        if is_for_nobody {
            let text = format!("the event {id} of the bus {} matches no rule", self.name());
            world.note_event(timeline::Event::Note { text });
        }
    }

    /// Puts a message of a destination on the bus, which is a whole event already.
    pub(super) fn deliver(&self, message: &destination::Message) -> Result<(), String> {
        let destination::Envelope::Event(event) = message.envelope() else {
            return Err("it is no event".to_owned());
        };
        let Some(world) = self.inner.world.upgrade() else { return Ok(()) };
        let event = Event::parse(event, self.inner.common.now()).map_err(|error| error.to_string())?;
        self.pass_on(&world, &event);
        Ok(())
    }
}

impl Kept {
    fn tell(&self, world: &Arc<World>, event: &Event, because: &Because) {
        for (target, input) in &self.targets {
            match input.apply(event, &self.rule) {
                Ok(payload) => {
                    let told = Told::new(payload).trace_header(event.trace_header());
                    target.tell(world, &self.rule.arn, because.clone(), told);
                }
                Err(error) => {
                    let event =
                        TriggerEvent::NotSent { because: because.clone(), problem: error.to_string() };
                    target.note(world, &self.rule.arn, event);
                }
            }
        }
    }
}

/// Tells the targets whenever the rule is due, as long as the service is there. What is due while it stands still is missed.
async fn tick(
    world: Weak<World>,
    common: Arc<Common>,
    schedule: Schedule,
    expression: String,
    kept: Arc<Kept>,
) {
    let mut last = common.now();
    while let Some(due) = schedule.next_time(last) {
        common.sleep_until(Some(due)).await;
        last = due;
        let Some(world) = world.upgrade() else { return };
        if *common.is_paused.borrow() {
            continue;
        }
        let event = schedule::event(&kept.rule.arn, &world.ids.uuid(), due);
        kept.tell(&world, &event, &Because::Due { expression: expression.clone() });
    }
}
