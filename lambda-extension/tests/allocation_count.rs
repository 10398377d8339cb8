//! How many allocations an event costs: a whole number, the same each time.
//!
//! A binary of its own, because the allocator that counts is that of the whole process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use allocation_counter::measure;
use lambda_extension::{Event, Extension, Failure, RuntimeApi, service_fn};

/// By how many events the two runs differ.
const MORE: u64 = 1_000;

/// What the service answers: the registration, so many invocations, and the shutdown.
fn replies(invocations: u64) -> impl Iterator<Item = String> {
    let reply = |headers: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\n{headers}Date: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let registered = reply(
        "Lambda-Extension-Identifier: 5f1c2d7e-0000-4000-8000-000000000001\r\n",
        r#"{"functionName":"orders","functionVersion":"$LATEST","handler":"handler"}"#,
    );
    let invoke = move |number| {
        reply(
            &format!(
                "Content-Type: application/json\r\nLambda-Extension-Event-Identifier: 7f1c2d7e-0000-4000-8000-{number:012}\r\n"
            ),
            &format!(
                r#"{{"eventType":"INVOKE","deadlineMs":4102444800123,"requestId":"6f1c2d7e-0000-4000-8000-{number:012}","invokedFunctionArn":"arn:aws:lambda:eu-west-1:123456789012:function:orders","tracing":{{"type":"X-Amzn-Trace-Id","value":"Root=1-691ee2a0-0123456789abcdef01234567;Sampled=1"}}}}"#
            ),
        )
    };
    let shutdown = reply(
        "Content-Type: text/plain; charset=utf-8\r\n",
        r#"{"eventType":"SHUTDOWN","deadlineMs":4102444802000,"shutdownReason":"spindown"}"#,
    );
    std::iter::once(registered).chain((0..invocations).map(invoke)).chain([shutdown])
}

/// Answers each call with the next of the replies; how many there were.
fn serve(stream: TcpStream, mut replies: impl Iterator<Item = String>) -> u64 {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut calls = 0;
    loop {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            if reader.read_line(&mut head).unwrap() == 0 {
                return calls;
            }
            if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        calls += 1;
        let reply = replies.next().unwrap();
        (&stream).write_all(reply.as_bytes()).unwrap();
    }
}

/// What so many more events cost this thread, on which nothing but the extension works.
fn allocations_of_more_events() -> u64 {
    let all_of = |invocations: u64| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = RuntimeApi::tcp(&listener.local_addr().unwrap().to_string()).unwrap();
        let service = thread::spawn(move || serve(listener.accept().unwrap().0, replies(invocations)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let info = measure(|| {
            let handler = service_fn(async |_: Event| Ok::<_, Failure>(()));
            runtime.block_on(Extension::builder("counted").endpoint(api).run(handler)).unwrap();
        });
        assert_eq!(service.join().unwrap(), invocations + 2);
        info.count_total
    };
    // Once for whatever is allocated the first time only.
    all_of(10);
    let (few, many) = (all_of(100), all_of(100 + MORE));
    many - few
}

#[test]
fn an_event_costs_four_allocations() {
    // AWS's own crate costs 31. These are the event's texts.
    const EACH: u64 = 4;

    assert_eq!(allocations_of_more_events(), EACH * MORE);
}
