//! What `lambda-api` promises, seen from outside: literal bytes, symmetry of both directions, the connection.

#[cfg(feature = "client")]
mod client;
mod golden;
mod round_trip;
