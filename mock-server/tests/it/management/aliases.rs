//! Aliases as they are created, moved, weighed, listed and deleted.

use serde_json::{Value, json};

use super::{ARN, Stage, body, conflict, invalid, is_empty, missing, of, refused, stale, take, violations};

fn to(version: &str, weights: Value) -> Value {
    json!({
        "Name": "live",
        "FunctionVersion": version,
        "RoutingConfig": { "AdditionalVersionWeights": weights },
    })
}

async fn get(stage: &Stage) -> Value {
    body(&stage.get(&of("f/aliases/live")).await, 200)
}

#[tokio::test]
async fn an_alias_is_shown_as_it_was_created() {
    let stage = Stage::with_versions(2).await;
    let given = json!({
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "what runs",
        "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.25 } },
    });
    let created = body(&stage.post(&of("f/aliases"), &given).await, 201);
    assert_eq!(get(&stage).await, created);
    assert_eq!(body(&stage.get(&of("f/aliases")).await, 200), json!({ "Aliases": [created] }));
    let mut shown = created;
    assert_eq!(take(&mut shown, "RevisionId").len(), 36);
    let mut expected = given;
    expected["AliasArn"] = json!(format!("{ARN}:live"));
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_function_is_shown_through_an_alias_by_its_arn() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    let shown = body(&stage.get(&of("f:live")).await, 200)["Configuration"].take();
    assert_eq!((&shown["Version"], &shown["FunctionArn"]), (&json!("1"), &json!(format!("{ARN}:live"))));
}

#[tokio::test]
async fn what_is_not_said_of_an_alias_stays() {
    let stage = Stage::with_versions(2).await;
    let mut created = to("1", json!({ "2": 0.5 }));
    created["Description"] = json!("what runs");
    let mut expected = body(&stage.post(&of("f/aliases"), &created).await, 201);
    for (update, member, value) in [
        (json!({ "Description": "" }), "Description", json!("")),
        (json!({}), "Description", json!("")),
        (json!({ "RoutingConfig": {} }), "RoutingConfig", Value::Null),
        (json!({ "FunctionVersion": "2" }), "FunctionVersion", json!("2")),
        (json!({ "FunctionVersion": "$LATEST" }), "FunctionVersion", json!("$LATEST")),
    ] {
        let updated = body(&stage.put(&of("f/aliases/live"), &update).await, 200);
        assert_ne!(updated["RevisionId"], expected["RevisionId"]);
        expected["RevisionId"] = updated["RevisionId"].clone();
        if value.is_null() {
            expected.as_object_mut().unwrap().remove(member);
        } else {
            expected[member] = value;
        }
        assert_eq!(updated, expected);
        assert_eq!(get(&stage).await, expected);
    }
}

#[tokio::test]
async fn weights_decide_which_version_is_invoked() {
    let stage = Stage::with_versions(2).await;
    body(&stage.post(&of("f/aliases"), &to("1", json!({ "2": 1.0 }))).await, 201);
    for (weights, version) in [(json!({ "2": 1 }), "2"), (json!({ "2": 0.0 }), "1"), (json!({}), "1")] {
        body(&stage.put(&of("f/aliases/live"), &to("1", weights)).await, 200);
        for _ in 0..5 {
            let invoked = stage.call("POST", &of("f:live/invocations"), "1").await;
            assert_eq!(invoked.header("x-amz-executed-version"), Some(version));
        }
    }
}

#[tokio::test]
async fn an_alias_that_would_lead_where_it_must_not_is_refused() {
    let stage = Stage::with_versions(3).await;
    let unknown = |version: &str| missing(&format!("Function not found: {ARN}:{version}"));
    let refusals = [
        (to("77", json!({})), unknown("77")),
        (to("0", json!({})), unknown("0")),
        (to("1", json!({ "77": 0.5 })), unknown("77")),
        (
            to("1", json!({ "2": 0.1, "3": 0.1 })),
            invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ),
        (
            to("$LATEST", json!({ "1": 0.1 })),
            invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
        ),
        (
            to("1", json!({ "$LATEST": 0.1 })),
            invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
        ),
        (
            to("1", json!({ "1": 0.1 })),
            invalid(
                "Invalid function version 1. Function version 1 is already included in routing configuration.",
            ),
        ),
    ];
    for (alias, expected) in &refusals {
        assert_eq!(&refused(&stage.post(&of("f/aliases"), alias).await), expected);
    }
    assert_eq!(body(&stage.get(&of("f/aliases")).await, 200), json!({ "Aliases": [] }));
    stage.alias("live", "1").await;
    let before = get(&stage).await;
    for (alias, expected) in &refusals {
        assert_eq!(&refused(&stage.put(&of("f/aliases/live"), alias).await), expected);
    }
    assert_eq!(get(&stage).await, before);
}

#[tokio::test]
async fn values_that_break_rules_are_told_at_once() {
    let stage = Stage::with_versions(1).await;
    let (name, description) = ("n".repeat(129), "d".repeat(257));
    let weights = json!({ "AdditionalVersionWeights": { "1": 1.5, "live": 0.5 } });
    let wrong = json!({
        "Name": name,
        "FunctionVersion": "one",
        "Description": description,
        "RoutingConfig": weights,
    });
    let weight = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have \
                  value greater than or equal to 0.0, Member must not be null]";
    let key = "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have \
               length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not \
               be null]";
    let member = "routingConfig.additionalVersionWeights";
    assert_eq!(
        refused(&stage.post(&of("f/aliases"), &wrong).await),
        violations(&[
            &format!(
                "Value '{name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 128"
            ),
            &format!(
                "Value '{description}' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256"
            ),
            r"Value 'one' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)",
            &format!("Value '{{1=1.5}}' at '{member}' failed to satisfy constraint: {weight}"),
            &format!("Value '{{live=0.5}}' at '{member}' failed to satisfy constraint: {key}"),
        ])
    );
    assert_eq!(
        refused(&stage.post(&of("f/aliases"), &json!({})).await),
        violations(&[
            "Value null at 'name' failed to satisfy constraint: Member must not be null",
            "Value null at 'functionVersion' failed to satisfy constraint: Member must not be null",
        ])
    );
}

#[tokio::test]
async fn a_name_of_digits_alone_or_of_other_signs_is_refused() {
    let stage = Stage::with_versions(1).await;
    for name in ["7", "a.b", "a b", "$LATEST"] {
        let text = format!(
            "Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        );
        let reply = stage.post(&of("f/aliases"), &json!({ "Name": name, "FunctionVersion": "1" })).await;
        assert_eq!(refused(&reply), violations(&[&text]));
    }
    for name in ["7a", "-", "_"] {
        stage.alias(name, "1").await;
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "1").await;
    let reply = stage.post(&of("f/aliases"), &to("2", json!({}))).await;
    assert_eq!(refused(&reply), conflict(&format!("Alias already exists: {ARN}:live")));
    assert_eq!(get(&stage).await["FunctionVersion"], "1");
}

#[tokio::test]
async fn an_alias_that_is_not_there_cannot_be_shown_or_moved_and_needs_not_be_deleted() {
    let stage = Stage::with_versions(1).await;
    let unknown = missing(&format!("Cannot find alias arn: {ARN}:live"));
    assert_eq!(refused(&stage.get(&of("f/aliases/live")).await), unknown);
    assert_eq!(refused(&stage.put(&of("f/aliases/live"), &json!({})).await), unknown);
    is_empty(&stage.delete(&of("f/aliases/live")).await);
}

#[tokio::test]
async fn an_update_of_an_alias_for_another_revision_is_refused() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "1").await;
    let before = get(&stage).await;
    let update = json!({ "FunctionVersion": "2", "RevisionId": before["RevisionId"] });
    let after = body(&stage.put(&of("f/aliases/live"), &update).await, 200);
    let update = json!({ "FunctionVersion": "1", "RevisionId": before["RevisionId"] });
    assert_eq!(refused(&stage.put(&of("f/aliases/live"), &update).await), stale());
    assert_eq!(get(&stage).await, after);
}

#[tokio::test]
async fn aliases_are_listed_by_name_or_by_where_they_lead() {
    let stage = Stage::with_versions(2).await;
    for (name, version) in [("old", "1"), ("next", "$LATEST"), ("live", "2")] {
        stage.alias(name, version).await;
    }
    let split = json!({ "Name": "split", "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.5 } } });
    body(&stage.post(&of("f/aliases"), &split).await, 201);
    for (query, expected) in [
        ("", &["live", "next", "old", "split"][..]),
        ("?FunctionVersion=1", &["old", "split"]),
        ("?FunctionVersion=2", &["live", "split"]),
        ("?FunctionVersion=%24LATEST", &["next"]),
        ("?FunctionVersion=3", &[]),
        ("?FunctionVersion=none", &[]),
    ] {
        let listed = body(&stage.get(&of(&format!("f/aliases{query}"))).await, 200);
        let names: Vec<_> =
            listed["Aliases"].as_array().unwrap().iter().map(|alias| &alias["Name"]).collect();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn an_alias_that_is_created_again_has_nothing_of_the_one_before() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    let events = "/2019-09-25/functions/f/event-invoke-config?Qualifier=live";
    body(&stage.put(events, &json!({ "MaximumRetryAttempts": 0 })).await, 200);
    let statement = json!({ "StatementId": "s", "Action": "lambda:*", "Principal": "*" });
    body(&stage.post(&of("f/policy?Qualifier=live"), &statement).await, 201);
    is_empty(&stage.delete(&of("f/aliases/live")).await);
    stage.alias("live", "1").await;
    for path in [events, &of("f/policy?Qualifier=live")] {
        assert_eq!(stage.get(path).await.status(), 404);
    }
}
