//! What a target gets in place of an event. The event and the templates with their results are those of
//! [AWS's examples](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html), with other
//! names in them.

use super::{super::bus::*, ACCOUNT, ID, REGION, at};
use crate::core::Time;

fn rule() -> Rule {
    Rule {
        name: "example".to_owned(),
        arn: "arn:aws:events:us-east-2:123456789012:rule/example".to_owned(),
        pattern: None,
        is_enabled: true,
    }
}

fn event_with(detail: &str) -> Event {
    let mut entry = EventEntry::new("com.example.ec2", "State Change", detail);
    entry.time = Some(Time::default());
    entry.event(ACCOUNT, REGION, ID, at()).unwrap()
}

fn event() -> Event {
    event_with(
        r#"{"instance-id": "i-0123", "state": "RUNNING", "size": 2.50, "a": [{"z": 1, "b": 2}, {"b": 3}],
            "names": ["x", "y"], "none": null, "quoted": "say \"hi\""}"#,
    )
}

fn found(path: &str) -> Result<String, InputError> {
    Input::Path(path.parse()?).apply(&event(), &rule())
}

fn transformer(template: &str) -> Result<InputTransformer, TemplateError> {
    let paths = [
        ("instance", "$.detail.instance-id"),
        ("state", "$.detail.state"),
        ("size", "$.detail.size"),
        ("first", "$.detail.a[0]"),
        ("names", "$.detail.names"),
        ("quoted", "$.detail.quoted"),
        ("none", "$.detail.none"),
        ("missing", "$.detail.missing"),
    ];
    InputTransformer::new(paths, template)
}

fn transformed(template: &str) -> Result<String, InputError> {
    Input::Transformer(transformer(template)?).apply(&event(), &rule())
}

fn wrong(template: &str) -> String {
    transformer(template).unwrap_err().to_string()
}

#[test]
fn without_an_input_a_target_gets_the_event() {
    assert_eq!(Input::default().apply(&event(), &rule()).unwrap(), event().as_str());
}

#[test]
fn a_constant_is_given_as_it_is_and_must_be_json() {
    let constant = Input::constant(r#"{ "a": 1.0 }"#).unwrap();
    assert_eq!(constant.apply(&event(), &rule()).unwrap(), r#"{ "a": 1.0 }"#);
    assert!(Input::constant("").unwrap_err().to_string().starts_with("Input is not JSON: "));
    assert!(Input::constant("hello").is_err());
    let long = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert!(Input::constant(long(8192)).is_ok());
    assert_eq!(Input::constant(long(8193)), Err(InputError::TooLong { characters: 8193 }));
}

#[test]
fn a_path_leads_to_a_part_as_it_is_written() {
    assert_eq!(found("$").unwrap(), event().as_str());
    assert_eq!(found("$.detail-type").unwrap(), r#""State Change""#);
    assert_eq!(found("$.detail.size").unwrap(), "2.50");
    assert_eq!(found("$.detail.a[0]").unwrap(), r#"{"z":1,"b":2}"#);
    assert_eq!(found("$.detail.a[1].b").unwrap(), "3");
    assert_eq!(found("$.detail.none").unwrap(), "null");
}

#[test]
fn a_path_through_all_elements_leads_to_a_list() {
    assert_eq!(found("$.detail.a[*].b").unwrap(), "[2,3]");
    assert_eq!(found("$.detail.a[*].z").unwrap(), "[1]");
    assert_eq!(found("$.detail.missing[*]").unwrap(), "[]");
}

#[test]
fn a_path_that_leads_nowhere_makes_null() {
    for path in ["$.missing", "$.detail.a[2]", "$.detail.state.x", "$.detail.state[0]", "$.detail.a.b"] {
        assert_eq!(found(path).unwrap(), "null", "{path}");
        assert_eq!(path.parse::<InputPath>().unwrap().find(event().as_str()), None, "{path}");
    }
}

#[test]
fn of_a_name_that_comes_twice_the_last_one_counts() {
    let path: InputPath = "$.a".parse().unwrap();
    assert_eq!(path.find(r#"{"a": 1, "b": 0, "a": 2}"#).as_deref(), Some("2"));
}

#[test]
fn a_text_that_is_no_path_is_refused() {
    for text in [
        "", "detail", ".detail", "$detail", "$.", "$..a", "$.a[", "$.a[]", "$.a[-1]", "$.a[x]", "$.a[+1]",
        "$.a b",
    ] {
        let error = text.parse::<InputPath>().unwrap_err().to_string();
        assert!(error.contains("is not a path into an event: expected"), "{text}: {error}");
    }
    assert!(format!("$.{}", "a".repeat(254)).parse::<InputPath>().is_ok());
    assert!(format!("$.{}", "a".repeat(255)).parse::<InputPath>().is_err());
}

#[test]
fn a_text_in_quotation_marks_stays_in_them() {
    assert_eq!(
        transformed(r#""instance <instance> is in <state>""#).unwrap(),
        r#""instance i-0123 is in RUNNING""#
    );
    assert_eq!(
        transformed(r#""instance \"<instance>\" is in <state>""#).unwrap(),
        r#""instance \"i-0123\" is in RUNNING""#
    );
    assert_eq!(transformed(r#""<aws.events.rule-name> triggered""#).unwrap(), r#""example triggered""#);
}

#[test]
fn json_takes_variables_in_quotation_marks_and_outside_them() {
    let template = r#"{
        "instance" : <instance>,
        "state": "<state>",
        "status": "instance \"<instance>\" is in <state>",
        "list": [ 9, <state>, true, <size> ],
        "Transformed" : "Y e s"
    }"#;
    assert_eq!(
        transformed(template).unwrap(),
        concat!(
            r#"{"instance":"i-0123","state":"RUNNING","status":"instance \"i-0123\" is in RUNNING","#,
            r#""list":[9,"RUNNING",true,2.50],"Transformed":"Y e s"}"#
        )
    );
}

#[test]
fn objects_and_lists_are_inserted_as_json_or_as_text() {
    assert_eq!(
        transformed(r#"{"a": <first>, "b": <names>}"#).unwrap(),
        r#"{"a":{"z":1,"b":2},"b":["x","y"]}"#
    );
    assert_eq!(transformed(r#"{"a": "<first>"}"#).unwrap(), r#"{"a":"{\"z\":1,\"b\":2}"}"#);
    assert_eq!(transformed(r#"{"a": "<names>"}"#).unwrap(), r#"{"a":"[x,y]"}"#);
    assert_eq!(transformed(r#"{"a": <none>, "b": "<none>"}"#).unwrap(), r#"{"a":null,"b":"null"}"#);
}

#[test]
fn a_variable_that_the_event_has_not_is_empty() {
    assert_eq!(transformed(r#"{"a": <missing>, "b": "<missing>."}"#).unwrap(), r#"{"a":"","b":"."}"#);
}

#[test]
fn reserved_variables_tell_of_the_rule_and_the_event() {
    let template = r#"{"arn": <aws.events.rule-arn>, "name": <aws.events.rule-name>,
        "at": "<aws.events.event.ingestion-time>", "json": <aws.events.event.json>}"#;
    assert_eq!(
        transformed(template).unwrap(),
        format!(
            r#"{{"arn":"{}","name":"example","at":"2026-11-20T10:00:00Z","json":{}}}"#,
            rule().arn,
            event().as_str()
        )
    );
    assert_eq!(
        transformed(r#"{"event": <aws.events.event>}"#).unwrap(),
        concat!(
            r#"{"event":{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detailType":"State Change","#,
            r#""source":"com.example.ec2","account":"123456789012","time":"1970-01-01T00:00:00Z","#,
            r#""region":"eu-west-1","resources":[]}}"#
        )
    );
}

#[test]
fn a_text_is_not_escaped_in_quotation_marks_and_may_break_the_json() {
    assert_eq!(transformed(r#"{"a": <quoted>}"#).unwrap(), r#"{"a":"say \"hi\""}"#);
    let error = transformed(r#"{"a": "<quoted>"}"#).unwrap_err();
    assert!(matches!(error, InputError::Transformer(TemplateError::Broken { .. })), "{error}");
    assert!(transformed(r#"{"a": "<aws.events.event>"}"#).is_err());
}

#[test]
fn a_placeholder_that_is_not_defined_is_refused() {
    assert_eq!(wrong(r#"{"a": <nothing>}"#), r#"InputTemplate contains invalid placeholder "nothing""#);
    assert!(wrong(r#""a < b > c""#).contains(r#"" b ""#));
    assert!(wrong(r#"{"a": <aws.events.other>}"#).contains("aws.events.other"));
    // Without a > it is none.
    assert_eq!(transformed(r#""a < b""#).unwrap(), r#""a < b""#);
}

#[test]
fn a_placeholder_is_not_the_key_of_an_object() {
    assert_eq!(
        wrong(r#"{"<state>": 1}"#),
        r#"InputTemplate has the placeholder "state" in the key of an object"#
    );
    assert!(wrong(r#"{<state> : 1}"#).contains("in the key"));
    assert!(wrong(r#"{"a": {"b": <state>}, "x-<size>": 1}"#).contains(r#""size""#));
    assert!(transformer(r#"{"a": "<state>: <size>", "b": <state>, "c": 1}"#).is_ok());
}

#[test]
fn a_template_must_make_json() {
    for template in ["instance <instance>", "{\"a\": }", "\"one\"\n\"two\"", "{\"a\": <state>"] {
        let error = transformer(template).unwrap_err();
        assert!(matches!(error, TemplateError::NotJson { .. }), "{template}: {error}");
    }
    assert_eq!(transformer(""), Err(TemplateError::Length { characters: 0 }));
    let long = format!("\"{}\"", "x".repeat(8191));
    assert_eq!(transformer(&long), Err(TemplateError::Length { characters: 8193 }));
}

#[test]
fn a_variable_must_have_a_name_and_a_path() {
    let refused =
        |name: &str, path: &str| InputTransformer::new([(name, path)], "\"\"").unwrap_err().to_string();
    for name in ["", "a.b", "aws.events.event", "a b", "é"] {
        assert!(refused(name, "$.a").contains("is not a name"), "{name}");
    }
    assert!(refused("a", "a").starts_with("InputPathsMap: a: \"a\" is not a path"));
    let many = |count: usize| (0..count).map(|at| (format!("v{at}"), "$.a"));
    assert!(InputTransformer::new(many(100), "\"\"").is_ok());
    assert_eq!(InputTransformer::new(many(101), "\"\""), Err(TemplateError::TooManyPaths { count: 101 }));
}
