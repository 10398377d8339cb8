//! What can go wrong with a listener.

use std::{io, net::SocketAddr};

use crate::Failure;

/// A listener cannot be opened, or something that came to it was not taken.
///
/// A listener that is open goes on after all of them but [`Handler`](Self::Handler), with which
/// [`Telemetry::run`](super::Telemetry::run) drops it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The listener cannot listen; the port may be in use.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A batch, or a line over TCP, is larger than the listener's memory. Over HTTP it was refused with 413 and nothing
    /// of it was acknowledged; over TCP, where nothing can be refused, it was passed over.
    #[error("{bytes} bytes or more came at once, and there is room for {capacity}")]
    TooLarge {
        /// How large it is at least.
        bytes: usize,
        /// The listener's [`capacity`](super::TelemetryBuilder::capacity).
        capacity: usize,
    },
    /// Over HTTP the service would send batches that the listener has no room for; nothing was subscribed.
    #[error("batches may have {batch_bytes} bytes, and there is room for {capacity}")]
    CapacityTooSmall {
        /// The listener's [`capacity`](super::TelemetryBuilder::capacity).
        capacity: usize,
        /// How large a batch may be with the subscription's buffering.
        batch_bytes: usize,
    },
    /// A connection's task panicked; what it had acknowledged is not lost.
    #[error("a connection of the telemetry listener panicked")]
    Panicked,
    /// The service that takes the batches failed.
    #[error("the telemetry handler failed")]
    Handler(#[source] Failure),
}
