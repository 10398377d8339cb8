//! Samples of queues, topics, streams, buses and mail.

use super::samples;

samples! {
    "sqs" {
        /// Two messages, the first with attributes of its sender.
        SQS: crate::sqs::Sqs<'static> = "sqs";
    }
}
