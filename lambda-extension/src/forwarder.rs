//! Ships telemetry at the right moments: the loop of most extensions that forward what they are told.
//!
//! Where it is shipped to is a tower service's business; when, is decided in `flush`.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use lambda_api::{
    RequestId,
    extension::next::{Event, Invoke},
};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use tracing::warn;

use crate::{
    BoxError, Extension, ExtensionError, Failure, FlushMoment, FlushSchedule, FlushStrategy, Next, guard,
    telemetry::{Batch, InitializationType, RuntimeDoneWatch, Telemetry},
};

/// Takes telemetry, holds it, and ships it at the moments that a [`FlushStrategy`] says.
///
/// The end of an invocation is known by `platform.runtimeDone`, so subscribe to the platform's events, and to batches
/// that come soon: with [`FlushStrategy::EndOfInvocation`] the time until that record comes is billed. Without the
/// platform's events, or as long as the records do not come, what is held is shipped at the beginning of the next
/// invocation; where there are no INVOKE events, as on Lambda Managed Instances, with each batch.
///
/// ```
/// # async fn within(api: lambda_extension::RuntimeApi) -> Result<(), lambda_extension::ExtensionError> {
/// use std::time::Duration;
///
/// use lambda_extension::{
///     Extension, Failure, FlushStrategy, Forwarder, service_fn,
///     telemetry::{Batch, Category, Subscription},
/// };
///
/// async fn ship(batches: Vec<Batch>) -> Result<(), Failure> {
///     for event in batches.iter().flat_map(Batch::raw_events).flatten() {
///         println!("{} at {}", event.kind(), event.time());
///     }
///     Ok(())
/// }
///
/// let mut extension = Extension::external().endpoint(api).register().await?;
/// let wanted = Subscription::new(&[Category::Platform, Category::Function]).timeout(Duration::from_millis(25));
/// let telemetry = extension.telemetry(&wanted).await?;
/// Forwarder::new(extension, telemetry).strategy(FlushStrategy::EndOfInvocation).run(service_fn(ship)).await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a forwarder does nothing until it runs"]
pub struct Forwarder {
    extension: Extension,
    telemetry: Telemetry,
    strategy: FlushStrategy,
    max_bytes: usize,
    fails_fast: bool,
}

impl Forwarder {
    /// For an extension that has subscribed this listener, and has not asked for an event yet.
    pub fn new(extension: Extension, telemetry: Telemetry) -> Self {
        const MAX_BYTES: usize = 4 * 1024 * 1024;

        let strategy = FlushStrategy::EndOfInvocation;
        Self { extension, telemetry, strategy, max_bytes: MAX_BYTES, fails_fast: false }
    }

    /// When it ships; [`FlushStrategy::EndOfInvocation`] if not set.
    pub fn strategy(mut self, strategy: FlushStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How many bytes are held before they are shipped at any moment; 4 MiB if not set. Of what could not be shipped, up to
    /// twice as much is kept; beyond that the oldest goes first, and that is logged.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Ends the extension with the first failure of the service, and so the environment. What is held is lost with it.
    pub fn fail_fast(mut self) -> Self {
        self.fails_fast = true;
        self
    }

    /// Ships until the environment shuts down, and what came last as well.
    ///
    /// The service is given all that is held, in order; meanwhile the listener goes on, within its
    /// [`capacity`](crate::telemetry::TelemetryBuilder::capacity). If the service fails, panics, or does not end shortly
    /// before the invocation's deadline, the same is given to it again the next time, so that what it had shipped in part
    /// may come twice; so the service has to bear to be called after a failure or a panic. Dropping this future loses what
    /// is held.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Failed`] if the last batches could not be shipped, or with [`fail_fast`](Self::fail_fast) any:
    /// the same was posted to exit/error. The errors of [`Extension::next_event`], after what was held was shipped.
    pub async fn run<S>(self, service: S) -> Result<(), ExtensionError>
    where
        S: Service<Vec<Batch>>,
        S::Error: Into<BoxError>,
    {
        let Self { extension, telemetry, strategy, max_bytes, fails_fast } = self;
        let schedule = FlushSchedule::new(strategy, extension.clock().clone());
        let mut forwarding = Forwarding {
            extension,
            telemetry,
            service,
            schedule,
            max_bytes,
            fails_fast,
            held: Held::default(),
            watch: RuntimeDoneWatch::new(),
            ends: Ends::Expected,
            ahead: None,
        };
        match forwarding.forward().await {
            Ok(()) => Ok(()),
            Err(ExtensionError::Failed(failure)) => Err(forwarding.extension.fail(failure).await),
            Err(error) => {
                /// The environment is beyond repair, and may be gone at any moment.
                const PATIENCE: Duration = Duration::from_secs(1);

                let limits = Limits::halves(Instant::now() + PATIENCE);
                if let Err(failure) = forwarding.finish(limits).await {
                    warn!(%failure, "what was held could not be shipped");
                }
                Err(error)
            }
        }
    }
}

/// What is held.
#[derive(Debug, Default)]
struct Held {
    batches: Vec<Batch>,
    bytes: usize,
}

impl Held {
    fn push(&mut self, batch: Batch) {
        self.bytes += batch.bytes().len();
        self.batches.push(batch);
    }

    /// Takes back what could not be shipped; of all together the newest, up to so many bytes.
    fn take_back(&mut self, mut batches: Vec<Batch>, most: usize) {
        batches.append(&mut self.batches);
        self.batches = batches;
        self.bytes = self.batches.iter().map(|batch| batch.bytes().len()).sum();
        let mut dropped = 0;
        while self.bytes > most && dropped < self.batches.len() {
            self.bytes -= self.batches.get(dropped).map_or(0, |batch| batch.bytes().len());
            dropped += 1;
        }
        if dropped > 0 {
            self.batches.drain(..dropped);
            warn!(batches = dropped, "telemetry was dropped, because it could not be shipped");
        }
    }
}

/// A forwarder that runs.
struct Forwarding<S> {
    extension: Extension,
    telemetry: Telemetry,
    service: S,
    schedule: FlushSchedule,
    max_bytes: usize,
    fails_fast: bool,
    held: Held,
    watch: RuntimeDoneWatch,
    ends: Ends,
    /// An event that came while something was shipped.
    ahead: Option<Coming>,
}

/// Whether it is worth waiting for the end of an invocation.
enum Ends {
    /// It is.
    Expected,
    /// It is not: one did not come in time. It is again when that of this invocation, if any, comes by then.
    Missed(Option<(RequestId, Instant)>),
}

/// An event, and until when it leaves time for anything else.
struct Coming {
    event: Event,
    limits: Option<Limits>,
}

impl<S> Forwarding<S>
where
    S: Service<Vec<Batch>>,
    S::Error: Into<BoxError>,
{
    async fn forward(&mut self) -> Result<(), ExtensionError> {
        loop {
            let Coming { event, limits } = match self.ahead.take() {
                Some(coming) => coming,
                None => match self.wait().await? {
                    Some(Next::Event(event)) => Coming::now(&self.extension, event),
                    Some(Next::Batch(batch)) => {
                        self.hold(batch);
                        if self.is_due_with_batch() {
                            self.ship(None).await?;
                        }
                        continue;
                    }
                    // It has been logged where it was missed.
                    Some(Next::Missed(_)) => continue,
                    None => {
                        self.ship(None).await?;
                        continue;
                    }
                },
            };
            match (event, limits) {
                (Event::Invoke(invoke), Some(limits)) => self.pass_invocation(&invoke, limits).await?,
                (Event::Shutdown(_), Some(limits)) => {
                    return self.finish(limits).await.map_err(ExtensionError::Failed);
                }
                _ => {}
            }
        }
    }

    fn hold(&mut self, batch: Batch) {
        self.watch.observe(&batch);
        self.held.push(batch);
        if let Ends::Missed(Some((request_id, end))) = &self.ends
            && self.watch.take(request_id).is_some()
        {
            self.ends = if Instant::now() <= *end { Ends::Expected } else { Ends::Missed(None) };
        }
    }

    /// Waits for an event or for telemetry; `None` if the period is over and something is held.
    async fn wait(&mut self) -> Result<Option<Next>, ExtensionError> {
        let next = self.extension.next(&mut self.telemetry);
        match self.schedule.due().filter(|_| !self.held.batches.is_empty()) {
            Some(due) => timeout_at(due, next).await.ok().transpose(),
            None => next.await.map(Some),
        }
    }

    fn is_due_with_batch(&self) -> bool {
        let is_at_once = self.schedule.strategy() == FlushStrategy::EndOfInvocation
            && (!self.extension.is_told_of_invocations()
                || *self.extension.initialization_type() == InitializationType::ManagedInstances);
        is_at_once || self.held.bytes >= self.max_bytes || self.schedule.is_due(FlushMoment::Otherwise)
    }

    /// Goes along with an invocation until it is time for the next event.
    async fn pass_invocation(&mut self, invoke: &Invoke, limits: Limits) -> Result<(), ExtensionError> {
        if let Ends::Missed(last) = &mut self.ends {
            *last = Some((invoke.request_id.clone(), limits.wait));
        }
        let waits = self.schedule.strategy() == FlushStrategy::EndOfInvocation
            && self.extension.is_told_of_ends()
            && matches!(self.ends, Ends::Expected);
        while waits && self.watch.take(&invoke.request_id).is_none() {
            match timeout_at(limits.wait, self.telemetry.next_batch()).await {
                Ok(Ok(Some(batch))) => {
                    self.hold(batch);
                    if self.held.bytes >= self.max_bytes {
                        self.ship(Some(limits.ship)).await?;
                    }
                }
                Ok(Err(_)) => {}
                // Nothing comes any more.
                Ok(Ok(None)) => break,
                Err(_) => {
                    let request_id = &invoke.request_id;
                    warn!(%request_id, "platform.runtimeDone did not come in time; until one does, none is waited for");
                    self.ends = Ends::Missed(None);
                    break;
                }
            }
        }
        if self.schedule.is_due(FlushMoment::InvocationEnded) {
            self.ship(Some(limits.ship)).await?;
        }
        Ok(())
    }

    /// Takes what still comes, and ships everything in time. The second half is for what comes in the first.
    async fn finish(&mut self, limits: Limits) -> Result<(), Failure> {
        let Limits { wait: half, ship: end } = limits;
        self.telemetry.closer().flush_until(half);
        let is_early = Instant::now() < half;
        let mut outcome = if is_early { self.try_ship(half).await } else { Ok(()) };
        loop {
            match timeout_at(end, self.telemetry.next_batch()).await {
                Ok(Ok(Some(batch))) => {
                    self.held.push(batch);
                    if self.held.bytes >= self.max_bytes {
                        outcome = self.try_ship(end).await;
                    }
                }
                Ok(Err(_)) => {}
                Ok(Ok(None)) | Err(_) => break,
            }
        }
        // Past the end there is no time for another try.
        if !self.held.batches.is_empty() && Instant::now() < end {
            outcome = self.try_ship(end).await;
        }
        let is_left = !self.held.batches.is_empty() || self.telemetry.queued_bytes() > 0;
        if is_left { outcome.and_then(|()| Err(too_late())) } else { outcome }
    }

    /// Ships what is held, before this moment if one is given; what fails is kept for another time.
    async fn ship(&mut self, end: Option<Instant>) -> Result<(), ExtensionError> {
        let shipped = match end {
            Some(end) => self.try_ship(end).await,
            None => self.ship_outside().await?,
        };
        match shipped {
            Err(failure) if self.fails_fast => Err(ExtensionError::Failed(failure)),
            Err(failure) => {
                warn!(error = %failure, "telemetry was not shipped; it is kept for the next time");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Ships before this moment.
    async fn try_ship(&mut self, end: Instant) -> Result<(), Failure> {
        let batches = self.take_held();
        if batches.is_empty() {
            return Ok(());
        }
        let shipped = timeout_at(end, give(&mut self.service, batches.clone())).await;
        self.settle(batches, shipped.unwrap_or_else(|_| Err(too_late())))
    }

    /// Ships outside of an invocation, while the extension asks for events: one that comes sets the time.
    async fn ship_outside(&mut self) -> Result<Result<(), Failure>, ExtensionError> {
        let batches = self.take_held();
        let shipped = {
            let mut shipping = pin!(give(&mut self.service, batches.clone()));
            let event = {
                let mut event = pin!(self.extension.next_event());
                poll_fn(|cx| match shipping.as_mut().poll(cx) {
                    Poll::Ready(shipped) => Poll::Ready(Err(shipped)),
                    Poll::Pending => event.as_mut().poll(cx).map(Ok),
                })
                .await
            };
            match event {
                Err(shipped) => shipped,
                Ok(event) => {
                    let event = match event {
                        Ok(event) => event,
                        Err(error) => {
                            // There will be one more try.
                            self.held.take_back(batches, usize::MAX);
                            return Err(error);
                        }
                    };
                    let coming = Coming::now(&self.extension, event);
                    let end = coming.limits.map(|limits| match &coming.event {
                        // What hangs now would leave nothing for what comes last.
                        Event::Shutdown(_) => limits.wait,
                        _ => limits.ship,
                    });
                    self.ahead = Some(coming);
                    match end {
                        Some(end) => timeout_at(end, shipping).await.unwrap_or_else(|_| Err(too_late())),
                        None => shipping.await,
                    }
                }
            }
        };
        Ok(self.settle(batches, shipped))
    }

    fn take_held(&mut self) -> Vec<Batch> {
        self.schedule.flushed();
        self.held.bytes = 0;
        std::mem::take(&mut self.held.batches)
    }

    fn settle(&mut self, batches: Vec<Batch>, shipped: Result<(), Failure>) -> Result<(), Failure> {
        if shipped.is_err() {
            // Twice, so that what is held when it is shipped gets a second try together with what came since.
            self.held.take_back(batches, self.max_bytes.saturating_mul(2));
        }
        shipped
    }
}

/// Gives batches to the service as soon as it is ready.
async fn give<S>(service: &mut S, batches: Vec<Batch>) -> Result<(), Failure>
where
    S: Service<Vec<Batch>>,
    S::Error: Into<BoxError>,
{
    guard::ready(service).await?;
    guard::call(service, batches).await
}

fn too_late() -> Failure {
    Failure::new("ShippingTimedOut", "telemetry was not shipped in time")
}

/// Until when an invocation may be held up, which would time out beyond its deadline, or the end of the environment.
#[derive(Clone, Copy)]
struct Limits {
    /// For telemetry to come.
    wait: Instant,
    /// For what is held to be shipped.
    ship: Instant,
}

impl Limits {
    fn of(extension: &Extension, invoke: &Invoke) -> Self {
        const MARGIN: Duration = Duration::from_millis(500);
        /// Of a deadline that was told by another clock.
        const LEFT: Duration = Duration::from_secs(3);

        let left = invoke.deadline.remaining(extension.clock().now());
        let left = if left.is_zero() { LEFT } else { left };
        let margin = MARGIN.min(left / 10);
        let now = Instant::now();
        Self { wait: now + (left - margin), ship: now + (left - margin / 2) }
    }

    /// Half of the time to this moment for each.
    fn halves(end: Instant) -> Self {
        let now = Instant::now();
        Self { wait: now + end.saturating_duration_since(now) / 2, ship: end }
    }
}

impl Coming {
    /// An event that has come at this moment.
    fn now(extension: &Extension, event: Event) -> Self {
        let limits = match &event {
            Event::Invoke(invoke) => Some(Limits::of(extension, invoke)),
            Event::Shutdown(shutdown) => Some(Limits::halves(extension.end(shutdown))),
            _ => None,
        };
        Self { event, limits }
    }
}
