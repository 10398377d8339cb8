//! Samples of queues, topics, streams, buses and mail.

use super::samples;

samples! {
    "eventbridge" {
        /// An event of an application, replayed from an archive.
        EVENTBRIDGE: crate::eventbridge::EventBridge<'static> = "eventbridge";
        /// An event of Amazon S3.
        EVENTBRIDGE_S3: crate::eventbridge::EventBridge<'static> = "eventbridge_s3";
        /// An event of a rule with a schedule.
        EVENTBRIDGE_RULE: crate::eventbridge::EventBridge<'static> = "eventbridge_rule";
        /// An event of EventBridge Scheduler, whose detail is text.
        EVENTBRIDGE_SCHEDULE: crate::eventbridge::EventBridge<'static> = "eventbridge_schedule";
    }
    "kinesis" {
        /// Two records, one of them encrypted in the stream.
        KINESIS: crate::kinesis::Kinesis<'static> = "kinesis";
        /// A record of a tumbling window, and the state so far.
        KINESIS_WINDOW: crate::kinesis::WindowedKinesis<'static> = "kinesis_window";
        /// The answer to a window of which a record has failed.
        KINESIS_WINDOW_RESPONSE: crate::kinesis::WindowResponse<'static> = "kinesis_window_response";
    }
    "s3" {
        /// An object was put.
        S3: crate::s3::S3<'static> = "s3";
        /// An object was copied, with its annotations.
        S3_COPY: crate::s3::S3<'static> = "s3_copy";
        /// An object was deleted from a bucket without versions.
        S3_DELETE: crate::s3::S3<'static> = "s3_delete";
        /// An archived object was restored.
        S3_RESTORE: crate::s3::S3<'static> = "s3_restore";
        /// An object could not be replicated.
        S3_REPLICATION: crate::s3::S3<'static> = "s3_replication";
        /// An object was replicated late.
        S3_REPLICATION_LATE: crate::s3::S3<'static> = "s3_replication_late";
        /// Intelligent-Tiering has moved an object.
        S3_TIERING: crate::s3::S3<'static> = "s3_tiering";
        /// A lifecycle rule has moved an object.
        S3_LIFECYCLE: crate::s3::S3<'static> = "s3_lifecycle";
        /// The retention of an object was set.
        S3_RETENTION: crate::s3::S3<'static> = "s3_retention";
        /// An annotation was put.
        S3_ANNOTATION: crate::s3::S3<'static> = "s3_annotation";
        /// What a queue gets when notifications are set up.
        S3_TEST_EVENT: crate::s3::TestEvent<'static> = "s3_test_event";
        /// The detail of an object that was put, in EventBridge.
        S3_DETAIL: crate::s3::Detail<'static> = "s3_detail";
        /// The detail of an object that was copied.
        S3_DETAIL_COPY: crate::s3::Detail<'static> = "s3_detail_copy";
        /// The detail of an object that a lifecycle rule has hidden.
        S3_DETAIL_DELETED: crate::s3::Detail<'static> = "s3_detail_deleted";
        /// The detail of an object that was restored.
        S3_DETAIL_RESTORED: crate::s3::Detail<'static> = "s3_detail_restored";
        /// The detail of an object that a lifecycle rule has moved.
        S3_DETAIL_STORAGE_CLASS: crate::s3::Detail<'static> = "s3_detail_storage_class";
        /// The detail of an object that Intelligent-Tiering has moved.
        S3_DETAIL_ACCESS_TIER: crate::s3::Detail<'static> = "s3_detail_access_tier";
        /// The detail of an annotation that was put.
        S3_DETAIL_ANNOTATION: crate::s3::Detail<'static> = "s3_detail_annotation";
        /// The detail of a retention that was set.
        S3_DETAIL_RETENTION: crate::s3::Detail<'static> = "s3_detail_retention";
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
