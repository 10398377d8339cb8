//! The limits of the phases, to the nanosecond, as the timeline tells them. Hours of the service's clock take no
//! real time.
//!
//! What the caller and the report say of a time-out is in `time`.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]
#![expect(clippy::disallowed_methods, reason = "how long a test takes for real is measured, too")]

use std::time::{Duration, Instant, SystemTime};

use mock_server::{
    Event, MockLambda, Timeline,
    core::{InitReport, Phase, Status},
};

use crate::{
    guest::{NEXT, Puppet, request_id, response_path, silent},
    raw::{self, Connection},
};

/// What no test here comes near to, however much time passes for the service.
const NO_TIME: Duration = Duration::from_secs(8);

const SECOND: Duration = Duration::from_secs(1);

/// When such things happened, in order.
fn times(timeline: &Timeline, is_it: impl Fn(&Event) -> bool) -> Vec<SystemTime> {
    let entries = timeline.entries();
    entries.iter().filter(|entry| is_it(&entry.event)).map(|entry| entry.time).collect()
}

/// When such a thing happened, which happened once.
fn time(timeline: &Timeline, is_it: impl Fn(&Event) -> bool) -> SystemTime {
    let times = times(timeline, is_it);
    assert_eq!(times.len(), 1, "{}", timeline.lanes());
    times[0]
}

/// How long it was from the beginning of a phase to the end of its time.
fn limit(timeline: &Timeline, phase: Phase) -> Duration {
    let began = time(timeline, |event| *event == Event::PhaseBegan(phase));
    time(timeline, |event| *event == Event::TimeIsUp(phase)).duration_since(began).unwrap()
}

fn inits(timeline: &Timeline) -> Vec<InitReport> {
    let init = |event| match event {
        Event::InitEnded(report) => Some(report),
        _ => None,
    };
    timeline.entries().into_iter().filter_map(|entry| init(entry.event)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_quarter_of_an_hour_is_900_seconds() {
    let real = Instant::now();
    let function = MockLambda::new().function("f").timeout(900 * SECOND).in_process(silent);
    assert!(function.invoke("{}").await.is_timeout());
    let timeline = function.timeline();
    assert_eq!(limit(timeline, Phase::Invoke), 900 * SECOND);
    let began = time(timeline, |event| matches!(event, Event::InvocationBegan { .. }));
    for is_end in [
        |event: &Event| matches!(event, Event::Answered { .. }),
        |event: &Event| matches!(event, Event::InvocationEnded(_)),
    ] {
        assert_eq!(time(timeline, is_end), began + 900 * SECOND);
    }
    assert!(real.elapsed() < NO_TIME);
}

#[tokio::test(start_paused = true)]
async fn init_has_10_seconds_and_once_more_the_time_out_of_the_invocation() {
    let real = Instant::now();
    let function = MockLambda::new()
        .function("f")
        .timeout(7 * SECOND)
        .in_process(|_| std::future::pending::<Result<(), String>>());
    assert!(function.invoke("{}").await.is_timeout());
    let timeline = function.timeline();
    assert_eq!(limit(timeline, Phase::Init), 10 * SECOND);
    assert_eq!(limit(timeline, Phase::Invoke), 7 * SECOND);
    let seen: Vec<_> =
        inits(timeline).iter().map(|init| (init.within_invoke, init.status, init.duration)).collect();
    assert_eq!(seen, [(false, Status::Timeout, 10 * SECOND), (true, Status::Timeout, 7 * SECOND)]);
    let launches = times(timeline, |event| matches!(event, Event::Launched { .. }));
    assert_eq!(launches, [launches[0], launches[0] + 10 * SECOND], "the second follows at once");
    assert!(real.elapsed() < NO_TIME);
}

#[tokio::test(start_paused = true)]
async fn an_init_within_an_invocation_may_take_longer_than_10_seconds() {
    let puppet = Puppet::new(MockLambda::new().function("f").timeout(30 * SECOND));
    let outcome = puppet.invoke("1");
    let _stuck = puppet.launched().await;
    let api = puppet.launched().await;
    tokio::time::sleep(25 * SECOND).await;
    let mut guest = Connection::open(&api).await;
    let event = guest.get(NEXT).await;
    tokio::time::sleep(4 * SECOND).await;
    guest.post(&response_path(request_id(&event)), "\"done\"").await;
    guest.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.payload(), "\"done\"");
    let timeline = puppet.function.timeline();
    let repeated = inits(timeline).pop().unwrap();
    assert_eq!(
        (repeated.within_invoke, repeated.status, repeated.duration),
        (true, Status::Success, 25 * SECOND)
    );
    // The deadline that the guest is told is that of the whole.
    let began = time(timeline, |event| *event == Event::PhaseBegan(Phase::Invoke));
    let deadline: u64 = event.header("lambda-runtime-deadline-ms").unwrap().parse().unwrap();
    let told = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline);
    let until = told.duration_since(began).unwrap_or_default();
    assert!((30 * SECOND).abs_diff(until) < Duration::from_millis(1), "{until:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_has_10_seconds() {
    let real = Instant::now();
    let puppet = Puppet::new(MockLambda::new().function("f").timeout(900 * SECOND).snap_start());
    let (mut guest, outcome) = puppet.connected("{}").await;
    // No poll follows it.
    assert_eq!(guest.get("/2018-06-01/runtime/restore/next").await.status(), 200);
    let outcome = outcome.await.unwrap();
    let timeline = puppet.function.timeline();
    assert_eq!(limit(timeline, Phase::Restore), 10 * SECOND);
    let entries = timeline.entries();
    let restore = entries.iter().find_map(|entry| match &entry.event {
        Event::RestoreEnded(report) => Some(report),
        _ => None,
    });
    let restore = restore.expect("the restore has ended");
    assert_eq!((restore.status, restore.duration), (Status::Timeout, 10 * SECOND));
    assert_eq!(restore.error_type.as_deref(), outcome.error_type());
    let began = time(timeline, |event| *event == Event::PhaseBegan(Phase::Restore));
    assert_eq!(time(timeline, |event| matches!(event, Event::Answered { .. })), began + 10 * SECOND);
    assert!(times(timeline, |event| matches!(event, Event::InvocationBegan { .. })).is_empty());
    assert!(real.elapsed() < NO_TIME);
}

#[tokio::test(start_paused = true)]
async fn an_init_before_a_snapshot_has_130_seconds() {
    let function = MockLambda::new()
        .function("f")
        .snap_start()
        .in_process(|_| std::future::pending::<Result<(), String>>());
    function.start().await;
    assert_eq!(limit(function.timeline(), Phase::Init), 130 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_with_an_internal_extension_has_half_a_second_to_end() {
    for (has_extension, grace) in [(true, Duration::from_millis(500)), (false, Duration::ZERO)] {
        let puppet = Puppet::new(MockLambda::new().function("f"));
        let outcome = puppet.invoke("1");
        let api = puppet.launched().await;
        let (mut guest, mut extension) = (Connection::open(&api).await, Connection::open(&api).await);
        if has_extension {
            let name = [("Lambda-Extension-Name", "inner")];
            let registered = extension.post_with("/2020-01-01/extension/register", &name, "{}").await;
            let id = registered.header("lambda-extension-identifier").unwrap();
            let headers = [("Lambda-Extension-Identifier", id)];
            let poll = raw::head("GET", "/2020-01-01/extension/event/next", &headers);
            extension.send(poll + "\r\n").await;
        }
        let event = guest.get(NEXT).await;
        guest.post(&response_path(request_id(&event)), "1").await;
        guest.send(raw::get(NEXT)).await;
        assert!(outcome.await.unwrap().is_success());

        puppet.function.shut_down().await;
        let timeline = puppet.function.timeline();
        let began = time(timeline, |event| *event == Event::PhaseBegan(Phase::Shutdown));
        assert_eq!(time(timeline, |event| *event == Event::Killed), began + grace);
    }
}
