//! Idle workers: their queue, who is given an invocation, and workers whose connection is gone.

use super::{event_of, running, running_two, with_workers};
use crate::core::{
    Effect, Phase, Rejection,
    managed::WORKERS,
    test::scenario::{Scenario, request_id},
};

#[test]
fn every_poll_is_a_worker_that_waits() {
    let (env, polls) = with_workers(3);
    assert!(polls.iter().all(|&poll| !env.is_over(poll)));
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn invocations_go_to_workers_in_the_order_of_their_polls() {
    let (mut env, polls) = with_workers(3);
    for id in ["r-1", "r-2", "r-3"] {
        env.invoke(id).unwrap();
    }
    let events: Vec<_> = polls.iter().map(|&poll| event_of(&env, poll)).collect();
    assert_eq!(events, [Some("r-1"), Some("r-2"), Some("r-3")]);
}

#[test]
fn a_worker_that_comes_back_waits_behind_the_others() {
    let (mut env, polls) = with_workers(2);
    env.invoke("r-1").unwrap();
    env.responds("r-1", b"ok").unwrap();
    let again = env.next().unwrap();
    env.invoke("r-2").unwrap();
    env.invoke("r-3").unwrap();
    assert_eq!((event_of(&env, polls[1]), event_of(&env, again)), (Some("r-2"), Some("r-3")));
}

#[test]
fn an_invoke_without_an_idle_worker_is_refused_and_changes_nothing() {
    let (mut env, _) = running();
    let before = env.env.clone();
    assert!(!env.env.takes_invoke());
    assert_eq!(env.invoke("r-2"), Err(Rejection::Unavailable));
    assert_eq!(env.env, before);
}

#[test]
fn a_worker_that_polls_beside_an_open_invocation_takes_the_next_one() {
    let (mut env, _) = running();
    let poll = env.next().unwrap();
    assert_eq!(env.phase(), Phase::Invoke);
    env.invoke("r-2").unwrap();
    assert_eq!(event_of(&env, poll), Some("r-2"));
}

#[test]
fn a_poll_while_invocations_are_open_gets_none_of_them_again() {
    let (mut env, _, _) = running_two();
    let (third, fourth) = (env.next().unwrap(), env.next().unwrap());
    assert_eq!(env.effects(), []);
    assert!(!env.is_over(third) && !env.is_over(fourth));
}

#[test]
fn an_event_that_did_not_reach_its_worker_is_not_delivered_again() {
    let (mut env, polls) = with_workers(1);
    let invoke = env.invoke("r-1").unwrap();
    // The reply was on its way when the connection broke.
    env.drop_call(polls[0]);
    let again = env.next().unwrap();
    assert_eq!(event_of(&env, again), None);
    env.advance(super::super::scenario::secs(3));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Sandbox.Timedout"));
}

#[test]
fn a_worker_whose_connection_is_gone_is_given_nothing() {
    let (mut env, polls) = with_workers(2);
    env.drop_call(polls[0]);
    env.invoke("r-1").unwrap();
    assert_eq!((event_of(&env, polls[0]), event_of(&env, polls[1])), (None, Some("r-1")));
    assert_eq!(env.invoke("r-2"), Err(Rejection::Unavailable));
}

#[test]
fn a_worker_whose_connection_is_gone_may_poll_again() {
    let (mut env, polls) = with_workers(1);
    env.drop_call(polls[0]);
    assert!(!env.env.takes_invoke());
    let again = env.next().unwrap();
    env.invoke("r-1").unwrap();
    assert_eq!(event_of(&env, again), Some("r-1"));
}

#[test]
fn the_queue_holds_ten_thousand_workers_and_refuses_one_more_as_a_broken_container() {
    assert_eq!(WORKERS, 10_000);
    let (mut env, polls) = with_workers(WORKERS);
    let before = env.env.clone();
    assert_eq!(env.next(), Err(Rejection::ContainerError));
    assert_eq!(Rejection::ContainerError.to_reply().status().as_u16(), 500);
    assert_eq!(env.env, before);
    // There is room again as soon as one of them works.
    env.invoke("r-1").unwrap();
    assert_eq!(event_of(&env, polls[0]), Some("r-1"));
    assert!(env.next().is_ok());
}

#[test]
fn an_invoke_of_an_id_that_is_under_way_is_refused_and_its_worker_stays_idle() {
    let (mut env, polls) = with_workers(2);
    env.invoke("r-1").unwrap();
    let before = env.env.clone();
    assert_eq!(env.invoke("r-1"), Err(Rejection::DuplicateRequestId));
    assert_eq!(env.env, before);
    env.invoke("r-2").unwrap();
    assert_eq!(event_of(&env, polls[1]), Some("r-2"));
}

#[test]
fn an_id_may_be_used_again_once_its_invocation_is_over() {
    let (mut env, polls) = with_workers(2);
    env.invoke("r-1").unwrap();
    env.responds("r-1", b"one").unwrap();
    let again = env.invoke("r-1").unwrap();
    assert_eq!(event_of(&env, polls[1]), Some("r-1"));
    env.responds("r-1", b"two").unwrap();
    assert_eq!(env.answer_to(again).0, "two");
}

#[test]
fn the_phase_is_invoke_from_the_first_open_invocation_to_the_end_of_the_last() {
    let (mut env, _) = with_workers(2);
    env.invoke("r-1").unwrap();
    env.invoke("r-2").unwrap();
    assert_eq!(env.phases(), [Phase::Invoke]);
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.phases(), []);
    env.responds("r-2", b"ok").unwrap();
    assert_eq!(env.phases(), [Phase::Idle]);
}

#[test]
fn an_invocation_is_over_when_it_is_answered_and_not_when_its_worker_polls() {
    let (mut env, invoke) = running();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.report_of(invoke).request_id, request_id("r-1"));
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn nothing_is_frozen_between_invocations() {
    let settings = crate::core::Settings {
        initialization: crate::core::Initialization::ManagedInstances,
        freezes: true,
        ..crate::core::Settings::default()
    };
    let mut env = Scenario::with(settings).ready().invoked("r-1").answered("r-1");
    assert!(!env.effects().iter().any(|effect| matches!(effect, Effect::Freeze | Effect::Thaw)));
}

#[test]
fn an_event_has_no_tenant_and_its_own_deadline() {
    let (mut env, polls) = with_workers(2);
    let mut invoke = env.next_invoke("r-1");
    invoke.tenant_id = Some("blue".to_owned());
    env.invoke_as(invoke).unwrap();
    env.advance(super::super::scenario::secs(1));
    env.invoke("r-2").unwrap();
    let deadline = |poll| env.event_for(poll).unwrap().deadline.unwrap().as_unix_millis();
    assert_eq!(env.event_for(polls[0]).unwrap().tenant_id, None);
    assert_eq!((deadline(polls[0]), deadline(polls[1])), (3_000, 4_000));
}
