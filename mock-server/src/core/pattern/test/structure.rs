//! How fields, lists, arrays and alternatives go together. The examples are those of AWS's pages, which `core/pattern.rs`
//! links, unless a comment says otherwise.

use serde_json::{Value, json};

use super::{Dialect, Pattern, matches};

const EC2: &str = r#"{
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"}
}"#;

#[test]
fn all_fields_must_match_and_others_are_ignored() {
    let pattern = |state: &str| {
        format!(
            r#"{{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"],
                "detail": {{"state": ["{state}"]}}}}"#
        )
    };
    assert!(matches(&pattern("terminated"), EC2));
    assert!(!matches(&pattern("running"), EC2));
}

#[test]
fn one_entry_of_a_list_must_match() {
    assert!(matches(r#"{"source": ["aws.ec2", "aws.fargate"]}"#, EC2));
    assert!(!matches(r#"{"source": ["aws.ecs", "aws.fargate"]}"#, EC2));
}

#[test]
fn a_field_that_is_missing_does_not_match() {
    assert!(!matches(r#"{"detail": {"reason": ["x"]}}"#, EC2));
    assert!(!matches(r#"{"details": {"state": ["terminated"]}}"#, EC2));
}

#[test]
fn names_are_case_sensitive() {
    assert!(!matches(r#"{"Source": ["aws.ec2"]}"#, EC2));
}

#[test]
fn a_field_is_found_only_where_it_is_nested() {
    assert!(!matches(r#"{"state": ["terminated"]}"#, EC2));
    assert!(!matches(r#"{"detail": {"source": ["aws.ec2"]}}"#, EC2));
    assert!(!matches(r#"{"source": {"name": ["aws.ec2"]}}"#, EC2));
    assert!(!matches(r#"{"detail": ["terminated"]}"#, EC2));
}

#[test]
fn a_dot_in_a_name_is_part_of_the_name() {
    assert!(matches(r#"{"a.b": [1]}"#, r#"{"a.b": 1}"#));
    assert!(!matches(r#"{"a.b": [1]}"#, r#"{"a": {"b": 1}}"#));
}

#[test]
fn of_an_array_one_element_must_match() {
    let pattern = r#"{"resources": ["arn:b", "arn:c"]}"#;
    assert!(matches(pattern, r#"{"resources": ["arn:a", "arn:b"]}"#));
    assert!(!matches(pattern, r#"{"resources": ["arn:a", "arn:d"]}"#));
    assert!(!matches(pattern, r#"{"resources": []}"#));
}

#[test]
fn arrays_in_arrays_are_looked_into() {
    assert!(matches(r#"{"a": [3]}"#, r#"{"a": [1, [2, [3]]]}"#));
    assert!(!matches(r#"{"a": [4]}"#, r#"{"a": [1, [2, [3]]]}"#));
}

/// Event Ruler's example.
const EMPLOYEES: &str = r#"{"employees": [
    [{"firstName": "John", "lastName": "Doe"}, {"firstName": "Anna", "lastName": "Smith"}],
    [{"firstName": "Peter", "lastName": "Jones"}]
]}"#;

#[test]
fn one_object_of_an_array_must_match_all() {
    assert!(matches(r#"{"employees": {"firstName": ["Anna"]}}"#, EMPLOYEES));
    assert!(matches(r#"{"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}"#, EMPLOYEES));
    assert!(!matches(r#"{"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}"#, EMPLOYEES));
    assert!(!matches(r#"{"employees": {"firstName": ["Paula"]}}"#, EMPLOYEES));
}

#[test]
fn objects_are_found_among_other_elements() {
    assert!(matches(r#"{"a": {"b": [1]}}"#, r#"{"a": ["x", {"b": 1}]}"#));
    assert!(matches(r#"{"a": ["x"]}"#, r#"{"a": ["x", {"b": 1}]}"#));
    assert!(!matches(r#"{"b": [1]}"#, r#"{"b": [{"b": 1}]}"#));
}

#[test]
fn the_last_of_a_name_that_comes_twice_counts() {
    let pattern = r#"{"source": ["aws.s3"], "source": ["aws.sns"]}"#;
    assert!(matches(pattern, r#"{"source": "aws.sns"}"#));
    assert!(!matches(pattern, r#"{"source": "aws.s3"}"#));
}

#[test]
fn what_is_not_an_object_has_no_fields() {
    for event in ["[]", r#"[{"a": 1}]"#, "1", "null", r#""a""#] {
        assert!(!matches(r#"{"a": [1]}"#, event), "{event}");
        assert!(matches(r#"{"a": [{"exists": false}]}"#, event), "{event}");
    }
}

#[test]
fn one_alternative_of_or_must_match() {
    let pattern = r#"{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}"#;
    assert!(matches(pattern, r#"{"Location": "New York", "Day": "Tuesday"}"#));
    assert!(matches(pattern, r#"{"Location": "Boston", "Day": "Monday"}"#));
    assert!(!matches(pattern, r#"{"Location": "Boston", "Day": "Tuesday"}"#));
    assert!(!matches(pattern, r#"{"$or": "Monday"}"#));
}

/// Event Ruler's example.
#[test]
fn or_goes_together_with_the_fields_beside_it() {
    let pattern = r#"{"source": ["aws.cloudwatch"], "$or": [
        {"metricName": ["CPUUtilization", "ReadLatency"]},
        {"metricType": ["MetricType"], "namespace": ["AWS/EC2", "AWS/ES"]},
        {"scope": ["Service"]}
    ]}"#;
    let event = |rest: &str| format!(r#"{{"source": "aws.cloudwatch", {rest}}}"#);
    assert!(matches(pattern, &event(r#""metricName": "ReadLatency""#)));
    assert!(matches(pattern, &event(r#""metricType": "MetricType", "namespace": "AWS/ES""#)));
    assert!(matches(pattern, &event(r#""scope": "Service""#)));
    assert!(!matches(pattern, &event(r#""metricType": "MetricType""#)));
    assert!(!matches(pattern, r#"{"source": "aws.ec2", "scope": "Service"}"#));
}

/// Event Ruler's example.
#[test]
fn or_stands_beside_another_at_another_depth() {
    let pattern = r#"{
        "$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}],
        "detail": {"$or": [{"source": ["aws.cloudwatch"]}, {"detail-type": ["Alarm"]}]}
    }"#;
    assert!(matches(pattern, r#"{"namespace": "AWS/EC2", "detail": {"source": "aws.cloudwatch"}}"#));
    assert!(!matches(pattern, r#"{"namespace": "AWS/EC2", "detail": {"source": "aws.ec2"}}"#));
    assert!(!matches(pattern, r#"{"namespace": "AWS/ES", "detail": {"source": "aws.cloudwatch"}}"#));
}

/// Event Ruler's example.
#[test]
fn or_stands_within_another_in_a_rule() {
    let pattern = r#"{"source": ["aws.cloudwatch"], "$or": [
        {"metricName": ["CPUUtilization", "ReadLatency"]},
        {"metricType": ["MetricType"], "$or": [{"metricId": [1234]}, {"spaceId": [1000]}]}
    ]}"#;
    assert!(matches(pattern, r#"{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 1000}"#));
    assert!(!matches(
        pattern,
        r#"{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 1234}"#
    ));
}

#[test]
fn or_looks_at_one_object_of_an_array_too() {
    let pattern = r#"{"a": {"b": [1], "$or": [{"c": [1]}, {"d": [1]}]}}"#;
    assert!(matches(pattern, r#"{"a": [{"b": 2, "c": 1}, {"b": 1, "d": 1}]}"#));
    assert!(!matches(pattern, r#"{"a": [{"b": 2, "c": 1}, {"b": 1, "d": 2}]}"#));
}

#[test]
fn the_example_with_several_operators_matches() {
    let pattern = r#"{"time": [{"prefix": "2017-10-02"}], "detail": {
        "state": [{"anything-but": "initializing"}],
        "c-count": [{"numeric": [">", 0, "<=", 5]}],
        "d-count": [{"numeric": ["<", 10]}],
        "x-limit": [{"anything-but": [100, 200, 300]}]
    }}"#;
    let event: Value = json!({"time": "2017-10-02T16:24:49Z", "detail": {
        "state": "running", "c-count": 5, "d-count": 3, "x-limit": 301.8,
    }});
    let pattern = Pattern::parse(pattern, Dialect::Filter).unwrap();
    assert!(pattern.matches(&event));
    for (name, value) in [
        ("state", json!("initializing")),
        ("c-count", json!(0)),
        ("c-count", json!(6)),
        ("d-count", json!(10)),
        ("x-limit", json!(200)),
    ] {
        let mut event = event.clone();
        event["detail"][name] = value;
        assert!(!pattern.matches(&event), "{event}");
    }
}
