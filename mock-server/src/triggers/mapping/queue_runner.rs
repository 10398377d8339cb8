//! The task of a mapping that reads a queue: carries out what the poller decides, and tells it what came of it.

use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::{
    control::Control,
    queue_access::{Deletion, QueueAccess},
    target::{Problem, Target},
};
#[cfg(feature = "sqs")]
use crate::core::mapping::DeleteReason;
use crate::{
    core::mapping::{BatchAnswer, BatchId, Message, QueuePoller, QueuePollerEffect},
    timeline::TriggerEvent,
    triggers::Common,
};

pub(super) struct QueueRunner {
    target: Target,
    queue: QueueAccess,
    poller: QueuePoller,
    control: Control,
    common: Arc<Common>,
    tasks: JoinSet<Done>,
    receiving: Option<AbortHandle>,
    problem: Problem,
}

/// What a task came to.
enum Done {
    Received(Result<Vec<Message>, String>),
    Answered(BatchId, BatchAnswer),
    #[cfg(feature = "sqs")]
    Deleted(usize, DeleteReason, Result<(), String>),
}

impl QueueRunner {
    pub(super) fn new(target: Target, queue: QueueAccess, poller: QueuePoller, control: Control) -> Self {
        let common = Arc::clone(queue.common());
        Self {
            target,
            queue,
            poller,
            control,
            common,
            tasks: JoinSet::new(),
            receiving: None,
            problem: Problem::default(),
        }
    }

    /// As long as the function and the service are there, and the mapping is.
    pub(super) async fn run(mut self) {
        while self.target.exists() {
            while let Some(effect) = self.poller.poll_effect() {
                self.carry_out(effect);
            }
            if self.control.is_deleted() && self.tasks.is_empty() {
                return;
            }
            let due = self.poller.poll_timeout();
            tokio::select! {
                biased;
                // First: what has come already is not for a mapping that stands still.
                reads = self.control.changed() => {
                    let now = self.common.now();
                    if reads {
                        self.poller.enable(now);
                    } else {
                        self.receiving.take().inspect(AbortHandle::abort);
                        self.poller.disable(now);
                    }
                }
                Some(done) = self.tasks.join_next() => {
                    let now = self.common.now();
                    match done {
                        Ok(Done::Received(Ok(messages))) => {
                            self.problem.gone();
                            self.poller.received(now, messages);
                        }
                        Ok(Done::Received(Err(problem))) => {
                            self.problem.tell(&self.target, problem);
                            self.poller.receive_failed(now);
                        }
                        #[cfg(feature = "sqs")]
                        Ok(Done::Deleted(messages, because, Ok(()))) => {
                            self.target.note(TriggerEvent::Deleted { messages, because });
                        }
                        #[cfg(feature = "sqs")]
                        Ok(Done::Deleted(_, _, Err(problem))) => self.problem.tell(&self.target, problem),
                        Ok(Done::Answered(batch, answer)) => self.poller.answered(now, batch, answer),
                        // It was told not to wait any longer.
                        Err(_) => self.poller.receive_failed(now),
                    }
                }
                () = self.common.sleep_until(due) => self.poller.handle_timeout(self.common.now()),
            }
        }
    }

    fn carry_out(&mut self, effect: QueuePollerEffect) {
        match effect {
            QueuePollerEffect::Receive { at_most, wait } => {
                let is_idle = self.poller.poll_timeout().is_none();
                let receive = self.queue.clone().receive(at_most, wait, is_idle);
                self.receiving = Some(self.tasks.spawn(async move { Done::Received(receive.await) }));
            }
            QueuePollerEffect::Invoke(batch) => {
                let answer = self.target.invoke(batch);
                self.tasks.spawn(async move {
                    let (batch, answer) = answer.await;
                    Done::Answered(batch, answer)
                });
            }
            QueuePollerEffect::Delete { receipt_handles, because } => {
                #[cfg(feature = "sqs")]
                let messages = receipt_handles.len();
                match self.queue.delete(receipt_handles) {
                    Deletion::Done(messages, problem) => {
                        self.target.note(TriggerEvent::Deleted { messages, because });
                        if let Some(problem) = problem {
                            self.problem.tell(&self.target, problem);
                        }
                    }
                    #[cfg(feature = "sqs")]
                    Deletion::Begun(deletion) => {
                        let done = async move { Done::Deleted(messages, because, deletion.await) };
                        self.tasks.spawn(done);
                    }
                }
            }
            QueuePollerEffect::Note(note) => self.target.note(TriggerEvent::Noted(note)),
        }
    }
}
