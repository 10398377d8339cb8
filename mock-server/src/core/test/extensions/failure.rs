//! Extensions that crash, cannot be started, or report a failure: what the environment and the caller make of it.
//!
//! Which report is accepted from whom is in `calls`.

use std::time::Duration;

use lambda_api::extension::{error::Moment, next::ShutdownReason};

use super::{INVOKE, SHUTDOWN, idle, idle_with_internal, phases, runtime_does};
use crate::core::{
    Effect, Exit, InitReport, Input, Phase, Status,
    test::scenario::{KILLED, Scenario, failure, millis, secs, success},
};

/// `audit` runs and has neither registered nor polled.
fn audit() -> Scenario {
    Scenario::with_extensions(["audit"]).so_far()
}

fn init_failed(within_invoke: bool, error_type: &str, duration: Duration) -> Effect {
    let error_type = Some(error_type.to_owned());
    Effect::EndInit(InitReport { within_invoke, status: Status::Error, error_type, duration })
}

/// What the caller of `r-1` gets.
fn crashed(error_type: &str, message: &str) -> (String, Option<String>) {
    let payload =
        format!("{{\"errorType\":\"{error_type}\",\"errorMessage\":\"RequestId: r-1 Error: {message}\"}}");
    failure(error_type, &payload)
}

// === in init ===

#[test]
fn a_crash_fails_init() {
    let mut env = audit().after(millis(50));
    env.extension_exits("audit", Exit::Code(3));
    assert_eq!(
        env.effects(),
        [init_failed(false, "Extension.Crash", millis(50)), Effect::EnterPhase(Phase::Idle)]
    );
}

#[test]
fn a_crash_after_the_launch_of_the_runtime_fails_init_and_stops_the_runtime() {
    let mut env = audit().registered("audit", &[]).so_far();
    env.extension_exits("audit", KILLED);
    let effects = env.effects();
    assert_eq!(effects[0], init_failed(false, "Extension.Crash", secs(0)));
    assert_eq!(effects[1..], [Effect::EnterPhase(Phase::Reset), Effect::Terminate]);
}

#[test]
fn a_launch_that_fails_fails_init() {
    let mut env = audit();
    env.extension_launch_fails("audit");
    assert_eq!(
        env.effects(),
        [init_failed(false, "Extension.LaunchError", secs(0)), Effect::EnterPhase(Phase::Idle)]
    );
}

#[test]
fn one_extension_that_cannot_be_started_takes_the_others_with_it() {
    let mut env = Scenario::with_extensions(["audit", "billing"]).registered("billing", &[]).so_far();
    env.extension_launch_fails("audit");
    assert_eq!(
        env.effects(),
        [
            init_failed(false, "Extension.LaunchError", secs(0)),
            Effect::EnterPhase(Phase::Reset),
            Effect::KillExtension { index: 1 },
        ]
    );
}

#[test]
fn a_reported_failure_fails_init_under_the_name_of_the_report() {
    for (moment, error_type) in [(Moment::Init, "Extension.InitError"), (Moment::Exit, "Extension.ExitError")]
    {
        let mut env = audit().registered("audit", &[]).so_far();
        env.extension_fails("audit", moment).unwrap();
        assert_eq!((env.effects().len(), env.phase()), (1, Phase::Init), "it is expected to exit");
        env.extension_exits("audit", Exit::Code(1));
        assert_eq!(env.effects()[0], init_failed(false, error_type, secs(0)));
        assert_eq!(env.phase(), Phase::Reset);
    }
}

#[test]
fn an_internal_extension_can_report_a_failure_too() {
    let mut env = Scenario::new().registered("inner", &[]).so_far();
    env.extension_fails("inner", Moment::Init).unwrap();
    let mut env = env.exited(Exit::Code(1));
    assert_eq!(env.effects()[1], init_failed(false, "Extension.InitError", secs(0)));
    assert_eq!(env.phase(), Phase::Idle, "nobody is left to be ended");
}

#[test]
fn an_invoke_that_waits_gets_a_second_init() {
    let mut env = audit().invoked("r-1");
    env.extension_exits("audit", Exit::Code(3));
    assert_eq!(
        env.effects()[1..],
        [Effect::EnterPhase(Phase::Invoke), Effect::LaunchExtension { index: 0, generation: 2 }]
    );
    assert_eq!(env.answers(), []);
}

#[test]
fn a_failure_of_repeated_init_is_the_callers_answer() {
    let repeated = || {
        let mut env = audit();
        env.extension_exits("audit", Exit::Code(3));
        env.invoked("r-1").so_far()
    };
    let mut env = repeated();
    env.extension_exits("audit", Exit::Code(3));
    assert_eq!(env.answer(), crashed("Extension.Crash", "exit status 3"));
    let effects = env.effects();
    assert_eq!(effects[0], init_failed(true, "Extension.Crash", secs(0)));
    assert!(matches!(effects[2..], [Effect::EndInvoke { .. }, Effect::EnterPhase(Phase::Idle)]));

    let mut env = repeated();
    env.extension_launch_fails("audit");
    assert_eq!(
        env.answer(),
        crashed("Extension.LaunchError", "fork/exec /opt/extensions/audit: permission denied")
    );

    let mut env = repeated().registered("audit", &[]);
    env.extension_fails("audit", Moment::Init).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer().1.as_deref(), Some("Extension.InitError"));
}

// === in an invocation ===

#[test]
fn a_crash_before_the_response_is_the_callers_answer() {
    for (exit, message) in
        [(Exit::Code(1), "exit status 1"), (Exit::Code(0), "exit code 0"), (KILLED, "signal: killed")]
    {
        let mut env = idle().invoked("r-1").after(millis(20)).so_far();
        env.extension_exits("audit", exit);
        assert_eq!(env.answer(), crashed("Extension.Crash", message));
        let report = env.report();
        assert_eq!((report.status, report.duration), (Status::Error, millis(20)));
        assert_eq!(report.error_type.as_deref(), Some("Extension.Crash"));
        assert_eq!(phases(&mut env), [Phase::Reset]);
    }
}

#[test]
fn an_extension_that_was_not_told_of_the_invocation_may_not_crash_either() {
    let mut env = idle().invoked("r-1");
    env.extension_exits("billing", Exit::Code(1));
    assert_eq!(env.answer(), crashed("Extension.Crash", "exit status 1"));
}

#[test]
fn a_crash_after_the_response_does_not_change_the_answer_and_ends_the_invocation() {
    let mut env = idle().invoked("r-1");
    runtime_does(&mut env, "r-1");
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer(), success("ok"));
    let report = env.report();
    assert_eq!(report.status, Status::Error);
    assert_eq!(report.error_type.as_deref(), Some("Extension.Crash"));
    assert_eq!(env.phase(), Phase::Reset);
}

#[test]
fn a_reported_failure_is_the_callers_answer() {
    let mut env = idle().invoked("r-1");
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer().1.as_deref(), Some("Extension.ExitError"));
    assert_eq!((env.report().status, env.phase()), (Status::Error, Phase::Reset));

    let mut env = idle_with_internal().invoked("r-1");
    env.extension_fails("inner", Moment::Exit).unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.answer().1.as_deref(), Some("Extension.ExitError"));
}

#[test]
fn after_a_failure_the_extensions_are_told_so() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[SHUTDOWN])
        .registered("billing", &[]);
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.polling("billing").ready().invoked("r-1");
    env.extension_exits("billing", Exit::Code(1));
    env.exit(KILLED);
    assert_eq!(env.told_of_shutdown(poll).unwrap().reason, ShutdownReason::Failure);
}

// === between invocations ===

#[test]
fn a_crash_while_nothing_goes_on_is_noticed_by_the_next_invoke() {
    let mut env = idle();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!((env.effects(), env.phase(), env.timer()), (vec![], Phase::Idle, None));
    env.invoke("r-1").unwrap();
    assert_eq!(env.answer(), crashed("Extension.Crash", "exit status 1"));
    assert_eq!((env.report().duration, env.phase()), (secs(0), Phase::Reset));
}

#[test]
fn the_runtime_gets_no_event_after_a_crash() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]).polling("audit");
    let poll = env.next().unwrap();
    env.extension_exits("audit", Exit::Code(1));
    let env = env.invoked("r-1");
    assert!(env.event_for(poll).is_none());
}

#[test]
fn a_failure_that_is_reported_while_nothing_goes_on_is_noticed_by_the_next_invoke() {
    let mut env = idle();
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.phase(), Phase::Idle);
    let env = env.invoked("r-1");
    assert_eq!(env.answer().1.as_deref(), Some("Extension.ExitError"));
}

#[test]
fn an_extension_that_reports_a_failure_and_stays_holds_the_invocation_until_its_deadline() {
    let mut env = idle();
    env.extension_fails("audit", Moment::Exit).unwrap();
    let mut env = env.invoked("r-1");
    runtime_does(&mut env, "r-1");
    assert_eq!(env.phase(), Phase::Invoke);
    env.advance(secs(5));
    assert_eq!(env.report().status, Status::Timeout);
}

#[test]
fn the_invocation_after_that_gets_a_new_environment() {
    let mut env = idle();
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.invoked("r-1").exited(KILLED);
    env.extension_exits("billing", KILLED);
    let mut env = env.invoked("r-2").registered("audit", &[]).registered("billing", &[]);
    env.extension_polls("audit").unwrap();
    env.extension_polls("billing").unwrap();
    env.next().unwrap();
    runtime_does(&mut env, "r-2");
    assert_eq!((env.answers().len(), env.report().status), (2, Status::Success));
}

// === which one counts ===

#[test]
fn only_the_first_failure_counts() {
    let mut env = idle();
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    env.extension_exits("billing", KILLED);
    let env = env.invoked("r-1");
    assert_eq!(env.answer().1.as_deref(), Some("Extension.ExitError"));

    let mut env = idle().invoked("r-1");
    env.extension_exits("audit", Exit::Code(1));
    env.extension_exits("billing", Exit::Code(2));
    env.exit(Exit::Code(3));
    assert_eq!(env.answer(), crashed("Extension.Crash", "exit status 1"));
    assert_eq!(env.reports().len(), 1);
}

#[test]
fn the_exit_that_follows_a_report_in_init_is_not_a_second_failure() {
    let mut env = audit().registered("audit", &[]).so_far();
    env.extension_fails("audit", Moment::Init).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    let ends = env.effects().into_iter().filter(|effect| matches!(effect, Effect::EndInit(_)));
    assert_eq!(ends.count(), 1);
}

#[test]
fn after_the_runtimes_error_of_init_the_crash_of_an_extension_does_not_count() {
    let mut env = audit().registered("audit", &[]);
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    let mut env = env.so_far();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.effects()[0], init_failed(false, "Function.Config", secs(0)));
}

#[test]
fn the_report_of_an_invocation_names_the_failure_that_the_caller_was_told() {
    let mut env = audit();
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.invoked("r-1").registered("audit", &[]);
    env.init_error(Some("Function.Config"), b"{}").unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer().1.as_deref(), Some("Function.Config"));
    assert_eq!(env.report().error_type.as_deref(), Some("Function.Config"));
}

// === exits of others ===

#[test]
fn an_exit_is_heard_once() {
    let mut env = idle();
    env.extension_exits("audit", Exit::Code(1));
    let before = env.env.clone();
    env.extension_exits("audit", Exit::Code(2));
    env.extension_launch_fails("audit");
    assert_eq!(env.env, before);
}

#[test]
fn exits_of_other_generations_and_of_unknown_extensions_are_ignored() {
    let mut env = idle();
    let before = env.env.clone();
    env.extension_exits_of(0, "audit", Exit::Code(1));
    env.extension_exits_of(2, "audit", Exit::Code(1));
    env.handle(Input::ExtensionExited { index: 2, generation: 1, exit: KILLED }).unwrap();
    assert_eq!(env.env, before);
}
