//! The loop: next, decode, call, encode, send, and again.
//!
//! One poller's view, read from top to bottom; how many pollers there are is `workers`' business, how a call is
//! repeated that of `calls`. Each step's failure becomes a [`Failure`] that is posted in place of the response;
//! only a Runtime API that fails or stays away ends the loop, or a shutdown.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, SystemTime},
};

use lambda_api::{
    Deadline, ErrorReport, ErrorType,
    client::Connection,
    limits::TIMEOUT_MAX,
    runtime::next,
    transport::{Clock, RuntimeApi},
};
use tokio::{sync::Mutex, time::timeout_at};
use tower_service::Service;
use tracing::{trace, warn};

use crate::{
    Config, Context, CurrentInvocation, Diagnostic, FromEvent, IntoFunctionResponse, LambdaEvent,
    PreludeForm, RawPayload, Response, RuntimeError,
    calls::{Calls, End, Ids, Next, Outage},
    context,
    failure::{DEADLINE_EXCEEDED, Failure},
    panic::{catch, catch_async},
    process,
    runtime::TraceHook,
    shutdown::Stop,
};

/// What all pollers of a runtime have in common.
pub(crate) struct Shared<S> {
    /// Locked from `poll_ready` to `call` and not longer, so that the pair belongs to one invocation.
    pub(crate) service: Mutex<S>,
    pub(crate) api: RuntimeApi,
    pub(crate) config: Arc<Config>,
    pub(crate) form: PreludeForm,
    pub(crate) trace_hook: Option<TraceHook>,
    pub(crate) stop: Option<Stop>,
    pub(crate) outage: Arc<Outage>,
    /// Counts the invocations that were answered.
    pub(crate) answered: AtomicU64,
    /// Whether log lines of the whole process belong to the one invocation that is served.
    pub(crate) has_process_to_itself: bool,
}

/// What is left for the service's own work between the end of `after_response` and the deadline.
const MARGIN: Duration = Duration::from_millis(50);

/// Serves invocations until the Runtime API fails (an error) or the runtime is told to stop.
pub(crate) async fn run<S, T>(shared: &Shared<S>) -> Result<(), Box<RuntimeError>>
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    let clock = shared.api.clock().clone();
    let task_root = shared.config.task_root.clone().unwrap_or_else(|| "/var/task".to_owned());
    let outage = Arc::clone(&shared.outage);
    let mut calls = Calls::new(Connection::new(shared.api.clone()), task_root, shared.form, outage)?;
    // Kept from one to the next, so that their texts need no new room.
    let mut current = CurrentInvocation::unknown();
    let mut ids: Option<Ids> = None;
    loop {
        let next = match &shared.stop {
            Some(stop) => stop.or(pin!(calls.next())).await.transpose()?,
            None => Some(calls.next().await?),
        };
        match next {
            Some(Next::Invocation) => {
                let Some(invocation) = calls.invocation() else { continue };
                current.renew(invocation);
                let ids = match &mut ids {
                    Some(known) => {
                        known.renew(invocation);
                        known
                    }
                    unknown => unknown.insert(Ids::of(invocation)),
                };
                let _known = shared.has_process_to_itself.then(|| process::Known::new(&current));
                // All of it, so that a handler that is dropped half-way is dropped within its invocation.
                current.scope(serve(shared, &mut calls, ids, &clock, &current)).await?;
            }
            // Known by its id and otherwise unreadable: it is answered, not lost.
            Some(Next::Unreadable(unreadable)) => {
                let (ids, error) = *unreadable;
                let failure = Failure::of_runtime(ErrorType::UNMARSHAL, &error);
                let end = End::after(TIMEOUT_MAX, &clock);
                calls.answer(&ids, Err(failure), &CurrentInvocation::unknown(), end).await?;
            }
            None => return Ok(()),
        }
    }
}

/// Answers one invocation, and does what the handler left for afterwards.
async fn serve<S, T>(
    shared: &Shared<S>,
    calls: &mut Calls,
    ids: &Ids,
    clock: &Clock,
    current: &CurrentInvocation,
) -> Result<(), Box<RuntimeError>>
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    let Some(invocation) = calls.take_invocation() else { return Ok(()) };
    let millis = invocation.deadline.map_or(0, Deadline::as_unix_millis);
    let received = clock.now();
    let deadline = context::end(millis, received);
    let result = handle(shared, invocation, clock, current, [received, deadline]).await;
    calls.answer(ids, result, current, End::new(deadline, clock)).await?;
    shared.answered.fetch_add(1, Ordering::Relaxed);
    // The span ends with the response, so that whoever flushes spans afterwards finds this one.
    drop(current.take_span());
    if !current.after().end_if_empty() {
        finish(current, clock, deadline).await;
    }
    Ok(())
}

fn not_ready() -> ErrorReport {
    ErrorReport::new(DEADLINE_EXCEEDED, "the handler was not ready before the deadline")
}

/// Gives the work that was left for afterwards its time.
async fn finish(current: &CurrentInvocation, clock: &Clock, deadline: SystemTime) {
    let end = clock.instant_of(deadline.checked_sub(MARGIN).unwrap_or(deadline));
    if timeout_at(end, current.after().run()).await.is_err() {
        current.after().end();
        warn!("work left for after the response was not done before the deadline");
    }
}

/// Decodes an event, calls the handler with it, and encodes what it returns.
async fn handle<S, T>(
    shared: &Shared<S>,
    mut invocation: next::Invocation,
    clock: &Clock,
    current: &CurrentInvocation,
    [received, deadline]: [SystemTime; 2],
) -> Result<Response, Failure>
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    process::take_place_of_panic();
    let payload = std::mem::take(&mut invocation.payload);
    let raw = RawPayload::of(payload, invocation.content_type.take());
    let context = Context::of(invocation, &shared.config, clock, received, current.clone())
        .map_err(|error| Failure::of_runtime(ErrorType::UNMARSHAL, &error))?;
    // A type's own decoder may panic, too.
    let payload = catch(|| T::from_event(raw))?.map_err(|error| {
        trace!(error = error.unredacted(), "the event was refused");
        error.failure()
    })?;
    // Whatever is the user's own runs inside, the conversion of its error and the drop of its value included.
    let called = pin!(async {
        if let Some(hook) = &shared.trace_hook {
            hook.call(current.trace_id());
        }
        let ready = async {
            // Nobody else wants it where one invocation is served at a time.
            let mut service = match shared.service.try_lock() {
                Ok(service) => service,
                Err(_) => shared.service.lock().await,
            };
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(Failure::of_handler)?;
            Ok(service)
        };
        let mut ready = pin!(ready);
        // Nearly every service is ready at once, and a timer for nothing costs as much as its lock.
        let mut service = match poll_fn(|cx| Poll::Ready(ready.as_mut().poll(cx))).await {
            Poll::Ready(service) => service?,
            Poll::Pending => {
                // A service that is never ready would hold up the other pollers for ever.
                let ready = timeout_at(clock.instant_of(deadline), ready).await;
                ready.map_err(|_| Failure::of_function(not_ready()))??
            }
        };
        let response = service.call(LambdaEvent::new(payload, context));
        drop(service);
        response.await.map_err(Failure::of_handler)
    });
    let value = catch_async(called).await??;
    catch(move || value.into_response().map_err(|error| error.failure()))?
}
