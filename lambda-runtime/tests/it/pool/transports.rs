//! The two ways to a pool: TCP, and pipes in memory.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a service that cannot go on fails the test")]

use std::{
    future::ready,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lambda_api::transport::{Connect, Connecting, Io};
use tokio::{
    io::{DuplexStream, duplex},
    net::TcpListener,
    sync::{OwnedMutexGuard, mpsc},
};

/// The other ends of the connections go to the service.
pub(super) struct InMemory {
    pub(super) opener: mpsc::UnboundedSender<DuplexStream>,
    pub(super) is_dead: Arc<AtomicBool>,
    pub(super) bytes: usize,
}

impl Connect for InMemory {
    fn connect(&self) -> Connecting<'_> {
        if self.is_dead.load(Ordering::Acquire) {
            return Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())));
        }
        let (client, service) = duplex(self.bytes);
        // A test that has ended no longer listens.
        let _ended = self.opener.send(service);
        let client: Box<dyn Io> = Box::new(client);
        Box::pin(ready(Ok(client)))
    }
}

/// Where connections come from.
pub(super) enum Opened {
    Tcp(TcpListener),
    Memory(OwnedMutexGuard<mpsc::UnboundedReceiver<DuplexStream>>),
}

impl Opened {
    pub(super) async fn accept(&mut self) -> Box<dyn Io> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                Box::new(stream)
            }
            Self::Memory(opened) => Box::new(opened.recv().await.expect("the opener lives")),
        }
    }
}
