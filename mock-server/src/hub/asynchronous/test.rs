//! Events on a disk that is busy or full. What is kept over a kill is tested in `tests/it/command_line/state.rs`.

use std::{future, sync::atomic::Ordering::SeqCst};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    MockLambda,
    hub::Journal,
    store::disk::Disk,
    timeline::{Event, QueueEvent},
};

/// A service with a function `f` that never answers, and the disk on which its events are kept.
fn stage() -> (MockLambda, Disk) {
    let disk = Disk::new();
    let mock = MockLambda::builder().finish(Journal::open(disk.store()));
    mock.function("f").in_process(|_| future::pending::<Result<(), String>>());
    (mock, disk)
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
    let (mock, disk) = stage();
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
    let (mock, disk) = stage();
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
