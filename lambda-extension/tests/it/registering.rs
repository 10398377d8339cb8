//! Registration: what is asked for when nothing was said, what is never sent, and each way in which it can fail.

use std::{env, error::Error as _, path::Path};

use lambda_extension::{EventType, Extension, ExtensionBuilder, ExtensionError, RuntimeApi};
use tokio::{net::TcpSocket, time::Instant};

use crate::{
    replies::{REGISTERED, refusal, reply},
    script::{Script, Step, body, header, soon},
};

/// Registers with a service that says this, and gives what comes of it.
async fn answered(text: impl Into<Step>) -> Result<Extension, ExtensionError> {
    let script = Script::start([text]).await;
    soon(Extension::builder("audit").endpoint(script.api.clone()).register()).await
}

/// The body with which this is registered in an environment of this kind.
async fn asks_for(builder: ExtensionBuilder, initialization_type: Option<&str>) -> String {
    let variable = initialization_type.map(|name| ("AWS_LAMBDA_INITIALIZATION_TYPE", name));
    let variables: Vec<_> = variable.into_iter().collect();
    let script = Script::in_memory(&variables, [REGISTERED]);
    let extension = soon(builder.endpoint(script.api.clone()).register()).await.unwrap();
    assert_eq!(extension.initialization_type().as_str(), initialization_type.unwrap_or("on-demand"));
    body(&script.calls().await[0]).to_owned()
}

#[tokio::test]
async fn what_is_asked_for_unless_it_is_said_is_all_that_the_platform_allows() {
    let external = || Extension::builder("audit");
    let internal = || Extension::builder("audit").internal();
    for (builder, initialization_type, events) in [
        (external(), None, r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (external(), Some("on-demand"), r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (external(), Some("provisioned-concurrency"), r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (external(), Some("snap-start"), r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (external(), Some("of-tomorrow"), r#"{"events":["INVOKE","SHUTDOWN"]}"#),
        (external(), Some("lambda-managed-instances"), r#"{"events":["SHUTDOWN"]}"#),
        (internal(), None, r#"{"events":["INVOKE"]}"#),
        (internal(), Some("on-demand"), r#"{"events":["INVOKE"]}"#),
        (internal(), Some("snap-start"), r#"{"events":["INVOKE"]}"#),
        (internal(), Some("lambda-managed-instances"), r#"{"events":[]}"#),
    ] {
        let what = format!("{builder:?} in {initialization_type:?}");
        assert_eq!(asks_for(builder, initialization_type).await, events, "{what}");
    }
}

#[tokio::test]
async fn events_that_are_said_are_asked_for_as_they_are() {
    let builder = || Extension::builder("audit").internal();
    let managed = Some("lambda-managed-instances");
    assert_eq!(asks_for(builder().events(&[]), None).await, r#"{"events":[]}"#);
    let shutdown = builder().events(&[EventType::Shutdown]);
    assert_eq!(asks_for(shutdown, None).await, r#"{"events":["SHUTDOWN"]}"#);
    let invoke = builder().events(&[EventType::Invoke]);
    assert_eq!(asks_for(invoke, managed).await, r#"{"events":["INVOKE"]}"#);
}

#[tokio::test]
async fn an_extension_learns_which_function_it_has_joined() {
    let extension = answered(REGISTERED).await.unwrap();
    let function = extension.function();
    assert_eq!(extension.id().as_str(), "e-1");
    assert_eq!(
        (&*function.function_name, &*function.function_version, &*function.handler),
        ("f", "$LATEST", "h")
    );
    assert_eq!(function.account_id, None);
}

#[tokio::test]
async fn the_account_is_asked_for_only_by_who_wants_it_and_is_told_then() {
    const FEATURE: &str = "lambda-extension-accept-feature";

    let told = reply(
        "200 OK",
        &["Lambda-Extension-Identifier: e-1"],
        "{\"accountId\":\"123456789012\",\"new\":[]}\n",
    );
    let script = Script::start([told, REGISTERED.to_owned()]).await;
    let api = || script.api.clone();
    let wants = soon(Extension::builder("wants").account_id().endpoint(api()).register()).await.unwrap();
    assert_eq!(wants.function().account_id.as_deref(), Some("123456789012"));
    let _does_not = soon(Extension::builder("does-not").endpoint(api()).register()).await.unwrap();
    let calls = script.calls().await;
    assert_eq!((header(&calls[0], FEATURE), header(&calls[1], FEATURE)), (Some("accountId"), None));
}

#[tokio::test]
async fn an_extension_without_a_name_has_that_of_its_executable() {
    let script = Script::start([REGISTERED]).await;
    soon(Extension::external().endpoint(script.api.clone()).register()).await.unwrap();
    let executable = env::args().next().unwrap();
    let name = Path::new(&executable).file_name().unwrap().to_str();
    assert_eq!(header(&script.calls().await[0], "lambda-extension-name"), name);
}

#[tokio::test]
async fn a_name_that_no_header_can_carry_is_refused_before_anything_is_sent() {
    let script = Script::start([REGISTERED]).await;
    for name in ["two\nlines", "two\r\nX-Headers: 1", "nul\0", "\u{7f}"] {
        let error = soon(Extension::builder(name).endpoint(script.api.clone()).register()).await.unwrap_err();
        assert!(matches!(error, ExtensionError::Encode { call: "extension/register", .. }), "{error:?}");
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains("lambda-extension-name"), "{cause}");
    }
    let error = soon(Extension::builder("").endpoint(script.api.clone()).register()).await.unwrap_err();
    assert!(matches!(error, ExtensionError::NoName), "{error:?}");
    assert_eq!(script.connections(), 0);
}

#[tokio::test]
async fn a_name_is_sent_as_the_bytes_that_it_is() {
    for name in ["a", "audit.sh", "with space", "Prüfer", "審査"] {
        let script = Script::start([REGISTERED]).await;
        soon(Extension::builder(name).endpoint(script.api.clone()).register()).await.unwrap();
        assert_eq!(header(&script.calls().await[0], "lambda-extension-name"), Some(name));
    }
}

#[tokio::test]
async fn without_an_endpoint_the_missing_variable_is_named() {
    let error = Extension::external().register().await.unwrap_err();
    let ExtensionError::MissingVariable { variable } = error else { panic!("{error:?}") };
    assert_eq!(variable, "AWS_LAMBDA_RUNTIME_API");
    assert_eq!(error.to_string(), "environment variable AWS_LAMBDA_RUNTIME_API is not set");
}

#[tokio::test]
async fn a_refusal_keeps_status_type_and_message() {
    for (status, code, error_type, message) in [
        ("403 Forbidden", 403, "Extension.RegistrationClosed", "Extension registration closed already"),
        ("403 Forbidden", 403, "Extension.TooManyExtensions", "Extension limit (10) reached"),
        ("500 Internal Server Error", 500, "Container.Unhealthy", "exit now"),
    ] {
        let error = answered(refusal(status, error_type, message)).await.unwrap_err();
        let ExtensionError::Refused { call, source } = &error else { panic!("{error:?}") };
        assert_eq!((*call, source.status().as_u16()), ("extension/register", code));
        assert_eq!((source.error_type(), source.error_message()), (Some(error_type), Some(message)));
        // Both are in the text of the cause, and neither is in the text of this level.
        let (level, cause) = (error.to_string(), error.source().unwrap().to_string());
        assert_eq!(level, "extension/register was refused");
        assert!(cause.contains(error_type) && cause.contains(message), "{cause}");
    }
}

#[tokio::test]
async fn a_refusal_of_another_form_keeps_its_status_and_its_body() {
    let error = answered(reply("502 Bad Gateway", &[], "<html>no gateway</html>")).await.unwrap_err();
    let ExtensionError::Refused { source, .. } = error else { panic!("{error:?}") };
    assert_eq!((source.status().as_u16(), source.error_type()), (502, None));
    assert_eq!(source.body(), "<html>no gateway</html>");
}

#[tokio::test]
async fn a_reply_without_an_identifier_is_unreadable_and_says_which_header() {
    let error = answered(reply("200 OK", &[], "{}")).await.unwrap_err();
    let ExtensionError::Unreadable { call: "extension/register", source } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source.to_string(), "header lambda-extension-identifier is missing");
}

#[tokio::test]
async fn a_reply_that_is_not_json_is_unreadable() {
    for text in ["", "hello", "{\"functionName\":\"f\"", "{\"functionName\":7}"] {
        let error = answered(reply("200 OK", &["Lambda-Extension-Identifier: e-1"], text)).await.unwrap_err();
        let ExtensionError::Unreadable { call: "extension/register", source } = error else {
            panic!("{text}: {error:?}")
        };
        assert!(source.to_string().contains("a reply to register"), "{source}");
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_no_reply() {
    for text in ["", "HTTP/1.1 200 OK\r\nLambda-Ext", &REGISTERED[..REGISTERED.len() - 1]] {
        let error = answered(Step::Cut(text.to_owned())).await.unwrap_err();
        assert!(
            matches!(error, ExtensionError::NoReply { call: "extension/register", attempts: 1, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_does_not_come_in_five_seconds_is_waited_for_no_longer() {
    // Not even one whose beginning has come.
    for text in ["", "HTTP/1.1 200 OK\r\n", &REGISTERED[..REGISTERED.len() - 1]] {
        let script = Script::in_memory(&[], [Step::Piece(text.to_owned())]);
        let begin = Instant::now();
        let registering = Extension::builder("audit").endpoint(script.api.clone()).register();
        let error = soon(registering).await.unwrap_err();
        assert!(matches!(error, ExtensionError::TimedOut { call: "extension/register" }), "{error:?}");
        assert_eq!(begin.elapsed().as_millis(), 5_000);
        // Nor does the connection stay.
        soon(script.hung_up()).await;
    }
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_named() {
    // Bound, so that nobody else can listen there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let api: RuntimeApi = address.parse().unwrap();
    let error = soon(Extension::builder("audit").endpoint(api).register()).await.unwrap_err();
    let ExtensionError::NoReply { call: "extension/register", attempts: 1, source } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source.to_string(), format!("cannot connect to {address}"));
}
