//! Custom widgets of Amazon CloudWatch dashboards.
