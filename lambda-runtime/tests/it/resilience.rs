//! A Runtime API that goes away, comes back, is slow, or says odd things: the runtime goes on, or ends with an error
//! that names the endpoint.
//!
//! Single connections that break are shown in `survives`, refusals and a service that never was there in `next`.

use std::time::Duration;

use lambda_runtime::{ATTEMPTS, Error, LambdaEvent, Response, Runtime, RuntimeError, service_fn};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};
use tracing::Level;

use crate::{
    concurrency::{BOTH, running},
    logged::Logged,
    pool::{Answer, Pool},
    reply::{Reply, event},
};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

/// Waits until so many lines of this level have been logged.
async fn until_logged(logged: &Logged, level: Level, lines: usize) {
    while logged.at(level).len() < lines {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_service_that_dies_in_mid_invocation_and_comes_back_at_the_same_port_gets_the_answer() {
    let (mut pool, logged) = (Pool::tcp().await, Logged::start());
    let (begun, go_on) = (Notify::new(), Notify::new());
    let (is_begun, may_go_on) = (&begun, &go_on);
    let handler = service_fn(async |event: LambdaEvent<u32>| {
        if event.payload == 1 {
            is_begun.notify_one();
            may_go_on.notified().await;
        }
        Ok::<_, Error>(event.payload)
    });
    let runtime = Runtime::new(handler).endpoint(pool.api()).run();
    pool.invoke(event("1"));
    let test = async {
        begun.notified().await;
        pool.kill().await;
        go_on.notify_one();
        // It has tried in vain.
        until_logged(&logged, Level::WARN, 2).await;
        pool.revive();
        pool.invoke(event("2"));
        pool.until(|record| record.answers == 2 && record.waiting == 1).await;
        pool.end(500);
    };
    let (end, ()) = tokio::join!(runtime, test);
    let end = end.unwrap_err();
    assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
    assert_eq!(pool.order(), ["next", "r-1/response", "next", "r-2/response", "next"]);
    let warnings = logged.at(Level::WARN);
    assert!(warnings.iter().all(|line| line.contains("invocation/response")), "{warnings:?}");
}

#[tokio::test]
async fn a_service_that_dies_while_it_is_polled_and_comes_back_is_polled_again() {
    for on in BOTH {
        let (mut pool, logged) = (Pool::tcp().await, Logged::start());
        let runtime = running(on, &pool, 3, service_fn(echo));
        let test = async {
            for round in 1..=3 {
                pool.until(|record| record.waiting == 3).await;
                pool.kill().await;
                // They have tried in vain.
                until_logged(&logged, Level::WARN, round * 3).await;
                pool.revive();
                pool.until(|record| record.waiting == 3).await;
                pool.invoke(event("1"));
                pool.until(|record| record.answers == round && record.waiting == 3).await;
            }
            pool.end(500);
        };
        let (end, ()) = tokio::join!(runtime, test);
        assert!(end.is_err());
        assert_eq!(pool.record().answers, 3, "{on:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_dies_in_mid_invocation_for_good_ends_the_runtime_in_time_and_in_few_lines() {
    let (mut pool, logged) = (Pool::in_memory(), Logged::start());
    let (begun, go_on) = (Notify::new(), Notify::new());
    let (is_begun, may_go_on) = (&begun, &go_on);
    let handler = service_fn(async |_: LambdaEvent<u32>| {
        is_begun.notify_one();
        may_go_on.notified().await;
        Ok::<_, Error>(1)
    });
    let runtime = Runtime::new(handler).endpoint(pool.api()).run();
    pool.invoke(event("1"));
    let before = Instant::now();
    let test = async {
        begun.notified().await;
        pool.kill().await;
        go_on.notify_one();
    };
    let (end, ()) = tokio::join!(runtime, test);
    let end = end.unwrap_err();
    let Some(RuntimeError::NoReply { call, api, attempts, .. }) = end.downcast_ref() else {
        panic!("{end:?}")
    };
    assert_eq!((*call, &**api), ("invocation/response", "the in-memory runtime API"));
    assert!(*attempts == ATTEMPTS && ATTEMPTS <= 20, "{attempts}");
    let took = before.elapsed();
    assert!(Duration::from_secs(10) < took && took < Duration::from_secs(90), "{took:?}");
    assert!(logged.lines().len() < 30, "{:?}", logged.lines());
    assert!(logged.at(Level::ERROR).len() == 1, "{:?}", logged.lines());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_comes_back_just_in_time_costs_no_attempt_of_the_next_call() {
    let mut pool = Pool::in_memory();
    let runtime = running(BOTH[0], &pool, 1, service_fn(echo));
    let test = async {
        for round in 1..=5 {
            pool.until(|record| record.waiting == 1).await;
            pool.kill().await;
            // Most of the attempts, but not all of them.
            tokio::time::sleep(Duration::from_secs(40)).await;
            pool.revive();
            pool.until(|record| record.waiting == 1).await;
            pool.invoke(event("1"));
            pool.until(|record| record.answers == round).await;
        }
        pool.end(500);
    };
    let (end, ()) = tokio::join!(runtime, test);
    let end = end.unwrap_err();
    assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
}

#[tokio::test]
async fn a_connection_that_is_reset_while_an_answer_is_posted_is_replaced_and_the_answer_posted_again() {
    async fn long(event: LambdaEvent<bool>) -> Result<Response, Error> {
        if event.payload {
            return Ok(Response::bytes("text/plain", vec![b'x'; 4 * 1024 * 1024]));
        }
        Err("y".repeat(60 * 1024).into())
    }
    let pool = Pool::tcp().await;
    let end = pool.serve(Runtime::new(service_fn(long)).endpoint(pool.api()).run(), async {
        for (number, (payload, path)) in
            [("true", "r-1/response"), ("false", "r-2/error")].into_iter().enumerate()
        {
            pool.reset_posts(3);
            pool.invoke(event(payload));
            pool.until(|record| record.answers == number + 1 && record.waiting == 1).await;
            assert_eq!(pool.record().calls_to(path).len(), 1);
        }
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.record().calls_to("r-1/response")[0].body.len(), 4 * 1024 * 1024);
    assert_eq!(pool.record().connections, 1 + 3 + 3);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_gives_and_takes_one_byte_at_a_time_is_a_service() {
    for on in BOTH {
        let pool = Pool::with_room_for(1);
        let end = pool.serve(running(on, &pool, 2, service_fn(echo)), async {
            (1..=10).for_each(|number| pool.invoke(event(format!("[{number}]"))));
            pool.invoke(event("no JSON"));
            pool.until(|record| record.answers == 11 && record.waiting == 2).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        let record = pool.record();
        assert!(
            (1..=10)
                .all(|number| record.calls_to(&format!("r-{number}/response"))[0].json() == json!([number]))
        );
        assert_eq!(record.calls_to("r-11/error").len(), 1);
        assert_eq!(record.connections, 2, "{on:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_reply_to_an_answer_is_given_up_shortly_after_the_deadline() {
    let (seconds, hour) = (Duration::from_secs, Duration::from_secs(3_600));
    // The deadline is three seconds after the beginning.
    for (wait, expected) in [(seconds(7), seconds(7)), (hour, seconds(8))] {
        let (pool, before, logged) = (Pool::in_memory(), Instant::now(), Logged::start());
        pool.answer("r-1/response", Answer::Late(wait, 202.into()));
        let end = pool.serve(running(BOTH[0], &pool, 1, service_fn(echo)), async {
            pool.invoke(event("1"));
            pool.until(|record| record.answers == 1).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        assert_eq!(pool.order(), ["next", "r-1/response", "next"]);
        assert_eq!(before.elapsed(), expected);
        assert_eq!(logged.at(Level::WARN).len(), usize::from(wait == hour), "{:?}", logged.lines());
    }
}

/// An event with these header lines and this body, written out.
fn whole(lines: &str, body: &str) -> Reply {
    Reply::bytes(format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{body}"))
}

/// Gives a runtime one odd event and then a good one, over both transports; what was answered to the odd one.
async fn odd_then_good(odd: impl Fn() -> Reply) -> Vec<Vec<String>> {
    let mut answers = Vec::new();
    for pool in [Pool::tcp().await, Pool::in_memory()] {
        let end = pool.serve(running(BOTH[0], &pool, 1, service_fn(echo)), async {
            pool.invoke(odd());
            pool.invoke(event("[\"good\"]").header("Lambda-Runtime-Aws-Request-Id", "good"));
            pool.until(|record| !record.calls_to("good/response").is_empty() && record.waiting == 1).await;
            pool.end(500);
        });
        let end = end.await;
        let error = end.as_ref().err().and_then(|end| end.downcast_ref());
        assert!(matches!(error, Some(RuntimeError::Failed { .. })), "{end:?}");
        let answered = pool.order().into_iter().filter(|call| call.starts_with("odd"));
        answers.push(answered.collect());
    }
    answers
}

#[tokio::test]
async fn an_event_in_an_odd_form_that_can_be_read_is_answered() {
    const ID: &str = "Lambda-Runtime-Aws-Request-Id: odd";
    let chunks = "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
    let megabyte = "x".repeat(1_000_000);
    let forms: [(&str, Reply); 5] = [
        ("in chunks", whole(&format!("{ID}\r\nTransfer-Encoding: chunked"), chunks)),
        (
            "in chunks with a trailer",
            whole(
                &format!("{ID}\r\nTransfer-Encoding: chunked"),
                "3\r\n[1,\r\n2\r\n2]\r\n0\r\nX-Sum: 3\r\n\r\n",
            ),
        ),
        (
            "with a header of a megabyte",
            whole(&format!("{ID}\r\nX-Long: {megabyte}\r\nContent-Length: 1"), "1"),
        ),
        (
            "with one hundred headers",
            whole(&format!("{ID}\r\n{}Content-Length: 1", "X-More: 1\r\n".repeat(90)), "1"),
        ),
        ("that ends with its connection", Reply::last(whole(ID, "[1,2]"))),
    ];
    for (form, reply) in forms {
        let answers = odd_then_good(|| reply.clone()).await;
        assert_eq!(answers, [["odd/response"], ["odd/response"]], "an event {form}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_safely_is_answered_once_at_most_and_the_next_one_is_served() {
    const ID: &str = "Lambda-Runtime-Aws-Request-Id: odd";
    let forms: [(&str, Reply); 7] = [
        (
            "with a length and in chunks",
            whole(
                &format!("{ID}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
                "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
            ),
        ),
        ("with two ids", whole(&format!("{ID}\r\n{ID}-too\r\nContent-Length: 1"), "1")),
        (
            "with two lengths",
            Reply::last(whole(&format!("{ID}\r\nContent-Length: 1\r\nContent-Length: 2"), "1")),
        ),
        ("cut short", Reply::last(whole(&format!("{ID}\r\nContent-Length: 100"), "[1"))),
        (
            "with chunks cut short",
            Reply::last(whole(&format!("{ID}\r\nTransfer-Encoding: chunked"), "5\r\n[1")),
        ),
        (
            "with chunks that are none",
            Reply::last(whole(&format!("{ID}\r\nTransfer-Encoding: chunked"), "zz\r\n")),
        ),
        (
            "with headers without end",
            Reply::last(whole(&format!("{ID}\r\n{}", "X-More: 1\r\n".repeat(200)), "1")),
        ),
    ];
    for (form, reply) in forms {
        for answers in odd_then_good(|| reply.clone()).await {
            assert!(answers.len() <= 1, "an event {form}: {answers:?}");
            assert!(
                !(form.contains("cut short") && answers == ["odd/response"]),
                "half an event was handled"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn odd_replies_without_end_end_the_runtime_with_an_error_that_names_the_endpoint() {
    let forms = [
        Reply::last(Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1")),
        Reply::last(Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")),
        Reply::last(Reply::bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
        Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Reply::bytes("HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n"),
        Reply::HangUp,
    ];
    for reply in forms {
        let (pool, logged, before) = (Pool::in_memory(), Logged::start(), Instant::now());
        (0..ATTEMPTS).for_each(|_| pool.invoke(reply.clone()));
        let end = pool.serve(running(BOTH[0], &pool, 1, service_fn(echo)), async {}).await.unwrap_err();
        assert!(format!("{end:?}").contains("the in-memory runtime API"), "{end:?}");
        assert!(format!("{end:?}").contains("invocation/next"), "{end:?}");
        assert_eq!(pool.record().calls.len(), ATTEMPTS as usize, "{reply:?}");
        assert!(before.elapsed() < Duration::from_secs(90), "{:?}", before.elapsed());
        assert!(logged.lines().len() < 30, "{:?}", logged.lines());
    }
}
