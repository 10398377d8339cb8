//! When a batch is sent, how, and what happens to one that is not taken.

use std::fmt::Write;

use mock_server::Event;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpSocket,
};

use super::{
    stage::{RUNTIME, Stage, TELEMETRY},
    subscriber::{Listener, Log, Over, lines, numbers, read_lines},
    writing::{EXTENSION, LATE, SOON, Writing, http, lines_to, tcp},
};
use crate::{raw::Connection, wait::soon};

// === the request ===

#[tokio::test]
async fn a_batch_is_posted_to_the_uri_as_a_json_array() {
    let listener = Listener::bind().await;
    let uri = format!("http://sandbox:{}/a/path?and=query", listener.port());
    let mut writing = Writing::to(&lines_to(&json!({ "protocol": "HTTP", "URI": uri }), SOON)).await;
    writing.writes("one").await;
    let mut peer = listener.accept().await;
    let batch = peer.batch().await;
    assert!(batch.head.starts_with("POST /a/path?and=query HTTP/1.1\r\n"), "{}", batch.head);
    let header = |name: &str| {
        let mut headers = batch.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("host"), Some(format!("sandbox:{}", listener.port())));
    assert_eq!(batch.masked(), ["function \"one\""]);
}

// === when it is due ===

#[tokio::test]
async fn a_batch_is_due_with_its_thousandth_event() {
    let listener = Listener::bind().await;
    let mut wanted = lines_to(&http(listener.port()), LATE);
    wanted["buffering"]["maxBytes"] = json!(1_048_576);
    let mut writing = Writing::to(&wanted).await;
    let from = writing.stage.end();
    writing.stage.tell(RUNTIME, "seq 999");
    writing.stage.happens(from, |event| matches!(event, Event::Output { line } if line == "999")).await;
    assert!(!writing.has_sent());
    writing.writes("the thousandth").await;
    assert!(writing.has_sent());
    let mut peer = listener.accept().await;
    let first = peer.batch().await.lines();
    assert_eq!((first.len(), &*first[999]), (1_000, "the thousandth"));
    writing.writes("kept").await;
    peer.answer(200).await;
    let rest = tokio::spawn(async move { peer.try_batch().await.map(|batch| batch.lines()) });
    // What is kept comes with the end, and not before it.
    writing.ends().await;
    assert_eq!(soon(rest).await.unwrap(), Some(vec!["kept".to_owned()]));
}

#[tokio::test]
async fn a_batch_is_due_when_it_is_large_enough() {
    let listener = Listener::bind().await;
    let mut wanted = lines_to(&http(listener.port()), LATE);
    wanted["buffering"]["maxItems"] = json!(10_000);
    let mut writing = Writing::to(&wanted).await;
    writing.writes_many(1, 200).await;
    assert!(!writing.has_sent());
    writing.writes_many(201, 300).await;
    assert!(writing.has_sent());
    let mut peer = listener.accept().await;
    let first = peer.batch().await;
    let bytes: usize = first.events.iter().map(String::len).sum();
    // Its last event makes it large enough, or would have made it too large.
    assert!((262_144 - 1_100..2 * 262_144).contains(&bytes), "{bytes}");
    let mut all = first.lines();
    peer.answer(200).await;
    let rest = tokio::spawn(async move { peer.try_batch().await.unwrap().lines() });
    writing.ends().await;
    all.extend(soon(rest).await.unwrap());
    assert_eq!(numbers(&all), (1..=300).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_batch_is_due_when_its_time_is_over() {
    let mut stage = Stage::new(&["a-hasty", "b-patient"], |function| function);
    let outcome = stage.invoke("r-1");
    let mut hasty = stage.register("a-hasty").await;
    let mut patient = stage.register("b-patient").await;
    let (at_hasty, at_patient) = (Listener::bind().await, Listener::bind().await);
    hasty.subscribe(TELEMETRY, &lines_to(&http(at_hasty.port()), SOON)).await;
    patient.subscribe(TELEMETRY, &lines_to(&http(at_patient.port()), LATE)).await;
    stage.launched(0, RUNTIME).await;
    stage.says(RUNTIME, "one").await;
    let mut peer = at_hasty.accept().await;
    assert_eq!(peer.batch().await.lines(), ["one"]);
    peer.answer(200).await;
    stage.says(RUNTIME, "two").await;
    assert_eq!(peer.batch().await.lines(), ["two"]);
    peer.answer(200).await;

    let sent =
        |event: &Event| matches!(event, Event::TelemetrySent { extension, .. } if *extension == patient.id);
    assert!(!stage.function.timeline().entries().iter().any(|entry| sent(&entry.event)));
    let shutting_down = stage.shut_down();
    let mut peer = at_patient.accept().await;
    assert_eq!(peer.batch().await.lines(), ["one", "two"]);
    peer.answer(200).await;
    stage.tell("a-hasty", "exit 0");
    stage.tell("b-patient", "exit 0");
    soon(shutting_down).await.unwrap();
    assert!(!outcome.await.unwrap().is_success());
}

#[tokio::test]
async fn a_batch_whose_time_is_over_is_not_the_end_of_a_phase() {
    let mut log = Log::start(Over::Http).await;
    let mut writing = Writing::to(&lines_to(&log.destination(), SOON)).await;
    writing.writes("one").await;
    log.expect("function \"one\"").await;
    let entries = writing.stage.function.timeline().entries();
    assert!(!entries.iter().any(|entry| matches!(entry.event, Event::TimeIsUp(_))), "init has a minute");
}

#[tokio::test]
async fn what_was_written_before_the_subscription_is_delivered_too() {
    let mut stage = Stage::new(&[EXTENSION], |function| function);
    let _outcome = stage.invoke("r-1");
    let mut extension = stage.register(EXTENSION).await;
    stage.launched(0, RUNTIME).await;
    stage.says(RUNTIME, "early").await;
    let mut log = Log::start(Over::Http).await;
    extension.subscribe(TELEMETRY, &lines_to(&log.destination(), SOON)).await;
    log.expect("function \"early\"").await;
}

// === what is not taken ===

#[tokio::test]
async fn a_batch_that_is_refused_twice_is_sent_a_third_time_and_nothing_twice() {
    for refusal in [500, 404, 302] {
        let listener = Listener::bind().await;
        let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
        let last = writing.stage.ask(RUNTIME, "printf 'one\ntwo\nthree\n'").await;
        assert_eq!(last, "one", "all three are read at once");
        let mut peer = listener.accept().await;
        let first = peer.batch().await;
        assert_eq!(first.lines(), ["one", "two", "three"]);
        writing.writes("four").await;
        peer.answer(refusal).await;
        let second = peer.batch().await;
        writing.writes("five").await;
        peer.answer(refusal).await;
        let third = peer.batch().await;
        assert_eq!((&second.head, &second.events), (&first.head, &first.events));
        assert_eq!((&third.head, &third.events), (&first.head, &first.events));
        peer.answer(200).await;
        assert_eq!(peer.batch().await.lines(), ["four", "five"]);
        peer.answer(200).await;
        let rest = tokio::spawn(async move { peer.try_batch().await.is_none() });
        writing.ends().await;
        assert!(soon(rest).await.unwrap(), "there is nothing else");
    }
}

#[tokio::test]
async fn every_status_of_success_will_do() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    writing.writes("first").await;
    let mut peer = listener.accept().await;
    assert_eq!(peer.batch().await.lines(), ["first"]);
    for (number, answer) in [
        "HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nyes",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
        "HTTP/1.1 299 Why Not\r\nContent-Length: 0\r\n\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("line {number}");
        writing.writes(&line).await;
        peer.say(answer).await;
        assert_eq!(peer.batch().await.lines(), [line]);
    }
}

#[tokio::test]
async fn who_does_not_listen_yet_gets_everything_once_it_does() {
    for over in [Over::Http, Over::Tcp] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let destination = match over {
            Over::Http => http(port),
            Over::Tcp => tcp(port),
        };
        let mut writing = Writing::to(&lines_to(&destination, SOON)).await;
        let mut expected = Vec::new();
        for number in 1..=3 {
            let from = writing.stage.end();
            let line = format!("line {number}");
            writing.writes(&line).await;
            expected.push(line);
            writing.stage.happens(from, |event| matches!(event, Event::TelemetryRefused { .. })).await;
        }
        let listener = socket.listen(8).unwrap();
        let mut received = Vec::new();
        let (stream, _) = soon(listener.accept()).await.unwrap();
        match over {
            Over::Http => {
                let mut connection = Connection::new(stream);
                while received.len() < expected.len() {
                    let request = soon(connection.reply()).await;
                    received.extend(lines(&super::golden::events(request.text())));
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                }
            }
            Over::Tcp => received = read_lines(&mut BufReader::new(stream), expected.len()).await,
        }
        assert_eq!(received, expected, "{over:?}");
    }
}

// === connections ===

#[tokio::test]
async fn batches_come_over_one_connection_as_long_as_it_is_kept() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    writing.writes("line 0").await;
    let mut peer = listener.accept().await;
    for number in 1..=5 {
        assert_eq!(peer.batch().await.lines(), [format!("line {}", number - 1)]);
        writing.writes(&format!("line {number}")).await;
        peer.answer(200).await;
    }
}

#[tokio::test]
async fn who_closes_the_connection_after_each_reply_gets_everything_once() {
    for farewell in ["Connection: close\r\n", ""] {
        let listener = Listener::bind().await;
        let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
        let mut received = Vec::new();
        for number in 1..=5 {
            writing.writes(&format!("line {number}")).await;
            let mut peer = listener.accept().await;
            received.extend(peer.batch().await.lines());
            peer.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{farewell}\r\n")).await;
        }
        assert_eq!(received, ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    }
}

#[tokio::test]
async fn a_reply_may_end_with_its_connection() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    for number in 1..=3 {
        let line = format!("line {number}");
        writing.writes(&line).await;
        let mut peer = listener.accept().await;
        assert_eq!(peer.batch().await.lines(), [line]);
        // As Python's own server answers.
        peer.say("HTTP/1.0 200 OK\r\nServer: BaseHTTP/0.6\r\n\r\nthanks").await;
    }
}

#[tokio::test]
async fn who_closes_the_connection_instead_of_a_reply_gets_the_batch_again() {
    for words in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let listener = Listener::bind().await;
        let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
        writing.writes("one").await;
        let mut peer = listener.accept().await;
        let first = peer.batch().await;
        peer.say(words).await;
        drop(peer);
        let mut peer = listener.accept().await;
        assert_eq!(peer.batch().await.events, first.events, "{words:?}");
        // The same on a connection that has been kept.
        writing.writes("two").await;
        peer.answer(200).await;
        let second = peer.batch().await;
        assert_eq!(second.lines(), ["two"]);
        peer.say(words).await;
        drop(peer);
        let mut peer = listener.accept().await;
        assert_eq!(peer.batch().await.events, second.events, "{words:?}");
    }
}

#[tokio::test]
async fn a_status_of_success_counts_even_if_what_follows_it_is_cut_short() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    writing.writes("one").await;
    let mut peer = listener.accept().await;
    assert_eq!(peer.batch().await.lines(), ["one"]);
    writing.writes("two").await;
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nthan").await;
    drop(peer);
    let mut peer = listener.accept().await;
    assert_eq!(peer.batch().await.lines(), ["two"], "the first batch was taken");
}

#[tokio::test]
async fn a_status_of_success_counts_even_if_what_follows_it_never_ends() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    let from = writing.stage.end();
    writing.writes("one").await;
    let mut peer = listener.accept().await;
    assert_eq!(peer.batch().await.lines(), ["one"]);
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nthan").await;
    writing.stage.happens(from, |event| matches!(event, Event::TelemetryTaken { .. })).await;
}

#[tokio::test]
async fn who_hangs_up_between_two_batches_gets_the_next_one_over_another_connection() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    for number in 1..=3 {
        let line = format!("line {number}");
        let from = writing.stage.end();
        writing.writes(&line).await;
        let mut peer = listener.accept().await;
        assert_eq!(peer.batch().await.lines(), [line]);
        peer.answer(200).await;
        writing.stage.happens(from, |event| matches!(event, Event::TelemetryTaken { .. })).await;
    }
}

// === TCP ===

#[tokio::test]
async fn over_tcp_each_event_is_a_line_of_one_connection() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&tcp(listener.port()), SOON)).await;
    writing.writes("one").await;
    let mut stream = BufReader::new(listener.accept_stream().await);
    assert_eq!(read_lines(&mut stream, 1).await, ["one"]);
    writing.stage.tell(RUNTIME, "seq 2500");
    let expected: Vec<_> = (1..=2_500).map(|number: u32| number.to_string()).collect();
    assert_eq!(read_lines(&mut stream, 2_500).await, expected);
    writing.ends().await;
    let mut rest = String::new();
    assert_eq!(soon(stream.read_line(&mut rest)).await.unwrap(), 0, "{rest}");
}

#[tokio::test]
async fn over_tcp_who_hangs_up_between_two_batches_gets_the_next_one_over_another_connection() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&tcp(listener.port()), SOON)).await;
    for number in 1..=3 {
        let line = format!("line {number}");
        let from = writing.stage.end();
        writing.writes(&line).await;
        let mut stream = BufReader::new(listener.accept_stream().await);
        assert_eq!(read_lines(&mut stream, 1).await, [line]);
        writing.stage.happens(from, |event| matches!(event, Event::TelemetryTaken { .. })).await;
    }
}

#[tokio::test]
async fn odd_characters_arrive_as_they_were_written() {
    let odd = "quote \" backslash \\ tab \u{9} Jörg 🦀 \u{1b}[1m </script>";
    for over in [Over::Http, Over::Tcp] {
        let mut log = Log::start(over).await;
        let mut writing = Writing::to(&lines_to(&log.destination(), SOON)).await;
        let mut escaped = String::new();
        odd.bytes().for_each(|byte| write!(escaped, "\\{byte:03o}").unwrap());
        writing.stage.tell(RUNTIME, &format!("printf '{escaped}\\n'"));
        assert_eq!(lines(&[log.event().await]), [odd], "{over:?}");
    }
}
