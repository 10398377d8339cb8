//! tmp
pub mod core;
/// tmp
pub mod platform_log {}
