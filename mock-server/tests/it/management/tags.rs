//! Tags, which belong to a function as a whole.

use serde_json::{Value, json};

use super::{ARN, Stage, body, invalid, is_empty, missing, of, refused, violations};

fn tags(function: &str) -> String {
    format!("/2017-03-31/tags/{}", function.replace(':', "%3A"))
}

fn numbered(numbers: std::ops::Range<u32>) -> Value {
    numbers.map(|number| (format!("tag-{number}"), json!("x"))).collect::<serde_json::Map<_, _>>().into()
}

async fn listed(stage: &Stage) -> Value {
    body(&stage.get(&tags(ARN)).await, 200)["Tags"].take()
}

#[tokio::test]
async fn tags_are_added_replaced_and_taken_away() {
    let stage = Stage::with_function();
    assert_eq!(listed(&stage).await, json!({}));
    is_empty(&stage.post(&tags(ARN), &json!({ "Tags": { "team": "blue", "a b&c": "" } })).await);
    is_empty(&stage.post(&tags(ARN), &json!({ "Tags": { "team": "red", "stage": "test" } })).await);
    let all = json!({ "team": "red", "a b&c": "", "stage": "test" });
    assert_eq!(listed(&stage).await, all);
    assert_eq!(body(&stage.get(&of("f")).await, 200)["Tags"], all);
    is_empty(&stage.delete(&format!("{}?tagKeys=a%20b%26c&tagKeys=team&tagKeys=unknown", tags(ARN))).await);
    assert_eq!(listed(&stage).await, json!({ "stage": "test" }));
    is_empty(&stage.delete(&format!("{}?tagKeys=stage", tags(ARN))).await);
    assert_eq!(body(&stage.get(&of("f")).await, 200).get("Tags"), None);
}

#[tokio::test]
async fn a_function_has_fifty_tags_at_most() {
    let stage = Stage::with_function();
    let too_many = invalid("Number of tags exceeds resource tag limit.");
    is_empty(&stage.post(&tags(ARN), &json!({ "Tags": numbered(0..50) })).await);
    assert_eq!(refused(&stage.post(&tags(ARN), &json!({ "Tags": numbered(50..51) })).await), too_many);
    // Those that are there may be replaced.
    is_empty(&stage.post(&tags(ARN), &json!({ "Tags": numbered(0..50) })).await);
    assert_eq!(listed(&stage).await.as_object().unwrap().len(), 50);
    let create = json!({
        "FunctionName": "g",
        "Runtime": "provided.al2023",
        "Role": super::ROLE,
        "Handler": "h",
        "Code": { "ZipFile": "" },
        "Tags": numbered(0..51),
    });
    assert_eq!(refused(&stage.post(&of(""), &create).await), too_many);
}

#[tokio::test]
async fn tags_that_break_rules_are_told_at_once() {
    let stage = Stage::with_function();
    let (name, value) = ("n".repeat(129), "v".repeat(257));
    let wrong = json!({ "Tags": { "": "empty", name.clone(): value } });
    assert_eq!(
        refused(&stage.post(&tags(ARN), &wrong).await),
        violations(&[
            "Value '' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
            &format!(
                "Value '{name}' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 128"
            ),
            &format!(
                "Value '{value}' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 256"
            ),
        ])
    );
    let nothing = |member| {
        violations(&[&format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        )])
    };
    assert_eq!(refused(&stage.post(&tags(ARN), &json!({})).await), nothing("tags"));
    assert_eq!(refused(&stage.delete(&tags(ARN)).await), nothing("tagKeys"));
    assert_eq!(listed(&stage).await, json!({}));
}

#[tokio::test]
async fn only_functions_have_tags() {
    let stage = Stage::with_versions(1).await;
    let change = json!({ "Tags": { "team": "blue" } }).to_string();
    for (method, query) in [("GET", ""), ("POST", ""), ("DELETE", "?tagKeys=team")] {
        let qualified = stage.call(method, &(tags(&format!("{ARN}:1")) + query), &change).await;
        let text = "Tags on function aliases and versions are not supported. Please specify a function ARN.";
        assert_eq!(refused(&qualified), invalid(text));
        let unknown = stage.call(method, &(tags(&format!("{ARN}g")) + query), &change).await;
        assert_eq!(refused(&unknown), missing(&format!("Function not found: {ARN}g")));
    }
}
