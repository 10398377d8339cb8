//! Streams under failures: each record is processed or in the range of a batch that was given up, in the order of its shard.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use mock_server::{Mapping, MockLambda, TriggerEvent, core::mapping::Note};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Dice, failures, problems, records, soon, stand_in, text, told, worker};
use crate::{check::say, stand_in::StandIn};

pub(super) async fn create_stream(stand_in: &mut StandIn, shards: u32) {
    let arguments = json!({ "StreamName": "clicks", "ShardCount": shards });
    stand_in.call("kinesis", "create_stream", arguments).await;
}

pub(super) async fn put(stand_in: &mut StandIn, texts: impl IntoIterator<Item = String>) {
    let records: Vec<_> =
        texts.into_iter().map(|text| json!({ "Data": text, "PartitionKey": text })).collect();
    for records in records.chunks(500) {
        let arguments = json!({ "StreamName": "clicks", "Records": records });
        let put = stand_in.call("kinesis", "put_records", arguments).await;
        assert_eq!(put["FailedRecordCount"], 0, "{put}");
    }
}

/// The shard of a Kinesis record, and its place there.
pub(super) fn place(record: &Value) -> (String, u64) {
    let (id, number) = (text(&record["eventID"]), text(&record["kinesis"]["sequenceNumber"]));
    let (shard, of) = id.split_once(':').unwrap();
    assert_eq!(of, number);
    (shard.to_owned(), number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1000_records_in_3_real_shards_each_is_processed_or_in_a_failed_range() {
    const RECORDS: usize = 1_000;
    /// The place of a record that always fails, in each shard.
    const POISON: u64 = 10;

    let Some(mut stand_in) = stand_in().await else { return };
    create_stream(&mut stand_in, 3).await;
    put(&mut stand_in, (0..RECORDS).map(|number| number.to_string())).await;

    let began = Instant::now();
    let processed = Arc::new(Mutex::new(Vec::<(String, u64)>::new()));
    let (noted, dice) = (Arc::clone(&processed), Dice::new(3));
    let mock = MockLambda::new();
    let function = worker(&mock, move |event| {
        let records = records(event);
        if dice.roll(8) == 0 {
            return Err(());
        }
        let poison = records.iter().position(|record| place(record).1 == POISON);
        let some = (dice.roll(8) == 0).then(|| dice.roll(records.len() as u64) as usize);
        let failed = poison.into_iter().chain(some).min();
        if poison.is_some() && dice.roll(2) == 0 {
            return Err(());
        }
        noted.lock().unwrap().extend(records[..failed.unwrap_or(records.len())].iter().map(place));
        let failed = failed.map(|at| text(&records[at]["kinesis"]["sequenceNumber"]));
        Ok(failures(failed))
    });
    let stream = mock.connect_kinesis(stand_in.url(), "clicks").await.unwrap();
    let dead = mock.queue("dead");
    let mapping = Mapping::new().from_trim_horizon().batch_size(100).bisect().retries(1);
    let mapping = mapping.report_item_failures().on_failure(dead.arn());
    let mapping = function.map_source(&stream, mapping).unwrap();
    soon(mapping.settled()).await;
    let is_discarded = |event: &TriggerEvent| matches!(event, TriggerEvent::Noted(Note::Discarded { .. }));
    let discarded = told(&mock).iter().filter(|event| is_discarded(event)).count();
    soon(dead.wait_for(|counts| counts.visible == discarded)).await;

    let mut given_up = BTreeSet::new();
    let mut at_all = 0;
    for letter in std::iter::from_fn(|| Some(dead.receive(10)).filter(|some| !some.is_empty())).flatten() {
        let failed: Value = serde_json::from_str(&letter.body).unwrap();
        assert_eq!(failed["requestContext"]["condition"], "RetryAttemptsExhausted");
        let range = &failed["KinesisBatchInfo"];
        let end = |name: &str| text(&range[name]).parse::<u64>().unwrap();
        let range_of = end("startSequenceNumber")..=end("endSequenceNumber");
        assert_eq!(range["batchSize"], range_of.clone().count());
        at_all += range_of.clone().count();
        given_up.extend(range_of.map(|number| (text(&range["shardId"]), number)));
    }
    let processed = processed.lock().unwrap();
    let mut by_shard = BTreeMap::<_, Vec<_>>::new();
    for (shard, number) in &*processed {
        by_shard.entry(shard).or_default().push(*number);
    }
    say(&format!(
        "of {RECORDS} records in {} real shards {} are processed, {at_all} in {discarded} failed ranges, in {:?}",
        by_shard.len(),
        processed.len(),
        began.elapsed(),
    ));
    assert_eq!(by_shard.len(), 3);
    for (shard, numbers) in by_shard {
        // Once each: the function answers about all that it has processed.
        assert!(numbers.is_sorted_by(|one, next| one < next), "{shard}: {numbers:?}");
        assert!(given_up.contains(&(shard.clone(), POISON)), "{shard}");
    }
    assert_eq!((processed.len() + at_all, given_up.len()), (RECORDS, at_all));
    assert!(processed.iter().all(|place| !given_up.contains(place)));
    assert_eq!(problems(&mock), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_changes_of_a_real_table_each_reaches_the_function_in_order() {
    let Some(mut stand_in) = stand_in().await else { return };
    let arguments = json!({
        "TableName": "orders",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "N" }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    stand_in.call("dynamodb", "create_table", arguments).await;
    let mut expected = Vec::new();
    for number in 0..25 {
        let key = json!({ "id": { "N": number.to_string() } });
        for (change, state) in [("INSERT", "new"), ("MODIFY", "paid"), ("MODIFY", "sent")] {
            let mut item = key.clone();
            item["state"] = json!({ "S": state });
            stand_in.call("dynamodb", "put_item", json!({ "TableName": "orders", "Item": item })).await;
            expected.push((number.to_string(), change.to_owned(), state.to_owned()));
        }
        stand_in.call("dynamodb", "delete_item", json!({ "TableName": "orders", "Key": key })).await;
        expected.push((number.to_string(), "REMOVE".to_owned(), "sent".to_owned()));
    }

    let began = Instant::now();
    let processed = Arc::new(Mutex::new(Vec::new()));
    let (noted, dice) = (Arc::clone(&processed), Dice::new(9));
    let mock = MockLambda::new();
    let function = worker(&mock, move |event| {
        if dice.roll(2) == 0 {
            return Err(());
        }
        noted.lock().unwrap().extend(records(event).iter().map(|record| {
            let change = &record["dynamodb"];
            let image = change.get("NewImage").unwrap_or_else(|| &change["OldImage"]);
            (text(&change["Keys"]["id"]["N"]), text(&record["eventName"]), text(&image["state"]["S"]))
        }));
        Ok(Value::Null)
    });
    let stream = mock.connect_table_stream(stand_in.url(), "orders").await.unwrap();
    let mapping = Mapping::new().from_trim_horizon().batch_size(20);
    let mapping = function.map_source(&stream, mapping).unwrap();
    soon(mapping.settled()).await;
    let retries =
        told(&mock).iter().filter(|event| matches!(event, TriggerEvent::Noted(Note::Retry { .. }))).count();
    say(&format!("100 changes of a real table, {retries} batches tried again, in {:?}", began.elapsed()));
    assert!(retries > 0);
    assert_eq!(*processed.lock().unwrap(), expected);
    assert_eq!(problems(&mock), [""; 0]);
}
