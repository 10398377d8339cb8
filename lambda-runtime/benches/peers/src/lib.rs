//! The event that the typed functions of both sides take and give back.

use serde::{Deserialize, Serialize};

/// An order of ten fields.
#[derive(Debug, Deserialize, Serialize)]
pub struct Order {
    /// A short text.
    pub id: String,
    /// A longer text.
    pub customer: String,
    /// A whole number.
    pub quantity: u32,
    /// A number with a point.
    pub price: f64,
    /// A word.
    pub currency: String,
    /// A truth.
    pub paid: bool,
    /// A list of words.
    pub tags: Vec<String>,
    /// What is not there.
    pub note: Option<String>,
    /// A large number.
    pub created: u64,
    /// A negative number.
    pub offset: i32,
}
