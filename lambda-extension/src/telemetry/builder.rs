//! Describes a listener, and opens it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
};

use super::{
    Protocol, Telemetry, TelemetryError,
    inlet::{Inlet, Mode},
    listener,
};

/// A listener that is not open yet.
#[derive(Clone, Debug)]
#[must_use = "a listener listens once it is bound"]
pub struct TelemetryBuilder {
    protocol: Protocol,
    address: IpAddr,
    port: u16,
    capacity: usize,
    quiet: Duration,
}

impl TelemetryBuilder {
    pub(super) fn new(protocol: Protocol) -> Self {
        const CAPACITY: usize = 16 * 1024 * 1024;

        let address = Ipv4Addr::UNSPECIFIED.into();
        /// Batches of the last moment come one after the other, or not at all.
        const QUIET: Duration = Duration::from_millis(200);

        Self { protocol, address, port: 0, capacity: CAPACITY, quiet: QUIET }
    }

    /// The address to listen on; all of this host's if not set, because Lambda comes from another.
    pub fn address(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// The port to listen on; a free one if not set.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many bytes of batches are kept that nobody has taken yet; 16 MiB if not set, and at least 64 KiB.
    ///
    /// When they are full, nothing more is read or acknowledged until there is room again: the service has to wait, and
    /// to drop and count what it cannot keep. A service that does not wait so long may send a batch a second time. A
    /// single batch that is larger is refused, so a subscription over HTTP whose batches may be larger
    /// ([`Buffering::batch_bytes`](super::Buffering::batch_bytes)) is not made.
    pub fn capacity(mut self, bytes: usize) -> Self {
        const LEAST: usize = 64 * 1024;

        self.capacity = bytes.clamp(LEAST, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        self
    }

    /// How long nothing may have come, after SHUTDOWN, for the listener to believe that nothing more comes; 200 ms if
    /// not set.
    pub fn quiet(mut self, quiet: Duration) -> Self {
        const LONGEST: Duration = Duration::from_secs(60);

        self.quiet = quiet.min(LONGEST);
        self
    }

    /// Opens the listener, once for as long as it lives.
    ///
    /// # Errors
    ///
    /// [`TelemetryError::Bind`] if the address cannot be listened on, because its port is in use for instance.
    pub async fn bind(self) -> Result<Telemetry, TelemetryError> {
        let address = SocketAddr::new(self.address, self.port);
        let failed = |source| TelemetryError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (queue, batches) = mpsc::unbounded_channel();
        let (mode, modes) = watch::channel(Mode::Open);
        let mode = Arc::new(mode);
        let room = Arc::new(Semaphore::new(self.capacity));
        let queued = Arc::<AtomicUsize>::default();
        let inlet = Inlet::new(Arc::clone(&room), self.capacity, queue, Arc::clone(&queued), modes);
        let inlet = Arc::new(inlet);
        let mut task = JoinSet::new();
        task.spawn(listener::listen(listener, self.protocol, inlet, Arc::clone(&mode), self.quiet));
        Ok(Telemetry {
            address,
            protocol: self.protocol,
            batches,
            queued,
            room,
            capacity: self.capacity,
            mode,
            _task: task,
        })
    }
}
