//! The function URLs of a service that are open, so that they can be looked at and changed while they are.
//!
//! Who opens one is in [`function_url`](super); how a request to one is answered in `serve`.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::UrlSettings;
use crate::{core::Time, transport::Listening};

/// The function URLs that are open, by id.
#[derive(Debug, Default)]
pub(crate) struct Urls(Mutex<BTreeMap<String, Arc<OpenUrl>>>);

/// A function URL that is open.
#[derive(Debug)]
pub(crate) struct OpenUrl {
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) address: SocketAddr,
    pub(crate) opened: Time,
    configured: Mutex<Configured>,
    listening: Mutex<Option<Listening>>,
}

/// How it answers, since when.
#[derive(Debug)]
struct Configured {
    settings: Arc<UrlSettings>,
    since: Time,
}

impl OpenUrl {
    /// One that nobody listens at yet.
    pub(super) fn new(
        id: String,
        function: String,
        address: SocketAddr,
        settings: UrlSettings,
        now: Time,
    ) -> Self {
        let configured = Mutex::new(Configured { settings: Arc::new(settings), since: now });
        Self { id, function, address, opened: now, configured, listening: Mutex::default() }
    }

    pub(crate) fn settings(&self) -> Arc<UrlSettings> {
        Arc::clone(&self.configured.lock().unwrap_or_else(PoisonError::into_inner).settings)
    }

    /// When it was last said how it answers.
    pub(crate) fn configured(&self) -> Time {
        self.configured.lock().unwrap_or_else(PoisonError::into_inner).since
    }

    pub(crate) fn configure(&self, settings: UrlSettings, now: Time) {
        let mut configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        *configured = Configured { settings: Arc::new(settings), since: now };
    }

    pub(super) fn listen(&self, listening: Listening) {
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(listening);
    }
}

impl Urls {
    pub(super) fn add(&self, url: Arc<OpenUrl>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(url.id.clone(), url);
    }

    /// Closes a URL, if it is open.
    pub(crate) fn close(&self, id: &str) {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(closed) = closed {
            closed.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    /// The URLs of a function, in the order of their qualifiers, of which `$LATEST` has none.
    pub(crate) fn of(&self, function: &str) -> Vec<Arc<OpenUrl>> {
        let urls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut its: Vec<_> = urls.values().filter(|url| url.function == function).cloned().collect();
        its.sort_by_cached_key(|url| (url.settings().qualifier.clone(), url.opened));
        its
    }
}
