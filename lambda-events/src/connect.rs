//! Contacts of Amazon Connect.
