//! The errors of SQS, by the names of its API and with the codes that its older protocol had for them. Sources: the operations
//! of the [API reference](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html), its
//! [common errors](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html), and the form of
//! [JSON responses](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html).

use std::fmt::Display;

use http::StatusCode;
use lambda_api::limits::event_sources as limits;
use serde::Serialize;

use crate::{
    core::mapping::{HandleError, SendError},
    http::services::{
        batch::BatchError,
        json::{self, Fault},
    },
};

fn new(kind: &'static str, query_code: &'static str, message: impl Into<String>) -> Fault {
    Fault { query_code: Some(query_code), ..Fault::bad_request(kind, message) }
}

pub(super) fn malformed(message: String) -> Fault {
    new("com.amazon.coral.service#SerializationException", "MalformedInput", message)
}

pub(super) fn not_emulated(what: &str) -> Fault {
    new(
        "com.amazonaws.sqs#UnsupportedOperation",
        "AWS.SimpleQueueService.UnsupportedOperation",
        json::not_emulated(what),
    )
}

pub(super) fn no_queue() -> Fault {
    let message = "The specified queue does not exist.";
    new("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", message)
}

pub(super) fn missing(parameter: &str) -> Fault {
    let message = format!("The request must contain the parameter {parameter}.");
    new("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter", message)
}

pub(super) fn invalid_value(message: impl Into<String>) -> Fault {
    new("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue", message)
}

/// A parameter has a value that it cannot have.
pub(super) fn invalid(parameter: &str, value: impl Display, reason: &str) -> Fault {
    invalid_value(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}."))
}

pub(super) fn invalid_contents(message: impl Into<String>) -> Fault {
    new("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents", message)
}

pub(super) fn unknown_attribute(name: &str) -> Fault {
    let message = format!("Unknown Attribute {name}.");
    new("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName", message)
}

pub(super) fn of_handle(error: HandleError, handle: &str) -> Fault {
    match error {
        HandleError::Invalid => {
            let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
            let kind = "com.amazonaws.sqs#ReceiptHandleIsInvalid";
            Fault { status: StatusCode::NOT_FOUND, ..new(kind, "ReceiptHandleIsInvalid", message) }
        }
        HandleError::Expired => invalid("ReceiptHandle", handle, &error.to_string()),
    }
}

pub(super) fn of_send(error: SendError) -> Fault {
    match error {
        SendError::EmptyBody => missing("MessageBody"),
        SendError::NoGroup => missing("MessageGroupId"),
        SendError::TooLong { .. }
        | SendError::Delay
        | SendError::FifoDelay
        | SendError::NoDeduplicationId => {
            invalid_value(format!("One or more parameters are invalid. Reason: {error}."))
        }
    }
}

pub(super) fn of_batch(error: &BatchError) -> Fault {
    let (kind, query_code) = match error {
        BatchError::Empty => {
            ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
        }
        BatchError::TooMany { .. } => (
            "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        BatchError::Id { .. } => {
            ("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
        }
        BatchError::NotDistinct { .. } => {
            ("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
        }
        BatchError::TooLong { .. } => {
            ("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
        }
    };
    new(kind, query_code, error.to_string())
}

/// A number of seconds, or of something else, within its bounds.
pub(super) fn within(parameter: &str, value: i64, least: u64, most: u64) -> Result<u64, Fault> {
    let number = u64::try_from(value).ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| invalid(parameter, value, &format!("Must be from {least} to {most}")))
}

/// A group or a deduplication id.
pub(super) fn check_id(parameter: &str, id: &str) -> Result<(), Fault> {
    let is_taken = (1..=limits::FIFO_ID_CHARACTERS).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_graphic());
    let most = limits::FIFO_ID_CHARACTERS;
    let reason = format!("It must have from 1 to {most} letters, digits and punctuation marks");
    if is_taken { Ok(()) } else { Err(invalid(parameter, id, &reason)) }
}

/// One entry of a batch that failed, while others did not.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FailedEntry<'a> {
    id: &'a str,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

impl<'a> FailedEntry<'a> {
    pub(super) fn new(id: &'a str, fault: Fault) -> Self {
        let code = fault.query_code.unwrap_or(fault.kind);
        Self { id, sender_fault: true, code, message: fault.message }
    }
}
