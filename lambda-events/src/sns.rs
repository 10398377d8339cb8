//! Notifications of Amazon SNS.
