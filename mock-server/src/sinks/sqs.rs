//! Messages in a queue that speaks SQS, by AWS's own client.
//!
//! The client signs and writes the requests; they go over plain HTTP through [`Endpoint`], and are not repeated here.

use std::sync::Arc;

use aws_sdk_sqs::{
    Client,
    error::BuildError,
    operation::send_message::builders::SendMessageFluentBuilder,
    types::{MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue},
};
use http::Uri;

use super::{SinkError, http::Endpoint};
use crate::{
    core::destination::{Attribute, Message},
    real::aws::{self, Failure},
};

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    url: String,
    client: Client,
    endpoint: Arc<Endpoint>,
}

impl Queue {
    /// # Errors
    ///
    /// [`SinkError::Url`].
    pub(super) fn new(url: Uri) -> Result<Self, SinkError> {
        let endpoint = Arc::new(Endpoint::new(url.clone())?);
        let config = aws::config!(aws_sdk_sqs, aws::REGION, endpoint.origin(), &endpoint);
        Ok(Self { url: url.to_string(), client: Client::from_conf(config), endpoint })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SinkError> {
        let request = self.request(message).map_err(|error| self.named(Failure::senseless(&error)))?;
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.named(error.into())),
        }
    }

    fn request(&self, message: &Message) -> Result<SendMessageFluentBuilder, BuildError> {
        let body = String::from_utf8_lossy(message.body());
        let mut request = self.client.send_message().queue_url(&self.url).message_body(body);
        for (name, Attribute { data_type, value }) in message.attributes() {
            let value = MessageAttributeValue::builder().data_type(*data_type).string_value(value);
            request = request.message_attributes(name, value.build()?);
        }
        if let Some(header) = message.trace_header() {
            let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
            let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
            request = request.message_system_attributes(name, value.build()?);
        }
        if self.url.ends_with(".fifo") {
            request = request.message_group_id(message.group()).message_deduplication_id(message.id());
        }
        Ok(request)
    }

    fn named(&self, failure: Failure) -> SinkError {
        let url = self.url.clone();
        match failure {
            Failure::Refused { status, code, message } => {
                SinkError::RefusedByQueue { url, status, reason: format!("{code}: {message}") }
            }
            Failure::NoAnswer(error) => self.endpoint.named(error),
            Failure::Senseless(reason) => SinkError::Queue { url, reason },
        }
    }
}
