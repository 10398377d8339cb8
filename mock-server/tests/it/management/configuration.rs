//! Configurations that are changed: what is said replaces what was there, and the rest stays.

use mock_server::{Event, core::Phase};
use serde_json::{Value, json};

use super::{ROLE, Stage, body, invalid, not_emulated, of, refused, stale, violations};
use crate::{
    guest::{answering, echo},
    wait::PATIENCE,
};

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:dead";
const EVENTS: &str = "/2019-09-25/functions/f/event-invoke-config";

async fn updated(stage: &Stage, update: Value) -> Value {
    body(&stage.put(&of("f/configuration"), &update).await, 200)
}

async fn shown(stage: &Stage) -> Value {
    body(&stage.get(&of("f/configuration")).await, 200)
}

#[tokio::test]
async fn what_is_not_said_stays() {
    let stage = Stage::new();
    let builder = stage.mock.function("f").timeout(PATIENCE).description("echo").env("COLOUR", "blue");
    builder.dead_letter(QUEUE).in_process(echo);
    let before = shown(&stage).await;
    let after = updated(&stage, json!({ "MemorySize": 512 })).await;
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    let mut expected = before;
    for changed in ["MemorySize", "RevisionId", "LastModified"] {
        expected[changed] = after[changed].clone();
    }
    assert_eq!((&after, &after["MemorySize"]), (&expected, &json!(512)));
    assert_eq!(shown(&stage).await, after);
    // It is the same code.
    assert_eq!(stage.call("POST", &of("f/invocations"), "[1]").await.brief(), (200, "[1]"));
}

#[tokio::test]
async fn all_that_can_be_said_is_set() {
    let stage = Stage::with_function();
    let update = json!({
        "Runtime": "provided.al2",
        "Role": ROLE,
        "Handler": "other",
        "Description": "",
        "Timeout": 1,
        "MemorySize": 128,
        "Environment": { "Variables": { "SHAPE": "round" } },
        "DeadLetterConfig": { "TargetArn": QUEUE },
        "TracingConfig": { "Mode": "Active" },
        "EphemeralStorage": { "Size": 1_024 },
        "VpcConfig": { "SubnetIds": ["subnet-1"] },
    });
    let after = updated(&stage, update.clone()).await;
    for (member, value) in update.as_object().unwrap() {
        assert_eq!(&after[member], value, "{member}");
    }
}

#[tokio::test]
async fn variables_are_replaced_as_a_whole_and_nothing_is_shown_of_none() {
    let stage = Stage::with_function();
    for (variables, expected) in [
        (
            json!({ "COLOUR": "blue", "SHAPE": "round" }),
            json!({ "Variables": { "COLOUR": "blue", "SHAPE": "round" } }),
        ),
        (json!({ "COLOUR": "red" }), json!({ "Variables": { "COLOUR": "red" } })),
        (Value::Null, json!({ "Variables": { "COLOUR": "red" } })),
        (json!({}), Value::Null),
    ] {
        let after = updated(&stage, json!({ "Environment": { "Variables": variables } })).await;
        assert_eq!(after["Environment"], expected);
    }
}

#[tokio::test]
async fn an_empty_arn_takes_the_dead_letter_queue_away() {
    let stage = Stage::with_function();
    for (arn, expected) in [(QUEUE, json!({ "TargetArn": QUEUE })), ("", Value::Null)] {
        let after = updated(&stage, json!({ "DeadLetterConfig": { "TargetArn": arn } })).await;
        assert_eq!(after["DeadLetterConfig"], expected);
    }
}

#[tokio::test]
async fn levels_are_for_logs_in_json_only() {
    let stage = Stage::with_function();
    for (logging, expected) in [
        (
            json!({ "LogFormat": "JSON" }),
            json!({ "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": "/aws/lambda/f" }),
        ),
        (
            json!({ "ApplicationLogLevel": "TRACE", "SystemLogLevel": "WARN" }),
            json!({ "LogFormat": "JSON", "ApplicationLogLevel": "TRACE", "SystemLogLevel": "WARN", "LogGroup": "/aws/lambda/f" }),
        ),
        (
            json!({ "ApplicationLogLevel": "FATAL", "LogGroup": "/own" }),
            json!({ "LogFormat": "JSON", "ApplicationLogLevel": "FATAL", "SystemLogLevel": "WARN", "LogGroup": "/own" }),
        ),
        (json!({ "LogFormat": "Text" }), json!({ "LogFormat": "Text", "LogGroup": "/own" })),
        (
            json!({ "LogFormat": "JSON" }),
            json!({ "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": "/own" }),
        ),
    ] {
        assert_eq!(updated(&stage, json!({ "LoggingConfig": logging })).await["LoggingConfig"], expected);
    }
}

#[tokio::test]
async fn only_versions_have_snapshots() {
    let stage = Stage::with_function();
    let after = updated(&stage, json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } })).await;
    assert_eq!(after["SnapStart"], json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" }));
    let version = body(&stage.post(&of("f/versions"), &json!({})).await, 201);
    assert_eq!(version["SnapStart"], json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" }));
    let after = updated(&stage, json!({ "SnapStart": { "ApplyOn": "None" } })).await;
    assert_eq!(after["SnapStart"], json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }));
}

#[tokio::test]
async fn only_versions_are_restored() {
    let stage = Stage::new();
    stage.mock.function("f").timeout(PATIENCE).in_process(|api| {
        let kind = api.variables().and_then(|variables| variables.get("AWS_LAMBDA_INITIALIZATION_TYPE"));
        let kind = json!(kind).to_string();
        answering(api, move |_| std::future::ready(kind.clone().into_bytes()))
    });
    updated(&stage, json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } })).await;
    body(&stage.post(&of("f/versions"), &json!({})).await, 201);
    for (path, kind) in
        [("f/invocations", r#""on-demand""#), ("f/invocations?Qualifier=1", r#""snap-start""#)]
    {
        assert_eq!(stage.call("POST", &of(path), "{}").await.brief(), (200, kind));
    }
    let entries = stage.mock.timeline().entries();
    let restored = entries.iter().filter(|entry| entry.event == Event::PhaseBegan(Phase::Restore));
    assert_eq!(restored.count(), 1);
}

#[tokio::test]
async fn on_managed_instances_limits_are_others() {
    let stage = Stage::with_function();
    let capacity = json!({
        "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:c",
        "LambdaManagedInstancesCapacityProviderConfig": { "PerExecutionEnvironmentMaxConcurrency": 16 },
    });
    let memory = json!({ "MemorySize": 10_241 });
    let text = "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240";
    assert_eq!(refused(&stage.put(&of("f/configuration"), &memory).await), violations(&[text]));
    let after = updated(&stage, json!({ "CapacityProviderConfig": capacity, "MemorySize": 32_768 })).await;
    assert_eq!((&after["CapacityProviderConfig"], &after["MemorySize"]), (&capacity, &json!(32_768)));
    let text = "Value '32769' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 32768";
    let memory = json!({ "MemorySize": 32_769 });
    assert_eq!(refused(&stage.put(&of("f/configuration"), &memory).await), violations(&[text]));
}

#[tokio::test]
async fn dead_letters_go_to_queues_and_topics_without_an_order_and_nowhere_else() {
    let stage = Stage::with_function();
    let before = shown(&stage).await;
    let to = |arn: &str| json!({ "Description": "new", "DeadLetterConfig": { "TargetArn": arn } });
    let pattern = "Value 'nonsense' at 'deadLetterConfig.targetArn' failed to satisfy constraint: Member must satisfy regular \
                   expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
    let reply = stage.put(&of("f/configuration"), &to("nonsense")).await;
    assert_eq!(refused(&reply), violations(&[pattern]));
    for arn in [
        &format!("{QUEUE}.fifo"),
        "arn:aws:sns:us-east-1:123456789012:news.fifo",
        "arn:aws:s3:::failures",
        "arn:aws:lambda:us-east-1:123456789012:function:g",
        "arn:aws:dynamodb:us-east-1:123456789012:table/t",
        "arn:aws:sqs:us-east-1:123456789012:",
    ] {
        let text = format!(
            "The dead letter target {arn} is not the ARN of a standard SQS queue or a standard SNS topic."
        );
        assert_eq!(refused(&stage.put(&of("f/configuration"), &to(arn)).await), invalid(&text));
    }
    assert_eq!(shown(&stage).await, before);
    updated(&stage, to("arn:aws:sns:us-east-1:123456789012:news")).await;
}

#[tokio::test]
async fn values_that_break_rules_change_nothing() {
    let stage = Stage::with_function();
    let before = shown(&stage).await;
    let wrong =
        json!({ "Description": "new", "Timeout": 0, "MemorySize": 127, "Handler": "two words", "Role": "" });
    assert_eq!(
        refused(&stage.put(&of("f/configuration"), &wrong).await),
        violations(&[
            r"Value '' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
            r"Value 'two words' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\s]+",
            "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
            "Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
        ])
    );
    let image = json!({ "Description": "new", "ImageConfig": { "Command": ["c"] } });
    assert_eq!(
        refused(&stage.put(&of("f/configuration"), &image).await),
        not_emulated("this mock does not emulate container images (ImageConfig)")
    );
    let variable = json!({ "Description": "new", "Environment": { "Variables": { "a-b": "1" } } });
    assert_eq!(
        refused(&stage.put(&of("f/configuration"), &variable).await),
        invalid(
            "\"a-b\" cannot be the name of an environment variable: a name is a letter followed by letters, digits and \
             underscores"
        )
    );
    assert_eq!(shown(&stage).await, before);
}

#[tokio::test]
async fn an_update_for_another_revision_changes_nothing() {
    let stage = Stage::with_function();
    let before = shown(&stage).await;
    let update = |timeout: u64| json!({ "Timeout": timeout, "RevisionId": before["RevisionId"] });
    let after = updated(&stage, update(5)).await;
    assert_eq!(refused(&stage.put(&of("f/configuration"), &update(6)).await), stale());
    assert_eq!(shown(&stage).await, after);
}

#[tokio::test]
async fn an_update_leaves_what_is_configured_beside_the_configuration() {
    let stage = Stage::with_function();
    let reserved = json!({ "ReservedConcurrentExecutions": 5 });
    body(&stage.put("/2017-10-31/functions/f/concurrency", &reserved).await, 200);
    is_not_configured(&stage).await;
    updated(&stage, json!({ "Timeout": 5 })).await;
    is_not_configured(&stage).await;
    let events = body(&stage.put(EVENTS, &json!({ "MaximumRetryAttempts": 1 })).await, 200);
    updated(&stage, json!({ "Timeout": 6 })).await;
    assert_eq!(body(&stage.get(EVENTS).await, 200), events);
    // A configuration that says nothing is one, too.
    let nothing = body(&stage.put(EVENTS, &json!({ "DestinationConfig": {} })).await, 200);
    updated(&stage, json!({ "Timeout": 7 })).await;
    assert_eq!(body(&stage.get(EVENTS).await, 200), nothing);
    assert_eq!(body(&stage.get(&of("f")).await, 200)["Concurrency"], reserved);
}

async fn is_not_configured(stage: &Stage) {
    assert_eq!(stage.get(EVENTS).await.status(), 404);
}
