//! The events that the functions are given.

use std::sync::Arc;

/// An object of 104 bytes.
pub(crate) fn small() -> Arc<str> {
    r#"{"customer":"c-1042","items":[{"id":7,"name":"tea"},{"id":9,"name":"milk"}],"order":4711,"price":12.75}"#
        .into()
}

/// An order of ten fields, as `peers::Order` has them.
pub(crate) fn typed() -> Arc<str> {
    r#"{"id":"o-4711","customer":"Ada Lovelace","quantity":3,"price":12.75,"currency":"EUR","paid":true,"tags":["tea","milk"],"note":null,"created":1700000000123,"offset":-3600}"#
        .into()
}

/// A list of records of about so many bytes.
pub(crate) fn large(bytes: usize) -> Arc<str> {
    let mut text = String::from("[");
    let mut number = 0_usize;
    while text.len() < bytes.saturating_sub(160) {
        if number > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            r#"{{"at":"2026-11-20T10:00:{:02}Z","name":"record {number}","price":{}.25,"tags":["red","round"],"valid":{}}}"#,
            number % 60,
            number % 1000,
            number.is_multiple_of(2)
        ));
        number += 1;
    }
    text.push(']');
    text.into()
}

/// One long text of about so many bytes, as an uploaded file in base64 is.
pub(crate) fn text(bytes: usize) -> Arc<str> {
    format!(r#"{{"text":"{}"}}"#, "QUJD".repeat(bytes / 4)).into()
}
