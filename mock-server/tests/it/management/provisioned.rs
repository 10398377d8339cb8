//! Provisioned concurrency as it is put, told and taken back. How environments are kept ready is tested in `in_process`.

use serde_json::{Value, json};

use super::{
    ARN, Refused, Stage, body, conflict, invalid, is_date, is_empty, lower_case, missing, of, refused, take,
    violations,
};
use crate::{
    guest::Puppet,
    raw::Connection,
    wait::{PATIENCE, seen_times, soon},
};

const PATH: &str = "/2019-09-30/functions/f/provisioned-concurrency";

fn at(qualifier: &str) -> String {
    format!("{PATH}?Qualifier={qualifier}")
}

fn wanted(count: i64) -> Value {
    json!({ "ProvisionedConcurrentExecutions": count })
}

fn shown(requested: u64, available: u64, status: &str) -> Value {
    json!({
        "RequestedProvisionedConcurrentExecutions": requested,
        "AvailableProvisionedConcurrentExecutions": available,
        "AllocatedProvisionedConcurrentExecutions": available,
        "Status": status,
    })
}

fn not_configured() -> Refused {
    let text = "No Provisioned Concurrency Config found for this function";
    lower_case(404, "ProvisionedConcurrencyConfigNotFoundException", text)
}

/// What is shown, without the date.
fn undated(mut shown: Value) -> Value {
    is_date(&take(&mut shown, "LastModified"));
    shown
}

async fn put(stage: &Stage, qualifier: &str, count: i64) {
    body(&stage.put(&at(qualifier), &wanted(count)).await, 202);
}

#[tokio::test]
async fn environments_are_told_when_all_are_ready() {
    let stage = Stage::new();
    let puppet = Puppet::new(stage.mock.function("f").timeout(PATIENCE).init_timeout(PATIENCE));
    puppet.function.publish().unwrap();
    let put = body(&stage.put(&at("1"), &wanted(2)).await, 202);
    assert_eq!(undated(put), shown(2, 0, "IN_PROGRESS"));
    let mut guests = Vec::new();
    for number in 1..=2_u8 {
        let before = undated(body(&stage.get(&at("1")).await, 200));
        assert_eq!(before, shown(2, u64::from(number) - 1, "IN_PROGRESS"));
        let mut guest = Connection::open(&soon(puppet.launched()).await).await;
        guest.send(crate::raw::get(crate::guest::NEXT)).await;
        guests.push(guest);
        let is_next = |event: &mock_server::Event| matches!(event, mock_server::Event::Called { .. });
        seen_times(stage.mock.timeline(), number.into(), is_next).await;
    }
    // The service has been told of the second by the time that it tells so itself.
    soon(puppet.function.provision("1", 2)).await.unwrap();
    assert_eq!(undated(body(&stage.get(&at("1")).await, 200)), shown(2, 2, "READY"));
}

#[tokio::test]
async fn environments_that_do_not_start_are_told() {
    let stage = Stage::new();
    let function =
        stage.mock.function("f").in_process(|_| async { Err::<(), _>("this error belongs to the test") });
    function.publish().unwrap();
    put(&stage, "1", 1).await;
    soon(function.provision("1", 1)).await.unwrap();
    let mut expected = shown(1, 0, "FAILED");
    expected["StatusReason"] = json!("FUNCTION_ERROR_INIT_FAILURE");
    assert_eq!(undated(body(&stage.get(&at("1")).await, 200)), expected);
}

#[tokio::test]
async fn what_is_provisioned_is_listed_by_qualifier_until_it_is_taken_back() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "2").await;
    put(&stage, "live", 1).await;
    put(&stage, "1", 2).await;
    let list = format!("{PATH}?List=ALL");
    let listed = async |stage: &Stage| {
        let listed = body(&stage.get(&list).await, 200);
        let configs = listed["ProvisionedConcurrencyConfigs"].as_array().unwrap().clone();
        let brief = |shown: &Value| {
            let requested = shown["RequestedProvisionedConcurrentExecutions"].as_u64().unwrap();
            (shown["FunctionArn"].as_str().unwrap().to_owned(), requested)
        };
        configs.iter().map(brief).collect::<Vec<_>>()
    };
    assert_eq!(listed(&stage).await, [(format!("{ARN}:1"), 2), (format!("{ARN}:live"), 1)]);
    is_empty(&stage.delete(&at("1")).await);
    assert_eq!(listed(&stage).await, [(format!("{ARN}:live"), 1)]);
    assert_eq!(refused(&stage.get(&at("1")).await), not_configured());
    // Nothing has to be there to be taken back.
    is_empty(&stage.delete(&at("1")).await);
    is_empty(&stage.delete(&of("f/aliases/live")).await);
    assert_eq!(listed(&stage).await, []);
}

#[tokio::test]
async fn latest_has_none() {
    let stage = Stage::with_versions(1).await;
    stage.alias("newest", "$LATEST").await;
    let put = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    for qualifier in ["$LATEST", "newest"] {
        assert_eq!(refused(&stage.put(&at(qualifier), &wanted(1)).await), put);
    }
    let other = invalid("The function resource provided must be an alias or a published version.");
    assert_eq!(refused(&stage.get(&at("$LATEST")).await), other);
    assert_eq!(refused(&stage.delete(&at("$LATEST")).await), other);
    // An alias for which there is some cannot be led there either.
    stage.alias("live", "1").await;
    body(&stage.put(&at("live"), &wanted(1)).await, 202);
    let reply = stage.put(&of("f/aliases/live"), &json!({ "FunctionVersion": "$LATEST" })).await;
    assert_eq!(
        refused(&reply),
        invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    );
}

#[tokio::test]
async fn qualifier_and_number_have_to_be_there() {
    let stage = Stage::with_versions(1).await;
    let null =
        |member| format!("Value null at '{member}' failed to satisfy constraint: Member must not be null");
    let (qualifier, number) = (null("qualifier"), null("provisionedConcurrentExecutions"));
    let reply = stage.put(PATH, &json!({})).await;
    assert_eq!(refused(&reply), violations(&[&qualifier, &number]));
    for method in ["GET", "DELETE"] {
        assert_eq!(refused(&stage.call(method, PATH, "").await), violations(&[&qualifier]));
    }
    let text = "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1";
    assert_eq!(refused(&stage.put(&at("1"), &wanted(0)).await), violations(&[text]));
}

#[tokio::test]
async fn a_qualifier_that_leads_nowhere_is_told_as_what_it_looks_like() {
    let stage = Stage::with_versions(1).await;
    for (function, qualifier, text) in [
        ("f", "7", format!("Function not found: {ARN}:7")),
        ("f", "live", format!("Cannot find alias arn: {ARN}:live")),
        ("fg", "7", format!("Function not found: {ARN}g:7")),
        ("fg", "live", format!("Cannot find alias arn: {ARN}g:live")),
    ] {
        let path = format!("/2019-09-30/functions/{function}/provisioned-concurrency?Qualifier={qualifier}");
        for (method, body) in
            [("PUT", wanted(1).to_string()), ("GET", String::new()), ("DELETE", String::new())]
        {
            assert_eq!(refused(&stage.call(method, &path, body).await), missing(&text), "{method}");
        }
    }
}

#[tokio::test]
async fn more_than_the_account_or_the_function_has_is_refused() {
    let stage = Stage::with_versions(2).await;
    let account = invalid(
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum \
         value of [100].",
    );
    assert_eq!(refused(&stage.put(&at("1"), &wanted(901)).await), account);
    put(&stage, "1", 2).await;
    assert_eq!(refused(&stage.put(&at("2"), &wanted(899)).await), account);
    let reserved = json!({ "ReservedConcurrentExecutions": 5 });
    body(&stage.put("/2017-10-31/functions/f/concurrency", &reserved).await, 200);
    let function = invalid(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
    assert_eq!(refused(&stage.put(&at("2"), &wanted(4)).await), function);
    put(&stage, "2", 3).await;
    // What a qualifier has is replaced, and not added to.
    put(&stage, "1", 1).await;
    put(&stage, "2", 4).await;
}

#[tokio::test]
async fn a_version_and_its_alias_have_it_under_one_name() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "1").await;
    put(&stage, "1", 1).await;
    assert_eq!(
        refused(&stage.put(&at("live"), &wanted(1)).await),
        conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        )
    );
    is_empty(&stage.delete(&at("1")).await);
    put(&stage, "live", 1).await;
    let expected = conflict("Version is pointed by a Provisioned Concurrency alias");
    assert_eq!(refused(&stage.put(&at("1"), &wanted(1)).await), expected);
    put(&stage, "2", 1).await;
}
