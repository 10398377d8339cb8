//! The types of events against events: what the services send, and what nobody should send.

mod batch;
mod detect;
mod envelope;
mod mutations;
mod official;
mod round_trip;
mod templates;
