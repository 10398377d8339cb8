//! What nobody should send: each path of each sample deleted, set to `null`, to a text that is not known, to a number with a
//! fraction or to another type, and with a member more.
//!
//! All of it is read but what cannot be done without, which is listed; and what is read is written as it was.

use std::collections::BTreeSet;

use lambda_events::samples::{self, AnySample};
use serde_json::{Value, json};

/// Members that have to be there and have to be of their type: the type of the sample and the path, with `*` for any place.
const REQUIRED: &[&str] = &[
    "AlbRequest: httpMethod",
    "AlbRequest: path",
    "AlbResponse: isBase64Encoded",
    "AlbResponse: statusCode",
    "AuthorizerResponse: policyDocument",
    "AuthorizerResponse: policyDocument.Statement.*",
    "AuthorizerResponse: policyDocument.Statement.*.Effect",
    "AuthorizerResponse: principalId",
    "CustomResource: RequestType",
    "CustomResource: ResourceProperties",
    "CustomResource: ResponseURL",
    "CustomResourceResponse: PhysicalResourceId",
    "CustomResourceResponse: Status",
    "Hook: requestData",
    "HookResponse: hookStatus",
    "HttpAuthorizerRequest: requestContext",
    "HttpAuthorizerRequest: requestContext.http",
    "HttpAuthorizerRequest: requestContext.http.method",
    "HttpAuthorizerRequest: routeArn",
    "HttpRequest: rawPath",
    "HttpRequest: requestContext",
    "HttpRequest: requestContext.http",
    "HttpRequest: requestContext.http.method",
    "IsComplete: RequestType",
    "IsComplete: ResourceProperties",
    "IsCompleteResponse: IsComplete",
    "LatticeRequest: method",
    "LatticeRequest: path",
    "LatticeRequestV1: method",
    "LatticeRequestV1: raw_path",
    "LatticeResponse: isBase64Encoded",
    "LatticeResponse: statusCode",
    "Macro: fragment",
    "Macro: requestId",
    "MacroResponse: requestId",
    "MacroResponse: status",
    "Markdown: markdown",
    "OnEvent: RequestType",
    "OnEvent: ResourceProperties",
    "RestAuthorizerRequest: methodArn",
    "RestRequest: httpMethod",
    "RestRequest: path",
    "RestResponse: statusCode",
    "Rotation: ClientRequestToken",
    "Rotation: SecretId",
    "Rotation: Step",
    "SimpleAuthorizerResponse: isAuthorized",
    "TerminationPolicy: Instances",
    "TerminationPolicy: Instances.*",
    "TerminationPolicy: Instances.*.InstanceId",
    "TokenAuthorizerRequest: authorizationToken",
    "TokenAuthorizerRequest: methodArn",
    "TransferLogin: username",
    "UrlRequest: rawPath",
    "UrlRequest: requestContext",
    "UrlRequest: requestContext.http",
    "UrlRequest: requestContext.http.method",
    "WebSocketAuthorizerRequest: methodArn",
    "WebSocketAuthorizerRequest: requestContext",
    "WebSocketAuthorizerRequest: requestContext.connectionId",
    "WebSocketRequest: requestContext",
    "WebSocketRequest: requestContext.connectionId",
    "Sqs: Records",
    "Sqs: Records.*",
    "Sqs: Records.*.body",
    "Sqs: Records.*.messageId",
];

/// A step of a path.
#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Place(usize),
}

fn paths(value: &Value, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut go = |step: Step, value: &Value| {
        path.push(step);
        found.push(path.clone());
        paths(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| go(Step::Member(name.clone()), value))
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(place, value)| go(Step::Place(place), value));
        }
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Member(name) => &mut value[name.as_str()],
        Step::Place(place) => &mut value[*place],
    })
}

fn pattern(sample: &AnySample, path: &[Step]) -> String {
    let steps: Vec<_> = path
        .iter()
        .map(|step| match step {
            Step::Member(name) => name.as_str(),
            Step::Place(_) => "*",
        })
        .collect();
    let name = sample.type_name.rsplit("::").next().unwrap_or_default().trim_end_matches(" < 'static >");
    format!("{}: {}", name.trim_end_matches("<'static>"), steps.join("."))
}

/// The path as errors have it.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => text.extend([".", name]),
            Step::Place(place) => text.push_str(&format!("[{place}]")),
        }
    }
    text
}

fn deleted(value: &Value, path: &[Step]) -> Value {
    let mut value = value.clone();
    if let Some((last, before)) = path.split_last() {
        match (at(&mut value, before), last) {
            (Value::Object(members), Step::Member(name)) => _ = members.remove(name),
            (Value::Array(elements), Step::Place(place)) => _ = elements.remove(*place),
            _ => {}
        }
    }
    value
}

fn replaced(value: &Value, path: &[Step], by: Value) -> Value {
    let mut value = value.clone();
    *at(&mut value, path) = by;
    value
}

fn mutants(value: &Value, path: &[Step]) -> Vec<(&'static str, Value)> {
    let mut mutants = vec![
        ("deleted", deleted(value, path)),
        ("null", replaced(value, path, Value::Null)),
        ("an unknown text", replaced(value, path, json!("Something_New"))),
        ("a fraction", replaced(value, path, json!(0.5))),
        ("a large number", replaced(value, path, json!(u64::MAX))),
        ("a negative number", replaced(value, path, json!(-1))),
        ("a boolean", replaced(value, path, json!(true))),
        ("an array", replaced(value, path, json!([null, "x"]))),
        ("an object", replaced(value, path, json!({ "new": [1] }))),
        ("an empty object", replaced(value, path, json!({}))),
        ("an empty text", replaced(value, path, json!(""))),
    ];
    let mut more = value.clone();
    if let Value::Object(members) = at(&mut more, path) {
        members.insert("somethingNew".to_owned(), json!({ "n": 1.5 }));
        mutants.push(("a member more", more));
    }
    mutants
}

#[test]
fn every_mutation_is_read_but_of_what_cannot_be_done_without_and_is_written_as_it_was() {
    let mut refused = BTreeSet::new();
    let mut count = 0;
    for sample in samples::all() {
        let value: Value = serde_json::from_str(sample.json).unwrap();
        let mut found = Vec::new();
        paths(&value, &mut Vec::new(), &mut found);
        for path in found {
            for (what, mutant) in mutants(&value, &path) {
                count += 1;
                let text = mutant.to_string();
                match (sample.round_trip)(&text) {
                    Ok(written) => {
                        let written: Value = serde_json::from_str(&written).unwrap();
                        assert_eq!(written, mutant, "{}: {path:?}: {what}", sample.name);
                    }
                    Err(error) => {
                        let told = (sample.parse)(&text).unwrap_err();
                        let here = written(&path);
                        let is_near = here.starts_with(told.path()) || told.path().starts_with(&here);
                        assert!(is_near, "{}: {here}: {what}: {told}", sample.name);
                        assert!(
                            !error.to_string().is_empty() && told.to_string().contains(&error.to_string())
                        );
                        refused.insert(pattern(&sample, &path));
                    }
                }
            }
        }
    }
    let refused: Vec<_> = refused.iter().map(String::as_str).collect();
    let unlisted: Vec<_> = refused.iter().filter(|path| !REQUIRED.contains(path)).collect();
    assert!(unlisted.is_empty(), "these cannot be done without, and are not listed: {unlisted:#?}");
    let stale: Vec<_> = REQUIRED.iter().filter(|path| !refused.contains(path)).collect();
    assert!(stale.is_empty(), "these can be done without, and are listed: {stale:#?}");
    assert!(count > 500, "{count}");
}
