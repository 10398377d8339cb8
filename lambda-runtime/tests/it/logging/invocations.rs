//! Whose a line is: request id and tenant, wherever in an invocation it is written.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use lambda_runtime::{
    Context as LambdaContext, Error, LambdaEvent, Response, Runtime, current_invocation,
    layers::TracingLayer,
    service_fn,
    tracing::{Format, Logging, info, info_span, subscriber::util::SubscriberInitExt},
};
use mock_server::{Function, Invocation, MockLambda, Outcome};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::{Lines, Object};

/// One piece, and a line when it is asked for.
struct Piece(bool);

impl Stream for Piece {
    type Item = Result<&'static str, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(None);
        }
        info!("in the stream");
        Poll::Ready(Some(Ok("piece")))
    }
}

/// Logs wherever one can.
async fn talkative(event: LambdaEvent<Value>) -> Result<Response, Error> {
    info!("in the handler");
    tokio::task::spawn_blocking({
        let current = event.context.current().clone();
        move || info_span!("by hand", requestId = current.request_id()).in_scope(|| info!("on a thread"))
    });
    event.context.spawn(async { info!("in a task") }).await?;
    event.context.after_response(async {
        info!("after the response");
        let Some(current) = current_invocation() else { return };
        // In a task of a task.
        current.spawn(async { info!("in a late task") }).await.unwrap_or_default();
    });
    Ok(Response::stream(Piece(false)))
}

const PLACES: [&str; 5] =
    ["in the handler", "in a task", "in the stream", "after the response", "in a late task"];

/// Everything that is logged while invocations of a function run one after the other.
async fn logged(
    function: impl FnOnce(MockLambda) -> Function,
    invocations: Vec<Invocation>,
) -> (Vec<Object>, Vec<Outcome>) {
    let lines = Lines::default();
    let logging = Logging::new().format(Format::Json).writer(lines.clone());
    let _scope = logging.subscriber().set_default();
    let mock = MockLambda::new();
    let function = function(mock.clone());
    let mut outcomes = Vec::new();
    for invocation in invocations {
        let outcome = function.invoke(invocation).await;
        assert!(outcome.is_success(), "{outcome:?}");
        outcomes.push(outcome);
    }
    mock.shut_down().await;
    (lines.json(), outcomes)
}

fn find<'a>(lines: &'a [Object], message: &str) -> Vec<&'a Object> {
    lines.iter().filter(|line| *line.get("message") == message).collect()
}

#[tokio::test(start_paused = true)]
async fn every_line_of_an_invocation_has_its_request_id() {
    let (lines, outcomes) = logged(
        |mock| {
            mock.function("plain").in_process(|api| Runtime::new(service_fn(talkative)).endpoint(api).run())
        },
        vec![Invocation::new("{}"), Invocation::new("{}")],
    )
    .await;
    for place in PLACES {
        let ids: Vec<_> = find(&lines, place).iter().map(|line| line.get("requestId")).collect();
        let expected: Vec<_> = outcomes.iter().map(|outcome| json!(outcome.request_id().as_str())).collect();
        assert_eq!(ids, expected.iter().collect::<Vec<_>>(), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_of_an_invocation_adds_its_trace_and_repeats_no_id() {
    let (lines, outcomes) = logged(
        |mock| {
            mock.function("layered").in_process(|api| {
                Runtime::new(service_fn(talkative)).layer(TracingLayer::new()).endpoint(api).run()
            })
        },
        vec![Invocation::new("{}").tenant_id("blue").trace_id("Root=1-2-3")],
    )
    .await;
    let id = outcomes[0].request_id().as_str();
    for place in PLACES {
        let [line] = &find(&lines, place)[..] else { panic!("{place}: {lines:?}") };
        let ids = ["requestId", "tenantId", "xrayTraceId"].map(|name| line.get(name).clone());
        assert_eq!(ids, [json!(id), json!("blue"), json!("Root=1-2-3")], "{place}");
        let names = ["level", "message", "requestId", "target", "tenantId", "timestamp", "xrayTraceId"];
        assert_eq!(line.names(), names, "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tenant_is_told_where_there_is_one() {
    let (lines, _) = logged(
        |mock| {
            mock.function("tenants").in_process(|api| Runtime::new(service_fn(talkative)).endpoint(api).run())
        },
        vec![Invocation::new("{}").tenant_id("blue"), Invocation::new("{}")],
    )
    .await;
    for place in PLACES {
        let tenants: Vec<_> = find(&lines, place).iter().map(|line| line.get("tenantId")).collect();
        assert_eq!(tenants, [&json!("blue"), &Value::Null], "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn invocations_of_two_functions_at_once_do_not_mix() {
    let lines = Lines::default();
    let logging = Logging::new().format(Format::Json).writer(lines.clone());
    let _scope = logging.subscriber().set_default();
    let (mock, both) = (MockLambda::new(), Arc::new(Barrier::new(2)));
    let [one, two] = ["one", "two"].map(|name| {
        let both = Arc::clone(&both);
        mock.function(name).in_process(move |api| {
            let both = Arc::clone(&both);
            let handler = service_fn(move |event: LambdaEvent<Value>| {
                let both = Arc::clone(&both);
                async move {
                    both.wait().await;
                    info!(expected = event.context.request_id, "at once");
                    Ok::<_, Error>(())
                }
            });
            Runtime::new(handler).endpoint(api).run()
        })
    });
    let (one, two) = tokio::join!(one.invoke(json!({})), two.invoke(json!({})));
    assert!(one.is_success() && two.is_success(), "{one:?} {two:?}");
    let lines = lines.json();
    let lines = find(&lines, "at once");
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.get("requestId") == line.get("expected")), "{lines:?}");
    assert_ne!(lines[0].get("requestId"), lines[1].get("requestId"));
}

#[tokio::test(start_paused = true)]
async fn a_context_that_was_made_by_hand_has_no_id_to_tell() {
    let lines = Lines::default();
    let logging = Logging::new().format(Format::Json).writer(lines.clone());
    let _scope = logging.subscriber().set_default();
    LambdaContext::default().current().scope(async { info!("in no invocation") }).await;
    assert_eq!(lines.json()[0].names(), ["level", "message", "target", "timestamp"]);
}
