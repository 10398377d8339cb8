//! The end of a runtime that is told to stop: no more polls, what runs may finish, then the hooks, then `Ok(())`.
//!
//! Lambda sends SIGTERM only to an environment with an extension, so a runtime with hooks registers an internal
//! extension that asks for no event. Source:
//! [Execution environment, shutdown phase](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).

use std::{
    fmt,
    future::{Future, pending, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use lambda_api::{describe::Chain, transport::RuntimeApi};
use tokio::{sync::watch, time::timeout};
use tracing::{debug, error, warn};

#[cfg(feature = "graceful-shutdown")]
use crate::signals;
use crate::{
    RuntimeError,
    after::{AfterResponse, Work},
    panic::catch_async,
};

/// Long enough to flush, and shorter than any shutdown phase of Lambda's.
pub(crate) const BUDGET: Duration = Duration::from_millis(250);

/// What is to be done once the runtime is told to stop.
pub(crate) type Hook = Box<dyn FnOnce() -> Work + Send>;

/// How a runtime stops.
pub(crate) struct Plan {
    /// What tells it to; signals if there are hooks and no trigger.
    pub(crate) trigger: Option<Work>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) budget: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self { trigger: None, hooks: Vec::new(), budget: BUDGET }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("hooks", &self.hooks.len())
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// Tells pollers to stop polling.
#[derive(Clone)]
pub(crate) struct Stop {
    told: watch::Receiver<bool>,
}

impl Stop {
    /// What the future comes to, or `None` if there is to be no more waiting. What is ready comes first.
    pub(crate) async fn or<F: Future>(&self, mut future: Pin<&mut F>) -> Option<F::Output> {
        let mut told = self.told.clone();
        if *told.borrow() {
            return None;
        }
        let mut stopped = pin!(told.wait_for(|is_told| *is_told));
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            stopped.as_mut().poll(cx).map(|_| None)
        })
        .await
    }
}

/// A plan that has begun to listen.
pub(crate) struct Armed {
    stop: Option<(watch::Sender<bool>, Stop)>,
    told: Work,
    /// What keeps the internal extension's call open; `None` once it has ended.
    extension: Option<Work>,
    hooks: Vec<Hook>,
    budget: Duration,
}

impl Plan {
    /// Begins to listen: from here on no signal is lost. To be called before the first poll, which closes the
    /// registration of extensions.
    pub(crate) async fn arm(self, api: &RuntimeApi) -> Armed {
        let Self { trigger, hooks, budget } = self;
        if trigger.is_none() && hooks.is_empty() {
            return Armed { stop: None, told: Box::pin(pending()), extension: None, hooks, budget };
        }
        let (told, extension) = match trigger {
            Some(trigger) => (trigger, None),
            None => listen(api).await,
        };
        // A trigger of the user's that panics has told as well as it could.
        let told = Box::pin(async move { drop(catch_async(told).await) });
        let (sender, receiver) = watch::channel(false);
        Armed { stop: Some((sender, Stop { told: receiver })), told, extension, hooks, budget }
    }
}

#[cfg(feature = "graceful-shutdown")]
async fn listen(api: &RuntimeApi) -> (Work, Option<Work>) {
    let told = signals::listen();
    (told, signals::register(api).await)
}

/// Without the feature there is no way to have hooks and no trigger.
#[cfg(not(feature = "graceful-shutdown"))]
async fn listen(_: &RuntimeApi) -> (Work, Option<Work>) {
    (Box::pin(pending()), None)
}

impl Armed {
    /// What pollers ask; `None` if nothing will ever tell them to stop.
    pub(crate) fn stop(&self) -> Option<Stop> {
        self.stop.as_ref().map(|(_, stop)| stop.clone())
    }

    /// Waits for a future, or until told to stop (`None`). The internal extension makes its call meanwhile: the init
    /// phase and the snapshot wait for every extension's first call.
    pub(crate) async fn alongside<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            // First, so that nothing is begun any more.
            if self.stop.is_some() && self.told.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            if self.extension.as_mut().is_some_and(|extension| extension.as_mut().poll(cx).is_ready()) {
                self.extension = None;
            }
            Poll::Pending
        })
        .await
    }

    /// Runs the pollers until they end by themselves or are told to stop; the hooks run in either case.
    pub(crate) async fn supervise(
        mut self,
        pollers: impl Future<Output = Result<(), RuntimeError>>,
    ) -> Result<(), RuntimeError> {
        if self.stop.is_none() {
            return pollers.await;
        }
        let mut pollers = pin!(pollers);
        let ended = self.alongside(pollers.as_mut()).await;
        match ended {
            Some(end) => {
                self.stop_with(std::future::ready(Ok(()))).await;
                end
            }
            None => {
                debug!("the runtime was told to stop");
                self.stop_with(pollers).await;
                Ok(())
            }
        }
    }

    /// Tells pollers to stop, and gives them and the hooks their time.
    pub(crate) async fn stop_with(mut self, pollers: impl Future<Output = Result<(), RuntimeError>>) {
        if let Some((sender, _)) = self.stop.take() {
            // Nobody may be listening any more.
            let _nobody = sender.send(true);
        }
        let (budget, hooks) = (self.budget, self.hooks);
        if timeout(budget, wind_up(pin!(pollers), hooks, budget / 2)).await.is_err() {
            warn!(?budget, "shutdown took longer than its budget; something was left undone");
        }
    }
}

/// Lets what runs finish, and runs the hooks; they do not wait for it longer than `patience`, because what they
/// flush would be lost.
async fn wind_up(
    mut pollers: Pin<&mut impl Future<Output = Result<(), RuntimeError>>>,
    hooks: Vec<Hook>,
    patience: Duration,
) {
    let mut drained = timeout(patience, pollers.as_mut()).await.ok();
    let work = AfterResponse::default();
    for hook in hooks {
        // The queue is new and takes everything.
        let _taken = work.push(Box::pin(async move {
            if let Err(panic) = catch_async(async move { hook().await }).await {
                error!(error = %panic.report.error_message, "a shutdown hook panicked");
            }
        }));
    }
    let mut hooks = pin!(work.run());
    let mut are_hooks_done = false;
    poll_fn(|cx| {
        if drained.is_none()
            && let Poll::Ready(end) = pollers.as_mut().poll(cx)
        {
            drained = Some(end);
        }
        are_hooks_done = are_hooks_done || hooks.as_mut().poll(cx).is_ready();
        if drained.is_some() && are_hooks_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    if let Some(Err(end)) = drained {
        error!(error = %Chain(&end), "the last calls failed");
    }
}
