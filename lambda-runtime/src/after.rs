//! Work that a handler leaves for the time between its response and the next poll.
//!
//! Pushed by [`Context::after_response`](crate::Context::after_response), run by the loop: all at once, each
//! one's panic caught, and no longer than the invocation's deadline allows.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::Poll,
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
    is_over: bool,
}

impl AfterResponse {
    /// Leaves work; gives it back if its time is over.
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_over {
            return Err(work);
        }
        queue.work.push(work);
        Ok(())
    }

    fn take(&self) -> Vec<Work> {
        std::mem::take(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner).work)
    }

    /// Whether there is anything to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).work.is_empty()
    }

    /// Does all of it, and what it leaves in turn. Dropping the future drops what is unfinished.
    pub(crate) async fn run(&self) {
        let mut running = Vec::new();
        poll_fn(|cx| {
            loop {
                running.append(&mut self.take());
                running.retain_mut(|work: &mut Work| match catch(|| work.as_mut().poll(cx)) {
                    Ok(Poll::Ready(())) => false,
                    Ok(Poll::Pending) => true,
                    Err(panic) => {
                        let message = &panic.report.error_message;
                        tracing::error!(error = %message, "work left for after the response panicked");
                        false
                    }
                });
                // What was polled just now may have left more.
                if self.is_empty() {
                    break;
                }
            }
            if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Ends the time for it: whatever is unfinished is dropped, and nothing more is taken.
    pub(crate) fn end(&self) {
        let unfinished = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.is_over = true;
            std::mem::take(&mut queue.work)
        };
        drop(unfinished);
    }
}
