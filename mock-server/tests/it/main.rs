//! What the mock service does at its edges: sockets, pipes in memory, processes, the Invoke API, function
//! URLs, API Gateway and its like, the command.
//!
//! No client crate takes part: every byte is written by hand (`raw`), or by a script that a test has written
//! (`folder`). What the pure core decides is tested beside it, in `src/core/test`.

#[cfg(all(unix, feature = "cli"))]
mod command_line;
mod extensions;
#[cfg(unix)]
mod folder;
mod front;
mod function_url;
mod guest;
#[cfg(all(unix, feature = "cli"))]
mod image;
mod in_process;
mod invoke_api;
mod lanes;
#[cfg(all(unix, feature = "management"))]
mod management;
mod mapping;
mod misuse;
#[cfg(unix)]
mod processes;
mod raw;
mod runtime_api;
mod services;
mod simulation;
mod sinks;
#[cfg(all(unix, feature = "state"))]
mod store;
mod telemetry;
mod tokens;
mod triggers;
mod wait;
