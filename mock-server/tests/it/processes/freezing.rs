//! Processes that stand still while their function has nothing to do.

use mock_server::{Event, Function, core::Phase};

use super::patient;
use crate::{
    folder::{Folder, Lifeline},
    wait::{seen, seen_times, soon},
};

/// Writes a line every few milliseconds, whatever else goes on.
const TICKING: &str = r#"
import threading, time

def tick():
    while True:
        write("tick")
        time.sleep(0.002)

threading.Thread(target=tick, daemon=True).start()
while True:
    request_id, event = next()
    respond(request_id, event)
"#;

fn ticking(folder: &Folder, more: &str) -> Function {
    let script = folder.python(&format!("{more}{TICKING}"));
    patient().freeze().bootstrap(script).unwrap()
}

async fn frozen(function: &Function, times: usize) {
    seen_times(function.timeline(), times, |event| *event == Event::Frozen).await;
}

fn lines(function: &Function) -> usize {
    let entries = function.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Output { .. })).count()
}

/// Nothing comes from a frozen process while one that is not frozen writes many lines.
async fn writes_nothing(function: &Function, folder: &Folder) {
    let other = patient().bootstrap(folder.python(TICKING)).unwrap();
    assert!(soon(other.invoke("0")).await.is_success());
    // What it wrote right before it was stopped has come by now.
    let (so_far, of_other) = (lines(function), lines(&other));
    seen_times(other.timeline(), of_other + 30, |event| matches!(event, Event::Output { .. })).await;
    assert_eq!(lines(function), so_far, "{}", function.timeline().lanes());
    soon(other.shut_down()).await;
}

fn changes(function: &Function) -> Vec<Event> {
    let events = function.timeline().entries().into_iter().map(|entry| entry.event);
    events.filter(|event| matches!(event, Event::Frozen | Event::Thawed)).collect()
}

#[tokio::test]
async fn a_frozen_process_writes_nothing_until_it_is_thawed() {
    let (folder, other) = (Folder::new(), Folder::new());
    let function = ticking(&folder, "");
    for (round, payload) in ["1", "2", "3"].into_iter().enumerate() {
        let outcome = soon(function.invoke(payload)).await;
        assert_eq!(outcome.payload(), payload, "it was thawed and has answered");
        frozen(&function, round + 1).await;
        writes_nothing(&function, &other).await;
    }
    assert!(soon(function.invoke("4")).await.is_success());
    frozen(&function, 4).await;

    let entries = function.timeline().entries();
    let (frozen, thawed) = (Event::Frozen, Event::Thawed);
    let [f, t] = [&frozen, &thawed];
    assert_eq!(changes(&function).iter().collect::<Vec<_>>(), [f, t, f, t, f, t, f]);
    let launches = entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count();
    assert_eq!(launches, 1);
}

#[tokio::test]
async fn a_process_is_thawed_before_its_invocation_begins() {
    let folder = Folder::new();
    let function = ticking(&folder, "");
    assert!(soon(function.invoke("1")).await.is_success());
    frozen(&function, 1).await;
    assert!(soon(function.invoke("2")).await.is_success());
    let thawed = seen(function.timeline(), |event| *event == Event::Thawed).await;
    let entries = function.timeline().entries();
    let begun: Vec<_> = entries
        .iter()
        .filter(|entry| matches!(entry.event, Event::InvocationBegan { .. }))
        .map(|entry| entry.sequence > thawed.sequence)
        .collect();
    assert_eq!(begun, [false, true]);
}

#[tokio::test]
async fn a_frozen_process_can_be_shut_down() {
    let folder = Folder::new();
    let mut lifeline = Lifeline::new(&folder);
    let hold = format!("\npipe = os.open(\"{}\", os.O_WRONLY)\n", lifeline.path().display());
    let function = ticking(&folder, &hold);
    assert!(soon(function.invoke("1")).await.is_success());
    frozen(&function, 1).await;
    assert!(lifeline.is_held());
    soon(function.shut_down()).await;
    let entries = function.timeline().entries();
    assert!(matches!(entries.last().map(|entry| &entry.event), Some(Event::PhaseBegan(Phase::Terminated))));
    assert!(entries.iter().any(|entry| matches!(entry.event, Event::Exited(_))));
    lifeline.ended().await;
}
