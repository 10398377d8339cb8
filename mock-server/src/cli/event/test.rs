//! Names of events, paths into them, and what becomes of an event.

use proptest::prelude::*;
use serde_json::Value;

use super::{change, event, names};

/// An event after changes that are right.
fn changed(service: &str, changes: &[&str]) -> Value {
    let changes = changes.iter().map(|text| change::parse(text).unwrap()).collect();
    serde_json::from_str(&event(service, changes).unwrap()).unwrap()
}

fn refusal(service: &str, text: &str) -> String {
    crate::cli::Chain(&event(service, vec![change::parse(text).unwrap()]).unwrap_err()).to_string()
}

#[test]
fn every_event_is_written_as_the_sample_has_it() {
    let events = names::events();
    assert!(events.len() > 100, "{}", events.len());
    for sample in events {
        assert_eq!(
            event(sample.name, Vec::new()).unwrap(),
            format!("{}\n", sample.json.trim_end()),
            "{}",
            sample.name
        );
    }
}

#[test]
fn a_name_is_found_however_it_is_written() {
    for (name, sample) in [
        ("sqs", "sqs"),
        ("apigw-http", "apigw_http"),
        ("APIGW_HTTP", "apigw_http"),
        ("function-url", "lambda_url"),
        ("msk", "kafka"),
        ("cognito", "cognito_pre_sign_up"),
    ] {
        assert_eq!(names::find(name).map(|found| found.name), Some(sample), "{name}");
    }
    assert!(names::find("sqs-response").is_none() && names::find("alb-response").is_none());
}

#[test]
fn every_service_has_an_event_by_its_own_name_and_every_other_name_leads_to_one() {
    let list = names::list();
    for sample in names::events() {
        let about = sample.about;
        assert!(about.ends_with('.') && about.len() > 5, "{}: {about}", sample.name);
        assert!(
            list.lines().any(|line| line.starts_with(&names::shown(sample.name)) && line.contains(about))
        );
        // `apigw::RestRequest<'static>`, or with a crate before it.
        let module = sample.type_name.trim_start_matches("crate").trim_start_matches([' ', ':']);
        let module = module.split(':').next().unwrap().trim();
        assert!(names::find(module).is_some(), "{module} has no event by this name");
    }
    for name in list
        .lines()
        .filter_map(|line| line.split_once(" Also: "))
        .flat_map(|(_, names)| names.trim_end_matches('.').split(", "))
    {
        assert!(names::find(name).is_some(), "{name}");
    }
}

#[test]
fn a_wrong_name_is_told_the_nearest() {
    for (name, nearest) in [
        ("sqss", "sqs"),
        ("dynamo", "dynamodb"),
        ("apigateway", "api-gateway"),
        ("kinessis", "kinesis"),
        ("http", "http-api"),
    ] {
        assert_eq!(
            names::near(name).first().map(String::as_str),
            Some(nearest),
            "{name}: {:?}",
            names::near(name)
        );
    }
    assert!(names::near("zzzzzzzzzzzz").is_empty());
    let error = event("sqss", Vec::new()).unwrap_err().to_string();
    assert!(error.starts_with("there is no event sqss; is it sqs or "), "{error}");
}

#[test]
fn values_are_json_or_else_text() {
    let event =
        changed("sqs", &["Records[0].body=hello", "Records[1].body={\"n\":21}", "Records[0].attributes=17"]);
    assert_eq!(event["Records"][0]["body"], "hello");
    assert_eq!(event["Records"][1]["body"], serde_json::json!({"n": 21}));
    assert_eq!(event["Records"][0]["attributes"], 17);
    let event = changed("sqs", &["Records[0].body=\"17\"", "Records[1].body=", "Records[0].messageId=a=b"]);
    let values =
        [&event["Records"][0]["body"], &event["Records"][1]["body"], &event["Records"][0]["messageId"]];
    assert_eq!(values, ["17", "", "a=b"]);
}

#[test]
fn a_name_with_other_characters_stands_in_quotes() {
    let event = changed(
        "apigw-http",
        &["[\"headers\"][\"content-type\"]=text/plain", "headers.content-type=text/html"],
    );
    assert_eq!(event["headers"]["content-type"], "text/html");
    assert_eq!(
        refusal("alb", "headers[\"a.b\"]=1").split(", ").next().unwrap(),
        "--set headers[\"a.b\"]: there is no member [\"a.b\"] in headers"
    );
}

#[test]
fn a_path_that_leads_nowhere_is_named() {
    for (path, reason) in [
        ("records=1", "there is no member records in the event, which has Records"),
        ("Records[2].body=1", "there is no element [2] in Records, which has 2"),
        (
            "Records[0].text=1",
            "there is no member text in Records[0], which has messageId, receiptHandle, body",
        ),
        ("Records.body=1", "Records is no object and has no member body"),
        ("Records[0][1]=1", "Records[0] is no array and has no element [1]"),
        ("Records[0].body.n=1", "Records[0].body is no object and has no member n"),
    ] {
        let error = refusal("sqs", path);
        let expected = format!("--set {}: {reason}", path.split('=').next().unwrap());
        assert!(error.starts_with(&expected), "{error}");
        assert_eq!(error.matches(reason).count(), 1, "{error}");
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for text in [
        "",
        "body",
        "=1",
        ".a=1",
        "a..b=1",
        "a[=1",
        "a[x]=1",
        "a[+1]=1",
        "a[]=1",
        "a[\"b]=1",
        "a[\"b\"=1",
        "a[0]b=1",
        "a.=1",
    ] {
        assert!(change::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_paths_panic(text in "[a-z.\\[\\]\"=0-9é\\\\]{0,24}") {
        let _any = change::parse(&text);
    }
}
