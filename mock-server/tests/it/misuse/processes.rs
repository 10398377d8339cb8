//! Processes that do not end when they are asked to, and those that do. Time is real.

use mock_server::{Function, MockLambda, Rule, Unfinished, Who};

use super::extension;
use crate::{
    extensions::{LISTENING, RUNTIME, python},
    folder::Folder,
    wait::{PATIENCE, soon},
};

/// Takes SIGTERM and goes on.
const STUBBORN_RUNTIME: &str = r#"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
request_id, event = next()
respond(request_id, event)
try:
    next()
except Exception:
    signal.pause()
"#;

/// Takes SHUTDOWN and goes on.
const STUBBORN_EXTENSION: &str = r#"
identifier = register("INVOKE", "SHUTDOWN")
while next(identifier)["eventType"] != "SHUTDOWN":
    pass
import signal
signal.pause()
"#;

/// The end of a function that has been invoked once.
async fn finished(runtime: &str, extension: &str) -> Result<(), Unfinished> {
    let folder = Folder::new();
    let mock = MockLambda::new();
    let function = function(&mock, &folder, runtime, extension);
    assert!(soon(function.invoke("1")).await.is_success());
    soon(mock.finish()).await
}

fn function(mock: &MockLambda, folder: &Folder, runtime: &str, extension: &str) -> Function {
    let builder = mock.function("f").timeout(PATIENCE).init_timeout(PATIENCE);
    builder.extension(python(folder, "audit", extension)).bootstrap(folder.python(runtime)).unwrap()
}

fn broken(finished: Result<(), Unfinished>) -> Vec<(Rule, Who)> {
    let unfinished = finished.unwrap_err();
    unfinished.misuse().iter().map(|misuse| (misuse.rule, misuse.who.clone())).collect()
}

#[tokio::test]
async fn processes_that_end_when_they_are_asked_to_have_broken_nothing() {
    let finished = finished(RUNTIME, LISTENING).await;
    assert!(finished.is_ok(), "{finished:?}");
}

#[tokio::test]
async fn a_runtime_that_ignores_sigterm() {
    let broken = broken(finished(STUBBORN_RUNTIME, LISTENING).await);
    assert_eq!(broken, [(Rule::IgnoredSigterm, Who::Runtime)]);
}

#[tokio::test]
async fn an_extension_that_ignores_the_shutdown() {
    let broken = broken(finished(RUNTIME, STUBBORN_EXTENSION).await);
    assert_eq!(broken, [(Rule::IgnoredShutdown, extension("audit"))]);
}

#[tokio::test]
async fn a_process_that_is_gone_is_named_with_its_exit_status() {
    let folder = Folder::new();
    let mock = MockLambda::new();
    let function = function(&mock, &folder, "next()\nsys.exit(3)", LISTENING);
    assert!(!soon(function.invoke("1")).await.is_success());
    let unfinished = soon(mock.finish()).await.unwrap_err();
    let [misuse] = unfinished.misuse() else { panic!("{unfinished}") };
    assert_eq!((misuse.rule, &*misuse.seen), (Rule::Exited, "exit status 3"));
}
