//! The task of a mapping that reads a shard: carries out what the poller decides, and tells it what came of it.

use std::sync::Arc;

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{
    control::Control,
    reader::Reader,
    target::{Problem, Target},
};
use crate::{
    core::{
        destination::Destination,
        mapping::{
            BatchAnswer, BatchId, FailedBatch, FailureDestination, Reading, ShardPoller, ShardPollerEffect,
        },
    },
    timeline::TriggerEvent,
    triggers::Common,
};

pub(super) struct ShardRunner {
    target: Target,
    /// The UUID of the mapping.
    mapping: String,
    /// How many records of the mapping are on their way.
    sending: watch::Sender<usize>,
    reader: Reader,
    poller: ShardPoller,
    control: Control,
    common: Arc<Common>,
    tasks: JoinSet<Done>,
    reading: Option<AbortHandle>,
    problem: Problem,
}

/// What a task came to.
enum Done {
    Read(Result<Reading, String>),
    Answered(BatchId, BatchAnswer),
    Sent,
}

impl ShardRunner {
    pub(super) fn new(
        target: Target,
        (mapping, sending): (String, watch::Sender<usize>),
        reader: Reader,
        poller: ShardPoller,
        control: Control,
    ) -> Self {
        let common = Arc::clone(reader.common());
        Self {
            target,
            mapping,
            sending,
            reader,
            poller,
            control,
            common,
            tasks: JoinSet::new(),
            reading: None,
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
                    if reads {
                        self.poller.enable(self.common.now());
                    } else {
                        self.reading.take().inspect(AbortHandle::abort);
                        self.poller.disable();
                    }
                }
                Some(done) = self.tasks.join_next() => {
                    let now = self.common.now();
                    match done {
                        Ok(Done::Read(Ok(reading))) => {
                            self.problem.gone();
                            self.poller.received(now, reading);
                        }
                        Ok(Done::Read(Err(problem))) => {
                            self.problem.tell(&self.target, problem);
                            self.poller.read_failed(now);
                        }
                        Ok(Done::Answered(batch, answer)) => self.poller.answered(now, batch, answer),
                        Ok(Done::Sent) => {}
                        // It was told not to wait any longer.
                        Err(_) => self.poller.read_failed(now),
                    }
                }
                () = self.common.sleep_until(due) => self.poller.handle_timeout(self.common.now()),
            }
        }
    }

    fn carry_out(&mut self, effect: ShardPollerEffect) {
        match effect {
            ShardPollerEffect::Read { from, at_most } => {
                let (reader, is_idle) = (self.reader.clone(), self.poller.open() == 0);
                let asked = self.common.now();
                let read = async move { Done::Read(reader.read(asked, from, at_most, is_idle).await) };
                self.reading = Some(self.tasks.spawn(read));
            }
            ShardPollerEffect::Invoke(batch) => {
                let answer = self.target.invoke(batch);
                self.tasks.spawn(async move {
                    let (batch, answer) = answer.await;
                    Done::Answered(batch, answer)
                });
            }
            ShardPollerEffect::Checkpoint(number) => self.target.note(TriggerEvent::Checkpoint(number)),
            ShardPollerEffect::SendOnFailure { destination, failed } => match destination {
                FailureDestination::Service(destination) => self.send(&destination, &failed),
                FailureDestination::Topic(topic) => {
                    let problem = "destinations in Kafka are not emulated".to_owned();
                    let destination = format!("kafka://{topic}");
                    self.target.note(TriggerEvent::NotTold { destination, problem });
                }
            },
            ShardPollerEffect::Note(note) => self.target.note(TriggerEvent::Noted(note)),
        }
    }

    /// The shard goes on meanwhile.
    fn send(&mut self, destination: &Destination, failed: &FailedBatch) {
        let Some((world, id)) = self.target.world().zip(self.target.new_id()) else { return };
        let message = failed.message(destination, &self.mapping, self.common.now(), &id);
        let (target, destination) = (self.target.clone(), destination.to_string());
        let sending = self.sending.clone();
        sending.send_modify(|count| *count += 1);
        self.tasks.spawn(async move {
            target.note(match world.deliver_patiently(&message).await {
                Ok(()) => TriggerEvent::Told { destination },
                Err(problem) => TriggerEvent::NotTold { destination, problem },
            });
            sending.send_modify(|count| *count = count.saturating_sub(1));
            Done::Sent
        });
    }
}
