//! Ships telemetry at the right moments: the loop of most extensions that forward what they are told.
//!
//! Where it is shipped to is a tower service's business; when, is decided in `flush`. Here is how it is described; the
//! loop itself is in `running`.

use std::time::Duration;

use tokio::time::Instant;
use tower_service::Service;
use tracing::warn;

use crate::{
    BoxError, Extension, ExtensionError, FlushSchedule, FlushStrategy,
    telemetry::{Batch, RuntimeDoneWatch, Telemetry},
};

mod held;
mod limits;
mod running;

use held::Held;
use limits::Limits;
use running::{Ends, Forwarding};

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
