//! The loop of a forwarder: what is held, what is waited for, and when it is shipped.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use lambda_api::{
    RequestId,
    extension::next::{Event, Invoke},
};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use tracing::warn;

use super::{
    held::Held,
    limits::{Coming, Limits},
};
use crate::{
    BoxError, Extension, ExtensionError, Failure, FlushMoment, FlushSchedule, FlushStrategy, Next, guard,
    telemetry::{Batch, InitializationType, RuntimeDoneWatch, Telemetry},
};

/// A forwarder that runs.
pub(super) struct Forwarding<S> {
    pub(super) extension: Extension,
    pub(super) telemetry: Telemetry,
    pub(super) service: S,
    pub(super) schedule: FlushSchedule,
    pub(super) max_bytes: usize,
    pub(super) fails_fast: bool,
    pub(super) held: Held,
    pub(super) watch: RuntimeDoneWatch,
    pub(super) ends: Ends,
    /// An event that came while something was shipped.
    pub(super) ahead: Option<Coming>,
}

/// Whether it is worth waiting for the end of an invocation.
pub(super) enum Ends {
    /// It is.
    Expected,
    /// It is not: one did not come in time. It is again when that of this invocation, if any, comes by then.
    Missed(Option<(RequestId, Instant)>),
}

impl<S> Forwarding<S>
where
    S: Service<Vec<Batch>>,
    S::Error: Into<BoxError>,
{
    pub(super) async fn forward(&mut self) -> Result<(), ExtensionError> {
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
    pub(super) async fn finish(&mut self, limits: Limits) -> Result<(), Failure> {
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
