//! The types of events against events: what the services send, and what nobody should send.

mod batch;
mod changing;
mod detect;
mod envelope;
mod http;
mod minified;
mod mistakes;
mod mutations;
mod official;
mod round_trip;
mod templates;
mod times;
mod web_socket;
