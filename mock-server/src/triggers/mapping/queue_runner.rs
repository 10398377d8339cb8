//! The task of a mapping that reads a queue: carries out what the poller decides, and tells it what came of it.

use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::{control::Control, target::Target};
use crate::{
    core::mapping::{BatchAnswer, BatchId, Message, QueuePoller, QueuePollerEffect},
    timeline::TriggerEvent,
    triggers::{Common, Queue},
};

pub(super) struct QueueRunner {
    target: Target,
    queue: Queue,
    poller: QueuePoller,
    control: Control,
    common: Arc<Common>,
    tasks: JoinSet<Done>,
    receiving: Option<AbortHandle>,
}

/// What a task came to.
enum Done {
    Received(Vec<Message>),
    Answered(BatchId, BatchAnswer),
}

impl QueueRunner {
    pub(super) fn new(target: Target, queue: Queue, poller: QueuePoller, control: Control) -> Self {
        let common = Arc::clone(queue.common());
        Self { target, queue, poller, control, common, tasks: JoinSet::new(), receiving: None }
    }

    /// As long as the function and the service are there.
    pub(super) async fn run(mut self) {
        while self.target.exists() {
            while let Some(effect) = self.poller.poll_effect() {
                self.carry_out(effect);
            }
            let due = self.poller.poll_timeout();
            tokio::select! {
                biased;
                Some(done) = self.tasks.join_next() => {
                    let now = self.common.now();
                    match done {
                        Ok(Done::Received(messages)) => self.poller.received(now, messages),
                        Ok(Done::Answered(batch, answer)) => self.poller.answered(now, batch, answer),
                        // It was told not to wait any longer.
                        Err(_) => self.poller.receive_failed(now),
                    }
                }
                reads = self.control.changed() => {
                    let now = self.common.now();
                    if reads {
                        self.poller.enable(now);
                    } else {
                        self.receiving.take().inspect(AbortHandle::abort);
                        self.poller.disable(now);
                    }
                }
                () = self.common.sleep_until(due) => self.poller.handle_timeout(self.common.now()),
            }
        }
    }

    fn carry_out(&mut self, effect: QueuePollerEffect) {
        match effect {
            QueuePollerEffect::Receive { at_most, wait } => {
                let queue = self.queue.clone();
                // Where nothing else is due, to ask again and again would only make an idle queue count the time.
                let wait = Some(wait).filter(|_| self.poller.poll_timeout().is_some());
                let receive = async move { Done::Received(queue.receive_when_there(at_most, wait).await) };
                self.receiving = Some(self.tasks.spawn(receive));
            }
            QueuePollerEffect::Invoke(batch) => {
                let answer = self.target.invoke(batch);
                self.tasks.spawn(async move {
                    let (batch, answer) = answer.await;
                    Done::Answered(batch, answer)
                });
            }
            QueuePollerEffect::Delete { receipt_handles, because } => {
                let messages = receipt_handles.len();
                for handle in receipt_handles {
                    if let Err(error) = self.queue.delete(&handle) {
                        self.target.note(TriggerEvent::SourceFailed { problem: error.to_string() });
                    }
                }
                self.target.note(TriggerEvent::Deleted { messages, because });
            }
            QueuePollerEffect::Note(note) => self.target.note(TriggerEvent::Noted(note)),
        }
    }
}
