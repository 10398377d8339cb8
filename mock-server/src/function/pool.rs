//! Which environment takes an invoke: the most recently used idle one, else a new one, else it waits.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering},
};

use tokio::{runtime::Handle, sync::mpsc};

use super::Inner;
use crate::{
    driver::{Driver, Submitted},
    timeline::EnvironmentId,
};

/// The environments, and the invokes that wait for one.
#[derive(Default)]
pub(super) struct Pool {
    /// `None` for one that is shutting down.
    pub(super) environments: BTreeMap<EnvironmentId, Option<mpsc::UnboundedSender<Submitted>>>,
    /// The most recently used is the last.
    pub(super) idle: Vec<EnvironmentId>,
    queue: VecDeque<Submitted>,
    limit: usize,
    was_shared: bool,
}

impl Inner {
    pub(super) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn submit(self: &Arc<Self>, mut submitted: Submitted) {
        let mut pool = self.pool();
        while let Some(id) = pool.idle.pop() {
            match pool.send(id, submitted) {
                Ok(()) => return,
                Err(unsent) => submitted = unsent,
            }
        }
        if pool.environments.len() >= pool.limit {
            pool.queue.push_back(submitted);
            return;
        }
        let id = EnvironmentId(self.world.environments.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, invocations) = mpsc::unbounded_channel();
        // The receiver is alive until the driver has ended.
        let _alive = sender.send(submitted);
        pool.environments.insert(id, Some(sender));
        drop(pool);
        Driver::spawn(self, id, invocations);
    }

    /// An environment can take another invoke.
    pub(crate) fn environment_free(self: &Arc<Self>, id: EnvironmentId) {
        let mut pool = self.pool();
        if pool.environments.get(&id).is_none_or(Option::is_none) {
            return;
        }
        let Some(submitted) = pool.queue.pop_front() else {
            pool.idle.push(id);
            return;
        };
        if let Err(unsent) = pool.send(id, submitted) {
            pool.queue.push_front(unsent);
        }
    }

    /// Whether environments are beside each other for the first time.
    pub(crate) fn begins_to_share(&self) -> bool {
        let mut pool = self.pool();
        pool.environments.len() > 1 && !std::mem::replace(&mut pool.was_shared, true)
    }

    /// An environment is gone.
    pub(crate) fn environment_ended(self: &Arc<Self>, id: EnvironmentId) {
        let mut pool = self.pool();
        pool.environments.remove(&id);
        pool.idle.retain(|&idle| idle != id);
        let waiting = pool.queue.pop_front();
        drop(pool);
        self.ended.notify_waiters();
        // Where the runtime is going down there is nobody left to serve it.
        if let Some(submitted) = waiting.filter(|_| Handle::try_current().is_ok()) {
            self.submit(submitted);
        }
    }
}

impl Pool {
    /// A pool that may grow to `limit` environments.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    fn send(&mut self, id: EnvironmentId, submitted: Submitted) -> Result<(), Submitted> {
        match self.environments.get(&id).and_then(Option::as_ref) {
            Some(sender) => sender.send(submitted).map_err(|error| error.0),
            None => Err(submitted),
        }
    }
}
