//! A stream in memory: from where it is read, and for how long it keeps what it has.

use super::{Time, noon, secs};
use crate::core::mapping::{
    Content, ReadFrom, Reading, SequenceNumber, SourceKind, StartingPosition, Stream,
};

const SHARD: &str = "shardId-000000000000";

fn stream() -> Stream {
    Stream::new(SourceKind::Kinesis, [SHARD.to_owned()], secs(86_400))
}

fn after(seconds: u64) -> Time {
    noon() + secs(seconds)
}

fn put(stream: &mut Stream, at: Time, data: &'static str) -> SequenceNumber {
    let content = Content::Kinesis { partition_key: "k".to_owned(), data: data.into() };
    stream.put(at, SHARD, content).unwrap()
}

fn read(stream: &mut Stream, at: Time, from: &ReadFrom, at_most: usize) -> (Vec<String>, Reading) {
    let reading = stream.read(at, SHARD, from, at_most).unwrap();
    let data = reading.records.iter().map(|record| match &record.content {
        Content::Kinesis { data, .. } => String::from_utf8(data.to_vec()).unwrap(),
        content => panic!("{content:?}"),
    });
    (data.collect(), reading)
}

#[test]
fn reading_begins_where_it_is_said() {
    let mut stream = stream();
    let first = put(&mut stream, noon(), "a");
    put(&mut stream, after(10), "b");
    put(&mut stream, after(20), "c");
    for (from, expected) in [
        (ReadFrom::Start(StartingPosition::TrimHorizon), vec!["a", "b", "c"]),
        (ReadFrom::Start(StartingPosition::AtTimestamp(after(10))), vec!["b", "c"]),
        (ReadFrom::Start(StartingPosition::AtTimestamp(after(21))), vec![]),
        (ReadFrom::Start(StartingPosition::Latest), vec![]),
        (ReadFrom::After(first), vec!["b", "c"]),
    ] {
        assert_eq!(read(&mut stream, after(30), &from, 10).0, expected, "{from:?}");
    }
}

#[test]
fn an_iterator_goes_on_where_the_reading_ended() {
    let mut stream = stream();
    let latest = read(&mut stream, noon(), &ReadFrom::Start(StartingPosition::Latest), 10).1.next.unwrap();
    for data in ["a", "b", "c"] {
        put(&mut stream, after(1), data);
    }
    let (data, reading) = read(&mut stream, after(2), &latest, 2);
    assert_eq!((data, reading.is_behind), (vec!["a".to_owned(), "b".to_owned()], true));
    let (data, reading) = read(&mut stream, after(2), &reading.next.unwrap(), 2);
    assert_eq!((data, reading.is_behind), (vec!["c".to_owned()], false));
    assert_eq!(read(&mut stream, after(3), &reading.next.unwrap(), 2).0, Vec::<String>::new());
}

#[test]
fn records_are_kept_for_as_long_as_is_said_whether_they_were_read_or_not() {
    let mut stream = stream();
    put(&mut stream, noon(), "a");
    put(&mut stream, after(10), "b");
    let start = ReadFrom::Start(StartingPosition::TrimHorizon);
    let old = read(&mut stream, noon(), &start, 0).1.next.unwrap();
    assert_eq!(stream.poll_timeout(), Some(after(86_400)));
    stream.handle_timeout(after(86_399));
    assert_eq!(read(&mut stream, after(86_399), &start, 9).0, ["a", "b"]);
    assert_eq!(read(&mut stream, after(86_400), &start, 9).0, ["b"]);
    assert_eq!(read(&mut stream, after(86_400), &old, 9).0, ["b"]);
    assert_eq!(stream.poll_timeout(), Some(after(86_410)));
}

#[test]
fn a_closed_shard_has_an_end() {
    let mut stream = stream();
    put(&mut stream, noon(), "a");
    stream.close(SHARD);
    let content = Content::Kinesis { partition_key: "k".to_owned(), data: "b".into() };
    assert_eq!(stream.put(noon(), SHARD, content.clone()), None);
    assert_eq!(stream.put(noon(), "another", content), None);
    let start = ReadFrom::Start(StartingPosition::TrimHorizon);
    assert!(read(&mut stream, noon(), &start, 0).1.next.is_some());
    assert_eq!(read(&mut stream, noon(), &start, 1).1.next, None);
    assert_eq!(stream.read(noon(), "another", &start, 1), None);
}

#[test]
fn sequence_numbers_are_numbers_whatever_their_length() {
    let number = |digits: &str| SequenceNumber::new(digits);
    let mut numbers = [number("100"), number("9"), number("0020"), number("21")];
    numbers.sort();
    assert_eq!(numbers.map(|number| number.to_string()), ["9", "0020", "21", "100"]);
    for kind in [SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka] {
        let mut stream = Stream::new(kind, [SHARD.to_owned()], secs(60));
        let numbers: Vec<_> = (0..200).map(|_| put(&mut stream, noon(), "a")).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{kind:?}");
    }
}

#[test]
fn keys_are_spread_over_all_shards_and_one_key_has_one_shard() {
    let names = ["a", "b", "c"].map(str::to_owned);
    let stream = Stream::new(SourceKind::Kinesis, names, secs(60));
    let mut counts = [0, 0, 0];
    for key in 0..300 {
        let shard = stream.shard_of(&key.to_string()).unwrap();
        assert_eq!(stream.shard_of(&key.to_string()), Some(shard));
        counts[stream.shards().position(|name| name == shard).unwrap()] += 1;
    }
    assert!(counts.iter().all(|count| (60..140).contains(count)), "{counts:?}");
    // MD5 of the empty key is d41d8cd9…: in the upper quarter.
    assert_eq!(stream.shard_of(""), Some("c"));
}
