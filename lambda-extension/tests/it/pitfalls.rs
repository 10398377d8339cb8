//! What users of AWS's own extension crate ran into, as claims about ours: one test for each row of a list.
//!
//! The rows about telemetry (B43, B44, B45, B48, B49) are in `telemetry_pitfalls`. Each claim is tested in depth
//! elsewhere, too; here each stands by itself.

use std::cell::Cell;

use lambda_extension::{BoxError, Event, Extension, ExtensionError, Failure, service_fn};
use serde_json::json;
use tokio::net::TcpSocket;

use crate::{
    calls::register,
    replies::{ACCEPTED, REGISTERED, invoke, refusal, reply, shutdown},
    running::posted,
    script::{Script, body, header, lines, soon},
};

#[tokio::test]
async fn b40_a_shutdown_ends_run_and_nothing_is_asked_after_it() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), shutdown(2_000)]).await;
    let given = Cell::new(0);
    let service = service_fn(async |_| {
        given.set(given.get() + 1);
        Ok::<_, BoxError>(())
    });
    soon(register(&script).await.run(service)).await.unwrap();
    // What comes after `run` is executed, and the connection is closed.
    soon(script.hung_up()).await;
    let (register, next) = ("POST /2020-01-01/extension/register", "GET /2020-01-01/extension/event/next");
    assert_eq!(lines(&script.calls().await), [register, next, next]);
    assert_eq!(given.get(), 2);
}

#[tokio::test]
async fn b41_a_failure_in_an_invocation_is_posted_to_exit_error_with_a_category_and_a_report() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), ACCEPTED.to_owned()]).await;
    let service = service_fn(async |_| "seven".parse::<u32>().map(drop));
    let ended = soon(register(&script).await.run(service)).await;
    assert!(matches!(ended, Err(ExtensionError::Failed(_))), "{ended:?}");
    let report = json!({ "errorType": "ParseIntError", "errorMessage": "invalid digit found in string" });
    assert_eq!(
        posted(&script.calls().await[2]),
        ("POST /2020-01-01/extension/exit/error", "Extension.ParseIntError", report)
    );
}

#[tokio::test]
async fn b42_an_error_of_any_text_is_posted_as_it_is_and_returned_as_it_is() {
    for text in ["two\nlines", "two\r\nX-Headers: 1", "keine Verbindung nach Zürich", "🦀"] {
        for failure in [Failure::new(text, text), Failure::of(text)] {
            let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), ACCEPTED.to_owned()]).await;
            let service = service_fn(async |_| Err::<(), _>(failure.clone()));
            let ended = soon(register(&script).await.run(service)).await;
            let Err(ExtensionError::Failed(returned)) = ended else { panic!("{ended:?}") };
            assert_eq!(returned.report().error_message, text);
            let calls = script.calls().await;
            let (_, category, report) = posted(&calls[2]);
            assert_eq!(report["errorMessage"], text);
            let name = category.strip_prefix("Extension.").unwrap();
            assert!(name.len() > 1 && name.bytes().all(|letter| letter.is_ascii_alphabetic()), "{category}");
            assert_eq!(header(&calls[2], "x-headers"), None);
        }
    }
}

#[tokio::test]
async fn b46_what_is_asked_for_by_default_is_allowed_in_each_mode_and_a_refusal_keeps_its_reason() {
    let managed = [("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances")];
    for (variables, is_internal, events) in [
        (&[][..], false, r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (&[][..], true, r#"{"events":["INVOKE"]}"#),
        (&managed[..], false, r#"{"events":["SHUTDOWN"]}"#),
        (&managed[..], true, r#"{"events":[]}"#),
    ] {
        let (error_type, reason) = ("Extension.InvalidEventType", "INVOKE: ErrorInvalidEventType");
        let script = Script::in_memory(variables, [refusal("403 Forbidden", error_type, reason)]);
        let builder = Extension::builder("audit").endpoint(script.api.clone());
        let builder = if is_internal { builder.internal() } else { builder };
        let error = soon(builder.register()).await.unwrap_err();
        assert_eq!(body(&script.calls().await[0]), events);
        let ExtensionError::Refused { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.status().as_u16(), 403);
        assert_eq!((source.error_type(), source.error_message()), (Some(error_type), Some(reason)));
    }
}

#[tokio::test]
async fn b47_a_refused_next_is_a_refusal_and_not_an_odd_event() {
    let refusals = [
        refusal(
            "403 Forbidden",
            "Extension.InvalidExtensionIdentifier",
            "Invalid Lambda-Extension-Identifier",
        ),
        // Even one that looks like an event.
        reply("403 Forbidden", &[], "{\"eventType\":\"NEW\"}"),
        reply("500 Internal Server Error", &[], ""),
    ];
    for refused in refusals {
        let script = Script::start([REGISTERED.to_owned(), refused.clone()]).await;
        let service = service_fn(async |event: Event| Err::<(), BoxError>(format!("{event:?}").into()));
        let ended = soon(register(&script).await.run(service)).await;
        let Err(ExtensionError::Refused { call: "extension/event/next", source }) = ended else {
            panic!("{ended:?}")
        };
        assert!(refused.starts_with(&format!("HTTP/1.1 {}", source.status())), "{source:?}");
        assert!(refused.as_bytes().ends_with(source.body()), "{source:?}");
    }
}

#[tokio::test]
async fn b50_one_connection_to_an_endpoint_that_is_a_value_and_no_panic_without_one() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), ACCEPTED.to_owned()]).await;
    let mut extension = register(&script).await;
    soon(extension.next_event()).await.unwrap();
    soon(extension.exit_error(&Failure::new("Gone", "gone"))).await.unwrap();
    assert_eq!((script.calls().await.len(), script.connections()), (3, 1));

    let error = Extension::external().register().await.unwrap_err();
    assert_eq!(error.to_string(), "environment variable AWS_LAMBDA_RUNTIME_API is not set");

    // Bound, so that nobody else can listen there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let api = socket.local_addr().unwrap().to_string().parse().unwrap();
    let ended = soon(Extension::external().endpoint(api).register()).await;
    assert!(matches!(ended, Err(ExtensionError::NoReply { .. })), "{ended:?}");
}
