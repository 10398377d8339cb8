//! Environments of a function in this process: how many there are, and which one takes an invoke.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mock_server::{Event, Function, MockLambda};
use tokio::sync::Barrier;

use crate::guest::{answering, echo};

const MANY: usize = 20;

/// A function that answers with the number of its environment when `together` invocations are in it.
fn meeting(mock: &MockLambda, together: usize) -> Function {
    let (launches, barrier) = (AtomicUsize::new(0), Arc::new(Barrier::new(together)));
    mock.function("meeting").in_process(move |api| {
        let number = launches.fetch_add(1, Ordering::Relaxed);
        let barrier = Arc::clone(&barrier);
        answering(api, move |_| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                number.to_string().into_bytes()
            }
        })
    })
}

#[tokio::test(start_paused = true)]
async fn overlapping_invokes_get_an_environment_each() {
    let mock = MockLambda::new();
    let function = meeting(&mock, MANY);
    for is_cold in [true, false] {
        let invokes: Vec<_> = (0..MANY)
            .map(|_| {
                let function = function.clone();
                tokio::spawn(async move { function.invoke("{}").await })
            })
            .collect();
        let mut numbers = Vec::new();
        for invoke in invokes {
            let outcome = invoke.await.unwrap();
            assert_eq!(outcome.report().is_cold_start(), is_cold);
            numbers.push(outcome.json_as::<usize>().unwrap());
        }
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(0..MANY), "{numbers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn invokes_in_turn_share_one_environment() {
    let mock = MockLambda::new();
    let function = meeting(&mock, 1);
    for turn in 0..MANY {
        let outcome = function.invoke("{}").await;
        assert_eq!((outcome.payload(), outcome.report().is_cold_start()), (&"0".into(), turn == 0));
    }
}

#[tokio::test(start_paused = true)]
async fn functions_of_one_service_share_the_timeline_and_nothing_else() {
    let mock = MockLambda::new();
    let (one, two) = (mock.function("one").in_process(echo), mock.function("two").in_process(echo));
    assert_eq!((one.name(), one.arn()), ("one", "arn:aws:lambda:us-east-1:123456789012:function:one"));
    let (first, second) = tokio::join!(one.invoke("1"), two.invoke("2"));
    assert_eq!((first.payload(), second.payload()), (&"1".into(), &"2".into()));
    assert_ne!(first.request_id(), second.request_id());
    let launches = mock.timeline().entries();
    let launches = launches.iter().filter(|entry| matches!(entry.event, Event::Launched { .. }));
    let environments: Vec<_> = launches.map(|entry| entry.environment.to_string()).collect();
    assert_eq!(environments, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_function_of_the_same_name_takes_the_place_of_the_first() {
    let mock = MockLambda::new();
    let first = mock.function("f").in_process(|api| answering(api, async |_| b"\"first\"".to_vec()));
    let second = mock.function("f").in_process(|api| answering(api, async |_| b"\"second\"".to_vec()));
    assert_eq!(second.invoke("{}").await.payload(), "\"second\"");
    assert_eq!(first.invoke("{}").await.payload(), "\"first\"", "who has a handle keeps the function");
}

#[tokio::test(start_paused = true)]
async fn the_guest_is_told_of_its_function() {
    let function = MockLambda::new()
        .function("greeter")
        .handler("hello.handler")
        .memory_mb(512)
        .env("GREETING", "moin")
        .env("AWS_LAMBDA_FUNCTION_NAME", "not mine to set")
        .in_process(|api| {
            let variables = api.variables().cloned().unwrap_or_default();
            answering(api, move |_| {
                let variables = variables.clone();
                async move {
                    let shown = [
                        "AWS_LAMBDA_FUNCTION_NAME",
                        "_HANDLER",
                        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                        "GREETING",
                    ];
                    shown.map(|name| variables[name].clone()).join(" ").into_bytes()
                }
            })
        });
    assert_eq!(function.invoke("{}").await.payload(), "greeter hello.handler 512 moin");
}
