//! The numbers of the REPORT line: duration, billed duration, init duration, cold start.
//!
//! How an invocation ends is in `invoke` and `reset`; the text of the line is made outside the core.

use std::time::Duration;

use super::scenario::{KILLED, Scenario, millis, secs};
use crate::core::{Exit, Report, Settings, Status};

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// Served one invocation that took this long, after an init that took that long.
fn served(init: Duration, duration: Duration) -> Scenario {
    Scenario::with_timeout(secs(60))
        .after(init)
        .ready()
        .invoked("r-1")
        .after(duration)
        .answered("r-1")
        .ready()
}

#[test]
fn the_first_report_bills_duration_and_init_together() {
    // Measured on the service in August 2025, when init became part of the bill.
    let report = served(micros(1_293_830), micros(1_049_630)).report();
    assert_eq!(
        report,
        Report {
            request_id: super::scenario::request_id("r-1"),
            status: Status::Success,
            error_type: None,
            duration: micros(1_049_630),
            billed_duration: millis(2_344),
            memory_mb: 128,
            max_memory_used_mb: None,
            cold_start: true,
            init_duration: Some(micros(1_293_830)),
            restore_duration: None,
        }
    );
}

#[test]
fn billed_time_is_rounded_up_once_and_after_the_sum() {
    for (init, duration, billed) in [
        (millis(110), micros(3_010), 114),
        (micros(110_400), micros(3_010), 114),
        (micros(110_995), micros(3_010), 115),
        (millis(110), millis(3), 113),
        (millis(110), Duration::from_nanos(1), 111),
        (secs(0), secs(0), 0),
    ] {
        let report = served(init, duration).report();
        assert_eq!(report.billed_duration, millis(billed), "{init:?} + {duration:?}");
    }
}

#[test]
fn only_the_first_invocation_of_a_process_is_a_cold_start() {
    let env = served(millis(110), millis(5)).invoked("r-2").after(micros(1_001)).answered("r-2").ready();
    let report = env.report();
    assert!(!report.is_cold_start());
    assert_eq!(report.init_duration, None);
    assert_eq!((report.duration, report.billed_duration), (micros(1_001), millis(2)));
}

#[test]
fn idle_time_is_neither_init_nor_duration() {
    let report = Scenario::new()
        .after(millis(100))
        .ready()
        .after(secs(60))
        .invoked("r-1")
        .after(millis(5))
        .answered("r-1")
        .ready()
        .report();
    assert_eq!((report.init_duration, report.duration), (Some(millis(100)), millis(5)));
}

#[test]
fn duration_runs_to_the_next_poll_and_not_to_the_response() {
    let report = Scenario::new().ready().invoked("r-1").answered("r-1").after(millis(700)).ready().report();
    assert_eq!(report.duration, millis(700));
}

#[test]
fn an_invoke_that_waited_for_init_does_not_pay_for_the_waiting_twice() {
    let mut env = Scenario::new().invoked("r-1").after(millis(400));
    env.next().unwrap();
    let report = env.after(millis(5)).answered("r-1").ready().report();
    assert_eq!((report.init_duration, report.duration), (Some(millis(400)), millis(5)));
    assert_eq!(report.billed_duration, millis(405));
}

#[test]
fn duration_is_capped_at_the_time_out() {
    let mut env = Scenario::new().ready().invoked("r-1");
    // The driver is late: its timer fired well after the deadline.
    env.now = env.now + secs(7);
    env.handle_timeout();
    let report = env.report();
    assert_eq!((report.duration, report.billed_duration), (secs(3), secs(3)));
}

#[test]
fn a_first_invocation_that_fails_reports_its_init_all_the_same() {
    let init = || Scenario::new().after(millis(110)).ready().invoked("r-1").after(millis(5));
    for env in [init().exited(Exit::Code(1)), init().after(secs(3))] {
        let report = env.report();
        assert!(report.is_cold_start());
        assert_eq!(report.init_duration, Some(millis(110)));
    }
}

#[test]
fn init_within_the_invocation_is_duration_and_not_init_duration() {
    for mut env in [
        Scenario::new().after(millis(110)).exited(Exit::Code(1)).invoked("r-1"),
        Scenario::new().after(millis(110)).init_failed().exited(Exit::Code(1)).invoked("r-1"),
        Scenario::new().after(secs(10)).exited(KILLED).invoked("r-1"),
    ] {
        env.advance(millis(800));
        env.next().unwrap();
        let report = env.after(millis(5)).answered("r-1").ready().report();
        assert!(report.is_cold_start());
        assert_eq!(report.init_duration, None);
        assert_eq!((report.duration, report.billed_duration), (millis(805), millis(805)));
    }
}

#[test]
fn a_process_that_ended_while_idle_leaves_no_init_duration_to_its_successor() {
    let mut env =
        Scenario::new().after(millis(110)).ready().after(secs(1)).exited(Exit::Code(1)).invoked("r-1");
    env.advance(millis(800));
    env.next().unwrap();
    let report = env.answered("r-1").ready().report();
    assert!(report.is_cold_start());
    assert_eq!(report.init_duration, None, "init was repeated within the invocation");
    assert_eq!(report.billed_duration, millis(800));
}

#[test]
fn the_process_after_a_reset_starts_cold() {
    let mut env = served(millis(110), millis(5)).invoked("r-2").after(secs(60)).exited(KILLED).invoked("r-3");
    env.advance(millis(200));
    env.next().unwrap();
    let report = env.answered("r-3").ready().report();
    assert!(report.is_cold_start());
    assert_eq!((report.init_duration, report.duration), (None, millis(200)));
}

#[test]
fn the_report_names_the_memory_of_the_function() {
    let settings = Settings { memory_mb: 1_024, ..Settings::default() };
    let env = Scenario::with(settings).ready().invoked("r-1").answered("r-1").ready();
    assert_eq!(env.report().memory_mb, 1_024);
}

#[test]
fn each_way_to_end_has_its_status_and_category() {
    let running = || Scenario::new().ready().invoked("r-1");
    let repeated = || Scenario::new().without_process().invoked("r-1");
    let mut shut_down = running();
    shut_down.shut_down();
    let mut not_launched = repeated();
    not_launched.launch_fails();
    let mut init_error = repeated();
    init_error.init_error(Some("Function.Config"), b"{}").unwrap();

    for (env, status, error_type) in [
        (running().answered("r-1").ready(), Status::Success, None),
        (running().after(secs(3)), Status::Timeout, Some("Sandbox.Timedout")),
        (running().answered("r-1").after(secs(3)), Status::Timeout, Some("Sandbox.Timedout")),
        (running().stuck("r-1").after(secs(3)), Status::Timeout, Some("Sandbox.Timedout")),
        (repeated().after(secs(3)), Status::Timeout, Some("Sandbox.Timedout")),
        (running().exited(Exit::Code(0)), Status::Error, Some("Runtime.ExitError")),
        (running().answered("r-1").exited(KILLED), Status::Error, Some("Runtime.ExitError")),
        (repeated().exited(Exit::Code(1)), Status::Error, Some("Runtime.ExitError")),
        (not_launched, Status::Error, Some("Runtime.InvalidEntrypoint")),
        (init_error.clone().exited(Exit::Code(1)), Status::Error, Some("Function.Config")),
        (init_error.after(secs(2)), Status::Error, Some("Function.Config")),
        (shut_down, Status::Failure, Some("Sandbox.Failure")),
    ] {
        let report = env.report();
        assert_eq!((report.status, report.error_type.as_deref()), (status, error_type));
    }
}

#[test]
fn the_words_for_a_status_are_those_of_the_telemetry() {
    for (status, word) in [
        (Status::Success, "success"),
        (Status::Error, "error"),
        (Status::Timeout, "timeout"),
        (Status::Failure, "failure"),
    ] {
        assert_eq!(status.as_str(), word);
    }
}
