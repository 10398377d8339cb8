//! Alarms of Amazon CloudWatch.
