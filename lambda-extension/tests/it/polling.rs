//! How an extension waits for an event: calls that are dropped and go on, and connections that break.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use lambda_extension::{Event, Extension, ExtensionError, TransportError};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    calls::register,
    replies::{REGISTERED, event, invoke, refusal, reply},
    script::{Script, Step, lines, soon},
};

const REGISTER: &str = "POST /2020-01-01/extension/register";
const NEXT: &str = "GET /2020-01-01/extension/event/next";

/// How often in a row a call may fail, as the documentation says.
const ATTEMPTS: u32 = 8;

/// The shortest and the longest time that the waits between so many attempts take together: doubled each time, from 50
/// ms, and shortened by up to a quarter.
fn waits(attempts: u32) -> std::ops::RangeInclusive<Duration> {
    let whole = Duration::from_millis(50) * (2_u32.pow(attempts - 1) - 1);
    // Timers have whole milliseconds.
    whole * 3 / 4..=whole + Duration::from_millis(u64::from(attempts))
}

fn broken() -> Step {
    Step::Cut(String::new())
}

fn request_id(event: Event) -> String {
    let Event::Invoke(invoke) = event else { panic!("not an invocation: {event:?}") };
    invoke.request_id.to_string()
}

async fn next_id(extension: &mut Extension) -> String {
    request_id(soon(extension.next_event()).await.unwrap())
}

/// Calls for an event, and drops the call at this moment.
async fn drop_at(moment: impl Future<Output = ()>, extension: &mut Extension) {
    tokio::select! {
        // In this order, so that all that has come by then has been seen by the call.
        biased;
        event = extension.next_event() => panic!("too early: {event:?}"),
        () = moment => {}
    }
}

/// Calls for an event, looks once, and drops the call.
async fn look_once(extension: &mut Extension) {
    let mut next = pin!(extension.next_event());
    poll_fn(|cx| {
        assert!(next.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

// === dropped ===

#[tokio::test]
async fn a_call_that_was_dropped_goes_on_as_the_same_call() {
    let script = Script::start([REGISTERED]).await;
    let mut extension = register(&script).await;
    // Not even looked at.
    drop(extension.next_event());
    for _ in 0..10 {
        look_once(&mut extension).await;
        tokio::task::yield_now().await;
    }
    drop_at(script.called(2), &mut extension).await;
    script.then(invoke("r-1"));
    script.written(2).await;
    assert_eq!(next_id(&mut extension).await, "r-1");
    assert_eq!(lines(&script.calls().await), [REGISTER, NEXT]);
    assert_eq!(script.connections(), 1);
}

#[tokio::test]
async fn an_event_that_comes_while_nobody_waits_is_not_lost() {
    let script = Script::start([REGISTERED]).await;
    let mut extension = register(&script).await;
    for number in 1..=5 {
        drop_at(script.called(1 + number), &mut extension).await;
        script.then(invoke(&format!("r-{number}")));
        // The whole reply is on its way before anybody waits for it again.
        script.written(1 + number).await;
        assert_eq!(next_id(&mut extension).await, format!("r-{number}"));
    }
    assert_eq!((script.calls().await.len(), script.connections()), (6, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_in_the_middle_of_the_reply_goes_on_there() {
    let whole = invoke("r-1");
    let body = whole.find("\r\n\r\n").unwrap() + 4;
    for at in [1, 20, body - 2, body, body + 1, whole.len() - 1] {
        let script = Script::in_memory(&[], [REGISTERED]);
        let mut extension = register(&script).await;
        drop_at(script.called(2), &mut extension).await;
        script.then(Step::Piece(whole[..at].to_owned()));
        // Virtual time goes on only when everybody waits: by then the piece has been read.
        drop_at(sleep(Duration::from_secs(1)), &mut extension).await;
        look_once(&mut extension).await;
        script.then(whole[at..].to_owned());
        assert_eq!(next_id(&mut extension).await, "r-1", "dropped after {at} bytes");
        assert_eq!((script.calls().await.len(), script.connections()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_between_attempts_that_was_dropped_does_not_begin_anew() {
    let script = Script::in_memory(&[], [REGISTERED.into(), broken(), invoke("r-1").into()]);
    let mut extension = register(&script).await;
    let begin = Instant::now();
    let event = loop {
        // Shorter than the shortest wait.
        let Ok(event) = timeout(Duration::from_millis(10), extension.next_event()).await else {
            assert!(begin.elapsed() < Duration::from_secs(1), "the wait has no end");
            continue;
        };
        break event.unwrap();
    };
    assert_eq!(request_id(event), "r-1");
    assert!(waits(2).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    assert_eq!(lines(&script.calls().await), [REGISTER, NEXT, NEXT]);
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_while_it_connects_goes_on_connecting() {
    let script = Script::in_memory(&[], [Step::Cut(REGISTERED.to_owned()), invoke("r-1").into()]);
    let mut extension = register(&script).await;
    script.slow_down(Duration::from_secs(1));
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(900) {
        drop_at(sleep(Duration::from_millis(100)), &mut extension).await;
    }
    assert_eq!(next_id(&mut extension).await, "r-1");
    assert_eq!((begin.elapsed().as_millis(), script.connections()), (1_000, 2));
}

// === broken ===

#[tokio::test(start_paused = true)]
async fn there_is_no_time_out_on_an_event() {
    let script = Script::in_memory(&[], [REGISTERED]);
    let mut extension = register(&script).await;
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    drop_at(sleep(month), &mut extension).await;
    script.then(invoke("r-1"));
    assert_eq!(next_id(&mut extension).await, "r-1");
    assert_eq!((script.calls().await.len(), script.connections()), (2, 1));
}

#[tokio::test]
async fn a_connection_closed_between_two_events_is_opened_anew() {
    let script = Script::start([
        Step::Cut(REGISTERED.to_owned()),
        Step::Cut(invoke("r-1")),
        Step::Cut(reply("200 OK", &["Connection: close"], "{\"eventType\":\"NEW\"}")),
        invoke("r-2").into(),
    ])
    .await;
    let mut extension = register(&script).await;
    assert_eq!(next_id(&mut extension).await, "r-1");
    assert!(matches!(soon(extension.next_event()).await, Ok(Event::Other { .. })));
    assert_eq!(next_id(&mut extension).await, "r-2");
    assert_eq!(script.connections(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_opened_anew_after_a_wait() {
    let whole = invoke("r-1");
    for text in ["", "HTTP/1.1 2", &whole[..whole.len() - 1], "no HTTP at all\r\n\r\n"] {
        let steps = [REGISTERED.into(), Step::Cut(text.to_owned()), whole.clone().into()];
        let script = Script::in_memory(&[], steps);
        let mut extension = register(&script).await;
        let begin = Instant::now();
        assert_eq!(next_id(&mut extension).await, "r-1");
        assert!(waits(2).contains(&begin.elapsed()), "{text:?}: {:?}", begin.elapsed());
        assert_eq!(lines(&script.calls().await), [REGISTER, NEXT, NEXT]);
        assert_eq!(script.connections(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_gone_is_asked_eight_times_and_not_more() {
    let script = Script::in_memory(&[], std::iter::once(REGISTERED.into()).chain((0..8).map(|_| broken())));
    let mut extension = register(&script).await;
    for (calls, source) in [(9, "broke before the reply was complete"), (9, "cannot connect to")] {
        let begin = Instant::now();
        let error = soon(extension.next_event()).await.unwrap_err();
        let ExtensionError::NoReply { call: "extension/event/next", attempts, source: cause } = error else {
            panic!("{error:?}")
        };
        assert_eq!(attempts, ATTEMPTS);
        assert!(cause.to_string().contains(source), "{cause}");
        assert!(waits(ATTEMPTS).contains(&begin.elapsed()), "{:?}", begin.elapsed());
        assert_eq!(script.calls().await.len(), calls);
        // The extension may try its luck once more; now there is nobody to connect to.
        script.go_away();
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_may_be_the_good_one_and_resets_the_count() {
    let almost = || (1..ATTEMPTS).map(|_| broken());
    let steps = std::iter::once(REGISTERED.into())
        .chain(almost())
        .chain([invoke("r-1").into()])
        .chain(almost())
        .chain([event("unreadable").into()])
        .chain(almost())
        .chain([refusal("403 Forbidden", "Extension.X", "no").into()])
        .chain(almost())
        .chain([invoke("r-2").into()]);
    let script = Script::in_memory(&[], steps);
    let mut extension = register(&script).await;
    assert_eq!(next_id(&mut extension).await, "r-1");
    let unreadable = soon(extension.next_event()).await;
    assert!(matches!(unreadable, Err(ExtensionError::Unreadable { .. })), "{unreadable:?}");
    let refused = soon(extension.next_event()).await;
    assert!(matches!(refused, Err(ExtensionError::Refused { .. })), "{refused:?}");
    assert_eq!(next_id(&mut extension).await, "r-2");
    assert_eq!(script.calls().await.len(), 1 + 4 * 8);
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_bounds_is_not_read() {
    let endless = || Step::Cut("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_owned());
    let steps = std::iter::once(REGISTERED.into()).chain((0..8).map(|_| endless()));
    let script = Script::in_memory(&[], steps);
    let mut extension = register(&script).await;
    let error = soon(extension.next_event()).await.unwrap_err();
    let ExtensionError::NoReply { source: TransportError::ReplyTooLarge { .. }, .. } = error else {
        panic!("{error:?}")
    };
}
