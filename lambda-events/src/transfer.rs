//! Identities of AWS Transfer Family.
