//! A connection that breaks, at any point of the cycle, is replaced; no event and no answer is lost.
//!
//! The lasting loss of the Runtime API is shown in `next`.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::{
    reply::{Reply, event},
    script::{Log, Script},
};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload.is_null() { Err("nothing".into()) } else { Ok(event.payload) }
}

/// Over both transports: they tell of a broken connection in different ways.
async fn over_both(script: impl Fn(Script) -> Script) -> [Log; 2] {
    [
        script(Script::new()).run(service_fn(echo)).await,
        script(Script::in_memory()).run(service_fn(echo)).await,
    ]
}

#[tokio::test]
async fn an_answer_whose_reply_was_lost_is_posted_again_on_a_new_connection() {
    for (payload, answer) in [("1", "r-1/response"), ("null", "r-1/error")] {
        // The service has taken the first one, so it accepts or refuses the second.
        for status in [202, 400, 403] {
            let logs = over_both(|script| {
                script.next(event(payload)).post(Reply::HangUp).post(status).invoke(event("2"))
            });
            for log in logs.await {
                assert_eq!(log.order(), ["next", answer, answer, "next", "r-2/response", "next"]);
                assert_eq!((log.calls[1].connection, log.calls[2].connection), (1, 2));
                assert_eq!(log.calls[1].body, log.calls[2].body);
                assert_eq!(log.calls[1].headers, log.calls[2].headers);
                assert_eq!(log.connections, 2);
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_while_waiting_for_work_is_replaced() {
    let logs = over_both(|script| script.next(Reply::HangUp).times(3).invoke(event("1")));
    for log in logs.await {
        assert_eq!(log.order(), ["next", "next", "next", "next", "r-1/response", "next"]);
        assert_eq!(log.connections, 4);
    }
}

#[tokio::test]
async fn an_event_that_was_cut_short_is_not_handled_and_is_asked_for_again() {
    let long = format!("[{}1]", "1,".repeat(2_000));
    // One half ends inside the headers and the other inside the payload.
    for payload in ["1", &*long] {
        let logs = over_both(|script| script.next(Reply::half(event(payload))).invoke(event("2")));
        for log in logs.await {
            assert_eq!(log.order(), ["next", "next", "r-2/response", "next"]);
            assert_eq!(log.connections, 2);
        }
    }
}

#[tokio::test]
async fn an_answer_whose_reply_was_cut_short_is_posted_again() {
    let logs =
        over_both(|script| script.next(event("1")).post(Reply::half(202)).post(403).invoke(event("2")));
    for log in logs.await {
        assert_eq!(log.order(), ["next", "r-1/response", "r-1/response", "next", "r-2/response", "next"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_encoded_once_and_the_handler_called_once_however_often_it_is_posted() {
    let mut calls = 0;
    let handler = service_fn(|event: LambdaEvent<Value>| {
        calls += 1;
        async { Ok::<_, Error>(event.payload) }
    });
    let script = Script::in_memory().next(event("1")).post(Reply::HangUp).times(3).post(202);
    let log = script.run(handler).await;
    assert_eq!(log.posts().len(), 4);
    assert_eq!(calls, 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_service_closes_between_calls_is_replaced_at_once() {
    let before = tokio::time::Instant::now();
    let script = Script::in_memory()
        .next(Reply::last(event("1")))
        .post(Reply::last(202))
        .next(Reply::last(event("2")))
        .post(Reply::last(202));
    let log = script.run(service_fn(echo)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/response", "next"]);
    assert_eq!(log.connections, 5);
    // Nothing had to be waited for: no call was lost.
    assert_eq!(before.elapsed(), std::time::Duration::ZERO);
}
