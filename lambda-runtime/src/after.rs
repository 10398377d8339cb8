//! Work that a handler leaves for the time between its response and the next poll.
//!
//! Pushed by [`Context::after_response`](crate::Context::after_response), run by the loop: all at once, each
//! one's panic caught, and no longer than the invocation's deadline allows. What exports spans comes last, when
//! nothing is left that could still be inside of one.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use crate::panic::catch;

pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is left to do for one invocation.
#[derive(Default)]
pub(crate) struct AfterResponse {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    work: Vec<Work>,
    flushes: Vec<Work>,
    is_over: bool,
    /// Who does the work, if somebody does it now.
    worker: Option<Waker>,
}

impl AfterResponse {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves work; gives it back if its time is over.
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        let worker = {
            let mut queue = self.queue();
            if queue.is_over {
                return Err(work);
            }
            queue.work.push(work);
            queue.worker.take()
        };
        if let Some(worker) = worker {
            worker.wake();
        }
        Ok(())
    }

    /// Leaves work that comes after all other; gives it back if its time is over.
    #[cfg(feature = "otel")]
    pub(crate) fn push_flush(&self, work: Work) -> Result<(), Work> {
        let mut queue = self.queue();
        if queue.is_over {
            return Err(work);
        }
        queue.flushes.push(work);
        Ok(())
    }

    /// Ends the time for it if there is nothing to do; whether it did.
    pub(crate) fn end_if_empty(&self) -> bool {
        let mut queue = self.queue();
        queue.is_over = queue.work.is_empty() && queue.flushes.is_empty();
        queue.is_over
    }

    /// Does all of it, and what it leaves in turn, until nothing is left; from then on nothing more is taken.
    pub(crate) async fn run(&self) {
        let mut running = Running(Vec::new());
        poll_fn(|cx| {
            loop {
                {
                    let mut queue = self.queue();
                    running.0.append(&mut queue.work);
                    if running.0.is_empty() {
                        running.0 = std::mem::take(&mut queue.flushes);
                    }
                    if running.0.is_empty() {
                        queue.is_over = true;
                        return Poll::Ready(());
                    }
                    queue.worker = Some(cx.waker().clone());
                }
                let before = running.0.len();
                for mut work in std::mem::take(&mut running.0) {
                    match catch(|| work.as_mut().poll(cx)) {
                        Ok(Poll::Pending) => running.0.push(work),
                        Ok(Poll::Ready(())) => discard(work),
                        Err(panic) => {
                            let message = &panic.report.error_message;
                            tracing::error!(error = %message, "work for after the response panicked");
                            discard(work);
                        }
                    }
                }
                let has_more = !self.queue().work.is_empty();
                if running.0.is_empty() && !has_more {
                    continue;
                }
                if running.0.len() < before || has_more {
                    // Not in this turn: work that leaves its like each time would never let the deadline come.
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
        })
        .await;
    }

    /// Ends the time for it: whatever is unfinished is dropped, and nothing more is taken.
    pub(crate) fn end(&self) {
        let unfinished = {
            let mut queue = self.queue();
            queue.is_over = true;
            let flushes = std::mem::take(&mut queue.flushes);
            std::mem::take(&mut queue.work).into_iter().chain(flushes)
        };
        unfinished.for_each(discard);
    }
}

/// What is being done; dropped one by one.
struct Running(Vec<Work>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.drain(..).for_each(discard);
    }
}

/// Drops work; a panic of its drop is its own problem.
fn discard(work: Work) {
    let _panic = catch(move || drop(work));
}

#[cfg(test)]
mod test {
    use std::{pin::pin, sync::Arc, task::Context};

    use super::*;

    fn again(after: Arc<AfterResponse>) -> Work {
        Box::pin(async move { drop(after.push(again(Arc::clone(&after)))) })
    }

    #[test]
    fn work_that_leaves_its_like_for_ever_leaves_room_for_the_deadline() {
        let after = Arc::<AfterResponse>::default();
        assert!(after.push(again(Arc::clone(&after))).is_ok());
        let mut run = pin!(after.run());
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            assert!(run.as_mut().poll(&mut cx).is_pending());
        }
        after.end();
    }
}
