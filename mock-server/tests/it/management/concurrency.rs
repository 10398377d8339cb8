//! Reserved concurrency, and the numbers of the account.

use base64::{Engine, prelude::BASE64_STANDARD};
use mock_server::MockLambda;
use serde_json::{Value, json};

use super::{ROLE, Refused, Stage, body, invalid, is_empty, of, refused, violations, zip::script};
use crate::guest::echo;

const PUT: &str = "/2017-10-31/functions/f/concurrency";
const GET: &str = "/2019-09-30/functions/f/concurrency";
const ACCOUNT: &str = "/2016-08-19/account-settings";

fn reserved(count: i64) -> Value {
    json!({ "ReservedConcurrentExecutions": count })
}

fn too_few_left() -> Refused {
    invalid(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its \
         minimum value of [100].",
    )
}

async fn unreserved(stage: &Stage) -> Value {
    body(&stage.get(ACCOUNT).await, 200)["AccountLimit"]["UnreservedConcurrentExecutions"].take()
}

#[tokio::test]
async fn what_is_reserved_is_shown_until_it_is_given_back() {
    let stage = Stage::with_function();
    assert_eq!(stage.get(GET).await.brief(), (200, "{}"));
    // The last one counts.
    for count in [5, 7] {
        assert_eq!(body(&stage.put(PUT, &reserved(count)).await, 200), reserved(count));
        assert_eq!(body(&stage.get(GET).await, 200), reserved(count));
    }
    for _ in 0..2 {
        is_empty(&stage.delete(PUT).await);
        assert_eq!(stage.get(GET).await.brief(), (200, "{}"));
    }
}

#[tokio::test]
async fn with_nothing_reserved_a_function_does_not_run() {
    let stage = Stage::with_function();
    body(&stage.put(PUT, &reserved(0)).await, 200);
    assert_eq!(body(&stage.get(&of("f")).await, 200)["Concurrency"], reserved(0));
    let invoked = stage.call("POST", &of("f/invocations"), "1").await;
    assert_eq!(
        invoked.brief(),
        (
            429,
            r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#
        )
    );
    is_empty(&stage.delete(PUT).await);
    assert_eq!(stage.call("POST", &of("f/invocations"), "1").await.brief(), (200, "1"));
}

#[tokio::test]
async fn a_hundred_stay_unreserved() {
    let stage = Stage::with_function();
    stage.mock.function("g").reserved_concurrency(300).in_process(echo);
    assert_eq!(refused(&stage.put(PUT, &reserved(601)).await), too_few_left());
    assert_eq!(stage.get(GET).await.brief(), (200, "{}"));
    body(&stage.put(PUT, &reserved(600)).await, 200);
    assert_eq!(unreserved(&stage).await, 100);
    // What it has itself is not taken by another one.
    assert_eq!(refused(&stage.put(PUT, &reserved(601)).await), too_few_left());
    body(&stage.put(PUT, &reserved(599)).await, 200);
    assert_eq!(unreserved(&stage).await, 101);
}

#[tokio::test]
async fn nothing_can_be_reserved_always() {
    let stage = Stage::of(MockLambda::builder().account_concurrency(10).build());
    stage.mock.function("f").in_process(echo);
    assert_eq!(refused(&stage.put(PUT, &reserved(1)).await), too_few_left());
    body(&stage.put(PUT, &reserved(0)).await, 200);
}

#[tokio::test]
async fn no_number_and_one_out_of_range_are_refused() {
    let stage = Stage::with_function();
    let member = "reservedConcurrentExecutions";
    for (given, text) in [
        (
            json!({}),
            format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"),
        ),
        (
            reserved(-1),
            format!(
                "Value '-1' at '{member}' failed to satisfy constraint: Member must have value greater than or equal to 0"
            ),
        ),
        (
            reserved(2_147_483_648),
            format!(
                "Value '2147483648' at '{member}' failed to satisfy constraint: Member must have value less than or equal to 2147483647"
            ),
        ),
    ] {
        assert_eq!(refused(&stage.put(PUT, &given).await), violations(&[&text]));
    }
    assert_eq!(refused(&stage.put(PUT, &reserved(2_147_483_647)).await), too_few_left());
}

#[tokio::test]
async fn less_than_is_provisioned_cannot_be_reserved() {
    let stage = Stage::with_versions(2).await;
    for (qualifier, count) in [("1", 2), ("2", 3)] {
        let path = format!("/2019-09-30/functions/f/provisioned-concurrency?Qualifier={qualifier}");
        body(&stage.put(&path, &json!({ "ProvisionedConcurrentExecutions": count })).await, 202);
    }
    for count in [0, 4] {
        let text = format!(
            "ReservedConcurrentExecutions {count} should not be lower than function's total provisioned concurrency [5]."
        );
        assert_eq!(refused(&stage.put(PUT, &reserved(count)).await), invalid(&text));
    }
    body(&stage.put(PUT, &reserved(5)).await, 200);
}

#[tokio::test]
async fn the_account_tells_what_it_may_have_and_has() {
    let stage = Stage::of(MockLambda::builder().account_concurrency(500).build());
    let account = |unreserved: u64, bytes: usize, functions: u64| {
        json!({
            "AccountLimit": {
                "TotalCodeSize": 80_530_636_800_u64,
                "CodeSizeUnzipped": 262_144_000,
                "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": 500,
                "UnreservedConcurrentExecutions": unreserved,
            },
            "AccountUsage": { "TotalCodeSize": bytes, "FunctionCount": functions },
        })
    };
    assert_eq!(body(&stage.get(ACCOUNT).await, 200), account(500, 0, 0));
    let code = script("exit 1");
    let create = json!({
        "FunctionName": "f",
        "Runtime": "provided.al2023",
        "Role": ROLE,
        "Handler": "h",
        "Code": { "ZipFile": BASE64_STANDARD.encode(&code) },
        "Publish": true,
    });
    body(&stage.post(&of(""), &create).await, 201);
    stage.mock.function("g").in_process(echo);
    // Every version has its code.
    assert_eq!(body(&stage.get(ACCOUNT).await, 200), account(500, 2 * code.len(), 2));
    body(&stage.put(PUT, &reserved(7)).await, 200);
    assert_eq!(unreserved(&stage).await, 493);
    is_empty(&stage.delete(&of("f")).await);
    assert_eq!(body(&stage.get(ACCOUNT).await, 200), account(500, 0, 1));
}
