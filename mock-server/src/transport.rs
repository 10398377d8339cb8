//! How guests reach the Runtime API: a pair of pipes in memory, or TCP on the loopback.
//!
//! Both end in [`Link::serve`]; what is said there is in [`http`](crate::http).

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use lambda_api::transport::{Clock, Connect, Connecting, Io, RuntimeApi};
use tokio::{
    net::TcpStream,
    task::{AbortHandle, JoinSet},
};

use crate::http::runtime_api::Link;

/// How much either side may write before the other has to read.
const PIPE_BYTES: usize = 64 * 1024;

/// How many connections there may be at once: more than a runtime of managed instances has workers.
pub(crate) const MOST_CONNECTIONS: usize = 2_048;

/// How long a socket that cannot accept is left alone.
const RETRY: Duration = Duration::from_millis(10);

/// The Runtime API for a guest in this process.
pub(crate) fn in_memory(link: &Link, clock: &Clock, variables: Arc<BTreeMap<String, String>>) -> RuntimeApi {
    RuntimeApi::sharing(InMemory { link: link.clone() }, clock.clone(), variables)
}

struct InMemory {
    link: Link,
}

impl Connect for InMemory {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            if self.link.open.are_too_many() {
                return Err(io::Error::other("the guest has too many open connections"));
            }
            let (guest, service) = tokio::io::duplex(PIPE_BYTES);
            tokio::spawn(self.link.clone().serve(service));
            Ok(Box::new(guest) as Box<dyn Io>)
        })
    }
}

/// A listening socket; dropping it closes it and all its connections.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    accepting: AbortHandle,
}

impl Listening {
    /// Takes connections on a bound socket, each served in a task of its own.
    pub(crate) fn start<Fut>(
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> Fut + Send + 'static,
    ) -> io::Result<Self>
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let is_room = connections.len() < MOST_CONNECTIONS;
                let accepted = tokio::select! {
                    // Whoever comes when there are too many waits until one has gone.
                    accepted = listener.accept(), if is_room => accepted,
                    Some(_ended) = connections.join_next() => continue,
                };
                // An error concerns one connection that has failed already, or the lack of file descriptors.
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(RETRY).await;
                    continue;
                };
                // Without it small replies wait for acknowledgements; a stream that refuses is closed anyway.
                let _closed = stream.set_nodelay(true);
                connections.spawn(serve(stream));
            }
        });
        Ok(Self { address, accepting: accepting.abort_handle() })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
