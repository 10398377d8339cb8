//! Whom a topic, a bus, a bucket or a schedule tells: a function, which is invoked asynchronously, a queue or a topic.

use std::{fmt, sync::Arc};

use tokio::runtime;

use super::{Queue, Topic};
use crate::{
    Function, Invocation,
    core::{
        catalog::FunctionId,
        mapping::{NewMessage, QueueForm},
        trigger::topic::Publication,
    },
    service::World,
    timeline::{Because, Event, TriggerEvent},
};

/// Whom a topic, a bus, a bucket or a schedule tells.
///
/// A function, a queue or a topic can be given where one is asked for; a version or an alias of a function is
/// `Target::from(&function).qualifier("live")`.
#[derive(Clone)]
pub struct Target {
    kind: Kind,
    /// Of which group messages to a FIFO queue are.
    group: Option<String>,
}

#[derive(Clone)]
enum Kind {
    Function { id: FunctionId, name: String, qualifier: Option<String> },
    Queue(Queue),
    Topic(Topic),
}

impl From<&Function> for Target {
    fn from(function: &Function) -> Self {
        let kind = Kind::Function { id: function.id(), name: function.name().to_owned(), qualifier: None };
        Self { kind, group: None }
    }
}

impl From<&Queue> for Target {
    fn from(queue: &Queue) -> Self {
        Self { kind: Kind::Queue(queue.clone()), group: None }
    }
}

impl From<&Topic> for Target {
    fn from(topic: &Topic) -> Self {
        Self { kind: Kind::Topic(topic.clone()), group: None }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.label()).finish()
    }
}

/// What a target gets: functions the payload, others what each of them takes.
pub(super) struct Told<'a> {
    pub(super) payload: String,
    /// For a queue, if it is not the payload as it is.
    pub(super) message: Option<NewMessage>,
    pub(super) trace_header: Option<&'a str>,
}

impl<'a> Told<'a> {
    pub(super) fn new(payload: impl Into<String>) -> Self {
        Self { payload: payload.into(), message: None, trace_header: None }
    }

    pub(super) fn message(mut self, message: NewMessage) -> Self {
        self.message = Some(message);
        self
    }

    pub(super) fn trace_header(mut self, header: Option<&'a str>) -> Self {
        self.trace_header = header;
        self
    }
}

impl Target {
    /// Invokes this version or alias, if it is a function.
    #[must_use]
    pub fn qualifier(mut self, chosen: impl Into<String>) -> Self {
        if let Kind::Function { qualifier, .. } = &mut self.kind {
            *qualifier = Some(chosen.into());
        }
        self
    }

    /// Sends messages of this group, if it is a FIFO queue. The target of a rule must say so.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Whether it is known of which group messages are, if that has to be known.
    pub(super) fn has_group(&self) -> bool {
        self.group.is_some() || self.queue().is_none_or(|queue| queue.form() == QueueForm::Standard)
    }

    /// What the timeline calls it.
    pub(super) fn label(&self) -> String {
        match &self.kind {
            Kind::Function { name, qualifier: Some(qualifier), .. } => format!("{name}:{qualifier}"),
            Kind::Function { name, .. } => name.clone(),
            Kind::Queue(queue) => queue.arn().to_owned(),
            Kind::Topic(topic) => topic.arn().to_owned(),
        }
    }

    pub(super) fn queue(&self) -> Option<&Queue> {
        match &self.kind {
            Kind::Queue(queue) => Some(queue),
            _ => None,
        }
    }

    pub(super) fn is_function(&self) -> bool {
        matches!(self.kind, Kind::Function { .. })
    }

    pub(super) fn is_topic(&self) -> bool {
        matches!(self.kind, Kind::Topic(_))
    }

    /// Tells the target, and the timeline why.
    pub(super) fn tell(&self, world: &Arc<World>, source: &str, because: Because, told: Told<'_>) {
        let event = match self.pass_on(world, told) {
            Ok(Passed::Invoked(request_id)) => TriggerEvent::Fired { request_id, because },
            Ok(Passed::Sent) => TriggerEvent::Sent { because },
            Err(problem) => TriggerEvent::NotSent { because, problem },
        };
        self.note(world, source, event);
    }

    pub(super) fn note(&self, world: &World, source: &str, event: TriggerEvent) {
        world.note_event(Event::Trigger { source: source.to_owned(), target: self.label(), event });
    }

    fn pass_on(&self, world: &Arc<World>, told: Told<'_>) -> Result<Passed, String> {
        // Whoever waits for the answer of a function is a task.
        if self.is_function() && runtime::Handle::try_current().is_err() {
            return Err("there is no tokio runtime".to_owned());
        }
        let Told { payload, message, trace_header } = told;
        match &self.kind {
            Kind::Function { id, qualifier, .. } => {
                let mut invocation = Invocation::new(payload).with_qualifier(qualifier.clone());
                invocation.trace_id = trace_header.map(str::to_owned);
                let accepted = world.accept(*id, invocation).map_err(|error| error.to_string())?;
                Ok(Passed::Invoked(accepted.request_id))
            }
            Kind::Queue(queue) => {
                let mut message = message.unwrap_or_else(|| NewMessage::new(payload));
                message.trace_header = trace_header.map(str::to_owned).or(message.trace_header);
                if let Some(group) = &self.group {
                    message.group.get_or_insert_with(|| group.clone());
                    // Each of them is another event.
                    message.deduplication_id.get_or_insert_with(|| world.ids.uuid());
                }
                queue.take_in(message).map(|_| Passed::Sent).map_err(|error| error.to_string())
            }
            Kind::Topic(topic) => {
                let published = topic.pass_on(Publication::new(payload));
                published.map(|_| Passed::Sent).map_err(|error| error.to_string())
            }
        }
    }
}

/// How it got there.
enum Passed {
    Invoked(lambda_api::RequestId),
    Sent,
}
