//! Tests of patterns: how fields go together, each operator, what is refused, filters of mappings, and agreement with an
//! independent matcher.

mod agreement;
mod filter;
mod hostile;
mod operators;
mod refused;
mod structure;
mod subscription;

use serde_json::Value;

use super::{Dialect, Pattern};

/// Whether an event matches, both as JSON. Where both dialects have the pattern, they agree.
fn matches(pattern: &str, event: &str) -> bool {
    let event: Value = serde_json::from_str(event).unwrap();
    let rule = Pattern::parse(pattern, Dialect::Rule).unwrap();
    let is_match = rule.matches(&event);
    if let Ok(filter) = Pattern::parse(pattern, Dialect::Filter) {
        assert_eq!(filter.matches(&event), is_match);
    }
    is_match
}

/// Holds the list of the field `a` against values of that field.
fn check(list: &str, matching: &[&str], others: &[&str]) {
    let pattern = format!(r#"{{"a": {list}}}"#);
    for value in matching {
        assert!(matches(&pattern, &format!(r#"{{"a": {value}}}"#)), "{list} is to match {value}");
    }
    for value in others {
        assert!(!matches(&pattern, &format!(r#"{{"a": {value}}}"#)), "{list} is not to match {value}");
    }
}

/// What is wrong with a pattern.
fn refused(pattern: &str, dialect: Dialect) -> String {
    Pattern::parse(pattern, dialect).unwrap_err().to_string()
}
