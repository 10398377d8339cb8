//! Subscriptions to the legacy Logs API: what is other than in `subscribing`.

use std::time::Duration;

use lambda_extension::{
    ExtensionError,
    telemetry::{Category, DeliveryMethod, LogsSubscription, Problem, Record, SchemaVersion, Telemetry},
};

use crate::{
    telemetry_api::{Api, OK, body, refusal, reply},
    telemetry_peer::{Peer, event, events, request, taken},
};

async fn put(telemetry: &Telemetry, subscription: &LogsSubscription) -> String {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let (subscribed, call) = tokio::join!(extension.subscribe_logs(telemetry, subscription), api.answer(OK));
    subscribed.unwrap();
    call
}

#[tokio::test]
async fn every_knob_is_in_the_call() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let port = telemetry.address().port();
    let subscription = LogsSubscription::new(&[Category::Platform, Category::Function])
        .schema_version(SchemaVersion::V20200815)
        .method(DeliveryMethod::Put)
        .max_items(2_000)
        .max_bytes(300_000)
        .timeout(Duration::from_millis(50));
    let call = put(&telemetry, &subscription).await;
    assert!(
        call.starts_with(
            "PUT /2020-08-15/logs HTTP/1.1\r\nhost: localhost\r\nlambda-extension-identifier: e-1\r\n"
        ),
        "{call}"
    );
    assert_eq!(
        body(&call),
        format!(
            r#"{{"schemaVersion":"2020-08-15","destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}/","method":"PUT"}},"types":["platform","function"],"buffering":{{"maxItems":2000,"maxBytes":300000,"timeoutMs":50}}}}"#
        )
    );
}

#[tokio::test]
async fn the_newer_form_is_posted_if_nothing_is_said() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let port = telemetry.address().port();
    let call = put(&telemetry, &LogsSubscription::new(&[Category::Function])).await;
    assert_eq!(
        body(&call),
        format!(
            r#"{{"schemaVersion":"2021-03-18","destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}/","method":"POST"}},"types":["function"],"buffering":{{"maxItems":10000,"maxBytes":262144,"timeoutMs":1000}}}}"#
        )
    );
}

#[tokio::test]
async fn over_tcp_there_is_no_method() {
    let telemetry = Telemetry::tcp().bind().await.unwrap();
    let port = telemetry.address().port();
    let subscription = LogsSubscription::new(&[Category::Extension]).method(DeliveryMethod::Put);
    let call = put(&telemetry, &subscription).await;
    let destination = format!(r#""destination":{{"protocol":"TCP","port":{port}}},"types":["extension"]"#);
    assert!(body(&call).contains(&destination), "{call}");
}

#[tokio::test]
async fn batches_that_are_put_are_taken() {
    let mut telemetry = Telemetry::http().bind().await.unwrap();
    put(&telemetry, &LogsSubscription::new(&[Category::Platform]).method(DeliveryMethod::Put)).await;
    let mut lambda = Peer::connect(&telemetry).await;
    let fault = event("platform.fault", r#""RequestId: r-1 Status: error\tErrorType: Runtime.ExitError""#);
    lambda.send(request("PUT", format!("[{fault}]"))).await;
    assert_eq!(lambda.reply().await, Some(200));
    let event = events(&taken(&mut telemetry).await).remove(0).unwrap();
    let text = "RequestId: r-1 Status: error\tErrorType: Runtime.ExitError";
    assert_eq!(event.record, Record::Fault(text.into()));
}

#[tokio::test]
async fn what_is_out_of_bounds_is_named_and_nothing_is_sent() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let telemetry = Telemetry::http().bind().await.unwrap();
    let subscription = LogsSubscription::new(&[]).schema_version(SchemaVersion::V20250129).max_items(10);
    let error = extension.subscribe_logs(&telemetry, &subscription).await.unwrap_err();
    let ExtensionError::Subscription(problems) = error else { panic!("{error:?}") };
    assert_eq!(problems.as_slice(), [Problem::SchemaVersion, Problem::TypesMissing, Problem::MaxItems]);
    let (event, ()) = tokio::join!(extension.next_event(), async {
        api.asked().await;
        api.shut_down().await;
    });
    event.unwrap();
}

#[tokio::test]
async fn a_refusal_has_the_words_of_the_api() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let telemetry = Telemetry::http().bind().await.unwrap();
    let subscription = LogsSubscription::new(&[Category::Function]);
    let refused = reply(
        "202 Accepted",
        r#"{"errorMessage":"Logs API is not supported","errorType":"Logs.NotSupported"}"#,
    );
    let (subscribed, _) =
        tokio::join!(extension.subscribe_logs(&telemetry, &subscription), api.answer(refused));
    let (call, status, error_type, message) = refusal(subscribed.unwrap_err());
    assert_eq!((call, status), ("logs", 202));
    assert_eq!((&*error_type, &*message), ("Logs.NotSupported", "Logs API is not supported"));
}
