//! A registered extension: its calls, in the order in which they are made.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use lambda_api::{
    Accepted, ExtensionId,
    client::{Backoff, TransportError},
    describe::Chain,
    extension::{
        error::{self, Moment},
        next::{self, Event, Shutdown},
        register::{EventType, Function, Registered},
    },
    limits,
    telemetry::{Buffering, Category, InitializationType, Subscribe, Subscribed},
    transport::Clock,
};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::warn;

use crate::{
    ExtensionBuilder, ExtensionError, Failure,
    line::Line,
    telemetry::{Batch, Closer, Protocol, Subscription, Telemetry, TelemetryError},
};

const NEXT: &str = "extension/event/next";
const TELEMETRY: &str = "telemetry";

/// How often in a row a call for the next event may fail; with the waits between about seven seconds.
const ATTEMPTS: u32 = 8;

/// A registered extension.
///
/// Pull events with [`next_event`](Self::next_event), or let a tower service have them with [`run`](Self::run).
///
/// ```
/// # async fn within(api: lambda_extension::RuntimeApi) -> Result<(), lambda_extension::ExtensionError> {
/// use lambda_extension::{Event, Extension};
///
/// let mut extension = Extension::builder("audit").internal().endpoint(api).register().await?;
/// while let Event::Invoke(invoke) = extension.next_event().await? {
///     println!("{} invokes {}", invoke.request_id, extension.function().function_name);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Extension {
    line: Line,
    id: ExtensionId,
    function: Function,
    initialization: InitializationType,
    /// The same each time.
    next: Request<Bytes>,
    moment: Moment,
    backoff: Backoff,
    /// When the next attempt may be made, after one that failed.
    resumes: Option<Instant>,
    is_shut_down: bool,
    /// The listeners that have to know of the shutdown.
    listeners: Vec<Closer>,
    /// Whether one of them is told when the runtime is done.
    is_told_of_ends: bool,
    is_told_of_invocations: bool,
    /// An event that came when so many batches were there, which are given first.
    ahead: Option<(Event, usize)>,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extension")
            .field("id", &self.id)
            .field("api", self.line.api())
            .finish_non_exhaustive()
    }
}

/// What has come: an event, or telemetry.
#[derive(Debug)]
pub enum Next {
    /// An event.
    Event(Event),
    /// A batch of telemetry.
    Batch(Batch),
    /// Something came to the listener that it did not take; it goes on.
    Missed(TelemetryError),
}

impl Extension {
    /// An extension of this name that has yet to register; external, unless it is made
    /// [`internal`](ExtensionBuilder::internal).
    ///
    /// An external extension has to have the name of its own file, as [`external`](Self::external) gives it.
    pub fn builder(name: impl Into<String>) -> ExtensionBuilder {
        ExtensionBuilder::new(Some(name.into()))
    }

    /// An external extension that is named like its executable and has yet to register.
    pub fn external() -> ExtensionBuilder {
        ExtensionBuilder::new(None)
    }

    pub(crate) fn new(
        line: Line,
        registered: Registered,
        initialization: InitializationType,
        events: &[EventType],
    ) -> Result<Self, ExtensionError> {
        let next = next::Call::new(registered.extension_id.clone())
            .to_http()
            .map_err(|source| ExtensionError::Encode { call: NEXT, source })?;
        Ok(Self {
            line,
            id: registered.extension_id,
            function: registered.function,
            initialization,
            next,
            moment: Moment::Init,
            backoff: Backoff::new(ATTEMPTS),
            resumes: None,
            is_shut_down: false,
            listeners: Vec::new(),
            is_told_of_ends: false,
            is_told_of_invocations: events.contains(&EventType::Invoke),
            ahead: None,
        })
    }

    /// Identifies the extension.
    pub fn id(&self) -> &ExtensionId {
        &self.id
    }

    /// The function that the extension has joined.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Whether the function runs on demand, from a snapshot, or on Lambda Managed Instances.
    pub fn initialization_type(&self) -> &InitializationType {
        &self.initialization
    }

    /// The clock that deadlines are measured with.
    pub fn clock(&self) -> &Clock {
        self.line.api().clock()
    }

    /// Subscribes to telemetry, and opens a listener for it first, on a free port over HTTP.
    ///
    /// To be called before the first [`next_event`](Self::next_event).
    ///
    /// # Errors
    ///
    /// As with [`TelemetryBuilder::bind`](crate::telemetry::TelemetryBuilder::bind) and [`subscribe`](Self::subscribe).
    pub async fn telemetry(&mut self, subscription: &Subscription) -> Result<Telemetry, ExtensionError> {
        let telemetry = Telemetry::http().bind().await?;
        self.subscribe(&telemetry, subscription).await?;
        Ok(telemetry)
    }

    /// Subscribes a listener that is open already to telemetry.
    ///
    /// To be called before the first [`next_event`](Self::next_event); another subscription replaces this one. When the
    /// environment shuts down, the listener is told so by [`next_event`](Self::next_event), and gives what still comes:
    /// see [`Telemetry::next_batch`].
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Subscription`] if the subscription is out of the API's bounds, and
    /// [`ExtensionError::Telemetry`] with [`TelemetryError::CapacityTooSmall`] if its batches may be too large for the
    /// listener: then nothing was sent. [`ExtensionError::Refused`] with the API's own words; so is a 202, with which
    /// environments answer that have no telemetry: [`ExtensionError::is_not_supported`]. [`ExtensionError::NoReply`] and
    /// [`ExtensionError::TimedOut`] if there is no answer.
    pub async fn subscribe(
        &mut self,
        telemetry: &Telemetry,
        subscription: &Subscription,
    ) -> Result<(), ExtensionError> {
        let call: Subscribe = subscription.call(self.id.clone(), telemetry)?;
        call.check()?;
        has_room(telemetry, &call.buffering)?;
        let request = call.to_http().map_err(|source| ExtensionError::Encode { call: TELEMETRY, source })?;
        self.subscribe_with(TELEMETRY, request, telemetry).await?;
        self.is_told_of_ends = call.types.contains(&Category::Platform);
        Ok(())
    }

    /// Whether there will be INVOKE events.
    pub(crate) fn is_told_of_invocations(&self) -> bool {
        self.is_told_of_invocations
    }

    /// Whether there will be records of invocations' ends.
    pub(crate) fn is_told_of_ends(&self) -> bool {
        self.is_told_of_ends && *self.initialization_type() != InitializationType::ManagedInstances
    }

    /// Subscribes a listener with the legacy Logs API.
    ///
    /// An extension can use one of the two APIs. There are no subscriptions of this kind on Lambda Managed Instances.
    ///
    /// # Errors
    ///
    /// As with [`subscribe`](Self::subscribe).
    #[cfg(feature = "logs")]
    pub async fn subscribe_logs(
        &mut self,
        telemetry: &Telemetry,
        subscription: &crate::telemetry::LogsSubscription,
    ) -> Result<(), ExtensionError> {
        const LOGS: &str = "logs";

        let call = subscription.call(self.id.clone(), telemetry)?;
        call.check()?;
        has_room(telemetry, &call.buffering)?;
        let request = call.to_http().map_err(|source| ExtensionError::Encode { call: LOGS, source })?;
        self.subscribe_with(LOGS, request, telemetry).await?;
        let has_ends = call.schema_version == lambda_api::telemetry::SchemaVersion::V20210318;
        self.is_told_of_ends = has_ends && call.types.contains(&Category::Platform);
        Ok(())
    }

    async fn subscribe_with(
        &mut self,
        call: &'static str,
        request: Request<Bytes>,
        telemetry: &Telemetry,
    ) -> Result<(), ExtensionError> {
        let reply = reply_in_time(call, self.line.call(request)).await?;
        Subscribed::from_http(reply).map_err(|source| ExtensionError::Refused { call, source })?;
        self.listeners.push(telemetry.closer());
        Ok(())
    }

    /// Says that everything before is done, and waits for an event.
    ///
    /// The first call ends the extension's init, and with it the time in which telemetry can be subscribed to. May be
    /// dropped, in a `select!` for instance, and called again: the call to the API goes on where it was, and no event is
    /// lost. There is no time-out, because the environment may be frozen inside this call for hours. A connection that
    /// breaks is opened anew, eight times in a row at most; an event whose reply was cut off half-way is lost, because the
    /// service takes the next call for the end of it.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Refused`] with the API's own words, after which an extension should exit;
    /// [`ExtensionError::NoReply`] if the API stays away; [`ExtensionError::Unreadable`] if the event is none;
    /// [`ExtensionError::ShutDown`] after a SHUTDOWN.
    pub async fn next_event(&mut self) -> Result<Event, ExtensionError> {
        if let Some((event, _)) = self.ahead.take() {
            return Ok(event);
        }
        if self.is_shut_down {
            return Err(ExtensionError::ShutDown);
        }
        self.moment = Moment::Exit;
        loop {
            if let Some(resumes) = self.resumes {
                sleep_until(resumes).await;
                self.resumes = None;
            }
            match self.line.poll(&self.next).await {
                Ok(reply) => {
                    self.backoff.reset();
                    let event = Event::from_reply(&reply);
                    self.line.recycle(reply);
                    let event = event.map_err(|error| ExtensionError::of_reply(NEXT, error))?;
                    if let Event::Shutdown(shutdown) = &event {
                        self.shut_down(shutdown);
                    }
                    return Ok(event);
                }
                Err(source) => {
                    let wait = self.backoff.after_failure();
                    let attempts = self.backoff.failures();
                    let Some(wait) = wait else {
                        self.backoff.reset();
                        return Err(ExtensionError::NoReply { call: NEXT, attempts, source });
                    };
                    warn!(error = %Chain(&source), attempts, "no event; trying again");
                    self.resumes = Some(Instant::now() + wait);
                }
            }
        }
    }

    /// Waits for an event or for telemetry, whichever comes first.
    ///
    /// Telemetry that is there comes before an event, because it tells of what was before; SHUTDOWN alone comes at once.
    /// After it there are the batches that still come, see [`Telemetry::next_batch`]. As soon as the listener is closed
    /// there are only events. May be dropped and called again.
    ///
    /// # Errors
    ///
    /// As with [`next_event`](Self::next_event): [`ExtensionError::ShutDown`] after the last batch.
    pub async fn next(&mut self, telemetry: &mut Telemetry) -> Result<Next, ExtensionError> {
        if self.is_shut_down {
            return match telemetry.next_batch().await {
                Ok(Some(batch)) => Ok(Next::Batch(batch)),
                Ok(None) => Err(ExtensionError::ShutDown),
                Err(error) => Ok(Next::Missed(error)),
            };
        }
        if let Some((event, before)) = self.ahead.take() {
            return Ok(self.after(before, telemetry, event));
        }
        let event = {
            let mut event = pin!(self.next_event());
            let mut batch = pin!(telemetry.next_batch());
            let mut is_closed = false;
            let first = poll_fn(|cx| {
                if let Poll::Ready(event) = event.as_mut().poll(cx) {
                    return Poll::Ready(Err(event));
                }
                match if is_closed { Poll::Pending } else { batch.as_mut().poll(cx) } {
                    Poll::Ready(Ok(Some(batch))) => return Poll::Ready(Ok(Next::Batch(batch))),
                    Poll::Ready(Ok(None)) => is_closed = true,
                    Poll::Ready(Err(error)) => return Poll::Ready(Ok(Next::Missed(error))),
                    Poll::Pending => {}
                }
                Poll::Pending
            });
            match first.await {
                Ok(next) => return Ok(next),
                Err(event) => event?,
            }
        };
        // What is there tells of what was before the event. Nothing is worth the wait for the end of the environment.
        let before = if self.is_shut_down { 0 } else { telemetry.waiting() };
        Ok(self.after(before, telemetry, event))
    }

    /// The next batch, if there are any that come before the event; else the event.
    fn after(&mut self, before: usize, telemetry: &mut Telemetry, event: Event) -> Next {
        if before > 0
            && let Some(batch) = telemetry.take_batch()
        {
            self.ahead = Some((event, before - 1));
            return batch.map_or_else(Next::Missed, Next::Batch);
        }
        Next::Event(event)
    }

    fn shut_down(&mut self, shutdown: &Shutdown) {
        self.is_shut_down = true;
        let now = Instant::now();
        // The second half is for whoever has to do something with what comes in the first.
        let end = now + self.end(shutdown).saturating_duration_since(now) / 2;
        for listener in &self.listeners {
            listener.flush_until(end);
        }
    }

    /// When to be done before the environment ends: a little earlier, because at its deadline processes are killed. A
    /// deadline that is over already was told by another clock.
    pub(crate) fn end(&self, shutdown: &Shutdown) -> Instant {
        const MARGIN: Duration = Duration::from_millis(50);

        let left = shutdown.deadline.remaining(self.clock().now());
        let left = if left.is_zero() { limits::SHUTDOWN_WITH_EXTERNAL_EXTENSIONS } else { left };
        Instant::now() + (left - MARGIN.min(left / 10))
    }

    /// Says that the extension cannot start; it has to exit then.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] if that could not be said.
    pub async fn init_error(mut self, failure: &Failure) -> Result<(), ExtensionError> {
        self.report(Moment::Init, failure).await
    }

    /// Says that the extension cannot go on; it has to exit then.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] if that could not be said.
    pub async fn exit_error(mut self, failure: &Failure) -> Result<(), ExtensionError> {
        self.report(Moment::Exit, failure).await
    }

    /// Says it at whichever moment this is; what it could not say is only logged, because what it is about counts more.
    pub(crate) async fn fail(mut self, failure: Failure) -> ExtensionError {
        if let Err(error) = self.report(self.moment, &failure).await {
            warn!(error = %Chain(&error), "the reason of the end could not be posted");
        }
        ExtensionError::Failed(failure)
    }

    async fn report(&mut self, moment: Moment, failure: &Failure) -> Result<(), ExtensionError> {
        // Whoever still takes batches is to come to an end as well.
        self.listeners.iter().for_each(Closer::close);
        self.line.give_up_poll();
        let call = match moment {
            Moment::Init => "extension/init/error",
            Moment::Exit => "extension/exit/error",
        };
        let request = error::Call::new(moment, self.id.clone(), failure.error_type(), failure.report())
            .to_http()
            .map_err(|source| ExtensionError::Encode { call, source })?;
        let reply = reply_in_time(call, self.line.call(request)).await?;
        Accepted::from_http(reply).map_err(|source| ExtensionError::Refused { call, source })?;
        Ok(())
    }
}

/// The reply to a call that is answered at once, or not at all.
pub(crate) async fn reply_in_time(
    call: &'static str,
    reply: impl Future<Output = Result<Response<Bytes>, TransportError>>,
) -> Result<Response<Bytes>, ExtensionError> {
    const PATIENCE: Duration = Duration::from_secs(5);

    let reply = timeout(PATIENCE, reply).await.map_err(|_| ExtensionError::TimedOut { call })?;
    reply.map_err(|source| ExtensionError::NoReply { call, attempts: 1, source })
}

/// Whether the batches that the service may send over HTTP are not larger than the listener: they would be refused, and
/// sent again, for ever.
fn has_room(telemetry: &Telemetry, buffering: &Buffering) -> Result<(), TelemetryError> {
    let (capacity, batch_bytes) = (telemetry.capacity(), buffering.batch_bytes());
    if telemetry.protocol() == Protocol::Http && capacity < batch_bytes {
        return Err(TelemetryError::CapacityTooSmall { capacity, batch_bytes });
    }
    Ok(())
}
