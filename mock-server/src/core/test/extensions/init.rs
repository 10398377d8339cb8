//! The launch order, and what init waits for.
//!
//! Failures during init are in `failure`.

use super::{INVOKE, SHUTDOWN, idle, phases, runtime_does};
use crate::core::{
    Effect, Exit, InitReport, Phase, Rejection, Status,
    test::scenario::{Scenario, millis, secs},
};

fn two() -> Scenario {
    Scenario::with_extensions(["audit", "billing"])
}

#[test]
fn external_extensions_are_launched_in_order_and_before_the_runtime() {
    assert_eq!(
        two().effects(),
        [
            Effect::EnterPhase(Phase::Init),
            Effect::LaunchExtension { index: 0, generation: 1 },
            Effect::LaunchExtension { index: 1, generation: 1 },
        ]
    );
}

#[test]
fn the_runtime_is_launched_when_the_last_external_extension_has_registered() {
    for (first, last) in [("audit", "billing"), ("billing", "audit")] {
        let mut env = two().registered(first, &[]);
        assert_eq!(env.launches(), 0);
        env.registers(last, &[SHUTDOWN]).unwrap();
        assert_eq!(env.effects().last(), Some(&Effect::Launch { generation: 1 }));
    }
}

#[test]
fn an_internal_extension_does_not_stand_in_for_an_external_one() {
    let env = Scenario::with_extensions(["audit"]).registered("inner", &[INVOKE]);
    assert_eq!(env.launches(), 0);
}

#[test]
fn polls_of_those_that_have_registered_do_not_launch_the_runtime() {
    let env = two().registered("audit", &[]).polling("audit");
    assert_eq!(env.launches(), 0);
}

#[test]
fn a_runtime_that_has_not_been_launched_has_no_calls() {
    let mut env = two();
    assert_eq!(env.next(), Err(Rejection::ContainerError));
    assert_eq!(env.init_error(None, b"{}"), Err(Rejection::ContainerError));
}

#[test]
fn an_extension_that_never_registers_stalls_init_until_its_limit() {
    let mut env = two().registered("audit", &[]).polling("audit");
    assert_eq!(env.timer(), Some(secs(10)));
    env.advance(millis(9_999));
    assert_eq!(env.phase(), Phase::Init);
    let mut env = env.so_far();
    env.advance(millis(1));
    assert_eq!(
        env.effects()[0],
        Effect::EndInit(InitReport {
            within_invoke: false,
            status: Status::Timeout,
            error_type: None,
            duration: secs(10),
        })
    );
    assert_eq!((env.phase(), env.launches()), (Phase::Reset, 0));
}

#[test]
fn an_extension_that_never_polls_stalls_init_until_its_limit() {
    let mut env = two().registered("audit", &[]).registered("billing", &[]).polling("audit").ready().so_far();
    assert_eq!((env.phase(), env.timer()), (Phase::Init, Some(secs(10))));
    env.advance(secs(10));
    assert_eq!(env.phase(), Phase::Reset);
}

#[test]
fn init_is_over_when_the_runtime_and_all_extensions_have_polled_whoever_is_last() {
    for order in [["runtime", "audit", "inner"], ["audit", "inner", "runtime"], ["inner", "runtime", "audit"]]
    {
        let mut env = Scenario::with_extensions(["audit"])
            .registered("audit", &[SHUTDOWN])
            .registered("inner", &[])
            .so_far();
        for (at, who) in (1..).zip(order) {
            assert_eq!(env.phase(), Phase::Init, "{order:?}");
            env.advance(millis(100));
            let polled = if who == "runtime" { env.next() } else { env.extension_polls(who) };
            polled.unwrap();
            assert_eq!(env.phase() == Phase::Idle, at == 3, "{order:?}");
        }
        assert_eq!(
            env.effects(),
            [
                Effect::EndInit(InitReport {
                    within_invoke: false,
                    status: Status::Success,
                    error_type: None,
                    duration: millis(300),
                }),
                Effect::EnterPhase(Phase::Idle),
            ]
        );
    }
}

#[test]
fn a_poll_that_was_cut_off_counts_as_having_polled() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[]);
    let poll = env.extension_polls("audit").unwrap();
    env.drop_call(poll);
    assert_eq!(env.ready().phase(), Phase::Idle);
}

#[test]
fn an_invoke_waits_until_the_last_extension_has_polled() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]).invoked("r-1").so_far();
    let poll = env.next().unwrap();
    assert_eq!((env.event_for(poll), env.phase()), (None, Phase::Init));
    env.extension_polls("audit").unwrap();
    assert_eq!(phases(&mut env), [Phase::Invoke]);
    assert!(env.event_for(poll).is_some());
}

#[test]
fn the_time_of_extensions_before_the_runtime_is_part_of_init() {
    let env = Scenario::with_extensions(["audit"]).after(millis(400)).registered("audit", &[]);
    let env = env.polling("audit").after(millis(100));
    let mut env = env.ready().invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.report().init_duration, Some(millis(500)));
}

// === a new launch ===

#[test]
fn after_a_reset_extensions_are_launched_again_and_register_again() {
    let mut env = idle().exited(Exit::Code(1)).so_far();
    assert_eq!(env.phase(), Phase::Reset);
    env.extension_exits("audit", Exit::Code(0));
    env.extension_exits("billing", Exit::Code(0));
    assert_eq!(phases(&mut env), [Phase::Idle]);
    env.invoke("r-1").unwrap();
    assert_eq!(
        env.effects(),
        [
            Effect::EnterPhase(Phase::Invoke),
            Effect::LaunchExtension { index: 0, generation: 2 },
            Effect::LaunchExtension { index: 1, generation: 2 },
        ]
    );
    assert_eq!(env.launches(), 1, "of the first runtime only");

    let mut env = env.registered("audit", &[INVOKE]).registered("billing", &[]);
    assert_eq!(env.launches(), 2);
    let audit = env.extension_polls("audit").unwrap();
    let billing = env.extension_polls("billing").unwrap();
    env.advance(millis(300));
    let runtime = env.next().unwrap();
    assert_eq!(env.told_of_invoke(audit).unwrap().request_id.as_str(), "r-1");
    assert!(env.told_of_invoke(billing).is_none());
    assert!(env.event_for(runtime).is_some());
    let ended = |effect: &Effect| matches!(effect, Effect::EndInit(report) if report.within_invoke && report.status == Status::Success);
    assert_eq!(env.effects().iter().filter(|effect| ended(effect)).count(), 1);

    runtime_does(&mut env, "r-1");
    env.extension_polls("audit").unwrap();
    assert_eq!((env.phase(), env.report().init_duration), (Phase::Idle, None));
    assert!(env.report().is_cold_start());
}

#[test]
fn the_events_of_an_earlier_registration_are_forgotten() {
    let mut env = idle().exited(Exit::Code(1));
    env.extension_exits("audit", Exit::Code(0));
    env.extension_exits("billing", Exit::Code(0));
    let mut env = env.invoked("r-1").registered("audit", &[]).registered("billing", &[INVOKE]);
    let audit = env.extension_polls("audit").unwrap();
    let billing = env.extension_polls("billing").unwrap();
    env.next().unwrap();
    assert!(env.told_of_invoke(audit).is_none());
    assert!(env.told_of_invoke(billing).is_some());
}

#[test]
fn repeated_init_that_stalls_for_an_extension_is_a_time_out_of_the_function() {
    let mut env = Scenario::with_extensions(["audit"]);
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.invoked("r-1").so_far();
    env.advance(secs(3));
    assert_eq!(env.answer().1.as_deref(), Some("Sandbox.Timedout"));
    assert_eq!((env.report().status, env.phase()), (Status::Timeout, Phase::Reset));
}
