//! Provisioned concurrency: environments that are ready ahead of any invoke.

use mock_server::core::{
    catalog::{Alias, CatalogError, Version},
    fleet::{Allocation, AllocationStatus},
};
use tokio::time::{Instant, sleep};

use super::{
    Arc, AtomicUsize, Duration, Event, Function, Invocation, MockLambda, Ordering, Outcome, SECOND, answering,
};

const INIT: Duration = Duration::from_secs(5);

/// A function whose init takes five seconds, an invocation one, and that answers with how it was initialised.
fn told(mock: &MockLambda) -> Function {
    let function = mock.function("f").timeout(2 * INIT).in_process(|api| async move {
        let kind = api.variables().unwrap()["AWS_LAMBDA_INITIALIZATION_TYPE"].clone();
        sleep(INIT).await;
        answering(api, move |event| {
            let kind = kind.clone();
            async move {
                sleep(SECOND).await;
                assert_ne!(event.text(), "\"crash\"", "this panic belongs to the test");
                kind.into_bytes()
            }
        })
        .await
    });
    assert_eq!(function.publish(), Ok(1));
    function
}

fn at(qualifier: &str) -> Invocation {
    Invocation::new("{}").qualifier(qualifier)
}

fn launches(mock: &MockLambda) -> usize {
    let entries = mock.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
}

fn ready(count: usize) -> Result<Option<Allocation>, CatalogError> {
    Ok(Some(Allocation { requested: count, available: count, status: AllocationStatus::Ready }))
}

/// How the environment was initialised.
fn seen(outcome: &Outcome) -> &str {
    std::str::from_utf8(outcome.payload()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn provisioned_environments_are_ready_and_others_take_what_is_beyond() {
    let mock = MockLambda::new();
    let function = told(&mock);
    let begin = Instant::now();
    assert_eq!(function.provision("1", 2).await, ready(2));
    assert_eq!((begin.elapsed(), launches(&mock)), (INIT, 2));

    let begin = Instant::now();
    let (one, two) = tokio::join!(function.invoke(at("1")), function.invoke(at("1")));
    assert_eq!(begin.elapsed(), SECOND, "there is no init");
    assert_eq!([seen(&one), seen(&two)], ["provisioned-concurrency"; 2]);

    let begin = Instant::now();
    let invoke = || function.invoke(at("1"));
    let (one, two, three) = tokio::join!(invoke(), invoke(), invoke());
    assert_eq!(begin.elapsed(), INIT + SECOND);
    assert_eq!([seen(&one), seen(&two)], ["provisioned-concurrency"; 2]);
    assert_eq!(seen(&three), "on-demand");
    assert_eq!(launches(&mock), 3);
    // $LATEST has none of it.
    assert_eq!(seen(&function.invoke("{}").await), "on-demand");
}

#[tokio::test(start_paused = true)]
async fn what_is_provisioned_for_an_alias_goes_along_with_it() {
    let mock = MockLambda::new();
    let function = told(&mock);
    function.update().memory_mb(256).same_code().unwrap();
    assert_eq!(function.publish(), Ok(2));
    function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
    assert_eq!(function.provision("live", 1).await, ready(1));
    assert_eq!(seen(&function.invoke(at("live")).await), "provisioned-concurrency");
    function.set_alias("live", Alias::new(Version::Number(2))).unwrap();
    assert_eq!(function.provision("live", 1).await, ready(1));
    assert_eq!(seen(&function.invoke(at("live")).await), "provisioned-concurrency");
    assert_eq!(seen(&function.invoke(at("1")).await), "on-demand", "the old one has nothing left");
}

#[tokio::test(start_paused = true)]
async fn what_is_provisioned_for_a_weighted_alias_is_waited_for_in_both_versions() {
    let mock = MockLambda::new();
    let function = told(&mock);
    function.update().memory_mb(256).same_code().unwrap();
    assert_eq!(function.publish(), Ok(2));
    for (weight, parts) in [(1.0, [0, 4]), (0.25, [3, 1])] {
        let alias = Alias::new(Version::Number(1)).with_weight(2, weight);
        function.set_alias("live", alias).unwrap();
        assert_eq!(function.provision("live", 4).await, ready(4), "{weight}");
        for (version, part) in ["1", "2"].into_iter().zip(parts) {
            for _ in 0..part {
                assert_eq!(seen(&function.invoke(at(version)).await), "provisioned-concurrency");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_there_are_as_many_provisioned_environments_as_before() {
    let mock = MockLambda::new();
    let function = told(&mock);
    assert_eq!(function.provision("1", 1).await, ready(1));
    let crashed = function.invoke(Invocation::new("\"crash\"").qualifier("1")).await;
    assert_eq!(crashed.error_type(), Some("Runtime.ExitError"));
    sleep(2 * INIT).await;
    assert_eq!(function.provision("1", 1).await, ready(1));
    let outcome = function.invoke(at("1")).await;
    assert_eq!(seen(&outcome), "provisioned-concurrency");
}

#[tokio::test(start_paused = true)]
async fn after_a_shut_down_the_next_invoke_brings_provisioned_environments_back() {
    let mock = MockLambda::new();
    let function = told(&mock);
    assert_eq!(function.provision("1", 2).await, ready(2));
    function.shut_down().await;
    assert!(function.invoke(at("1")).await.is_success());
    sleep(INIT).await;
    assert_eq!(function.provision("1", 2).await, ready(2));
}

#[tokio::test(start_paused = true)]
async fn an_allocation_fails_with_the_init_phase_and_a_new_one_may_succeed() {
    let mock = MockLambda::new();
    let starts = Arc::new(AtomicUsize::new(0));
    let function = mock.function("f").in_process({
        let starts = Arc::clone(&starts);
        move |api| {
            let is_broken = starts.fetch_add(1, Ordering::Relaxed) < 2;
            async move {
                if is_broken {
                    Err("no configuration".to_owned())
                } else {
                    answering(api, async |event| event.body).await
                }
            }
        }
    });
    function.publish().unwrap();
    let allocation = function.provision("1", 2).await.unwrap().unwrap();
    assert_eq!((allocation.requested, allocation.status), (2, AllocationStatus::Failed));
    assert!(function.invoke(at("1")).await.is_success(), "it goes on without");
    assert_eq!(function.provision("1", 2).await, ready(2));
}

#[tokio::test(start_paused = true)]
async fn latest_and_what_is_not_there_are_not_provisioned_and_nothing_ends_it() {
    let mock = MockLambda::new();
    let function = told(&mock);
    assert_eq!(function.provision("$LATEST", 1).await, Err(CatalogError::ProvisionedLatest));
    assert_eq!(function.provision("2", 1).await, Err(CatalogError::Unknown { qualifier: "2".to_owned() }));
    assert_eq!(launches(&mock), 0);
    assert_eq!(function.provision("1", 1).await, ready(1));
    assert_eq!(function.provision("1", 0).await, Ok(None));
    assert_eq!(seen(&function.invoke(at("1")).await), "on-demand");
}

#[tokio::test(start_paused = true)]
async fn where_all_that_is_reserved_is_provisioned_latest_is_throttled() {
    let mock = MockLambda::new();
    let function = told(&mock);
    function.reserve_concurrency(Some(1));
    assert_eq!(function.provision("1", 1).await, ready(1));
    assert!(function.invoke("{}").await.is_throttled());
    let (one, two) = tokio::join!(function.invoke(at("1")), function.invoke(at("1")));
    assert_eq!((one.is_throttled(), two.is_throttled()), (false, true), "nothing is beyond");
}

#[test]
fn a_runtime_that_shuts_down_has_nothing_started_in_place_of_what_it_drops() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (mock, function) = runtime.block_on(async {
        let mock = MockLambda::new();
        let function = told(&mock);
        assert_eq!(function.provision("1", 2).await, ready(2));
        (mock, function)
    });
    drop(runtime);
    assert_eq!(launches(&mock), 2);
    drop(function);
}
