//! Hours of a function's life in no time: tokio's paused clock, the mock, and many services in one process.

use std::{env, thread, time::Duration};

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use mock_server::{Function, FunctionBuilder, MockLambda};
use serde_json::{Value, json};

/// Sleeps for so many seconds, and tells of the function that it is.
async fn sleepy(event: LambdaEvent<u64>) -> Result<Value, Error> {
    tokio::time::sleep(Duration::from_secs(event.payload)).await;
    Ok(json!([event.context.env_config.function_name, event.payload]))
}

fn sleepy_function(builder: FunctionBuilder) -> Function {
    builder.in_process(|api| Runtime::new(service_fn(sleepy)).endpoint(api).run())
}

/// A time-out takes exactly the time that was set, and the next invocation gets a fresh environment.
async fn times_out_and_goes_on(name: &str, timeout: Duration) {
    let mock = MockLambda::new();
    let function = sleepy_function(mock.function(name).timeout(timeout));

    let over = function.invoke((timeout.as_secs() * 20).to_string()).await;
    assert!(over.is_timeout(), "{over:?}");
    assert_eq!(over.report().duration, timeout);

    let fresh = function.invoke((timeout.as_secs() - 1).to_string()).await;
    assert_eq!(fresh.json().ok(), Some(json!([name, timeout.as_secs() - 1])));
    assert!(fresh.report().is_cold_start());

    let warm = function.invoke("0").await;
    assert_eq!(warm.json().ok(), Some(json!([name, 0])));
    assert!(!warm.report().is_cold_start());
    assert_eq!(warm.report().duration, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_sleeps_too_long_is_stopped_at_its_time_out_and_the_next_invocation_works() {
    times_out_and_goes_on("sleepy", Duration::from_secs(3)).await;
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_fifteen_minutes_is_as_exact() {
    times_out_and_goes_on("patient", Duration::from_secs(900)).await;
}

#[tokio::test(start_paused = true)]
async fn a_function_may_use_its_time_to_the_last_millisecond() {
    async fn to_the_end(event: LambdaEvent<Value>) -> Result<(), Error> {
        let left = event.context.remaining().saturating_sub(Duration::from_millis(1));
        tokio::time::sleep(left).await;
        Ok(())
    }
    let mock = MockLambda::new();
    let function = mock
        .function("exact")
        .timeout(Duration::from_secs(900))
        .in_process(|api| Runtime::new(service_fn(to_the_end)).endpoint(api).run());
    for _ in 0..3 {
        let outcome = function.invoke("{}").await;
        assert!(outcome.is_success(), "{outcome:?}");
        // The deadline is told in whole milliseconds, tokio sleeps in whole milliseconds.
        let unused = Duration::from_secs(900) - outcome.report().duration;
        assert!(unused <= Duration::from_millis(3), "{unused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_remaining_time_goes_down_as_virtual_time_goes_on() {
    async fn remaining(event: LambdaEvent<Value>) -> Result<[Duration; 3], Error> {
        let first = event.context.remaining();
        tokio::time::sleep(Duration::from_secs(600)).await;
        let second = event.context.remaining();
        tokio::time::sleep(Duration::from_secs(290)).await;
        Ok([first, second, event.context.remaining()])
    }
    let mock = MockLambda::new();
    let function = mock
        .function("remaining")
        .timeout(Duration::from_secs(900))
        .in_process(|api| Runtime::new(service_fn(remaining)).endpoint(api).run());
    let outcome = function.invoke("{}").await;
    let [first, second, third]: [Duration; 3] = outcome.json_as().unwrap();
    // The service tells whole milliseconds, so up to one is lost.
    assert!(Duration::from_secs(900) - first < Duration::from_millis(1), "{first:?}");
    assert_eq!(first - second, Duration::from_secs(600));
    assert_eq!(second - third, Duration::from_secs(290));
    assert_eq!(outcome.report().duration, Duration::from_secs(890));
}

#[tokio::test(start_paused = true)]
async fn two_functions_of_one_service_sleep_at_the_same_time() {
    let mock = MockLambda::new();
    let slow = sleepy_function(mock.function("slow").timeout(Duration::from_secs(900)));
    let fast = sleepy_function(mock.function("fast").timeout(Duration::from_secs(900)));
    let before = tokio::time::Instant::now();
    let (slow, fast) = tokio::join!(slow.invoke("800"), fast.invoke("700"));
    assert_eq!(slow.json().unwrap(), json!(["slow", 800]));
    assert_eq!(fast.json().unwrap(), json!(["fast", 700]));
    assert_eq!(before.elapsed(), Duration::from_secs(800));
}

#[test]
fn a_hundred_services_in_one_process_do_not_know_of_each_other() {
    let before: Vec<_> = env::vars_os().collect();
    let threads: Vec<_> = (0..100_u64)
        .map(|number| {
            thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .start_paused(true)
                    .build()
                    .unwrap()
                    .block_on(times_out_and_goes_on(
                        &format!("function-{number}"),
                        Duration::from_secs(number + 2),
                    ));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(env::vars_os().collect::<Vec<_>>(), before);
}
