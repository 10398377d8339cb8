//! Versions as they are published, shown and listed.

use serde_json::{Value, json};

use super::{ARN, Stage, body, invalid, missing, of, refused, settled, stale, take, violations};

async fn published(stage: &Stage, how: Value) -> Value {
    body(&stage.post(&of("f/versions"), &how).await, 201)
}

#[tokio::test]
async fn a_version_shows_what_latest_was() {
    let stage = Stage::with_function();
    let mut latest = settled(body(&stage.get(&of("f/configuration")).await, 200));
    let version = published(&stage, json!({})).await;
    stage.change().await;
    for path in ["f:1", "f?Qualifier=1"] {
        assert_eq!(body(&stage.get(&of(path)).await, 200)["Configuration"], version);
    }
    latest["Version"] = json!("1");
    latest["FunctionArn"] = json!(format!("{ARN}:1"));
    assert_eq!(settled(version), latest);
}

#[tokio::test]
async fn words_at_the_publication_replace_those_of_the_function() {
    let stage = Stage::new();
    stage.mock.function("f").description("of the function").in_process(crate::guest::echo);
    assert_eq!(
        published(&stage, json!({ "Description": "of the version" })).await["Description"],
        "of the version"
    );
    stage.change().await;
    assert_eq!(published(&stage, json!({})).await["Description"], "of the function");
    let latest = body(&stage.get(&of("f/configuration")).await, 200);
    assert_eq!(latest["Description"], "of the function");
}

#[tokio::test]
async fn a_version_is_published_by_an_empty_body_too() {
    let stage = Stage::with_function();
    assert_eq!(body(&stage.call("POST", &of("f/versions"), "").await, 201)["Version"], "1");
}

#[tokio::test]
async fn an_update_that_changes_nothing_makes_no_version() {
    let stage = Stage::with_versions(1).await;
    let memory = body(&stage.get(&of("f/configuration")).await, 200)["MemorySize"].take();
    body(&stage.put(&of("f/configuration"), &json!({ "MemorySize": memory })).await, 200);
    assert_eq!(published(&stage, json!({})).await["Version"], "1");
    stage.change().await;
    assert_eq!(published(&stage, json!({})).await["Version"], "2");
}

#[tokio::test]
async fn numbers_are_not_used_again() {
    let stage = Stage::with_versions(2).await;
    super::is_empty(&stage.delete(&of("f:2")).await);
    assert_eq!(published(&stage, json!({})).await["Version"], "3");
}

#[tokio::test]
async fn only_the_code_and_the_revision_that_are_expected_are_published() {
    let stage = Stage::with_function();
    let latest = body(&stage.get(&of("f/configuration")).await, 200);
    let current = latest["CodeSha256"].as_str().unwrap();
    let reply = stage.post(&of("f/versions"), &json!({ "CodeSha256": "other" })).await;
    assert_eq!(
        refused(&reply),
        invalid(&format!(
            "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the \
             CodeSHA256 in $LATEST."
        ))
    );
    let reply = stage.post(&of("f/versions"), &json!({ "RevisionId": "other" })).await;
    assert_eq!(refused(&reply), stale());
    let expected = json!({ "CodeSha256": current, "RevisionId": latest["RevisionId"] });
    assert_eq!(published(&stage, expected).await["Version"], "1");
}

#[tokio::test]
async fn values_that_break_rules_publish_nothing() {
    let stage = Stage::with_function();
    let description = "d".repeat(257);
    let wrong = json!({ "Description": description, "PublishTo": "ELSEWHERE" });
    assert_eq!(
        refused(&stage.post(&of("f/versions"), &wrong).await),
        violations(&[
            &format!(
                "Value '{description}' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256"
            ),
            "Value 'ELSEWHERE' at 'publishTo' failed to satisfy constraint: Member must satisfy enum value set: [LATEST_PUBLISHED]",
        ])
    );
    assert_eq!(body(&stage.get(&of("f/versions")).await, 200)["Versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn versions_are_listed_by_number_and_without_states() {
    let stage = Stage::with_versions(10).await;
    let mut listed = body(&stage.get(&of("f/versions")).await, 200);
    let listed = listed["Versions"].as_array_mut().unwrap();
    let versions: Vec<_> = listed.iter().map(|version| version["Version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["$LATEST", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    let mut third = body(&stage.get(&of("f:3")).await, 200)["Configuration"].take();
    take(&mut third, "State");
    take(&mut third, "LastUpdateStatus");
    assert_eq!(listed[3], third);
    assert_eq!(listed[0]["FunctionArn"], format!("{ARN}:$LATEST"));
}

#[tokio::test]
async fn a_number_that_was_not_published_or_is_written_in_another_way_is_not_found() {
    let stage = Stage::with_versions(1).await;
    for qualifier in ["2", "0", "01", "live", "$LATEST.PUBLISHED"] {
        for path in
            [of(&format!("f?Qualifier={qualifier}")), of(&format!("f/configuration?Qualifier={qualifier}"))]
        {
            let reply = stage.get(&path).await;
            assert_eq!(refused(&reply), missing(&format!("Function not found: {ARN}:{qualifier}")));
        }
    }
}
