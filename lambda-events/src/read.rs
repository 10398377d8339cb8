//! Events out of bytes.

use serde::Deserialize;

/// Reads an event that may borrow from its bytes.
///
/// It gives what [`serde_json::from_slice`] gives, and takes less: that all is UTF-8 is checked at once and not for each string.
///
/// # Errors
///
/// If the bytes are no event of this type.
///
/// ```
/// # #[cfg(feature = "sqs")] {
/// use lambda_events::sqs::Sqs;
///
/// let event: Sqs<'_> = lambda_events::from_slice(br#"{"Records":[]}"#)?;
/// assert!(event.records.is_empty());
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        // It says where.
        Err(_) => serde_json::from_slice(bytes),
    }
}
