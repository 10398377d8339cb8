//! The calls of an extension, as the service sees them, and what the extension makes of the replies.

use lambda_extension::{Event, EventType, Extension, ExtensionError, Failure, ShutdownReason};

use crate::script::Script;

const REGISTERED: &str = "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: e-1\r\nContent-Length: 89\r\n\r\n\
    {\"functionName\":\"f\",\"functionVersion\":\"$LATEST\",\"handler\":\"h\",\"accountId\":\"123456789012\"}";

async fn register(script: &Script) -> Extension {
    Extension::builder("audit")
        .events(&[EventType::Invoke, EventType::Shutdown])
        .account_id()
        .endpoint(script.api.clone())
        .register()
        .await
        .unwrap()
}

#[tokio::test]
async fn an_extension_registers_and_learns_which_function_it_has_joined() {
    let script = Script::start(&[REGISTERED]).await;
    let extension = register(&script).await;
    assert_eq!(extension.id().as_str(), "e-1");
    assert_eq!(extension.function().function_name, "f");
    assert_eq!(extension.function().account_id.as_deref(), Some("123456789012"));

    let calls = script.calls().await;
    assert!(calls[0].starts_with("POST /2020-01-01/extension/register HTTP/1.1\r\n"), "{}", calls[0]);
    assert!(calls[0].contains("lambda-extension-name: audit\r\n"), "{}", calls[0]);
    assert!(calls[0].contains("lambda-extension-accept-feature: accountId\r\n"), "{}", calls[0]);
    assert!(calls[0].ends_with("\r\n\r\n{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"), "{}", calls[0]);
}

#[tokio::test]
async fn events_come_one_by_one_whatever_their_content_type() {
    let script = Script::start(&[
        REGISTERED,
        "HTTP/1.1 200 OK\r\nLambda-Extension-Event-Identifier: v-1\r\nContent-Length: 107\r\n\r\n\
         {\"eventType\":\"INVOKE\",\"deadlineMs\":1763640000123,\"requestId\":\"r-1\",\"invokedFunctionArn\":\"arn:f\",\"new\":true}",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 79\r\n\r\n\
         {\"eventType\":\"SHUTDOWN\",\"deadlineMs\":1763640002123,\"shutdownReason\":\"SPINDOWN\"}",
    ])
    .await;
    let mut extension = register(&script).await;
    let Event::Invoke(invoke) = extension.next_event().await.unwrap() else { panic!("not an invoke") };
    assert_eq!((invoke.request_id.as_str(), invoke.event_id.as_deref()), ("r-1", Some("v-1")));
    assert_eq!(invoke.deadline.as_unix_millis(), 1_763_640_000_123);
    let Event::Shutdown(shutdown) = extension.next_event().await.unwrap() else { panic!("not a shutdown") };
    assert_eq!(shutdown.reason, ShutdownReason::Spindown);

    for call in &script.calls().await[1..] {
        assert!(call.starts_with("GET /2020-01-01/extension/event/next HTTP/1.1\r\n"), "{call}");
        assert!(call.contains("lambda-extension-identifier: e-1\r\n"), "{call}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_status_type_and_message() {
    let script = Script::start(&[
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 101\r\n\r\n\
         {\"errorMessage\":\"Extension registration closed already\",\"errorType\":\"Extension.RegistrationClosed\"}\n ",
    ])
    .await;
    let error = Extension::builder("late").endpoint(script.api.clone()).register().await.unwrap_err();
    let ExtensionError::Refused { call, source } = error else { panic!("{error:?}") };
    assert_eq!(call, "extension/register");
    assert_eq!(source.status().as_u16(), 403);
    assert_eq!(source.error_type(), Some("Extension.RegistrationClosed"));
    assert_eq!(source.error_message(), Some("Extension registration closed already"));
}

#[tokio::test]
async fn a_reply_without_an_identifier_is_unreadable_and_says_which_header() {
    let script = Script::start(&["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]).await;
    let error = Extension::builder("x").endpoint(script.api.clone()).register().await.unwrap_err();
    let ExtensionError::Unreadable { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "header lambda-extension-identifier is missing");
}

#[tokio::test]
async fn a_failure_is_posted_with_its_category_where_it_belongs() {
    const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

    let failure = Failure::new("BackendGone", "no route\nto the backend");
    let script = Script::start(&[REGISTERED, ACCEPTED]).await;
    register(&script).await.init_error(&failure).await.unwrap();
    let calls = script.calls().await;
    assert!(calls[1].starts_with("POST /2020-01-01/extension/init/error HTTP/1.1\r\n"), "{}", calls[1]);
    assert!(
        calls[1].contains("lambda-extension-function-error-type: Extension.BackendGone\r\n"),
        "{}",
        calls[1]
    );
    assert!(
        calls[1].ends_with("{\"errorMessage\":\"no route\\nto the backend\",\"errorType\":\"BackendGone\"}"),
        "{}",
        calls[1]
    );

    let script = Script::start(&[REGISTERED, ACCEPTED]).await;
    register(&script).await.exit_error(&failure).await.unwrap();
    let calls = script.calls().await;
    assert!(calls[1].starts_with("POST /2020-01-01/extension/exit/error HTTP/1.1\r\n"), "{}", calls[1]);
}
