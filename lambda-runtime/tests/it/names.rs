//! The names that people bring along from AWS's own runtime crate, each used as it is used there.
//!
//! What does not compile fails; that the functions run is shown by the examples.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::SystemTime};

use lambda_runtime::{
    BoxFuture, Config, Context, Diagnostic, Error, FunctionResponse, IntoFunctionResponse, LambdaEvent,
    MetadataPrelude, Runtime, Service, SnapStartResource, StreamResponse,
    layers::TracingLayer,
    run, run_concurrent, service_fn,
    streaming::{Body, Response, Sender, channel},
};
use serde_json::{Value, json};

struct Pool;

impl SnapStartResource for Pool {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { Ok(()) })
    }
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    let Context { request_id, deadline, invoked_function_arn, xray_trace_id, .. } = context;
    Ok(json!([payload, request_id, deadline, invoked_function_arn, xray_trace_id]))
}

async fn either(event: LambdaEvent<bool>) -> Result<FunctionResponse<Value, Body>, Diagnostic> {
    let (mut tx, rx): (Sender, Body) = channel();
    if event.payload {
        return Ok(FunctionResponse::BufferedResponse(json!({})));
    }
    tx.send_data("a".into()).await.unwrap();
    tx.try_send_data("b".into()).unwrap();
    tx.abort();
    Ok(FunctionResponse::StreamingResponse(StreamResponse::from(rx)))
}

async fn stream(_: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let metadata_prelude = MetadataPrelude { cookies: vec!["a=b".into()], ..Default::default() };
    Ok(StreamResponse { metadata_prelude, stream: Body::from("text") })
}

#[test]
fn the_names_that_people_bring_along_are_here() {
    // Futures that are not polled do nothing, so no variable is read.
    drop(run(service_fn(echo)));
    drop(run_concurrent(service_fn(either)));
    drop(run(tower::service_fn(stream)));
    let pool = Arc::new(Pool);
    let runtime = Runtime::new(service_fn(echo)).layer(TracingLayer::new());
    let runtime = runtime.register_snapstart_resource(pool);
    let _is_snapstart: bool = runtime.is_snapstart();
    drop(runtime.run());

    let event = LambdaEvent::new(json!({}), Context::default());
    let _deadline: SystemTime = event.context.deadline();
    let _config: &Config = &event.context.env_config;
    assert!(json!(1).into_response().is_ok());
    fn is_service<S: Service<LambdaEvent<Value>>>(_: S) {}
    is_service(service_fn(echo));
    #[cfg(feature = "graceful-shutdown")]
    drop(lambda_runtime::spawn_graceful_shutdown_handler(|| async {}));
    #[cfg(feature = "tracing")]
    let _initialise: fn() = lambda_runtime::tracing::init_default_subscriber;
    #[cfg(feature = "otel")]
    drop(lambda_runtime::layers::OpenTelemetryLayer::new(|| {}));
    let diagnostic = Diagnostic { error_type: "MyErrorType".into(), error_message: "text".into() };
    assert_eq!(
        serde_json::to_value(&diagnostic).unwrap(),
        json!({ "errorType": "MyErrorType", "errorMessage": "text" })
    );
    assert!(serde_json::to_string(&event.context).unwrap().contains("request_id"));
}
