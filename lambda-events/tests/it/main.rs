//! The types of events against events: what the services send, and what nobody should send.

mod batch;
mod mutations;
mod round_trip;
