//! What is to be done with queued invokes, as it is put, changed, shown and forgotten.

use serde_json::{Value, json};

use super::{ARN, Refused, Stage, body, invalid, is_empty, missing, of, refused, violations};

const PATH: &str = "/2019-09-25/functions/f/event-invoke-config";
const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:done";

/// What is shown, without the date, which is a number here.
fn undated(mut shown: Value) -> Value {
    let date = shown.as_object_mut().unwrap().remove("LastModified").unwrap();
    assert!(date.as_f64().unwrap() > 1_000_000_000.0, "{date}");
    shown
}

fn not_configured(qualifier: &str) -> Refused {
    missing(&format!("The function {ARN}:{qualifier} doesn't have an EventInvokeConfig"))
}

fn to(on_success: &str, on_failure: &str) -> Value {
    json!({ "OnSuccess": { "Destination": on_success }, "OnFailure": { "Destination": on_failure } })
}

#[tokio::test]
async fn what_is_put_is_shown_and_the_rest_is_forgotten() {
    let stage = Stage::with_function();
    let all = json!({
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": to(QUEUE, "arn:aws:lambda:us-east-1:123456789012:function:g"),
    });
    let mut expected = all.clone();
    expected["FunctionArn"] = json!(format!("{ARN}:$LATEST"));
    assert_eq!(undated(body(&stage.put(PATH, &all).await, 200)), expected);
    assert_eq!(undated(body(&stage.get(PATH).await, 200)), expected);
    let put = body(&stage.put(PATH, &json!({ "MaximumRetryAttempts": 2 })).await, 200);
    let expected = json!({
        "FunctionArn": format!("{ARN}:$LATEST"),
        "MaximumRetryAttempts": 2,
        "DestinationConfig": { "OnSuccess": {}, "OnFailure": {} },
    });
    assert_eq!(undated(put), expected);
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_say() {
    let stage = Stage::with_function();
    let put = json!({ "MaximumRetryAttempts": 1, "DestinationConfig": to(QUEUE, QUEUE) });
    let mut expected = undated(body(&stage.put(PATH, &put).await, 200));
    let update = stage.post(PATH, &json!({ "MaximumEventAgeInSeconds": 21_600 })).await;
    expected["MaximumEventAgeInSeconds"] = json!(21_600);
    assert_eq!(undated(body(&update, 200)), expected);
    // An empty text takes a destination away.
    let update = stage.post(PATH, &json!({ "DestinationConfig": to("", QUEUE) })).await;
    expected["DestinationConfig"]["OnSuccess"] = json!({});
    assert_eq!(undated(body(&update, 200)), expected);
}

#[tokio::test]
async fn each_qualifier_has_its_own() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    for (qualifier, attempts) in [("live", 0), ("1", 1), ("$LATEST", 2)] {
        let path = format!("{PATH}?Qualifier={qualifier}");
        body(&stage.put(&path, &json!({ "MaximumRetryAttempts": attempts })).await, 200);
    }
    let listed = body(&stage.get(&format!("{PATH}/list")).await, 200);
    let configs = listed["FunctionEventInvokeConfigs"].as_array().unwrap();
    let brief: Vec<_> =
        configs.iter().map(|config| (&config["FunctionArn"], &config["MaximumRetryAttempts"])).collect();
    let arns = ["$LATEST", "1", "live"].map(|qualifier| json!(format!("{ARN}:{qualifier}")));
    assert_eq!(brief, [(&arns[0], &json!(2)), (&arns[1], &json!(1)), (&arns[2], &json!(0))]);
    // Without a qualifier it is that of `$LATEST`.
    assert_eq!(body(&stage.get(PATH).await, 200), configs[0]);
    is_empty(&stage.delete(PATH).await);
    for method in ["GET", "DELETE"] {
        assert_eq!(refused(&stage.call(method, PATH, "").await), not_configured("$LATEST"));
    }
    body(&stage.get(&format!("{PATH}?Qualifier=live")).await, 200);
}

#[tokio::test]
async fn where_nothing_is_configured_there_is_nothing_to_show_or_update() {
    let stage = Stage::with_versions(1).await;
    for qualifier in ["1", "7", "live"] {
        let path = format!("{PATH}?Qualifier={qualifier}");
        for method in ["GET", "DELETE"] {
            assert_eq!(refused(&stage.call(method, &path, "").await), not_configured(qualifier));
        }
    }
    let update = stage.post(PATH, &json!({ "MaximumRetryAttempts": 1 })).await;
    assert_eq!(refused(&update), not_configured("$LATEST"));
    assert_eq!(
        stage.get(&format!("{PATH}/list")).await.brief(),
        (200, r#"{"FunctionEventInvokeConfigs":[]}"#)
    );
}

#[tokio::test]
async fn a_function_or_qualifier_that_is_not_there_cannot_be_configured() {
    let stage = Stage::with_function();
    let unknown = missing("The function doesn't exist.");
    let other = PATH.replace("/f/", "/g/");
    for path in [&other, &format!("{PATH}?Qualifier=1"), &format!("{PATH}?Qualifier=live")] {
        for method in ["PUT", "POST"] {
            let reply = stage.call(method, path, r#"{"MaximumRetryAttempts":1}"#).await;
            assert_eq!(refused(&reply), unknown, "{method} {path}");
        }
    }
    assert_eq!(refused(&stage.get(&format!("{other}/list")).await), unknown);
}

#[tokio::test]
async fn numbers_out_of_range_are_told_at_once() {
    let stage = Stage::with_function();
    let failed = |value: i64, member: &str, constraint: &str| {
        format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {constraint}"
        )
    };
    for (attempts, age, constraints) in [
        (3, 21_601, ["less than or equal to 2", "less than or equal to 21600"]),
        (-1, 59, ["greater than or equal to 0", "greater than or equal to 60"]),
    ] {
        let wrong = json!({ "MaximumRetryAttempts": attempts, "MaximumEventAgeInSeconds": age });
        let expected = violations(&[
            &failed(attempts, "maximumRetryAttempts", constraints[0]),
            &failed(age, "maximumEventAgeInSeconds", constraints[1]),
        ]);
        assert_eq!(refused(&stage.put(PATH, &wrong).await), expected);
    }
    for method in ["PUT", "POST"] {
        let nothing = invalid("You must specify at least one of error handling or destination setting.");
        assert_eq!(refused(&stage.call(method, PATH, "{}").await), nothing);
    }
}

#[tokio::test]
async fn destinations_that_are_none_are_refused() {
    let stage = Stage::with_function();
    let text = |on_success: &str, on_failure: &str| {
        format!(
            "The provided destination config DestinationConfig(onSuccess={on_success}, onFailure={on_failure}) is invalid."
        )
    };
    for (config, expected) in [
        (to("queue", ""), text("OnSuccess(destination=queue)", "null")),
        (
            to(QUEUE, "arn:aws:dynamodb:us-east-1:123456789012:table/t"),
            text(
                &format!("OnSuccess(destination={QUEUE})"),
                "OnFailure(destination=arn:aws:dynamodb:us-east-1:123456789012:table/t)",
            ),
        ),
        (json!({ "OnFailure": { "Destination": "queue" } }), text("null", "OnFailure(destination=queue)")),
        // A bucket takes failures only, and what keeps an order takes nothing.
        (to("arn:aws:s3:::b", ""), text("OnSuccess(destination=arn:aws:s3:::b)", "null")),
        (to(&format!("{QUEUE}.fifo"), ""), text(&format!("OnSuccess(destination={QUEUE}.fifo)"), "null")),
        (
            json!({ "OnFailure": { "Destination": format!("{QUEUE}.fifo") } }),
            text("null", &format!("OnFailure(destination={QUEUE}.fifo)")),
        ),
    ] {
        let reply = stage.put(PATH, &json!({ "DestinationConfig": config })).await;
        assert_eq!(refused(&reply), invalid(&expected));
    }
    for own in [ARN.to_owned(), format!("{ARN}:live")] {
        let reply = stage.put(PATH, &json!({ "DestinationConfig": to(QUEUE, &own) })).await;
        assert_eq!(refused(&reply), invalid("You can't specify the function as a destination for itself."));
    }
    // The name of this one only begins like that of the function.
    let other = json!({ "DestinationConfig": to(QUEUE, &format!("{ARN}2")) });
    body(&stage.put(PATH, &other).await, 200);
    assert_eq!(stage.get(&of("f")).await.status(), 200);
}

#[tokio::test]
async fn the_queue_does_what_is_configured() {
    let stage = Stage::with_function();
    body(&stage.put(PATH, &json!({ "DestinationConfig": to(QUEUE, "") })).await, 200);
    let head = [("X-Amz-Invocation-Type", "Event")];
    let mut connection = crate::raw::Connection::tcp(stage.api.address()).await;
    let reply = crate::wait::soon(connection.post_with(&of("f/invocations"), &head, "[1]")).await;
    assert_eq!(reply.brief(), (202, ""));
    let is_told = |event: &mock_server::Event| {
        let mock_server::Event::Queue { event, .. } = event else { return false };
        matches!(event, mock_server::QueueEvent::Delivered { destination } if destination == QUEUE)
    };
    crate::wait::seen(stage.mock.timeline(), is_told).await;
}
