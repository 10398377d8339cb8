//! The types of events against events: what the services send, and what nobody should send.

mod batch;
mod detect;
mod mutations;
mod round_trip;
mod templates;
mod times;
