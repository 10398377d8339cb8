//! Which environment takes an invoke: the most recently used idle one, else a new one.
//!
//! Where there may be no more environments an invoke is refused while all have an invocation without an answer.
//! One whose runtime has answered and not yet asked for more will be idle in a moment, which is waited for.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use tokio::{
    runtime,
    sync::{Notify, mpsc},
    time::sleep,
};

use super::Inner;
use crate::{
    core::{Answer, InvokeId},
    driver::{Driver, Orders, Slot, Submitted},
    timeline::EnvironmentId,
};

/// What an invoke is answered that no runtime takes, as AWS's core of managed instances calls it.
const UNAVAILABLE: &str = "Runtime.Unavailable";

/// The environments, and the invokes that wait for one.
#[derive(Default)]
pub(super) struct Pool {
    /// `None` for one that is shutting down.
    pub(super) environments: BTreeMap<EnvironmentId, Option<Handle>>,
    /// The most recently used is the last; an environment is here once for each invoke that it would take.
    pub(super) idle: Vec<EnvironmentId>,
    queue: VecDeque<Submitted>,
    limits: Limits,
    unanswered: Arc<AtomicUsize>,
    was_shared: bool,
}

/// The ways to an environment; dropping them tells it to shut down.
pub(super) struct Handle {
    invokes: mpsc::UnboundedSender<Submitted>,
    pub(super) restore: Arc<Notify>,
}

/// How far a function scales.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// How many environments there may be.
    pub(super) environments: usize,
    /// How many invocations each of them takes at once.
    pub(super) concurrency: usize,
    /// How many invocations there may be at once in all of them.
    pub(super) invocations: usize,
    /// Whether this is the function's own limit, and not the account's.
    pub(super) is_reserved: bool,
}

/// An invoke was refused, because all that may take it are busy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttled {
    /// The service's word for the reason.
    pub(crate) reason: &'static str,
}

impl Inner {
    pub(super) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more invocation.
    pub(super) fn slot(&self) -> Result<Slot, Throttled> {
        let pool = self.pool();
        let Limits { invocations, is_reserved, .. } = pool.limits;
        let reason = if is_reserved {
            "ReservedFunctionConcurrentInvocationLimitExceeded"
        } else {
            "ConcurrentInvocationLimitExceeded"
        };
        Slot::take(&pool.unanswered, invocations).ok_or(Throttled { reason })
    }

    pub(crate) fn submit(self: &Arc<Self>, mut submitted: Submitted) {
        let mut pool = self.pool();
        while let Some(id) = pool.idle.pop() {
            match pool.send(id, submitted) {
                Ok(()) => return,
                Err(unsent) => submitted = unsent,
            }
        }
        if pool.environments.len() >= pool.limits.environments {
            self.give_up_in_time(submitted.invoke.id);
            pool.queue.push_back(submitted);
            return;
        }
        self.start_environment(pool, Some(submitted));
    }

    /// Answers an invoke that nobody takes although there is room for it: a runtime that answers and never asks
    /// for more, or that stops asking.
    fn give_up_in_time(self: &Arc<Self>, id: InvokeId) {
        // Init and an invocation may come before it, and a reset between them.
        let settings = self.settings();
        let patience = settings.init_timeout() + settings.timeout + settings.exit_wait * 2;
        let function = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(patience).await;
            let Some(function) = function.upgrade() else { return };
            let mut pool = function.pool();
            let Some(at) = pool.queue.iter().position(|submitted| submitted.invoke.id == id) else { return };
            if let Some(Submitted { waiter, .. }) = pool.queue.remove(at) {
                let _gone = waiter.answer.send(Answer::without_message(UNAVAILABLE));
            }
        });
    }

    /// Starts an environment ahead of any invoke, if there may be one more.
    pub(super) fn start_ahead(self: &Arc<Self>) -> Option<EnvironmentId> {
        let pool = self.pool();
        let is_room = pool.environments.len() < pool.limits.environments;
        is_room.then(|| self.start_environment(pool, None))
    }

    fn start_environment(
        self: &Arc<Self>,
        mut pool: MutexGuard<'_, Pool>,
        submitted: Option<Submitted>,
    ) -> EnvironmentId {
        let id = self.world.timeline.new_environment(&self.name);
        let (sender, invokes) = mpsc::unbounded_channel();
        // The receiver is alive until the driver has ended.
        let _alive = submitted.map(|submitted| sender.send(submitted));
        let restore = Arc::new(Notify::new());
        let handle = Handle { invokes: sender, restore: Arc::clone(&restore) };
        pool.environments.insert(id, Some(handle));
        drop(pool);
        Driver::spawn(self, id, Orders { invokes, restore });
        id
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
        if let Some(submitted) = waiting.filter(|_| runtime::Handle::try_current().is_ok()) {
            self.submit(submitted);
        }
    }
}

impl Pool {
    /// An empty pool.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn concurrency(&self) -> usize {
        self.limits.concurrency
    }

    fn send(&mut self, id: EnvironmentId, submitted: Submitted) -> Result<(), Submitted> {
        match self.environments.get(&id).and_then(Option::as_ref) {
            Some(handle) => handle.invokes.send(submitted).map_err(|error| error.0),
            None => Err(submitted),
        }
    }
}
