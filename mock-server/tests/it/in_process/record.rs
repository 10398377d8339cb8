//! The timeline: order, causes, and that two runs have the same one.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use mock_server::{Entry, Event, MockLambda, core::Phase, platform_log};

use crate::guest::{NEXT, Puppet, echo, silent};

/// Names each event in a word, in order.
fn words(entries: &[Entry]) -> Vec<String> {
    let word = |event: &Event| match event {
        Event::PhaseBegan(phase) => format!("{phase:?}"),
        Event::Called { path, .. } => path.rsplit('/').next().unwrap_or_default().to_owned(),
        Event::Replied { status, .. } => status.as_u16().to_string(),
        other => {
            let text = format!("{other:?}");
            text.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default().to_owned()
        }
    };
    entries.iter().map(|entry| word(&entry.event)).collect()
}

/// Two invocations, one of which fails.
async fn story(seed: u64) -> MockLambda {
    let mock = MockLambda::observed(seed, |_| {});
    assert!(mock.function("echo").in_process(echo).invoke("1").await.is_success());
    let slow = mock.function("slow").timeout(Duration::from_secs(1)).in_process(silent);
    assert!(slow.invoke("{}").await.is_timeout());
    mock.shut_down().await;
    mock
}

#[tokio::test(start_paused = true)]
async fn an_invocation_is_told_in_order() {
    let mock = MockLambda::new();
    let function = mock.function("echo").in_process(echo);
    assert!(function.invoke("1").await.is_success());
    mock.shut_down().await;
    assert_eq!(
        words(&mock.timeline().entries()).join(" "),
        "Invoked Init Telemetry Launched next Telemetry Telemetry InitEnded Invoke InvocationBegan Telemetry 200 \
         response 202 Answered next Telemetry Telemetry Telemetry InvocationEnded Idle \
         ShutdownRequested HungUp Shutdown Killed Exited Terminated"
    );
}

#[tokio::test(start_paused = true)]
async fn entries_are_numbered_in_order_and_time_does_not_go_back() {
    let entries = story(0).await.timeline().entries();
    assert!(entries.iter().map(|entry| entry.sequence).eq(0..entries.len() as u64));
    assert!(entries.is_sorted_by_key(|entry| entry.time));
}

#[tokio::test(start_paused = true)]
async fn every_effect_names_an_earlier_entry_of_its_environment_as_the_cause() {
    let entries = story(0).await.timeline().entries();
    for entry in &entries {
        let is_effect = match &entry.event {
            Event::PhaseBegan(phase) => *phase != Phase::Init,
            Event::Launched { generation } => *generation > 1,
            Event::InvocationBegan { .. }
            | Event::Answered { .. }
            | Event::InvocationEnded(_)
            | Event::InitEnded(_)
            | Event::LaunchFailed { .. }
            | Event::Killed
            | Event::Replied { .. }
            | Event::Refused { .. }
            | Event::HungUp { .. } => true,
            _ => false,
        };
        let Some(cause) = entry.cause else {
            assert!(!is_effect, "nothing caused {entry:?}");
            continue;
        };
        assert!(cause < entry.sequence, "{entry:?}");
        let cause = entries.iter().find(|earlier| earlier.sequence == cause);
        assert_eq!(cause.map(|cause| cause.environment), Some(entry.environment), "{entry:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_causes_its_own_reply() {
    let entries = story(0).await.timeline().entries();
    let mut replies = 0;
    for entry in &entries {
        let Event::Replied { call, .. } = &entry.event else { continue };
        let asked = entries.iter().find(
            |earlier| matches!(&earlier.event, Event::Called { call: asked, .. } if asked == call && earlier.environment == entry.environment),
        );
        assert!(asked.is_some_and(|asked| asked.sequence < entry.sequence), "{entry:?}");
        replies += 1;
    }
    assert_eq!(replies, 3, "an event and a 202 for the one, an event for the other");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_timeline() {
    async fn events(seed: u64) -> Vec<String> {
        let entries = story(seed).await.timeline().entries();
        let told = entries.iter().map(|entry| match &entry.event {
            // Its time is that of the wall clock.
            Event::Telemetry(event) => format!("{} {}", entry.environment, event.record.kind()),
            event => format!("{} {event:?}", entry.environment),
        });
        told.collect()
    }
    let first = events(7).await;
    assert_eq!(first, events(7).await);
    assert_ne!(first, events(8).await);
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_what_the_timeline_keeps() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mock = MockLambda::observed(0, {
        let seen = Arc::clone(&seen);
        move |entry| seen.lock().unwrap().push(entry.sequence)
    });
    assert!(mock.function("echo").in_process(echo).invoke("1").await.is_success());
    let kept: Vec<_> = mock.timeline().entries().iter().map(|entry| entry.sequence).collect();
    assert_eq!(*seen.lock().unwrap(), kept);
}

#[tokio::test(start_paused = true)]
async fn waiting_finds_what_was_and_what_will_be() {
    let puppet = Puppet::new(MockLambda::new().function("f"));
    let timeline = puppet.function.timeline().clone();
    let will_be = tokio::spawn({
        let timeline = timeline.clone();
        async move { timeline.wait_for(|entry| matches!(entry.event, Event::InvocationEnded(_))).await }
    });
    let (mut api, outcome) = puppet.connected("{}").await;
    api.get(NEXT).await;
    let was = timeline.wait_for(|entry| matches!(entry.event, Event::PhaseBegan(Phase::Init))).await;
    assert_eq!((was.sequence, was.cause), (1, Some(0)), "the invoke is the cause of init");
    assert!(!will_be.is_finished());
    assert!(outcome.await.unwrap().is_timeout());
    assert!(was.sequence < will_be.await.unwrap().sequence);
}

#[tokio::test(start_paused = true)]
async fn the_platforms_lines_are_made_from_the_record() {
    let mock = MockLambda::new();
    let function = mock.function("slow").timeout(Duration::from_secs(1)).memory_mb(256).in_process(silent);
    let outcome = function.invoke("{}").await;
    let lines: Vec<_> = mock.timeline().entries().iter().flat_map(platform_log::lines).collect();
    let id = outcome.request_id();
    assert_eq!(
        lines,
        [
            format!("START RequestId: {id} Version: $LATEST"),
            format!("END RequestId: {id}"),
            format!(
                "REPORT RequestId: {id}\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 256 MB\t\
                 Init Duration: 0.00 ms\tStatus: timeout"
            ),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_timeline_keeps_as_much_as_was_chosen_and_the_newest() {
    let mock = MockLambda::builder().timeline(1_500, 1024).build();
    let function = mock.function("echo").in_process(echo);
    for number in 0..500 {
        assert!(function.invoke(number.to_string()).await.is_success());
    }
    let entries = mock.timeline().entries();
    assert_eq!(entries.len(), 1_500);
    let (first, last) = (entries[0].sequence, entries[1_499].sequence);
    assert_eq!(last - first, 1_499);
    assert!(first > 1_500, "the oldest are gone");
}
