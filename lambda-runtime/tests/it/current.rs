//! The current invocation, for code that is not handed a context; tracing headers; contexts made by hand.

use std::{
    env,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use lambda_runtime::{
    Config, Context, Error, LambdaEvent, Response, Runtime, current_invocation, service_fn,
};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{
    concurrency::{BOTH, running},
    pool::Pool,
    reply::{Event, event},
    script::Script,
};

const TRACE_ID: &str = "Lambda-Runtime-Trace-Id";
const CLIENT_CONTEXT: &str = "Lambda-Runtime-Client-Context";
const XRAY: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

/// Which invocation this code works for; a dash for none.
fn current() -> String {
    current_invocation().map_or_else(|| "-".to_owned(), |current| current.request_id().to_owned())
}

#[tokio::test]
async fn there_is_no_current_invocation_outside_of_one() {
    assert!(current_invocation().is_none());
    let runtime = Runtime::init(async || {
        assert_eq!(current(), "-");
        Ok(service_fn(async |_: LambdaEvent<Value>| {
            assert_eq!(current(), "r-1");
            Ok::<_, Error>(())
        }))
    });
    let log = Script::new().invoke(event("{}")).serve(|api| runtime.endpoint(api).run()).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    assert!(current_invocation().is_none());
}

#[tokio::test]
async fn it_is_known_in_the_handler_in_tasks_of_the_context_and_not_in_other_tasks() {
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        let before = current();
        tokio::task::yield_now().await;
        let inherited = event.context.spawn(async {
            tokio::task::yield_now().await;
            // What it spawns through the current invocation inherits it again.
            match current_invocation() {
                Some(invocation) => invocation.spawn(async { current() }).await,
                None => Ok("lost".to_owned()),
            }
        });
        let foreign = tokio::spawn(async { current() }).await?;
        let scoped = event.context.current().clone();
        let scoped = tokio::spawn(scoped.scope(async { current() })).await?;
        Ok::<_, Error>([before, current(), inherited.await??, foreign, scoped])
    });
    let log = Script::new().invoke(event("1")).invoke(event("2")).run(handler).await;
    let posts: Vec<_> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(posts[0], json!(["r-1", "r-1", "r-1", "-", "r-1"]));
    assert_eq!(posts[1], json!(["r-2", "r-2", "r-2", "-", "r-2"]));
}

/// Says three times which invocation it belongs to, waiting in between.
struct Speaking(u32);

impl Stream for Speaking {
    type Item = Result<String, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        match self.0 {
            1 | 3 | 5 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            2 | 4 | 6 => Poll::Ready(Some(Ok(format!("{} ", current())))),
            _ => Poll::Ready(None),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_known_in_a_stream_and_in_what_is_left_for_afterwards() {
    let pool = Pool::in_memory();
    let note = pool.noter();
    let handler = service_fn(|event: LambdaEvent<Value>| {
        let note = note.clone();
        event.context.after_response(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            note(&format!("after {}", current()));
        });
        async { Ok::<_, Error>(Response::stream(Speaking(0))) }
    });
    let end = pool.serve(Runtime::new(handler).endpoint(pool.api()).run(), async {
        pool.invoke(event("1"));
        pool.invoke(event("2"));
        pool.until(|record| record.answers == 2 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    let order = ["next", "r-1/response", "after r-1", "next", "r-2/response", "after r-2", "next"];
    assert_eq!(pool.order(), order);
    assert_eq!(pool.record().calls_to("r-1/response")[0].body, b"r-1 r-1 r-1 ");
    assert_eq!(pool.record().calls_to("r-2/response")[0].body, b"r-2 r-2 r-2 ");
}

#[tokio::test]
async fn invocations_that_run_at_the_same_time_do_not_see_each_others() {
    for on in BOTH {
        let (pool, barrier) = (Pool::tcp().await, Arc::new(Barrier::new(8)));
        let handler = service_fn(move |event: LambdaEvent<Value>| {
            let barrier = Arc::clone(&barrier);
            async move {
                let mut seen = Vec::new();
                for _ in 0..5 {
                    barrier.wait().await;
                    seen.push(current() == event.context.request_id);
                    let trace = current_invocation().and_then(|it| it.trace_id().map(str::to_owned));
                    seen.push(trace == event.context.xray_trace_id && trace.is_some());
                    let tenant = current_invocation().and_then(|it| it.tenant_id().map(str::to_owned));
                    seen.push(tenant == event.context.tenant_id && tenant.is_some());
                }
                Ok::<_, Error>(seen)
            }
        });
        let end = pool.serve(running(on, &pool, 8, handler), async {
            for number in 0..32 {
                let traced = event("{}").header(TRACE_ID, format!("Root={number}"));
                pool.invoke(traced.header("Lambda-Runtime-Aws-Tenant-Id", format!("tenant-{number}")));
            }
            pool.until(|record| record.answers == 32 && record.waiting == 8).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        let record = pool.record();
        let posts: Vec<_> = record.calls.iter().filter(|call| call.method == "POST").collect();
        assert!(posts.iter().all(|post| post.json() == json!(vec![true; 15])), "{on:?}");
    }
}

#[tokio::test]
async fn the_trace_hook_gets_each_header_before_the_handler_runs_and_none_where_there_is_none() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (hook, handled) = (Arc::clone(&told), Arc::clone(&told));
    let handler = service_fn(move |_: LambdaEvent<Value>| {
        handled.lock().unwrap().push(Some("handler".to_owned()));
        assert_eq!(env::var_os("_X_AMZN_TRACE_ID"), None);
        async { Ok::<_, Error>(()) }
    });
    let script = Script::new()
        .invoke(event("{}"))
        .invoke(event("{}").without(TRACE_ID))
        .invoke(event("{}").header(TRACE_ID, ""));
    let log = script
        .serve(|api| {
            let hook = move |header: Option<&str>| hook.lock().unwrap().push(header.map(str::to_owned));
            Runtime::new(handler).endpoint(api).trace_hook(hook).run()
        })
        .await;
    assert_eq!(log.order().iter().filter(|call| call.ends_with("/response")).count(), 3);
    let handler = Some("handler".to_owned());
    let xray = Some(XRAY.to_owned());
    assert_eq!(*told.lock().unwrap(), [xray, handler.clone(), None, handler.clone(), None, handler]);
    assert_eq!(env::var_os("_X_AMZN_TRACE_ID"), None);
}

#[tokio::test]
async fn a_trace_hook_that_panics_fails_its_invocation_only() {
    let log = Script::new()
        .invoke(event("{}"))
        .invoke(event("{}").without(TRACE_ID))
        .serve(|api| {
            let hook = |header: Option<&str>| assert_eq!(header, None, "no traces here");
            let handler = service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(()));
            Runtime::new(handler).endpoint(api).trace_hook(hook).run()
        })
        .await;
    assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"]);
    assert!(log.posts()[0].message().contains("no traces here"));
}

/// The context of an event.
#[expect(clippy::expect_used, reason = "without a context there is nothing to test")]
async fn context_of(event: Event) -> Context {
    let mut seen = None;
    let handler = service_fn(|event: LambdaEvent<Value>| {
        seen = Some(event.context);
        async { Ok::<_, Error>(()) }
    });
    Script::in_memory().invoke(event).run(handler).await;
    seen.expect("the handler was called")
}

#[tokio::test(start_paused = true)]
async fn a_trace_is_read_from_the_xray_header() {
    let trace = context_of(event("{}")).await.trace();
    let xray = trace.xray.as_ref().unwrap();
    assert_eq!(xray.root.as_deref(), Some("1-5bef4de7-ad49b0e87f6ef6c87fc2e700"));
    assert_eq!((xray.parent.as_deref(), xray.sampled), (Some("9a9197af755a6419"), Some(true)));
    assert_eq!(trace.w3c, None);
    let parent = trace.remote_parent().unwrap();
    assert_eq!(parent.trace_id, 0x5bef_4de7_ad49_b0e8_7f6e_f6c8_7fc2_e700);
    assert_eq!((parent.span_id, parent.sampled), (0x9a91_97af_755a_6419, true));
}

#[tokio::test(start_paused = true)]
async fn w3c_trace_context_of_the_client_context_is_read_and_is_not_shown_to_the_handler() {
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let w3c = json!({ "traceparent": traceparent, "tracestate": "a=b", "baggage": "c=d" });
    let client_context = json!({ "w3c": w3c, "custom": { "n": 1 } }).to_string();
    let context = context_of(event("{}").header(CLIENT_CONTEXT, client_context)).await;
    let trace = context.trace();
    let found = trace.w3c.as_ref().unwrap();
    assert_eq!(found.traceparent, traceparent);
    assert_eq!((found.tracestate.as_deref(), found.baggage.as_deref()), (Some("a=b"), Some("c=d")));
    assert_eq!(trace.remote_parent().unwrap().span_id, 0x00f0_67aa_0ba9_02b7);
    assert!(trace.xray.is_some());
    let seen = context.client_context.unwrap();
    assert_eq!((seen.raw, &seen.custom["n"]), (json!({ "custom": { "n": 1 } }), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn odd_trace_context_is_no_trace_and_fails_nothing() {
    for odd in
        [json!({ "w3c": 7 }), json!({ "w3c": {} }), json!({ "w3c": { "traceparent": null } }), json!([1])]
    {
        let context = context_of(event("{}").header(CLIENT_CONTEXT, odd.to_string()).without(TRACE_ID)).await;
        let trace = context.trace();
        assert_eq!(
            (trace.w3c.clone(), trace.xray.clone(), trace.remote_parent()),
            (None, None, None),
            "{odd}"
        );
        assert!(context.client_context.is_some(), "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn empty_headers_count_as_absent() {
    let empty = event("{}")
        .header(TRACE_ID, "")
        .header(CLIENT_CONTEXT, "")
        .header("Lambda-Runtime-Cognito-Identity", "")
        .header("Lambda-Runtime-Invoked-Function-Arn", "")
        .header("Lambda-Runtime-Aws-Tenant-Id", "")
        .header("Lambda-Runtime-Invocation-Id", "")
        .header("Lambda-Runtime-Deadline-Ms", "");
    let context = context_of(empty).await;
    assert_eq!(context.xray_trace_id, None);
    assert_eq!(context.client_context, None);
    assert_eq!(context.identity, None);
    assert_eq!(context.invoked_function_arn, "");
    assert_eq!((context.tenant_id.as_deref(), context.invocation_id.as_deref()), (None, None));
    assert_eq!((context.deadline, context.remaining()), (0, Duration::from_secs(900)));
    let current = context.current();
    assert_eq!((current.trace_id(), current.tenant_id(), current.trace().xray), (None, None, None));
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|&(name, value)| (name, value));
    pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

#[test]
fn a_context_is_made_of_an_id_a_configuration_and_headers() {
    let mut config = Config::default();
    config.function_name = "orders".to_owned();
    let headers = headers(&[
        ("lambda-runtime-deadline-ms", "1700000003000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:orders"),
        ("lambda-runtime-trace-id", XRAY),
        ("lambda-runtime-client-context", r#"{"custom":{"n":1},"w3c":{"traceparent":"x"}}"#),
        ("lambda-runtime-aws-tenant-id", "blue"),
    ]);
    let context = Context::new("id-1", Arc::new(config), &headers).unwrap();
    assert_eq!((&*context.request_id, context.deadline), ("id-1", 1_700_000_003_000));
    assert_eq!(context.invoked_function_arn, "arn:aws:lambda:eu-west-1:1:function:orders");
    assert_eq!((context.tenant_id.as_deref(), &*context.env_config.function_name), (Some("blue"), "orders"));
    assert_eq!(context.client_context.as_ref().unwrap().raw, json!({ "custom": { "n": 1 } }));
    assert_eq!(context.trace().w3c.unwrap().traceparent, "x");
    assert_eq!((context.current().request_id(), context.current().trace_id()), ("id-1", Some(XRAY)));
}

#[test]
fn a_context_that_cannot_be_made_names_what_is_wrong() {
    let config = Arc::new(Config::default());
    assert!(Context::new("id-1", Arc::clone(&config), &HeaderMap::new()).is_ok());
    let odd = headers(&[("lambda-runtime-client-context", "{secret")]);
    let error = format!("{:?}", Context::new("id-1", Arc::clone(&config), &odd).unwrap_err());
    assert!(error.contains("lambda-runtime-client-context") && !error.contains("secret"), "{error}");
    let odd = headers(&[("lambda-runtime-deadline-ms", "soon")]);
    let error = format!("{:?}", Context::new("id-1", Arc::clone(&config), &odd).unwrap_err());
    assert!(error.contains("lambda-runtime-deadline-ms"), "{error}");
    for id in ["", "a\nb"] {
        assert!(Context::new(id, Arc::clone(&config), &HeaderMap::new()).is_err(), "{id:?}");
    }
}

#[tokio::test]
async fn a_context_of_nobodys_runs_what_is_left_for_afterwards_only_if_somebody_runs_it() {
    // A handler that is called directly has no loop behind it; nothing panics, and nothing runs by itself.
    let context = Context::default();
    context.after_response(async { panic!("nobody runs this") });
    assert_eq!(context.current().request_id(), "");
    let inherited = context.spawn(async { current() }).await.unwrap();
    assert_eq!(inherited, "");
    let once = poll_fn(|_| Poll::Ready(current())).await;
    assert_eq!(once, "-");
}
