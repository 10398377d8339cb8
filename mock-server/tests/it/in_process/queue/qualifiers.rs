//! Events for versions and aliases: what their records show, and what is configured for whom.

use mock_server::core::catalog::{Alias, EventInvokeConfig, Version};

use super::{
    ARN, Condition, DEAD, EVENT, FAILURES, Finished, Function, Invocation, MockLambda, SUCCESSES, fails_with,
    is_silent, only, secs, told,
};

async fn finished_at(function: &Function, qualifier: &str) -> Finished {
    let invocation = Invocation::new(EVENT).qualifier(qualifier);
    function.queue(invocation).unwrap().finished().await.unwrap()
}

fn failures_to(arn: &str, retries: u32) -> EventInvokeConfig {
    EventInvokeConfig {
        maximum_retry_attempts: Some(retries),
        on_failure: Some(arn.to_owned()),
        ..EventInvokeConfig::default()
    }
}

#[tokio::test(start_paused = true)]
async fn the_record_shows_what_was_invoked_and_what_ran() {
    for (qualifier, version) in [("$LATEST", "$LATEST"), ("1", "1"), ("live", "1")] {
        let mock = MockLambda::new();
        let function = fails_with(mock.function("f"), 0);
        function.publish().unwrap();
        function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
        let config = EventInvokeConfig { on_success: Some(SUCCESSES.to_owned()), ..Default::default() };
        function.configure_events(qualifier, config).unwrap();
        let finished = finished_at(&function, qualifier).await;
        assert_eq!(finished.function_arn, format!("{ARN}:{qualifier}"));
        let message = only(&mock, SUCCESSES);
        assert_eq!(message.function_arn(), format!("{ARN}:{qualifier}"));
        let record = message.json().unwrap();
        assert_eq!(record["requestContext"]["functionArn"], format!("{ARN}:{qualifier}"));
        assert_eq!(record["responseContext"]["executedVersion"], version);
    }
}

#[tokio::test(start_paused = true)]
async fn each_qualifier_has_its_own_retries_age_and_destinations() {
    let mock = MockLambda::new();
    let builder = mock.function("f").on_failure(FAILURES).maximum_retry_attempts(0);
    let function = fails_with(builder, 99);
    function.publish().unwrap();
    function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
    let of_alias = "arn:aws:sqs:us-east-1:123456789012:of-alias";
    function.configure_events("live", failures_to(of_alias, 1)).unwrap();

    assert_eq!(finished_at(&function, "$LATEST").await.attempts, 1);
    assert_eq!(only(&mock, FAILURES).json().unwrap()["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(finished_at(&function, "live").await.attempts, 2);
    assert_eq!(only(&mock, of_alias).json().unwrap()["requestContext"]["approximateInvokeCount"], 2);
    // Nothing is configured for the version, although the alias leads to it.
    assert_eq!(finished_at(&function, "1").await.attempts, 3);
    assert_eq!((mock.sink(FAILURES).messages().len(), mock.sink(of_alias).messages().len()), (1, 1));

    let config = EventInvokeConfig { maximum_event_age: Some(secs(60)), ..failures_to(of_alias, 2) };
    function.configure_events("1", config).unwrap();
    let finished = finished_at(&function, "1").await;
    assert_eq!((finished.condition, finished.attempts), (Condition::EventAgeExceeded, 1));
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_moves_takes_its_waiting_events_along() {
    let mock = MockLambda::new();
    let function = fails_with(mock.function("f"), 99);
    function.publish().unwrap();
    fails_with(function.update(), 0);
    function.publish().unwrap();
    function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
    let queued = function.queue(Invocation::new(EVENT).qualifier("live")).unwrap();
    tokio::time::sleep(secs(30)).await;
    function.set_alias("live", Alias::new(Version::Number(2))).unwrap();
    let finished = queued.finished().await.unwrap();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 2));
    assert_eq!(finished.response.unwrap().executed_version, "2");
    assert_eq!(told(&mock).last().unwrap().0, secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_version_keeps_its_dead_letter_queue() {
    let other = "arn:aws:sqs:us-east-1:123456789012:other";
    for qualifier in ["1", "live"] {
        let mock = MockLambda::new();
        let function = fails_with(mock.function("f").dead_letter(DEAD), 99);
        function.publish().unwrap();
        function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
        function.update().dead_letter(other).same_code().unwrap();
        finished_at(&function, qualifier).await;
        assert!(is_silent(&mock, other), "{qualifier}");
        assert_eq!(only(&mock, DEAD).body(), EVENT);
        finished_at(&function, "$LATEST").await;
        assert_eq!(only(&mock, other).body(), EVENT);
    }
}
