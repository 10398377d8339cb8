//! Types that borrow from the event: they do, as far as JSON allows.

use std::{borrow::Cow, ops::Range};

use lambda_runtime::{
    Borrowed, BoxError, Error, LambdaEvent, Payload, RawPayload, Response, service_fn, streaming,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{both::fails_then_works, chunked::in_memory, reply::event, script::Script};

#[derive(Deserialize)]
struct Order<'a> {
    id: &'a str,
    #[serde(borrow)]
    note: Cow<'a, str>,
    #[serde(borrow, default)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    name: &'a str,
}

impl Borrowed for Order<'static> {
    type Of<'a> = Order<'a>;
}

type Event = LambdaEvent<Payload<Order<'static>>>;

/// Whether a text lies inside of these bytes.
fn is_inside(text: &str, raw: &RawPayload) -> bool {
    let Range { start, end } = raw.as_ptr_range();
    text.as_ptr() >= start && text.as_bytes().as_ptr_range().end <= end
}

/// What of an order lies in the event.
async fn inside(event: Event) -> Result<Value, Error> {
    let order = event.payload.get()?;
    let raw = event.payload.raw();
    Ok(json!({
        "id": is_inside(order.id, raw),
        "note": is_inside(&order.note, raw),
        "is_borrowed": matches!(order.note, Cow::Borrowed(_)),
        "items": order.items.iter().map(|item| is_inside(item.name, raw)).collect::<Vec<_>>(),
        "text": order.note,
    }))
}

async fn lent(payload: &str) -> Value {
    let log = Script::in_memory().invoke(event(payload)).run(service_fn(inside)).await;
    log.post().json()
}

#[tokio::test(start_paused = true)]
async fn texts_lie_in_the_event_and_are_not_copied() {
    assert_eq!(
        lent(r#"{"id":"o-1","note":"fragil é","items":[{"name":"cup"},{"name":""}]}"#).await,
        json!({ "id": true, "note": true, "is_borrowed": true, "items": [true, true], "text": "fragil é" })
    );
}

#[tokio::test(start_paused = true)]
async fn a_text_with_escapes_is_copied_where_the_type_allows_it() {
    assert_eq!(
        lent(r#"{"id":"o-1","note":"\u0066ragile"}"#).await,
        json!({ "id": true, "note": false, "is_borrowed": false, "items": [], "text": "fragile" })
    );
}

#[tokio::test]
async fn a_text_with_escapes_that_must_be_borrowed_is_refused_with_its_path() {
    let bad = event(r#"{"id":"o-1","note":"","items":[{"name":"cup"},{"name":"hunter\u0032"}]}"#);
    let good = event(r#"{"id":"o-1","note":""}"#);
    let expected = json!({ "id": true, "note": true, "is_borrowed": true, "items": [], "text": "" });
    let post = fails_then_works(|| service_fn(inside), bad, good, expected).await;
    assert_eq!(post.error_type(), "Runtime.UnmarshalError");
    let message = post.message();
    assert!(
        message.contains("items[1].name: ") && message.contains("expected a borrowed string"),
        "{message}"
    );
    assert!(!post.whole().contains("hunter2"), "{}", post.whole());
}

#[tokio::test]
async fn an_event_that_is_never_asked_for_is_never_refused() {
    async fn ignore(event: Event) -> Result<usize, Error> {
        Ok(event.payload.raw().len())
    }
    let log = Script::new().invoke(event("no JSON")).run(service_fn(ignore)).await;
    assert_eq!((log.order()[1], log.post().json()), ("r-1/response", json!(7)));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_a_boxed_error_is_reported_as_what_it_is() {
    async fn boxed(event: Event) -> Result<(), BoxError> {
        event.payload.get()?;
        Ok(())
    }
    let log = Script::in_memory().invoke(event(r#"{"id":7}"#)).run(service_fn(boxed)).await;
    assert_eq!(log.post().error_type(), "Runtime.UnmarshalError");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_the_handler_deals_with_is_no_failure() {
    async fn either(event: Event) -> Result<String, Error> {
        Ok(match event.payload.get() {
            Ok(order) => order.id.to_owned(),
            Err(error) => error.to_string(),
        })
    }
    let log = Script::in_memory().invoke(event(r#"{"id":7}"#)).run(service_fn(either)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    let text = log.post().json();
    assert!(
        text.as_str().unwrap().contains("id: invalid type: integer, expected a borrowed string"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_call_and_each_clone_reads_the_same_event() {
    async fn twice(event: Event) -> Result<bool, Error> {
        let clone = event.payload.clone();
        let (first, second, third) = (event.payload.get()?, event.payload.get()?, clone.get()?);
        // A clone shares the bytes.
        Ok([second.id, third.id].iter().all(|id| std::ptr::eq(first.id, *id)))
    }
    let log = Script::in_memory().invoke(event(r#"{"id":"o-1","note":""}"#)).run(service_fn(twice)).await;
    assert_eq!(log.post().json(), json!(true));
}

#[tokio::test(start_paused = true)]
async fn a_chosen_type_takes_the_place_of_the_runtimes_own() {
    async fn choose(event: Event) -> Result<(), Error> {
        event.payload.get().map_err(|error| Error::from(error).with_type("BadOrder"))?;
        Ok(())
    }
    let log = Script::in_memory().invoke(event("{}")).run(service_fn(choose)).await;
    assert_eq!(log.post().error_type(), "Function.BadOrder");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_refused_in_the_middle_of_a_stream_is_told_in_the_trailers() {
    async fn late(event: Event) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        event.context.clone().spawn(async move {
            sender.send_data("before".into()).await.unwrap();
            if let Err(error) = event.payload.get() {
                sender.abort_with(error);
            }
        });
        Ok(Response::stream(body))
    }
    let failed =
        in_memory(service_fn(late), async |api| api.answer_to(event(r#"{"id":["hunter2"]}"#)).await).await;
    let (error_type, report) = failed.error_trailers();
    assert_eq!((error_type, failed.body()), ("Runtime.UnmarshalError", b"before".to_vec()));
    let message = report["errorMessage"].as_str().unwrap();
    assert!(message.contains("id: ") && !report.to_string().contains("hunter2"), "{report}");
}
