//! What a handler may take: owned types, bytes as they came, and types that borrow; and what is said of an event
//! that is something else, which is where and never what.
//!
//! More events that no handler can read are in `survives::events`.

mod lent;
mod raw;

use std::collections::BTreeMap;

use lambda_runtime::{Borrowed, Error, FromEvent, LambdaEvent, Payload, RawPayload, service_fn};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    both::fails_then_works,
    logged::Logged,
    reply::event,
    script::{Call, Script},
};

/// What must not be told; also as a number.
const SECRET: &str = "hunter2";
const SECRET_NUMBER: &str = "8277378431";

/// An order, with many ways to be something else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Order {
    items: Vec<Item>,
    shape: Option<Shape>,
    pair: Option<(u8, u8)>,
    code: Option<Code>,
    either: Option<Either>,
    letter: Option<char>,
    by_name: BTreeMap<String, u8>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Item {
    count: u8,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Round,
    Square,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only decoded")]
enum Either {
    Number(u8),
    Flag(bool),
}

/// A type whose own decoder quotes what it refuses.
#[derive(Debug)]
struct Code;

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(format!("{} is no code", String::deserialize(deserializer)?)))
    }
}

impl Borrowed for Order {
    type Of<'a> = Self;
}

/// Events with a secret in them, the place that is named and what is said of it.
const REFUSED: [(&str, &str, &str); 14] = [
    (r#"{"items":[{"count":1},{"count":"hunter2"}]}"#, "items[1].count", "expected u8"),
    (r#"{"items":[{"count":8277378431}]}"#, "items[0].count", "expected u8"),
    (r#"{"items":[{"count":-8277378431}]}"#, "items[0].count", "expected u8"),
    (r#"{"items":[{"count":8277378431.5}]}"#, "items[0].count", "expected u8"),
    (r#"{"items":["hunter2"]}"#, "items[0]", "expected struct Item"),
    (r#"{"items":[{"note":"hunter2"}]}"#, "items[0]", "missing field `count`"),
    (r#"{"items":"hunter2"}"#, "items", "expected a sequence"),
    (r#"{"shape":"hunter2"}"#, "shape", "expected `round` or `square`"),
    (r#"{"pair":[1,"hunter2"]}"#, "pair[1]", "expected u8"),
    (r#"{"code":"hunter2"}"#, "code", "refused by the type's own decoder"),
    (r#"{"either":"hunter2"}"#, "either", "refused by the type's own decoder"),
    (r#"{"letter":"hunter2, expected hunter2"}"#, "letter", "expected a character"),
    (r#"{"by_name":{"a":"hunter2"}}"#, "by_name.a", "expected u8"),
    (r#"["hunter2","hunter2","hunter2","hunter2"]"#, "[0]", "expected"),
];

async fn owned(_: LambdaEvent<Order>) -> Result<u8, Error> {
    Ok(1)
}

async fn lent(event: LambdaEvent<Payload<Order>>) -> Result<u8, Error> {
    let _order = event.payload.get()?;
    Ok(1)
}

async fn raw(event: LambdaEvent<RawPayload>) -> Result<u8, Error> {
    let _order: Order = event.payload.json()?;
    Ok(1)
}

/// An event that is refused, by each way to take one.
async fn refused_by_each(payload: &str) -> [Call; 3] {
    let (bad, good) = (|| event(payload), || event("{}"));
    [
        fails_then_works(|| service_fn(owned), bad(), good(), json!(1)).await,
        fails_then_works(|| service_fn(lent), bad(), good(), json!(1)).await,
        fails_then_works(|| service_fn(raw), bad(), good(), json!(1)).await,
    ]
}

#[tokio::test]
async fn a_refused_event_is_told_by_path_and_expected_type_and_never_quoted() {
    let logged = Logged::start();
    for (payload, path, expected) in REFUSED {
        for post in refused_by_each(payload).await {
            assert_eq!(post.error_type(), "Runtime.UnmarshalError", "{payload}");
            assert_eq!(post.json()["errorType"], "Runtime.UnmarshalError");
            let message = post.message();
            assert!(
                message.contains(&format!(" {path}: ")) && message.contains(expected),
                "{payload}: {message}"
            );
            let whole = post.whole();
            assert!(!whole.contains(SECRET) && !whole.contains(SECRET_NUMBER), "{payload}: {whole}");
        }
    }
    for line in logged.lines() {
        let is_told = line.text.contains(SECRET) || line.text.contains(SECRET_NUMBER);
        assert!(line.level == Level::TRACE || !is_told, "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_value_that_was_refused_is_in_the_log_at_trace() {
    let logged = Logged::start();
    let bad = event(r#"{"items":[{"count":"hunter2"}]}"#);
    let log = Script::in_memory().invoke(bad).run(service_fn(owned)).await;
    assert_eq!(log.order(), ["next", "r-1/error", "next"]);
    assert!(logged.at(Level::TRACE).iter().any(|line| line.contains(SECRET)));
    assert_eq!(logged.at(Level::WARN).len(), 1, "{:?}", logged.at(Level::WARN));
}

#[tokio::test]
async fn anything_after_the_value_is_an_error_for_each_way_to_take_it() {
    for payload in ["{} hunter2", "{}{}", "{},", "{}\0", "{}]", "{}\u{feff}"] {
        for post in refused_by_each(payload).await {
            assert_eq!(post.error_type(), "Runtime.UnmarshalError", "{payload:?}");
            assert!(post.message().contains("trailing characters"), "{}", post.message());
            assert!(!post.whole().contains(SECRET));
        }
    }
}

#[tokio::test]
async fn what_is_no_json_at_all_is_an_error_for_each_way_to_take_it() {
    for payload in ["", " ", "\u{feff}{}", "\0", "{\0}", "nul", "{\"items\":[", "\"\0\""] {
        for post in refused_by_each(payload).await {
            assert_eq!(post.error_type(), "Runtime.UnmarshalError", "{payload:?}");
            assert!(post.message().starts_with("the event cannot be decoded: "), "{}", post.message());
        }
    }
}

#[tokio::test]
async fn an_event_nested_without_end_is_refused_and_does_not_overflow_the_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let post = taken::<Value>(&deep).await;
        assert_eq!(post.short_path(), "r-1/error");
        assert!(post.message().contains("recursion limit"), "{}", post.message());
    }
}

/// The post of a handler that takes an event of this type and gives it back.
async fn taken<T: FromEvent + Serialize>(payload: &str) -> Call {
    async fn give_back<T>(event: LambdaEvent<T>) -> Result<T, Error> {
        Ok(event.payload)
    }
    let log = Script::in_memory().invoke(event(payload)).run(service_fn(give_back::<T>)).await;
    log.post().clone()
}

#[tokio::test(start_paused = true)]
async fn an_owned_type_is_decoded_from_its_json() {
    for (post, json) in [
        (taken::<u64>("18446744073709551615").await, "18446744073709551615"),
        (taken::<String>(r#""\u00e9\n""#).await, r#""é\n""#),
        (taken::<Option<u8>>("null").await, "null"),
        (taken::<()>("null").await, "null"),
        (taken::<(u8, bool)>("[1,true]").await, "[1,true]"),
        (taken::<BTreeMap<String, Vec<u8>>>(r#" {"a" : [1, 2]} "#).await, r#"{"a":[1,2]}"#),
        (taken::<Value>(r#"{"b":1,"b":2}"#).await, r#"{"b":2}"#),
    ] {
        assert_eq!(post.short_path(), "r-1/response");
        assert_eq!(str::from_utf8(&post.body).unwrap(), json);
    }
}
