//! The account's concurrency: what functions without reserved concurrency share.

use super::{F, G, OTHER, Scene, V1, account, reserved};
use crate::core::fleet::{Environments, Scale, ThrottleReason, Throttled};

const THROTTLED: Throttled = Throttled { reason: ThrottleReason::ConcurrentInvocationLimitExceeded };

#[test]
fn an_account_has_a_concurrency_of_a_thousand() {
    let mut scene = Scene::new(Scale::default());
    scene.busy(V1, 1_000);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
}

#[test]
fn functions_share_what_is_not_reserved() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, Scale::default());
    let busy = scene.busy(V1, 3);
    scene.busy(OTHER, 2);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    assert_eq!(scene.invoke(OTHER), Err(THROTTLED));
    scene.served(busy[0].0, busy[0].1);
    scene.busy(OTHER, 1);
}

#[test]
fn what_is_reserved_is_taken_from_the_others_whether_it_is_used_or_not() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, reserved(3));
    assert_eq!(scene.fleet.unreserved_concurrency(), 2);
    scene.busy(V1, 2);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
}

#[test]
fn invocations_within_reserved_concurrency_do_not_count_among_the_others() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, reserved(3));
    scene.busy(OTHER, 3);
    scene.busy(V1, 2);
}

#[test]
fn idle_environments_do_not_count() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, Scale::default());
    scene.idle(V1, 5);
    scene.busy(OTHER, 5);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    assert_eq!(scene.fleet.total_environments(), 10);
}

#[test]
fn reserving_moves_what_is_under_way_from_the_one_count_to_the_other() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, Scale::default());
    let busy = scene.busy(V1, 3);
    scene.configure(F, reserved(3));
    scene.busy(OTHER, 2);
    assert_eq!(scene.invoke(OTHER), Err(THROTTLED));
    scene.configure(F, Scale::default());
    assert_eq!(scene.fleet.unreserved_concurrency(), 5);
    assert_eq!(scene.invoke(OTHER), Err(THROTTLED));
    scene.served(busy[0].0, busy[0].1);
    scene.busy(OTHER, 1);
}

#[test]
fn removing_a_function_gives_back_what_it_used_and_reserved() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, reserved(2));
    let busy = scene.busy(V1, 3);
    scene.fleet.stop_all(F);
    scene.fleet.remove(F);
    scene.fleet.stop_all(G);
    scene.fleet.remove(G);
    assert_eq!(scene.fleet.unreserved_concurrency(), 5);
    scene.configure(G, Scale::default());
    scene.effects();
    let (environment, invoke) = scene.busy(OTHER, 5)[0];
    // Invocations of the function that is gone are answered later, and count nowhere.
    busy.iter().for_each(|&(_, invoke)| scene.fleet.answered(invoke));
    assert_eq!(scene.invoke(OTHER), Err(THROTTLED));
    scene.served(environment, invoke);
    scene.busy(OTHER, 1);
}

#[test]
fn functions_on_instances_do_not_use_the_accounts_concurrency() {
    let instances = Scale { environments: Environments::Instances { least: 1, most: 9 }, ..Scale::default() };
    let mut scene = Scene::with_account(account(2), instances);
    scene.configure(G, Scale::default());
    for _ in 0..9 {
        scene.invoke(V1).unwrap();
    }
    scene.effects();
    scene.busy(OTHER, 2);
}

#[test]
fn a_function_that_moves_to_instances_and_back_is_counted_where_it_is() {
    let instances = Scale { environments: Environments::Instances { least: 1, most: 9 }, ..Scale::default() };
    let mut scene = Scene::with_account(account(3), Scale::default());
    scene.configure(G, Scale::default());
    let busy = scene.busy(V1, 3);
    scene.configure(F, instances);
    let other = scene.busy(OTHER, 3);
    other.iter().for_each(|&(environment, invoke)| scene.served(environment, invoke));
    busy.iter().for_each(|&(environment, invoke)| scene.served(environment, invoke));
    scene.invoke(V1).unwrap();
    scene.configure(F, Scale::default());
    scene.effects();
    scene.busy(OTHER, 2);
    assert_eq!(scene.invoke(OTHER), Err(THROTTLED));
}
