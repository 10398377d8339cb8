//! Telemetry: what Lambda tells an extension about its function, and the listener that is told.
//!
//! The listener is opened first and once; then an extension subscribes it
//! ([`Extension::subscribe`](crate::Extension::subscribe)); then batches are taken one by one. Each is acknowledged as
//! soon as it is in memory, whatever is in it, because Lambda sends again what is refused. Memory is bounded: when it is
//! full, nothing more is read until there is room. Sources:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html),
//! [event schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).
//!
//! | to | use |
//! | --- | --- |
//! | take batches, with events or without | [`Telemetry::next_batch`], [`Extension::next`](crate::Extension::next) |
//! | give them to a tower service | [`Telemetry::run`] |
//! | decode events, or forward them as they are | [`Batch::events`], [`Batch::raw_events`] |
//! | wait for the end of an invocation | [`RuntimeDoneWatch`] |
//! | ship them at the right moments | [`Forwarder`](crate::Forwarder) |
//!
//! The task behind a listener runs only while its tokio runtime does: code that blocks a current-thread runtime holds up
//! the acknowledgements.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use tower_service::Service;

pub use lambda_api::telemetry::{
    Buffering, Category, DeliveryMethod, End, Event as TelemetryEvent, Extension as ExtensionRecord,
    InitPhase, InitReport, InitRuntimeDone, InitStart, InitializationType, InvalidTimestamp, LogRecord,
    LogsDropped, PhaseMetrics, Problem, Problems, Record, Report, ReportMetrics, RestoreReport,
    RestoreRuntimeDone, RestoreStart, RuntimeDone, RuntimeDoneMetrics, SchemaVersion, Span, Start, Status,
    Subscription as SubscriptionRecord, Timestamp, Tracing,
    batch::{InvalidEvent, RawEvent},
};

use crate::{BoxError, guard};

mod batch;
mod builder;
mod error;
mod http;
mod inlet;
mod listener;
#[cfg(feature = "logs")]
mod logs;
mod subscription;
mod tcp;
mod watch_done;

pub use batch::Batch;
pub use builder::TelemetryBuilder;
pub use error::TelemetryError;
use inlet::{Mode, Queued};
#[cfg(feature = "logs")]
pub use logs::LogsSubscription;
pub use subscription::Subscription;
pub use watch_done::RuntimeDoneWatch;

/// How batches come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Each as a request, which is acknowledged; what is not is sent again. The one to take.
    Http,
    /// As lines, without acknowledgement: what was sent and not read is lost with the connection.
    Tcp,
}

/// An open listener, and the batches that have come to it.
///
/// Dropping it closes it as soon as its tokio runtime comes to it. What was acknowledged and not taken is gone then;
/// [`Closer::close`] and a last round of [`next_batch`](Self::next_batch) lose nothing, and after it the port is free.
///
/// ```
/// # use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpStream};
/// use lambda_extension::telemetry::Telemetry;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut telemetry = Telemetry::http().bind().await?;
/// # let mut lambda = TcpStream::connect(("127.0.0.1", telemetry.address().port())).await?;
/// # lambda.write_all(b"POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 74\r\n\r\n\
/// #   [{\"time\":\"2026-11-20T10:00:00.225Z\",\"type\":\"function\",\"record\":\"hello\\n\"}]").await?;
/// // The service posts a batch.
/// let batch = telemetry.next_batch().await?.expect("the listener is open");
/// assert_eq!(batch.events().count(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Telemetry {
    address: SocketAddr,
    protocol: Protocol,
    batches: mpsc::UnboundedReceiver<Queued>,
    /// How many there are, for those on the other side.
    queued: Arc<AtomicUsize>,
    room: Arc<Semaphore>,
    capacity: usize,
    mode: Arc<watch::Sender<Mode>>,
    /// Ends with this.
    _task: JoinSet<()>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("address", &self.address)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl Telemetry {
    /// A listener for HTTP, on a free port unless one is given.
    pub fn http() -> TelemetryBuilder {
        TelemetryBuilder::new(Protocol::Http)
    }

    /// A listener for TCP, on a free port unless one is given.
    pub fn tcp() -> TelemetryBuilder {
        TelemetryBuilder::new(Protocol::Tcp)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How batches come.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How many bytes have come and have not been taken, of the [`capacity`](TelemetryBuilder::capacity). What is being
    /// read counts.
    pub fn queued_bytes(&self) -> usize {
        self.capacity.saturating_sub(self.room.available_permits())
    }

    /// Waits for the next batch; `None` when the listener is closed and everything was given.
    ///
    /// May be dropped and called again. After a SHUTDOWN event of an extension that has subscribed this listener, it is
    /// closed by itself: as soon as nothing has come for a while ([`TelemetryBuilder::quiet`]), and no later than halfway
    /// to the deadline, so that there is time to do something with the last batches.
    ///
    /// # Errors
    ///
    /// [`TelemetryError`] for something that was not taken; the listener goes on, and so may the caller.
    pub async fn next_batch(&mut self) -> Result<Option<Batch>, TelemetryError> {
        let Some((batch, _room)) = self.batches.recv().await else { return Ok(None) };
        self.queued.fetch_sub(1, Ordering::Relaxed);
        batch.map(Some)
    }

    /// How many batches have come, or errors.
    pub(crate) fn waiting(&self) -> usize {
        self.batches.len()
    }

    /// The next batch, if there is one.
    pub(crate) fn take_batch(&mut self) -> Option<Result<Batch, TelemetryError>> {
        let (batch, _room) = self.batches.try_recv().ok()?;
        self.queued.fetch_sub(1, Ordering::Relaxed);
        Some(batch)
    }

    /// Gives every batch to a service, one after the other, until the listener is closed.
    ///
    /// The service is asked whether it is ready before each; a buffer between lets it work on several at once, and other
    /// layers of tower try again what has failed. What the listener could not take is logged.
    ///
    /// # Errors
    ///
    /// [`TelemetryError::Handler`] if the service fails or panics. What was acknowledged and not handled is gone then.
    pub async fn run<S>(mut self, mut service: S) -> Result<(), TelemetryError>
    where
        S: Service<Batch>,
        S::Error: Into<BoxError>,
    {
        loop {
            guard::ready(&mut service).await.map_err(TelemetryError::Handler)?;
            // An error has been logged where it was found.
            let next = loop {
                if let Ok(next) = self.next_batch().await {
                    break next;
                }
            };
            let Some(batch) = next else { return Ok(()) };
            guard::call(&mut service, batch).await.map_err(TelemetryError::Handler)?;
        }
    }

    /// Most bytes that it keeps.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// What closes the listener, from wherever that is decided.
    pub fn closer(&self) -> Closer {
        Closer { mode: Arc::clone(&self.mode) }
    }
}

/// Closes a listener. Clones close the same one.
#[derive(Clone, Debug)]
pub struct Closer {
    mode: Arc<watch::Sender<Mode>>,
}

impl Closer {
    /// Closes the listener now. What is being read is finished, and what has come is still given by
    /// [`Telemetry::next_batch`], before it gives `None`.
    ///
    /// After that the port is free for another listener, to which the service sends what this one has not acknowledged.
    pub fn close(&self) {
        self.mode.send_if_modified(|mode| {
            let is_closing = matches!(mode, Mode::Closing | Mode::Closed);
            if !is_closing {
                *mode = Mode::Closing;
            }
            !is_closing
        });
    }

    /// Closes the listener when nothing has come for a while, and no later than at this moment; for the end of the
    /// environment. A SHUTDOWN event does so by itself.
    pub fn flush_until(&self, end: Instant) {
        self.mode.send_if_modified(|mode| {
            let is_open = *mode == Mode::Open;
            if is_open {
                *mode = Mode::Flushing(end);
            }
            is_open
        });
    }
}
