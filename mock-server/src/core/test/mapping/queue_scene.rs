//! A poller between a queue in memory and a function that answers when a test says so.

use std::{collections::BTreeMap, time::Duration};

use super::{QUEUE, Time, noon};
use crate::core::mapping::{
    Batch, BatchAnswer, BatchId, Configuration, DeleteReason, Filter, MessageQueue, NewMessage, Note,
    QueueForm, QueuePoller, QueuePollerEffect, QueueSettings, QueueSource, SourceKind,
};

pub(super) struct QueueScene {
    pub(super) now: Time,
    pub(super) queue: MessageQueue,
    pub(super) dead: MessageQueue,
    pub(super) poller: QueuePoller,
    /// What the queue has been asked for and has not answered.
    asked: Option<(usize, Time)>,
    pub(super) running: BTreeMap<BatchId, Batch>,
    pub(super) notes: Vec<Note>,
    /// All effects, as texts.
    pub(super) journal: Vec<String>,
    /// Until when each message is hidden, by id.
    pub(super) hidden: BTreeMap<String, Time>,
    /// The bodies of those that were given up.
    pub(super) given_up: Vec<String>,
    /// How many no filter has matched.
    pub(super) unwanted: usize,
    sent: usize,
    /// The bodies of messages by id.
    bodies: BTreeMap<String, String>,
}

impl QueueScene {
    pub(super) fn new(queue: QueueSettings, configuration: &Configuration) -> Self {
        Self::filtered(queue, configuration, None)
    }

    pub(super) fn filtered(
        queue: QueueSettings,
        configuration: &Configuration,
        filter: Option<Box<dyn Filter>>,
    ) -> Self {
        let now = noon();
        let kind = match queue.form {
            QueueForm::Standard => SourceKind::StandardQueue,
            QueueForm::Fifo => SourceKind::FifoQueue,
        };
        let settings = configuration.check(kind).unwrap();
        let source = QueueSource { arn: QUEUE.to_owned() };
        let mut scene = Self {
            now,
            queue: MessageQueue::new(QUEUE, queue, 1),
            dead: MessageQueue::new(&format!("{QUEUE}-dead"), QueueSettings { redrive: None, ..queue }, 2),
            poller: QueuePoller::new(now, source, settings, filter),
            asked: None,
            running: BTreeMap::new(),
            notes: Vec::new(),
            journal: Vec::new(),
            hidden: BTreeMap::new(),
            given_up: Vec::new(),
            unwanted: 0,
            sent: 0,
            bodies: BTreeMap::new(),
        };
        scene.settle();
        scene
    }

    /// Messages with the bodies `0`, `1` and so on, in this group.
    pub(super) fn send(&mut self, count: usize, group: Option<&str>) {
        for _ in 0..count {
            self.send_one(group);
        }
        self.settle();
    }

    /// Without handing it on: a poller that waits for messages gets several at once.
    pub(super) fn send_one(&mut self, group: Option<&str>) {
        let body = self.sent.to_string();
        let message = NewMessage {
            body: body.clone(),
            group: group.map(str::to_owned),
            deduplication_id: group.map(|_| body.clone()),
            ..NewMessage::default()
        };
        let sent = self.queue.send(self.now, message).unwrap();
        self.bodies.insert(sent.id, body);
        self.sent += 1;
    }

    pub(super) fn answer(&mut self, batch: BatchId, answer: BatchAnswer) {
        self.running.remove(&batch).expect("it is running");
        self.poller.answered(self.now, batch, answer);
        self.settle();
    }

    /// The only batch that is running, or the one that has been for longest.
    pub(super) fn batch(&self) -> Batch {
        self.running.values().next().expect("a batch is running").clone()
    }

    /// The bodies of a batch.
    pub(super) fn bodies(&self, batch: &Batch) -> Vec<String> {
        batch.records.iter().map(|id| self.bodies[id].clone()).collect()
    }

    /// The bodies of all batches that are running.
    pub(super) fn all_bodies(&self) -> Vec<Vec<String>> {
        self.running.values().map(|batch| self.bodies(batch)).collect()
    }

    /// When something happens by itself.
    pub(super) fn due(&self) -> Option<Time> {
        let asked = self.asked.map(|(_, until)| until);
        [asked, self.queue.poll_timeout(), self.poller.poll_timeout()].into_iter().flatten().min()
    }

    /// Lets time pass, and all happen in its time.
    pub(super) fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.due().filter(|due| *due <= end) {
            self.tick(due.max(self.now));
        }
        self.tick(end);
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        self.queue.handle_timeout(now);
        self.poller.handle_timeout(now);
        self.settle();
        assert!(self.poller.poll_timeout().is_none_or(|due| due > now), "what is due has not been done");
    }

    pub(super) fn settle(&mut self) {
        loop {
            while let Some(effect) = self.poller.poll_effect() {
                self.carry_out(effect);
            }
            let Some((at_most, until)) = self.asked else { break };
            let has_any = self.queue.has_messages(self.now);
            if !has_any && until > self.now {
                break;
            }
            let received = self.queue.receive(self.now, at_most, None);
            while let Some(letter) = self.queue.poll_dead_letter() {
                self.given_up.push(self.bodies[letter.id()].clone());
                self.dead.take(self.now, letter);
            }
            if has_any && received.is_empty() && until > self.now {
                // All of them were given up.
                continue;
            }
            self.asked = None;
            self.hidden.extend(received.iter().map(|message| (message.id.clone(), message.hidden_until)));
            self.poller.received(self.now, received);
        }
    }

    fn carry_out(&mut self, effect: QueuePollerEffect) {
        self.journal.push(format!("{effect:?}"));
        match effect {
            QueuePollerEffect::Receive { at_most, wait } => {
                assert!(self.asked.is_none(), "it asks again before it has been answered");
                assert!((1..=10).contains(&at_most), "{at_most}");
                self.asked = Some((at_most, self.now + wait));
            }
            QueuePollerEffect::Invoke(batch) => {
                assert!(!batch.records.is_empty());
                assert!(self.running.insert(batch.id, batch).is_none(), "it has not been answered");
            }
            QueuePollerEffect::Delete { receipt_handles, because } => {
                match because {
                    DeleteReason::Processed(batch) => {
                        assert!(!self.running.contains_key(&batch), "it is not over");
                    }
                    DeleteReason::Filtered => self.unwanted += receipt_handles.len(),
                }
                for handle in receipt_handles {
                    // One that has expired deletes nothing.
                    let _ = self.queue.delete(self.now, &handle);
                }
            }
            QueuePollerEffect::Note(note) => self.notes.push(note),
        }
    }
}
