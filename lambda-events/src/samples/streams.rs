//! Samples of queues, topics, streams, buses and mail.

use super::samples;

samples! {
    "activemq" {
        /// Text and bytes.
        ACTIVEMQ: crate::activemq::ActiveMq<'static> = "activemq";
        /// A message in another way of writing, most of whose properties are unset.
        ACTIVEMQ_UNSET: crate::activemq::ActiveMq<'static> = "activemq_unset";
    }
    "cloudwatch_alarms" {
        /// The message that an alarm publishes to a topic.
        CLOUDWATCH_ALARMS_NOTIFICATION: crate::cloudwatch_alarms::AlarmNotification<'static> = "cloudwatch_alarms_notification";
        /// An alarm of a metric.
        CLOUDWATCH_ALARM: crate::cloudwatch_alarms::CloudWatchAlarm<'static> = "cloudwatch_alarm";
        /// An alarm of an expression is over.
        CLOUDWATCH_ALARM_EXPRESSION: crate::cloudwatch_alarms::CloudWatchAlarm<'static> = "cloudwatch_alarm_expression";
        /// An alarm of other alarms, whose actions were kept back.
        CLOUDWATCH_ALARM_COMPOSITE: crate::cloudwatch_alarms::CloudWatchAlarm<'static> = "cloudwatch_alarm_composite";
    }
    "cloudwatch_logs" {
        /// Two log events, compressed.
        CLOUDWATCH_LOGS: crate::cloudwatch_logs::CloudWatchLogs<'static> = "cloudwatch_logs";
        /// The same two log events.
        CLOUDWATCH_LOGS_DECODED: crate::cloudwatch_logs::Logs<'static> = "cloudwatch_logs_decoded";
        /// A log event that a filter of the account has sent.
        CLOUDWATCH_LOGS_OF_ACCOUNT: crate::cloudwatch_logs::Logs<'static> = "cloudwatch_logs_of_account";
        /// What is sent to see whether a destination can be reached.
        CLOUDWATCH_LOGS_CONTROL: crate::cloudwatch_logs::Logs<'static> = "cloudwatch_logs_control";
    }
    "documentdb" {
        /// A document that is new, changed, replaced and deleted.
        DOCUMENTDB: crate::documentdb::DocumentDb<'static> = "documentdb";
        /// Changes of collections and of a database.
        DOCUMENTDB_COLLECTIONS: crate::documentdb::DocumentDb<'static> = "documentdb_collections";
    }
    "dynamodb" {
        /// A change of an item that has come through a stream of Kinesis.
        DYNAMODB_REPLICATED: crate::dynamodb::ReplicatedRecord<'static> = "dynamodb_replicated";
        /// An item that is new, then changed, then removed when its time was over; with attributes of all types.
        DYNAMODB: crate::dynamodb::DynamoDb<'static> = "dynamodb";
        /// A change of which the stream has only the key.
        DYNAMODB_KEYS_ONLY: crate::dynamodb::DynamoDb<'static> = "dynamodb_keys_only";
        /// A change of a tumbling window, and the state so far.
        DYNAMODB_WINDOW: crate::dynamodb::WindowedDynamoDb<'static> = "dynamodb_window";
        /// The end of a window.
        DYNAMODB_WINDOW_END: crate::dynamodb::WindowedDynamoDb<'static> = "dynamodb_window_end";
        /// The answer to a window of which no change has failed.
        DYNAMODB_WINDOW_RESPONSE: crate::dynamodb::WindowResponse<'static> = "dynamodb_window_response";
    }
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
    "firehose" {
        /// Two records that were put.
        FIREHOSE: crate::firehose::Firehose<'static> = "firehose";
        /// A record of a stream of Kinesis.
        FIREHOSE_KINESIS: crate::firehose::Firehose<'static> = "firehose_kinesis";
        /// A record of a topic of Amazon MSK.
        FIREHOSE_MSK: crate::firehose::MskFirehose<'static> = "firehose_msk";
        /// An answer with each of the results.
        FIREHOSE_RESPONSE: crate::firehose::Response<'static> = "firehose_response";
        /// An answer to a batch of Amazon MSK.
        FIREHOSE_MSK_RESPONSE: crate::firehose::MskResponse<'static> = "firehose_msk_response";
    }
    "kafka" {
        /// Records of two partitions of Amazon MSK; one has no value, one has no key.
        KAFKA: crate::kafka::Kafka<'static> = "kafka";
        /// A record of a cluster that one runs oneself.
        KAFKA_SELF_MANAGED: crate::kafka::Kafka<'static> = "kafka_self_managed";
        /// A record that was checked against a schema registry.
        KAFKA_SCHEMA_REGISTRY: crate::kafka::Kafka<'static> = "kafka_schema_registry";
    }
    "kinesis" {
        /// Two records, one of them encrypted in the stream.
        KINESIS: crate::kinesis::Kinesis<'static> = "kinesis";
        /// A record of a tumbling window, and the state so far.
        KINESIS_WINDOW: crate::kinesis::WindowedKinesis<'static> = "kinesis_window";
        /// The answer to a window of which a record has failed.
        KINESIS_WINDOW_RESPONSE: crate::kinesis::WindowResponse<'static> = "kinesis_window_response";
    }
    "kinesis_analytics" {
        /// A record of Kinesis.
        KINESIS_ANALYTICS_INPUT: crate::kinesis_analytics::InputPreprocessing<'static> = "kinesis_analytics_input";
        /// A record of Firehose.
        KINESIS_ANALYTICS_INPUT_FIREHOSE: crate::kinesis_analytics::InputPreprocessing<'static> = "kinesis_analytics_input_firehose";
        /// An answer of which one record comes in.
        KINESIS_ANALYTICS_INPUT_RESPONSE: crate::kinesis_analytics::InputResponse<'static> = "kinesis_analytics_input_response";
        /// Two records, one of which was sent before.
        KINESIS_ANALYTICS_OUTPUT: crate::kinesis_analytics::OutputDelivery<'static> = "kinesis_analytics_output";
        /// An answer of which one record has failed.
        KINESIS_ANALYTICS_OUTPUT_RESPONSE: crate::kinesis_analytics::OutputResponse<'static> = "kinesis_analytics_output_response";
    }
    "lambda_destinations" {
        /// An asynchronous invocation that has failed three times.
        LAMBDA_DESTINATIONS: crate::lambda_destinations::InvocationRecord<'static> = "lambda_destinations";
        /// An asynchronous invocation that has succeeded, with an empty answer.
        LAMBDA_DESTINATIONS_SUCCESS: crate::lambda_destinations::InvocationRecord<'static> = "lambda_destinations_success";
        /// An asynchronous invocation that was not tried.
        LAMBDA_DESTINATIONS_NOT_INVOKED: crate::lambda_destinations::InvocationRecord<'static> = "lambda_destinations_not_invoked";
        /// A batch of Kinesis of which a record has failed as often as it may.
        FAILED_BATCH_KINESIS: crate::lambda_destinations::FailedBatch<'static> = "failed_batch_kinesis";
        /// A batch of Kinesis that has become too old, in a bucket.
        FAILED_BATCH_KINESIS_IN_S3: crate::lambda_destinations::FailedBatch<'static> = "failed_batch_kinesis_in_s3";
        /// A batch of DynamoDB that has failed.
        FAILED_BATCH_DYNAMODB: crate::lambda_destinations::FailedBatch<'static> = "failed_batch_dynamodb";
        /// A batch of Kafka that is too large.
        FAILED_BATCH_KAFKA: crate::lambda_destinations::FailedBatch<'static> = "failed_batch_kafka";
        /// A record of Kafka that has failed, in a topic.
        FAILED_BATCH_KAFKA_IN_TOPIC: crate::lambda_destinations::FailedBatch<'static> = "failed_batch_kafka_in_topic";
    }
    "rabbitmq" {
        /// Messages of two queues, of which one has no properties.
        RABBITMQ: crate::rabbitmq::RabbitMq<'static> = "rabbitmq";
        /// A message all of whose properties are set.
        RABBITMQ_SET: crate::rabbitmq::RabbitMq<'static> = "rabbitmq_set";
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
    "s3_batch" {
        /// A task in version 1.0.
        S3_BATCH: crate::s3_batch::S3Batch<'static> = "s3_batch";
        /// A task in version 2.0.
        S3_BATCH_V2: crate::s3_batch::S3Batch<'static> = "s3_batch_v2";
        /// An answer to a task.
        S3_BATCH_RESPONSE: crate::s3_batch::Response<'static> = "s3_batch_response";
    }
    "s3_object_lambda" {
        /// A GET of somebody with a role.
        S3_OBJECT_LAMBDA: crate::s3_object_lambda::S3ObjectLambda<'static> = "s3_object_lambda";
        /// A HEAD.
        S3_OBJECT_LAMBDA_HEAD: crate::s3_object_lambda::S3ObjectLambda<'static> = "s3_object_lambda_head";
        /// A listing.
        S3_OBJECT_LAMBDA_LIST: crate::s3_object_lambda::S3ObjectLambda<'static> = "s3_object_lambda_list";
        /// A listing of version 2.
        S3_OBJECT_LAMBDA_LIST_V2: crate::s3_object_lambda::S3ObjectLambda<'static> = "s3_object_lambda_list_v2";
        /// An answer to a HEAD.
        S3_OBJECT_LAMBDA_HEAD_RESPONSE: crate::s3_object_lambda::HeadResponse<'static> = "s3_object_lambda_head_response";
        /// An answer to a listing, as JSON.
        S3_OBJECT_LAMBDA_LIST_RESPONSE: crate::s3_object_lambda::ListResponse<'static> = "s3_object_lambda_list_response";
        /// An answer to a listing, as XML.
        S3_OBJECT_LAMBDA_LIST_XML_RESPONSE: crate::s3_object_lambda::ListResponse<'static> = "s3_object_lambda_list_xml_response";
        /// An answer that refuses.
        S3_OBJECT_LAMBDA_ERROR_RESPONSE: crate::s3_object_lambda::HeadResponse<'static> = "s3_object_lambda_error_response";
    }
    "ses" {
        /// A mail with all common headers, of which DMARC does not approve.
        SES: crate::ses::Ses<'static> = "ses";
        /// A mail to blind copies only, to which DMARC does not apply.
        SES_BLIND_COPY: crate::ses::Ses<'static> = "ses_blind_copy";
        /// A mail that was published to a topic.
        SES_TOPIC: crate::ses::Message<'static> = "ses_topic";
        /// What is published of a mail that was stored.
        SES_TOPIC_S3: crate::ses::Message<'static> = "ses_topic_s3";
        /// What is published of a mail that was sent back.
        SES_TOPIC_BOUNCE: crate::ses::Message<'static> = "ses_topic_bounce";
        /// What is published of a mail that was handed to WorkMail.
        SES_TOPIC_WORKMAIL: crate::ses::Message<'static> = "ses_topic_workmail";
        /// An answer that ends the rules.
        SES_RESPONSE: crate::ses::Response<'static> = "ses_response";
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
