//! The end: what is left is delivered before extensions are told of the shutdown, and nobody waits for it for long.

use super::subscribed;
use crate::core::{
    CallId, Effect, Exit, Phase,
    test::scenario::{KILLED, Scenario, millis, secs},
};

/// Idle with everything taken; `audit` waits for an event.
fn idle() -> (Scenario, CallId) {
    let mut env = subscribed();
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.ready();
    env.advance(secs(1));
    env.takes("audit");
    (env.so_far(), poll)
}

/// Being shut down, with the runtime gone and its last words on their way.
fn flushing() -> (Scenario, CallId) {
    let (mut env, poll) = idle();
    env.writes("last words");
    env.shut_down();
    env.exit(KILLED);
    (env, poll)
}

#[test]
fn at_a_shutdown_everything_is_due_at_once() {
    let (mut env, _) = idle();
    env.writes("last words");
    env.shut_down();
    assert_eq!(env.deliveries().len(), 2);
    env.takes("audit");
    env.writes("and more");
    assert_eq!(env.deliveries().len(), 3, "and from then on");
}

#[test]
fn extensions_are_told_after_the_last_batch_is_taken() {
    let (mut env, poll) = flushing();
    assert!(!env.is_over(poll));
    env.advance(millis(999));
    assert!(!env.is_over(poll));
    env.takes("audit");
    assert!(env.told_of_shutdown(poll).is_some());
}

#[test]
fn extensions_are_told_at_once_if_nothing_is_left() {
    let (mut env, poll) = idle();
    env.shut_down();
    env.exit(KILLED);
    assert!(env.told_of_shutdown(poll).is_some());
}

#[test]
fn a_batch_that_is_not_taken_is_waited_for_one_second() {
    for refuses in [true, false] {
        let (mut env, poll) = flushing();
        if refuses {
            env.refuses("audit");
        }
        env.advance(millis(999));
        if refuses {
            while env.is_delivering() {
                env.refuses("audit");
            }
        }
        assert!(!env.is_over(poll));
        env.advance(millis(1));
        assert!(env.told_of_shutdown(poll).is_some(), "refuses: {refuses}");
    }
}

#[test]
fn the_wait_for_a_batch_is_within_the_time_of_the_shutdown() {
    let (mut env, poll) = idle();
    env.writes("last words");
    env.shut_down();
    // The runtime does not go by itself; it is killed after 600 ms and is gone after 1,300.
    env.advance(millis(1_300));
    env.exit(KILLED);
    env.advance(millis(699));
    assert!(!env.is_over(poll));
    env.now = env.now + millis(1);
    env.handle_timeout();
    let told = env.told_of_shutdown(poll).unwrap();
    // All of this began one second after the launch.
    assert_eq!(told.deadline.as_unix_millis(), 1_000 + 2_000);
}

#[test]
fn what_an_extension_logs_after_it_was_told_is_still_delivered() {
    let (mut env, _) = flushing();
    env.takes("audit");
    env.extension_writes("audit", "good-bye");
    assert_eq!(env.kinds_sent().last().unwrap(), &["extension"]);
}

#[test]
fn the_records_of_an_invocation_that_failed_are_delivered_before_the_reset_is_told() {
    let (env, poll) = idle();
    let mut env = env.invoked("r-1");
    assert!(env.is_over(poll));
    let again = env.extension_polls("audit").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.phase(), Phase::Reset);
    assert_eq!(env.kinds_sent().last().unwrap(), &["start", "runtimeDone", "report"]);
    assert!(!env.is_over(again));
    env.takes("audit");
    assert!(env.told_of_shutdown(again).is_some());
}

#[test]
fn without_external_extensions_nobody_is_waited_for() {
    let mut env =
        Scenario::new().registered("inner", &["INVOKE"]).subscribed("inner").polling("inner").ready();
    env.shut_down();
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Shutdown, "the last batch is on its way to it");
    env.refuses("inner");
    assert_eq!(env.phase(), Phase::Terminated, "it has ended with the runtime");
}

#[test]
fn the_subscription_of_a_runtime_that_is_gone_holds_nobody_up() {
    // An internal extension is part of the runtime: nobody is there to take its batch.
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &["SHUTDOWN"]);
    env.registers("inner", &["INVOKE"]).unwrap();
    let mut env = env.subscribed("inner").polling("inner");
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.ready();
    env.shut_down();
    env.exit(KILLED);
    env.refuses("inner");
    assert!(env.told_of_shutdown(poll).is_some());
}

#[test]
fn nothing_is_delivered_after_the_end() {
    let (mut env, _) = flushing();
    env.extension_exits("audit", Exit::Code(0));
    assert_eq!(env.phase(), Phase::Terminated);
    let mut env = env.so_far();
    env.refuses("audit");
    env.writes("a ghost");
    env.advance(secs(60));
    assert!(!env.effects().iter().any(|effect| matches!(effect, Effect::Deliver(_))));
}

#[test]
fn a_subscriber_that_dies_is_not_waited_for() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &["SHUTDOWN"])
        .registered("billing", &["SHUTDOWN"])
        .subscribed("audit")
        .polling("audit");
    let poll = env.extension_polls("billing").unwrap();
    let mut env = env.ready();
    env.shut_down();
    env.exit(KILLED);
    assert!(!env.is_over(poll));
    env.extension_exits("audit", Exit::Code(1));
    assert!(env.told_of_shutdown(poll).is_some());
}
