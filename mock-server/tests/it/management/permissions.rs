//! Resource policies: which statement is made of which request, and where it is kept.

use serde_json::{Value, json};

use super::{ARN, Stage, body, conflict, invalid, is_empty, missing, of, refused, stale, violations};

const NO_POLICY: &str = "The resource you requested does not exist.";

fn permission(id: &str) -> Value {
    json!({ "StatementId": id, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com" })
}

fn statement(id: &str, resource: &str) -> Value {
    json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": { "Service": "s3.amazonaws.com" },
        "Action": "lambda:InvokeFunction",
        "Resource": resource,
    })
}

/// What stands as JSON in a text.
fn read(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

async fn added(stage: &Stage, path: &str, permission: &Value) -> Value {
    read(&body(&stage.post(&of(path), permission).await, 201)["Statement"])
}

async fn policy(stage: &Stage, path: &str) -> Value {
    read(&body(&stage.get(&of(path)).await, 200)["Policy"])
}

#[tokio::test]
async fn statements_are_collected_in_a_policy() {
    let stage = Stage::with_function();
    for id in ["b", "a"] {
        assert_eq!(added(&stage, "f/policy", &permission(id)).await, statement(id, ARN));
    }
    let expected = json!({
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [statement("a", ARN), statement("b", ARN)],
    });
    assert_eq!(policy(&stage, "f/policy").await, expected);
    let latest = body(&stage.get(&of("f/configuration")).await, 200);
    assert_eq!(body(&stage.get(&of("f/policy")).await, 200)["RevisionId"], latest["RevisionId"]);
    is_empty(&stage.delete(&of("f/policy/a")).await);
    assert_eq!(policy(&stage, "f/policy").await["Statement"], json!([statement("b", ARN)]));
    // Without a statement there is no policy.
    is_empty(&stage.delete(&of("f/policy/b")).await);
    assert_eq!(refused(&stage.get(&of("f/policy")).await), missing(NO_POLICY));
}

#[tokio::test]
async fn principals_are_told_apart_by_their_form() {
    let stage = Stage::with_function();
    let user = "arn:aws:iam::123456789012:user/u";
    for (at, (given, expected)) in [
        ("*", json!("*")),
        ("123456789012", json!({ "AWS": "arn:aws:iam::123456789012:root" })),
        (user, json!({ "AWS": user })),
        ("12345678901", json!({ "Service": "12345678901" })),
        ("events.amazonaws.com", json!({ "Service": "events.amazonaws.com" })),
    ]
    .into_iter()
    .enumerate()
    {
        let permission = json!({ "StatementId": format!("s-{at}"), "Action": "*", "Principal": given });
        assert_eq!(added(&stage, "f/policy", &permission).await["Principal"], expected);
    }
}

#[tokio::test]
async fn conditions_are_collected_by_operator() {
    let stage = Stage::with_function();
    let mut permission = permission("s");
    permission.as_object_mut().unwrap().extend([
        ("SourceArn".to_owned(), json!("arn:aws:s3:::b")),
        ("SourceAccount".to_owned(), json!("123456789012")),
        ("EventSourceToken".to_owned(), json!("token")),
        ("PrincipalOrgID".to_owned(), json!("o-1")),
        ("FunctionUrlAuthType".to_owned(), json!("NONE")),
        ("InvokedViaFunctionUrl".to_owned(), json!(true)),
    ]);
    let expected = json!({
        "StringEquals": {
            "AWS:SourceAccount": "123456789012",
            "lambda:EventSourceToken": "token",
            "aws:PrincipalOrgID": "o-1",
            "lambda:FunctionUrlAuthType": "NONE",
        },
        "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::b" },
        "Bool": { "lambda:InvokedViaFunctionUrl": "true" },
    });
    assert_eq!(added(&stage, "f/policy", &permission).await["Condition"], expected);
}

#[tokio::test]
async fn each_qualifier_has_a_policy_of_its_own() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    for qualifier in ["1", "live"] {
        let resource = format!("{ARN}:{qualifier}");
        let made = added(&stage, &format!("f/policy?Qualifier={qualifier}"), &permission("s")).await;
        assert_eq!(made, statement("s", &resource));
        assert_eq!(policy(&stage, &format!("f:{qualifier}/policy")).await["Statement"], json!([made]));
    }
    assert_eq!(refused(&stage.get(&of("f/policy")).await), missing(NO_POLICY));
    is_empty(&stage.delete(&of("f/policy/s?Qualifier=1")).await);
    policy(&stage, "f:live/policy").await;
    let latest = stage.post(&of("f/policy?Qualifier=$LATEST"), &permission("s")).await;
    assert_eq!(refused(&latest), invalid("We currently do not support adding policies for $LATEST."));
    let unknown = stage.post(&of("f/policy?Qualifier=7"), &permission("s")).await;
    assert_eq!(refused(&unknown), missing(&format!("Function not found: {ARN}:7")));
}

#[tokio::test]
async fn a_statement_is_not_replaced() {
    let stage = Stage::with_function();
    added(&stage, "f/policy", &permission("s")).await;
    let mut other = permission("s");
    other["Principal"] = json!("*");
    assert_eq!(
        refused(&stage.post(&of("f/policy"), &other).await),
        conflict(
            "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing \
             statement."
        )
    );
    assert_eq!(policy(&stage, "f/policy").await["Statement"], json!([statement("s", ARN)]));
}

#[tokio::test]
async fn values_that_break_rules_are_told_at_once() {
    let stage = Stage::with_function();
    let null =
        |member| format!("Value null at '{member}' failed to satisfy constraint: Member must not be null");
    let nothing = [null("statementId"), null("action"), null("principal")];
    let nothing: Vec<_> = nothing.iter().map(String::as_str).collect();
    assert_eq!(refused(&stage.post(&of("f/policy"), &json!({})).await), violations(&nothing));
    let wrong = json!({
        "StatementId": "a statement",
        "Action": "s3:GetObject",
        "Principal": "*",
        "FunctionUrlAuthType": "ALL",
    });
    assert_eq!(
        refused(&stage.post(&of("f/policy"), &wrong).await),
        violations(&[
            "Value 'a statement' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
            "Value 's3:GetObject' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
            "Value 'ALL' at 'functionUrlAuthType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
        ])
    );
    let (id, mut long) = ("s".repeat(101), permission(""));
    long["StatementId"] = json!(id);
    let text = format!(
        "Value '{id}' at 'statementId' failed to satisfy constraint: Member must have length less than or equal to 100"
    );
    assert_eq!(refused(&stage.post(&of("f/policy"), &long).await), violations(&[&text]));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_removed() {
    let stage = Stage::with_function();
    let unknown = missing(&format!("No policy found for: {ARN}g"));
    assert_eq!(refused(&stage.delete(&of("fg/policy/s")).await), unknown);
    let nothing = missing("No policy is associated with the given resource.");
    assert_eq!(refused(&stage.delete(&of("f/policy/s")).await), nothing);
    added(&stage, "f/policy", &permission("s")).await;
    let other = missing("Statement other is not found in resource policy.");
    assert_eq!(refused(&stage.delete(&of("f/policy/other")).await), other);
}

#[tokio::test]
async fn changes_for_another_revision_are_refused() {
    let stage = Stage::with_function();
    let mut other = permission("s");
    other["RevisionId"] = json!("other");
    assert_eq!(refused(&stage.post(&of("f/policy"), &other).await), stale());
    let current = body(&stage.get(&of("f/configuration")).await, 200)["RevisionId"].take();
    other["RevisionId"] = current.clone();
    added(&stage, "f/policy", &other).await;
    assert_eq!(refused(&stage.delete(&of("f/policy/s?RevisionId=other")).await), stale());
    is_empty(&stage.delete(&of(&format!("f/policy/s?RevisionId={}", current.as_str().unwrap()))).await);
}
