//! What `lambda-runtime` promises, seen from outside: against a Runtime API that is written by hand, byte by
//! byte (`script`, `reply`), and against `mock-server`.

mod both;
mod connections;
mod context;
mod errors;
mod lean;
mod logged;
mod next;
mod reply;
mod script;
mod start;
mod survives;
mod virtual_time;
