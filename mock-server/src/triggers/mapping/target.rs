//! The function of a mapping: how it is invoked, and how it is told in the timeline what the mapping does.

use std::sync::{Arc, Weak};

use lambda_api::RequestId;

use crate::{
    Invocation,
    core::{
        catalog::FunctionId,
        mapping::{Batch, BatchAnswer, BatchId, Invocation as Invoked},
    },
    hub::{NotInvoked, is_system_error},
    service::World,
    timeline::{Event, TriggerEvent},
};

/// The service's word for an invocation that has failed.
const UNHANDLED: &str = "Unhandled";

/// Clones are for the tasks that wait for an answer.
#[derive(Clone)]
pub(super) struct Target {
    world: Weak<World>,
    function: FunctionId,
    qualifier: Option<String>,
    /// The function's name, with the qualifier if there is one.
    label: Arc<str>,
    source: Arc<str>,
}

impl Target {
    pub(super) fn new(
        world: &Arc<World>,
        function: FunctionId,
        name: &str,
        qualifier: Option<String>,
        source: &str,
    ) -> Self {
        let label = match &qualifier {
            Some(qualifier) => format!("{name}:{qualifier}"),
            None => name.to_owned(),
        };
        Self { world: Arc::downgrade(world), function, qualifier, label: label.into(), source: source.into() }
    }

    /// The service, as long as it is there.
    pub(super) fn world(&self) -> Option<Arc<World>> {
        self.world.upgrade()
    }

    /// Whether the function is there.
    pub(super) fn exists(&self) -> bool {
        self.world().is_some_and(|world| world.hub().catalog.check(self.function, None).is_ok())
    }

    pub(super) fn note(&self, event: TriggerEvent) {
        if let Some(world) = self.world() {
            let (source, target) = (self.source.to_string(), self.label.to_string());
            world.note_event(Event::Trigger { source, target, event });
        }
    }

    /// Invokes the function with a batch, and waits for the answer.
    pub(super) fn invoke(
        &self,
        batch: Batch,
    ) -> impl Future<Output = (BatchId, BatchAnswer)> + Send + 'static {
        let Batch { id, payload, records, because } = batch;
        let submitted = self.world().map(|world| {
            let request_id = world.request_id();
            self.note(TriggerEvent::Invoked { request_id: request_id.clone(), records, because });
            let invocation = Invocation::new(payload).request_id(request_id);
            let submitted = world.submit(self.function, invocation.with_qualifier(self.qualifier.clone()));
            submitted.map_err(|(request_id, refused)| {
                let problem = refused.to_string();
                self.note(TriggerEvent::NotInvoked { request_id, problem });
                refused
            })
        });
        async move {
            let answer = match submitted {
                Some(Ok(submission)) => {
                    let invocation = Invoked::new(submission.request_id, submission.version.to_string());
                    match submission.answer.await.ok().filter(|answer| !is_system_error(answer)) {
                        Some(answer) if answer.error.is_some() => {
                            BatchAnswer::FunctionError { invocation, function_error: UNHANDLED.to_owned() }
                        }
                        Some(answer) => BatchAnswer::Response { invocation, payload: answer.payload },
                        None => BatchAnswer::NotInvoked,
                    }
                }
                Some(Err(NotInvoked::Throttled(_))) => BatchAnswer::Throttled,
                Some(Err(_)) | None => BatchAnswer::NotInvoked,
            };
            (id, answer)
        }
    }

    /// A new id for what never was an invocation.
    pub(super) fn new_id(&self) -> Option<RequestId> {
        Some(self.world()?.request_id())
    }
}

/// What is wrong with a source, told once for as long as it stays the same.
#[derive(Default)]
pub(super) struct Problem(Option<String>);

impl Problem {
    pub(super) fn tell(&mut self, target: &Target, problem: String) {
        if self.0.as_ref() != Some(&problem) {
            target.note(TriggerEvent::SourceFailed { problem: problem.clone() });
            self.0 = Some(problem);
        }
    }

    pub(super) fn gone(&mut self) {
        self.0 = None;
    }
}
