//! The invocation that is being served, for code that is not handed a [`Context`](crate::Context): libraries
//! and log lines.
//!
//! A task-local, set while the handler, its stream and what it left for afterwards are polled. Tasks that
//! are spawned with [`Context::spawn`](crate::Context::spawn) inherit it; those of `tokio::spawn` do not, so in
//! one-at-a-time mode `process` remembers it for the whole process as well, for log lines only.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use lambda_api::{RequestId, runtime::next};
use tokio::{runtime::Handle, task::JoinHandle};
use tracing::{Instrument, Span};

use crate::{Trace, after::AfterResponse};

tokio::task_local! {
    static CURRENT: CurrentInvocation;
}

/// The invocation that this task serves; `None` outside of an invocation.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, Runtime, current_invocation, service_fn};
/// use mock_server::MockLambda;
/// use serde_json::{Value, json};
///
/// fn deep_in_a_library() -> Option<String> {
///     Some(current_invocation()?.request_id().to_owned())
/// }
///
/// async fn handler(event: LambdaEvent<Value>) -> Result<bool, Error> {
///     Ok(deep_in_a_library() == Some(event.context.request_id))
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// let function = mock.function("f").in_process(|api| Runtime::new(service_fn(handler)).endpoint(api).run());
/// assert_eq!(function.invoke(json!({})).await.json()?, json!(true));
/// # Ok(())
/// # }
/// ```
pub fn current_invocation() -> Option<CurrentInvocation> {
    CURRENT.try_with(Clone::clone).ok()
}

/// What code without a [`Context`](crate::Context) may know of its invocation. Cheap to clone.
#[derive(Clone)]
pub struct CurrentInvocation {
    inner: Arc<Inner>,
}

struct Inner {
    request_id: Option<RequestId>,
    trace_id: Option<String>,
    tenant_id: Option<String>,
    span: Mutex<Option<Span>>,
    after: AfterResponse,
}

impl CurrentInvocation {
    pub(crate) fn of(invocation: &next::Invocation) -> Self {
        Self::new(
            Some(invocation.request_id.clone()),
            invocation.trace_id.clone(),
            invocation.tenant_id.clone(),
        )
    }

    /// Makes it another invocation; in its place if nobody has kept the one before, as nearly nobody does.
    pub(crate) fn renew(&mut self, invocation: &next::Invocation) {
        let Some(inner) = Arc::get_mut(&mut self.inner) else {
            *self = Self::of(invocation);
            return;
        };
        let Inner { request_id, trace_id, tenant_id, span, after } = inner;
        match request_id {
            Some(known) => known.clone_from(&invocation.request_id),
            unknown => *unknown = Some(invocation.request_id.clone()),
        }
        trace_id.clone_from(&invocation.trace_id);
        tenant_id.clone_from(&invocation.tenant_id);
        *span.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        *after = AfterResponse::default();
    }

    /// The invocation of a context that was made by hand.
    pub(crate) fn unknown() -> Self {
        Self::new(None, None, None)
    }

    fn new(request_id: Option<RequestId>, trace_id: Option<String>, tenant_id: Option<String>) -> Self {
        let after = AfterResponse::default();
        Self { inner: Arc::new(Inner { request_id, trace_id, tenant_id, span: Mutex::default(), after }) }
    }

    /// The request id; empty for a context that was made by hand.
    pub fn request_id(&self) -> &str {
        self.inner.request_id.as_ref().map_or("", RequestId::as_str)
    }

    /// The X-Ray tracing header, which SDKs pass on.
    pub fn trace_id(&self) -> Option<&str> {
        self.inner.trace_id.as_deref()
    }

    /// The X-Ray tracing header, taken apart. W3C trace context is only in
    /// [`Context::trace`](crate::Context::trace).
    pub fn trace(&self) -> Trace {
        Trace::new(self.trace_id(), None)
    }

    /// The tenant, for a function with tenant isolation.
    pub fn tenant_id(&self) -> Option<&str> {
        self.inner.tenant_id.as_deref()
    }

    /// Makes the invocation known inside a future, wherever that is polled.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), future)
    }

    /// Spawns a task that inherits the invocation and the current span.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::spawn`] does.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        tokio::spawn(self.scope(future.instrument(Span::current())))
    }

    /// Runs a future after the response has been sent; see
    /// [`Context::after_response`](crate::Context::after_response).
    pub fn after_response(&self, future: impl Future<Output = ()> + Send + 'static) {
        let Err(late) = self.inner.after.push(Box::pin(future.instrument(Span::current()))) else { return };
        // That time is over for this invocation. A task may still get somewhere; a lost one says so.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(self.scope(late))),
            Err(_) => tracing::warn!("work for after the response came too late and without a runtime"),
        }
    }

    /// Runs a future after everything else of the invocation, when its spans have ended.
    #[cfg(feature = "otel")]
    pub(crate) fn flush_after(&self, future: impl Future<Output = ()> + Send + 'static) {
        // Pushed while the handler is called, when the time for it cannot be over.
        let _in_time = self.inner.after.push_flush(Box::pin(future));
    }

    pub(crate) fn after(&self) -> &AfterResponse {
        &self.inner.after
    }

    /// The span in which the response's stream is polled as well.
    pub(crate) fn set_span(&self, span: Span) {
        *self.inner.span.lock().unwrap_or_else(PoisonError::into_inner) = Some(span);
    }

    /// Takes the span, so that it can end once the response has.
    pub(crate) fn take_span(&self) -> Option<Span> {
        self.inner.span.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for CurrentInvocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentInvocation").field("request_id", &self.request_id()).finish_non_exhaustive()
    }
}
