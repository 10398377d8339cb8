//! The queue of events.
