//! Init with several workers and with extensions, and init/error.

use lambda_api::extension::error::Moment;

use super::{event_of, not_allowed, with_workers};
use crate::core::{
    Call, ErrorOrigin, ExtensionRejection, Initialization, Phase, Rejection, Settings, Status, TelemetryApi,
    test::scenario::{Scenario, accepted, millis, restore_error, secs, success, to_everything},
};

fn with_audit() -> Scenario {
    Scenario::of(Initialization::ManagedInstances, ["audit"])
}

// === init ===

#[test]
fn the_first_poll_of_a_worker_ends_init_where_there_are_no_extensions() {
    let mut env = Scenario::managed();
    env.next().unwrap();
    assert_eq!(env.phase(), Phase::Idle);
    assert_eq!(env.timer(), None);
}

#[test]
fn init_waits_for_the_extensions_and_workers_may_gather_meanwhile() {
    let mut env = with_audit().registered("audit", &["SHUTDOWN"]);
    let polls = [env.next().unwrap(), env.next().unwrap()];
    assert_eq!(env.phase(), Phase::Init);
    env.extension_polls("audit").unwrap();
    assert_eq!(env.phase(), Phase::Idle);
    env.invoke("r-1").unwrap();
    env.invoke("r-2").unwrap();
    assert_eq!(polls.map(|poll| event_of(&env, poll).unwrap_or_default().to_owned()), ["r-1", "r-2"]);
}

#[test]
fn an_invoke_that_waits_for_init_goes_to_the_first_worker() {
    let mut env = with_audit().registered("audit", &[]);
    let invoke = env.invoke("r-1").unwrap();
    let polls = [env.next().unwrap(), env.next().unwrap()];
    env.extension_polls("audit").unwrap();
    assert_eq!(event_of(&env, polls[0]), Some("r-1"));
    assert_eq!(event_of(&env, polls[1]), None);
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn init_waits_for_an_idle_worker_if_the_only_one_has_gone() {
    let mut env = with_audit().registered("audit", &[]);
    let invoke = env.invoke("r-1").unwrap();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    env.extension_polls("audit").unwrap();
    assert_eq!(env.phase(), Phase::Init, "no worker is there to take an invocation");
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn an_invoke_that_waits_for_init_is_answered_whatever_becomes_of_the_workers() {
    let mut env = with_audit().registered("audit", &[]);
    let invoke = env.invoke("r-1").unwrap();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    env.extension_polls("audit").unwrap();
    env.advance(secs(130));
    env.shut_down();
    let _failure = env.answer_to(invoke);
    assert_eq!(env.reports().len(), 1);
}

#[test]
fn init_may_take_130_seconds_or_as_long_as_an_invocation_up_to_15_minutes() {
    for (timeout, init) in [(3, 130), (130, 130), (131, 131), (900, 900), (5_400, 900)] {
        for initialization in [
            Initialization::ManagedInstances,
            Initialization::ProvisionedConcurrency,
            Initialization::SnapStart,
        ] {
            let settings = Settings { timeout: secs(timeout), initialization, ..Settings::default() };
            let mut env = Scenario::with(settings);
            assert_eq!(env.timer(), Some(secs(init)), "{initialization:?}, {timeout} s");
            env.advance(secs(init) - millis(1));
            assert_eq!(env.phase(), Phase::Init);
            env.advance(millis(1));
            assert_ne!(env.phase(), Phase::Init);
        }
    }
    let on_demand = Scenario::with_timeout(secs(900));
    assert_eq!(on_demand.timer(), Some(secs(10)));
}

#[test]
fn an_init_that_takes_too_long_ends_the_environment_with_the_invoke_that_waits() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.advance(secs(130));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Sandbox.Timedout"));
    assert_eq!(env.phase(), Phase::Shutdown);
    assert!(!env.env.takes_invoke());
}

// === init/error ===

#[test]
fn init_error_is_accepted_once() {
    let mut env = Scenario::managed().so_far();
    let call = env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    assert_eq!(env.effects(), [accepted(call)]);
    assert_eq!(env.init_error(Some("Function.NoConfig"), b"{}"), not_allowed("InitError", "InitError"));
    assert_eq!(env.next(), not_allowed("InitError", "Ready"));
}

#[test]
fn the_words_of_a_refusal_are_those_of_this_core() {
    let mut env = Scenario::managed().init_failed();
    let reply = env.next().unwrap_err().to_reply().to_http();
    assert_eq!(
        String::from_utf8_lossy(reply.body()),
        "{\"errorMessage\":\"State transition from InitError to Ready failed for runtime. Error: state transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n"
    );
}

#[test]
fn an_init_error_fails_the_environment_and_keeps_its_type() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    env.exit(crate::core::Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Function.NoConfig"));
    assert!(matches!(env.phase(), Phase::Shutdown | Phase::Terminated));
}

#[test]
fn an_init_error_of_the_runtime_is_not_the_platforms_whatever_its_type() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.init_error(Some("Runtime.Unavailable"), b"{}").unwrap();
    env.exit(crate::core::Exit::Code(1));
    let error = env.full_answer_to(invoke).error.unwrap();
    assert_eq!((error.error_type.as_str(), error.origin), ("Runtime.Unavailable", ErrorOrigin::Runtime));
}

#[test]
fn an_init_error_without_a_type_is_one_of_the_runtime() {
    for error_type in [None, Some(""), Some("no category")] {
        let mut env = Scenario::managed();
        let invoke = env.invoke("r-1").unwrap();
        env.init_error(error_type, b"{}").unwrap();
        env.exit(crate::core::Exit::Code(1));
        assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.InitError"), "{error_type:?}");
    }
}

#[test]
fn what_an_init_error_says_is_not_passed_on() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.init_error(Some("Function.NoConfig"), b"{\"errorMessage\":\"secret\"}").unwrap();
    env.exit(crate::core::Exit::Code(1));
    assert!(!env.answer_to(invoke).0.contains("secret"));
}

#[test]
fn an_init_error_of_another_worker_after_the_first_poll_is_taken_once_and_ends_nothing() {
    let (mut env, _) = with_workers(1);
    let before = env.phase();
    let call = env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    assert_eq!(env.effects(), [accepted(call)]);
    assert_eq!(env.init_error(Some("Function.NoConfig"), b"{}"), not_allowed("InitError", "InitError"));
    assert_eq!(env.phase(), before);
    assert!(env.env.takes_invoke());
}

#[test]
fn the_error_that_came_first_is_the_one_that_is_answered() {
    let mut env = with_audit().registered("audit", &[]);
    let invoke = env.invoke("r-1").unwrap();
    env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    env.extension_fails("audit", Moment::Init).unwrap();
    env.extension_exits("audit", crate::core::Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Function.NoConfig"));
    assert_eq!(env.report_of(invoke).status, Status::Error);
}

// === what there is not ===

#[test]
fn there_are_no_restore_endpoints_and_no_logs_api() {
    let mut env = with_audit().registered("audit", &[]);
    assert_eq!(env.call(Call::RestoreNext), Err(Rejection::NotFound));
    assert_eq!(env.call(restore_error()), Err(Rejection::NotFound));
    assert_eq!(env.subscribes_with(TelemetryApi::Logs, "audit", to_everything()), Err(Rejection::NotFound));
    assert!(env.subscribes("audit", to_everything()).is_ok());
}

#[test]
fn an_external_extension_may_want_the_shutdown_and_no_invokes() {
    let refused = |reason| {
        let event = "INVOKE".to_owned();
        Err(Rejection::from(ExtensionRejection::EventType { event, reason }))
    };
    let mut env = with_audit();
    assert_eq!(env.registers("audit", &["INVOKE", "SHUTDOWN"]), refused("ErrorInvalidEventType"));
    assert!(env.registers("audit", &["SHUTDOWN"]).is_ok());
}

#[test]
fn an_internal_extension_may_want_nothing() {
    for events in [&["INVOKE"][..], &["SHUTDOWN"], &["INVOKE", "SHUTDOWN"]] {
        let mut env = Scenario::managed();
        assert_eq!(env.registers("inner", events), Err(ExtensionRejection::NoEvents.into()), "{events:?}");
    }
    let mut env = Scenario::managed();
    assert!(env.registers("inner", &[]).is_ok());
}
