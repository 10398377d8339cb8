//! What filter policies of SNS have and rules and filters have not, and the other way round.

use serde_json::Value;

use super::{Dialect, Pattern, refused};

fn accepts(policy: &str, event: &str) -> bool {
    let event: Value = serde_json::from_str(event).unwrap();
    Pattern::parse(policy, Dialect::Subscription).unwrap().matches(&event)
}

#[test]
fn numbers_are_equal_if_their_values_are() {
    for same in ["100", "100.0", "1e2"] {
        assert!(accepts(r#"{"a": [100]}"#, &format!(r#"{{"a": {same}}}"#)), "{same}");
        assert!(
            !accepts(r#"{"a": [{"anything-but": [100, 500]}]}"#, &format!(r#"{{"a": {same}}}"#)),
            "{same}"
        );
    }
    for other in ["100.1", "101", r#""100""#] {
        assert!(!accepts(r#"{"a": [100]}"#, &format!(r#"{{"a": {other}}}"#)), "{other}");
        assert!(
            accepts(r#"{"a": [{"anything-but": [100, 500]}]}"#, &format!(r#"{{"a": {other}}}"#)),
            "{other}"
        );
    }
    // Too great to be compared by value, so it is compared as it is written.
    assert!(accepts(r#"{"a": [123456789012]}"#, r#"{"a": 123456789012}"#));
    assert!(!accepts(r#"{"a": [123456789012]}"#, r#"{"a": 123456789012.0}"#));
}

#[test]
fn an_address_is_in_a_range_of_them() {
    assert!(accepts(r#"{"ip": [{"cidr": "10.0.0.0/24"}]}"#, r#"{"ip": "10.0.0.255"}"#));
    assert!(!accepts(r#"{"ip": [{"cidr": "10.0.0.0/24"}]}"#, r#"{"ip": "10.0.1.1"}"#));
}

#[test]
fn anything_but_takes_a_prefix_and_no_other_operator() {
    assert!(accepts(r#"{"a": [{"anything-but": {"prefix": "bas"}}]}"#, r#"{"a": "rugby"}"#));
    assert!(!accepts(r#"{"a": [{"anything-but": {"prefix": "bas"}}]}"#, r#"{"a": "basketball"}"#));
    let suffix = r#"{"a": [{"anything-but": {"suffix": "ball"}}]}"#;
    assert_eq!(
        refused(suffix, Dialect::Subscription),
        r#"a[0].anything-but: "suffix" is not an operator of a filter policy, expected prefix in anything-but"#
    );
    assert!(Pattern::parse(suffix, Dialect::Rule).is_ok());
    assert_eq!(
        refused(r#"{"a": [{"anything-but": {"prefix": ["b", "c"]}}]}"#, Dialect::Subscription),
        "a[0].anything-but.prefix: expected a string, not a list"
    );
}

#[test]
fn there_are_no_wildcards_and_no_prefixes_without_case() {
    assert!(refused(r#"{"a": [{"wildcard": "b*"}]}"#, Dialect::Subscription).contains("of a filter policy"));
    assert_eq!(
        refused(r#"{"a": [{"prefix": {"equals-ignore-case": "b"}}]}"#, Dialect::Subscription),
        "a[0].prefix: expected a string, not an object"
    );
}

#[test]
fn alternatives_may_stand_within_alternatives() {
    let policy = r#"{"$or": [{"a": [1]}, {"b": [2], "$or": [{"c": [3]}, {"d": [4]}]}]}"#;
    for (event, expected) in
        [(r#"{"a": 1}"#, true), (r#"{"b": 2, "d": 4}"#, true), (r#"{"b": 2}"#, false), (r#"{"d": 4}"#, false)]
    {
        assert_eq!(accepts(policy, event), expected, "{event}");
    }
}

#[test]
fn an_or_of_another_form_is_the_name_of_a_field() {
    // One alternative only; no object; an operator for the name of a field.
    assert!(accepts(r#"{"$or": ["x"]}"#, r#"{"$or": "x"}"#));
    assert!(!accepts(r#"{"$or": ["x", "y"]}"#, r#"{"x": 1}"#));
    assert!(accepts(r#"{"$or": [{"numeric": ["=", 1]}, {"prefix": "a"}]}"#, r#"{"$or": "abc"}"#));
    assert!(!accepts(r#"{"$or": [{"numeric": ["=", 1]}, {"prefix": "a"}]}"#, r#"{"$or": "cba"}"#));
    assert!(refused(r#"{"$or": ["x"]}"#, Dialect::Rule).contains("at least two objects"));
}

#[test]
fn a_policy_may_be_longer_than_a_pattern() {
    let policy = |bytes: usize| format!(r#"{{"a": ["{}"]}}"#, "x".repeat(bytes - 11));
    assert!(Pattern::parse(&policy(262_144), Dialect::Subscription).is_ok());
    assert_eq!(
        refused(&policy(262_145), Dialect::Subscription),
        "the policy has 262145 bytes, and at most 262144 are allowed"
    );
    assert!(Pattern::parse(&policy(5000), Dialect::Rule).is_err());
}
