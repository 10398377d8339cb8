//! The sources that `sources.py` puts messages into, and the function that is invoked with them.
//!
//! The function raises on the board what each message says, so the script can wait for it.

#![expect(clippy::unwrap_used, reason = "a source that cannot be set up fails the test")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_api::transport::RuntimeApi;
use mock_server::{Mapping, MockLambda, Subscription};
use serde_json::Value;

use crate::{
    functions::{Board, on_the_board},
    guest::answering,
    raw::Reply,
};

pub(crate) fn service() -> MockLambda {
    let mock = MockLambda::new();
    let board = Board::default();
    let shared = board.clone();
    mock.function("board").in_process(move |api| on_the_board(api, shared.clone()));
    let worker = mock.function("worker").in_process(move |api| raising(api, board.clone()));

    worker.map_source(&mock.queue("work"), Mapping::new()).unwrap();
    let clicks = mock.new_kinesis("clicks", 2).create().unwrap();
    worker.map_source(&clicks, Mapping::new().from_trim_horizon()).unwrap();

    let dead = mock.queue("orders-dead");
    mock.new_queue("orders").dead_letters(&dead, 5).create().unwrap();
    mock.queue("orders.fifo");
    mock.queue("quiet");

    let (news, reader) = (mock.topic("news"), mock.queue("news-reader"));
    news.subscribe(&worker).unwrap();
    news.subscribe(Subscription::of(&reader).raw()).unwrap();
    mock.topic("news.fifo");

    let placed = r#"{"detail-type": ["Order Placed"]}"#;
    mock.bus("default").new_rule("placed").pattern(placed).target(&worker).create().unwrap();
    mock.bus("shop").new_rule("placed").pattern(placed).target(&mock.queue("shop-audit")).create().unwrap();
    mock
}

/// What the script leaves behind: the function has had all messages of its queue.
pub(crate) async fn check(mock: &MockLambda) {
    let counts = mock.queue("work").drained().await;
    assert_eq!((counts.deleted, counts.dead_lettered, counts.expired), (2, 0, 0));
}

/// Raises on the board what each record of an event says.
async fn raising(api: RuntimeApi, board: Board) -> Result<(), String> {
    answering(api, async |event: Reply| {
        let event: Value = serde_json::from_slice(&event.body).unwrap();
        for text in texts(&event) {
            board.raise(&text);
        }
        b"null".to_vec()
    })
    .await
}

fn texts(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().cloned().unwrap_or_default();
    let text = |record: &Value| {
        let text = record["body"].as_str().or_else(|| record["Sns"]["Message"].as_str()).map(str::to_owned);
        text.or_else(|| String::from_utf8(STANDARD.decode(record["kinesis"]["data"].as_str()?).ok()?).ok())
    };
    let detail = event["detail"]["what"].as_str().map(str::to_owned);
    records.iter().filter_map(text).chain(detail).collect()
}
