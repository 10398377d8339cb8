//! The calls of an extension, byte by byte as the service sees them.
//!
//! What an extension makes of the replies is in `registering`, `events` and `polling`.

use lambda_extension::{Event, EventType, Extension, ExtensionError, Failure};

use crate::{
    replies::{ACCEPTED, REGISTERED, invoke, refusal},
    script::{Script, body, header, line, soon},
};

/// Registers an extension that wants all there is.
pub(crate) async fn register(script: &Script) -> Extension {
    soon(Extension::builder("audit").endpoint(script.api.clone()).register()).await.unwrap()
}

/// Lines of the head in alphabetical order, because HTTP gives their order no meaning, and the body.
fn sorted(call: &str) -> (Vec<&str>, &str) {
    let mut lines: Vec<_> = call.split_once("\r\n\r\n").unwrap().0.split("\r\n").collect();
    lines[1..].sort_unstable();
    (lines, body(call))
}

#[tokio::test]
async fn register_has_the_name_the_events_and_the_feature_and_nothing_else() {
    let script = Script::start([REGISTERED]).await;
    let registering = Extension::builder("audit")
        .events(&[EventType::Shutdown, EventType::Invoke])
        .account_id()
        .endpoint(script.api.clone())
        .register();
    soon(registering).await.unwrap();
    let host = format!("host: {}", script.api.authority());
    assert_eq!(
        sorted(&script.calls().await[0]),
        (
            vec![
                "POST /2020-01-01/extension/register HTTP/1.1",
                "content-length: 32",
                "content-type: application/json",
                &*host,
                "lambda-extension-accept-feature: accountId",
                "lambda-extension-name: audit",
            ],
            "{\"events\":[\"SHUTDOWN\",\"INVOKE\"]}",
        )
    );
}

#[tokio::test]
async fn next_has_the_identifier_and_nothing_else_over_the_same_connection() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1")]).await;
    let mut extension = register(&script).await;
    assert!(matches!(soon(extension.next_event()).await, Ok(Event::Invoke(_))));
    let host = format!("host: {}", script.api.authority());
    let head =
        vec!["GET /2020-01-01/extension/event/next HTTP/1.1", &*host, "lambda-extension-identifier: e-1"];
    assert_eq!(sorted(&script.calls().await[1]), (head, ""));
    assert_eq!(script.connections(), 1);
}

#[tokio::test]
async fn a_failure_is_posted_with_its_category_and_its_report() {
    let failure = Failure::new("BackendGone", "no route\nto the backend");
    for (posts_to, path) in [("init", "extension/init/error"), ("exit", "extension/exit/error")] {
        let script = Script::start([REGISTERED, ACCEPTED]).await;
        let extension = register(&script).await;
        match posts_to {
            "init" => soon(extension.init_error(&failure)).await.unwrap(),
            _ => soon(extension.exit_error(&failure)).await.unwrap(),
        }
        let calls = script.calls().await;
        let (host, first) =
            (format!("host: {}", script.api.authority()), format!("POST /2020-01-01/{path} HTTP/1.1"));
        assert_eq!(
            sorted(&calls[1]),
            (
                vec![
                    &*first,
                    "content-length: 69",
                    "content-type: application/json",
                    &*host,
                    "lambda-extension-function-error-type: Extension.BackendGone",
                    "lambda-extension-identifier: e-1",
                ],
                "{\"errorMessage\":\"no route\\nto the backend\",\"errorType\":\"BackendGone\"}",
            )
        );
    }
}

#[tokio::test]
async fn a_path_in_front_of_the_api_stands_in_front_of_every_call() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), ACCEPTED.to_owned()]).await;
    let api = format!("http://{}/emulated/", script.api.authority()).parse().unwrap();
    let mut extension = soon(Extension::builder("audit").endpoint(api).register()).await.unwrap();
    soon(extension.next_event()).await.unwrap();
    soon(extension.exit_error(&Failure::new("Gone", "gone"))).await.unwrap();
    for call in script.calls().await {
        assert!(line(&call).contains(" /emulated/2020-01-01/extension/"), "{call}");
        assert_eq!(header(&call, "host"), Some(script.api.authority()));
    }
}

#[tokio::test]
async fn a_refused_failure_keeps_the_words_of_the_api() {
    let words =
        refusal("403 Forbidden", "Extension.InvalidExtensionState", "State transition is not allowed");
    let script = Script::start([REGISTERED.to_owned(), words]).await;
    let extension = register(&script).await;
    let error = soon(extension.exit_error(&Failure::new("Gone", "gone"))).await.unwrap_err();
    let ExtensionError::Refused { call, source } = error else { panic!("{error:?}") };
    assert_eq!((call, source.status().as_u16()), ("extension/exit/error", 403));
    assert_eq!(source.error_type(), Some("Extension.InvalidExtensionState"));
    assert_eq!(source.error_message(), Some("State transition is not allowed"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_gets_no_reply_is_waited_for_five_seconds() {
    let script = Script::in_memory(&[], [REGISTERED]);
    let extension = register(&script).await;
    let begin = tokio::time::Instant::now();
    let error = soon(extension.init_error(&Failure::new("Gone", "gone"))).await.unwrap_err();
    assert!(matches!(error, ExtensionError::TimedOut { call: "extension/init/error" }), "{error:?}");
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_failure_is_posted_although_a_call_for_the_next_event_was_dropped() {
    let script = Script::start([REGISTERED]).await;
    let mut extension = register(&script).await;
    tokio::select! {
        event = extension.next_event() => panic!("{event:?}"),
        () = script.called(2) => {}
    }
    // The call for the next event is given up, and with it its connection: that one waits for another reply.
    let failure = Failure::new("Gone", "gone");
    let (posted, ()) = tokio::join!(soon(extension.exit_error(&failure)), async {
        script.called(3).await;
        script.then(ACCEPTED);
    });
    posted.unwrap();
    let calls = script.calls().await;
    assert_eq!(line(&calls[2]), "POST /2020-01-01/extension/exit/error");
    assert_eq!((calls.len(), script.connections()), (3, 2));
}
