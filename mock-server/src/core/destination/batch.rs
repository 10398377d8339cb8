//! The record of a batch that an event source mapping has given up, on its way to the mapping's destination.
//!
//! What the record says is made in [`mapping`](crate::core::mapping), what a topic wraps around it in `form`.

use std::collections::BTreeMap;

use lambda_api::RequestId;

use super::{Destination, Envelope, Kind, Message, form::notification};
use crate::core::{Time, mapping::FailedBatch};

impl FailedBatch {
    /// The record on its way to a destination: a queue, a topic or a bucket. `mapping` is the UUID of the mapping, `id` what
    /// the destination's service calls the message, which is the request's id if the function has never run with the batch.
    pub fn message(&self, destination: &Destination, mapping: &str, at: Time, id: &RequestId) -> Message {
        let (body, envelope) = match destination.kind() {
            Kind::Bucket => {
                (self.object(at, id.as_str()), Envelope::Object { key: self.key(mapping, at, id.as_str()) })
            }
            Kind::Topic => {
                let record = self.record(at, id.as_str());
                let notification = notification(destination, &record, &BTreeMap::new(), at, id.as_str());
                (record, Envelope::Notification(notification))
            }
            _ => (self.record(at, id.as_str()), Envelope::Bare),
        };
        Message {
            destination: destination.clone(),
            id: id.to_string(),
            request_id: self.response.as_ref().map_or(id, |last| &last.invocation.request_id).clone(),
            function_arn: self.function_arn.clone(),
            body: body.into(),
            attributes: BTreeMap::new(),
            trace_header: None,
            envelope,
        }
    }
}
