//! A function that logs JSON: objects for who can take them, text for all others.

use lambda_api::telemetry::{Category, Destination, SchemaVersion};
use mock_server::core::{Input, Settings, Source, Subscription, TelemetryApi};

use super::{Core, lines, millis, settings};

const LINES: [&str; 7] = [
    r#"{"level":"INFO","message":"one"}"#,
    r#" {"a" : [1, 2.5, null, "x"]} "#,
    r#"["no","object"]"#,
    "7",
    r#""text""#,
    "{no JSON",
    "",
];

fn logs_json() -> Settings {
    let mut settings = settings();
    settings.logs_json = true;
    settings
}

/// What a subscriber gets of those lines.
fn told(settings: Settings, api: TelemetryApi, schema: SchemaVersion) -> Vec<String> {
    let mut core = Core::new(settings);
    core.subscribe(api, lines(schema));
    LINES.into_iter().for_each(|line| core.writes(line));
    core.advance(millis(25));
    core.batch()
}

const AS_TEXT: [&str; 7] = [
    r#"function "{\"level\":\"INFO\",\"message\":\"one\"}""#,
    r#"function " {\"a\" : [1, 2.5, null, \"x\"]} ""#,
    r#"function "[\"no\",\"object\"]""#,
    r#"function "7""#,
    r#"function "\"text\"""#,
    r#"function "{no JSON""#,
    r#"function """#,
];

#[test]
fn newer_schemas_have_objects() {
    for schema in [SchemaVersion::V20221213, SchemaVersion::V20250129] {
        let told = told(logs_json(), TelemetryApi::Telemetry, schema);
        assert_eq!(told[0], r#"function {"level":"INFO","message":"one"}"#);
        assert_eq!(told[1], r#"function {"a" : [1, 2.5, null, "x"]}"#, "as it was written");
        assert_eq!(told[2..], AS_TEXT[2..], "only objects are objects");
    }
}

#[test]
fn the_first_schema_has_text() {
    assert_eq!(told(logs_json(), TelemetryApi::Telemetry, SchemaVersion::V20220701), AS_TEXT);
}

#[test]
fn the_logs_api_has_text() {
    for schema in SchemaVersion::LOGS {
        assert_eq!(told(logs_json(), TelemetryApi::Logs, schema), AS_TEXT);
    }
}

#[test]
fn a_function_that_logs_text_has_text_in_every_schema() {
    for schema in SchemaVersion::TELEMETRY {
        assert_eq!(told(settings(), TelemetryApi::Telemetry, schema), AS_TEXT);
    }
}

#[test]
fn an_extension_logs_as_its_function_does() {
    for (schema, record) in [
        (SchemaVersion::V20220701, r#"extension "{\"a\":1}""#),
        (SchemaVersion::V20221213, r#"extension {"a":1}"#),
    ] {
        let mut wanted = Subscription::new(Destination::Tcp { port: 9 }, schema);
        wanted.types = vec![Category::Extension];
        let mut core = Core::subscribed(logs_json(), wanted);
        let line = r#"{"a":1}"#.to_owned();
        core.input(Input::Wrote { source: Source::Extension(0), line, is_json: false });
        core.advance(millis(1_000));
        assert_eq!(core.batch(), [record]);
    }
}

/// The object that a line becomes.
fn object(line: &str) -> String {
    let mut core = Core::subscribed(logs_json(), lines(SchemaVersion::V20250129));
    core.writes(line);
    core.advance(millis(25));
    core.batch().remove(0)
}

#[test]
fn numbers_are_as_the_function_wrote_them() {
    for line in [
        r#"{"id":9007199254740993}"#,
        r#"{"id":18446744073709551615}"#,
        r#"{"id":-9223372036854775808}"#,
        r#"{"price":0.1,"rate":1.0}"#,
    ] {
        assert_eq!(object(line), format!("function {line}"));
    }
}

#[test]
fn a_number_of_many_digits_keeps_them_all() {
    let line = r#"{"id":123456789012345678901234567890}"#;
    assert_eq!(object(line), format!("function {line}"));
}

#[test]
fn an_object_that_is_very_deep_is_text() {
    let deep = format!("{}7{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    assert!(object(&deep).starts_with("function \"{"), "nobody could read it as an object");
}
