//! Describes a service: what the account allows, what is drawn by chance, who watches, what is kept.

use std::{
    fmt,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use tokio::sync::Notify;

use super::{MockLambda, World};
use crate::{
    core::fleet::AccountLimits,
    http::function_url::Urls,
    hub::{Hub, Journal},
    ids::Ids,
    profile::Profile,
    sinks::Sinks,
    timeline::{Entry, Kept, Observer, Timeline},
    triggers::Triggers,
};

/// A service on its way; ends with [`build`](Self::build) or [`open`](Self::open).
#[derive(Default)]
#[must_use = "a service exists once it is built"]
pub struct ServiceBuilder {
    seed: u64,
    draw_seed: Option<u64>,
    observer: Option<Observer>,
    profile: Profile,
    account: AccountLimits,
    idle_lifetime: Option<Duration>,
    kept: Kept,
}

impl fmt::Debug for ServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceBuilder").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl ServiceBuilder {
    /// What ids and the draws for weighted aliases come from; 0 if not set. The same seed gives the same ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What the draws for weighted aliases come from, where ids are to come from something else; the [seed](Self::seed) if not
    /// set.
    pub fn draw_seed(mut self, seed: u64) -> Self {
        self.draw_seed = Some(seed);
        self
    }

    /// Shows every entry of the timeline to `observer`, in order and as it happens.
    ///
    /// The observer is called under a lock: it should be quick, and must not call the service.
    pub fn observer(mut self, observer: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Has the quirks of another emulator.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// How many invocations there may be at once in all functions; 1,000 if not set.
    pub fn account_concurrency(mut self, invocations: usize) -> Self {
        self.account.concurrency = invocations;
        self
    }

    /// Refuses requests beyond ten times the concurrency in a second, as Lambda does.
    ///
    /// Off if not set, because in paused time any number of requests comes in the same moment.
    pub fn limit_requests(mut self) -> Self {
        self.account.counts_requests = true;
        self
    }

    /// How long an idle environment is kept of functions that [say nothing else](crate::FunctionBuilder::idle_lifetime); for
    /// ever if not set.
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = Some(lifetime);
        self
    }

    /// How much of the [timeline](crate::Timeline) is kept: so many entries, at least 1,000, and so many bytes of output; 100,000
    /// and 64 MiB if not set. The oldest go first.
    ///
    /// What looks back at what has happened, such as [`misuse`](MockLambda::misuse) and the tail of a log, sees no more than is
    /// kept.
    pub fn timeline(mut self, entries: usize, bytes: usize) -> Self {
        // Whoever waits for an entry has to have a chance to see it.
        self.kept = Kept { entries: entries.max(1_000), bytes };
        self
    }

    /// The service, which keeps nothing.
    pub fn build(self) -> MockLambda {
        self.finish(Journal::default())
    }

    /// The service, which keeps queued events in a folder, so that they survive a restart, and a kill at any moment.
    ///
    /// Events that are there from the last time go on with [`MockLambda::resume`], when their functions are described again.
    /// For real time only.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) if the folder cannot be used, or is in use.
    #[cfg(feature = "state")]
    pub async fn open(self, folder: impl AsRef<std::path::Path>) -> Result<MockLambda, crate::StoreError> {
        self.open_store(crate::Store::open(folder)?).await
    }

    #[cfg(feature = "state")]
    pub(crate) async fn open_store(self, store: crate::Store) -> Result<MockLambda, crate::StoreError> {
        let kept = store.all().await?;
        let mock = self.finish(Journal::open(store));
        mock.world.hub().take_kept(kept);
        Ok(mock)
    }

    fn finish(self, journal: Journal) -> MockLambda {
        let clock = Arc::default();
        let world = World {
            timeline: Timeline::new(self.observer, self.kept),
            ids: Arc::new(Ids::new(self.seed)),
            invokes: AtomicU64::new(0),
            profile: self.profile,
            idle_lifetime: self.idle_lifetime,
            processes: Arc::default(),
            hub: Mutex::new(Hub::new(self.draw_seed.unwrap_or(self.seed), self.account)),
            journal,
            sinks: Sinks::default(),
            urls: Urls::default(),
            timer: Arc::default(),
            ended: Notify::new(),
            triggers: Triggers::new(Arc::clone(&clock), self.seed),
            clock,
        };
        MockLambda { world: Arc::new(world), registry: Arc::default() }
    }
}
