//! Requests of function URLs.
