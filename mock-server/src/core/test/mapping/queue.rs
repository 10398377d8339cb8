//! A queue in memory: what can be received when, and how a message ends.

use super::{QUEUE, Time, millis, noon, secs};
use crate::core::mapping::{
    Counts, HandleError, Message, MessageQueue, NewMessage, QueueForm, QueueSettings, Redrive, SendError,
};

fn standard() -> MessageQueue {
    MessageQueue::new(QUEUE, QueueSettings::default(), 1)
}

fn fifo() -> MessageQueue {
    MessageQueue::new(QUEUE, QueueSettings { form: QueueForm::Fifo, ..QueueSettings::default() }, 1)
}

fn message(body: &str) -> NewMessage {
    NewMessage { body: body.to_owned(), ..NewMessage::default() }
}

fn grouped(body: &str, group: &str) -> NewMessage {
    NewMessage { group: Some(group.to_owned()), deduplication_id: Some(body.to_owned()), ..message(body) }
}

fn after(seconds: u64) -> Time {
    noon() + secs(seconds)
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

#[test]
fn a_message_is_hidden_for_as_long_as_its_timeout_and_is_received_again_then() {
    let mut queue = standard();
    queue.send(noon(), message("a")).unwrap();
    let first = queue.receive(after(5), 10, None).remove(0);
    assert_eq!((first.receives, first.sent, first.first_received), (1, noon(), after(5)));
    assert_eq!(queue.receive(after(34) + millis(999), 10, None), []);
    let second = queue.receive(after(35), 10, Some(secs(7))).remove(0);
    assert_eq!((&second.id, second.receives, second.first_received), (&first.id, 2, after(5)));
    assert_ne!(first.receipt_handle, second.receipt_handle);
    assert_eq!((second.hidden_until, queue.poll_timeout()), (after(42), Some(after(42))));
}

#[test]
fn no_more_messages_are_given_than_were_asked_for_and_the_oldest_first() {
    let mut queue = standard();
    for body in ["a", "b", "c"] {
        queue.send(noon(), message(body)).unwrap();
    }
    assert_eq!(bodies(&queue.receive(noon(), 2, None)), ["a", "b"]);
    assert_eq!(bodies(&queue.receive(noon(), 2, None)), ["c"]);
    assert!(!queue.has_messages(noon()));
}

#[test]
fn only_the_latest_handle_deletes() {
    let mut queue = standard();
    queue.send(noon(), message("a")).unwrap();
    let old = queue.receive(noon(), 1, None).remove(0).receipt_handle;
    let new = queue.receive(after(30), 1, None).remove(0).receipt_handle;
    assert_eq!(queue.delete(after(31), &old), Ok(false));
    // Although it can be received again by now.
    assert_eq!(queue.delete(after(90), &new), Ok(true));
    assert_eq!(queue.delete(after(90), &new), Ok(false));
    assert_eq!(queue.delete(after(90), "none"), Err(HandleError::Invalid));
    assert_eq!(queue.counts(), Counts { deleted: 1, ..Counts::default() });
}

#[test]
fn a_fifo_queue_takes_no_handle_that_has_expired() {
    let mut queue = fifo();
    queue.send(noon(), grouped("a", "g")).unwrap();
    let handle = queue.receive(noon(), 1, None).remove(0).receipt_handle;
    let before = queue.clone();
    assert_eq!(queue.delete(after(29), "none"), Err(HandleError::Invalid));
    assert_eq!(queue, before);
    assert_eq!(queue.delete(after(30), &handle), Err(HandleError::Expired));
    let handle = queue.receive(after(30), 1, None).remove(0).receipt_handle;
    assert_eq!(queue.delete(after(31), &handle), Ok(true));
}

#[test]
fn visibility_can_be_made_longer_and_taken_back() {
    let mut queue = standard();
    queue.send(noon(), message("a")).unwrap();
    let handle = queue.receive(noon(), 1, None).remove(0).receipt_handle;
    queue.change_visibility(after(20), &handle, secs(60)).unwrap();
    assert_eq!(queue.receive(after(79), 1, None), []);
    queue.change_visibility(after(79), &handle, secs(0)).unwrap();
    assert!(queue.has_messages(after(79)));
    assert_eq!(queue.change_visibility(after(79), &handle, secs(1)), Err(HandleError::Expired));
    assert_eq!(queue.change_visibility(after(79), "?", secs(1)), Err(HandleError::Invalid));
}

#[test]
fn a_delayed_message_cannot_be_received_before_its_time() {
    let settings = QueueSettings { delay: secs(10), ..QueueSettings::default() };
    let mut queue = MessageQueue::new(QUEUE, settings, 1);
    queue.send(noon(), message("a")).unwrap();
    queue.send(noon(), NewMessage { delay: Some(secs(3)), ..message("b") }).unwrap();
    queue.send(noon(), NewMessage { delay: Some(secs(0)), ..message("c") }).unwrap();
    assert_eq!(queue.counts(), Counts { visible: 1, delayed: 2, ..Counts::default() });
    assert_eq!(bodies(&queue.receive(after(2), 10, None)), ["c"]);
    assert_eq!(bodies(&queue.receive(after(3), 10, None)), ["b"]);
    assert_eq!(bodies(&queue.receive(after(10), 10, None)), ["a"]);
}

#[test]
fn a_message_that_was_received_often_enough_is_given_up_when_it_would_be_received_again() {
    let redrive = Some(Redrive { maximum_receives: 2 });
    let mut queue = MessageQueue::new(QUEUE, QueueSettings { redrive, ..QueueSettings::default() }, 1);
    queue.send(noon(), message("a")).unwrap();
    queue.send(noon(), message("b")).unwrap();
    queue.receive(noon(), 1, None);
    queue.receive(after(30), 1, None);
    queue.handle_timeout(after(60));
    assert_eq!(queue.poll_dead_letter(), None);
    assert_eq!(bodies(&queue.receive(after(60), 1, None)), ["b"]);
    assert!(queue.poll_dead_letter().is_some());
    assert_eq!(queue.counts(), Counts { in_flight: 1, dead_lettered: 1, ..Counts::default() });
}

#[test]
fn messages_are_kept_for_as_long_as_is_configured_unless_they_are_in_flight() {
    let settings = QueueSettings { retention: secs(60), ..QueueSettings::default() };
    let mut queue = MessageQueue::new(QUEUE, settings, 1);
    queue.send(noon(), message("a")).unwrap();
    queue.send(noon(), message("b")).unwrap();
    queue.send(noon(), message("c")).unwrap();
    let late = queue.receive(after(59), 2, None);
    queue.handle_timeout(after(60));
    assert_eq!(queue.counts(), Counts { in_flight: 2, expired: 1, ..Counts::default() });
    queue.delete(after(61), &late[0].receipt_handle).unwrap();
    assert_eq!(queue.receive(after(89), 10, None), []);
    assert_eq!(queue.counts(), Counts { deleted: 1, expired: 2, ..Counts::default() });
    assert_eq!(queue.poll_timeout(), None);
}

#[test]
fn a_dead_letter_is_kept_from_when_it_was_sent_and_in_a_fifo_queue_from_when_it_was_given_up() {
    for (form, lives) in [(QueueForm::Standard, false), (QueueForm::Fifo, true)] {
        let settings = QueueSettings { form, retention: secs(60), ..QueueSettings::default() };
        let redrive = Some(Redrive { maximum_receives: 1 });
        let mut queue = MessageQueue::new(QUEUE, QueueSettings { redrive, ..settings }, 1);
        let mut dead = MessageQueue::new("dead", settings, 2);
        queue.send(noon(), grouped("a", "g")).unwrap();
        queue.receive(noon(), 1, None);
        queue.receive(after(50), 1, None);
        dead.take(after(50), queue.poll_dead_letter().unwrap());
        assert_eq!(dead.has_messages(after(60)), lives, "{form:?}");
    }
}

#[test]
fn a_group_with_a_message_in_flight_gives_no_further_ones() {
    let mut queue = fifo();
    for (body, group) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a")] {
        queue.send(noon(), grouped(body, group)).unwrap();
    }
    // As many of one group as there are before those of the next.
    let first = queue.receive(noon(), 2, None);
    assert_eq!(bodies(&first), ["a1", "a2"]);
    assert_eq!(bodies(&queue.receive(noon(), 10, None)), ["b1"]);
    queue.delete(noon(), &first[0].receipt_handle).unwrap();
    assert_eq!(queue.receive(noon(), 10, None), []);
    // The one that has failed comes before the one behind it.
    assert_eq!(bodies(&queue.receive(after(30), 10, None)), ["b1", "a2", "a3"]);
}

#[test]
fn a_message_that_is_visible_again_before_an_earlier_one_waits_for_it() {
    let mut queue = fifo();
    for body in ["a1", "a2"] {
        queue.send(noon(), grouped(body, "a")).unwrap();
    }
    let both = queue.receive(noon(), 2, None);
    queue.change_visibility(noon(), &both[1].receipt_handle, secs(0)).unwrap();
    assert!(!queue.has_messages(after(29)));
    assert_eq!(bodies(&queue.receive(after(30), 10, None)), ["a1", "a2"]);
}

#[test]
fn a_double_is_not_taken_within_five_minutes_even_if_the_first_is_gone() {
    let mut queue = fifo();
    let first = queue.send(noon(), grouped("a", "g")).unwrap();
    let handle = queue.receive(noon(), 1, None).remove(0).receipt_handle;
    queue.delete(noon(), &handle).unwrap();
    assert_eq!(queue.send(after(299), grouped("a", "h")).unwrap().id, first.id);
    assert!(!queue.has_messages(after(299)));
    assert_ne!(queue.send(after(300), grouped("a", "g")).unwrap().id, first.id);
    assert_eq!(queue.counts(), Counts { visible: 1, deleted: 1, duplicates: 1, ..Counts::default() });
}

#[test]
fn a_standard_queue_keeps_no_order_of_groups_and_takes_doubles() {
    let mut queue = standard();
    queue.send(noon(), grouped("a", "g")).unwrap();
    queue.send(noon(), grouped("a", "g")).unwrap();
    let first = queue.receive(noon(), 1, None);
    assert_eq!((first[0].group.as_deref(), first[0].fifo.as_ref()), (Some("g"), None));
    assert_eq!(bodies(&queue.receive(noon(), 1, None)), ["a"]);
}

#[test]
fn what_a_queue_does_not_take_changes_nothing() {
    let cases = [
        (QueueForm::Standard, message(""), SendError::EmptyBody),
        (QueueForm::Standard, message(&"x".repeat(1_048_577)), SendError::TooLong { bytes: 1_048_577 }),
        (QueueForm::Standard, NewMessage { delay: Some(secs(901)), ..message("a") }, SendError::Delay),
        (QueueForm::Fifo, NewMessage { delay: Some(secs(1)), ..grouped("a", "g") }, SendError::FifoDelay),
        (QueueForm::Fifo, message("a"), SendError::NoGroup),
        (
            QueueForm::Fifo,
            NewMessage { group: Some("g".to_owned()), ..message("a") },
            SendError::NoDeduplicationId,
        ),
    ];
    for (form, message, expected) in cases {
        let mut queue = MessageQueue::new(QUEUE, QueueSettings { form, ..QueueSettings::default() }, 1);
        let before = queue.clone();
        assert_eq!(queue.send(noon(), message), Err(expected));
        assert_eq!(queue, before);
    }
    assert_eq!(SendError::NoGroup.to_string(), "MessageGroupId is required for a FIFO queue");
}

#[test]
fn an_early_timeout_does_nothing() {
    let mut queue = standard();
    queue.send(noon(), NewMessage { delay: Some(secs(3)), ..message("a") }).unwrap();
    let before = queue.clone();
    assert_eq!(queue.poll_timeout(), Some(after(3)));
    queue.handle_timeout(after(2) + millis(999));
    assert_eq!(queue, before);
}

#[test]
fn ids_of_messages_are_the_same_for_the_same_seed() {
    let ids = |seed| {
        let mut queue = MessageQueue::new(QUEUE, QueueSettings::default(), seed);
        (0..100).map(|_| queue.send(noon(), message("a")).unwrap().id).collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
    let mut unique = ids(1);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 100);
}
