//! When processes are killed, and that nothing of them is left.

use std::time::Duration;

use mock_server::{Event, Function, MockLambda, core::Phase};

use super::patient;
use crate::{
    folder::{Folder, Lifeline},
    wait::{seen, soon},
};

/// Starts a child in the background, which outlives it unless it is killed as well.
const WITH_CHILD: &str = "sleep 600 &\necho started\nexec sleep 600";

async fn started(function: &Function) {
    let handle = function.clone();
    tokio::spawn(async move { handle.invoke("{}").await });
    let is_started = |event: &Event| matches!(event, Event::Output { line } if line == "started");
    seen(function.timeline(), is_started).await;
}

#[tokio::test]
async fn a_time_out_kills_the_process_and_all_that_it_started() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let script = folder.python(&format!(
        r#"
import subprocess
pipe = os.open("{}", os.O_WRONLY)
os.set_inheritable(pipe, True)
subprocess.Popen(["sleep", "600"], close_fds=False)
next()
signal.pause()
"#,
        lifeline.path().display()
    ));
    let function =
        MockLambda::new().function("f").timeout(Duration::from_millis(100)).bootstrap(script).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    assert!(outcome.is_timeout(), "{outcome:?}");
    lifeline.ended().await;
}

#[tokio::test]
async fn an_exit_takes_what_the_process_started_with_it() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let script = folder.sh(&format!("{}\nsleep 600 &\nexit 1", lifeline.hold()));
    let function = patient().bootstrap(script).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.error_type(), Some("Runtime.ExitError"));
    lifeline.ended().await;
}

#[tokio::test]
async fn dropping_all_handles_kills_the_process() {
    let folder = Folder::new();
    let mut lifeline = Lifeline::new(&folder);
    let script = folder.python(&format!(
        r#"
pipe = os.open("{}", os.O_WRONLY)
while True:
    request_id, event = next()
    respond(request_id, event)
"#,
        lifeline.path().display()
    ));
    let mock = MockLambda::new();
    let timeline = mock.timeline().clone();
    let function = mock.function("f").timeout(crate::wait::PATIENCE).bootstrap(script).unwrap();
    assert!(soon(function.invoke("1")).await.is_success());
    drop(function);
    assert!(lifeline.is_held(), "the service has a handle still");
    drop(mock);
    lifeline.ended().await;
    seen(&timeline, |event| *event == Event::PhaseBegan(Phase::Terminated)).await;
}

#[tokio::test]
async fn shutting_down_waits_until_the_process_is_gone() {
    let folder = Folder::new();
    let mut lifeline = Lifeline::new(&folder);
    let script = folder.sh(&format!("{}\n{WITH_CHILD}", lifeline.hold()));
    let function = patient().bootstrap(script).unwrap();
    started(&function).await;
    assert!(lifeline.is_held());
    soon(function.shut_down()).await;
    let entries = function.timeline().entries();
    assert!(matches!(entries.last().map(|entry| &entry.event), Some(Event::PhaseBegan(Phase::Terminated))));
    assert!(entries.iter().any(|entry| matches!(entry.event, Event::Exited(_))));
    lifeline.ended().await;
}

#[tokio::test]
async fn a_service_that_is_dropped_with_its_runtime_leaves_no_process() {
    let folder = Folder::new();
    let lifeline = Lifeline::new(&folder);
    let script = folder.sh(&format!("{}\n{WITH_CHILD}", lifeline.hold()));
    let inner = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let function = patient().bootstrap(script).unwrap();
            started(&function).await;
        });
    });
    lifeline.ended().await;
    inner.join().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_memory_that_a_process_has_used_is_measured() {
    let folder = Folder::new();
    let function = patient()
        .bootstrap(folder.python(
            r#"
while True:
    request_id, event = next()
    ballast = b"x" * (json.loads(event) * 1024 * 1024)
    del ballast
    respond(request_id, event)
"#,
        ))
        .unwrap();
    let (small, large) = (soon(function.invoke("0")).await, soon(function.invoke("64")).await);
    let used = |outcome: &mock_server::Outcome| outcome.report().max_memory_used_mb.unwrap();
    assert!(used(&small) > 0);
    assert!(used(&large) >= 64, "{} MB", used(&large));
    assert!(used(&small) < used(&large));
}
