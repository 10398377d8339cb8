//! How many invocations there may be at once, in how many environments, and who is refused.
//!
//! The rules are tested in `src/core/fleet`; here they are seen by guests and callers.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mock_server::{Event, Function, FunctionBuilder, Invocation, MockLambda, Outcome, core::Phase};

use crate::guest::answering;

mod provisioned;

const SECOND: Duration = Duration::from_secs(1);

/// A function that takes a second, and answers with the number of its environment.
fn slow(builder: FunctionBuilder) -> Function {
    let launches = AtomicUsize::new(0);
    builder.in_process(move |api| {
        let number = launches.fetch_add(1, Ordering::Relaxed);
        answering(api, move |_| async move {
            tokio::time::sleep(SECOND).await;
            number.to_string().into_bytes()
        })
    })
}

/// Invokes it so often at once.
async fn at_once(function: &Function, count: usize) -> Vec<Outcome> {
    let invokes: Vec<_> = (0..count)
        .map(|_| {
            let function = function.clone();
            tokio::spawn(async move { function.invoke("{}").await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for invoke in invokes {
        outcomes.push(invoke.await.unwrap());
    }
    outcomes
}

/// The environments that have answered.
fn environments(outcomes: &[Outcome]) -> BTreeSet<usize> {
    let served = outcomes.iter().filter(|outcome| outcome.is_success());
    served.map(|outcome| outcome.json_as().unwrap()).collect()
}

/// How many were refused; asserts that all were for this reason.
fn throttled(outcomes: &[Outcome], reason: &str) -> usize {
    let refused = outcomes.iter().filter(|outcome| outcome.is_throttled());
    let body = format!(r#"{{"Reason":"{reason}","Type":"User","message":"Rate Exceeded."}}"#);
    refused.inspect(|outcome| assert_eq!(outcome.payload(), &body)).count()
}

const RESERVED: &str = "ReservedFunctionConcurrentInvocationLimitExceeded";
const OF_ACCOUNT: &str = "ConcurrentInvocationLimitExceeded";

#[tokio::test(start_paused = true)]
async fn fifty_at_once_run_in_fifty_environments_which_are_used_again() {
    let function = slow(MockLambda::new().function("f"));
    for (round, at_a_time) in [(0, 50), (1, 50), (2, 20)] {
        let begin = tokio::time::Instant::now();
        let outcomes = at_once(&function, at_a_time).await;
        assert_eq!(begin.elapsed(), SECOND, "none waits for another");
        assert_eq!(environments(&outcomes).len(), at_a_time);
        assert!(environments(&outcomes).iter().all(|&number| number < 50));
        assert!(outcomes.iter().all(|outcome| outcome.report().is_cold_start() == (round == 0)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_beyond_reserved_concurrency_is_refused_at_once_and_only_that() {
    let function = slow(MockLambda::new().function("f").reserved_concurrency(10));
    for _ in 0..2 {
        let begin = tokio::time::Instant::now();
        let outcomes = at_once(&function, 50).await;
        assert_eq!(begin.elapsed(), SECOND);
        assert_eq!(throttled(&outcomes, RESERVED), 40);
        assert_eq!(environments(&outcomes), (0..10).collect());
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_with_nothing_reserved_for_it_does_not_run_until_that_is_changed() {
    let mock = MockLambda::new();
    let function = slow(mock.function("f").reserved_concurrency(0));
    assert_eq!(throttled(&at_once(&function, 3).await, RESERVED), 3);
    assert!(!mock.timeline().entries().iter().any(|entry| matches!(entry.event, Event::Launched { .. })));
    function.reserve_concurrency(Some(1));
    assert_eq!(throttled(&at_once(&function, 3).await, RESERVED), 2);
    function.reserve_concurrency(None);
    assert_eq!(throttled(&at_once(&function, 3).await, RESERVED), 0);
    function.reserve_concurrency(Some(0));
    assert_eq!(throttled(&at_once(&function, 3).await, RESERVED), 3);
}

#[tokio::test(start_paused = true)]
async fn reserved_concurrency_is_that_of_all_versions_together() {
    let function = slow(MockLambda::new().function("f").reserved_concurrency(3));
    function.publish().unwrap();
    let invoke = |qualifier| function.invoke(Invocation::new("{}").qualifier(qualifier));
    let (a, b, c, d) = tokio::join!(invoke("1"), invoke("$LATEST"), invoke("1"), invoke("1"));
    let refused = [&a, &b, &c, &d].map(Outcome::is_throttled);
    assert_eq!(refused, [false, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn an_update_keeps_what_is_reserved_and_counts_what_is_under_way() {
    let function = slow(MockLambda::new().function("f").reserved_concurrency(2));
    let busy = tokio::spawn({
        let function = function.clone();
        async move { at_once(&function, 2).await }
    });
    tokio::time::sleep(SECOND / 2).await;
    let function = slow(function.update());
    assert_eq!(throttled(&at_once(&function, 1).await, RESERVED), 1);
    assert_eq!(environments(&busy.await.unwrap()).len(), 2);
    assert_eq!(throttled(&at_once(&function, 3).await, RESERVED), 1);
}

#[tokio::test(start_paused = true)]
async fn functions_share_what_others_have_not_reserved_of_the_account() {
    let mock = MockLambda::new();
    let guarded = slow(mock.function("guarded").reserved_concurrency(900));
    let (one, two) = (slow(mock.function("one")), slow(mock.function("two")));
    let (first, second, third) = tokio::join!(at_once(&one, 60), at_once(&two, 60), at_once(&guarded, 5));
    assert_eq!(throttled(&first, OF_ACCOUNT) + throttled(&second, OF_ACCOUNT), 20);
    assert_eq!(environments(&first).len() + environments(&second).len(), 100);
    assert_eq!(environments(&third).len(), 5, "its part is its own");
    // What is given back is for all.
    guarded.reserve_concurrency(None);
    let (first, second) = tokio::join!(at_once(&one, 60), at_once(&two, 60));
    assert_eq!(environments(&first).len() + environments(&second).len(), 120);
}

#[tokio::test(start_paused = true)]
async fn an_environment_is_kept_for_its_idle_lifetime_and_no_longer() {
    let mock = MockLambda::new();
    let function = slow(mock.function("f").idle_lifetime(60 * SECOND));
    assert!(function.invoke("{}").await.report().is_cold_start());
    tokio::time::sleep(60 * SECOND - Duration::from_millis(1)).await;
    assert!(!function.invoke("{}").await.report().is_cold_start(), "and that makes it young again");
    let idle = tokio::time::Instant::now();
    mock.timeline().wait_for(|entry| entry.event == Event::PhaseBegan(Phase::Terminated)).await;
    assert_eq!(idle.elapsed(), 60 * SECOND);
    assert!(function.invoke("{}").await.report().is_cold_start());
}

#[tokio::test(start_paused = true)]
async fn a_service_says_how_long_environments_are_kept_of_functions_that_do_not() {
    let mock = MockLambda::builder().idle_lifetime(60 * SECOND).build();
    let (usual, own) = (slow(mock.function("usual")), slow(mock.function("own").idle_lifetime(600 * SECOND)));
    for function in [&usual, &own, &usual, &own] {
        assert!(function.invoke("{}").await.is_success());
    }
    tokio::time::sleep(61 * SECOND).await;
    assert!(usual.invoke("{}").await.report().is_cold_start());
    assert!(!own.invoke("{}").await.report().is_cold_start());
    // A new version of it has what the one before had.
    let usual = usual.update().memory_mb(256).same_code().unwrap();
    assert!(usual.invoke("{}").await.report().is_cold_start());
    tokio::time::sleep(61 * SECOND).await;
    assert!(usual.invoke("{}").await.report().is_cold_start());
}

#[tokio::test(start_paused = true)]
async fn tenants_never_share_an_environment() {
    let function = slow(MockLambda::new().function("f").isolate_tenants());
    let of = |tenant: &str| function.invoke(Invocation::new("{}").tenant_id(tenant));
    let mut served = Vec::new();
    for tenant in ["blue", "red", "blue", "red", "green", "blue"] {
        served.push(of(tenant).await.json_as::<usize>().unwrap());
    }
    assert_eq!(served, [0, 1, 0, 1, 2, 0]);
    let (one, two) = tokio::join!(of("blue"), of("blue"));
    assert_eq!((one.payload(), two.payload()), (&"0".into(), &"3".into()));
}

#[tokio::test(start_paused = true)]
async fn an_invoke_without_a_tenant_is_refused_where_tenants_are_kept_apart() {
    let mock = MockLambda::new();
    let function = slow(mock.function("f").isolate_tenants());
    let refused = function.invoke("{}").await;
    assert_eq!(refused.error_type(), Some("InvalidParameterValueException"));
    assert!(!refused.is_throttled());
    assert!(!mock.timeline().entries().iter().any(|entry| matches!(entry.event, Event::Launched { .. })));
}

#[tokio::test(start_paused = true)]
async fn instances_are_started_with_the_first_invoke_and_added_when_half_of_their_places_are_taken() {
    let mock = MockLambda::new();
    let launches = || {
        let entries = mock.timeline().entries();
        entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
    };
    let launched = Arc::new(AtomicUsize::new(0));
    let function = mock.function("f").max_concurrency(2).instances(2, 3).in_process({
        let launched = Arc::clone(&launched);
        move |api| {
            let number = launched.fetch_add(1, Ordering::Relaxed);
            let worker = move |api| {
                answering(api, move |_| async move {
                    tokio::time::sleep(SECOND).await;
                    number.to_string().into_bytes()
                })
            };
            async move { tokio::try_join!(worker(api.clone()), worker(api)).map(drop) }
        }
    });
    assert_eq!(environments(&at_once(&function, 1).await).len(), 1);
    assert_eq!(launches(), 2);
    assert_eq!(throttled(&at_once(&function, 2).await, RESERVED), 0);
    assert_eq!(launches(), 2, "half is not more than half");
    let outcomes = at_once(&function, 3).await;
    assert_eq!((throttled(&outcomes, RESERVED), launches()), (0, 3));
    let outcomes = at_once(&function, 8).await;
    assert_eq!((throttled(&outcomes, RESERVED), launches()), (2, 3));
    assert_eq!(environments(&outcomes), (0..3).collect());
}
