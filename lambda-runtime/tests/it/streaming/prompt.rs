//! When the bytes of a stream leave: what is ready leaves together and at once, what is not is not waited for.
//!
//! Counted is each call of the runtime's that would be a system call on a socket.

use std::time::Duration;

use bytes::Bytes;
use lambda_runtime::{
    Error, LambdaEvent, MetadataPrelude, PreludeForm, Response, Runtime, service_fn, streaming,
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Step, WAIT, patient, steps};
use crate::{
    chunked::{Memory, Writing, in_memory, in_memory_with},
    reply::event,
};

const PRELUDE: &[u8] = b"{\"statusCode\":200}\0\0\0\0\0\0\0\0";

/// Both ways to write: one that gathers buffers, and one that does not.
const MEMORIES: [Memory; 2] = [
    Memory { room: 64 * 1024, writing: Writing::Gathered },
    Memory { room: 64 * 1024, writing: Writing::OneByOne },
];

/// The first piece is there when the handler returns, the second is not.
async fn ready(_: LambdaEvent<Value>) -> Result<Response, Error> {
    let pieces = steps([Step::Give("<html>"), WAIT, Step::Give("</html>")]);
    Ok(Response::http_stream(&MetadataPrelude::default(), pieces))
}

#[tokio::test(start_paused = true)]
async fn prelude_nuls_and_first_piece_leave_in_one_write_and_one_chunk() {
    for memory in MEMORIES {
        let client = |api| Runtime::new(service_fn(ready)).endpoint(api).run();
        let (call, writes) =
            in_memory_with(memory, client, async |api| (api.answer_to(event("{}")).await, api.writes()))
                .await;
        assert_eq!(call.chunks, [[PRELUDE, b"<html>"].concat(), b"</html>".to_vec()]);
        let first = [b"20\r\n", PRELUDE, b"<html>\r\n"].concat();
        let with_first: Vec<_> = writes.iter().filter(|write| write.ends_with(&first)).collect();
        assert_eq!(with_first.len(), 1, "{memory:?}: {writes:?}");
        // The head leaves with them, and the rest in its own time.
        assert!(with_first[0].starts_with(b"POST "), "{memory:?}: {writes:?}");
        assert_eq!(writes[0], *with_first[0]);
        assert_eq!(writes[1..].concat(), b"7\r\n</html>\r\n0\r\n\r\n");
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_piece_that_waits_in_a_channel_leaves_with_the_prelude() {
    async fn waiting(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        sender.send_data("<html>".into()).await?;
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            sender.send_data("</html>".into()).await
        });
        Ok(Response::http_stream(&MetadataPrelude::default(), body))
    }
    let (call, writes) =
        in_memory(service_fn(waiting), async |api| (api.answer_to(event("{}")).await, api.writes())).await;
    assert_eq!(call.chunks.len(), 2);
    assert!(writes[0].ends_with(&[PRELUDE, b"<html>\r\n"].concat()), "{writes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_first_piece_of_a_producer_that_was_just_spawned_leaves_with_the_prelude() {
    async fn spawned(event: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        event.context.spawn(async move { sender.send_data("<html>".into()).await });
        Ok(Response::http_stream(&MetadataPrelude::default(), body))
    }
    let (call, writes) =
        in_memory(service_fn(spawned), async |api| (api.answer_to(event("{}")).await, api.writes())).await;
    assert_eq!(call.chunks, [[PRELUDE, b"<html>"].concat()]);
    assert!(writes[0].starts_with(b"POST ") && writes[0].ends_with(b"<html>\r\n"), "{writes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_prelude_does_not_wait_for_a_first_piece_that_is_not_ready() {
    async fn slow(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        tokio::spawn(async move {
            sleep(Duration::from_secs(10)).await;
            sender.send_data("<html>".into()).await
        });
        Ok(Response::http_stream(&MetadataPrelude::default(), body))
    }
    for form in [PreludeForm::Joined, PreludeForm::Separate] {
        let client = |api| Runtime::new(service_fn(slow)).prelude_form(form).endpoint(api).run();
        in_memory_with(Memory::default(), client, async |api| {
            let before = Instant::now();
            api.invoke(patient("{}")).await;
            let mut call = api.begin().await;
            while call.body().len() < PRELUDE.len() {
                assert!(api.chunk(&mut call).await);
            }
            assert_eq!((call.body(), before.elapsed()), (PRELUDE.to_vec(), Duration::ZERO));
            assert!(api.chunk(&mut call).await);
            assert_eq!(before.elapsed(), Duration::from_secs(10));
            api.rest(&mut call).await;
            api.reply(202).await;
            assert_eq!(call.body(), [PRELUDE, b"<html>"].concat());
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_raw_stream_does_not_wait_for_its_first_piece() {
    async fn slow(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        tokio::spawn(async move {
            sleep(Duration::from_secs(10)).await;
            sender.send_data("late".into()).await
        });
        Ok(Response::stream(body))
    }
    in_memory(service_fn(slow), async |api| {
        let before = Instant::now();
        api.invoke(patient("{}")).await;
        let mut call = api.begin().await;
        assert_eq!(before.elapsed(), Duration::ZERO);
        api.rest(&mut call).await;
        api.reply(202).await;
        assert_eq!((call.body(), before.elapsed()), (b"late".to_vec(), Duration::from_secs(10)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn each_piece_leaves_when_it_is_there_and_in_a_chunk_of_its_own() {
    async fn ticks(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        tokio::spawn(async move {
            for tick in 1..=5_u8 {
                sleep(Duration::from_secs(1)).await;
                sender.send_data(Bytes::from(vec![tick])).await.unwrap();
            }
        });
        Ok(Response::stream(body))
    }
    in_memory(service_fn(ticks), async |api| {
        let before = Instant::now();
        api.invoke(patient("{}")).await;
        let mut call = api.begin().await;
        for tick in 1..=5_u8 {
            assert!(api.chunk(&mut call).await);
            assert_eq!(before.elapsed(), Duration::from_secs(tick.into()));
            assert_eq!(call.chunks.last(), Some(&vec![tick]));
        }
        assert!(!api.chunk(&mut call).await);
        api.reply(202).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn pieces_that_are_ready_one_after_the_other_leave_one_by_one() {
    async fn busy(_: LambdaEvent<Value>) -> Result<Response, Error> {
        // Never waits: with work between the pieces, whoever reads would see nothing until the last is done.
        Ok(Response::stream(steps([Step::Give("a"), Step::Give("b"), Step::Give("c")])))
    }
    for memory in MEMORIES {
        let client = |api| Runtime::new(service_fn(busy)).endpoint(api).run();
        let writes = in_memory_with(memory, client, async |api| {
            api.answer_to(event("{}")).await;
            api.writes()
        })
        .await;
        let writes: Vec<String> =
            writes.iter().map(|write| String::from_utf8_lossy(write).into_owned()).collect();
        // The last one may leave together with the end, which is as ready as it is.
        for piece in ["1\r\na\r\n", "1\r\nb\r\n"] {
            let with_it = writes.iter().filter(|write| write.ends_with(piece));
            assert_eq!(with_it.count(), 1, "{memory:?}: {writes:?}");
        }
    }
}
