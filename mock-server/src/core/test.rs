//! Tests of the core: one file per phase, the words, the table of all transitions, and random sequences; then the
//! machines of a whole service: the fleet, the queue and the event source mappings.
//!
//! `scenario` brings an environment to the state under test with a clock that counts from zero; nothing here
//! waits. What the driver makes of inputs and effects is tested with the driver.

mod capacity;
mod catalog;
mod extensions;
mod fleet;
mod freeze;
mod init;
mod invoke;
mod managed;
mod mapping;

mod properties;
mod purity;
mod queue;
mod report;
mod reset;
mod response;
mod scenario;
mod shutdown;
mod snap_start;
mod stream;
mod telemetry;
mod transitions;
mod words;
