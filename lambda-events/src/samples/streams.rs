//! Samples of queues, topics, streams, buses and mail.

use super::samples;

samples! {
    "kinesis" {
        /// Two records, one of them encrypted in the stream.
        KINESIS: crate::kinesis::Kinesis<'static> = "kinesis";
        /// A record of a tumbling window, and the state so far.
        KINESIS_WINDOW: crate::kinesis::WindowedKinesis<'static> = "kinesis_window";
        /// The answer to a window of which a record has failed.
        KINESIS_WINDOW_RESPONSE: crate::kinesis::WindowResponse<'static> = "kinesis_window_response";
    }
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
        /// A message of a FIFO queue, with all that a queue says of a message.
        SQS_FIFO: crate::sqs::Sqs<'static> = "sqs_fifo";
    }
}
