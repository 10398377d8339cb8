//! When a batch is due, and when it is sent again.

use lambda_api::telemetry::SchemaVersion;
use mock_server::core::{Effect, Phase};

use super::{Core, id, lines, millis, settings, texts};

/// Subscribed to lines, of which there are none yet, in an environment that has nothing to do.
fn subscribed() -> Core {
    let mut core = Core::subscribed(settings(), lines(SchemaVersion::V20250129));
    core.ready();
    core
}

#[test]
fn a_batch_is_due_so_long_after_its_first_event() {
    let mut core = subscribed();
    core.writes("one");
    core.advance(millis(20));
    core.writes("two");
    core.advance(millis(4));
    assert!(core.is_silent());
    core.advance(millis(1));
    assert_eq!(core.batch(), ["function \"one\"", "function \"two\""]);
    core.delivered(true);
    core.advance(millis(1_000));
    assert!(core.is_silent(), "nothing is nothing to be sent");
    core.writes("three");
    core.advance(millis(24));
    assert!(core.is_silent());
    core.advance(millis(1));
    assert_eq!(core.batch(), ["function \"three\""]);
}

#[test]
fn while_a_batch_is_on_its_way_there_is_no_other() {
    let mut core = subscribed();
    core.writes("one");
    core.advance(millis(25));
    assert_eq!(core.batch(), ["function \"one\""]);
    for number in 0..3_000 {
        core.writes(number.to_string());
    }
    core.advance(millis(60_000));
    assert!(core.is_silent());
    core.delivered(true);
    let mut deliveries = core.deliveries();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(texts(&deliveries.remove(0)).len(), 1_000);
}

#[test]
fn a_batch_is_due_at_once_when_it_has_as_many_events_as_it_may() {
    let mut core = subscribed();
    for number in 1..1_000 {
        core.writes(number.to_string());
    }
    assert!(core.is_silent());
    core.writes("1000");
    assert_eq!(core.batch().len(), 1_000);
}

#[test]
fn a_batch_is_due_at_once_when_it_is_as_large_as_it_may() {
    let mut core = subscribed();
    let mut bytes = 0;
    loop {
        core.writes("x".repeat(10_000));
        bytes += 10_000;
        let deliveries = core.deliveries();
        if let [delivery] = deliveries.as_slice() {
            let size: usize = delivery.events.iter().map(|event| event.len()).sum();
            assert!(bytes <= 262_144 + 10_000, "{bytes}");
            assert!((252_144..=2 * 262_144).contains(&size), "{size}");
            return;
        }
        assert!(bytes < 262_144, "it is due");
    }
}

#[test]
fn an_event_that_is_too_large_is_a_batch_of_its_own() {
    let mut core = subscribed();
    core.writes("small");
    core.writes("x".repeat(300_000));
    core.writes("small, too");
    let mut sizes = Vec::new();
    core.advance(millis(25));
    loop {
        let deliveries = core.deliveries();
        let [delivery] = deliveries.as_slice() else { break };
        sizes.push(delivery.events.len());
        core.delivered(true);
        core.advance(millis(25));
    }
    assert_eq!(sizes, [1, 1, 1]);
}

#[test]
fn a_refused_batch_is_sent_again_and_the_wait_grows() {
    let mut core = subscribed();
    core.writes("one");
    core.advance(millis(25));
    let first = core.deliveries().remove(0);
    let mut waits = Vec::new();
    for attempt in 0..12 {
        core.writes(format!("meanwhile {attempt}"));
        core.delivered(false);
        assert!(core.is_silent(), "not at once");
        let mut wait = 0;
        let again = loop {
            core.advance(millis(50));
            wait += 50;
            if let Some(delivery) = core.deliveries().pop() {
                break delivery;
            }
            assert!(wait < 60_000, "it is never sent again");
        };
        assert_eq!((again.destination, again.events), (first.destination.clone(), first.events.clone()));
        waits.push(wait);
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] < waits[3], "{waits:?}");
    core.delivered(true);
    core.advance(millis(25));
    let expected: Vec<_> = (0..12).map(|attempt| format!("function \"meanwhile {attempt}\"")).collect();
    assert_eq!(core.batch(), expected);
}

#[test]
fn what_is_said_of_no_batch_changes_nothing() {
    let mut core = subscribed();
    core.delivered(false);
    core.delivered(true);
    core.writes("one");
    core.advance(millis(25));
    assert_eq!(core.batch(), ["function \"one\""]);
    core.delivered(false);
    core.delivered(false);
    core.delivered(false);
    core.advance(millis(100));
    assert_eq!(core.batch(), ["function \"one\""], "it was refused once");
}

#[test]
fn who_is_frozen_is_sent_nothing_until_it_goes_on() {
    let mut settings = settings();
    settings.freezes = true;
    let mut wanted = lines(SchemaVersion::V20250129);
    wanted.types = lambda_api::telemetry::Category::ALL.to_vec();
    let mut core = Core::subscribed(settings, wanted);
    core.ready();
    core.invoke(1);
    core.advance(millis(25));
    assert_eq!(core.deliveries().len(), 1);
    core.delivered(true);
    core.call(mock_server::core::Call::Response {
        request_id: "r-1".parse().ok(),
        invocation_id: None,
        content_type: None,
        mode: Some(lambda_api::runtime::response::ResponseMode::Buffered),
    });
    let call = mock_server::core::CallId(core.calls);
    core.input(mock_server::core::Input::BodyEnded { call, trailers: None });
    core.runtime_asks();
    core.advance(millis(5));
    core.extension_asks();
    assert_eq!(core.env.phase(), Phase::Idle);
    core.effects.clear();
    core.advance(millis(1_000));
    assert!(core.is_silent(), "the report waits");

    core.invoke(2);
    let effects = std::mem::take(&mut core.effects);
    let at = |is_it: &dyn Fn(&Effect) -> bool| effects.iter().position(is_it).unwrap();
    let thawed = at(&|effect| matches!(effect, Effect::Thaw));
    let delivered = at(&|effect| matches!(effect, Effect::Deliver(_)));
    assert!(thawed < delivered);
    let Effect::Deliver(delivery) = &effects[delivered] else { unreachable!() };
    let kinds: Vec<_> = texts(delivery).iter().map(|event| super::masked(event)).collect();
    assert!(
        kinds.iter().any(|event| event.starts_with("platform.report {\"requestId\":\"r-1\"")),
        "{kinds:?}"
    );
}

#[test]
fn who_comes_late_is_told_what_came_before_it_in_its_order() {
    let mut core = Core::new(settings());
    for number in 0..10 {
        core.writes(number.to_string());
        core.advance(millis(100));
    }
    core.subscribe(mock_server::core::TelemetryApi::Telemetry, lines(SchemaVersion::V20250129));
    let expected: Vec<_> = (0..10).map(|number| format!("function \"{number}\"")).collect();
    assert_eq!(core.batch(), expected, "its time was over long ago");
}

#[test]
fn each_subscriber_has_a_pace_of_its_own() {
    let mut settings = settings();
    settings.extensions.push("second".to_owned());
    let mut core = Core::new(settings);
    core.register("second", 2);
    core.subscribe(mock_server::core::TelemetryApi::Telemetry, lines(SchemaVersion::V20250129));
    let wanted = Ok(Box::new(lines(SchemaVersion::V20220701)));
    core.call(mock_server::core::Call::Subscribe {
        caller: mock_server::core::Caller::Id(id(2)),
        api: mock_server::core::TelemetryApi::Telemetry,
        subscription: wanted,
    });
    core.writes("one");
    core.advance(millis(25));
    let to: Vec<_> = core.deliveries().into_iter().map(|delivery| delivery.subscriber).collect();
    assert_eq!(to, [id(1), id(2)]);
    // The first one never answers.
    for number in 0..5 {
        core.delivered_to(2, true);
        core.writes(number.to_string());
        core.advance(millis(25));
        let to: Vec<_> = core.deliveries().into_iter().map(|delivery| delivery.subscriber).collect();
        assert_eq!(to, [id(2)]);
    }
}
