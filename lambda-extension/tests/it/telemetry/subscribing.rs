//! Subscriptions to the Telemetry API: what is sent, what is not, and what the API answers.

use std::time::Duration;

use lambda_extension::{
    ExtensionError,
    telemetry::{Category, Problem, SchemaVersion, Subscription, Telemetry, TelemetryError},
};

use crate::{
    telemetry_api::{Api, OK, body, refusal, reply},
    telemetry_peer::{Peer, logged, taken},
};

/// What is put, head and body, when this is subscribed to.
async fn put(telemetry: &Telemetry, subscription: &Subscription) -> String {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let (subscribed, call) = tokio::join!(extension.subscribe(telemetry, subscription), api.answer(OK));
    subscribed.unwrap();
    call
}

fn everything() -> Subscription {
    Subscription::new(&[Category::Extension, Category::Platform, Category::Function])
        .schema_version(SchemaVersion::V20221213)
        .max_items(1_000)
        .max_bytes(1_048_576)
        .timeout(Duration::from_millis(25))
}

#[tokio::test]
async fn every_knob_is_in_the_call_over_http() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let port = telemetry.address().port();
    let body = format!(
        r#"{{"schemaVersion":"2022-12-13","destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}/"}},"types":["extension","platform","function"],"buffering":{{"maxItems":1000,"maxBytes":1048576,"timeoutMs":25}}}}"#
    );
    let length = body.len();
    assert_eq!(
        put(&telemetry, &everything()).await,
        format!(
            "PUT /2022-07-01/telemetry HTTP/1.1\r\nhost: localhost\r\n\
             lambda-extension-identifier: e-1\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    );
}

#[tokio::test]
async fn every_knob_is_in_the_call_over_tcp() {
    let telemetry = Telemetry::tcp().bind().await.unwrap();
    let port = telemetry.address().port();
    // The host means nothing there.
    let call = put(&telemetry, &everything().host("127.0.0.1")).await;
    assert_eq!(
        body(&call),
        format!(
            r#"{{"schemaVersion":"2022-12-13","destination":{{"protocol":"TCP","port":{port}}},"types":["extension","platform","function"],"buffering":{{"maxItems":1000,"maxBytes":1048576,"timeoutMs":25}}}}"#
        )
    );
}

#[tokio::test]
async fn an_emulator_can_be_given_another_name_of_the_host() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let uri = format!(r#""URI":"http://127.0.0.1:{}/""#, telemetry.address().port());
    let call = put(&telemetry, &everything().host("127.0.0.1")).await;
    assert!(body(&call).contains(&uri), "{call}");
}

#[tokio::test]
async fn a_listener_on_an_address_and_a_port_of_choice_is_subscribed_with_it() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut telemetry = Telemetry::http().address([127, 0, 0, 1]).port(port).bind().await.unwrap();
    assert_eq!(telemetry.address(), ([127, 0, 0, 1], port).into());
    let call = put(&telemetry, &Subscription::new(&[Category::Platform])).await;
    assert!(body(&call).contains(&format!(":{port}/")), "{call}");
    assert_eq!(Peer::connect(&telemetry).await.post(logged("here")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("here"));
}

/// Subscribes in vain, and checks that nothing was sent.
async fn problems(subscription: &Subscription) -> (String, Vec<Problem>) {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let telemetry = Telemetry::http().bind().await.unwrap();
    let error = extension.subscribe(&telemetry, subscription).await.unwrap_err();
    let ExtensionError::Subscription(problems) = error else { panic!("{error:?}") };
    let (event, ()) = tokio::join!(extension.next_event(), async {
        api.asked().await;
        api.shut_down().await;
    });
    event.unwrap();
    (problems.to_string(), problems.as_slice().to_vec())
}

#[tokio::test]
async fn what_is_out_of_bounds_is_named_and_nothing_is_sent() {
    let low = Subscription::new(&[])
        .schema_version(SchemaVersion::V20210318)
        .max_items(999)
        .max_bytes(262_143)
        .timeout(Duration::from_millis(24));
    let (text, found) = problems(&low).await;
    assert_eq!(
        text,
        "schemaVersion is not supported; types should not be empty; \
         maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; \
         timeoutMs should be between 25 and 30000"
    );
    let all = [
        Problem::SchemaVersion,
        Problem::TypesMissing,
        Problem::MaxItems,
        Problem::MaxBytes,
        Problem::Timeout,
    ];
    assert_eq!(found, all);

    let platform = Subscription::new(&[Category::Platform]);
    let high = platform.clone().max_items(10_001).max_bytes(1_048_577).timeout(Duration::from_millis(30_001));
    assert_eq!(problems(&high).await.1, all[2..]);
    let endless = platform.clone().timeout(Duration::MAX);
    assert_eq!(problems(&endless).await.1, [Problem::Timeout]);
    let nowhere = platform.host("no host/at all");
    assert_eq!(problems(&nowhere).await.1, [Problem::Uri]);
}

#[tokio::test]
async fn the_bounds_themselves_are_allowed() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let least = Subscription::new(&[Category::Platform])
        .max_items(1_000)
        .max_bytes(262_144)
        .timeout(Duration::from_millis(25));
    let buffering = r#""buffering":{"maxItems":1000,"maxBytes":262144,"timeoutMs":25}}"#;
    assert!(put(&telemetry, &least).await.ends_with(buffering));
    let most = least.max_items(10_000).max_bytes(1_048_576).timeout(Duration::from_secs(30));
    let buffering = r#""buffering":{"maxItems":10000,"maxBytes":1048576,"timeoutMs":30000}}"#;
    assert!(put(&telemetry, &most).await.ends_with(buffering));
}

#[tokio::test]
async fn a_refusal_has_the_words_of_the_api() {
    for (status, error_type, message) in [
        ("202 Accepted", "Telemetry.NotSupported", "Telemetry API is not supported"),
        ("400 Bad Request", "ValidationError", "URI port is not provided; types should not be empty"),
        ("403 Forbidden", "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed"),
        ("500 Internal Server Error", "InternalError", "it broke"),
    ] {
        let mut api = Api::start();
        let mut extension = api.register().await;
        let body = format!(r#"{{"errorMessage":"{message}","errorType":"{error_type}"}}"#);
        let subscription = Subscription::new(&[Category::Platform]);
        let (subscribed, _) =
            tokio::join!(extension.telemetry(&subscription), api.answer(reply(status, &body)));
        let (call, code, named, said) = refusal(subscribed.unwrap_err());
        assert_eq!((call, named, said), ("telemetry", error_type.to_owned(), message.to_owned()));
        assert_eq!(code.to_string(), status[..3]);
    }
}

#[tokio::test]
async fn a_refusal_without_words_has_its_status() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let html = reply("502 Bad Gateway", "<html>");
    let (subscribed, _) = tokio::join!(extension.telemetry(&subscription), api.answer(html));
    let ExtensionError::Refused { source, .. } = subscribed.unwrap_err() else { panic!("not refused") };
    assert_eq!((source.status().as_u16(), &source.body()[..]), (502, &b"<html>"[..]));
}

#[tokio::test]
async fn another_subscription_replaces_the_first_and_both_listeners_live_on() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let mut listeners = Vec::new();
    for _ in 0..2 {
        let (telemetry, call) = tokio::join!(extension.telemetry(&subscription), api.answer(OK));
        let telemetry = telemetry.unwrap();
        assert!(body(&call).contains(&format!(":{}/", telemetry.address().port())));
        listeners.push(telemetry);
    }
    for telemetry in &mut listeners {
        assert_eq!(Peer::connect(telemetry).await.post(logged("both")).await, 200);
        assert_eq!(taken(telemetry).await.bytes(), &logged("both"));
    }
}

#[tokio::test]
async fn batches_that_the_listener_has_no_room_for_are_not_subscribed_to() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    // A batch may have twice the 262,144 bytes, and 96 around each of 10,000 events.
    let too_small = Telemetry::http().capacity(1_484_287).bind().await.unwrap();
    let error = extension.subscribe(&too_small, &Subscription::new(&[Category::Platform])).await.unwrap_err();
    let ExtensionError::Telemetry(TelemetryError::CapacityTooSmall { capacity, batch_bytes }) = error else {
        panic!("{error:?}")
    };
    assert_eq!((capacity, batch_bytes), (1_484_287, 1_484_288));
    assert!(!api.has_call().await);

    let wanted = Subscription::new(&[Category::Platform]).max_items(9_999);
    for listener in [Telemetry::http().capacity(1_484_287), Telemetry::tcp().capacity(1)] {
        let listener = listener.bind().await.unwrap();
        let (subscribed, _) = tokio::join!(extension.subscribe(&listener, &wanted), api.answer(OK));
        subscribed.unwrap();
    }
}

#[tokio::test]
async fn a_path_is_in_the_call_and_has_to_be_one() {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let port = telemetry.address().port();
    let call = put(&telemetry, &everything().path("/v1/logs?x=1")).await;
    assert!(call.contains(&format!("http://sandbox.localdomain:{port}/v1/logs?x=1\"")), "{call}");

    let mut api = Api::start();
    let mut extension = api.register().await;
    for path in ["", "v1", "/ v1"] {
        let error = extension.subscribe(&telemetry, &everything().path(path)).await.unwrap_err();
        assert!(matches!(error, ExtensionError::Subscription(_)), "{path}: {error:?}");
    }
    assert!(!api.has_call().await);
}
