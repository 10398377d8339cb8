//! The quirks of other emulators, as a runtime and an extension see them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mock_server::{MockLambda, Profile};

use crate::{
    guest::{NEXT, Puppet, request_id, response_path},
    raw::{self, Reply},
};

/// The first event of a function under a profile, and the reply to its response.
async fn first_event(profile: Profile) -> (Reply, Reply) {
    let mock = MockLambda::emulating(profile);
    let puppet = Puppet::new(mock.function("f"));
    let (mut runtime, outcome) = puppet.connected("{}").await;
    let event = runtime.get(NEXT).await;
    let accepted = runtime.post(&response_path(request_id(&event)), b"1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    (event, accepted)
}

#[tokio::test(start_paused = true)]
async fn lambda_itself_gives_every_header() {
    let (event, accepted) = first_event(Profile::Lambda).await;
    for header in ["trace-id", "invocation-id", "deadline-ms", "invoked-function-arn"] {
        assert!(event.header(&format!("lambda-runtime-{header}")).is_some(), "{header}");
    }
    assert_eq!(accepted.brief(), (202, "{\"status\":\"OK\"}\n"));
}

#[tokio::test(start_paused = true)]
async fn cargo_lambda_has_deadlines_in_1970_and_accepts_with_nothing() {
    let (event, accepted) = first_event(Profile::CargoLambda).await;
    assert_eq!(event.header("lambda-runtime-deadline-ms"), Some("600000"));
    assert_eq!(event.header("lambda-runtime-invoked-function-arn"), Some("function-arn"));
    assert_eq!(event.header("lambda-runtime-trace-id"), None);
    assert_eq!(event.header("lambda-runtime-invocation-id"), None);
    assert_eq!(accepted.brief(), (200, ""));
}

#[tokio::test(start_paused = true)]
async fn cargo_lambda_answers_a_poll_without_work_and_loses_no_invoke_by_that() {
    let mock = MockLambda::emulating(Profile::CargoLambda);
    let puppet = Puppet::new(mock.function("f"));
    let (mut runtime, first) = puppet.connected("1").await;
    let event = runtime.get(NEXT).await;
    runtime.post(&response_path(request_id(&event)), b"1").await;
    for _ in 0..3 {
        assert_eq!(runtime.get(NEXT).await.brief(), (204, ""));
    }
    assert!(first.await.unwrap().is_success());
    let second = puppet.invoke("2");
    let event = loop {
        let reply = runtime.get(NEXT).await;
        if reply.status() == 200 {
            break reply;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(event.body, b"2");
    runtime.post(&response_path(request_id(&event)), b"2").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(second.await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn the_emulator_has_one_arn_and_no_ids_of_its_own() {
    for profile in [Profile::EmulatorClassic, Profile::SamLocal] {
        let (event, accepted) = first_event(profile).await;
        assert_eq!(
            event.header("lambda-runtime-invoked-function-arn"),
            Some("arn:aws:lambda:us-east-1:012345678912:function:test_function")
        );
        assert_eq!(event.header("lambda-runtime-trace-id"), None);
        assert_eq!(event.header("lambda-runtime-invocation-id"), None);
        assert_eq!(accepted.brief(), (202, "{\"status\":\"OK\"}\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_emulator_refuses_subscriptions_with_a_202_whoever_asks() {
    let mock = MockLambda::emulating(Profile::EmulatorClassic);
    let puppet = Puppet::new(mock.function("f"));
    let (mut guest, _outcome) = puppet.connected("{}").await;
    for (path, api) in [("/2022-07-01/telemetry", "Telemetry"), ("/2020-08-15/logs", "Logs")] {
        let head = raw::head("PUT", path, &[]) + "Content-Length: 2\r\n\r\n{}";
        guest.send(head.into_bytes()).await;
        let body = format!(
            "{{\"errorMessage\":\"{api} API is not supported\",\"errorType\":\"{api}.NotSupported\"}}\n"
        );
        assert_eq!(guest.reply().await.brief(), (202, &*body));
    }
}

#[tokio::test(start_paused = true)]
async fn the_managed_emulator_has_deadlines_weeks_ahead() {
    let (event, _) = first_event(Profile::EmulatorManaged).await;
    let (real, _) = first_event(Profile::Lambda).await;
    let millis = |event: &Reply| event.header("lambda-runtime-deadline-ms").unwrap().parse::<u64>().unwrap();
    let days = (millis(&event) - millis(&real)) / (24 * 60 * 60 * 1_000);
    assert_eq!(days, 34, "the default time-out of 3 s");
}
