//! What an extension makes of the events that come, whatever they look like.
//!
//! How it waits for them is in `polling`.

use lambda_extension::{Event, ExtensionError, ShutdownReason};

use crate::{
    calls::register,
    replies::{REGISTERED, event, invoke, refusal, reply, shutdown},
    script::{Script, soon},
};

/// The event that comes of this reply.
async fn read(text: &str) -> Event {
    let script = Script::start([REGISTERED, text]).await;
    let mut extension = register(&script).await;
    soon(extension.next_event()).await.unwrap()
}

#[tokio::test]
async fn an_invocation_is_told_with_all_its_members() {
    let text = "{\"eventType\":\"INVOKE\",\"deadlineMs\":1763640000123,\"requestId\":\"r-1\",\
        \"invokedFunctionArn\":\"arn:aws:lambda:eu-west-1:123456789012:function:f\",\
        \"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root=1-2-3;Parent=4;Sampled=1\"},\"new\":{\"a\":1}}";
    let Event::Invoke(invoke) = read(&event(text)).await else { panic!("not an invocation") };
    assert_eq!((invoke.request_id.as_str(), invoke.event_id.as_deref()), ("r-1", Some("v-1")));
    assert_eq!(invoke.deadline.as_unix_millis(), 1_763_640_000_123);
    assert_eq!(
        invoke.invoked_function_arn.unwrap().as_str(),
        "arn:aws:lambda:eu-west-1:123456789012:function:f"
    );
    assert_eq!(invoke.trace_id.as_deref(), Some("Root=1-2-3;Parent=4;Sampled=1"));
}

#[tokio::test]
async fn an_invocation_may_go_without_tracing_without_an_id_and_without_an_arn() {
    for members in ["", ",\"tracing\":null", ",\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"\"}"] {
        let text = format!(
            "{{\"eventType\":\"INVOKE\",\"deadlineMs\":1763640000123,\"requestId\":\"r-1\"{members}}}"
        );
        let Event::Invoke(invoke) = read(&reply("200 OK", &[], &text)).await else { panic!("{members}") };
        assert_eq!(
            (invoke.trace_id, invoke.event_id, invoke.invoked_function_arn),
            (None, None, None),
            "{members}"
        );
    }
}

#[tokio::test]
async fn a_shutdown_is_one_in_both_spellings_and_whatever_its_content_type() {
    for (spelt, reason) in [
        ("spindown", ShutdownReason::Spindown),
        ("SPINDOWN", ShutdownReason::Spindown),
        ("timeout", ShutdownReason::Timeout),
        ("TIMEOUT", ShutdownReason::Timeout),
        ("failure", ShutdownReason::Failure),
        ("FAILURE", ShutdownReason::Failure),
        ("SandboxTerminated", ShutdownReason::Other("SandboxTerminated".to_owned())),
    ] {
        let text = format!(
            "{{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":1763640002123,\"shutdownReason\":\"{spelt}\"}}"
        );
        for headers in [&[][..], &["Content-Type: text/plain; charset=utf-8"], &["Content-Type: image/png"]] {
            let Event::Shutdown(shutdown) = read(&reply("200 OK", headers, &text)).await else {
                panic!("{spelt} with {headers:?}")
            };
            assert_eq!((shutdown.deadline.as_unix_millis(), &shutdown.reason), (1_763_640_002_123, &reason));
        }
    }
}

#[tokio::test]
async fn an_event_of_tomorrow_is_kept_as_it_came() {
    let text = "{ \"eventType\": \"CHECKPOINT\", \"deadlineMs\": \"soon\", \"état\": [1.50] }";
    let Event::Other { event_type, json } = read(&event(text)).await else { panic!("it is known") };
    assert_eq!((&*event_type, &*json), ("CHECKPOINT", text));
}

#[tokio::test]
async fn an_event_may_come_in_chunks_and_after_an_interim_reply() {
    let text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
        HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"eventT\r\nc\r\nype\":\"NEW\"}\n\r\n0\r\n\r\n";
    let Event::Other { event_type, json } = read(text).await else { panic!("it is known") };
    assert_eq!((&*event_type, &*json), ("NEW", "{\"eventType\":\"NEW\"}\n"));
}

#[tokio::test]
async fn after_a_shutdown_there_are_no_events_and_nothing_is_asked() {
    let script = Script::start([REGISTERED.to_owned(), shutdown(2_000)]).await;
    let mut extension = register(&script).await;
    assert!(matches!(soon(extension.next_event()).await, Ok(Event::Shutdown(_))));
    for _ in 0..3 {
        let error = soon(extension.next_event()).await.unwrap_err();
        assert!(matches!(error, ExtensionError::ShutDown), "{error:?}");
    }
    // The service has seen everything once the connection is closed.
    drop(extension);
    script.hung_up().await;
    assert_eq!(script.calls().await.len(), 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_leaves_the_extension_usable() {
    let unreadable = [
        ("", "an event"),
        ("hello", "an event"),
        ("{}", "eventType"),
        ("{\"eventType\":\"INVOKE\",\"requestId\":\"r-1\"}", "deadlineMs"),
        ("{\"eventType\":\"INVOKE\",\"deadlineMs\":-1,\"requestId\":\"r-1\"}", "deadlineMs"),
        ("{\"eventType\":\"INVOKE\",\"deadlineMs\":1,\"requestId\":\"r\\n1\"}", "requestId"),
        ("{\"eventType\":\"SHUTDOWN\"}", "deadlineMs"),
    ];
    let replies = unreadable.iter().map(|(text, _)| event(text)).chain([invoke("r-1")]);
    let script = Script::start([REGISTERED.to_owned()].into_iter().chain(replies)).await;
    let mut extension = register(&script).await;
    for (text, named) in unreadable {
        let error = soon(extension.next_event()).await.unwrap_err();
        let ExtensionError::Unreadable { call: "extension/event/next", source } = error else {
            panic!("{text}: {error:?}")
        };
        let words = format!("{}", lambda_api::describe::Chain(&source));
        assert!(words.contains(named), "{text}: {words}");
    }
    let Event::Invoke(invoke) = soon(extension.next_event()).await.unwrap() else { panic!("no invocation") };
    assert_eq!(invoke.request_id.as_str(), "r-1");
    assert_eq!(script.connections(), 1);
}

#[tokio::test]
async fn a_refusal_comes_at_once_with_the_words_of_the_api_and_is_not_repeated() {
    for (status, code, error_type) in [
        ("403 Forbidden", 403, "Extension.UnknownExtensionIdentifier"),
        ("403 Forbidden", 403, "Extension.InvalidExtensionState"),
        ("500 Internal Server Error", 500, "Container.Unhealthy"),
    ] {
        let script = Script::start([REGISTERED.to_owned(), refusal(status, error_type, "so it is")]).await;
        let mut extension = register(&script).await;
        let error = soon(extension.next_event()).await.unwrap_err();
        let ExtensionError::Refused { call: "extension/event/next", source } = error else {
            panic!("{error:?}")
        };
        assert_eq!(source.status().as_u16(), code);
        assert_eq!((source.error_type(), source.error_message()), (Some(error_type), Some("so it is")));
        drop(extension);
        script.hung_up().await;
        assert_eq!(script.calls().await.len(), 2);
    }
}
