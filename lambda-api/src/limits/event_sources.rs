//! Numbers of event source mappings, of the queues and streams that they read from, and of the services that invoke
//! functions themselves: SNS, EventBridge and S3.
//!
//! Sources: [CreateEventSourceMapping](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html) and
//! [CreateQueue](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html) unless a
//! constant says otherwise. The neighbour above has the numbers of everything else.

use std::time::Duration;

use super::Range;

const MIB: usize = 1024 * 1024;
const HOUR: u64 = 60 * 60;

/// Records of a batch from a standard queue.
pub const QUEUE_BATCH_SIZE: Range<u32> = Range { min: 1, default: 10, max: 10_000 };
/// Records of a batch from a FIFO queue.
pub const FIFO_QUEUE_BATCH_SIZE: Range<u32> = Range { min: 1, default: 10, max: 10 };
/// Records of a batch from a stream or a topic.
pub const STREAM_BATCH_SIZE: Range<u32> = Range { min: 1, default: 100, max: 10_000 };
/// Greatest batch from a queue for which no batching window is needed.
pub const QUEUE_BATCH_SIZE_WITHOUT_WINDOW: u32 = 10;
/// How long a batch is gathered.
pub const BATCHING_WINDOW: Range<Duration> =
    Range { min: Duration::ZERO, default: Duration::ZERO, max: Duration::from_secs(300) };
/// How long a batch from a topic is gathered if nothing is configured.
pub const KAFKA_BATCHING_WINDOW_DEFAULT: Duration = Duration::from_millis(500);
/// Most retries of a batch, unless there is no end to them.
pub const BATCH_RETRIES_MAX: u32 = 10_000;
/// Most retries of a batch from a topic, if there is a destination and no end to them is configured.
/// [Kafka topics as destinations](https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html).
pub const KAFKA_RETRIES_WITH_DESTINATION: u32 = 10;
/// Least of the greatest ages that a record may reach.
pub const RECORD_AGE_MIN: Duration = Duration::from_secs(60);
/// Greatest of the greatest ages that a record may reach, unless it may become as old as the stream keeps it.
pub const RECORD_AGE_MAX: Duration = Duration::from_secs(604_800);
/// Batches of one shard at once.
pub const PARALLELIZATION_FACTOR: Range<u32> = Range { min: 1, default: 1, max: 10 };
/// Longest tumbling window.
pub const TUMBLING_WINDOW_MAX: Duration = Duration::from_secs(900);
/// Largest state of a tumbling window.
/// [Stateful processing](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).
pub const WINDOW_STATE_BYTES: usize = MIB;

/// Least of what may be configured as the most batches of a queue at once.
/// [ScalingConfig](https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html).
pub const MAXIMUM_CONCURRENCY_MIN: u32 = 2;
/// Greatest of what may be configured as the most batches of a queue at once.
/// [ScalingConfig](https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html).
pub const MAXIMUM_CONCURRENCY_MAX: u32 = 1_000;
/// Batches of a standard queue at once, to begin with.
/// [Scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
pub const QUEUE_CONCURRENCY: u32 = 5;
/// How many more batches of a standard queue there may be at once after a minute, as long as there are messages.
/// [Scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
pub const QUEUE_CONCURRENCY_PER_MINUTE: u32 = 300;
/// Most batches of a queue at once.
/// [Scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
pub const QUEUE_CONCURRENCY_MAX: u32 = 1_250;

/// Messages that a queue gives at once.
/// [ReceiveMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
pub const RECEIVED_MESSAGES: u32 = 10;
/// How long a queue is asked for messages that are not there.
/// [ReceiveMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
pub const LONG_POLL: Duration = Duration::from_secs(20);
/// How long a message that was received is hidden from others.
pub const VISIBILITY_TIMEOUT: Range<Duration> =
    Range { min: Duration::ZERO, default: Duration::from_secs(30), max: Duration::from_secs(12 * HOUR) };
/// How long a message is held back before it can be received.
pub const MESSAGE_DELAY: Range<Duration> =
    Range { min: Duration::ZERO, default: Duration::ZERO, max: Duration::from_secs(900) };
/// How long a queue keeps a message.
pub const MESSAGE_RETENTION: Range<Duration> = Range {
    min: Duration::from_secs(60),
    default: Duration::from_secs(4 * 24 * HOUR),
    max: Duration::from_secs(14 * 24 * HOUR),
};
/// Largest message of a queue.
/// [Message quotas](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
pub const MESSAGE_BYTES: usize = MIB;
/// Most attributes of a message.
/// [Message attributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
pub const MESSAGE_ATTRIBUTES: usize = 10;
/// Messages that are sent, deleted or published in one batch.
/// [SendMessageBatch](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html).
pub const BATCH_ENTRIES: usize = 10;
/// Longest id of an entry of such a batch, in characters.
/// [SendMessageBatchRequestEntry](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html).
pub const BATCH_ENTRY_ID_CHARACTERS: usize = 80;
/// Queues that are listed at once.
/// [ListQueues](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html).
pub const LISTED_QUEUES: usize = 1_000;
/// For how long a FIFO queue takes no second message with the same deduplication id.
/// [Key terms](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html).
pub const DEDUPLICATION_INTERVAL: Duration = Duration::from_secs(300);

/// How often a shard of a Kinesis stream is read.
/// [Polling](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html).
pub const KINESIS_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How often a shard of a DynamoDB stream is read.
/// [Polling](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html).
pub const DYNAMODB_POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long a Kinesis stream keeps a record if nothing else is configured, and a DynamoDB stream always.
/// [Retention](https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html).
pub const RECORD_RETENTION: Duration = Duration::from_secs(24 * HOUR);
/// Records that are read from a shard at once.
/// [GetRecords](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html).
pub const READ_RECORDS: u32 = 10_000;

/// Records of one PutRecords.
/// [PutRecords](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
pub const PUT_RECORDS: usize = 500;
/// Largest PutRecords, with all partition keys.
/// [PutRecords](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
pub const PUT_RECORDS_BYTES: usize = 10 * MIB;
/// Largest record of a Kinesis stream with its partition key, unless the stream is told to take larger ones.
/// [Quotas](https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html).
pub const PUT_RECORD_BYTES: usize = MIB;
/// Longest partition key, in characters.
/// [PutRecord](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html).
pub const PARTITION_KEY_CHARACTERS: usize = 256;

/// Largest message of a topic, with its attributes.
/// [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
pub const PUBLICATION_BYTES: usize = 256 * 1024;
/// A subject has fewer characters than this.
/// [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
pub const SUBJECT_CHARACTERS: usize = 100;
/// Longest name of a message attribute, in characters.
/// [Message attributes](https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html).
pub const ATTRIBUTE_NAME_CHARACTERS: usize = 256;
/// Longest group and longest deduplication id of a message of a FIFO topic, in characters.
/// [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
pub const FIFO_ID_CHARACTERS: usize = 128;
/// Most attributes of a message that a queue gets raw.
/// [Message attributes](https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html).
pub const RAW_ATTRIBUTES: usize = 10;
/// Largest filter policy of a subscription.
/// [Constraints](https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
pub const FILTER_POLICY_BYTES: usize = 256 * 1024;
/// Most names at the top of a filter policy.
/// [Constraints](https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
pub const FILTER_POLICY_KEYS: usize = 5;
/// Most combinations of the values of a filter policy.
/// [Constraints](https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
pub const FILTER_POLICY_COMBINATIONS: u64 = 150;

/// Events of one PutEvents.
/// [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
pub const EVENT_ENTRIES: usize = 10;
/// Largest event of a bus as PutEvents counts it: 1 MB since January 2026, before that 256 KB.
/// [Announcement](https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb/).
pub const EVENT_ENTRY_BYTES: usize = MIB;
/// What PutEvents counts for a time.
/// [Size of an entry](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html).
pub const EVENT_TIME_BYTES: usize = 14;
/// Longest source of an event, in characters.
/// [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridgev2/latest/APIReference/API_PutEventsRequestEntry.html).
pub const EVENT_SOURCE_CHARACTERS: usize = 256;
/// Longest detail type of an event, in characters.
/// [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html).
pub const DETAIL_TYPE_CHARACTERS: usize = 128;
/// Longest tracing header of an event, in characters.
/// [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html).
pub const EVENT_TRACE_HEADER_CHARACTERS: usize = 500;
/// Longest constant input of a target, in characters.
/// [Target](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html).
pub const TARGET_INPUT_CHARACTERS: usize = 8192;
/// Longest path into an event, in characters.
/// [Target](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html).
pub const INPUT_PATH_CHARACTERS: usize = 256;
/// Most variables of an input transformer.
/// [InputTransformer](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html).
pub const INPUT_PATHS: usize = 100;
/// Longest name of a variable of an input transformer, in characters.
/// [InputTransformer](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html).
pub const INPUT_NAME_CHARACTERS: usize = 256;
/// Longest template of an input transformer, in characters.
/// [InputTransformer](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html).
pub const INPUT_TEMPLATE_CHARACTERS: usize = 8192;

/// Longest prefix or suffix by which a bucket's notification chooses keys, in characters.
/// [FilterRule](https://docs.aws.amazon.com/AmazonS3/latest/API/API_FilterRule.html).
pub const KEY_FILTER_CHARACTERS: usize = 1024;
