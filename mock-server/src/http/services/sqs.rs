//! Queues over the wire, as
//! [SQS's API](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html) has them: messages
//! are sent (`send`), received (`receive`) and dealt with (`handles`), and queues are looked at (`queues`).
//!
//! What becomes of a message is decided in the [`Queue`](crate::Queue). Queues are not created, changed or deleted here, and
//! the older protocol with forms and XML is not spoken.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::json::{self, Fault};
use crate::{
    Queue,
    http::invoke_api::Service,
    variables::{ACCOUNT_ID, REGION},
};

mod attributes;
mod fault;
mod handles;
mod queues;
mod receive;
mod send;

/// What stands before the operation in `X-Amz-Target`.
pub(super) const TARGET: &str = "AmazonSQS";

/// A call and what it is about.
struct Request<'a> {
    service: &'a Service,
    /// Where queues are, in the words of whoever calls.
    host: &'a str,
    body: &'a [u8],
}

pub(super) async fn answer(
    service: &Service,
    host: &str,
    operation: &str,
    body: &[u8],
) -> Result<Bytes, Fault> {
    let request = Request { service, host, body };
    match operation {
        "SendMessage" => send::one(&request),
        "SendMessageBatch" => send::batch(&request),
        "ReceiveMessage" => receive::receive(&request).await,
        "DeleteMessage" => handles::delete(&request),
        "DeleteMessageBatch" => handles::delete_batch(&request),
        "ChangeMessageVisibility" => handles::change_visibility(&request),
        "GetQueueUrl" => queues::url(&request),
        "GetQueueAttributes" => queues::attributes(&request),
        "ListQueues" => queues::list(&request),
        _ => Err(fault::not_emulated(operation)),
    }
}

impl Request<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        json::read(self.body).map_err(|fault| fault::malformed(fault.message))
    }

    /// The queue of a URL. Host and scheme are not looked at: a function may know this address by another name.
    fn queue(&self, url: Option<&str>) -> Result<Queue, Fault> {
        let url = url.unwrap_or_default();
        let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
        let name = behind_scheme.split_once('/').and_then(|(_, path)| path.split_once('/'));
        let name = name.and_then(|(account, name)| (account == ACCOUNT_ID).then_some(name));
        self.named(name.unwrap_or_default())
    }

    fn named(&self, name: &str) -> Result<Queue, Fault> {
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}");
        self.service.world.triggers.queue(&arn).ok_or_else(fault::no_queue)
    }

    fn url(&self, queue: &Queue) -> String {
        format!("http://{}/{ACCOUNT_ID}/{}", self.host, queue.name())
    }
}
