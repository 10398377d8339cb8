//! A panic, wherever it comes from, fails one invocation; the report says what was said, and where.

use std::{
    future::{Ready, ready},
    panic::{catch_unwind, resume_unwind},
    task::{Context, Poll},
};

use lambda_runtime::{Diagnostic, Error, LambdaEvent, Service, service_fn};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use tower::limit::ConcurrencyLimitLayer;

use crate::{
    both::fails_then_works,
    reply::event,
    script::{Call, Script},
};

/// The report of a panic at a line of this file.
fn assert_panic(post: &Call, message: &str, line: u32) {
    assert_eq!(post.error_type(), "Function.Panic");
    let report = post.json();
    assert_eq!((&report["errorType"], &report["errorMessage"]), (&json!("Panic"), &json!(message)));
    let place = report["stackTrace"][0].as_str().unwrap_or_default();
    assert!(place.starts_with(&format!("{}:{line}:", file!())), "{place}");
}

#[tokio::test]
async fn a_panic_is_reported_with_its_text_and_its_place() {
    const LINE: u32 = line!() + 3;
    async fn panics(event: LambdaEvent<bool>) -> Result<u8, Error> {
        if event.payload {
            panic!("out of order");
        }
        Ok(1)
    }
    let post = fails_then_works(|| service_fn(panics), event("true"), event("false"), json!(1)).await;
    assert_panic(&post, "out of order", LINE);
}

#[tokio::test]
async fn a_panic_with_a_formatted_text_is_reported_with_it() {
    const LINE: u32 = line!() + 3;
    async fn panics(event: LambdaEvent<u32>) -> Result<u32, Error> {
        if event.payload == 42 {
            panic!("no order {}", event.payload);
        }
        Ok(event.payload)
    }
    let post = fails_then_works(|| service_fn(panics), event("42"), event("7"), json!(7)).await;
    assert_panic(&post, "no order 42", LINE);
}

#[tokio::test]
async fn a_panic_after_an_await_is_reported() {
    const LINE: u32 = line!() + 4;
    async fn panics(event: LambdaEvent<Vec<u8>>) -> Result<u8, Error> {
        tokio::task::yield_now().await;
        // The index is out of bounds for an empty event.
        Ok(event.payload[0])
    }
    let post = fails_then_works(|| service_fn(panics), event("[]"), event("[9]"), json!(9)).await;
    assert_panic(&post, "index out of bounds: the len is 0 but the index is 0", LINE);
}

#[tokio::test]
async fn a_panic_with_a_value_that_is_not_text_is_reported() {
    async fn panics(event: LambdaEvent<bool>) -> Result<u8, Error> {
        if event.payload {
            std::panic::panic_any(404);
        }
        Ok(1)
    }
    let post = fails_then_works(|| service_fn(panics), event("true"), event("false"), json!(1)).await;
    assert_eq!(post.message(), "panic with a value that is not text");
}

#[tokio::test]
async fn a_panic_under_a_concurrency_limit_gives_its_permit_back() {
    async fn panics(event: LambdaEvent<bool>) -> Result<u8, Error> {
        assert!(!event.payload, "out of order");
        Ok(1)
    }
    let handler =
        || tower::ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(1)).service(service_fn(panics));
    let post = fails_then_works(handler, event("true"), event("false"), json!(1)).await;
    assert_eq!(post.message(), "out of order");
}

/// Panics when it is first asked whether it is ready.
#[derive(Default)]
struct Starting {
    asked: u32,
}

impl Service<LambdaEvent<Value>> for Starting {
    type Response = u32;
    type Error = Error;
    type Future = Ready<Result<u32, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.asked += 1;
        assert_ne!(self.asked, 1, "not ready at all");
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: LambdaEvent<Value>) -> Self::Future {
        ready(Ok(self.asked))
    }
}

#[tokio::test]
async fn a_panic_while_getting_ready_is_reported() {
    let post = fails_then_works(Starting::default, event("{}"), event("{}"), json!(2)).await;
    assert_eq!(post.error_type(), "Function.Panic");
    assert!(post.message().contains("not ready at all"));
}

/// Decodes and encodes; says what it is told to by a panic.
struct Fragile(&'static str);

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*String::deserialize(deserializer)? {
            "decode" => panic!("cannot decode"),
            "encode" => Ok(Self("encode")),
            _ => Ok(Self("fine")),
        }
    }
}

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert_ne!(self.0, "encode");
        serializer.serialize_str(self.0)
    }
}

#[tokio::test]
async fn a_panic_of_a_types_decoder_or_encoder_is_reported() {
    async fn echo(event: LambdaEvent<Fragile>) -> Result<Fragile, Error> {
        Ok(event.payload)
    }
    let fine = || event(r#""fine""#);
    let post = fails_then_works(|| service_fn(echo), event(r#""decode""#), fine(), json!("fine")).await;
    assert_eq!((post.error_type(), &*post.message()), ("Function.Panic", "cannot decode"));
    let post = fails_then_works(|| service_fn(echo), event(r#""encode""#), fine(), json!("fine")).await;
    assert_eq!(post.error_type(), "Function.Panic");
    assert!(post.json()["stackTrace"][0].as_str().unwrap().starts_with(file!()));
}

/// A response that panics when it is no longer needed.
#[derive(Serialize)]
struct Clinging(bool);

impl Drop for Clinging {
    fn drop(&mut self) {
        assert!(!self.0, "cannot let go");
    }
}

#[tokio::test]
async fn a_panic_while_a_response_is_dropped_costs_no_other_invocation() {
    async fn cling(event: LambdaEvent<bool>) -> Result<Clinging, Error> {
        Ok(Clinging(event.payload))
    }
    let log = Script::new().invoke(event("true")).invoke(event("false")).run(service_fn(cling)).await;
    // Whether the first is a response or an error matters less than that it is answered.
    assert_eq!(log.posts().len(), 2);
    assert_eq!(log.posts()[1].json(), false);
}

/// An error whose conversion panics.
struct Hopeless;

impl From<Hopeless> for Diagnostic {
    fn from(_: Hopeless) -> Self {
        panic!("no words for it")
    }
}

/// A service of the user's own, whose errors the loop converts itself.
struct Failing;

impl Service<LambdaEvent<bool>> for Failing {
    type Response = u8;
    type Error = Hopeless;
    type Future = Ready<Result<u8, Hopeless>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Hopeless>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<bool>) -> Self::Future {
        ready(if event.payload { Err(Hopeless) } else { Ok(1) })
    }
}

#[tokio::test]
async fn a_panic_of_an_errors_own_conversion_is_reported() {
    async fn fails(event: LambdaEvent<bool>) -> Result<u8, Hopeless> {
        if event.payload { Err(Hopeless) } else { Ok(1) }
    }
    let (bad, good) = (|| event("true"), || event("false"));
    let post = fails_then_works(|| service_fn(fails), bad(), good(), json!(1)).await;
    assert_eq!((post.error_type(), &*post.message()), ("Function.Panic", "no words for it"));
    let post = fails_then_works(|| Failing, bad(), good(), json!(1)).await;
    assert_eq!((post.error_type(), &*post.message()), ("Function.Panic", "no words for it"));
}

#[tokio::test]
async fn a_panic_without_a_place_is_not_given_the_place_of_an_earlier_one() {
    async fn panics(event: LambdaEvent<bool>) -> Result<u8, Error> {
        if event.payload {
            // The handler deals with this one itself.
            let _caught = catch_unwind(|| panic!("the first"));
            return Ok(1);
        }
        // How a panic of another thread is passed on; the panic hook does not see it here.
        resume_unwind(Box::new("the second"));
    }
    let log = Script::new().invoke(event("true")).invoke(event("false")).run(service_fn(panics)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/error", "next"]);
    let report = log.posts()[1].json();
    assert_eq!(report["errorMessage"], "the second");
    assert_eq!(report.get("stackTrace"), None, "that is where the first one was");
}
