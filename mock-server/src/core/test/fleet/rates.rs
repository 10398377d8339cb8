//! How fast: new environments of a function, and requests.

use super::{AccountLimits, F, G, OTHER, Scene, V1, V2, account, millis, reserved, secs, sent, started};
use crate::core::fleet::{Environments, Scale, ThrottleReason, Throttled};

const TOO_FAST: Throttled = Throttled { reason: ThrottleReason::ConcurrentInvocationLimitExceeded };

/// An account that counts requests, and allows this many invocations at once.
fn counting(concurrency: usize) -> AccountLimits {
    AccountLimits { counts_requests: true, ..account(concurrency) }
}

/// Invokes and answers at once; how many of them are let in.
fn let_in(scene: &mut Scene, deployment: super::DeploymentId, tries: usize) -> usize {
    let mut count = 0;
    for _ in 0..tries {
        let Ok(invoke) = scene.invoke(deployment) else { continue };
        let (environment, _) = sent(&scene.effects())[0];
        scene.served(environment, invoke);
        count += 1;
    }
    count
}

#[test]
fn a_function_starts_a_thousand_environments_at_once_and_a_hundred_in_each_further_second() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    scene.busy(V1, 1_000);
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
    scene.wait(secs(1));
    scene.busy(V1, 100);
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
    scene.wait(millis(10));
    scene.busy(V1, 1);
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
}

#[test]
fn what_is_not_used_in_ten_seconds_is_not_carried_over() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    scene.busy(V1, 500);
    scene.wait(secs(3_600));
    scene.busy(V1, 1_000);
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
}

#[test]
fn an_idle_environment_takes_an_invoke_however_fast_they_come() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    let busy = scene.busy(V1, 1_000);
    scene.served(busy[7].0, busy[7].1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(sent(&scene.effects()), [(busy[7].0, invoke)]);
}

#[test]
fn all_deployments_of_a_function_grow_together_and_functions_apart() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    scene.configure(G, Scale::default());
    scene.busy(V1, 600);
    scene.busy(V2, 400);
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
    scene.busy(OTHER, 1_000);
}

#[test]
fn an_invoke_that_may_not_start_an_environment_is_refused_and_changes_nothing() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    scene.busy(V1, 1_000);
    let before = scene.fleet.clone();
    assert_eq!(scene.invoke(V1), Err(TOO_FAST));
    assert_eq!(scene.fleet, before);
}

#[test]
fn environments_that_are_started_ahead_grow_no_faster() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    let ahead = |scene: &mut Scene| scene.fleet.start_ahead(scene.now, F, V1);
    assert!((0..1_000).all(|_| ahead(&mut scene).is_some()));
    assert_eq!(ahead(&mut scene), None);
    scene.wait(millis(10));
    assert!(ahead(&mut scene).is_some());
    assert_eq!(started(&scene.effects()).len(), 1_001);
}

#[test]
fn provisioned_environments_do_not_count_as_growth() {
    let mut scene = Scene::with_account(account(5_000), Scale::default());
    scene.provisioned(V1, 800);
    scene.busy(V2, 1_000);
}

#[test]
fn an_account_lets_ten_requests_in_a_second_through_for_each_place() {
    let mut scene = Scene::with_account(counting(3), Scale::default());
    assert_eq!(let_in(&mut scene, V1, 40), 30);
    let reason = ThrottleReason::FunctionInvocationRateLimitExceeded;
    assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
    scene.wait(millis(100));
    assert_eq!(let_in(&mut scene, V1, 40), 3);
}

#[test]
fn functions_without_reserved_concurrency_share_the_accounts_rate() {
    let mut scene = Scene::with_account(counting(3), Scale::default());
    scene.configure(G, Scale::default());
    assert_eq!(let_in(&mut scene, V1, 20), 20);
    assert_eq!(let_in(&mut scene, OTHER, 20), 10);
}

#[test]
fn a_function_with_reserved_concurrency_has_a_rate_of_its_own() {
    let mut scene = Scene::with_account(counting(100), reserved(2));
    scene.configure(G, Scale::default());
    assert_eq!(let_in(&mut scene, V1, 40), 20);
    let reason = ThrottleReason::ReservedFunctionInvocationRateLimitExceeded;
    assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
    assert_eq!(let_in(&mut scene, OTHER, 40), 40);
}

#[test]
fn a_request_that_is_refused_is_not_counted() {
    let mut scene = Scene::with_account(counting(100), reserved(1));
    let busy = scene.busy(V1, 1);
    let before = scene.fleet.clone();
    for _ in 0..50 {
        let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
        assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
    }
    assert_eq!(scene.fleet, before);
    scene.served(busy[0].0, busy[0].1);
    assert_eq!(let_in(&mut scene, V1, 40), 9);
}

#[test]
fn functions_on_instances_are_not_held_to_the_accounts_rate() {
    let instances = Scale { environments: Environments::Instances { least: 1, most: 1 }, ..Scale::default() };
    let mut scene = Scene::with_account(counting(1), instances);
    assert_eq!(let_in(&mut scene, V1, 40), 40);
}

#[test]
fn where_requests_are_not_counted_any_number_comes_in_a_moment() {
    let mut scene = Scene::new(reserved(1));
    assert_eq!(let_in(&mut scene, V1, 100), 100);
}

#[test]
fn every_reason_has_the_services_word() {
    for (reason, word) in [
        (ThrottleReason::ConcurrentInvocationLimitExceeded, "ConcurrentInvocationLimitExceeded"),
        (
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded,
            "ReservedFunctionConcurrentInvocationLimitExceeded",
        ),
        (ThrottleReason::FunctionInvocationRateLimitExceeded, "FunctionInvocationRateLimitExceeded"),
        (
            ThrottleReason::ReservedFunctionInvocationRateLimitExceeded,
            "ReservedFunctionInvocationRateLimitExceeded",
        ),
    ] {
        assert_eq!(reason.as_str(), word);
    }
}
