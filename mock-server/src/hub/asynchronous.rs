//! Queued events on their way: into the queue, to the function, and to whoever is told how they ended.
//!
//! What is tried when is decided in [`queue`](crate::core::queue). Here the attempts are made, changes are stored before
//! anything follows from them, and records are delivered, several times if need be. What cannot be delivered is dropped,
//! and the timeline says so. What was in the queue when the service ended last is in `kept`.

use std::{sync::Arc, time::Duration};

use lambda_api::{ErrorType, RequestId};
use tokio::{sync::oneshot, time::sleep};

use super::{Hub, NotInvoked, Submission, UNAVAILABLE, journal::Saving};
use crate::{
    Invocation,
    core::{
        Answer, Time,
        catalog::{CatalogError, FunctionId, Version},
        destination::{Destination, Finished, FinishedResponse, Message},
        fleet::ThrottleReason,
        queue::{EventId, Policy, QueueEffect, QueuedEvent},
    },
    service::World,
    sinks::Route,
    timeline::{EnvironmentId, Event, QueueEvent},
};

#[cfg(feature = "state")]
mod kept;
#[cfg(test)]
#[cfg(feature = "state")]
mod test;

#[cfg(feature = "state")]
pub(super) use kept::Kept;

/// How often a record is sent to a destination that does not take it.
const DELIVERIES: u32 = 5;
/// The wait before the second time; it doubles.
const DELIVERY_WAIT: Duration = Duration::from_secs(1);

/// Who waits for the end of an event.
pub(super) type Watcher = oneshot::Sender<Finished>;

/// An event that is in the queue.
pub(crate) struct Accepted {
    pub(crate) request_id: RequestId,
    /// How it ended, when whoever is to be told has been told.
    pub(crate) finished: oneshot::Receiver<Finished>,
    /// Until it is kept it may be lost, and is not tried.
    kept: Option<oneshot::Receiver<Result<(), String>>>,
}

impl Accepted {
    /// Waits until the event is kept, where events are.
    ///
    /// # Errors
    ///
    /// Why it cannot be kept, in words. Then it is forgotten, and was never tried.
    pub(crate) async fn kept(self) -> Result<(), String> {
        match self.kept {
            Some(kept) => kept.await.unwrap_or_else(|_| Err("the service has ended".to_owned())),
            None => Ok(()),
        }
    }
}

/// What is to be done for an event, outside of the lock.
pub(super) enum Step {
    Attempt(EventId),
    /// Only when the end is durable is anybody told.
    Finish(EventId, Box<Finished>, Option<Saving>),
}

impl Hub {
    /// What the queue wants done.
    pub(super) fn queue_steps(&mut self, world: &Arc<World>) -> Vec<Step> {
        #[cfg(feature = "state")]
        self.resume_what_has_come(world);
        let mut steps = Vec::new();
        while let Some(effect) = self.queue.poll_effect() {
            match effect {
                QueueEffect::Save(id) => {
                    let saving = self.queue.saved(id).and_then(|event| world.journal.put(id, &event));
                    self.saving.extend(saving.map(|saving| (id, saving)));
                }
                QueueEffect::Attempt(id) => steps.push(Step::Attempt(id)),
                QueueEffect::Finish(id, finished) => {
                    steps.push(Step::Finish(id, finished, self.saving.remove(&id)));
                }
            }
        }
        steps
    }

    fn policy(&self, function: FunctionId, qualifier: Option<&str>) -> Policy {
        let config = self.catalog.event_invoke_config(function, qualifier);
        config.map(crate::core::catalog::EventInvokeConfig::policy).unwrap_or_default()
    }

    fn policy_of(&self, id: EventId) -> Policy {
        let Some(event) = self.queue.event(id) else { return Policy::default() };
        let function = self.function_of(id);
        function.map(|function| self.policy(function, event.qualifier.as_deref())).unwrap_or_default()
    }

    /// The function that took the event, or when that is gone whichever has its name now.
    fn function_of(&self, id: EventId) -> Option<FunctionId> {
        let taker = self.takers.get(&id).copied();
        let is_there = |function: &FunctionId| self.catalog.check(*function, None).is_ok();
        taker.filter(is_there).or_else(|| self.catalog.find(&self.queue.event(id)?.function))
    }
}

impl World {
    /// Puts a caller's event into the queue of a function; a queue that stands still goes on.
    ///
    /// # Errors
    ///
    /// If the qualifier leads nowhere.
    pub(crate) fn accept_from_caller(
        self: &Arc<Self>,
        function: FunctionId,
        invocation: Invocation,
    ) -> Result<Accepted, CatalogError> {
        self.hub().pauses_queue = false;
        self.accept(function, invocation)
    }

    /// Puts an event into the queue of a function. What is told of another event while the service shuts down stays there.
    pub(crate) fn accept(
        self: &Arc<Self>,
        function: FunctionId,
        invocation: Invocation,
    ) -> Result<Accepted, CatalogError> {
        let request_id = invocation.request_id.unwrap_or_else(|| self.request_id());
        let (sender, finished) = oneshot::channel();
        let makes_trace = invocation.trace_id.is_none() && !self.profile.quirks().makes_no_traces;
        let trace = makes_trace.then(|| self.ids.trace(self.clock().now()));
        let (id, saving, steps) = self.change(|hub, now| {
            let qualifier = invocation.qualifier;
            hub.catalog.check(function, qualifier.as_deref())?;
            let latest = hub.deployment(function, Version::Latest);
            let latest = latest.ok_or_else(|| CatalogError::unknown(Version::Latest.to_string()))?;
            let shown = qualifier.clone().unwrap_or_else(|| Version::Latest.to_string());
            let event = QueuedEvent {
                request_id: request_id.clone(),
                function: latest.name().to_owned(),
                function_arn: format!("{}:{shown}", latest.arn),
                payload: invocation.payload.0,
                trace_id: invocation.trace_id.or(trace),
                tenant_id: invocation.tenant_id,
                qualifier,
            };
            let policy = hub.policy(function, event.qualifier.as_deref());
            let id = hub.queue.accept(now, event, policy);
            hub.watchers.insert(id, sender);
            hub.takers.insert(id, function);
            // Taken here, because they are not to be taken before it is kept.
            let steps = hub.queue_steps(self);
            Ok((id, hub.saving.remove(&id), steps))
        })?;
        let kept = match saving {
            Some(saving) => {
                let (sender, kept) = oneshot::channel();
                let begin = Arc::clone(self).begin_when_kept(id, request_id.clone(), saving, steps, sender);
                tokio::spawn(begin);
                Some(kept)
            }
            None => {
                self.note(&request_id, QueueEvent::Accepted);
                self.take_steps(steps);
                None
            }
        };
        Ok(Accepted { request_id, finished, kept })
    }

    /// A caller that is refused an event may send it again: then it must not run.
    async fn begin_when_kept(
        self: Arc<Self>,
        id: EventId,
        request_id: RequestId,
        saving: Saving,
        steps: Vec<Step>,
        kept: oneshot::Sender<Result<(), String>>,
    ) {
        let result = saving.done().await;
        match &result {
            Ok(()) => self.note(&request_id, QueueEvent::Accepted),
            Err(problem) => {
                let text = format!("the event {request_id} is refused, because it cannot be kept: {problem}");
                self.note_event(Event::Note { text });
                self.forget(id);
            }
        }
        // There is no attempt of an event that is forgotten, but a step may be another event's.
        self.take_steps(steps);
        let _nobody_waits = kept.send(result);
    }

    pub(super) fn take_steps(self: &Arc<Self>, steps: Vec<Step>) {
        for step in steps {
            self.take_step(step);
        }
    }

    fn take_step(self: &Arc<Self>, step: Step) {
        match step {
            Step::Attempt(id) => self.attempt(id),
            Step::Finish(id, finished, saving) => {
                tokio::spawn(Arc::clone(self).finish(id, *finished, saving));
            }
        }
    }

    fn attempt(self: &Arc<Self>, id: EventId) {
        let (event, function) = {
            let hub = self.hub();
            let Some(event) = hub.queue.event(id).cloned() else { return };
            let function = hub.function_of(id);
            (event, function)
        };
        let mut invocation = Invocation::new(event.payload).request_id(event.request_id.clone());
        invocation.trace_id = event.trace_id;
        invocation.tenant_id = event.tenant_id;
        invocation.qualifier = event.qualifier;
        if self.hub().pauses_queue {
            return self.change(|hub, now| {
                let policy = hub.policy_of(id);
                hub.queue.refused(now, id, policy);
            });
        }
        let Some(function) = function else { return self.drop_event(id, event.request_id) };
        match self.submit(function, invocation) {
            Ok(submission) => {
                tokio::spawn(Arc::clone(self).answer(id, submission));
            }
            Err((_, NotInvoked::Throttled(throttled))) => {
                self.note(&event.request_id, QueueEvent::Throttled { reason: throttled.reason });
                self.change(|hub, now| {
                    let is_reserved =
                        throttled.reason == ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
                    if is_reserved && hub.catalog.reserved_concurrency(function) == Some(0) {
                        hub.queue.has_no_concurrency(id);
                    } else {
                        let policy = hub.policy_of(id);
                        hub.queue.refused(now, id, policy);
                    }
                });
            }
            // Its version or alias has been deleted meanwhile.
            Err((request_id, NotInvoked::Unknown(_) | NotInvoked::NoTenant)) => {
                self.drop_event(id, request_id)
            }
        }
    }

    async fn answer(self: Arc<Self>, id: EventId, submission: Submission) {
        let answer = submission.answer.await.ok().filter(|answer| !is_system_error(answer));
        self.change(|hub, now| {
            let policy = hub.policy_of(id);
            match answer {
                Some(answer) => {
                    let response = FinishedResponse {
                        executed_version: submission.version.to_string(),
                        function_error: answer.error.map(|_| "Unhandled".to_owned()),
                        status_code: 200,
                        payload: answer.payload,
                    };
                    hub.queue.answered(now, id, response, policy);
                }
                None => hub.queue.refused(now, id, policy),
            }
        });
    }

    /// Tells whoever is to be told, and forgets the event then.
    async fn finish(self: Arc<Self>, id: EventId, finished: Finished, saving: Option<Saving>) {
        self.wait_for(saving).await;
        let condition = finished.condition;
        self.note(&finished.request_id, QueueEvent::Finished { condition });
        let messages = self.messages(id, &finished);
        if messages.is_empty() && !finished.is_success() {
            self.note(&finished.request_id, QueueEvent::Dropped);
        }
        for message in messages {
            self.deliver(&finished, message).await;
        }
        let watcher = self.change(|hub, _| {
            hub.queue.settled(id);
            hub.saving.remove(&id);
            hub.takers.remove(&id);
            hub.watchers.remove(&id)
        });
        self.journal.remove(id);
        if let Some(watcher) = watcher {
            let _nobody_waits = watcher.send(finished);
        }
    }

    /// A change that cannot be kept is no reason to stop.
    async fn wait_for(&self, saving: Option<Saving>) {
        if let Some(saving) = saving
            && let Err(problem) = saving.done().await
        {
            self.note_event(Event::Note { text: format!("the state of an event is not kept: {problem}") });
        }
    }

    /// What goes where.
    fn messages(&self, id: EventId, finished: &Finished) -> Vec<Message> {
        let (record_to, dead_letter_to) = {
            let hub = self.hub();
            let Some(event) = hub.queue.event(id) else { return Vec::new() };
            let Some(function) = hub.function_of(id) else { return Vec::new() };
            let config = hub.catalog.event_invoke_config(function, event.qualifier.as_deref());
            let record_to = config.and_then(|config| {
                if finished.is_success() { config.on_success.clone() } else { config.on_failure.clone() }
            });
            // It is part of the version; where an alias leads to two, theirs must be the same.
            let version = hub.catalog.main_version(function, event.qualifier.as_deref()).ok();
            let deployment = version.and_then(|version| hub.deployment(function, version));
            let dead_letter_to = deployment.and_then(|deployment| deployment.description.dead_letter.clone());
            (record_to, dead_letter_to.filter(|_| !finished.is_success()))
        };
        let now = Time::from(self.clock().now());
        let mut messages = Vec::new();
        let problem = |problem: &dyn std::fmt::Display| {
            self.note_event(Event::Note { text: format!("{problem}: nothing is sent there") });
        };
        match record_to.as_deref().map(str::parse::<Destination>) {
            Some(Ok(destination)) if finished.is_success() && !destination.takes_successes() => {
                problem(&format_args!("{destination} takes no successes"));
            }
            Some(Ok(destination)) => messages.push(finished.message(&destination, now, &self.ids.uuid())),
            Some(Err(error)) => problem(&error),
            None => {}
        }
        match dead_letter_to.as_deref().map(str::parse::<Destination>) {
            Some(Ok(destination)) if !destination.takes_dead_letters() => {
                problem(&format_args!("{destination} takes no dead letters"));
            }
            Some(Ok(destination)) => messages.push(finished.dead_letter(&destination, now, &self.ids.uuid())),
            Some(Err(error)) => problem(&error),
            None => {}
        }
        messages
    }

    async fn deliver(self: &Arc<Self>, finished: &Finished, message: Message) {
        let destination = message.destination().arn().to_owned();
        let event = match self.deliver_patiently(&message).await {
            Ok(()) => QueueEvent::Delivered { destination },
            Err(problem) => QueueEvent::DeliveryFailed { destination, problem },
        };
        self.note(&finished.request_id, event);
    }

    /// Sends a message, several times if need be.
    ///
    /// # Errors
    ///
    /// Why it was not taken the last time, in words.
    pub(crate) async fn deliver_patiently(self: &Arc<Self>, message: &Message) -> Result<(), String> {
        let mut wait = DELIVERY_WAIT;
        for _ in 1..DELIVERIES {
            match self.deliver_once(message).await {
                Ok(()) => return Ok(()),
                Err(_) => sleep(wait).await,
            }
            wait *= 2;
        }
        self.deliver_once(message).await
    }

    async fn deliver_once(self: &Arc<Self>, message: &Message) -> Result<(), String> {
        // Whoever has named a sink for it wants to see the message.
        if !self.sinks.has(message.destination())
            && let Some(taken) = self.triggers.deliver(message)
        {
            return taken;
        }
        let (name, qualifier) = match self.sinks.route(message.destination()) {
            Route::Sink(sink) => return sink.deliver(message).await.map_err(|error| error.to_string()),
            Route::Function { name, qualifier } => (name, qualifier),
        };
        let function =
            self.hub().catalog.find(&name).ok_or_else(|| format!("there is no function {name}"))?;
        let invocation = Invocation::new(message.body().clone()).with_qualifier(qualifier);
        let accepted = self.accept(function, invocation).map_err(|error| error.to_string())?;
        accepted.kept().await
    }

    /// The event can never be tried again.
    fn drop_event(self: &Arc<Self>, id: EventId, request_id: RequestId) {
        self.forget(id);
        self.note(&request_id, QueueEvent::Dropped);
    }

    fn forget(self: &Arc<Self>, id: EventId) {
        self.change(|hub, _| {
            hub.queue.dropped(id);
            hub.saving.remove(&id);
            hub.takers.remove(&id);
            hub.watchers.remove(&id);
        });
        self.journal.remove(id);
    }

    fn note(&self, request_id: &RequestId, event: QueueEvent) {
        self.note_event(Event::Queue { request_id: request_id.clone(), event });
    }

    /// Records something that happened in no environment.
    pub(crate) fn note_event(&self, event: Event) {
        self.timeline.record(self.clock().now(), EnvironmentId::NONE, None, event);
    }
}

/// The service failed, and not the function: the event goes back into the queue.
pub(crate) fn is_system_error(answer: &Answer) -> bool {
    [ErrorType::SANDBOX_FAILURE, UNAVAILABLE]
        .into_iter()
        .any(|error_type| answer.is_from_platform(error_type))
}
