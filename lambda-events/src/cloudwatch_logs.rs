//! Log events of Amazon CloudWatch Logs.
