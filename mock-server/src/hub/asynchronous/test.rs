//! Events on a disk that is busy or full, and those that are found there at the next start.
//!
//! What is kept over a kill is tested in `tests/it/command_line/state.rs`.

use std::{future, sync::atomic::Ordering::SeqCst};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    Function, Invocation, MockLambda,
    core::catalog::{Alias, Version},
    store::disk::Disk,
    timeline::{Event, QueueEvent},
};

/// A service whose events are kept on a disk.
async fn service(disk: &Disk) -> MockLambda {
    MockLambda::builder().open_store(disk.store()).await.unwrap()
}

/// A function that never answers.
fn silent(mock: &MockLambda, name: &str) -> Function {
    mock.function(name).in_process(|_| future::pending::<Result<(), String>>())
}

/// A service with a function `f`, and the disk on which its events are kept.
async fn stage() -> (MockLambda, Disk) {
    let disk = Disk::new();
    let mock = service(&disk).await;
    silent(&mock, "f");
    (mock, disk)
}

/// The end of a service's process: what it keeps is written, and the disk is free for the next one.
async fn end(mock: MockLambda) {
    mock.world().journal.close().await;
}

/// What is noted, as the command prints it.
fn notes(mock: &MockLambda) -> Vec<String> {
    let entries = mock.timeline().entries().into_iter();
    let notes = entries.filter_map(|entry| match entry.event {
        Event::Note { text } => Some(text),
        _ => None,
    });
    notes.collect()
}

/// Sends `f` an event, and gives the reply.
async fn post_event(mock: &MockLambda) -> String {
    let api = mock.listen(([127, 0, 0, 1], 0).into()).unwrap();
    let mut stream = TcpStream::connect(api.address()).await.unwrap();
    let request = "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         X-Amz-Invocation-Type: Event\r\nContent-Length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

fn is_accepted(event: &Event) -> bool {
    matches!(event, Event::Queue { event: QueueEvent::Accepted, .. })
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_is_refused_and_never_tried() {
    let (mock, disk) = stage().await;
    disk.is_full.store(true, SeqCst);
    let reply = post_event(&mock).await;
    assert!(reply.starts_with("HTTP/1.1 500 "), "{reply}");
    assert!(reply.contains("\r\nX-Amzn-Errortype: ServiceException\r\n"), "{reply}");
    assert!(reply.ends_with(r#"{"Type":"Service","Message":"cannot write to the store disk"}"#), "{reply}");

    assert!(mock.world().hub().queue.is_empty());
    let [entry] = &mock.timeline().entries()[..] else { panic!("{:?}", mock.timeline().entries()) };
    let Event::Note { text } = &entry.event else { panic!("{entry:?}") };
    assert!(
        text.ends_with(" is refused, because it cannot be kept: cannot write to the store disk"),
        "{text}"
    );

    // Whoever sends it again is not told of two.
    disk.is_full.store(false, SeqCst);
    let reply = post_event(&mock).await;
    assert!(reply.starts_with("HTTP/1.1 202 "), "{reply}");
    assert_eq!(mock.world().hub().queue.len(), 1);
}

#[tokio::test]
async fn an_event_is_tried_only_once_it_is_kept() {
    let (mock, disk) = stage().await;
    let function = mock.world().hub().catalog.find("f").unwrap();
    let busy = disk.turn.lock().unwrap();
    let accepted = mock.world().accept_from_caller(function, "{}".into()).unwrap();
    assert!(!mock.world().hub().fleet.has_environments(function));
    assert!(mock.timeline().entries().is_empty());
    drop(busy);
    assert_eq!(accepted.kept().await, Ok(()));
    assert!(mock.world().hub().fleet.has_environments(function));
    assert!(is_accepted(&mock.timeline().entries()[0].event));
}

#[tokio::test]
async fn kept_events_go_on_when_their_function_and_their_alias_are_there_again() {
    let (mock, disk) = stage().await;
    let function = silent(&mock, "f");
    function.set_alias("live", Alias::new(Version::Latest)).unwrap();
    let id = mock.world().hub().catalog.find("f").unwrap();
    for invocation in ["1".into(), "2".into(), Invocation::new("3").qualifier("live")] {
        let accepted = mock.world().accept_from_caller(id, invocation).unwrap();
        assert_eq!(accepted.kept().await, Ok(()));
    }
    drop(function);
    end(mock).await;

    let mock = service(&disk).await;
    silent(&mock, "g");
    assert_eq!(mock.resume(), 0);
    assert_eq!(
        notes(&mock),
        ["2 queued events wait for function f", "1 queued events wait for function f:live"]
    );
    let function = silent(&mock, "f");
    assert_eq!(mock.world().hub().queue.len(), 2);
    function.set_alias("live", Alias::new(Version::Latest)).unwrap();
    assert_eq!(mock.world().hub().queue.len(), 3);
    assert_eq!(
        notes(&mock)[2..],
        ["2 queued events for function f go on", "1 queued events for function f:live go on"]
    );
    let is_invoked = |event: &Event| matches!(event, Event::Invoked { .. });
    mock.timeline().wait_for(|entry| is_invoked(&entry.event)).await;
}

#[tokio::test]
async fn a_kept_event_that_still_waits_is_there_after_the_next_end_as_well() {
    let (mock, disk) = stage().await;
    let id = mock.world().hub().catalog.find("f").unwrap();
    let accepted = mock.world().accept_from_caller(id, "{}".into()).unwrap();
    assert_eq!(accepted.kept().await, Ok(()));
    end(mock).await;
    for _ in 0..2 {
        let mock = service(&disk).await;
        assert_eq!((mock.resume(), mock.resume()), (0, 0));
        end(mock).await;
    }
    let mock = service(&disk).await;
    silent(&mock, "f");
    assert_eq!(mock.resume(), 1);
    assert!(notes(&mock).is_empty());
}
