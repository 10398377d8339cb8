//! Tests of the extension client.

mod calls;
mod script;
