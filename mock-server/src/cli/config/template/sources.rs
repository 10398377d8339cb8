//! Resources that have messages, records or objects: queues, streams, tables. Topics and buckets are in `notices`.
//!
//! Sources: the properties of
//! [AWS::SQS::Queue](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html),
//! [AWS::Kinesis::Stream](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html)
//! and
//! [AWS::DynamoDB::Table](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html).

use std::{collections::BTreeMap, time::Duration};

use lambda_api::limits::{Range, event_sources as limits};
use mock_server::core::mapping::{QueueForm, Redrive, SourceKind};

use super::{
    Reader, function::sub_table, kinds::named_by, references::properties, scope::Scope, sections::Resource,
    targets,
};
use crate::cli::config::{
    model::{QueueConfiguration, StreamConfiguration, stream_key},
    problem::{Invalid, Problem, Remark},
    settings,
    table::{Field, Table},
    triggers,
};

const QUEUE_WITHOUT_EFFECT: &[&str] = &[
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

const STREAM_WITHOUT_EFFECT: &[&str] =
    &["DesiredShardLevelMetrics", "MaxRecordSizeInKiB", "StreamEncryption", "WarmThroughputMiBps"];

/// Source: [on-demand streams](https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html).
const ON_DEMAND_SHARDS: u32 = 4;
/// Hours; source: [retention](https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html).
const RETENTION_HOURS: std::ops::RangeInclusive<u64> = 24..=8_760;
const VIEWS: [&str; 4] = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];

impl Reader<'_> {
    /// Reads a resource that has something for functions.
    pub(super) fn source(&mut self, resource: &Resource) -> Result<(), Problem> {
        let template = self.template;
        let scope = Scope { template, user: Some(&resource.id) };
        let mut table = properties(&scope, resource);
        let name = match template.name(resource) {
            Ok(name) => name,
            // It matters to whoever refers to it, and stands in nobody's way.
            Err(_) => {
                let (what, instead) =
                    (format!("the name of {}", resource.id), template.made_up_name(resource)?);
                template.remark(resource.line, Remark::Unknown { what, instead: instead.clone() });
                table.ignore(named_by(&resource.kind).unwrap_or_default());
                instead
            }
        };
        match &*resource.kind {
            "AWS::SQS::Queue" => self.queue(resource, &mut table, name),
            "AWS::Kinesis::Stream" => self.stream(resource, &mut table, name),
            "AWS::SNS::Topic" => self.topic_resource(resource, &mut table, name),
            "AWS::S3::Bucket" => self.bucket_resource(resource, &mut table, &name),
            _ => self.table(resource, &mut table, name),
        }
    }

    fn queue(&mut self, resource: &Resource, table: &mut Table<'_>, name: String) -> Result<(), Problem> {
        let line = resource.line;
        let given = table.take("QueueName")?;
        settings::queue_name(&name, given.as_ref().map_or(line, Field::line))?;
        let mut queue = QueueConfiguration::new(&name, line);
        let fifo = table.take("FifoQueue")?.map(|fifo| fifo.flag()).transpose()?.unwrap_or(false);
        if let Some(given) = given
            && fifo != (queue.settings.form == QueueForm::Fifo)
        {
            return Err(given.expected(if fifo {
                "a name that ends with .fifo, for FifoQueue is true"
            } else {
                "a name that does not end with .fifo, for FifoQueue is not true"
            }));
        }
        if let Some(timeout) = table.take("VisibilityTimeout")? {
            queue.settings.visibility_timeout = seconds(&timeout, limits::VISIBILITY_TIMEOUT)?;
        }
        if let Some(delay) = table.take("DelaySeconds")? {
            queue.settings.delay = seconds(&delay, limits::MESSAGE_DELAY)?;
        }
        if let Some(retention) = table.take("MessageRetentionPeriod")? {
            queue.settings.retention = seconds(&retention, limits::MESSAGE_RETENTION)?;
        }
        if let Some(deduplication) = table.take("ContentBasedDeduplication")? {
            queue.content_based_deduplication = deduplication.flag()?;
            if queue.content_based_deduplication && !fifo {
                let what = "ContentBasedDeduplication";
                return Err(Invalid::Conflict { what, other: "a standard queue" }.at(deduplication.line()));
            }
        }
        if let Some(mut redrive) = sub_table(table, "RedrivePolicy")?
            && !self.is_elsewhere(&redrive, &["deadLetterTargetArn"])
        {
            read_redrive(&mut redrive, &mut queue)?;
            self.rest(resource, &redrive);
        }
        table.ignore("Tags");
        self.without_effect(resource, table, QUEUE_WITHOUT_EFFECT);
        self.rest(resource, table);
        let queues = &mut self.configuration.triggers.queues;
        insert(queues, "queue", name, queue, line, |queue| queue.line)
    }

    fn stream(&mut self, resource: &Resource, table: &mut Table<'_>, name: String) -> Result<(), Problem> {
        let line = resource.line;
        let mut stream = StreamConfiguration::new(SourceKind::Kinesis, line);
        if let Some(mut mode) = sub_table(table, "StreamModeDetails")? {
            if let Some(mode) = mode.take("StreamMode")?
                && mode.choice(&[("ON_DEMAND", true), ("PROVISIONED", false)])?
            {
                stream.shards = ON_DEMAND_SHARDS;
            }
            self.rest(resource, &mode);
        }
        if let Some(shards) = table.take("ShardCount")? {
            stream.shards = triggers::shards(&shards)?;
        }
        if let Some(hours) = table.take("RetentionPeriodHours")? {
            stream.retention = Duration::from_secs(hours.whole("of hours", RETENTION_HOURS)? * 3600);
        }
        for silent in ["Name", "Tags"] {
            table.ignore(silent);
        }
        self.without_effect(resource, table, STREAM_WITHOUT_EFFECT);
        self.rest(resource, table);
        let streams = &mut self.configuration.triggers.streams;
        insert(streams, "stream", stream_key(SourceKind::Kinesis, &name), stream, line, |stream| stream.line)
    }

    /// Of a table only the stream is looked at.
    fn table(&mut self, resource: &Resource, table: &mut Table<'_>, name: String) -> Result<(), Problem> {
        let line = resource.line;
        let Some(mut specification) = sub_table(table, "StreamSpecification")? else {
            self.without_stream.insert(name, (resource.id.clone(), line));
            return Ok(());
        };
        let mut stream = StreamConfiguration::new(SourceKind::DynamoDb, line);
        let Some(view) = specification.take("StreamViewType")? else {
            return Err(specification.missing("StreamViewType", "such as NEW_AND_OLD_IMAGES"));
        };
        stream.view = Some(view.choice(&VIEWS.map(|view| (view, view)))?.to_owned());
        specification.ignore("ResourcePolicy");
        self.rest(resource, &specification);
        let streams = &mut self.configuration.triggers.streams;
        insert(streams, "table", stream_key(SourceKind::DynamoDb, &name), stream, line, |stream| stream.line)
    }
}

/// Adds something under a name that nothing else has.
pub(super) fn insert<T>(
    all: &mut BTreeMap<String, T>,
    what: &'static str,
    name: String,
    value: T,
    line: usize,
    line_of: impl Fn(&T) -> usize,
) -> Result<(), Problem> {
    if let Some(other) = all.get(&name) {
        return Err(Invalid::Second { what, name, first: line_of(other) }.at(line));
    }
    all.insert(name, value);
    Ok(())
}

fn seconds(field: &Field<'_>, range: Range<Duration>) -> Result<Duration, Problem> {
    field.whole("of seconds", range.min.as_secs()..=range.max.as_secs()).map(Duration::from_secs)
}

fn read_redrive(redrive: &mut Table<'_>, queue: &mut QueueConfiguration) -> Result<(), Problem> {
    let Some(dead) = redrive.take("deadLetterTargetArn")? else {
        return Err(redrive.missing("deadLetterTargetArn", "the ARN of an SQS queue"));
    };
    let Some(receives) = redrive.take("maxReceiveCount")? else {
        return Err(redrive.missing("maxReceiveCount", "a whole number, 1 or more"));
    };
    queue.dead_letters = Some(targets::queue(&dead)?);
    queue.settings.redrive = Some(Redrive { maximum_receives: triggers::max_receives(&receives)? });
    Ok(())
}
