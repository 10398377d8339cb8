//! Each value and operator, with what it matches and what it does not.

use super::{check, matches};

#[test]
fn null_matches_null_only() {
    check("[null]", &["null", "[1, null]"], &[r#""""#, r#""null""#, "0", "false", "[]", "{}"]);
    assert!(!matches(r#"{"a": [null]}"#, "{}"));
}

#[test]
fn an_empty_string_matches_itself_only() {
    check(r#"[""]"#, &[r#""""#], &["null", r#"" ""#, "0", "[]", "{}"]);
    assert!(!matches(r#"{"a": [""]}"#, "{}"));
}

#[test]
fn a_string_matches_letter_by_letter() {
    check(
        r#"["Alice"]"#,
        &[r#""Alice""#, r#""\u0041lice""#],
        &[r#""alice""#, r#""Alice ""#, r#""Alic""#, "null"],
    );
    // Composed and decomposed: nothing is normalised.
    check(r#"["é"]"#, &[r#""\u00e9""#], &[r#""e\u0301""#]);
}

#[test]
fn a_number_matches_one_that_is_written_alike() {
    check("[300]", &["300"], &["300.0", "3.0e2", r#""300""#, "301", "-300", "null"]);
    // Once an event has been parsed, fractions are no longer told apart.
    check("[300.0]", &["300.0", "3.0e2"], &["300", r#""300.0""#]);
    check("[-1.5]", &["-1.5"], &["1.5", "-1"]);
    check("[123456789012]", &["123456789012"], &["123456789013"]);
}

#[test]
fn true_and_false_match_themselves() {
    check("[true]", &["true"], &["false", r#""true""#, "1"]);
    check("[false]", &["false"], &["true", "null", "0", r#""""#]);
}

#[test]
fn anything_but_a_string_matches_all_other_leaves() {
    let others = [r#""on""#, "null", "1", "true", r#""""#, r#""OFF""#];
    check(r#"[{"anything-but": "off"}]"#, &others, &[r#""off""#, "{}", "[]", r#"{"b": 1}"#]);
    check(r#"[{"anything-but": ["off"]}]"#, &others, &[r#""off""#]);
    assert!(!matches(r#"{"a": [{"anything-but": "off"}]}"#, "{}"));
}

#[test]
fn anything_but_a_list_matches_none_of_it() {
    check(r#"[{"anything-but": ["a", "b"]}]"#, &[r#""c""#, "1"], &[r#""a""#, r#""b""#]);
    check(r#"[{"anything-but": [100, 200]}]"#, &["300", "100.5", r#""100""#], &["100", "200"]);
    check(r#"[{"anything-but": 123}]"#, &["124", "null"], &["123"]);
}

#[test]
fn anything_but_matches_an_array_with_another_element() {
    check(r#"[{"anything-but": ["a", "b"]}]"#, &[r#"["a", "c"]"#], &[r#"["a", "b"]"#]);
}

#[test]
fn anything_but_a_beginning() {
    check(
        r#"[{"anything-but": {"prefix": "us-"}}]"#,
        &[r#""eu-west-1""#, r#""US-x""#, "1", "null"],
        &[r#""us-east-1""#, r#""us-""#],
    );
    check(r#"[{"anything-but": {"prefix": ["us-", "eu-"]}}]"#, &[r#""ap-1""#], &[r#""us-1""#, r#""eu-1""#]);
}

#[test]
fn anything_but_an_end() {
    check(r#"[{"anything-but": {"suffix": ".png"}}]"#, &[r#""a.jpg""#, r#""png""#], &[r#""a.png""#]);
    check(
        r#"[{"anything-but": {"suffix": [".png", ".jpg"]}}]"#,
        &[r#""a.gif""#],
        &[r#""a.png""#, r#""a.jpg""#],
    );
}

#[test]
fn anything_but_in_any_case() {
    check(
        r#"[{"anything-but": {"equals-ignore-case": "initializing"}}]"#,
        &[r#""initialized""#],
        &[r#""INITIALIZING""#, r#""initializing""#],
    );
    check(r#"[{"anything-but": {"equals-ignore-case": ["a", "b"]}}]"#, &[r#""c""#], &[r#""A""#, r#""B""#]);
}

#[test]
fn anything_but_a_wildcard() {
    check(
        r#"[{"anything-but": {"wildcard": "*/lib/*"}}]"#,
        &[r#""/bin/x""#, r#""lib""#],
        &[r#""/usr/lib/x""#, r#""/lib/""#],
    );
    check(
        r#"[{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]"#,
        &[r#""/etc/x""#],
        &[r#""/lib/x""#, r#""/bin/x""#],
    );
}

#[test]
fn numeric_compares_by_value() {
    check(r#"[{"numeric": ["=", 100]}]"#, &["100", "100.0", "1e2"], &["101", r#""100""#, "null", "true"]);
    check(r#"[{"numeric": ["=", 3.018e2]}]"#, &["301.8"], &["301", "301.80001"]);
    check(r#"[{"numeric": ["<", 10]}]"#, &["9.999", "-11"], &["10", "11", r#""1""#, r#""""#, "true", "null"]);
    check(r#"[{"numeric": ["<=", 10]}]"#, &["10", "-11"], &["10.001"]);
    check(r#"[{"numeric": [">", 10]}]"#, &["10.001"], &["10", "-11", r#""11""#]);
    check(r#"[{"numeric": [">=", -10]}]"#, &["-10", "0"], &["-10.001"]);
}

#[test]
fn numeric_has_a_lower_and_an_upper_bound() {
    check(r#"[{"numeric": [">", 10, "<=", 20]}]"#, &["10.5", "20"], &["10", "20.5", "5", "25"]);
    check(r#"[{"numeric": [">=", 10, "<", 20]}]"#, &["10", "19.5"], &["9.5", "20"]);
}

#[test]
fn numeric_leaves_numbers_beyond_its_limits_alone() {
    check(r#"[{"numeric": [">", 0]}]"#, &["5e9"], &["5000000001", "1e300"]);
    check(r#"[{"numeric": ["<", 0]}]"#, &["-5e9"], &["-5000000001"]);
}

#[test]
fn exists_matches_any_leaf() {
    check(
        r#"[{"exists": true}]"#,
        &["1", "null", r#""""#, "false", "[1]", r#"[{"b": 1}, 2]"#],
        &["{}", "[]", r#"{"b": 1}"#, "[[]]", r#"[{"b": 1}]"#],
    );
    assert!(!matches(r#"{"a": [{"exists": true}]}"#, r#"{"b": 1}"#));
}

#[test]
fn exists_false_matches_where_there_is_no_leaf() {
    check(
        r#"[{"exists": false}]"#,
        &["{}", "[]", r#"{"b": 1}"#, "[[]]", r#"[{"b": 1}]"#],
        &["1", "null", r#""""#, "false", "[1]", r#"[{"b": 1}, 2]"#],
    );
    assert!(matches(r#"{"a": [{"exists": false}]}"#, r#"{"b": 1}"#));
    assert!(matches(r#"{"a": [{"exists": false}], "b": [{"exists": false}]}"#, "{}"));
    assert!(matches(r#"{"a": [{"exists": true}], "b": [{"exists": false}]}"#, r#"{"a": 1}"#));
}

/// The example of EventBridge's page.
#[test]
fn exists_works_on_leaves_only() {
    let pattern = r#"{"detail": {"c-count": [{"exists": false}]}}"#;
    assert!(matches(pattern, r#"{"detail": {"state": ["initializing", "running"]}}"#));
    assert!(matches(pattern, r#"{"detail": {"state": "running", "c-count": {"c1": 100}}}"#));
    assert!(matches(pattern, r#"{"source": "x"}"#));
    assert!(matches(pattern, r#"{"detail": "x"}"#));
    assert!(!matches(pattern, r#"{"detail": {"c-count": 100}}"#));
}

#[test]
fn exists_false_is_about_the_whole_event() {
    let pattern = r#"{"a": {"b": [{"exists": false}], "c": [1]}}"#;
    assert!(matches(pattern, r#"{"a": [{"c": 1}, {"c": 2}]}"#));
    assert!(!matches(pattern, r#"{"a": [{"c": 1}, {"b": 1}]}"#));
}

#[test]
fn exists_false_stands_beside_values() {
    let pattern = r#"{"a": [{"exists": false}, "x"]}"#;
    assert!(matches(pattern, "{}"));
    assert!(matches(pattern, r#"{"a": "x"}"#));
    assert!(!matches(pattern, r#"{"a": "y"}"#));
}

#[test]
fn a_prefix_is_the_beginning_of_a_string() {
    check(
        r#"[{"prefix": "us-"}]"#,
        &[r#""us-east-1""#, r#""us-""#],
        &[r#""US-east-1""#, r#""a us-""#, r#""us""#, "null"],
    );
    check(r#"[{"prefix": "1"}]"#, &[r#""12""#], &["12"]);
    check(r#"[{"prefix": ""}]"#, &[r#""""#, r#""a""#], &["1", "null", "true"]);
}

#[test]
fn a_suffix_is_the_end_of_a_string() {
    check(
        r#"[{"suffix": ".png"}]"#,
        &[r#""a.png""#, r#"".png""#],
        &[r#""a.PNG""#, r#""a.png2""#, r#""png""#, "null"],
    );
    check(r#"[{"suffix": "2"}]"#, &[r#""12""#], &["12"]);
}

#[test]
fn equals_ignore_case_leaves_case_aside() {
    check(
        r#"[{"equals-ignore-case": "alice"}]"#,
        &[r#""ALICE""#, r#""Alice""#, r#""alice""#],
        &[r#""alic""#, r#""alicee""#, "null"],
    );
    check(r#"[{"equals-ignore-case": "ÉÖ"}]"#, &[r#""éö""#, r#""Éö""#], &[r#""eo""#]);
}

#[test]
fn a_prefix_in_any_case() {
    check(
        r#"[{"prefix": {"equals-ignore-case": "EventB"}}]"#,
        &[r#""eventbridge""#, r#""EVENTB""#],
        &[r#""event""#, r#""xeventb""#, "1"],
    );
}

#[test]
fn a_suffix_in_any_case() {
    check(
        r#"[{"suffix": {"equals-ignore-case": ".png"}}]"#,
        &[r#""a.PNG""#, r#"".pNg""#],
        &[r#""png""#, r#""a.png2""#, "1"],
    );
}

#[test]
fn a_wildcard_is_any_characters() {
    check(
        r#"[{"wildcard": "dir/*.png"}]"#,
        &[r#""dir/a.png""#, r#""dir/.png""#, r#""dir/a/b.png""#],
        &[r#""dir/a.jpg""#, r#""xdir/a.png""#, r#""dir.png""#, "1"],
    );
    check(r#"[{"wildcard": "*"}]"#, &[r#""""#, r#""x""#], &["1", "null"]);
    check(r#"[{"wildcard": "x"}]"#, &[r#""x""#], &[r#""xx""#, r#""""#]);
    check(r#"[{"wildcard": "a*b*c"}]"#, &[r#""abc""#, r#""a1b2b3c""#], &[r#""acb""#, r#""ac""#, r#""abcd""#]);
    check(r#"[{"wildcard": "ab*ba"}]"#, &[r#""abba""#, r#""ab ba""#], &[r#""aba""#]);
    check(r#"[{"wildcard": "*ab*ab*"}]"#, &[r#""abab""#, r#""xabxabx""#], &[r#""ab""#, r#""aba""#]);
}

#[test]
fn an_asterisk_after_a_backslash_is_itself() {
    check(r#"[{"wildcard": "a\\*b"}]"#, &[r#""a*b""#], &[r#""axb""#, r#""a\\*b""#]);
    check(r#"[{"wildcard": "a\\\\*"}]"#, &[r#""a\\""#, r#""a\\b""#], &[r#""a*""#, r#""ab""#]);
    check(r#"[{"wildcard": "*\\**"}]"#, &[r#""a*b""#, r#""*""#], &[r#""ab""#]);
}

#[test]
fn a_range_of_addresses() {
    check(
        r#"[{"cidr": "10.0.0.0/24"}]"#,
        &[r#""10.0.0.0""#, r#""10.0.0.255""#],
        &[
            r#""10.0.1.0""#,
            r#""9.255.255.255""#,
            r#""10.0.0""#,
            r#""::ffff:10.0.0.1""#,
            r#""x""#,
            "10",
            r#""""#,
        ],
    );
    check(r#"[{"cidr": "10.1.2.3/8"}]"#, &[r#""10.9.9.9""#], &[r#""11.1.2.3""#]);
    check(r#"[{"cidr": "0.0.0.0/0"}]"#, &[r#""255.1.2.3""#], &[r#""::1""#]);
    check(
        r#"[{"cidr": "2001:db8::/32"}]"#,
        &[r#""2001:db8:1::1""#, r#""2001:0DB8::""#],
        &[r#""2001:db9::""#, r#""1.2.3.4""#],
    );
    check(r#"[{"cidr": "::/0"}]"#, &[r#""::1""#], &[r#""1.2.3.4""#]);
}
