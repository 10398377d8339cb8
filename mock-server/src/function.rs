//! A function and the invoke.
//!
//! How it is described is in `builder`, how a version of it is made in `deploy`, what files it is made of in `package`. Which
//! environment takes an invoke is decided in [`fleet`](crate::core::fleet); what goes on in an environment in
//! [`core`](crate::core), and carried out by [`driver`](crate::driver).

use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use lambda_api::{ErrorType, RequestId};

use crate::{
    Invocation, Outcome,
    core::{
        Answer, Phase, Report, Status,
        catalog::{EventInvokeConfig, FunctionId, Version},
    },
    driver::End,
    guest::{Code, Executable},
    hub::{NotInvoked, Submission},
    misuse::{self, Misuse},
    service::World,
    timeline::{Entry, EnvironmentId, Event, Timeline},
    variables,
};

#[cfg(feature = "management")]
mod about;
mod builder;
mod deploy;
mod deployment;
mod package;
mod snapshot;
mod start_error;
mod streaming;
mod versions;

#[cfg(feature = "management")]
pub(crate) use about::{About, PackageFacts};
#[cfg(feature = "management")]
pub(crate) use builder::Description;
pub use builder::FunctionBuilder;
pub(crate) use deployment::Deployment;
pub(crate) use package::{Package, is_executable};
pub use start_error::StartError;
pub use streaming::ResponseStream;
pub use versions::Queued;

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

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.inner.world
    }

    pub(crate) fn id(&self) -> FunctionId {
        self.inner.id
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
        match self.inner.world.submit(self.inner.id, invocation.into()) {
            Ok(submission) => submission.outcome().await,
            Err((request_id, refused)) => Outcome::refused(request_id, &refused),
        }
    }

    /// Starts an environment ahead of any invoke, and waits until it is ready for one or has failed; `None` if
    /// there are as many environments as there may be.
    ///
    /// With [`snap_start`](FunctionBuilder::snap_start) its snapshot has been taken then, and the next invoke or
    /// [`restore`](Self::restore) restores it.
    pub async fn start(&self) -> Option<EnvironmentId> {
        let function = self.inner.id;
        let id = self.inner.world.change(|hub, now| {
            let deployment = hub.deployment(function, Version::Latest)?;
            hub.fleet.start_ahead(now, function, deployment.id)
        })?;
        let id = EnvironmentId(id);
        self.reached(id, |phase| matches!(phase, Phase::Idle | Phase::Snapshot | Phase::Terminated)).await;
        Some(id)
    }

    /// Restores the snapshot of an environment ahead of any invoke, and waits until its hooks are done.
    ///
    /// One that is still in init is waited for. An environment without a snapshot is left as it is.
    pub async fn restore(&self, environment: EnvironmentId) {
        self.reached(environment, |phase| matches!(phase, Phase::Snapshot | Phase::Idle | Phase::Terminated))
            .await;
        self.inner.world.restore_now(environment);
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
        self.inner.world.stop_all(self.inner.id).await;
    }

    /// Describes the next version of the function: it begins with what is configured now, and takes the place of
    /// `$LATEST` once its code is given, or [is to stay](FunctionBuilder::same_code).
    ///
    /// Invocations that are under way end in their environments, which take no others. Versions that have been published
    /// stay as they are.
    pub fn update(&self) -> FunctionBuilder {
        FunctionBuilder::of(Arc::clone(&self.inner))
    }
}

impl Submission {
    /// Waits until the invocation is over.
    async fn outcome(self) -> Outcome {
        let Self { request_id, version, answer, end, .. } = self;
        let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
        let end = end.await;
        let End { report, logs, .. } =
            end.unwrap_or_else(|_| End::without_environment(&request_id, ErrorType::SANDBOX_FAILURE));
        Outcome { request_id, answer, report, logs, version: version.to_string() }
    }
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
        Self { report, logs: Vec::new(), tail: None }
    }
}

impl Outcome {
    /// That of an invoke that no environment took.
    fn refused(request_id: RequestId, refused: &NotInvoked) -> Self {
        let answer = refused.answer();
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone()).unwrap_or_default();
        let End { report, logs, .. } = End::without_environment(&request_id, &error_type);
        Self { request_id, answer, report, logs, version: Version::Latest.to_string() }
    }
}

/// What all handles of a function share.
pub(crate) struct Inner {
    pub(crate) world: Arc<World>,
    pub(crate) id: FunctionId,
    name: String,
    arn: String,
}

impl Inner {
    fn new(world: Arc<World>, id: FunctionId, name: &str) -> Self {
        Self { world, id, name: name.to_owned(), arn: variables::function_arn(name) }
    }

    /// The reserved concurrency, and how events are treated.
    fn configured(&self) -> (Option<usize>, EventInvokeConfig) {
        let hub = self.world.hub();
        let asynchronous = hub.catalog.event_invoke_config(self.id, None).cloned();
        (hub.catalog.reserved_concurrency(self.id), asynchronous.unwrap_or_default())
    }

    /// What runs as `$LATEST`.
    fn latest(&self) -> Option<Arc<Deployment>> {
        self.world.hub().deployment(self.id, Version::Latest)
    }

    /// The socket that is bound to this address already.
    fn listener(&self, address: SocketAddr) -> Option<Arc<TcpListener>> {
        match &*self.latest()?.code {
            Code::Executable(Executable { listener: Some(listener), .. })
                if listener.local_addr().is_ok_and(|bound| bound == address) =>
            {
                Some(Arc::clone(listener))
            }
            _ => None,
        }
    }
}

impl Drop for Inner {
    /// When nobody can invoke the function any more, its environments go.
    fn drop(&mut self) {
        let id = self.id;
        self.world.change(|hub, _| hub.remove(id));
    }
}
