//! A message as the queue keeps it, and the handles that it gives out.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::settings::{NewMessage, QueueForm};
use crate::core::{
    Time,
    catalog::Draw,
    mapping::{
        md5::{md5_hex, md5_of_attributes},
        message::{FifoAttributes, Message, MessageAttribute},
    },
};

/// Sequence numbers of a FIFO queue have twenty digits and are not dense.
const FIRST_SEQUENCE: u128 = 18_849_496_460_467_696_128;
const SEQUENCE_STEP: u128 = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) body: String,
    attributes: BTreeMap<String, MessageAttribute>,
    pub(super) delay: Option<Duration>,
    sent: Time,
    /// From when on it is kept: not from when it was sent, if a FIFO queue has given it up since.
    pub(super) kept_since: Time,
    first_received: Option<Time>,
    pub(super) receives: u32,
    pub(super) group: Option<String>,
    pub(super) fifo: Option<FifoAttributes>,
    sender: String,
    trace_header: Option<String>,
    pub(super) dead_letter_source: Option<String>,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Delayed(Time),
    Visible,
    InFlight(Time),
}

impl Stored {
    pub(super) fn new(ids: &mut Draw, number: u64, now: Time, message: NewMessage, form: QueueForm) -> Self {
        let sequence = FIRST_SEQUENCE + SEQUENCE_STEP * u128::from(number);
        let fifo = message.deduplication_id.filter(|_| form == QueueForm::Fifo);
        Self {
            id: uuid(ids),
            body: message.body,
            attributes: message.attributes,
            delay: message.delay,
            sent: now,
            kept_since: now,
            first_received: None,
            receives: 0,
            group: message.group,
            fifo: fifo.map(|deduplication_id| FifoAttributes {
                sequence_number: sequence.to_string(),
                deduplication_id,
            }),
            sender: message.sender,
            trace_header: message.trace_header,
            dead_letter_source: None,
            state: State::Visible,
        }
    }

    /// Once more.
    pub(super) fn received(&mut self, number: u64, now: Time, hidden_until: Time) -> Message {
        self.receives = self.receives.saturating_add(1);
        self.state = State::InFlight(hidden_until);
        Message {
            id: self.id.clone(),
            receipt_handle: handle(number, self.receives),
            body: self.body.clone(),
            md5_of_body: md5_hex(self.body.as_bytes()),
            attributes: self.attributes.clone(),
            md5_of_attributes: md5_of_attributes(&self.attributes),
            receives: self.receives,
            sent: self.sent,
            first_received: *self.first_received.get_or_insert(now),
            sender: self.sender.clone(),
            group: self.group.clone(),
            fifo: self.fifo.clone(),
            trace_header: self.trace_header.clone(),
            dead_letter_source: self.dead_letter_source.clone(),
            hidden_until,
        }
    }
}

/// Not to be read by anybody, and so not legible.
fn handle(number: u64, receives: u32) -> String {
    STANDARD.encode(format!("{number}/{receives}"))
}

pub(super) fn read_handle(handle: &str) -> Option<(u64, u32)> {
    let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
    let (number, receives) = text.split_once('/')?;
    Some((number.parse().ok()?, receives.parse().ok()?))
}

/// Of version 4 in its form (RFC 9562); drawn from the queue's seed.
fn uuid(ids: &mut Draw) -> String {
    let (high, low) = (ids.bits(), ids.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        (low >> 48) & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF,
    )
}
