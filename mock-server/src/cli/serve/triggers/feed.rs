//! Where messages and records come from that nobody sends over the API: the lines of a file or of standard input, or a real
//! queue or stream.
//!
//! A line is the text of a message, or the data of a record. A JSON object with the members of what the service takes is
//! read as that: `MessageBody` for a queue
//! ([SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)), `Data` with
//! `PartitionKey` for a Kinesis stream
//! ([PutRecord](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html)), and always `Keys`, `NewImage`
//! and `OldImage` for a table
//! ([StreamRecord](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html)).

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mock_server::{
    MockLambda, Queue, Source, Stream,
    core::mapping::{AttributeValue, MessageAttribute, NewMessage, QueueForm, SourceKind},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::{sync::mpsc, time::sleep};

#[cfg(any(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
use super::super::super::Chain;
use super::super::super::config::From;

/// How often a file is looked at that has been read to its end.
const LOOK: Duration = Duration::from_millis(200);
/// Lines that may wait for their source.
const WAITING: usize = 1_000;

/// What the command line says of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::serve) struct NewFeed {
    pub(in crate::cli::serve) name: String,
    pub(in crate::cli::serve) from: From,
    /// Which one is real: `sqs`, `kinesis` or `dynamodb`.
    pub(in crate::cli::serve) service: Option<&'static str>,
}

/// `NAME=file:PATH`, `NAME=-` or `NAME=URL`.
pub(in crate::cli::serve) fn parse_feed(text: &str) -> Result<NewFeed, String> {
    let (name, from) = text.split_once('=').ok_or("must have the form NAME=TARGET")?;
    let (service, rest) = from.split_once(':').unwrap_or_default();
    let service = ["sqs", "kinesis", "dynamodb"].into_iter().find(|known| *known == service);
    let from = match service {
        _ if from == "-" || from == "stdin" => From::StandardInput,
        Some(_) if rest.starts_with("http://") => From::Real(rest.to_owned()),
        None if from.starts_with("file:") && !rest.is_empty() => From::Lines(rest.into()),
        _ => {
            return Err("expected file:PATH, - for standard input, sqs:URL, kinesis:URL or dynamodb:URL, \
                        where a URL begins with http://"
                .to_owned());
        }
    };
    Ok(NewFeed { name: name.to_owned(), from, service })
}

/// What a real one of this kind speaks.
pub(super) fn service_of(kind: SourceKind) -> Option<&'static str> {
    match kind {
        SourceKind::StandardQueue | SourceKind::FifoQueue => Some("sqs"),
        SourceKind::Kinesis => Some("kinesis"),
        SourceKind::DynamoDb => Some("dynamodb"),
        _ => None,
    }
}

/// A source that is fed.
pub(in crate::cli::serve) enum Feed {
    Queue(Queue),
    Stream(Stream),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessage {
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<u64>,
    #[serde(default)]
    message_attributes: std::collections::BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRecord {
    data: String,
    partition_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamRecord {
    keys: Value,
    new_image: Option<Value>,
    old_image: Option<Value>,
}

impl Feed {
    fn name(&self) -> &str {
        match self {
            Self::Queue(queue) => queue.name(),
            Self::Stream(stream) => stream.arn(),
        }
    }

    /// Follows a file as it grows. One that is not there yet is waited for, one that has become shorter is read anew.
    pub(in crate::cli::serve) async fn follow(self, path: PathBuf) {
        let (mut place, mut problem) = (Place::default(), None);
        loop {
            // Not on the thread on which functions are served.
            let read = {
                let (path, mut place) = (path.clone(), place);
                tokio::task::spawn_blocking(move || place.lines(&path).map(|lines| (place, lines))).await
            };
            let Ok(read) = read else { return };
            let mut has_more = false;
            match read {
                Ok((now, lines)) => {
                    (place, problem) = (now, None);
                    has_more = lines.len() == WAITING;
                    for (number, line) in lines {
                        let name = format!("{}:{number}", path.display());
                        // Of a file that was written anew each line is another one.
                        let id = format!("{name}/{}", place.generation);
                        self.take(&name, &id, number, &line);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    // Told once for as long as it stays the same.
                    let text = error.to_string();
                    if problem.as_ref() != Some(&text) {
                        let _closed = writeln!(io::stderr(), "note: {}: {text}", path.display());
                        problem = Some(text);
                    }
                }
            }
            if has_more {
                tokio::task::yield_now().await;
            } else {
                sleep(LOOK).await;
            }
        }
    }

    /// Takes the lines of standard input as they come.
    pub(in crate::cli::serve) fn read_standard_input(
        self,
    ) -> io::Result<impl Future<Output = ()> + Send + 'static> {
        let (sender, mut lines) = mpsc::channel(WAITING);
        // Not one of the runtime's threads, which would be waited for at the end.
        std::thread::Builder::new().name("standard input".to_owned()).spawn(move || {
            for line in io::stdin().lock().split(b'\n') {
                let Ok(line) = line else { return };
                if sender.blocking_send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        })?;
        Ok(async move {
            let mut number = 0;
            while let Some(line) = lines.recv().await {
                number += 1;
                let name = format!("standard input:{number}");
                self.take(&name, &name, number, &line);
            }
        })
    }

    /// A line that the source does not take is told of, and nothing else happens.
    fn take(&self, place: &str, id: &str, number: u64, line: &str) {
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            return;
        }
        let result = match self {
            Self::Queue(queue) => message(line, queue.form(), id)
                .and_then(|message| queue.send(message).map(|_| ()).map_err(|error| error.to_string())),
            Self::Stream(stream) => record(stream, line, number),
        };
        if let Err(problem) = result {
            let _closed =
                writeln!(io::stderr(), "note: {place}: {} does not take it: {problem}", self.name());
        }
    }
}

fn message(line: &str, form: QueueForm, id: &str) -> Result<NewMessage, String> {
    let mut message = match object_with(line, "MessageBody") {
        Some(object) => {
            let read: SendMessage = serde_json::from_value(object).map_err(|error| error.to_string())?;
            let attributes = read.message_attributes.into_iter();
            NewMessage {
                group: read.message_group_id,
                deduplication_id: read.message_deduplication_id,
                delay: read.delay_seconds.map(Duration::from_secs),
                attributes: attributes
                    .map(|(name, attribute)| Ok((name, attribute.read()?)))
                    .collect::<Result<_, String>>()?,
                ..NewMessage::new(read.message_body)
            }
        }
        None => NewMessage::new(line),
    };
    if form == QueueForm::Fifo {
        // A file is in order, and each line of it is another one.
        message.group.get_or_insert_with(|| "lines".to_owned());
        message.deduplication_id.get_or_insert_with(|| id.chars().filter(char::is_ascii_graphic).collect());
    }
    Ok(message)
}

impl Attribute {
    fn read(self) -> Result<MessageAttribute, String> {
        let value = match (self.string_value, self.binary_value) {
            (Some(text), None) => AttributeValue::Text(text),
            (None, Some(encoded)) => {
                let bytes = STANDARD.decode(encoded).map_err(|error| format!("BinaryValue: {error}"))?;
                AttributeValue::Binary(bytes.into())
            }
            _ => return Err("an attribute has a StringValue or a BinaryValue".to_owned()),
        };
        Ok(MessageAttribute { data_type: self.data_type, value })
    }
}

fn record(stream: &Stream, line: &str, number: u64) -> Result<(), String> {
    let put = match stream.kind() {
        SourceKind::DynamoDb => {
            let read: StreamRecord = serde_json::from_str(line).map_err(|error| error.to_string())?;
            stream.change(read.keys, read.old_image, read.new_image)
        }
        SourceKind::Kinesis => match object_with(line, "PartitionKey") {
            Some(object) => {
                let read: PutRecord = serde_json::from_value(object).map_err(|error| error.to_string())?;
                let data = STANDARD.decode(&read.data).map_err(|error| format!("Data: {error}"))?;
                stream.put(&read.partition_key, data)
            }
            None => stream.put(&number.to_string(), line.to_owned()),
        },
        _ => stream.put("", line.to_owned()),
    };
    put.map(|_| ()).map_err(|error| error.to_string())
}

/// The line, if it is an object with this member.
fn object_with(line: &str, member: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(line).ok()?;
    value.get(member).is_some().then_some(value)
}

/// How far a file has been read.
#[derive(Clone, Copy, Default)]
struct Place {
    bytes: u64,
    lines: u64,
    /// How often it has been read anew.
    generation: u32,
}

impl Place {
    /// The whole lines that have come since, each with its number; not all at once if there are many.
    fn lines(&mut self, path: &Path) -> io::Result<Vec<(u64, String)>> {
        let mut file = File::open(path)?;
        if file.metadata()?.len() < self.bytes {
            *self = Self { generation: self.generation.saturating_add(1), ..Self::default() };
        }
        file.seek(SeekFrom::Start(self.bytes))?;
        let mut reader = BufReader::new(file);
        let (mut lines, mut line) = (Vec::new(), Vec::new());
        while lines.len() < WAITING {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                // Half a line is read again when it is whole.
                return Ok(lines);
            }
            self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            self.lines = self.lines.saturating_add(1);
            lines.push((self.lines, String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()));
        }
        Ok(lines)
    }
}

pub(super) async fn real_queue(mock: &MockLambda, url: &str) -> Result<Source, String> {
    #[cfg(feature = "sqs")]
    return mock
        .connect_queue(url)
        .await
        .map(|queue| Source::from(&queue))
        .map_err(|error| Chain(&error).to_string());
    #[cfg(not(feature = "sqs"))]
    {
        let _ = (mock, url);
        Err("a real queue needs mock-server to be built with --features sqs".to_owned())
    }
}

pub(super) async fn real_stream(
    mock: &MockLambda,
    kind: SourceKind,
    url: &str,
    name: &str,
) -> Result<Source, String> {
    let _ = (mock, url, name);
    match kind {
        #[cfg(feature = "kinesis")]
        SourceKind::Kinesis => {
            let stream = mock.connect_kinesis(url, name).await;
            stream.map(|stream| Source::from(&stream)).map_err(|error| Chain(&error).to_string())
        }
        #[cfg(feature = "dynamodb-streams")]
        SourceKind::DynamoDb => {
            let stream = mock.connect_table_stream(url, name).await;
            stream.map(|stream| Source::from(&stream)).map_err(|error| Chain(&error).to_string())
        }
        #[cfg(not(feature = "dynamodb-streams"))]
        SourceKind::DynamoDb => {
            Err("a real table needs mock-server to be built with --features dynamodb-streams".to_owned())
        }
        SourceKind::Kafka => Err("a real Kafka cluster cannot be read".to_owned()),
        _ => Err("a real stream needs mock-server to be built with --features kinesis".to_owned()),
    }
}

#[cfg(test)]
mod test {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_line_by_line_as_it_grows_and_anew_when_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.jsonl");
        let mut place = Place::default();
        assert_eq!(place.lines(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(&path, "a\nb\nhal").unwrap();
        let whole = |lines: &[(u64, &str)]| -> Vec<(u64, String)> {
            lines.iter().map(|(number, line)| (*number, (*line).to_owned())).collect()
        };
        assert_eq!(place.lines(&path).unwrap(), whole(&[(1, "a"), (2, "b")]));
        assert_eq!(place.lines(&path).unwrap(), []);
        fs::write(&path, "a\nb\nhalf\n").unwrap();
        assert_eq!(place.lines(&path).unwrap(), whole(&[(3, "half")]));
        fs::write(&path, "new\n").unwrap();
        assert_eq!(place.lines(&path).unwrap(), whole(&[(1, "new")]));
    }

    #[test]
    fn a_line_is_the_text_of_a_message_unless_it_has_the_members_of_one() {
        let read = |line| message(line, QueueForm::Standard, "f:1").unwrap();
        assert_eq!(read(r#"{"order":7}"#), NewMessage::new(r#"{"order":7}"#));
        assert_eq!(read("plain"), NewMessage::new("plain"));
        let whole = r#"{"MessageBody":"a","DelaySeconds":5,"MessageGroupId":"g","MessageAttributes":{"n":{"DataType":"String","StringValue":"v"}}}"#;
        let expected = NewMessage::new("a").delay(Duration::from_secs(5)).group("g").attribute("n", "v");
        assert_eq!(read(whole), expected);
        let refused = message(r#"{"MessageBody":"a","Delay":5}"#, QueueForm::Standard, "f:1").unwrap_err();
        assert!(refused.contains("unknown field `Delay`"), "{refused}");
    }

    #[test]
    fn each_line_for_a_fifo_queue_is_another_message_of_one_group() {
        let first = message("a", QueueForm::Fifo, "orders.jsonl:1").unwrap();
        let second = message("a", QueueForm::Fifo, "orders.jsonl:2").unwrap();
        assert_eq!(first.group, second.group);
        assert_ne!(first.deduplication_id, second.deduplication_id);
    }

    #[test]
    fn what_feeds_a_source_is_a_file_standard_input_or_a_url() {
        for (text, from, service) in [
            ("orders=-", From::StandardInput, None),
            ("orders=file:a=b.jsonl", From::Lines("a=b.jsonl".into()), None),
            (
                "orders=sqs:http://localhost:5000/1/orders",
                From::Real("http://localhost:5000/1/orders".to_owned()),
                Some("sqs"),
            ),
        ] {
            assert_eq!(parse_feed(text), Ok(NewFeed { name: "orders".to_owned(), from, service }));
        }
        for text in ["orders", "orders=", "orders=file:", "orders=sqs:https://example.com/"] {
            assert!(parse_feed(text).is_err(), "{text}");
        }
    }
}
