//! What a handler learns of its invocation, and what a handler may be.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use lambda_runtime::{Context, Error, LambdaEvent, Runtime, service_fn};
use mock_server::{Invocation, MockLambda};
use serde_json::{Value, json};

use crate::{
    reply::{Event, event},
    script::Script,
};

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
async fn every_header_reaches_its_field() {
    let client_context = json!({
        "client": { "installation_id": "i-1", "app_title": "shop", "app_version_code": "7" },
        "custom": { "retries": 3 },
        "env": { "locale": "de" },
        "services": {},
    });
    let identity = r#"{"cognitoIdentityId":"eu-west-1:me","cognitoIdentityPoolId":"eu-west-1:pool"}"#;
    let context = context_of(
        event("{}")
            .header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("Lambda-Runtime-Deadline-Ms", "1700000003000")
            .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:1:function:f:live")
            .header("Lambda-Runtime-Trace-Id", "Root=1-2-3;Parent=4;Sampled=1;Lineage=5:6|7:8")
            .header("Lambda-Runtime-Client-Context", client_context.to_string())
            .header("Lambda-Runtime-Cognito-Identity", identity)
            .header("Lambda-Runtime-Aws-Tenant-Id", "blue")
            .header("Lambda-Runtime-Invocation-Id", "attempt-2"),
    )
    .await;
    assert_eq!(context.request_id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(context.deadline, 1_700_000_003_000);
    assert_eq!(context.deadline(), SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_003_000));
    assert_eq!(context.invoked_function_arn, "arn:aws:lambda:eu-west-1:1:function:f:live");
    assert_eq!(context.xray_trace_id.as_deref(), Some("Root=1-2-3;Parent=4;Sampled=1;Lineage=5:6|7:8"));
    assert_eq!(context.tenant_id.as_deref(), Some("blue"));
    assert_eq!(context.invocation_id.as_deref(), Some("attempt-2"));
    let identity = context.identity.unwrap();
    assert_eq!((&*identity.identity_id, &*identity.identity_pool_id), ("eu-west-1:me", "eu-west-1:pool"));
    let caller = context.client_context.unwrap();
    let client = caller.client.unwrap();
    assert_eq!((client.installation_id.as_deref(), client.app_title.as_deref()), (Some("i-1"), Some("shop")));
    assert_eq!((client.app_version_code.as_deref(), client.app_version_name), (Some("7"), None));
    assert_eq!((&caller.custom["retries"], &caller.environment["locale"]), (&json!(3), &json!("de")));
    assert_eq!(caller.raw, client_context);
}

#[tokio::test(start_paused = true)]
async fn the_names_of_headers_have_no_case() {
    let context = context_of(
        event("{}").header("LAMBDA-RUNTIME-AWS-TENANT-ID", "blue").header("lambda-runtime-trace-id", "t"),
    )
    .await;
    assert_eq!((context.tenant_id.as_deref(), context.xray_trace_id.as_deref()), (Some("blue"), Some("t")));
}

#[tokio::test]
async fn what_a_caller_of_the_mock_sends_reaches_the_handler() {
    let seen = Arc::new(Mutex::new(None));
    let (kept, mock) = (Arc::clone(&seen), MockLambda::new());
    let function = mock.function("f").memory_mb(256).in_process(move |api| {
        let kept = Arc::clone(&kept);
        let handler = service_fn(move |event: LambdaEvent<Value>| {
            *kept.lock().unwrap() = Some(event.context);
            async { Ok::<_, Error>(()) }
        });
        Runtime::new(handler).endpoint(api).run()
    });
    let invocation =
        Invocation::new("{}").tenant_id("blue").trace_id("Root=1").client_context("{\"custom\":{}}");
    let outcome = function.invoke(invocation).await;
    let context = seen.lock().unwrap().take().unwrap();
    assert_eq!(context.request_id, outcome.request_id().as_str());
    assert_eq!(context.invoked_function_arn, function.arn());
    assert_eq!(
        (context.tenant_id.as_deref(), context.xray_trace_id.as_deref()),
        (Some("blue"), Some("Root=1"))
    );
    assert_eq!(context.client_context.unwrap().raw, json!({ "custom": {} }));
    assert!(context.invocation_id.is_some_and(|id| !id.is_empty()));
    let config = &context.env_config;
    assert_eq!((&*config.function_name, &*config.version, config.memory_mb), ("f", "$LATEST", 256));
    assert_eq!(config.log_group.as_deref(), Some("/aws/lambda/f"));
    assert_eq!((config.handler.as_deref(), config.region.as_deref()), (Some("bootstrap"), Some("us-east-1")));
    assert_eq!(config.initialization_type.as_deref(), Some("on-demand"));
}

#[tokio::test(start_paused = true)]
async fn the_remaining_time_is_exact_under_paused_time() {
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        let mut remaining = vec![event.context.remaining()];
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            remaining.push(event.context.remaining());
        }
        Ok::<_, Error>(remaining.iter().map(Duration::as_secs_f64).collect::<Vec<_>>())
    });
    // The deadline is three seconds after the beginning of the script.
    let log = Script::in_memory().invoke(event("{}")).run(handler).await;
    assert_eq!(log.post().json(), json!([3.0, 2.0, 1.0, 0.0, 0.0]));
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_there_is_time_and_not_a_panic() {
    let limits = [
        (event("{}").without("Lambda-Runtime-Deadline-Ms"), 900),
        (event("{}").header("Lambda-Runtime-Deadline-Ms", "0"), 900),
        (event("{}").header("Lambda-Runtime-Deadline-Ms", "600000"), 600),
    ];
    for (event, seconds) in limits {
        assert_eq!(context_of(event).await.remaining(), Duration::from_secs(seconds));
    }
    let far = event("{}").header("Lambda-Runtime-Deadline-Ms", u64::MAX.to_string());
    assert!(context_of(far).await.remaining() > Duration::from_secs(900));
}

#[tokio::test]
async fn a_handler_may_borrow_from_main_and_need_not_be_send() {
    let mut seen = Vec::new();
    let counter = Rc::new(RefCell::new(0));
    let greeting = String::from("hello");
    let handler = service_fn(|event: LambdaEvent<String>| {
        seen.push(event.payload.clone());
        let counter = Rc::clone(&counter);
        let greeting = &greeting;
        async move {
            tokio::task::yield_now().await;
            *counter.borrow_mut() += 1;
            Ok::<_, Error>(format!("{greeting}, {}", event.payload))
        }
    });
    let log = Script::new().invoke(event(r#""you""#)).invoke(event(r#""me""#)).run(handler).await;
    let posts: Vec<_> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(posts, ["hello, you", "hello, me"]);
    assert_eq!(seen, ["you", "me"]);
    assert_eq!(*counter.borrow(), 2);
}

#[tokio::test]
async fn a_handler_is_called_for_one_event_after_the_other() {
    let running = Cell::new(0);
    let handler = service_fn(async |event: LambdaEvent<u32>| {
        let before = running.replace(event.payload);
        tokio::task::yield_now().await;
        Ok::<_, Error>((before, running.take()))
    });
    let log = Script::new().invoke(event("1")).invoke(event("2")).invoke(event("3")).run(handler).await;
    let posts: Vec<_> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(posts, [json!([0, 1]), json!([0, 2]), json!([0, 3])]);
}
