//! Filter policies against messages: each operator, on attributes and on the body, and what is refused. Policies and values
//! are those of AWS's pages on [strings](https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html),
//! [numbers](https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html) and
//! [keys](https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html).

use super::{super::topic::*, topic::attribute};

fn with_attribute(data_type: &str, value: &str) -> Publication {
    let mut publication = Publication::new("hello");
    publication.attributes.insert("a".to_owned(), attribute(data_type, value));
    publication
}

fn accepts(policy: &str, scope: FilterScope, publication: &Publication) -> bool {
    FilterPolicy::parse(policy, scope).unwrap().matches(publication, Protocol::Lambda)
}

/// Holds the list of the name `a` against attributes: type and value.
fn check(list: &str, matching: &[(&str, &str)], others: &[(&str, &str)]) {
    let policy = format!(r#"{{"a": {list}}}"#);
    for (values, expected) in [(matching, true), (others, false)] {
        for (data_type, value) in values {
            let publication = with_attribute(data_type, value);
            let is_match = accepts(&policy, FilterScope::MessageAttributes, &publication);
            assert_eq!(is_match, expected, "{list} and {data_type} {value}");
        }
    }
}

fn accepts_body(policy: &str, body: &str) -> bool {
    accepts(policy, FilterScope::MessageBody, &Publication::new(body))
}

fn refused(policy: &str, scope: FilterScope) -> String {
    FilterPolicy::parse(policy, scope).unwrap_err().to_string()
}

#[test]
fn exact_strings() {
    check(
        r#"["rugby", "tennis"]"#,
        &[("String", "rugby"), ("String", "tennis"), ("String.Array", r#"["rugby", "tennis"]"#)],
        &[("String", "baseball"), ("String", "Rugby"), ("String.Array", r#"["baseball"]"#)],
    );
}

#[test]
fn anything_but_strings() {
    check(
        r#"[{"anything-but": ["rugby", "tennis"]}]"#,
        &[("String", "baseball"), ("String.Array", r#"["rugby", "baseball"]"#)],
        &[("String", "rugby"), ("String.Array", r#"["rugby"]"#)],
    );
    check(r#"[{"anything-but": "rugby"}]"#, &[("String", "rugby-player")], &[("String", "rugby")]);
}

#[test]
fn anything_but_a_beginning() {
    check(
        r#"[{"anything-but": {"prefix": "order-"}}]"#,
        &[("String", "data-entry"), ("String", "order_number")],
        &[("String", "order-cancelled"), ("String", "order-")],
    );
}

#[test]
fn whatever_the_case() {
    check(
        r#"[{"equals-ignore-case": "tennis"}]"#,
        &[("String", "TENNIS"), ("String", "Tennis")],
        &[("String", "rugby")],
    );
}

#[test]
fn addresses() {
    check(
        r#"[{"cidr": "10.0.0.0/24"}]"#,
        &[("String", "10.0.0.0"), ("String", "10.0.0.255")],
        &[("String", "10.1.1.0"), ("String", "address")],
    );
}

#[test]
fn beginnings_and_ends() {
    check(
        r#"[{"prefix": "bas"}]"#,
        &[("String", "baseball"), ("String", "basketball")],
        &[("String", "rugby")],
    );
    check(
        r#"[{"suffix": "ball"}]"#,
        &[("String", "baseball"), ("String", "basketball")],
        &[("String", "rugby")],
    );
}

#[test]
fn exact_numbers() {
    check(
        r#"[{"numeric": ["=", 301.5]}]"#,
        &[("Number", "301.5"), ("Number", "3.015e2"), ("Number", "+301.50"), ("Number", "0301.5")],
        &[("Number", "301"), ("String", "301.5"), ("String.Array", r#"["301.5"]"#)],
    );
    check(
        "[100]",
        &[("Number", "100"), ("Number", "1e2"), ("String.Array", "[1, 100]")],
        &[("Number", "101"), ("String", "100")],
    );
}

#[test]
fn anything_but_numbers() {
    check(
        r#"[{"anything-but": [100, 500]}]"#,
        &[("Number", "101"), ("Number", "100.1"), ("String.Array", "[100, 50]")],
        &[("Number", "100"), ("Number", "500.0"), ("String.Array", "[100, 500]")],
    );
}

#[test]
fn ranges_of_numbers() {
    check(r#"[{"numeric": ["<", 0]}]"#, &[("Number", "-1")], &[("Number", "0")]);
    check(
        r#"[{"numeric": [">", 0, "<=", 150]}]"#,
        &[("Number", "0.1"), ("Number", "150")],
        &[("Number", "0"), ("Number", "150.1"), ("String", "100")],
    );
}

#[test]
fn whether_there_is_such_an_attribute() {
    check(r#"[{"exists": true}]"#, &[("String", "x"), ("Number", "1"), ("String.Array", r#"["x"]"#)], &[]);
    check(r#"[{"exists": false}]"#, &[], &[("String", "x"), ("Number", "1")]);
    let none = Publication::new("hello");
    assert!(!accepts(r#"{"a": [{"exists": true}]}"#, FilterScope::MessageAttributes, &none));
    assert!(accepts(r#"{"a": [{"exists": false}]}"#, FilterScope::MessageAttributes, &none));
    assert!(accepts(r#"{"a": [{"exists": false}, "x"]}"#, FilterScope::MessageAttributes, &none));
}

#[test]
fn arrays_have_keywords_and_bytes_are_not_seen() {
    check(
        "[true, null]",
        &[("String.Array", "[true]"), ("String.Array", "[1, null]")],
        &[("String.Array", r#"["true"]"#), ("String", "true")],
    );
    check(
        r#"[{"exists": true}]"#,
        &[],
        &[("Binary", "x"), ("String.Array", "[]"), ("String.Array", "no array")],
    );
}

#[test]
fn all_names_must_match() {
    let policy = r#"{"a": ["x"], "b": [{"exists": false}]}"#;
    let mut publication = with_attribute("String", "x");
    assert!(accepts(policy, FilterScope::MessageAttributes, &publication));
    publication.attributes.insert("c".to_owned(), attribute("String", "other"));
    assert!(accepts(policy, FilterScope::MessageAttributes, &publication));
    publication.attributes.insert("b".to_owned(), attribute("String", "y"));
    assert!(!accepts(policy, FilterScope::MessageAttributes, &publication));
}

#[test]
fn one_alternative_must_match() {
    let policy = r#"{"source": ["shop"], "$or": [{"metric": ["cpu"]}, {"size": [{"numeric": [">", 9]}]}]}"#;
    assert!(accepts_body(policy, r#"{"source": "shop", "metric": "cpu"}"#));
    assert!(accepts_body(policy, r#"{"source": "shop", "size": 10}"#));
    assert!(!accepts_body(policy, r#"{"source": "shop", "size": 9}"#));
    assert!(!accepts_body(policy, r#"{"metric": "cpu"}"#));
}

#[test]
fn the_body_is_looked_at_in_its_depth() {
    let policy =
        r#"{"order": {"customer": {"name": ["Alice"]}, "items": {"size": [{"numeric": [">", 1]}]}}}"#;
    assert!(accepts_body(
        policy,
        r#"{"order": {"customer": {"name": "Alice"}, "items": [{"size": 1}, {"size": 2}]}}"#
    ));
    assert!(!accepts_body(policy, r#"{"order": {"customer": {"name": "Alice"}, "items": [{"size": 1}]}}"#));
    assert!(!accepts_body(policy, r#"{"customer": {"name": "Alice"}, "items": {"size": 2}}"#));
    assert!(accepts_body(r#"{"flag": [true], "none": [null]}"#, r#"{"flag": true, "none": null}"#));
    assert!(!accepts_body(r#"{"flag": [true]}"#, r#"{"flag": "true"}"#));
}

#[test]
fn a_message_that_is_no_object_has_no_body() {
    for body in ["hello", "[]", r#""{}""#, r#"[{"a": 1}]"#, "null"] {
        assert!(!accepts_body(r#"{"a": [{"exists": false}]}"#, body), "{body}");
    }
    assert!(accepts_body(r#"{"a": [{"exists": false}]}"#, "{}"));
    let attributes = with_attribute("String", "x");
    assert!(!accepts(r#"{"a": ["x"]}"#, FilterScope::MessageBody, &attributes));
}

#[test]
fn the_body_is_the_text_for_the_protocol() {
    let publication = Publication {
        structure: MessageStructure::Json,
        ..Publication::new(r#"{"default": "hello", "lambda": "{\"a\": 1}"}"#)
    };
    let policy = FilterPolicy::parse(r#"{"a": [1]}"#, FilterScope::MessageBody).unwrap();
    assert!(policy.matches(&publication, Protocol::Lambda));
    assert!(!policy.matches(&publication, Protocol::Sqs));
}

#[test]
fn a_policy_without_names_is_for_all_messages() {
    for scope in [FilterScope::MessageAttributes, FilterScope::MessageBody] {
        assert!(accepts(" { } ", scope, &Publication::new("hello")));
    }
}

#[test]
fn a_policy_has_at_most_five_names_at_the_top() {
    let five = r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": {"x": [1], "y": [1]}}"#;
    assert!(FilterPolicy::parse(five, FilterScope::MessageBody).is_ok());
    let six = r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}"#;
    assert_eq!(refused(six, FilterScope::MessageBody), "FilterPolicy has 6 keys, and at most 5 are allowed");
}

#[test]
fn attributes_have_nothing_within_them() {
    assert_eq!(
        refused(r#"{"a": {"b": ["x"]}}"#, FilterScope::MessageAttributes),
        "FilterPolicy: a: the scope MessageAttributes has no nested keys"
    );
    assert!(
        refused(r#"{"$or": [{"a": [1]}, {"b": {"c": [1]}}]}"#, FilterScope::MessageAttributes)
            .contains(": b:")
    );
    assert!(
        FilterPolicy::parse(r#"{"$or": [{"a": [1]}, {"b": [1]}]}"#, FilterScope::MessageAttributes).is_ok()
    );
}

#[test]
fn values_have_at_most_150_combinations() {
    let values = |count: usize| (0..count).map(|value| value.to_string()).collect::<Vec<_>>().join(",");
    let flat =
        |first: usize, second: usize| format!(r#"{{"a": [{}], "b": [{}]}}"#, values(first), values(second));
    assert!(FilterPolicy::parse(&flat(15, 10), FilterScope::MessageAttributes).is_ok());
    assert_eq!(
        refused(&flat(38, 4), FilterScope::MessageAttributes),
        "FilterPolicy has 152 combinations of values, and at most 150 are allowed"
    );
    // The depth of each list counts: the example of AWS has 3 x 4 x 2 x 3 = 72.
    let deep =
        |count: usize| format!(r#"{{"a": {{"b": {{"c": [{}]}}}}, "d": {{"e": [1, 2, 3]}}}}"#, values(count));
    assert!(FilterPolicy::parse(&deep(8), FilterScope::MessageBody).is_ok());
    assert!(refused(&deep(9), FilterScope::MessageBody).contains("162 combinations"));
    // Those of alternatives are added.
    let or = |count: usize| format!(r#"{{"$or": [{{"a": [{}]}}, {{"b": [1]}}]}}"#, values(count));
    assert!(FilterPolicy::parse(&or(149), FilterScope::MessageAttributes).is_ok());
    assert!(refused(&or(150), FilterScope::MessageAttributes).contains("151 combinations"));
}

#[test]
fn what_is_no_policy_is_refused() {
    for policy in ["", "[]", "1", "{", r#"{"a": "x"}"#, r#"{"a": []}"#, r#"{"a": [{"wildcard": "x*"}]}"#] {
        assert!(refused(policy, FilterScope::MessageBody).starts_with("FilterPolicy: "), "{policy}");
    }
}
