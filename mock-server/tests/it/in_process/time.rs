//! Virtual time: time-outs are exact, and cost nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mock_server::{MockLambda, StartError};

use crate::guest::{NEXT, Puppet, answering, echo, silent};

/// Counts how often it was dropped.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_comes_at_its_moment_and_not_before() {
    let minutes = Duration::from_secs(15 * 60);
    let mock = MockLambda::new();
    let function = mock.function("slow").timeout(minutes).in_process(silent);
    let begin = tokio::time::Instant::now();
    let outcome = function.invoke("{}").await;
    assert_eq!(begin.elapsed(), minutes);
    assert!(outcome.is_timeout());
    assert_eq!(outcome.report().duration, minutes);
    let id = outcome.request_id();
    assert_eq!(
        outcome.payload(),
        &format!(
            r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {id} Error: Task timed out after 900.00 seconds"}}"#
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_just_before_the_deadline_is_in_time() {
    let mock = MockLambda::new();
    let function = mock.function("close").timeout(Duration::from_secs(3)).in_process(|api| {
        answering(api, async |event| {
            tokio::time::sleep(Duration::from_millis(2_999)).await;
            event.body
        })
    });
    let outcome = function.invoke("1").await;
    assert!(outcome.is_success());
    assert_eq!(outcome.report().duration, Duration::from_millis(2_999));
    assert_eq!(outcome.report().billed_duration, Duration::from_millis(2_999));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_drops_the_guest_and_all_it_holds() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let mock = MockLambda::new();
    let function = mock.function("slow").in_process({
        let dropped = Arc::clone(&dropped);
        move |api| {
            let guard = Guard(Arc::clone(&dropped));
            async move {
                let _guard = guard;
                silent(api).await
            }
        }
    });
    assert!(function.invoke("{}").await.is_timeout());
    // The environment is ready for the next invoke when the guest is gone.
    assert!(function.invoke("{}").await.is_timeout());
    assert!(dropped.load(Ordering::Relaxed) >= 1);
    function.shut_down().await;
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn init_ends_after_its_limit_and_is_repeated_within_the_time_out() {
    let mock = MockLambda::new();
    let function = mock
        .function("stuck")
        .timeout(Duration::from_secs(3))
        .in_process(|_| std::future::pending::<Result<(), String>>());
    let begin = tokio::time::Instant::now();
    let outcome = function.invoke("{}").await;
    assert_eq!(begin.elapsed(), Duration::from_secs(10 + 3));
    assert!(outcome.is_timeout());
    assert_eq!(outcome.report().duration, Duration::from_secs(3));
    assert_eq!(outcome.report().init_duration, None);
}

#[tokio::test(start_paused = true)]
async fn the_guest_has_the_clock_of_the_service() {
    let puppet = Puppet::new(MockLambda::new().function("f").timeout(Duration::from_secs(900)));
    let _outcome = puppet.invoke("{}");
    let api = puppet.launched().await;
    let begin = api.clock().now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(api.clock().now(), begin + Duration::from_secs(5));

    let event = crate::raw::Connection::open(&api).await.get(NEXT).await;
    let now = api.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let deadline: u128 = event.header("lambda-runtime-deadline-ms").unwrap().parse().unwrap();
    assert_eq!(deadline, now.as_millis() + 900_000);
}

#[tokio::test(start_paused = true)]
async fn sockets_and_processes_are_refused() {
    let mock = MockLambda::new();
    let api = mock.listen(([127, 0, 0, 1], 0).into());
    assert!(matches!(api, Err(StartError::PausedClock(_))), "{api:?}");
    let function = mock.function("f").bootstrap("/bin/sh");
    assert!(matches!(function, Err(StartError::PausedClock(_))), "{function:?}");
    let message = function.unwrap_err().to_string();
    assert!(message.contains("tokio's time is paused"), "{message}");
    // What needs neither goes on.
    assert!(mock.function("f").in_process(echo).invoke("1").await.is_success());
}

#[tokio::test(start_paused = true)]
async fn a_time_out_beyond_what_any_clock_can_tell_is_simply_long() {
    let mock = MockLambda::new();
    let endless = mock.function("endless").timeout(Duration::MAX).init_timeout(Duration::MAX);
    let function = endless.in_process(echo);
    assert_eq!(function.invoke("1").await.payload(), "1");
    function.shut_down().await;
}
