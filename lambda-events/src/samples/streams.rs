//! Samples of queues, topics, streams, buses and mail.

use super::samples;

samples! {
    "sns" {
        /// A message with a subject and attributes.
        SNS: crate::sns::Sns<'static> = "sns";
        /// A message with what every message has.
        SNS_WITHOUT_SUBJECT: crate::sns::Sns<'static> = "sns_without_subject";
        /// A message of a FIFO topic, as it is in the body of an SQS message.
        SNS_IN_SQS: crate::sns::Notification<'static> = "sns_in_sqs";
        /// What an endpoint gets before its subscription is confirmed.
        SNS_CONFIRMATION: crate::sns::Notification<'static> = "sns_confirmation";
    }
    "sqs" {
        /// Two messages, the first with attributes of its sender.
        SQS: crate::sqs::Sqs<'static> = "sqs";
    }
}
