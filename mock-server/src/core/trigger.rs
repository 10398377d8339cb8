//! The events of triggers that are not event source mappings, and whom they are for. Pure.
//!
//! - [`schedule`]: the event of a rule that is due.
//! - [`bus`]: what PutEvents takes, the rules that look at it, and what becomes of it on the way to a target.
//! - [`topic`]: what Publish takes, the filter policies of subscriptions, and what functions and queues get.
//! - [`bucket`]: what S3 tells of an object, and which of a bucket's notifications are for it.
//!
//! Each makes texts: ids and times come in, JSON goes out. When a rule is due is decided in
//! [`core::schedule`](super::schedule), patterns are in [`core::pattern`](super::pattern), queues in
//! [`core::mapping`](super::mapping). Who is invoked with the events, and how often, is decided outside the core.

pub mod bucket;
pub mod bus;
mod json;
pub mod schedule;
pub mod topic;

#[cfg(test)]
mod test;
