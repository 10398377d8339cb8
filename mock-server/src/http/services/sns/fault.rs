//! The errors of SNS, by the codes of [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors)
//! and of all [actions](https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html), in the form of the query protocol.

use http::StatusCode;

use crate::{
    core::trigger::topic::PublishError,
    http::services::{batch::BatchError, json, xml::Xml},
};

/// A call, or an entry of a batch, is refused.
#[derive(Clone, Debug)]
pub(in crate::http::services) struct Fault {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// A body that cannot be read at all.
    pub(in crate::http::services) fn of(fault: json::Fault) -> Self {
        Self { status: fault.status, code: fault.kind, message: fault.message }
    }

    pub(super) fn no_action() -> Self {
        Self::new("MissingAction", "the form has no Action")
    }

    pub(super) fn unknown_action(message: String) -> Self {
        Self::new("InvalidAction", message)
    }

    pub(super) fn no_topic() -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::new("NotFound", "Topic does not exist") }
    }

    pub(super) fn invalid_parameter(what: &str) -> Self {
        Self::new("InvalidParameter", format!("Invalid parameter: {what}"))
    }

    /// A message attribute is wrong.
    pub(super) fn invalid_attribute(message: impl Into<String>) -> Self {
        Self::new("ParameterValueInvalid", message)
    }

    pub(super) fn of_batch(error: &BatchError) -> Self {
        let code = match error {
            BatchError::Empty => "EmptyBatchRequest",
            BatchError::TooMany { .. } => "TooManyEntriesInBatchRequest",
            BatchError::Id { .. } => "InvalidBatchEntryId",
            BatchError::NotDistinct { .. } => "BatchEntryIdsNotDistinct",
            BatchError::TooLong { .. } => "BatchRequestTooLong",
        };
        Self::new(code, error.to_string())
    }

    pub(super) fn xml(&self, namespace: &str, request_id: &str) -> String {
        Xml::root("ErrorResponse", namespace, |xml| {
            let xml = xml.element("Error", |xml| {
                xml.text("Type", "Sender").text("Code", self.code).text("Message", &self.message)
            });
            xml.text("RequestId", request_id)
        })
    }

    /// As the entry of a batch.
    pub(super) fn entry(&self, xml: Xml, id: &str) -> Xml {
        let xml = xml.text("Id", id).text("Code", self.code).text("Message", &self.message);
        xml.text("SenderFault", "true")
    }
}

pub(super) fn of_publish(error: &PublishError) -> Fault {
    match error {
        PublishError::AttributeName { .. }
        | PublishError::AttributeType { .. }
        | PublishError::AttributeValue { .. } => Fault::invalid_attribute(error.to_string()),
        _ => Fault::invalid_parameter(&error.to_string()),
    }
}
