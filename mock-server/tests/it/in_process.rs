//! Functions in this process, over memory and under paused time: exact time-outs, ends of all kinds, the record.
//!
//! What is said on the wire is in `runtime_api`.

mod concurrency;
mod concurrent;
mod ends;
mod environments;
mod extensions;
mod handles;
mod limits_in_time;
mod profiles;
mod queue;
mod record;
mod streaming;
mod time;
mod versions;
