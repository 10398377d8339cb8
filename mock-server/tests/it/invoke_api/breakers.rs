//! What breaks AWS's own runtime interface emulator: overlapping invokes, a caller that hangs up, a runtime that
//! disconnects within its response, an extension that never polls again. Each time the next invoke has to work.
//!
//! The guest is spoken by hand. What a function's end looks like in other respects is in `answers` and in
//! `in_process`.

use std::{sync::Arc, time::Duration};

use mock_server::{Event, FunctionBuilder, InvokeApi, MockLambda, core::Status};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
};

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::{self, NEXT, Puppet, request_id},
    raw::{self, Connection, Reply},
    wait::{PATIENCE, seen, seen_times, soon},
};

/// A function that the test plays, and the way to it for callers.
struct Stage {
    mock: MockLambda,
    api: Arc<InvokeApi>,
    puppet: Puppet,
}

impl Stage {
    fn new(configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder) -> Self {
        let mock = MockLambda::new();
        let builder = mock.function("f").timeout(PATIENCE).init_timeout(PATIENCE);
        let puppet = Puppet::new(configure(builder));
        let api = Arc::new(listen(&mock));
        Self { mock, api, puppet }
    }

    fn invoke(&self, payload: &'static str) -> JoinHandle<Reply> {
        call(&self.api, payload)
    }

    /// Connects as the next guest that is launched.
    async fn guest(&self) -> Connection<lambda_api::transport::Stream> {
        Connection::open(&soon(self.puppet.launched()).await).await
    }
}

fn call(api: &Arc<InvokeApi>, payload: &'static str) -> JoinHandle<Reply> {
    let api = Arc::clone(api);
    tokio::spawn(async move { invoke(&api, "f", &[], payload).await })
}

/// Answers an event, and asks for the next.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(guest: &mut Connection<S>, event: &Reply, body: &str) {
    let posted = soon(guest.post(&guest::response_path(request_id(event)), body)).await;
    assert_eq!(posted.brief(), (202, "{\"status\":\"OK\"}\n"));
    guest.send(raw::get(NEXT)).await;
}

async fn ended(mock: &MockLambda, times: usize) {
    let is_end = |event: &Event| matches!(event, Event::InvocationEnded(_));
    seen_times(mock.timeline(), times, is_end).await;
}

fn launches(mock: &MockLambda) -> usize {
    let entries = mock.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
}

#[tokio::test]
async fn an_overlapping_invoke_beyond_the_limit_is_refused_and_the_first_ends_well() {
    let stage = Stage::new(|builder| builder.reserved_concurrency(1));
    let first = stage.invoke("1");
    let mut guest = stage.guest().await;
    let event = soon(guest.get(NEXT)).await;

    let second = soon(stage.invoke("2")).await.unwrap();
    let body = r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#;
    assert_eq!(refusal(&second), (429, Some("TooManyRequestsException"), body));
    let seconds: Option<u64> = second.header("retry-after").and_then(|seconds| seconds.parse().ok());
    assert_eq!(seconds, Some(1));

    answer(&mut guest, &event, "\"first\"").await;
    assert_eq!(soon(first).await.unwrap().brief(), (200, "\"first\""));
    ended(&stage.mock, 1).await;
    let third = stage.invoke("3");
    let event = soon(guest.reply()).await;
    assert_eq!(event.brief(), (200, "3"), "the one that was refused has never come");
    answer(&mut guest, &event, "\"third\"").await;
    assert_eq!(soon(third).await.unwrap().brief(), (200, "\"third\""));
    assert_eq!(launches(&stage.mock), 1);
}

#[tokio::test]
async fn overlapping_invokes_without_a_limit_get_an_environment_each() {
    let stage = Stage::new(|builder| builder);
    let first = stage.invoke("1");
    let mut one = stage.guest().await;
    let for_one = soon(one.get(NEXT)).await;
    let second = stage.invoke("2");
    let mut two = stage.guest().await;
    let for_two = soon(two.get(NEXT)).await;
    assert_eq!((for_one.text(), for_two.text()), ("1", "2"));

    // The later one is answered first.
    answer(&mut two, &for_two, "\"second\"").await;
    assert_eq!(soon(second).await.unwrap().brief(), (200, "\"second\""));
    assert!(!first.is_finished());
    answer(&mut one, &for_one, "\"first\"").await;
    assert_eq!(soon(first).await.unwrap().brief(), (200, "\"first\""));
    assert_eq!(launches(&stage.mock), 2);
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_hangs_up() {
    let stage = Stage::new(|builder| builder);
    let mut caller = connect(&stage.api).await;
    caller.send(raw::post(&path("f"), &[], b"1")).await;
    let mut guest = stage.guest().await;
    let event = soon(guest.get(NEXT)).await;
    drop(caller);
    // What came before has been seen when this is answered.
    assert_eq!(invoke(&stage.api, "nobody", &[], "{}").await.status(), 404);

    answer(&mut guest, &event, "\"for nobody\"").await;
    ended(&stage.mock, 1).await;
    let end = seen(stage.mock.timeline(), |event| matches!(event, Event::InvocationEnded(_))).await;
    assert!(
        matches!(&end.event, Event::InvocationEnded(report) if report.status == Status::Success),
        "{end:?}"
    );
    let next = stage.invoke("2");
    let event = soon(guest.reply()).await;
    assert_eq!(event.brief(), (200, "2"));
    answer(&mut guest, &event, "\"second\"").await;
    assert_eq!(soon(next).await.unwrap().brief(), (200, "\"second\""));
    assert_eq!(launches(&stage.mock), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_runtime_that_disconnects_within_its_response_has_sent_a_truncated_one() {
    let folder = crate::folder::Folder::new();
    let script = folder.sh("echo \"$AWS_LAMBDA_RUNTIME_API\"\nexec sleep 600");
    let mock = MockLambda::new();
    let _function = mock.function("f").timeout(PATIENCE).init_timeout(PATIENCE).bootstrap(script).unwrap();
    let api = Arc::new(listen(&mock));
    let first = call(&api, "1");
    let entry = seen(mock.timeline(), |event| matches!(event, Event::Output { .. })).await;
    let Event::Output { line: address } = entry.event else { unreachable!() };

    let mut guest = Connection::tcp(&address).await;
    let event = soon(guest.get(NEXT)).await;
    let id = request_id(&event);
    let head = raw::head("POST", &guest::response_path(id), &[("Content-Length", "100")]);
    guest.send(head + "\r\n{\"half\":").await;
    drop(guest);
    let reply = soon(first).await.unwrap();
    let error = format!(
        r#"{{"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: {id} Error: Runtime response was truncated"}}"#
    );
    assert_eq!(reply.brief(), (200, &*error));
    assert_eq!(reply.header("x-amz-function-error"), Some("Unhandled"));

    let mut guest = Connection::tcp(&address).await;
    guest.send(raw::get(NEXT)).await;
    ended(&mock, 1).await;
    let next = call(&api, "2");
    let event = soon(guest.reply()).await;
    assert_eq!(event.brief(), (200, "2"));
    answer(&mut guest, &event, "\"second\"").await;
    assert_eq!(soon(next).await.unwrap().brief(), (200, "\"second\""));
    assert_eq!(launches(&mock), 1);
}

#[tokio::test]
async fn an_extension_that_never_polls_again_costs_the_caller_nothing() {
    // All but its end comes long before it.
    let timeout = Duration::from_secs(2);
    let stage = Stage::new(|builder| builder.timeout(timeout));
    let first = stage.invoke("1");
    let api = soon(stage.puppet.launched()).await;
    let (mut guest, mut extension) = (Connection::open(&api).await, Connection::open(&api).await);
    let name = [("Lambda-Extension-Name", "sleepy")];
    let register = "/2020-01-01/extension/register";
    let registered = soon(extension.post_with(register, &name, r#"{"events":["INVOKE"]}"#)).await;
    let id = registered.header("lambda-extension-identifier").unwrap();
    let poll = raw::head("GET", "/2020-01-01/extension/event/next", &[("Lambda-Extension-Identifier", id)]);
    extension.send(poll + "\r\n").await;
    let event = soon(guest.get(NEXT)).await;
    assert_eq!(soon(extension.reply()).await.status(), 200);
    answer(&mut guest, &event, "\"first\"").await;

    assert_eq!(soon(first).await.unwrap().brief(), (200, "\"first\""));
    let is_end = |event: &Event| matches!(event, Event::InvocationEnded(_));
    let entries = stage.mock.timeline().entries();
    assert!(!entries.iter().any(|entry| is_end(&entry.event)), "the caller did not wait for the end");
    let end = seen(stage.mock.timeline(), is_end).await;
    let Event::InvocationEnded(report) = end.event else { unreachable!() };
    assert_eq!((report.status, report.duration), (Status::Timeout, timeout));
    let began = seen(stage.mock.timeline(), |event| matches!(event, Event::InvocationBegan { .. })).await;
    assert!(end.time.duration_since(began.time).unwrap() >= timeout);

    let next = stage.invoke("2");
    let mut guest = stage.guest().await;
    let event = soon(guest.get(NEXT)).await;
    assert_eq!(event.brief(), (200, "2"));
    answer(&mut guest, &event, "\"second\"").await;
    assert_eq!(soon(next).await.unwrap().brief(), (200, "\"second\""));
    assert_eq!(launches(&stage.mock), 2);
}
