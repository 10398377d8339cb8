//! Counts the connections of an environment's guests, by who has opened them.
//!
//! A guest that has exited is told of to the core when its connections are gone, too: what it sent last is still in
//! them. Connections are served in [`runtime_api`](super::runtime_api).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use http::Request;
use hyper::body::Incoming;
use lambda_api::Endpoint;
use tokio::sync::mpsc;

use super::runtime_api::Link;
use crate::{driver::Message, guest::Role, transport::MOST_CONNECTIONS};

/// How many connections are open.
#[derive(Debug, Default)]
pub(crate) struct OpenConnections {
    runtime: AtomicUsize,
    extensions: AtomicUsize,
    /// How many there have been.
    total: AtomicU64,
}

impl OpenConnections {
    /// The number of a connection that is being opened.
    pub(crate) fn number(&self) -> u64 {
        self.total.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether a guest in this process has as many as it may.
    pub(crate) fn are_too_many(&self) -> bool {
        let open = self.runtime.load(Ordering::Acquire) + self.extensions.load(Ordering::Acquire);
        open >= MOST_CONNECTIONS
    }

    /// Whether a process of this role may still have something to say.
    pub(crate) fn are_any(&self, role: Role) -> bool {
        let open = match role {
            Role::Runtime => &self.runtime,
            Role::Extension(_) => &self.extensions,
        };
        open.load(Ordering::Acquire) > 0
    }
}

/// Counts an open connection. It is the runtime's until a call of an extension comes over it.
pub(crate) struct Open {
    open: Arc<OpenConnections>,
    is_extension: AtomicBool,
    messages: mpsc::UnboundedSender<Box<Message>>,
}

impl Open {
    pub(crate) fn new(link: &Link) -> Self {
        link.open.runtime.fetch_add(1, Ordering::AcqRel);
        Self {
            open: Arc::clone(&link.open),
            is_extension: AtomicBool::new(false),
            messages: link.messages.clone(),
        }
    }

    pub(crate) fn note(&self, request: &Request<Incoming>) {
        let endpoint = Endpoint::parse(request.method(), request.uri().path());
        if endpoint.is_ok_and(|endpoint| endpoint.is_for_extensions())
            && !self.is_extension.swap(true, Ordering::AcqRel)
        {
            self.open.extensions.fetch_add(1, Ordering::AcqRel);
            self.open.runtime.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let open = if *self.is_extension.get_mut() { &self.open.extensions } else { &self.open.runtime };
        open.fetch_sub(1, Ordering::AcqRel);
        let _gone = self.messages.send(Box::new(Message::ConnectionClosed));
    }
}
