//! One handler, two services: the script on a raw socket and `mock-server`.
//!
//! A failure must look the same to both, and the next invocation must work on the same environment. What
//! only one of the two can send is tested with that one.

use lambda_runtime::{Diagnostic, FromEvent, IntoFunctionResponse, LambdaEvent, Runtime, Service};
use mock_server::MockLambda;
use serde_json::Value;

use crate::{
    reply::Event,
    script::{Call, Script},
};

/// Invokes a new handler with two events, on each service: the first must fail and the second must work.
/// Returns the post of the failure.
pub(crate) async fn fails_then_works<S, T>(
    handler: impl Fn() -> S + Send + Sync + 'static,
    bad: Event,
    good: Event,
    expected: Value,
) -> Call
where
    S: Service<LambdaEvent<T>> + Send + 'static,
    S::Response: IntoFunctionResponse + Send,
    S::Error: Into<Diagnostic> + Send + 'static,
    S::Future: Send,
    T: FromEvent + Send + 'static,
{
    let log = Script::new().invoke(bad.clone()).invoke(good.clone()).run(handler()).await;
    assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"]);
    assert_eq!(log.connections, 1);
    let posts = log.posts();
    assert_eq!(posts[1].json(), expected);
    let post = posts[0].clone();
    assert_eq!(post.header("content-type"), Some("application/json"));

    let mock = MockLambda::new();
    let function = mock.function("fails").in_process(move |api| Runtime::new(handler()).endpoint(api).run());
    let failed = function.invoke(bad.to_invocation()).await;
    assert_eq!(failed.error_type(), Some(post.error_type()));
    assert_eq!(failed.json().ok(), Some(post.json()));
    let worked = function.invoke(good.to_invocation()).await;
    assert_eq!((worked.json().ok(), worked.error_type()), (Some(expected), None));
    assert!(!worked.report().is_cold_start(), "the first invocation cost its environment");
    post
}

/// Invokes a handler with one event, on each service; returns the response, which must be the same.
pub(crate) async fn works<S, T>(handler: impl Fn() -> S + Send + Sync + 'static, event: Event) -> Value
where
    S: Service<LambdaEvent<T>> + Send + 'static,
    S::Response: IntoFunctionResponse + Send,
    S::Error: Into<Diagnostic> + Send + 'static,
    S::Future: Send,
    T: FromEvent + Send + 'static,
{
    let log = Script::new().invoke(event.clone()).run(handler()).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);

    let mock = MockLambda::new();
    let function = mock.function("works").in_process(move |api| Runtime::new(handler()).endpoint(api).run());
    let outcome = function.invoke(event.to_invocation()).await;
    assert_eq!(outcome.json().ok(), Some(log.post().json()));
    log.post().json()
}
