//! Messages and records on their way from a source in memory to a function.

use std::sync::Arc;

use mock_server::{Mapping, MockLambda, core::mapping::NewMessage};
use tokio::sync::watch;

use super::TIMELINE;
use crate::{Result, guest};

/// How many messages of a FIFO queue are of one group.
const OF_A_GROUP: usize = 10;
const SHARDS: usize = 4;
/// By which records are counted in an event.
const RECORD: &[u8] = b"\"eventID\"";

fn service() -> MockLambda {
    let (entries, bytes) = TIMELINE;
    MockLambda::builder().timeline(entries, bytes).build()
}

fn body(number: usize) -> String {
    format!(r#"{{"order":{number},"customer":"c-12","apples":7,"note":"by the gate, if nobody is in"}}"#)
}

pub async fn queue(name: &str, messages: usize, times: usize) -> Result<()> {
    let mock = service();
    let queue = mock.queue(name);
    let function = mock.function("f").in_process(guest::in_memory);
    function.map_source(&queue, Mapping::new())?;
    for round in 0..times {
        for number in 0..messages {
            let mut message = NewMessage::new(body(number));
            if name.ends_with(".fifo") {
                let group = format!("g-{}", number / OF_A_GROUP);
                message = message.group(group).deduplication_id(format!("{round}-{number}"));
            }
            queue.send(message)?;
        }
        let counts = queue.drained().await;
        if counts.deleted != (round + 1) * messages {
            return Err(format!("{counts:?}").into());
        }
    }
    Ok(())
}

pub async fn stream(records: usize, times: usize) -> Result<()> {
    let mock = service();
    let stream = mock.new_kinesis("work", SHARDS).create()?;
    let (seen, mut all) = watch::channel(0);
    let seen = Arc::new(seen);
    let function = mock.function("f").in_process(move |api| {
        let seen = Arc::clone(&seen);
        async move {
            guest::echo_all(api.connect().await?, |event| {
                let records = event.windows(RECORD.len()).filter(|bytes| *bytes == RECORD).count();
                seen.send_modify(|seen| *seen += records);
            })
            .await
        }
    });
    function.map_source(&stream, Mapping::new().from_trim_horizon())?;
    for round in 1..=times {
        for number in 0..records {
            stream.put(&format!("c-{number}"), body(number))?;
        }
        all.wait_for(|&seen| seen == round * records).await?;
    }
    Ok(())
}
