//! Tests of the examples.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod application;
mod emulator;
mod extensions;
mod http;
mod http_websocket;
mod moving;
mod played;
mod proxy;
mod run_all;
mod sink;
mod web_page;
