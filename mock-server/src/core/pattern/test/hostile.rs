//! Patterns and events that are made to be deep, wide or slow.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Dialect, Pattern, refused};

#[test]
fn a_pattern_is_nested_as_deep_as_json_is_read() {
    let nested = |depth: usize| format!("{}[1]{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let pattern = Pattern::parse(&nested(126), Dialect::Rule).unwrap();
    assert!(pattern.matches(&serde_json::from_str(&nested(126)).unwrap()));
    assert_eq!(
        refused(&nested(600), Dialect::Rule),
        "the pattern is not JSON: recursion limit exceeded at line 1 column 636"
    );
    assert!(refused(&"[".repeat(4096), Dialect::Rule).contains("recursion limit"));
    assert!(refused(&r#"{"a":"#.repeat(1_000_000), Dialect::Rule).contains("characters"));
}

#[test]
fn an_event_may_have_arrays_of_any_depth() {
    let mut value = json!({"b": 1});
    for _ in 0..5_000 {
        value = Value::Array(vec![value]);
    }
    let mut event = json!({"c": 1});
    event["a"] = value;
    let matches = |pattern| Pattern::parse(pattern, Dialect::Rule).unwrap().matches(&event);
    assert!(matches(r#"{"a": {"b": [1]}, "c": [1]}"#));
    assert!(!matches(r#"{"a": {"b": [{"exists": false}]}}"#));
    assert!(!matches(r#"{"a": [1]}"#));
    // Dropping it by itself would need a stack as deep.
    while let Value::Array(mut inner) = event["a"].take() {
        event["a"] = inner.pop().unwrap();
    }
}

#[test]
fn alternatives_may_multiply_to_a_thousand() {
    let pattern = |groups: &[usize]| {
        let mut pattern = "{".to_owned();
        for (at, count) in groups.iter().enumerate() {
            let alternatives: Vec<_> = (0..*count).map(|at| format!(r#"{{"x":[{at}]}}"#)).collect();
            write!(
                pattern,
                r#"{}"f{at}":{{"$or":[{}]}}"#,
                if at == 0 { "" } else { "," },
                alternatives.join(",")
            )
            .unwrap();
        }
        pattern + "}"
    };
    assert!(Pattern::parse(&pattern(&[10, 10, 10]), Dialect::Filter).is_ok());
    let expected = "$or: expected at most 1000 combinations of alternatives in the pattern";
    assert_eq!(refused(&pattern(&[7, 11, 13]), Dialect::Filter), expected);
    assert_eq!(refused(&pattern(&[2; 70]), Dialect::Filter), expected);
}

#[test]
fn nested_alternatives_add_and_multiply() {
    // Four levels of two fields with two alternatives each: ((1 + 1)^2 + 1)^2 and so on.
    let mut pattern = r#"{"x":[1]}"#.to_owned();
    for _ in 0..3 {
        pattern =
            format!(r#"{{"a":{{"$or":[{pattern},{{"y":[1]}}]}},"b":{{"$or":[{pattern},{{"y":[1]}}]}}}}"#);
    }
    // 2 * 2 = 4, 5 * 5 = 25, 26 * 26 = 676
    assert!(Pattern::parse(&pattern, Dialect::Rule).is_ok());
    let pattern = format!(r#"{{"c":{{"$or":[{{"x":[1]}},{{"y":[1]}}]}},"a":{pattern}}}"#);
    assert!(refused(&pattern, Dialect::Rule).contains("combinations"));
}

/// Backtracking would try more ways than there are atoms.
#[test]
fn a_wildcard_does_not_try_all_ways() {
    let pattern = format!(r#"{{"a": [{{"wildcard": "{}b"}}]}}"#, "*a".repeat(1_000));
    let pattern = Pattern::parse(&pattern, Dialect::Rule).unwrap();
    assert!(!pattern.matches(&json!({"a": "a".repeat(100_000)})));
    assert!(pattern.matches(&json!({"a": "a".repeat(100_000) + "b"})));
}

/// Element by element, and each of the absent fields again for each element, would be a billion steps.
#[test]
fn a_long_array_is_looked_at_once_for_each_field() {
    let mut pattern = r#"{"a": {"z": [1]"#.to_owned();
    for at in 0..100 {
        write!(pattern, r#", "f{at}": [{{"exists": false}}]"#).unwrap();
    }
    let pattern = Pattern::parse(&(pattern + "}}"), Dialect::Rule).unwrap();
    let mut elements = vec![json!({"y": 1}); 10_000];
    assert!(!pattern.matches(&json!({"a": elements})));
    elements.push(json!({"z": 1}));
    assert!(pattern.matches(&json!({"a": elements})));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in r#"([{}\[\],:]|"(\$or|a|exists|prefix|numeric|anything-but|cidr|wildcard|>|)"|1|true|null){0,40}"#) {
        for dialect in [Dialect::Filter, Dialect::Rule] {
            if let Err(error) = Pattern::parse(&text, dialect) {
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }
}
