//! Who may register, for what, and until when; each refusal to the byte.
//!
//! How bodies are read is tested on the wire.

use lambda_api::extension::register::Function;

use super::{INVOKE, SHUTDOWN, forbidden, idle, not_from, refused};
use crate::core::{Exit, Rejection, Settings, test::scenario::Scenario};

fn audit() -> Scenario {
    Scenario::with_extensions(["audit"])
}

fn settings() -> Settings {
    let mut function = Function::default();
    function.function_name = "f".to_owned();
    function.function_version = "$LATEST".to_owned();
    function.handler = "bootstrap".to_owned();
    Settings { function, account_id: "123456789012".to_owned(), ..Settings::default() }
}

/// An environment with as many internal extensions as are allowed.
fn full() -> Scenario {
    (0..10).fold(Scenario::new(), |env, number| env.registered(&format!("inner-{number}"), &[]))
}

// === the reply ===

#[test]
fn the_reply_names_the_extension_and_the_function() {
    let mut env = Scenario::with(settings());
    let call = env.registers("inner", &[INVOKE]).unwrap();
    let registered = env.registration_for(call).unwrap();
    assert_eq!(registered.extension_id, env.id_of("inner"));
    assert_eq!(registered.function, settings().function);
}

#[test]
fn the_account_is_named_only_if_it_was_asked_for() {
    for (wants_account_id, expected) in [(false, None), (true, Some("123456789012"))] {
        let mut env = Scenario::with(settings());
        let call = env.registers_with(Some("inner"), Ok(vec![]), wants_account_id).unwrap();
        assert_eq!(env.registration_for(call).unwrap().function.account_id.as_deref(), expected);
    }
}

#[test]
fn an_extension_may_register_for_any_choice_of_events() {
    for events in [&[][..], &[INVOKE], &[SHUTDOWN], &[INVOKE, SHUTDOWN], &[INVOKE, INVOKE]] {
        assert!(audit().registers("audit", events).is_ok(), "{events:?}");
    }
    for events in [&[][..], &[INVOKE]] {
        assert!(Scenario::new().registers("inner", events).is_ok(), "{events:?}");
    }
}

// === refusals ===

#[test]
fn an_extension_needs_a_name() {
    for name in [None, Some("")] {
        let refusal = audit().registers_with(name, Ok(vec![]), false);
        assert_eq!(
            refused(refusal),
            forbidden("Extension.InvalidExtensionName", "Empty extension name"),
            "{name:?}"
        );
    }
}

#[test]
fn an_unreadable_registration_is_told_what_is_wrong_with_it() {
    let problem = "unexpected end of JSON input";
    let refusal = audit().registers_with(Some("audit"), Err(problem.to_owned()), false);
    assert_eq!(refused(refusal), forbidden("InvalidRequestFormat", problem));
}

#[test]
fn the_name_is_checked_before_the_body() {
    let refusal = audit().registers_with(None, Err("no JSON".to_owned()), false);
    assert_eq!(refused(refusal).1, forbidden("Extension.InvalidExtensionName", "Empty extension name").1);
}

#[test]
fn an_event_that_does_not_exist_is_named_in_the_refusal() {
    let expected = forbidden("Extension.InvalidEventType", "invoke: ErrorInvalidEventType");
    assert_eq!(refused(audit().registers("audit", &[INVOKE, "invoke"])), expected);
    assert_eq!(refused(audit().registers("inner", &["invoke", SHUTDOWN])), expected);
}

#[test]
fn an_internal_extension_is_not_told_of_the_shutdown() {
    let expected =
        forbidden("Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension");
    assert_eq!(refused(audit().registers("inner", &[INVOKE, SHUTDOWN])), expected);
    assert_eq!(refused(Scenario::new().registers("inner", &[SHUTDOWN])), expected);
}

#[test]
fn an_external_extension_cannot_register_twice_and_is_told_where_it_stands() {
    let registered = audit().registered("audit", &[INVOKE]);
    let ready = registered.clone().polling("audit");
    let running = ready.clone().ready().invoked("r-1");
    for (mut env, state) in [(registered, "Registered"), (ready, "Ready"), (running, "Running")] {
        assert_eq!(refused(env.registers("audit", &[])), not_from(state, "Registered", "audit"));
    }
}

#[test]
fn an_internal_extension_cannot_take_a_name_twice() {
    let mut env = audit().registered("inner", &[INVOKE]).polling("inner");
    assert_eq!(
        refused(env.registers("inner", &[])),
        forbidden("Extension.InvalidExtensionState", "Extension with this name already registered")
    );
}

#[test]
fn there_are_ten_extensions_at_most() {
    let expected = forbidden("Extension.TooManyExtensions", "Extension limit (10) reached");
    assert_eq!(refused(full().registers("inner-10", &[])), expected);

    let mut env = (0..9).fold(audit().registered("audit", &[]), |env, number| {
        env.registered(&format!("inner-{number}"), &[])
    });
    assert_eq!(refused(env.registers("inner-9", &[])), expected);
}

#[test]
fn an_external_extension_counts_before_it_has_registered() {
    let mut env = (0..9).fold(audit(), |env, number| env.registered(&format!("inner-{number}"), &[]));
    assert_eq!(
        refused(env.registers("inner-9", &[])),
        forbidden("Extension.TooManyExtensions", "Extension limit (10) reached"),
        "the tenth place is that of an extension that has been launched"
    );
    assert!(env.registers("audit", &[]).is_ok());
}

#[test]
fn events_are_checked_before_anything_else_about_an_internal_extension() {
    let expected =
        forbidden("Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension");
    let taken = Scenario::new().registered("inner", &[]);
    let closed = Scenario::new().ready();
    for mut env in [taken, closed, full()] {
        assert_eq!(refused(env.registers("inner", &[SHUTDOWN])), expected);
    }
}

#[test]
fn where_there_is_no_place_the_name_does_not_matter() {
    assert_eq!(
        refused(full().registers("inner-0", &[])),
        forbidden("Extension.TooManyExtensions", "Extension limit (10) reached")
    );
}

// === until when ===

#[test]
fn internal_extensions_may_register_until_the_runtime_asks_for_work() {
    let expected = forbidden("Extension.RegistrationClosed", "Extension registration closed already");
    let mut env = audit().registered("inner-1", &[]).registered("audit", &[]).registered("inner-2", &[]);
    env.next().unwrap();
    assert_eq!(refused(env.registers("inner-3", &[])), expected);
    assert_eq!(refused(env.registers("inner-1", &[])), expected, "whether the name is taken or not");

    let mut env = idle();
    assert_eq!(refused(env.registers("inner", &[])), expected);
    let mut env = env.invoked("r-1");
    assert_eq!(refused(env.registers("inner", &[])), expected);
}

#[test]
fn an_external_extension_that_is_late_for_a_second_time_is_not_told_of_the_end_of_registration() {
    assert_eq!(refused(idle().registers("audit", &[])), not_from("Ready", "Registered", "audit"));
}

#[test]
fn registration_is_open_again_after_a_new_launch() {
    let mut env = Scenario::new().without_process().invoked("r-1");
    assert!(env.registers("inner", &[INVOKE]).is_ok());
}

#[test]
fn nobody_can_register_where_nothing_runs() {
    let gone = Scenario::new().without_process();
    let reset = idle().invoked("r-1").exited(Exit::Code(1));
    let mut stopped = idle();
    stopped.shut_down();
    for mut env in [gone, reset, stopped] {
        assert_eq!(env.registers("audit", &[]), Err(Rejection::ContainerError), "{:?}", env.phase());
    }
}
