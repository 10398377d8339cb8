//! External extensions in this process: the whole life of an environment, its shutdown included, in virtual time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use lambda_api::transport::RuntimeApi;
use mock_server::{Event, ExtensionEvent, MockLambda, core::Exit};
use tokio::sync::mpsc;

use crate::{
    guest::{echo, silent},
    raw::{self, Connection},
};

const REGISTER: &str = "/2020-01-01/extension/register";
const NEXT: &str = "/2020-01-01/extension/event/next";

/// A whole extension that tells what it is told, works for so long on each event, and ends with the shutdown.
async fn listening(
    api: RuntimeApi,
    name: &'static str,
    work: Duration,
    said: mpsc::UnboundedSender<String>,
) -> Result<(), String> {
    let mut line = Connection::open(&api).await;
    let headers = [("lambda-extension-name", name)];
    let registered = line.post_with(REGISTER, &headers, r#"{"events":["INVOKE","SHUTDOWN"]}"#).await;
    let id = registered.header("lambda-extension-identifier").ok_or("not registered")?.to_owned();
    loop {
        line.send(raw::head("GET", NEXT, &[("lambda-extension-identifier", &id)]) + "\r\n").await;
        let event = String::from_utf8_lossy(&line.reply().await.body).into_owned();
        let _test_is_over = said.send(event.clone());
        tokio::time::sleep(work).await;
        if event.contains("SHUTDOWN") {
            return Ok(());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_extension_in_this_process_is_told_of_invocations_and_of_the_end() {
    let (sender, mut said) = mpsc::unbounded_channel();
    let mock = MockLambda::new();
    let work = Duration::from_millis(700);
    let function = mock
        .function("watched")
        .extension_in_process("watch", move |api| listening(api, "watch", work, sender.clone()))
        .in_process(echo);
    let outcome = function.invoke("1").await;
    assert_eq!(outcome.payload(), "1");
    // The environment waits for the extension, and bills it.
    assert_eq!(outcome.report().duration, work);
    let begin = tokio::time::Instant::now();
    mock.shut_down().await;
    // A runtime in this process cannot be asked to end, so it is not waited for; the extension is.
    assert_eq!(begin.elapsed(), work);

    let invoke = said.recv().await.unwrap();
    assert!(invoke.contains(outcome.request_id().as_str()), "{invoke}");
    assert!(said.recv().await.unwrap().contains(r#""shutdownReason":"spindown""#));
    let is_end = |event: &Event| matches!(event, Event::Extension { name, event: ExtensionEvent::Exited(Exit::Code(0)) } if name == "watch");
    assert!(mock.timeline().entries().iter().any(|entry| is_end(&entry.event)), "it ended by itself");
}

#[tokio::test(start_paused = true)]
async fn an_extension_in_this_process_is_started_anew_after_a_time_out() {
    let (sender, mut said) = mpsc::unbounded_channel();
    let starts = Arc::new(AtomicUsize::new(0));
    let mock = MockLambda::new();
    let function = mock
        .function("slow")
        .extension_in_process("watch", {
            let starts = Arc::clone(&starts);
            move |api| {
                starts.fetch_add(1, Ordering::Relaxed);
                listening(api, "watch", Duration::ZERO, sender.clone())
            }
        })
        .in_process(silent);
    assert!(function.invoke("1").await.is_timeout());
    assert!(function.invoke("2").await.is_timeout());
    mock.shut_down().await;
    assert_eq!(starts.load(Ordering::Relaxed), 2);
    let told: Vec<bool> =
        std::iter::from_fn(|| said.try_recv().ok()).map(|event| event.contains("timeout")).collect();
    assert_eq!(told, [false, true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn an_extension_in_this_process_that_fails_fails_the_init_phase() {
    let mock = MockLambda::new();
    let function = mock
        .function("broken")
        .extension_in_process("broken", async |_| Err::<(), _>("no configuration"))
        .in_process(echo);
    let outcome = function.invoke("1").await;
    assert_eq!(outcome.error_type(), Some("Extension.Crash"));
    let entries = mock.timeline().entries();
    let is_said = |event: &Event| matches!(event, Event::Extension { event: ExtensionEvent::Output { line }, .. } if line.contains("no configuration"));
    assert!(entries.iter().any(|entry| is_said(&entry.event)), "its words are in the log");
}

#[tokio::test(start_paused = true)]
async fn an_extension_in_this_process_sees_the_variables_of_an_extension() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let mock = MockLambda::new();
    let function = mock
        .function("seen")
        .env("LEVEL", "7")
        .extension_in_process("a-look", move |api| {
            let sender = sender.clone();
            async move {
                let _test_is_over = sender.send(api.variables().cloned().unwrap_or_default());
                Err::<(), _>("seen")
            }
        })
        .in_process(echo);
    assert!(!function.invoke("1").await.is_success());
    let variables = seen.recv().await.unwrap();
    assert_eq!(variables.get("LEVEL").map(String::as_str), Some("7"));
    assert_eq!(variables.get("AWS_LAMBDA_INITIALIZATION_TYPE").map(String::as_str), Some("on-demand"));
    assert_eq!((variables.get("_HANDLER"), variables.get("LAMBDA_TASK_ROOT")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_panics_is_an_extension_that_has_crashed() {
    let mock = MockLambda::new();
    let function = mock
        .function("broken")
        .extension_in_process("broken", |api: RuntimeApi| {
            assert!(api.variables().is_none(), "this panic belongs to the test");
            std::future::ready(Ok::<(), String>(()))
        })
        .in_process(echo);
    assert_eq!(function.invoke("1").await.error_type(), Some("Extension.Crash"));
}

#[tokio::test(start_paused = true)]
async fn two_extensions_of_one_name_fail_the_init_phase_and_say_so() {
    let absent = |_| std::future::pending::<Result<(), String>>();
    let mock = MockLambda::new();
    let function = mock
        .function("twice")
        .extension_in_process("watch", absent)
        .extension_in_process("watch", absent)
        .in_process(echo);
    let outcome = function.invoke("1").await;
    assert!(!outcome.is_success());
    let entries = mock.timeline().entries();
    let message = entries.iter().find_map(|entry| match &entry.event {
        Event::LaunchFailed { message } => Some(message.as_str()),
        _ => None,
    });
    assert!(message.is_some_and(|message| message.contains("watch")), "{message:?}");
}
