//! A function and the invoke.
//!
//! How it is described is in `builder`, what files it is made of in `package`, which environment takes an invoke in `pool`. What goes on in an
//! environment is decided in [`core`](crate::core) and carried out by [`driver`](crate::driver).

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use lambda_api::{ErrorType, FunctionArn, InvocationId, RequestId, transport::Clock};
use tokio::sync::{Notify, oneshot};

use crate::{
    Invocation, Outcome,
    core::{Answer, Invoke, InvokeId, Phase, Report, Settings, Status, THROTTLED},
    driver::{End, Submitted, Waiter},
    guest::{Code, ExternalExtension, Wrapper},
    ids::Ids,
    misuse::{self, Misuse},
    process::Processes,
    profile::Quirks,
    service::World,
    timeline::{Entry, EnvironmentId, Event, Timeline},
};

mod builder;
mod package;
mod pool;
mod start_error;

pub use builder::FunctionBuilder;
pub(crate) use package::{Package, is_executable};
pub(crate) use pool::Throttled;
use pool::{Limits, Pool};
pub use start_error::StartError;

const LATEST: &str = "$LATEST";

/// A function of a [`MockLambda`](crate::MockLambda). Clones are the same function.
///
/// When the service and all handles are gone, so are the function's environments and processes.
#[derive(Clone)]
pub struct Function {
    inner: Arc<Inner>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("arn", &self.inner.arn).finish_non_exhaustive()
    }
}

impl Function {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The function's ARN, unqualified.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// The record of the service.
    pub fn timeline(&self) -> &Timeline {
        &self.inner.world.timeline
    }

    /// The rules that guests of functions with this name have broken so far, in order.
    pub fn misuse(&self) -> Vec<Misuse> {
        let mut found = misuse::find(&self.timeline().entries());
        found.retain(|misuse| self.timeline().function(misuse.environment).as_deref() == Some(self.name()));
        found
    }

    /// Invokes the function and waits until the invocation is over, that is until the runtime has answered
    /// and asked for more work, or has been stopped.
    ///
    /// An invoke beyond the function's concurrency is refused at once: [`Outcome::is_throttled`].
    pub async fn invoke(&self, invocation: impl Into<Invocation>) -> Outcome {
        let version = self.inner.version().to_owned();
        let Submission { request_id, answer, end } = match self.submit(invocation.into()) {
            Ok(submission) => submission,
            Err((request_id, throttled)) => {
                let End { report, logs } = End::without_environment(&request_id, THROTTLED);
                let answer = Answer::throttled(throttled.reason);
                return Outcome { request_id, answer, report, logs, version };
            }
        };
        let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
        let end = end.await;
        let End { report, logs } =
            end.unwrap_or_else(|_| End::without_environment(&request_id, ErrorType::SANDBOX_FAILURE));
        Outcome { request_id, answer, report, logs, version }
    }

    /// Invokes the function and waits for the answer only, as the service's callers do.
    pub(crate) async fn call(&self, invocation: Invocation) -> Result<(RequestId, Answer), Throttled> {
        let submission = self.submit(invocation).map_err(|(_, throttled)| throttled)?;
        let Submission { request_id, answer, .. } = submission;
        let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
        Ok((request_id, answer))
    }

    /// Starts an environment ahead of any invoke, and waits until it is ready for one or has failed; `None` if
    /// there are as many environments as there may be.
    ///
    /// With [`snap_start`](FunctionBuilder::snap_start) its snapshot has been taken then, and the next invoke or
    /// [`restore`](Self::restore) restores it.
    pub async fn start(&self) -> Option<EnvironmentId> {
        let id = self.inner.start_ahead()?;
        self.reached(id, |phase| matches!(phase, Phase::Idle | Phase::Snapshot | Phase::Terminated)).await;
        Some(id)
    }

    /// Restores the snapshot of an environment ahead of any invoke, and waits until its hooks are done.
    ///
    /// One that is still in init is waited for. An environment without a snapshot is left as it is.
    pub async fn restore(&self, environment: EnvironmentId) {
        self.reached(environment, |phase| matches!(phase, Phase::Snapshot | Phase::Idle | Phase::Terminated))
            .await;
        if let Some(handle) = self.inner.pool().environments.get(&environment).and_then(Option::as_ref) {
            handle.restore.notify_one();
        }
        self.reached(environment, |phase| matches!(phase, Phase::Idle | Phase::Terminated)).await;
    }

    async fn reached(&self, id: EnvironmentId, is_aim: impl Fn(Phase) -> bool) {
        let is_it = |entry: &Entry| {
            entry.environment == id && matches!(entry.event, Event::PhaseBegan(phase) if is_aim(phase))
        };
        self.timeline().wait_for(is_it).await;
    }

    /// Shuts the function's environments down and waits until their guests are gone. A later invoke starts
    /// a new environment.
    pub async fn shut_down(&self) {
        loop {
            let ended = self.inner.ended.notified();
            {
                let mut pool = self.inner.pool();
                pool.idle.clear();
                // Closing an environment's channel tells it to shut down.
                pool.environments.values_mut().for_each(|sender| *sender = None);
                if pool.environments.is_empty() {
                    return;
                }
            }
            ended.await;
        }
    }

    fn submit(&self, invocation: Invocation) -> Result<Submission, (RequestId, Throttled)> {
        let world = &self.inner.world;
        let request_id = invocation.request_id.unwrap_or_else(|| world.request_id());
        let slot = match self.inner.slot() {
            Ok(slot) => slot,
            Err(throttled) => return Err((request_id, throttled)),
        };
        let id = InvokeId(world.invokes.fetch_add(1, Ordering::Relaxed));
        let mut invoke = Invoke::new(id, request_id.clone(), invocation.payload.0);
        invoke.invocation_id = InvocationId::new(&world.ids.uuid()).ok();
        let arn = match invocation.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.inner.arn),
            None => self.inner.arn.clone(),
        };
        invoke.function_arn = FunctionArn::new(&arn).ok();
        let makes_trace = invocation.trace_id.is_none() && !self.inner.quirks().makes_no_traces;
        let trace = makes_trace.then(|| world.ids.trace(world.clock().now()));
        invoke.trace_id = invocation.trace_id.or(trace);
        invoke.client_context = invocation.client_context;
        invoke.cognito_identity = invocation.cognito_identity;
        invoke.tenant_id = invocation.tenant_id;
        if let Some(content_type) = invocation.content_type {
            invoke.content_type = content_type;
        }
        let (answer_sender, answer) = oneshot::channel();
        let (end_sender, end) = oneshot::channel();
        let waiter = Waiter { answer: answer_sender, end: end_sender, slot };
        self.inner.submit(Submitted { invoke: Box::new(invoke), waiter });
        Ok(Submission { request_id, answer, end })
    }
}

struct Submission {
    request_id: RequestId,
    answer: oneshot::Receiver<Answer>,
    end: oneshot::Receiver<End>,
}

impl End {
    /// The end of an invoke that no environment took.
    fn without_environment(request_id: &RequestId, error_type: &str) -> Self {
        let report = Report {
            request_id: request_id.clone(),
            status: Status::Failure,
            error_type: Some(error_type.to_owned()),
            duration: Duration::ZERO,
            billed_duration: Duration::ZERO,
            memory_mb: 0,
            max_memory_used_mb: None,
            cold_start: false,
            init_duration: None,
            restore_duration: None,
        };
        Self { report, logs: Vec::new() }
    }
}

impl World {
    fn request_id(&self) -> RequestId {
        loop {
            // A UUID always can be one.
            if let Ok(request_id) = RequestId::new(&self.ids.uuid()) {
                return request_id;
            }
        }
    }
}

/// What all handles of a function share.
pub(crate) struct Inner {
    world: Arc<World>,
    name: String,
    arn: String,
    settings: Settings,
    variables: Arc<BTreeMap<String, String>>,
    code: Arc<Code>,
    extensions: Arc<Vec<ExternalExtension>>,
    are_extensions_disabled: bool,
    wrapper: Option<Arc<Wrapper>>,
    enforces_memory: bool,
    pool: Mutex<Pool>,
    ended: Notify,
}

impl Inner {
    pub(crate) fn clock(&self) -> &Clock {
        self.world.clock()
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.world.timeline
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn variables(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.variables)
    }

    pub(crate) fn code(&self) -> Arc<Code> {
        Arc::clone(&self.code)
    }

    pub(crate) fn extensions(&self) -> Arc<Vec<ExternalExtension>> {
        Arc::clone(&self.extensions)
    }

    /// Whether the function has no extensions, not even internal ones.
    pub(crate) fn are_extensions_disabled(&self) -> bool {
        self.are_extensions_disabled
    }

    pub(crate) fn wrapper(&self) -> Option<Arc<Wrapper>> {
        self.wrapper.clone()
    }

    /// What the runtime and all that it starts may use.
    pub(crate) fn memory_limit_mb(&self) -> Option<u32> {
        self.enforces_memory.then_some(self.settings.memory_mb)
    }

    pub(crate) fn ids(&self) -> Arc<Ids> {
        Arc::clone(&self.world.ids)
    }

    pub(crate) fn processes(&self) -> Arc<Processes> {
        Arc::clone(&self.world.processes)
    }

    /// How many invocations an environment takes at once.
    pub(crate) fn max_concurrency(&self) -> u32 {
        u32::try_from(self.pool().concurrency()).unwrap_or(u32::MAX)
    }

    pub(crate) fn quirks(&self) -> Quirks {
        self.world.profile.quirks()
    }

    pub(crate) fn version(&self) -> &str {
        LATEST
    }
}
