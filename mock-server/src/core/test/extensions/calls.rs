//! Identifiers, polls and reports of failure: what is refused, in which words, and what is accepted.
//!
//! What a reported failure does to the environment is in `failure`.

use lambda_api::{ExtensionId, extension::error::Moment};

use super::{INVOKE, forbidden, idle, not_from, refused};
use crate::core::{
    Caller, Effect, Exit, Reply,
    test::scenario::{KILLED, Scenario, accepted},
};

const UNKNOWN: &str = "00000000-0000-4000-8000-00000000cafe";

fn unknown() -> Caller {
    Caller::Id(ExtensionId::new(UNKNOWN).unwrap())
}

// === identifiers ===

#[test]
fn a_call_without_an_identifier_is_refused() {
    let expected =
        forbidden("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
    assert_eq!(refused(idle().extension_polls_as(Caller::Missing)), expected);
    for moment in [Moment::Init, Moment::Exit] {
        let refusal = idle().extension_fails_as(Caller::Missing, moment, None);
        assert_eq!(refused(refusal), expected, "{moment:?}");
    }
}

#[test]
fn an_identifier_that_is_no_uuid_is_refused() {
    let expected = forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    assert_eq!(refused(idle().extension_polls_as(Caller::Invalid)), expected);
    for moment in [Moment::Init, Moment::Exit] {
        let refusal = idle().extension_fails_as(Caller::Invalid, moment, None);
        assert_eq!(refused(refusal), expected, "{moment:?}");
    }
}

#[test]
fn an_identifier_that_nobody_has_is_refused_in_different_words_by_next_and_by_the_reports() {
    let error_type = "Extension.UnknownExtensionIdentifier";
    assert_eq!(
        refused(idle().extension_polls_as(unknown())),
        forbidden(error_type, &format!("Unknown extension {UNKNOWN}"))
    );
    for moment in [Moment::Init, Moment::Exit] {
        assert_eq!(
            refused(idle().extension_fails_as(unknown(), moment, Some("Extension.Any"))),
            forbidden(error_type, "Unknown Lambda-Extension-Identifier"),
            "{moment:?}"
        );
    }
}

#[test]
fn a_report_without_a_category_is_refused_whoever_sends_it() {
    let expected = forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    for moment in [Moment::Init, Moment::Exit] {
        let mut env = idle();
        let known = Caller::Id(env.id_of("audit"));
        assert_eq!(refused(env.extension_fails_as(known, moment, None)), expected);
        assert_eq!(refused(env.extension_fails_as(unknown(), moment, None)), expected);
    }
}

#[test]
fn the_identifier_of_an_earlier_process_is_unknown() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[]);
    let old = env.id_of("audit");
    env.extension_exits("audit", Exit::Code(1));
    let mut env = env.invoked("r-1").exited(KILLED).registered("audit", &[]);
    assert_ne!(env.id_of("audit"), old);
    assert_eq!(
        refused(env.extension_polls_as(Caller::Id(old.clone()))),
        forbidden("Extension.UnknownExtensionIdentifier", &format!("Unknown extension {old}"))
    );
}

// === next ===

#[test]
fn a_poll_waits() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]).so_far();
    let poll = env.extension_polls("audit").unwrap();
    assert!(!env.is_over(poll));
    assert_eq!(env.effects(), []);
}

#[test]
fn a_second_poll_beside_the_first_is_refused() {
    let mut env = idle();
    let id = env.id_of("audit").to_string();
    assert_eq!(refused(env.extension_polls("audit")), not_from("Ready", "Ready", &id));
}

#[test]
fn a_poll_that_was_cut_off_may_be_repeated() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]);
    let lost = env.extension_polls("audit").unwrap();
    env.drop_call(lost);
    let again = env.extension_polls("audit").unwrap();
    let env = env.ready().invoked("r-1");
    assert!(!env.is_over(lost));
    assert!(env.told_of_invoke(again).is_some());
}

#[test]
fn the_poll_of_one_extension_does_not_stand_in_the_way_of_another() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[])
        .registered("billing", &[])
        .polling("audit");
    assert!(env.extension_polls("billing").is_ok());
}

// === reports of failure ===

/// Every state that an extension can be in while it may call, with its name.
fn states() -> Vec<(&'static str, Scenario)> {
    let registered = Scenario::with_extensions(["audit"]).registered("audit", &[INVOKE]);
    let ready = registered.clone().polling("audit");
    let mut init_error = registered.clone();
    init_error.extension_fails("audit", Moment::Init).unwrap();
    let mut exit_error = ready.clone();
    exit_error.extension_fails("audit", Moment::Exit).unwrap();
    vec![
        ("Registered", registered),
        ("Running", ready.clone().ready().invoked("r-1")),
        ("Ready", ready),
        ("InitError", init_error),
        ("ExitError", exit_error),
    ]
}

#[test]
fn an_init_error_is_for_an_extension_that_has_not_polled_yet() {
    for (state, env) in states() {
        let mut env = env.so_far();
        let id = env.id_of("audit").to_string();
        match env.extension_fails("audit", Moment::Init) {
            Ok(call) => {
                assert!(matches!(state, "Registered" | "InitError"), "{state}");
                assert_eq!(env.effects()[0], accepted(call));
            }
            refusal => assert_eq!(refused(refusal), not_from(state, "InitError", &id)),
        }
    }
}

#[test]
fn an_exit_error_is_for_any_extension_but_one_that_has_reported_an_init_error() {
    for (state, env) in states() {
        let mut env = env.so_far();
        let id = env.id_of("audit").to_string();
        match env.extension_fails("audit", Moment::Exit) {
            Ok(call) => {
                assert_ne!(state, "InitError");
                assert_eq!(env.effects()[0], accepted(call));
            }
            refusal => {
                assert_eq!(state, "InitError");
                assert_eq!(refused(refusal), not_from(state, "Exited", &id));
            }
        }
    }
}

#[test]
fn a_report_that_is_repeated_is_accepted_and_does_nothing() {
    for (state, moment) in [("InitError", Moment::Init), ("ExitError", Moment::Exit)] {
        let (_, env) = states().into_iter().find(|(name, _)| *name == state).unwrap();
        let mut env = env.so_far();
        let before = env.phase();
        let call = env.extension_fails("audit", moment).unwrap();
        assert_eq!((env.effects(), env.phase()), (vec![accepted(call)], before));
    }
}

#[test]
fn after_a_report_an_extension_gets_no_more_events() {
    for (state, env) in states() {
        if matches!(state, "InitError" | "ExitError") {
            let mut env = env;
            let id = env.id_of("audit").to_string();
            assert_eq!(refused(env.extension_polls("audit")), not_from(state, "Ready", &id));
        }
    }
}

#[test]
fn an_accepted_report_is_a_202_with_its_status() {
    let reply = Reply::Accepted.to_http();
    assert_eq!((reply.status().as_u16(), &reply.body()[..]), (202, &b"{\"status\":\"OK\"}\n"[..]));
    let mut env = Scenario::new().registered("inner", &[]).so_far();
    let call = env.extension_fails("inner", Moment::Init).unwrap();
    assert!(matches!(env.effects()[..], [Effect::Reply { call: to, .. }, ..] if to == call));
}
