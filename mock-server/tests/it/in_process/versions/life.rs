//! What becomes of versions, and of their environments, when a function is updated or an alias moves.

use super::{
    Alias, Duration, Event, Invocation, MockLambda, NEXT, Phase, Version, answering, at, launches, publish,
    request_id, response_path, saying, telling, to,
};
use crate::raw::Connection;

#[tokio::test(start_paused = true)]
async fn an_update_replaces_latest_and_leaves_published_versions_alone() {
    let mock = MockLambda::new();
    let function = saying(mock.function("f").env("WHO", "one"), "one");
    assert_eq!(function.publish(), Ok(1));
    assert_eq!(function.publish(), Ok(1), "nothing has changed");
    saying(function.update(), "two");
    assert_eq!(function.publish(), Ok(2));
    saying(function.update(), "three");
    for (invocation, said) in
        [(at("1"), "one"), (at("2"), "two"), (Invocation::new("{}"), "three"), (at("$LATEST"), "three")]
    {
        assert_eq!(function.invoke(invocation).await.payload(), said);
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_keeps_its_configuration() {
    let mock = MockLambda::new();
    let function = saying(mock.function("f").memory_mb(256), "1");
    function.publish().unwrap();
    function.update().memory_mb(512).same_code().unwrap();
    let memory = async |invocation| function.invoke(invocation).await.report().memory_mb;
    assert_eq!((memory(at("1")).await, memory(at("$LATEST")).await), (256, 512));
}

#[tokio::test(start_paused = true)]
async fn each_version_has_environments_of_its_own() {
    let mock = MockLambda::new();
    let function = telling(mock.function("f"));
    publish(&function, 2);
    for is_cold in [true, false] {
        for qualifier in ["1", "2", "$LATEST"] {
            let outcome = function.invoke(at(qualifier)).await;
            assert_eq!(outcome.report().is_cold_start(), is_cold, "{qualifier}");
        }
    }
    assert_eq!(launches(&mock), 3);
}

#[tokio::test(start_paused = true)]
async fn idle_environments_of_a_replaced_latest_go_at_once_and_busy_ones_when_they_have_finished() {
    let mock = MockLambda::new();
    let slow = |text: &'static str| {
        move |api| {
            answering(api, async move |_| {
                tokio::time::sleep(Duration::from_secs(1)).await;
                text.as_bytes().to_vec()
            })
        }
    };
    let function = mock.function("f").in_process(slow("old"));
    // Two environments, one of which is then idle.
    let (one, two) = tokio::join!(function.invoke("{}"), function.invoke("{}"));
    assert_eq!((one.payload(), two.payload()), (&"old".into(), &"old".into()));
    let begin = tokio::time::Instant::now();
    let busy = tokio::spawn({
        let function = function.clone();
        async move { function.invoke("{}").await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let update = mock.timeline().entries().last().unwrap().time + Duration::from_millis(500);
    function.update().in_process(slow("new"));

    assert_eq!(busy.await.unwrap().payload(), "old");
    assert_eq!(begin.elapsed(), Duration::from_secs(1));
    assert_eq!(function.invoke("{}").await.payload(), "new");
    let entries = mock.timeline().entries();
    let ends: Vec<_> = entries
        .iter()
        .filter(|entry| entry.event == Event::ShutdownRequested)
        .map(|entry| entry.time.duration_since(update).unwrap())
        .collect();
    assert_eq!(ends, [Duration::ZERO, Duration::from_millis(500)]);
    assert_eq!(launches(&mock), 3);
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_is_ready_ahead_of_an_update_is_not_used_for_the_new_version() {
    let mock = MockLambda::new();
    let function = saying(mock.function("f"), "old");
    let environment = function.start().await.unwrap();
    saying(function.update(), "new");
    let is_end = |event: &Event| *event == Event::PhaseBegan(Phase::Terminated);
    mock.timeline().wait_for(|entry| entry.environment == environment && is_end(&entry.event)).await;
    assert_eq!(function.invoke("{}").await.payload(), "new");
}

#[tokio::test(start_paused = true)]
async fn an_invoke_that_waits_for_a_replaced_version_gets_it_even_if_it_must_be_started_anew() {
    let mock = MockLambda::new();
    // Answers one invocation, asks for no more, and ends ten seconds later.
    let function = mock.function("f").max_concurrency(1).in_process(async |api| {
        let mut guest = Connection::open(&api).await;
        let event = guest.get(NEXT).await;
        guest.post(&response_path(request_id(&event)), "\"old\"").await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok::<_, String>(())
    });
    let invoke = || {
        let function = function.clone();
        tokio::spawn(async move { function.invoke("{}").await })
    };
    let first = invoke();
    mock.timeline().wait_for(|entry| matches!(entry.event, Event::Answered { .. })).await;
    // The environment is not free yet: the second invoke waits for it.
    let second = invoke();
    tokio::task::yield_now().await;
    saying(function.update(), "\"new\"");
    assert_eq!(first.await.unwrap().payload(), "\"old\"");
    assert_eq!(second.await.unwrap().payload(), "\"old\"");
    assert_eq!(launches(&mock), 2);
    assert_eq!(function.invoke("{}").await.payload(), "\"new\"");
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_moves_means_new_environments_and_old_ones_stay_for_their_version() {
    let mock = MockLambda::new();
    let function = saying(mock.function("f"), "one");
    function.publish().unwrap();
    saying(function.update(), "two");
    function.publish().unwrap();
    function.set_alias("prod", to(1)).unwrap();
    for (version, said, is_cold) in [(1, "one", true), (2, "two", true), (1, "one", false), (2, "two", false)]
    {
        function.set_alias("prod", to(version)).unwrap();
        let outcome = function.invoke(at("prod")).await;
        assert_eq!((outcome.payload(), outcome.executed_version()), (&said.into(), &*version.to_string()));
        assert_eq!(outcome.report().is_cold_start(), is_cold);
    }
}

/// The sequence is that of the seed, calculated elsewhere; see `src/core/test/catalog/draws.rs`.
#[tokio::test(start_paused = true)]
async fn each_invoke_of_a_weighted_alias_is_drawn_for() {
    let mock = MockLambda::observed(7, |_| {});
    let function = telling(mock.function("f"));
    publish(&function, 2);
    function.set_alias("live", to(1).with_weight(2, 0.25)).unwrap();
    let mut versions = Vec::new();
    for _ in 0..12 {
        let outcome = function.invoke(at("live")).await;
        let seen = outcome.json().unwrap();
        assert_eq!(seen["version"], outcome.executed_version());
        assert!(seen["arn"].as_str().unwrap().ends_with(":function:f:live"), "{seen}");
        versions.push(outcome.executed_version().to_owned());
    }
    assert_eq!(versions.concat(), "121112112121");
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_refused_that_leads_nowhere_or_is_called_by_a_number() {
    let function = saying(MockLambda::new().function("f"), "1");
    assert_eq!(function.set_alias("live", to(1)).unwrap_err().to_string(), "there is no 1");
    function.set_alias("live", Alias::new(Version::Latest)).unwrap();
    assert!(function.set_alias("1", Alias::new(Version::Latest)).is_err());
}
