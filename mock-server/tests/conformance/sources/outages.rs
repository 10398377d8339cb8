//! Sources that go away and come back.

use mock_server::{Event, Function, Mapping, MockLambda, TriggerEvent};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    gate::Gate,
    problems,
    queues::{create, emptied, send},
    records, soon, stand_in,
    streams::{create_stream, put},
    worker,
};
use crate::{
    installed,
    stand_in::{PYTHON, StandIn},
};

/// A function that says how many records it has processed.
fn counter(mock: &MockLambda) -> (Function, watch::Receiver<usize>) {
    let (count, processed) = watch::channel(0);
    let function = worker(mock, move |event| {
        count.send_modify(|count| *count += records(event).len());
        Ok(Value::Null)
    });
    (function, processed)
}

async fn processed(count: &watch::Receiver<usize>, records: usize) {
    soon(count.clone().wait_for(|count| *count >= records)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_queue_that_is_away_is_told_of_once_and_read_on_when_it_is_back() {
    let Some(mut stand_in) = stand_in().await else { return };
    let orders = create(&mut stand_in, "orders", json!({})).await;
    let gate = Gate::new(stand_in.url()).await;
    let mock = MockLambda::new();
    let (function, count) = counter(&mock);
    let queue = mock.connect_queue(&orders.replace(stand_in.url(), &gate.url)).await.unwrap();
    function.map_source(&queue, Mapping::new()).unwrap();
    send(&mut stand_in, &orders, ["before".to_owned()], |_| json!({})).await;
    processed(&count, 1).await;
    soon(emptied(&mut stand_in, &orders)).await;

    gate.close();
    send(&mut stand_in, &orders, ["meanwhile".to_owned()], |_| json!({})).await;
    soon(gate.refused(3)).await;
    gate.open();
    processed(&count, 2).await;
    let away: Vec<_> = problems(&mock).into_iter().filter(|problem| problem.contains(" with 503 ")).collect();
    let [away] = &away[..] else { panic!("{away:?}") };
    assert!(away.contains("answered ReceiveMessage with 503 Service Unavailable"), "{away}");
    assert_eq!(*count.borrow(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_stream_that_is_away_is_told_of_once_and_read_on_where_it_was() {
    let Some(mut stand_in) = stand_in().await else { return };
    create_stream(&mut stand_in, 1).await;
    let gate = Gate::new(stand_in.url()).await;
    let mock = MockLambda::new();
    let (function, count) = counter(&mock);
    let stream = mock.connect_kinesis(&gate.url, "clicks").await.unwrap();
    let mapping = function.map_source(&stream, Mapping::new().from_trim_horizon()).unwrap();
    put(&mut stand_in, ["before".to_owned()]).await;
    processed(&count, 1).await;

    gate.close();
    put(&mut stand_in, ["meanwhile".to_owned()]).await;
    soon(gate.refused(3)).await;
    gate.open();
    processed(&count, 2).await;
    let away: Vec<_> = problems(&mock).into_iter().filter(|problem| problem.contains(" with 503 ")).collect();
    let [away] = &away[..] else { panic!("{away:?}") };
    assert!(away.contains("answered GetRecords with 503 Service Unavailable"), "{away}");
    soon(mapping.settled()).await;
    assert_eq!(*count.borrow(), 2, "nothing is read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_and_starts_again_at_its_address_is_read_on() {
    let Some(mut stand_in) = stand_in().await else { return };
    let orders = create(&mut stand_in, "orders", json!({})).await;
    let mock = MockLambda::new();
    let (function, count) = counter(&mock);
    function.map_source(&mock.connect_queue(&orders).await.unwrap(), Mapping::new()).unwrap();
    send(&mut stand_in, &orders, ["before".to_owned()], |_| json!({})).await;
    processed(&count, 1).await;
    soon(emptied(&mut stand_in, &orders)).await;

    let port = stand_in.url().rsplit(':').next().unwrap().to_owned();
    stand_in.stop().await;
    let is_unreachable = |event: &TriggerEvent| matches!(event, TriggerEvent::SourceFailed { problem } if problem.starts_with("cannot connect to"));
    let told = mock
        .timeline()
        .wait_for(|entry| matches!(&entry.event, Event::Trigger { event, .. } if is_unreachable(event)));
    soon(told).await;
    // It has forgotten everything.
    let mut stand_in = StandIn::start_at(installed(PYTHON, "a stand-in for SQS").unwrap(), &port).await;
    assert_eq!(create(&mut stand_in, "orders", json!({})).await, orders);
    send(&mut stand_in, &orders, ["after".to_owned()], |_| json!({})).await;
    processed(&count, 2).await;
}
