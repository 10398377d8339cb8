//! The end of the loop by SHUTDOWN: how long the service has, and what becomes of it then.
//!
//! In virtual time, by the clock of the endpoint.

use std::{cell::Cell, future::pending, panic::panic_any, time::Duration};

use lambda_extension::{BoxError, Event, ExtensionError, Failure, service_fn};
use tokio::time::{Instant, sleep};

use crate::{
    calls::register,
    replies::{ACCEPTED, REGISTERED, invoke, shutdown, shutdown_at},
    running::posted,
    script::{START, Script, soon},
};

/// What became of a service that works for so long on the shutdown.
#[derive(Debug, PartialEq)]
struct End {
    took: Duration,
    is_done: bool,
    calls: usize,
}

/// Runs a service whose work for the shutdown takes so long; the shutdown has this reply.
async fn ended(reply: String, work: Duration) -> End {
    let script = Script::in_memory(&[], [REGISTERED.to_owned(), reply]);
    let is_done = Cell::new(false);
    let service = service_fn(async |event| {
        assert!(matches!(event, Event::Shutdown(_)), "{event:?}");
        sleep(work).await;
        is_done.set(true);
        Ok::<_, BoxError>(())
    });
    let extension = register(&script).await;
    let begin = Instant::now();
    soon(extension.run(service)).await.unwrap();
    let took = begin.elapsed();
    soon(script.hung_up()).await;
    End { took, is_done: is_done.get(), calls: script.calls().await.len() }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn the_service_has_until_the_deadline_and_the_loop_ends_well() {
    // At the deadline itself the process would be killed.
    for (work, is_done) in [(0, true), (500, true), (1_949, true), (1_951, false), (3_600_000, false)] {
        let end = ended(shutdown(2_000), millis(work)).await;
        // Register and next, and nothing after them.
        assert_eq!(end, End { took: millis(work.min(1_950)), is_done, calls: 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_clock_and_not_from_the_event() {
    let script = Script::in_memory(&[], [REGISTERED]);
    let begin = Instant::now();
    let extension = register(&script).await;
    let service = service_fn(async |_| pending::<Result<(), BoxError>>().await);
    let (ended, ()) = tokio::join!(soon(extension.run(service)), async {
        sleep(millis(700)).await;
        script.then(shutdown(2_000));
    });
    ended.unwrap();
    assert_eq!(begin.elapsed(), millis(1_950));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_over_already_leaves_two_seconds() {
    // 1970, and a moment before the event came.
    let now = u64::try_from(START.as_millis()).unwrap();
    for deadline in [0, 1, now] {
        let end = ended(shutdown_at(deadline), millis(1_949)).await;
        assert_eq!(end, End { took: millis(1_949), is_done: true, calls: 2 });
        let end = ended(shutdown_at(deadline), millis(60_000)).await;
        assert_eq!(end, End { took: millis(1_950), is_done: false, calls: 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_beyond_all_clocks_is_simply_far_away() {
    for deadline in [u64::MAX, u64::MAX / 2, 1 << 53] {
        let end = ended(shutdown_at(deadline), millis(5_000)).await;
        assert_eq!(end, End { took: millis(5_000), is_done: true, calls: 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_service_holds_is_dropped_at_the_deadline() {
    struct Held<'a>(&'a Cell<Option<Instant>>);

    impl Drop for Held<'_> {
        fn drop(&mut self) {
            self.0.set(Some(Instant::now()));
        }
    }

    let script = Script::in_memory(&[], [REGISTERED.to_owned(), shutdown(2_000)]);
    let extension = register(&script).await;
    let (begin, dropped) = (Instant::now(), Cell::new(None));
    let service = service_fn(async |_| {
        let _held = Held(&dropped);
        pending::<Result<(), BoxError>>().await
    });
    soon(extension.run(service)).await.unwrap();
    assert_eq!(dropped.get().map(|dropped| dropped - begin), Some(millis(1_950)));
}

#[tokio::test(start_paused = true)]
async fn a_failure_during_the_shutdown_is_posted_and_returned() {
    for panics in [false, true] {
        let steps = [REGISTERED.to_owned(), invoke("r-1"), shutdown(2_000), ACCEPTED.to_owned()];
        let script = Script::in_memory(&[], steps);
        let service = service_fn(async |event| match event {
            Event::Shutdown(_) if panics => panic_any("not today"),
            Event::Shutdown(_) => Err(Failure::new("NotFlushed", "three batches are lost")),
            _ => Ok(()),
        });
        let ended = soon(register(&script).await.run(service)).await;
        let Err(ExtensionError::Failed(failure)) = ended else { panic!("{ended:?}") };
        let (category, text) = match panics {
            true => ("Extension.Panic", "not today"),
            false => ("Extension.NotFlushed", "three batches are lost"),
        };
        assert_eq!((failure.error_type(), &*failure.report().error_message), (category, text));
        let calls = script.calls().await;
        let (line, posted_category, report) = posted(&calls[3]);
        assert_eq!((line, posted_category), ("POST /2020-01-01/extension/exit/error", category));
        assert_eq!(report["errorMessage"], text);
        assert_eq!(calls.len(), 4);
    }
}
