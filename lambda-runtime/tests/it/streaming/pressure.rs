//! Streams that nobody reads, or not to the end: the producer waits, or is told to stop, and the loop goes on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use lambda_runtime::{
    Error, LambdaEvent, Response, Runtime, service_fn,
    streaming::{self, SendError},
};
use tokio::{sync::mpsc, time::sleep};
use tracing::Level;

use super::{patient, pieces};
use crate::{
    chunked::{Memory, Writing, in_memory, in_memory_with, over_tcp},
    logged::Logged,
    reply::{Reply, event},
};

const PIECE: usize = 16 * 1024;

/// Long enough for everything that can happen to have happened; the time is virtual.
const LONG: Duration = Duration::from_secs(60);

/// Streams so many pieces, an event of 0 none but the text `fine`; tells how many bytes were produced, and how the
/// producer ended.
fn producer(
    produced: Arc<AtomicUsize>,
    ended: mpsc::UnboundedSender<Result<(), SendError>>,
) -> impl AsyncFn(LambdaEvent<usize>) -> Result<Response, Error> {
    async move |event: LambdaEvent<usize>| {
        if event.payload == 0 {
            return Ok(Response::stream(streaming::Body::from("fine")));
        }
        let (mut sender, body) = streaming::channel();
        let (produced, ended) = (Arc::clone(&produced), ended.clone());
        tokio::spawn(async move {
            let mut result = Ok(());
            for _ in 0..event.payload {
                result = sender.send_data(Bytes::from(vec![b'x'; PIECE])).await;
                if result.is_err() {
                    break;
                }
                produced.fetch_add(PIECE, Ordering::Relaxed);
            }
            ended.send(result)
        });
        Ok(Response::stream(body))
    }
}

#[tokio::test(start_paused = true)]
async fn a_producer_waits_while_nobody_reads_and_goes_on_when_somebody_does() {
    const PIECES: usize = 400;
    for writing in [Writing::Gathered, Writing::OneByOne] {
        let (ended, mut end) = mpsc::unbounded_channel();
        let produced = Arc::new(AtomicUsize::new(0));
        let handler = producer(Arc::clone(&produced), ended);
        let client = |api| Runtime::new(service_fn(|event| handler(event))).endpoint(api).run();
        let memory = Memory { room: 4096, writing };
        in_memory_with(memory, client, async |api| {
            api.invoke(patient(PIECES.to_string())).await;
            let mut call = api.begin().await;
            sleep(LONG).await;
            let waiting = produced.load(Ordering::Relaxed);
            assert!(waiting > 0 && waiting < 2 * 1024 * 1024, "{waiting}");
            sleep(LONG).await;
            assert_eq!(produced.load(Ordering::Relaxed), waiting, "it did not wait");

            for _ in 0..100 {
                assert!(api.chunk(&mut call).await);
            }
            sleep(LONG).await;
            let more = produced.load(Ordering::Relaxed) - waiting;
            assert!(more.abs_diff(100 * PIECE) <= 16 * PIECE, "{more} bytes for 100 pieces that were read");
            assert!(end.try_recv().is_err());

            api.rest(&mut call).await;
            api.reply(202).await;
            assert_eq!((call.body().len(), end.recv().await), (PIECES * PIECE, Some(Ok(()))));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_nobody_reads_is_given_up_some_time_after_the_deadline() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    in_memory(service_fn(|event| handler(event)), async |api| {
        api.invoke(event("1000000")).await;
        let _call = api.begin().await;
        // The deadline of this event is after three seconds.
        sleep(Duration::from_millis(2_900)).await;
        assert!(end.try_recv().is_err(), "it is not over yet");
        sleep(LONG).await;
        assert_eq!(end.try_recv(), Ok(Err(SendError)));
        assert_eq!(api.answer_to(event("0")).await.short_path(), "r-2/response");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_producer_whose_reader_hangs_up_is_told_and_the_service_hears_of_the_error() {
    let logged = Logged::start();
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    in_memory(service_fn(|event| handler(event)), async |api| {
        api.invoke(patient("1000000")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
        api.hang_up();

        let failed = api.hear().await;
        assert_eq!((failed.short_path(), failed.connection), ("r-1/error", 2));
        assert_eq!(failed.error_type(), Some("Runtime.StreamError"));
        let report = failed.json();
        assert_eq!(report["errorType"], "Runtime.StreamError");
        assert_eq!(report["errorMessage"], "the connection broke while the response was streamed");
        assert_eq!(end.recv().await, Some(Err(SendError)));

        let next = api.answer_to(event("0")).await;
        assert_eq!((next.short_path(), next.body(), next.connection), ("r-2/response", b"fine".to_vec(), 2));
    })
    .await;
    assert_eq!(logged.at(Level::WARN).len(), 1, "{:?}", logged.at(Level::WARN));
}

#[tokio::test]
async fn a_hang_up_is_noticed_on_a_socket_as_well() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    over_tcp(service_fn(|event| handler(event)), async |api| {
        api.invoke(patient("1000000")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
        api.hang_up();
        let failed = api.hear().await;
        assert_eq!((failed.short_path(), failed.error_type()), ("r-1/error", Some("Runtime.StreamError")));
        assert_eq!(end.recv().await, Some(Err(SendError)));
        assert_eq!(api.answer_to(event("0")).await.body(), b"fine");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_is_noticed_while_the_stream_has_nothing_to_say() {
    let (dropped, mut released) = mpsc::unbounded_channel();
    let handler = service_fn(|event: LambdaEvent<bool>| {
        let dropped = dropped.clone();
        async move {
            let (mut sender, body) = streaming::channel();
            sender.send_data("one".into()).await?;
            if event.payload {
                tokio::spawn(async move {
                    sleep(LONG).await;
                    dropped.send(sender.send_data("two".into()).await)
                });
            }
            Ok::<_, Error>(Response::stream(body))
        }
    });
    in_memory(handler, async |api| {
        let before = tokio::time::Instant::now();
        api.invoke(patient("true")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
        api.hang_up();
        assert_eq!(api.hear().await.short_path(), "r-1/error");
        assert_eq!(api.answer_to(event("false")).await.body(), b"one");
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert_eq!(released.recv().await, Some(Err(SendError)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_comes_while_a_response_is_streamed_stops_the_producer_and_not_the_loop() {
    for (status, reason) in
        [(413, "RequestEntityTooLarge"), (400, "InvalidRequestID"), (410, "InvocationGone")]
    {
        let logged = Logged::start();
        let (ended, mut end) = mpsc::unbounded_channel();
        let handler = producer(Arc::default(), ended);
        in_memory(service_fn(|event| handler(event)), async |api| {
            api.invoke(patient("1000000")).await;
            let mut call = api.begin().await;
            assert!(api.chunk(&mut call).await);
            api.reply(status).await;
            assert_eq!(end.recv().await, Some(Err(SendError)));

            // Half of the old request is on the old connection, so it is of no more use.
            let next = api.answer_to(event("0")).await;
            assert_eq!(
                (next.short_path(), next.body(), next.connection),
                ("r-2/response", b"fine".to_vec(), 2)
            );
        })
        .await;
        let warnings = logged.at(Level::WARN);
        assert!(warnings.len() == 1 && warnings[0].contains(reason), "{warnings:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_that_comes_early_does_not_cut_the_stream_short() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    in_memory(service_fn(|event| handler(event)), async |api| {
        api.invoke(patient("100")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
        // So does an emulator that hands the body on and reads it later.
        api.reply(202).await;
        sleep(LONG).await;
        api.rest(&mut call).await;
        assert_eq!((call.body().len(), end.recv().await), (100 * PIECE, Some(Ok(()))));
        assert_eq!(api.answer_to(event("0")).await.short_path(), "r-2/response");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_early_refusal_with_the_end_of_the_connection_is_found() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    in_memory(service_fn(|event| handler(event)), async |api| {
        api.invoke(patient("1000000")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
        api.reply(Reply::last(413)).await;
        api.hang_up();
        // No error is posted after a refusal: the service has decided.
        assert_eq!(api.answer_to(event("0")).await.short_path(), "r-2/response");
        assert_eq!(end.recv().await, Some(Err(SendError)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_last_byte_is_logged_and_the_next_invocation_runs() {
    for (status, reason) in
        [(413, "RequestEntityTooLarge"), (400, "InvalidRequestID"), (410, "InvocationGone")]
    {
        let logged = Logged::start();
        let (ended, _end) = mpsc::unbounded_channel();
        let handler = producer(Arc::default(), ended);
        in_memory(service_fn(|event| handler(event)), async |api| {
            api.invoke(patient("3")).await;
            let mut call = api.begin().await;
            api.rest(&mut call).await;
            api.reply(status).await;
            let next = api.answer_to(event("0")).await;
            assert_eq!((next.short_path(), next.connection), ("r-2/response", 1));
        })
        .await;
        let warnings = logged.at(Level::WARN);
        assert!(warnings.len() == 1 && warnings[0].contains(reason), "{warnings:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_over_a_new_connection_if_the_old_one_was_closed_in_the_meantime() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let produce = producer(Arc::default(), ended);
    let handler = service_fn(async |event| {
        // Time for the end of the connection to be seen.
        sleep(Duration::from_secs(1)).await;
        produce(event).await
    });
    in_memory(handler, async |api| {
        api.invoke(patient("3")).await;
        api.hang_up();
        let call = api.hear().await;
        assert_eq!((call.short_path(), call.connection), ("r-1/response", 2));
        assert_eq!((call.body().len(), end.recv().await), (3 * PIECE, Some(Ok(()))));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_which_nothing_was_sent_waits_for_a_service_that_comes_back() {
    let (ended, _end) = mpsc::unbounded_channel();
    let produce = producer(Arc::default(), ended);
    let handler = service_fn(async |event| {
        sleep(Duration::from_secs(1)).await;
        produce(event).await
    });
    in_memory(handler, async |api| {
        api.invoke(patient("3")).await;
        // No connection, so nobody has seen a byte: as a buffered response would, it can go later.
        api.hang_up_and_refuse(3);
        let call = api.hear().await;
        assert_eq!((call.short_path(), call.body().len()), ("r-1/response", 3 * PIECE));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_buffered_response_waits_for_a_service_that_comes_back() {
    let handler = service_fn(async |event: LambdaEvent<u8>| {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, Error>(event.payload)
    });
    in_memory(handler, async |api| {
        api.invoke(patient("3")).await;
        api.hang_up_and_refuse(3);
        let call = api.hear().await;
        assert_eq!((call.short_path(), call.body()), ("r-1/response", b"3".to_vec()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_not_asked_again_after_its_end_or_its_error() {
    let asked = Arc::new(AtomicUsize::new(0));
    let handler = service_fn(|event: LambdaEvent<bool>| {
        let asked = Arc::clone(&asked);
        async move {
            let stream = pieces(std::iter::from_fn(move || match asked.fetch_add(1, Ordering::Relaxed) {
                0 => Some(Ok("one")),
                1 if event.payload => Some(Err("it broke")),
                1 => None,
                _ => panic!("asked once more"),
            }));
            Ok::<_, Error>(Response::stream(stream))
        }
    });
    in_memory(handler, async |api| {
        for fails in [true, false] {
            let call = api.answer_to(event(fails.to_string())).await;
            assert_eq!((call.body(), call.trailers.is_empty()), (b"one".to_vec(), !fails));
            assert_eq!(asked.swap(0, Ordering::Relaxed), 2);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_is_dropped_lets_its_stream_go() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let handler = producer(Arc::default(), ended);
    in_memory(service_fn(|event| handler(event)), async |api| {
        api.invoke(patient("1000000")).await;
        let mut call = api.begin().await;
        assert!(api.chunk(&mut call).await);
    })
    .await;
    assert_eq!(end.recv().await, Some(Err(SendError)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_let_go_before_the_next_poll() {
    let released = Arc::new(AtomicUsize::new(0));
    struct Counts(Arc<AtomicUsize>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let handler = service_fn(|_: LambdaEvent<u8>| {
        let counts = Counts(Arc::clone(&released));
        async move {
            let mut left = Some("one");
            let stream = pieces(std::iter::from_fn(move || {
                let _held = &counts;
                left.take().map(Ok::<_, Error>)
            }));
            Ok::<_, Error>(Response::stream(stream))
        }
    });
    in_memory(handler, async |api| {
        for number in 1..=3 {
            assert_eq!(api.answer_to(event("0")).await.body(), b"one");
            assert_eq!(released.load(Ordering::Relaxed), number);
        }
    })
    .await;
}
