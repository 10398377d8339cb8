//! Who may subscribe, when and with which API; what late subscribers get; what a second subscription does.

use lambda_api::telemetry::Category;

use super::{drain, subscribed, told};
use crate::core::{
    Call, Caller, Effect, Exit, Initialization, Rejection, Reply, TelemetryApi,
    test::scenario::{KILLED, Scenario, millis, reply, secs, to_everything},
};

/// What is wrong with a subscription that is refused for what it says.
const PROBLEM: &str = "URI port is not provided; types should not be empty";

/// The error type of what a call was refused with.
fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>) -> (u16, String, String) {
    let reply = result.expect_err("the call is refused").to_reply().to_http();
    let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (reply.status().as_u16(), member("errorType"), member("errorMessage"))
}

fn refusal(status: u16, error_type: &str, message: &str) -> (u16, String, String) {
    (status, error_type.to_owned(), message.to_owned())
}

/// Registered, and not subscribed.
fn registered() -> Scenario {
    Scenario::with_extensions(["audit"]).registered("audit", &["INVOKE"])
}

fn subscribes_as(
    env: &mut Scenario,
    caller: Caller,
    api: TelemetryApi,
    is_valid: bool,
) -> Result<crate::core::CallId, Rejection> {
    let subscription = if is_valid { Ok(Box::new(to_everything())) } else { Err(PROBLEM.to_owned()) };
    env.call(Call::Subscribe { caller, api, subscription })
}

// === what is accepted ===

#[test]
fn a_subscription_is_accepted_and_told() {
    let mut env = registered().so_far();
    let call = env.subscribes("audit", to_everything()).unwrap();
    assert_eq!(env.effects(), [reply(call, Reply::Subscribed)]);
    assert_eq!(told(&env).last().unwrap(), "telemetrySubscription audit Subscribed");
    let http = Reply::Subscribed.to_http();
    assert_eq!((http.status().as_u16(), &http.body()[..]), (200, &b"\"OK\""[..]));
}

#[test]
fn an_internal_extension_may_subscribe_too() {
    let mut env = Scenario::new().registered("inner", &["INVOKE"]);
    assert!(env.subscribes("inner", to_everything()).is_ok());
}

#[test]
fn an_extension_may_subscribe_after_its_first_poll_while_init_lasts() {
    let mut env = registered().polling("audit");
    assert!(env.subscribes("audit", to_everything()).is_ok());
}

// === the order of the checks ===

#[test]
fn the_caller_is_looked_at_first() {
    for api in [TelemetryApi::Telemetry, TelemetryApi::Logs] {
        // Closed, and nothing but wrong: who calls counts all the same.
        let mut env = registered().polling("audit").ready();
        let unknown = env.caller("nobody");
        for (caller, expected) in [
            (
                Caller::Missing,
                refusal(
                    403,
                    "Extension.MissingExtensionIdentifier",
                    "Missing Lambda-Extension-Identifier header",
                ),
            ),
            (
                Caller::Invalid,
                refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"),
            ),
            (
                unknown,
                refusal(
                    403,
                    "Extension.UnknownExtensionIdentifier",
                    "Unknown extension 00000000-0000-4000-8000-000000000000",
                ),
            ),
        ] {
            assert_eq!(refused(subscribes_as(&mut env, caller, api, false)), expected);
        }
    }
}

#[test]
fn whether_it_is_too_late_is_looked_at_next() {
    let mut env = subscribed().polling("audit").ready();
    let caller = env.caller("audit");
    for (api, word) in [(TelemetryApi::Telemetry, "Telemetry"), (TelemetryApi::Logs, "Logs")] {
        let before = env.env.clone();
        let expected = refusal(
            403,
            &format!("{word}.SubscriptionClosed"),
            &format!("{word} API subscription is closed"),
        );
        assert_eq!(refused(subscribes_as(&mut env, caller.clone(), api, false)), expected);
        assert_eq!(env.env, before);
    }
}

#[test]
fn the_other_api_is_refused_next_with_a_202() {
    for (first, second, word) in [
        (TelemetryApi::Telemetry, TelemetryApi::Logs, "Logs"),
        (TelemetryApi::Logs, TelemetryApi::Telemetry, "Telemetry"),
    ] {
        let mut env = registered();
        env.subscribes_with(first, "audit", to_everything()).unwrap();
        let before = env.env.clone();
        let caller = env.caller("audit");
        let expected = refusal(202, &format!("{word}.NotSupported"), &format!("{word} API is not supported"));
        for is_valid in [true, false] {
            assert_eq!(refused(subscribes_as(&mut env, caller.clone(), second, is_valid)), expected);
        }
        assert_eq!(env.env, before);
    }
}

#[test]
fn what_the_subscription_says_is_looked_at_last() {
    for (api, error_type) in
        [(TelemetryApi::Telemetry, "ValidationError"), (TelemetryApi::Logs, "Logs.ValidationError")]
    {
        let mut env = registered();
        let before = env.env.clone();
        let caller = env.caller("audit");
        assert_eq!(refused(subscribes_as(&mut env, caller, api, false)), refusal(400, error_type, PROBLEM));
        assert_eq!(env.env, before);
    }
}

#[test]
fn two_extensions_may_use_one_api_each() {
    let mut env =
        Scenario::with_extensions(["audit", "billing"]).registered("audit", &[]).registered("billing", &[]);
    assert!(env.subscribes("audit", to_everything()).is_ok());
    assert!(env.subscribes_with(TelemetryApi::Logs, "billing", to_everything()).is_ok());
}

// === the window ===

#[test]
fn the_window_is_open_until_the_runtime_and_all_extensions_have_polled() {
    let mut env = registered().ready();
    assert!(env.subscribes("audit", to_everything()).is_ok());
    env.extension_polls("audit").unwrap();
    assert!(env.subscribes("audit", to_everything()).is_err());
}

#[test]
fn the_window_is_closed_when_init_has_failed() {
    let mut env = registered().init_failed();
    assert!(env.subscribes("audit", to_everything()).is_ok(), "the process may still say something");
    env.exit(Exit::Code(1));
    let error_type = refused(env.subscribes("audit", to_everything())).1;
    assert_eq!(error_type, "Telemetry.SubscriptionClosed");
}

#[test]
fn the_window_is_open_again_in_an_init_that_is_repeated() {
    let mut env = subscribed().polling("audit").ready();
    env.exit(Exit::Code(1));
    env.extension_exits("audit", KILLED);
    let mut env = env.invoked("r-1").registered("audit", &["INVOKE"]);
    let earlier = env.deliveries().len();
    assert!(env.subscribes("audit", to_everything()).is_ok());
    env.extension_polls("audit").unwrap();
    env.next().unwrap();
    env.advance(secs(1));
    let kinds = env.kinds_sent()[earlier..].concat();
    assert_eq!(kinds[..2], ["initStart", "telemetrySubscription"], "and nothing of the generation before");
    assert!(env.subscribes("audit", to_everything()).is_err());
}

#[test]
fn the_window_closes_before_the_snapshot() {
    let mut env =
        Scenario::of(Initialization::SnapStart, ["audit"]).registered("audit", &[]).polling("audit");
    env.call(Call::RestoreNext).unwrap();
    assert!(env.subscribes("audit", to_everything()).is_err());
}

// === who comes late, and who comes again ===

#[test]
fn a_late_subscriber_gets_what_was_told_before_it_came() {
    let mut env = registered();
    env.writes("loading");
    env.extension_writes("audit", "here");
    env.next().unwrap();
    env.advance(millis(500));
    env.subscribes("audit", to_everything()).unwrap();
    env.extension_polls("audit").unwrap();
    drain(&mut env, "audit");
    assert_eq!(
        env.kinds_sent().concat(),
        [
            "initStart",
            "function",
            "extension",
            "initRuntimeDone",
            "telemetrySubscription",
            "extension",
            "initReport"
        ]
    );
}

#[test]
fn a_late_subscriber_gets_only_what_it_wants_of_it() {
    let mut env = registered();
    env.writes("loading");
    env.extension_writes("audit", "here");
    env.subscribes("audit", to_everything().of(&[Category::Function])).unwrap();
    env.extension_polls("audit").unwrap();
    env.next().unwrap();
    env.writes("ready");
    drain(&mut env, "audit");
    assert_eq!(env.kinds_sent().concat(), ["function", "function"]);
}

#[test]
fn each_subscriber_is_told_of_the_others() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[])
        .registered("billing", &[])
        .subscribed("audit");
    env.advance(millis(10));
    let mut env = env.subscribed("billing");
    env.advance(secs(1));
    let of = |name: &str| -> Vec<String> {
        let id = env.id_of(name);
        let deliveries = env.deliveries();
        let its = deliveries.iter().enumerate().filter(|(_, delivery)| delivery.subscriber == id);
        its.flat_map(|(at, _)| env.kinds_sent()[at].clone()).collect()
    };
    let both = ["initStart", "telemetrySubscription", "telemetrySubscription"];
    assert_eq!(of("audit"), both);
    assert_eq!(of("billing"), both);
}

#[test]
fn a_second_subscription_takes_the_place_of_the_first() {
    let mut env = subscribed();
    env.writes("loading");
    let other = to_everything().of(&[Category::Function]).at(9090);
    let there = other.destination.clone();
    env.subscribes("audit", other).unwrap();
    env.extension_polls("audit").unwrap();
    env.next().unwrap();
    drain(&mut env, "audit");
    assert!(env.deliveries().iter().all(|delivery| delivery.destination == there));
    assert_eq!(env.kinds_sent().concat(), ["function"]);
    let told = told(&env);
    assert_eq!(told.iter().filter(|line| line.starts_with("telemetrySubscription")).count(), 2);
}

#[test]
fn the_fate_of_the_first_subscriptions_batch_is_not_that_of_the_seconds() {
    let mut env = subscribed();
    env.advance(secs(1));
    env.subscribes("audit", to_everything()).unwrap();
    let mut env = env.polling("audit").ready();
    // The first batch is reported now, whether another one was sent meanwhile or not.
    env.takes("audit");
    env.advance(secs(1));
    assert!(env.is_delivering(), "the second subscription has a batch of its own");
    env.refuses("audit");
    env.advance(secs(60));
    let kinds = env.kinds_sent();
    assert_eq!(kinds.last(), kinds.get(kinds.len() - 2), "it was not taken, so it is sent again: {kinds:#?}");
    assert!(kinds[1].contains(&"initStart".to_owned()) && kinds.len() == 3, "{kinds:#?}");
}

#[test]
fn a_subscriber_whose_process_is_gone_gets_nothing_more() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[])
        .registered("billing", &[])
        .subscribed("audit")
        .polling("audit")
        .polling("billing")
        .ready()
        .so_far();
    env.extension_exits("audit", Exit::Code(1));
    env.writes("anybody there?");
    env.advance(secs(60));
    assert_eq!(env.effects().iter().filter(|effect| matches!(effect, Effect::Deliver(_))).count(), 0);
}
