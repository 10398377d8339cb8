//! Freeze and thaw: when the processes are stopped, and that they run again before they are to see anything.
//!
//! Lambda freezes an environment as soon as the runtime and all extensions ask for more work. What telemetry does
//! meanwhile is here, too. Source:
//! [execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).

use super::scenario::{KILLED, Scenario, millis, secs};
use crate::core::{Call, CallId, Effect, Exit, Initialization, Phase, Settings};

/// Launched, in an environment that freezes.
fn freezing(initialization: Initialization, names: &[&str]) -> Scenario {
    let extensions = names.iter().map(|&name| name.to_owned()).collect();
    Scenario::with(Settings { initialization, extensions, freezes: true, ..Settings::default() })
}

/// Idle and frozen, with the extension `audit`, which has subscribed, is told of everything and waits.
fn frozen() -> (Scenario, CallId) {
    let mut env = freezing(Initialization::OnDemand, &["audit"])
        .registered("audit", &["INVOKE", "SHUTDOWN"])
        .subscribed("audit");
    let poll = env.extension_polls("audit").unwrap();
    (env.ready().so_far(), poll)
}

/// Whether an effect is seen by a guest.
fn is_seen(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Reply { .. }
            | Effect::HangUp { .. }
            | Effect::Terminate
            | Effect::Kill
            | Effect::KillExtension { .. }
            | Effect::Deliver(_)
    )
}

/// Asserts that the guests run before they see anything; there must be something.
fn assert_thaws_first(env: &mut Scenario) {
    let effects = env.effects();
    let thawed = effects.iter().position(|effect| *effect == Effect::Thaw);
    let seen = effects.iter().position(is_seen);
    assert!(thawed.is_some() && seen.is_some() && thawed < seen, "{effects:#?}");
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::Thaw).count(), 1);
}

// === freeze ===

#[test]
fn an_environment_freezes_when_init_is_over() {
    let mut env = freezing(Initialization::OnDemand, &[]).so_far();
    env.next().unwrap();
    assert_eq!(env.effects().last(), Some(&Effect::Freeze));
}

#[test]
fn an_environment_that_has_an_invoke_already_does_not_freeze_in_between() {
    let mut env = freezing(Initialization::OnDemand, &[]).invoked("r-1").so_far();
    env.next().unwrap();
    assert!(!env.effects().iter().any(|effect| matches!(effect, Effect::Freeze | Effect::Thaw)));
}

#[test]
fn an_environment_freezes_when_the_runtime_and_all_extensions_ask_for_more() {
    let (mut env, _) = frozen();
    env.invoke("r-1").unwrap();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    assert!(!env.effects().contains(&Effect::Freeze), "the extension is at work");
    env.extension_polls("audit").unwrap();
    assert_eq!(env.effects().last(), Some(&Effect::Freeze));
}

#[test]
fn a_snapshot_is_frozen_and_restored_by_a_thaw() {
    for by_invoke in [true, false] {
        let mut env = freezing(Initialization::SnapStart, &[]);
        let gate = env.call(Call::RestoreNext).unwrap();
        assert_eq!(env.effects().last(), Some(&Effect::Freeze));
        match by_invoke {
            true => env.invoke("r-1").map(drop).unwrap(),
            false => env.restore(),
        }
        assert_thaws_first(&mut env);
        assert!(env.is_over(gate));
    }
}

#[test]
fn what_was_restored_ahead_of_an_invoke_freezes_again() {
    let mut env = freezing(Initialization::SnapStart, &[]).at_the_gate().restoring().so_far();
    env.next().unwrap();
    assert_eq!(env.effects().last(), Some(&Effect::Freeze));
}

#[test]
fn nothing_freezes_where_it_was_not_asked_for() {
    for initialization in [Initialization::OnDemand, Initialization::SnapStart] {
        let mut env = Scenario::of(initialization, []).ready().invoked("r-1").answered("r-1").ready();
        env.shut_down();
        assert!(!env.effects().iter().any(|effect| matches!(effect, Effect::Freeze | Effect::Thaw)));
    }
}

// === thaw ===

#[test]
fn an_invoke_thaws_before_the_extensions_and_the_runtime_see_their_events() {
    let (mut env, poll) = frozen();
    env.invoke("r-1").unwrap();
    assert!(env.is_over(poll));
    assert_thaws_first(&mut env);
}

#[test]
fn a_shutdown_thaws_before_anybody_is_asked_to_end() {
    let (mut env, _) = frozen();
    env.shut_down();
    assert_thaws_first(&mut env);
}

#[test]
fn an_exit_in_the_freezer_thaws_before_the_others_are_told() {
    let (mut env, _) = frozen();
    env.exit(Exit::Code(1));
    assert_thaws_first(&mut env);
}

#[test]
fn a_crash_in_the_freezer_thaws_before_the_runtime_is_asked_to_end() {
    let (mut env, _) = frozen();
    env.extension_exits("audit", KILLED);
    assert_eq!(env.effects(), [], "nobody notices it yet");
    env.invoke("r-1").unwrap();
    assert_thaws_first(&mut env);
}

#[test]
fn a_new_process_is_launched_after_the_thaw() {
    let mut env = freezing(Initialization::OnDemand, &[]).without_process().so_far();
    env.invoke("r-1").unwrap();
    let effects = env.effects();
    assert_eq!(effects[..2], [Effect::Thaw, Effect::EnterPhase(Phase::Invoke)]);
    assert!(effects.contains(&Effect::Launch { generation: 2 }));
}

#[test]
fn each_freeze_is_followed_by_one_thaw() {
    let mut env = freezing(Initialization::OnDemand, &[]).ready();
    for id in ["r-1", "r-2", "r-3"] {
        env.invoke(id).unwrap();
        env.responds(id, b"ok").unwrap();
        env.next().unwrap();
    }
    env.shut_down();
    let effects = env.effects();
    let turns: Vec<_> =
        effects.iter().filter(|effect| matches!(effect, Effect::Freeze | Effect::Thaw)).collect();
    assert_eq!(turns, [&Effect::Freeze, &Effect::Thaw].repeat(4));
}

// === telemetry ===

#[test]
fn nothing_is_delivered_while_frozen_and_no_timer_runs() {
    let (mut env, _) = frozen();
    env.writes("last words");
    assert_eq!(env.timer(), None);
    env.advance(secs(3_600));
    assert_eq!(env.effects(), []);
}

#[test]
fn what_was_due_while_frozen_is_delivered_after_the_thaw() {
    let (mut env, _) = frozen();
    env.advance(secs(3_600));
    env.invoke("r-1").unwrap();
    assert_eq!(env.deliveries().len(), 1);
    assert_thaws_first(&mut env);
}

#[test]
fn what_is_not_due_at_the_thaw_waits_for_its_time() {
    let (mut env, _) = frozen();
    env.invoke("r-1").unwrap();
    assert_eq!(env.deliveries().len(), 0);
    assert_eq!(env.timer(), Some(secs(1)));
}

#[test]
fn a_batch_that_is_refused_while_frozen_is_sent_again_after_the_thaw() {
    let (mut env, _) = frozen();
    env.invoke("r-1").unwrap();
    env.advance(secs(1));
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    let mut env = env.so_far();
    env.refuses("audit");
    env.advance(secs(60));
    assert_eq!(env.effects(), []);
    env.invoke("r-2").unwrap();
    let deliveries = env.deliveries();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries[0].events, deliveries[1].events);
}

#[test]
fn a_batch_that_is_taken_while_frozen_makes_room_and_sends_nothing() {
    let (mut env, _) = frozen();
    env.invoke("r-1").unwrap();
    env.advance(secs(1));
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    let mut env = env.so_far();
    env.advance(millis(5_000));
    env.takes("audit");
    assert_eq!(env.effects(), []);
    assert_eq!(env.timer(), None);
}
