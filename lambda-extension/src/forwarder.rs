//! Ships telemetry at the right moments: the loop of most extensions that forward what they are told.
//!
//! Where it is shipped to, and how often that is tried, is a tower service's business.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::{Duration, SystemTime},
};

use lambda_api::{
    describe::Chain,
    extension::next::{Event, Invoke, Shutdown},
};
use tokio::time::{Instant, sleep_until, timeout_at};
use tower_service::Service;
use tracing::warn;

use crate::{
    BoxError, Extension, ExtensionError, Failure, Next, guard,
    telemetry::{Batch, RuntimeDoneWatch, Telemetry},
};

/// When held telemetry is shipped. At the end of the environment it always is, and when too much is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushStrategy {
    /// At the end of each invocation, before the environment may be frozen: nothing is held for longer than an
    /// invocation, and each is billed for the time that it takes.
    ///
    /// The end is known by `platform.runtimeDone`. Without a subscription to the platform's events, what is held is
    /// shipped at the beginning of the next invocation; on Lambda Managed Instances, where environments are not frozen,
    /// with each batch.
    EndOfInvocation,
    /// So long after the last time, as soon as the environment runs: nobody waits for it, unless it freezes meanwhile.
    Periodic(Duration),
    /// Only when too much is held, and at the end of the environment, which Lambda may cut short.
    AtShutdown,
}

/// Takes telemetry, holds it, and ships it at the moments that a [`FlushStrategy`] says.
///
/// ```
/// # async fn within(api: lambda_extension::RuntimeApi) -> Result<(), lambda_extension::ExtensionError> {
/// use lambda_extension::{
///     Extension, Failure, FlushStrategy, Forwarder, service_fn,
///     telemetry::{Batch, Category, Subscription},
/// };
///
/// async fn ship(batches: Vec<Batch>) -> Result<(), Failure> {
///     for event in batches.iter().flat_map(Batch::raw_events).flatten() {
///         println!("{} of {}", event.kind(), event.time());
///     }
///     Ok(())
/// }
///
/// let mut extension = Extension::external().endpoint(api).register().await?;
/// let telemetry = extension.telemetry(&Subscription::new(&[Category::Platform, Category::Function])).await?;
/// Forwarder::new(extension, telemetry).strategy(FlushStrategy::EndOfInvocation).run(service_fn(ship)).await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a forwarder does nothing until it runs"]
pub struct Forwarder {
    extension: Extension,
    telemetry: Telemetry,
    strategy: FlushStrategy,
    most_bytes: usize,
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
}

/// What woke the loop.
enum Woken {
    Next(Result<Next, ExtensionError>),
    Timer,
}

impl Forwarder {
    /// For an extension that has subscribed this listener, and has not asked for an event yet.
    pub fn new(extension: Extension, telemetry: Telemetry) -> Self {
        const MOST_BYTES: usize = 4 * 1024 * 1024;

        let strategy = FlushStrategy::EndOfInvocation;
        Self { extension, telemetry, strategy, most_bytes: MOST_BYTES }
    }

    /// When it ships; [`FlushStrategy::EndOfInvocation`] if not set.
    pub fn strategy(mut self, strategy: FlushStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How many bytes are held before they are shipped at any moment; 4 MiB if not set.
    pub fn most_bytes(mut self, bytes: usize) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// Ships until the environment shuts down, and what came last as well.
    ///
    /// The service is given all that is held, in order. Meanwhile the listener goes on, within its
    /// [`capacity`](crate::telemetry::TelemetryBuilder::capacity). An error or a panic of the service ends the extension,
    /// so let a layer try as often as is sensible: what went wrong is posted to exit/error, and returned.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Failed`] if the service fails; the errors of [`Extension::next_event`].
    pub async fn run<S>(mut self, mut service: S) -> Result<(), ExtensionError>
    where
        S: Service<Vec<Batch>>,
        S::Error: Into<BoxError>,
    {
        match self.forward(&mut service).await {
            Err(ExtensionError::Failed(failure)) => Err(self.extension.fail(failure).await),
            ended => ended,
        }
    }

    async fn forward<S>(&mut self, service: &mut S) -> Result<(), ExtensionError>
    where
        S: Service<Vec<Batch>>,
        S::Error: Into<BoxError>,
    {
        let mut held = Held::default();
        let watch = RuntimeDoneWatch::new();
        let mut last = self.extension.clock().now();
        loop {
            let is_due = match self.wait(last, &held).await {
                Woken::Timer => true,
                Woken::Next(Ok(Next::Batch(batch))) => {
                    watch.observe(&batch);
                    held.push(batch);
                    self.is_due_with_batch(&held)
                }
                Woken::Next(Ok(Next::Event(Event::Invoke(invoke)))) => {
                    self.is_due_with_invocation(&invoke, &mut held, &watch, service).await?
                }
                Woken::Next(Ok(Next::Event(Event::Shutdown(shutdown)))) => {
                    return self.finish(&shutdown, held, service).await;
                }
                Woken::Next(Ok(Next::Event(_))) => false,
                Woken::Next(Err(ExtensionError::Telemetry(error))) => {
                    warn!(error = %Chain(&error), "some telemetry was not taken");
                    false
                }
                Woken::Next(Err(error)) => return Err(error),
            };
            if is_due || self.is_overdue(last) {
                flush(service, &mut held).await.map_err(ExtensionError::Failed)?;
                last = self.extension.clock().now();
            }
        }
    }

    /// Waits for an event or a batch, and for the period to be over if something is held.
    async fn wait(&mut self, last: SystemTime, held: &Held) -> Woken {
        let period = match self.strategy {
            FlushStrategy::Periodic(period) if !held.batches.is_empty() => Some(period),
            _ => None,
        };
        let due = period.map(|period| self.extension.clock().instant_of(last + period));
        let mut timer = pin!(sleep_until(due.unwrap_or_else(Instant::now)));
        let mut next = pin!(self.extension.next(&mut self.telemetry));
        poll_fn(|cx| {
            if let Poll::Ready(next) = next.as_mut().poll(cx) {
                return Poll::Ready(Woken::Next(next));
            }
            if due.is_some() { timer.as_mut().poll(cx).map(|()| Woken::Timer) } else { Poll::Pending }
        })
        .await
    }

    /// Whether the period is over by the clock on the wall: the timer's may have stood still with the environment.
    fn is_overdue(&self, last: SystemTime) -> bool {
        let FlushStrategy::Periodic(period) = self.strategy else { return false };
        self.extension.clock().now().duration_since(last).is_ok_and(|since| since >= period)
    }

    fn is_due_with_batch(&self, held: &Held) -> bool {
        let has_no_events = self.strategy == FlushStrategy::EndOfInvocation && self.is_managed();
        has_no_events || held.bytes >= self.most_bytes
    }

    fn is_managed(&self) -> bool {
        *self.extension.initialization_type() == crate::telemetry::InitializationType::ManagedInstances
    }

    /// Whether something is to be shipped in this invocation; waits for the moment, and ships what is too much before.
    async fn is_due_with_invocation<S>(
        &mut self,
        invoke: &Invoke,
        held: &mut Held,
        watch: &RuntimeDoneWatch,
        service: &mut S,
    ) -> Result<bool, ExtensionError>
    where
        S: Service<Vec<Batch>>,
        S::Error: Into<BoxError>,
    {
        if self.strategy != FlushStrategy::EndOfInvocation {
            return Ok(false);
        }
        if self.extension.is_told_of_ends() {
            // Past the deadline there is another event, if any.
            let end = self.extension.clock().instant_of(invoke.deadline.to_system_time());
            while watch.get(&invoke.request_id).is_none() {
                if held.bytes >= self.most_bytes {
                    flush(service, held).await.map_err(ExtensionError::Failed)?;
                }
                match timeout_at(end, self.telemetry.next_batch()).await {
                    Ok(Ok(Some(batch))) => {
                        watch.observe(&batch);
                        held.push(batch);
                    }
                    Ok(Err(error)) => warn!(error = %Chain(&error), "some telemetry was not taken"),
                    Ok(Ok(None)) | Err(_) => break,
                }
            }
        }
        Ok(true)
    }

    /// Takes what still comes, and ships everything before the environment ends.
    async fn finish<S>(
        &mut self,
        shutdown: &Shutdown,
        mut held: Held,
        service: &mut S,
    ) -> Result<(), ExtensionError>
    where
        S: Service<Vec<Batch>>,
        S::Error: Into<BoxError>,
    {
        let end = self.extension.end(shutdown);
        let finishing = async {
            loop {
                match self.telemetry.next_batch().await {
                    Ok(Some(batch)) => held.push(batch),
                    Ok(None) => break,
                    Err(error) => warn!(error = %Chain(&error), "some telemetry was not taken"),
                }
                if held.bytes >= self.most_bytes {
                    flush(service, &mut held).await?;
                }
            }
            flush(service, &mut held).await
        };
        match timeout_at(end, finishing).await {
            Ok(finished) => finished.map_err(ExtensionError::Failed),
            Err(_) => {
                warn!("the last telemetry was not shipped before the deadline");
                Ok(())
            }
        }
    }
}

/// Ships what is held, if anything is.
async fn flush<S>(service: &mut S, held: &mut Held) -> Result<(), Failure>
where
    S: Service<Vec<Batch>>,
    S::Error: Into<BoxError>,
{
    if held.batches.is_empty() {
        return Ok(());
    }
    guard::ready(service).await?;
    held.bytes = 0;
    guard::call(service, std::mem::take(&mut held.batches)).await
}
