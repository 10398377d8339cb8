//! Changes of Amazon DocumentDB collections.
