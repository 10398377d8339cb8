//! What is no pattern, in the words of the error.

use super::{Dialect, Pattern, refused};

#[test]
fn what_is_not_json_is_refused_with_line_and_column() {
    for dialect in [Dialect::Filter, Dialect::Rule] {
        assert_eq!(
            refused("{\"a\": [1],}", dialect),
            "the pattern is not JSON: trailing comma at line 1 column 11"
        );
        assert_eq!(
            refused("", dialect),
            "the pattern is not JSON: EOF while parsing a value at line 1 column 0"
        );
    }
}

#[test]
fn a_pattern_has_at_most_4096_characters() {
    let pattern = |length: usize| format!(r#"{{"a": ["{}"]}}"#, "ö".repeat(length - 11));
    assert_eq!(pattern(4096).chars().count(), 4096);
    assert!(Pattern::parse(&pattern(4096), Dialect::Filter).is_ok());
    assert_eq!(
        refused(&pattern(4097), Dialect::Rule),
        "the pattern has 4097 characters, and at most 4096 are allowed"
    );
}

/// Both dialects refuse these, in the same words.
#[test]
fn what_stands_in_a_wrong_place_is_named() {
    let cases = [
        ("[1]", "the pattern: expected an object, not a list"),
        ("1", "the pattern: expected an object, not 1"),
        ("{}", "the pattern: expected at least one field, not an empty object"),
        (r#"{"a": 1}"#, "a: expected an object or a list of values, not 1"),
        (r#"{"a": {"b": "x"}}"#, r#"a.b: expected an object or a list of values, not "x""#),
        (r#"{"a": {"b": {}}}"#, "a.b: expected at least one field, not an empty object"),
        (r#"{"a": []}"#, "a: expected at least one value, not an empty list"),
        (
            r#"{"a": [1, [2]]}"#,
            "a[1]: expected a string, a number, true, false, null or an operator, not a list",
        ),
        (r#"{"a": [{}]}"#, "a[0]: expected an object with one operator, not an empty object"),
        (
            r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
            r#"a[0]: expected an object with one operator, not one with "prefix" and "suffix""#,
        ),
        (r#"{"a": {"b": [{"exists": 1}]}}"#, "a.b[0].exists: expected true or false, not 1"),
        (r#"{"a": [{"equals-ignore-case": 1}]}"#, "a[0].equals-ignore-case: expected a string, not 1"),
        (r#"{"a": {"$or": [{"b": [1]}]}}"#, "a.$or: expected a list of at least two objects, not a list"),
        (r#"{"$or": {"b": [1]}}"#, "$or: expected a list of at least two objects, not an object"),
        (r#"{"$or": [{"b": [1]}, 2]}"#, "$or[1]: expected an object, not 2"),
        (r#"{"$or": [{"b": [1]}, {}]}"#, "$or[1]: expected at least one field, not an empty object"),
        (r#"{"$or": [{"b": [1]}, {"c": 3}]}"#, "$or[1].c: expected an object or a list of values, not 3"),
        (
            r#"{"a": [{"anything-but": ["x", 1]}]}"#,
            "a[0].anything-but: expected only strings or only numbers, not both",
        ),
        (
            r#"{"a": [{"anything-but": []}]}"#,
            "a[0].anything-but: expected at least one value, not an empty list",
        ),
        (
            r#"{"a": [{"anything-but": null}]}"#,
            "a[0].anything-but: expected a string, a number, or a list of either, not null",
        ),
        (
            r#"{"a": [{"anything-but": ["x", true]}]}"#,
            "a[0].anything-but[1]: expected a string, a number, or a list of either, not true",
        ),
    ];
    for (pattern, expected) in cases {
        assert_eq!(refused(pattern, Dialect::Filter), expected);
        assert_eq!(refused(pattern, Dialect::Rule), expected);
    }
}

#[test]
fn numeric_has_a_grammar_of_its_own() {
    let cases = [
        ("5", ": expected a list of a comparison and a number, or of a lower bound and an upper one, not 5"),
        (
            "[]",
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not an empty list",
        ),
        (
            r#"[">"]"#,
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not a list",
        ),
        (
            r#"["<", 1, ">", 0]"#,
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not a list",
        ),
        (
            r#"["=", 1, "<", 2]"#,
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not a list",
        ),
        (
            r#"[">", 1, "<"]"#,
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not a list",
        ),
        (
            r#"[">", 1, "<", 2, "<", 3]"#,
            ": expected a list of a comparison and a number, or of a lower bound and an upper one, not a list",
        ),
        (r#"["==", 1]"#, r#"[0]: expected one of "=", ">", ">=", "<", "<=", not "==""#),
        (r#"[1, 1]"#, r#"[0]: expected one of "=", ">", ">=", "<", "<=", not 1"#),
        (r#"[">", "1"]"#, r#"[1]: expected a number from -5e9 to 5e9, not "1""#),
        (r#"[">", 5000000001]"#, "[1]: expected a number from -5e9 to 5e9, not 5000000001"),
        (r#"[">", 1, ">", 2]"#, r#"[2]: expected "<" or "<=" after a lower bound, not ">""#),
        (r#"[">", 2, "<", 2]"#, "[3]: expected an upper bound above the lower one, not 2"),
        (r#"[">", 1, "<", null]"#, "[3]: expected a number from -5e9 to 5e9, not null"),
    ];
    for (operand, expected) in cases {
        let pattern = format!(r#"{{"a": [{{"numeric": {operand}}}]}}"#);
        assert_eq!(refused(&pattern, Dialect::Filter), format!("a[0].numeric{expected}"));
    }
}

#[test]
fn what_only_rules_have_is_refused_in_filters() {
    let operators = "one of anything-but, equals-ignore-case, exists, numeric, prefix, suffix";
    let cases = [
        (
            r#"{"a": [{"wildcard": "*"}]}"#,
            format!(r#"a[0]: "wildcard" is not an operator of a filter, expected {operators}"#),
        ),
        (
            r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#,
            format!(r#"a[0]: "cidr" is not an operator of a filter, expected {operators}"#),
        ),
        (
            r#"{"a": [{"prefix": {"equals-ignore-case": "x"}}]}"#,
            "a[0].prefix: expected a string, not an object".to_owned(),
        ),
        (
            r#"{"a": [{"anything-but": {"prefix": "x"}}]}"#,
            "a[0].anything-but: expected a string, a number, or a list of either, not an object".to_owned(),
        ),
        (
            r#"{"$or": [{"a": [1]}, {"$or": [{"a": [2]}, {"b": [2]}]}]}"#,
            r#"$or[1].$or: "$or" is not an operator of a filter, expected no $or within another"#.to_owned(),
        ),
        (
            r#"{"$or": [{"a": [1]}, {"b": {"$or": [{"a": [2]}, {"b": [2]}]}}]}"#,
            r#"$or[1].b.$or: "$or" is not an operator of a filter, expected no $or within another"#
                .to_owned(),
        ),
    ];
    for (pattern, expected) in cases {
        assert_eq!(refused(pattern, Dialect::Filter), expected);
        assert!(Pattern::parse(pattern, Dialect::Rule).is_ok(), "{pattern}");
    }
}

#[test]
fn what_rules_do_not_have_either_is_refused() {
    let cases = [
        (
            r#"{"a": [{"regex": "x"}]}"#,
            r#"a[0]: "regex" is not an operator of a rule, expected one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard"#,
        ),
        (
            r#"{"a": [{"anything-but": {"cidr": "x"}}]}"#,
            r#"a[0].anything-but: "cidr" is not an operator of a rule, expected one of equals-ignore-case, prefix, suffix, wildcard in anything-but"#,
        ),
        (
            r#"{"a": [{"anything-but": {"prefix": ["x", ""]}}]}"#,
            r#"a[0].anything-but.prefix[1]: expected a string that is not empty, not """#,
        ),
        (r#"{"a": [{"anything-but": {"suffix": 1}}]}"#, "a[0].anything-but.suffix: expected a string, not 1"),
        (
            r#"{"a": [{"prefix": {"wildcard": "x"}}]}"#,
            r#"a[0].prefix: "wildcard" is not an operator of a rule, expected equals-ignore-case"#,
        ),
        (r#"{"a": [{"suffix": 1}]}"#, "a[0].suffix: expected a string or equals-ignore-case, not 1"),
        (
            r#"{"a": [{"wildcard": "a**b"}]}"#,
            r#"a[0].wildcard: expected something between two wildcards, not "a**b""#,
        ),
        (r#"{"a": [{"wildcard": "a\\b"}]}"#, r#"a[0].wildcard: expected * or \ after each \, not "a\\b""#),
        (r#"{"a": [{"wildcard": "a\\"}]}"#, r#"a[0].wildcard: expected * or \ after each \, not "a\\""#),
    ];
    for (pattern, expected) in cases {
        assert_eq!(refused(pattern, Dialect::Rule), expected);
    }
}

#[test]
fn what_is_no_range_of_addresses_is_refused() {
    let expected = "expected an IP address, / and a number of bits: at most 31 for IPv4 and 127 for IPv6";
    for cidr in [
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0/8",
        "10.0.0.0/32",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "::/128",
        "x/8",
    ] {
        let pattern = format!(r#"{{"a": [{{"cidr": "{cidr}"}}]}}"#);
        assert_eq!(refused(&pattern, Dialect::Rule), format!("a[0].cidr: {expected}, not \"{cidr}\""));
    }
}

#[test]
fn names_that_are_not_plain_are_quoted_and_shortened() {
    assert_eq!(
        refused(r#"{"detail": {"a b\n": {"": 1}}}"#, Dialect::Rule),
        r#"detail["a b\n"][""]: expected an object or a list of values, not 1"#
    );
    let long = "x".repeat(100);
    assert_eq!(
        refused(&format!(r#"{{"a": "{long}"}}"#), Dialect::Rule),
        format!("a: expected an object or a list of values, not \"{}...", &long[..39])
    );
}
