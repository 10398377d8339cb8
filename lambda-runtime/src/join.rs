//! Many futures in one task, each polled only when it was woken.
//!
//! For the pollers of multi-concurrency on the calling task, where the handler may borrow and need not be
//! [`Send`], so that tokio cannot have them. A general-purpose set would add three crates to every function.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Polls futures until all have ended well or one has not.
pub(crate) struct TryJoinAll<F> {
    running: Vec<(Pin<Box<F>>, Arc<Slot>)>,
    task: Arc<Task>,
    /// Which one comes first; another each time, because tokio gives a task only so much before it has to wait.
    first: usize,
}

/// What the slots wake.
#[derive(Default)]
struct Task {
    waker: Mutex<Option<Waker>>,
}

/// Whether one future was woken.
struct Slot {
    is_woken: AtomicBool,
    task: Arc<Task>,
}

impl Wake for Slot {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let waker = self.task.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<F> TryJoinAll<F> {
    pub(crate) fn new(futures: impl IntoIterator<Item = F>) -> Self {
        let task = Arc::<Task>::default();
        let slot = || Arc::new(Slot { is_woken: AtomicBool::new(true), task: Arc::clone(&task) });
        let running = futures.into_iter().map(|future| (Box::pin(future), slot())).collect();
        Self { running, task, first: 0 }
    }
}

impl<F: Future<Output = Result<(), E>>, E> Future for TryJoinAll<F> {
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        {
            // Before any flag is looked at: a wake-up that comes later wakes the task.
            let mut waker = self.task.waker.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *waker {
                Some(known) => known.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
        }
        let length = self.running.len();
        self.first = (self.first + 1) % length.max(1);
        let first = self.first;
        for at in (first..length).chain(0..first) {
            let Some((future, slot)) = self.running.get_mut(at) else { continue };
            if !slot.is_woken.swap(false, Ordering::AcqRel) {
                continue;
            }
            let waker = Waker::from(Arc::clone(slot));
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => {
                    drop(self.running.swap_remove(at));
                    // The one that has taken its place may have been passed over.
                    cx.waker().wake_by_ref();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
        if self.running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod test {
    use std::{cell::Cell, future::poll_fn};

    use tokio::sync::Notify;

    use super::*;

    type Boxed<'a, E> = Pin<Box<dyn Future<Output = Result<(), E>> + 'a>>;

    #[tokio::test]
    async fn only_what_was_woken_is_polled_again() {
        let polls = [const { Cell::new(0) }; 3];
        let doors = [const { Notify::const_new() }; 3];
        let wait = |at: usize| {
            let (polls, doors) = (&polls, &doors);
            async move {
                let mut opened = std::pin::pin!(doors[at].notified());
                poll_fn(|cx| {
                    polls[at].set(polls[at].get() + 1);
                    opened.as_mut().poll(cx)
                })
                .await;
                Ok::<(), ()>(())
            }
        };
        let opener = async {
            for door in [1, 0, 2] {
                tokio::task::yield_now().await;
                doors[door].notify_one();
            }
            Ok(())
        };
        let futures: [Boxed<'_, ()>; 4] =
            [Box::pin(wait(0)), Box::pin(wait(1)), Box::pin(wait(2)), Box::pin(opener)];
        assert_eq!(TryJoinAll::new(futures).await, Ok(()));
        assert_eq!(polls.each_ref().map(Cell::get), [2, 2, 2]);
    }

    #[tokio::test]
    async fn the_first_error_ends_it() {
        let futures: [Boxed<'_, u8>; 3] =
            [Box::pin(std::future::pending()), Box::pin(async { Ok(()) }), Box::pin(async { Err(7) })];
        assert_eq!(TryJoinAll::new(futures).await, Err(7));
    }
}
