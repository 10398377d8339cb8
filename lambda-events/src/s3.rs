//! Notifications of Amazon S3.
