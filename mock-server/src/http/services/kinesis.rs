//! [PutRecord](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html) and
//! [PutRecords](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html): records for the Kinesis streams
//! that there are.
//!
//! `SequenceNumberForOrdering` is accepted and has no effect: records of a shard are in the order in which they come anyway.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize};

use super::json::{self, Fault};
use crate::{
    Stream,
    core::mapping::{Content, SourceKind},
    http::invoke_api::Service,
    variables::{ACCOUNT_ID, REGION},
};

/// What stands before the operation in `X-Amz-Target`.
pub(super) const TARGET: &str = "Kinesis_20131202";

/// Which stream is meant.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecord {
    #[serde(flatten)]
    stream: Named,
    #[serde(flatten)]
    record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecords {
    #[serde(flatten)]
    stream: Named,
    records: Option<Vec<Record>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    /// In base64.
    data: Option<String>,
    partition_key: Option<String>,
    explicit_hash_key: Option<String>,
}

/// A record that may be put.
struct Checked {
    key: String,
    hash: Option<u128>,
    data: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    sequence_number: String,
    shard_id: String,
}

/// What became of one of several records.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
enum PutEntry {
    Taken(Put),
    Failed { error_code: &'static str, error_message: String },
}

pub(super) fn answer(service: &Service, operation: &str, body: &[u8]) -> Result<Bytes, Fault> {
    match operation {
        "PutRecord" => put_record(service, body),
        "PutRecords" => put_records(service, body),
        _ => Err(Fault::unknown_operation(operation)),
    }
}

fn put_record(service: &Service, body: &[u8]) -> Result<Bytes, Fault> {
    let asked: PutRecord = json::read(body)?;
    let stream = asked.stream.find(service)?;
    let put = asked.record.check()?.put(&stream);
    put.map(|put| json::body(&put)).map_err(|message| Fault::bad_request(INTERNAL, message))
}

fn put_records(service: &Service, body: &[u8]) -> Result<Bytes, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        failed_record_count: usize,
        records: Vec<PutEntry>,
    }

    let asked: PutRecords = json::read(body)?;
    let records = asked.records.unwrap_or_default();
    let (count, most) = (records.len(), limits::PUT_RECORDS);
    if !(1..=most).contains(&count) {
        return Err(validation(format!("Records has {count} records, and from 1 to {most} are allowed")));
    }
    let stream = asked.stream.find(service)?;
    let records = records.iter().map(Record::check).collect::<Result<Vec<_>, _>>()?;
    let (bytes, most) = (records.iter().map(Checked::bytes).sum::<usize>(), limits::PUT_RECORDS_BYTES);
    if bytes > most {
        let message = format!("Records has {bytes} bytes, and at most {most} are allowed");
        return Err(Fault::bad_request(INVALID_ARGUMENT, message));
    }
    let put = |record: Checked| match record.put(&stream) {
        Ok(put) => PutEntry::Taken(put),
        Err(error_message) => PutEntry::Failed { error_code: "InternalFailure", error_message },
    };
    let records: Vec<_> = records.into_iter().map(put).collect();
    let failed_record_count = records.iter().filter(|put| matches!(put, PutEntry::Failed { .. })).count();
    Ok(json::body(&Answer { failed_record_count, records }))
}

const INVALID_ARGUMENT: &str = "InvalidArgumentException";
const INTERNAL: &str = "InternalFailureException";

fn validation(message: String) -> Fault {
    Fault::bad_request("ValidationException", message)
}

impl Named {
    fn find(&self, service: &Service) -> Result<Stream, Fault> {
        if self.stream_id.is_some() {
            return Err(Fault::bad_request(INVALID_ARGUMENT, json::not_emulated("StreamId")));
        }
        if self.dry_run == Some(true) {
            return Err(Fault::bad_request(INVALID_ARGUMENT, json::not_emulated("DryRun")));
        }
        let of_name = |name: &str| format!("arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{name}");
        let arn = match (self.stream_name.as_deref(), self.stream_arn.as_deref()) {
            (Some(name), Some(arn)) if of_name(name) != arn => {
                let message = format!("StreamName {name} is not that of StreamARN {arn}");
                return Err(Fault::bad_request(INVALID_ARGUMENT, message));
            }
            (_, Some(arn)) => arn.to_owned(),
            (Some(name), None) => of_name(name),
            (None, None) => {
                let message = "either StreamARN or StreamName is required";
                return Err(Fault::bad_request(INVALID_ARGUMENT, message));
            }
        };
        let stream =
            service.world.triggers.stream(&arn).filter(|stream| stream.kind() == SourceKind::Kinesis);
        stream.ok_or_else(|| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            let message = format!("Stream {name} under account {ACCOUNT_ID} not found.");
            Fault::bad_request("ResourceNotFoundException", message)
        })
    }
}

impl Record {
    fn check(&self) -> Result<Checked, Fault> {
        let data = self.data.as_deref().ok_or_else(|| validation("Data is required".to_owned()))?;
        let data = STANDARD.decode(data).map_err(|_| Fault::malformed("Data is no base64"))?;
        let key = self.partition_key.clone().unwrap_or_default();
        let (characters, most) = (key.chars().count(), limits::PARTITION_KEY_CHARACTERS);
        if !(1..=most).contains(&characters) {
            let message =
                format!("PartitionKey has {characters} characters, and from 1 to {most} are allowed");
            return Err(validation(message));
        }
        let hash = self.explicit_hash_key.as_deref().map(|digits| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let hash = digits.parse::<u128>().ok().filter(|_| is_number);
            hash.ok_or_else(|| {
                let message = format!("ExplicitHashKey {digits} is no number from 0 to {}", u128::MAX);
                Fault::bad_request(INVALID_ARGUMENT, message)
            })
        });
        let checked = Checked { key, hash: hash.transpose()?, data: data.into() };
        let (bytes, most) = (checked.bytes(), limits::PUT_RECORD_BYTES);
        if bytes > most {
            let message = format!("Data and PartitionKey have {bytes} bytes, and at most {most} are allowed");
            return Err(Fault::bad_request(INVALID_ARGUMENT, message));
        }
        Ok(checked)
    }
}

impl Checked {
    fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }

    fn put(self, stream: &Stream) -> Result<Put, String> {
        let shard_id = match self.hash {
            Some(hash) => stream.shard_of_hash(hash),
            None => stream.shard_of(&self.key),
        };
        let content = Content::Kinesis { partition_key: self.key, data: self.data };
        let number = stream.put_into(&shard_id, content).map_err(|error| error.to_string())?;
        Ok(Put { sequence_number: number.as_str().to_owned(), shard_id })
    }
}
