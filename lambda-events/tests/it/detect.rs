//! Which service sent an event, by the samples of all.

use lambda_events::{
    Event, Source, detect,
    samples::{self, AnySample},
};

/// Samples of what functions answer, of what is inside of an event, and of details, whose envelope tells.
fn is_no_event(sample: &AnySample) -> bool {
    let inside = [
        "autoscaling_activity",
        "autoscaling_lifecycle",
        "autoscaling_test",
        "cloudformation_hook_change_set_payload",
        "cloudformation_hook_stack_payload",
        "cloudwatch_alarms_notification",
        "cloudwatch_dashboards_describe",
        "cloudwatch_logs_control",
        "cloudwatch_logs_decoded",
        "cloudwatch_logs_of_account",
        "config_invoking_event",
        "connect_campaign",
        "dynamodb_replicated",
        "ecr_",
        "s3_detail",
        "ses_topic",
        "sns_confirmation",
        "sns_in_sqs",
    ];
    sample.name.contains("response") || inside.iter().any(|name| sample.name.starts_with(name))
}

/// The module of a sample's type.
fn module(sample: &AnySample) -> String {
    let path: String = sample.type_name.split('<').next().unwrap_or_default().split_whitespace().collect();
    path.rsplit("::").nth(1).unwrap_or_default().to_owned()
}

#[test]
fn each_sample_is_known_whatever_the_order_of_its_members() {
    for sample in samples::all().iter().filter(|sample| !is_no_event(sample)) {
        let found = detect(sample.json.as_bytes());
        assert_eq!(found.map(Source::module), Some(&*module(sample)), "{}", sample.name);
        // In the order of their names.
        let sorted = serde_json::from_str::<serde_json::Value>(sample.json).unwrap().to_string();
        assert_eq!(detect(sorted.as_bytes()), found, "{}", sample.name);
    }
}

#[test]
fn each_sample_is_read_as_an_event_of_its_source_and_written_as_it_was() {
    for sample in samples::all().iter().filter(|sample| !is_no_event(sample)) {
        let event =
            Event::parse(sample.json.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(event.source(), detect(sample.json.as_bytes()), "{}", sample.name);
        let json: lambda_events::Json<'_> = serde_json::from_str(sample.json).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), json.to_string(), "{}", sample.name);
    }
}

#[test]
fn what_functions_answer_is_no_event_of_another_service() {
    for sample in samples::all().iter().filter(|sample| is_no_event(sample)) {
        let found = detect(sample.json.as_bytes()).map(Source::module);
        assert!(found.is_none_or(|found| found == module(sample)), "{}: {found:?}", sample.name);
    }
}

#[test]
fn an_event_is_known_by_its_first_record_and_the_rest_is_not_looked_at() {
    let event = br#"{"Records":[{"eventSource":"aws:sqs"},{"eventSource":"aws:sns"#;
    assert_eq!(detect(event), Some(Source::Sqs));
    assert_eq!(detect(br#"{"Records":[{"eventSource":"aws:sqs""#), None);
}

#[test]
fn one_that_was_made_by_hand_is_known_by_what_is_in_it() {
    for (event, source) in [
        (r#"{"Records":[{"Sns":{"Message":"hello"}}]}"#, Source::Sns),
        (r#"{"Records":[{"body":"hello"}]}"#, Source::Sqs),
        (r#"{"Records":[{"s3":{"object":{"key":"a"}}}]}"#, Source::S3),
        (
            r#"{"Records":[],"window":{},"shardId":"1","eventSourceARN":"arn:aws:kinesis:r:1:stream/s"}"#,
            Source::Kinesis,
        ),
        (r#"{"detail-type":"Order placed","detail":{}}"#, Source::EventBridge),
        (
            r#"{"requestContext":{"http":{"method":"GET"},"domainName":"a.lambda-url.r.on.aws"}}"#,
            Source::LambdaUrl,
        ),
        (r#"{"requestContext":{"http":{"method":"GET"}}}"#, Source::ApiGatewayHttp),
        (r#"{"httpMethod":"GET","path":"/","requestContext":{}}"#, Source::ApiGatewayRest),
    ] {
        assert_eq!(detect(event.as_bytes()), Some(source), "{event}");
    }
}

#[test]
fn what_is_of_no_service_is_told_so() {
    for event in
        ["", "nothing", "null", "[]", "{}", "[{}]", r#"{"Records":[]}"#, r#"{"n":21}"#, r#""text""#, "1"]
    {
        assert_eq!(detect(event.as_bytes()), None, "{event}");
    }
}
