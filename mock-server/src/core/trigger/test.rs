//! Tests of the events of triggers.
