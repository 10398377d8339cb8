//! What users of AWS's own runtime crate ran into, as claims about ours: one test for each row of a list.
//!
//! Each script is bytes on real sockets and a judgement (`scripts` and its neighbours), shared with the
//! program in `benches/peers` that plays them to both runtimes side by side. Here ours runs in the test's own
//! process.
//!
//! Not here: what only a process can show (B14 log lines of a stream, B19 signals, B21 missing variables, B27
//! formats of the log) has scripts that only `benches/peers` plays, and tests of its own elsewhere, as have B9
//! (a dropped runtime stops polling), B26 (OpenTelemetry) and B29 (allocations).

#![expect(clippy::unwrap_used, reason = "a service that cannot be started fails the test")]

mod bad_input;
mod handlers;
mod processes;
mod responses;
#[expect(dead_code, reason = "a process may be killed, which `benches/peers` tells apart")]
mod script;
mod scripts;
#[expect(dead_code, reason = "only a process can be signalled, which `benches/peers` does")]
mod server;
mod wire;

use std::{
    future::ready,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use lambda_api::transport::{Clock, Connect, Connecting, Io};
use lambda_runtime::RuntimeApi;
use tokio::net::TcpStream;

use self::{
    script::{End, Exit, LAMBDA, Place, Script, Verdict},
    server::Server,
};
use crate::logged::Logged;

/// A test for each row, and the list of the rows.
macro_rules! claims {
    ($($row:literal: $claim:ident,)*) => {
        $(
            #[tokio::test]
            async fn $claim() {
                hold($row).await;
            }
        )*

        const TESTED: &[&str] = &[$($row),*];
    };
}

claims! {
    "B1": b1_a_reply_without_the_usual_headers_is_answered_or_passed_over_and_500_ends_with_an_error,
    "B2": b2_a_refused_next_is_no_event_for_the_handler,
    "B3": b3_an_unreadable_client_context_fails_the_invocation_not_the_process,
    "B4": b4_env_of_the_client_context_reaches_the_handler,
    "B5": b5_a_response_that_cannot_be_encoded_fails_the_invocation_not_the_process,
    "B6": b6_a_call_that_got_no_reply_is_made_again,
    "B8": b8_poisoned_replies_cost_no_poller,
    "B10": b10_an_error_in_a_stream_ends_it_with_trailers,
    "B11": b11_a_panic_in_a_stream_does_not_pass_for_its_end,
    "B12": b12_no_piece_of_a_stream_is_held_back,
    "B13": b13_a_stream_can_go_without_an_http_prelude,
    "B15": b15_one_connection_carries_all_invocations_and_refusals_are_explained,
    "B16": b16_an_error_has_a_short_type_a_category_and_all_its_causes,
    "B17": b17_a_panic_is_reported_with_its_place_and_ends_nothing,
    "B18": b18_204_means_that_there_is_no_work,
    "B20": b20_the_process_environment_is_left_alone,
    "B22": b22_run_polls_as_often_as_managed_instances_ask_for,
    "B23": b23_an_arn_that_was_not_told_is_no_made_up_text,
    "B24": b24_an_event_that_is_not_utf_8_fails_alone_at_any_log_level,
    "B25": b25_bytes_after_the_json_value_fail_the_event,
    "B28": b28_what_fails_before_the_first_event_is_posted_to_init_error,
    "I1": an_event_with_two_ids_is_answered_once_at_most,
    "I2": a_header_of_almost_a_mebibyte_is_read,
    "I3": a_header_that_is_no_text_ends_nothing,
    "I4": a_deadline_that_is_no_number_ends_nothing,
    "I5": an_id_that_would_change_the_path_of_the_answer_is_not_used_as_one,
    "I6": an_event_in_chunks_is_put_together,
    "I7": an_event_that_is_cut_short_is_asked_for_again,
    "I8": chunks_that_are_cut_short_are_no_event,
    "I9": a_reply_with_a_length_and_with_chunks_is_no_trap,
    "I10": an_event_that_comes_byte_by_byte_is_put_together,
    "I11": a_length_beyond_all_bounds_costs_no_memory_and_ends_nothing,
    "I12": an_event_over_http_1_0_ends_with_its_connection,
    "I13": what_is_not_http_is_passed_over,
    "I14": an_interim_reply_is_not_the_event,
    "I15": a_reply_to_a_response_that_is_not_http_is_survived,
    "I16": a_reply_that_nobody_asked_for_is_not_taken_for_an_event,
}

#[test]
fn every_script_that_needs_no_process_has_a_test() {
    let here = scripts::all().into_iter().filter(|script| script.place == Place::Anywhere);
    let untested: Vec<_> = here.map(|script| script.row).filter(|row| !TESTED.contains(row)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// In virtual time, because it takes more than a minute.
#[tokio::test(start_paused = true)]
async fn b7_four_pollers_on_a_dead_endpoint_wait_between_attempts_and_give_up() {
    let attempts = Arc::new(AtomicU32::new(0));
    let variables = [("AWS_LAMBDA_MAX_CONCURRENCY", "4")].into_iter().chain(LAMBDA);
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let api = RuntimeApi::new(Refusing(Arc::clone(&attempts)), Clock::system(), variables);
    let begun = tokio::time::Instant::now();
    handlers::run("echo", Some(api)).await.unwrap_err();
    let attempts = attempts.load(Ordering::Relaxed);
    assert!((4..=4 * lambda_runtime::ATTEMPTS).contains(&attempts), "{attempts} attempts");
    assert!(begun.elapsed() > Duration::from_secs(30), "{attempts} attempts in {:?}", begun.elapsed());
}

/// Plays all scripts of a row to our runtime.
async fn hold(row: &str) {
    let scripts = scripts::all().into_iter();
    let scripts: Vec<_> = scripts.filter(|it| it.row == row && it.place == Place::Anywhere).collect();
    assert!(!scripts.is_empty(), "row {row} has no script");
    for script in scripts {
        if let Err(seen) = play(&script).await {
            panic!("not true that {}: {seen}", script.claim);
        }
    }
}

async fn play(script: &Script) -> Verdict {
    let logged = Logged::start();
    let server = Server::start(script.steps.clone()).unwrap();
    let runtime = handlers::run(script.handler, Some(endpoint(&server, script)));
    let (exit, error) = match tokio::time::timeout(script.limit, runtime).await {
        Ok(Ok(())) => (Exit::Success, String::new()),
        Ok(Err(error)) => (Exit::Error, format!("Error: {error:?}\n")),
        Err(_) => (Exit::Running, String::new()),
    };
    let lines = logged.lines().into_iter().map(|line| format!("{} {}\n", line.level, line.text));
    let output = lines.chain([error]).collect();
    (script.check)(&server.finish(), &End { exit, output })
}

/// The service's address; with an environment of its own where the script needs one.
fn endpoint(server: &Server, script: &Script) -> RuntimeApi {
    if script.variables.is_empty() {
        return RuntimeApi::tcp(&server.address()).unwrap();
    }
    let variables = script.environment().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    RuntimeApi::new(Tcp(server.address()), Clock::system(), variables.collect())
}

/// TCP, of which an endpoint with variables does not know by itself.
struct Tcp(String);

impl Connect for Tcp {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let stream: Box<dyn Io> = Box::new(TcpStream::connect(&self.0).await?);
            Ok(stream)
        })
    }
}

/// Nobody listens; counts the attempts.
struct Refusing(Arc<AtomicU32>);

impl Connect for Refusing {
    fn connect(&self) -> Connecting<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())))
    }
}
