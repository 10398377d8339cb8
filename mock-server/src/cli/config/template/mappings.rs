//! Event source mappings: resources, and what SAM makes of events of functions.
//!
//! Source: the properties of
//! [AWS::Lambda::EventSourceMapping](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html).

use std::time::Duration;

use mock_server::core::{
    Time,
    mapping::{Configuration, SourceKind, StartingPosition},
};

use super::{Reader, arns::Arn, function::sub_table, kinds::Role, sections::Resource};
use crate::cli::config::{
    model::{MappingConfiguration, MappingSource, Qualifier, stream_key},
    problem::{Problem, Remark},
    table::{Field, Table},
    triggers::Settings,
};

/// Of what a mapping reads from.
const EXPECTED: &str =
    "the ARN of an SQS queue, a Kinesis stream, the stream of a DynamoDB table or an MSK cluster";

/// What a mapping has on AWS beside what is read here.
const WITHOUT_EFFECT: &[&str] = &[
    "AmazonManagedKafkaEventSourceConfig",
    "ConsumerGroupId",
    "KmsKeyArn",
    "LoggingConfig",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "SchemaRegistryConfig",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
];

type Number = fn(&mut Configuration) -> &mut Option<i64>;

const NUMBERS: [(&str, Number); 6] = [
    ("BatchSize", |configuration| &mut configuration.batch_size),
    ("MaximumBatchingWindowInSeconds", |configuration| &mut configuration.maximum_batching_window_in_seconds),
    ("MaximumRetryAttempts", |configuration| &mut configuration.maximum_retry_attempts),
    ("MaximumRecordAgeInSeconds", |configuration| &mut configuration.maximum_record_age_in_seconds),
    ("ParallelizationFactor", |configuration| &mut configuration.parallelization_factor),
    ("TumblingWindowInSeconds", |configuration| &mut configuration.tumbling_window_in_seconds),
];

/// What a mapping reads from, once it is known that there can be one here.
pub(super) struct Source {
    kind: SourceKind,
    source: MappingSource,
}

impl Source {
    pub(super) fn queue(name: String) -> Self {
        let kind = if name.ends_with(".fifo") { SourceKind::FifoQueue } else { SourceKind::StandardQueue };
        Self { kind, source: MappingSource::Queue(name) }
    }

    pub(super) fn stream(kind: SourceKind, name: &str) -> Self {
        Self { kind, source: MappingSource::Stream(stream_key(kind, name)) }
    }
}

impl Reader<'_> {
    /// `AWS::Lambda::EventSourceMapping`.
    pub(super) fn mapping(&mut self, resource: &Resource, table: &mut Table<'_>) -> Result<(), Problem> {
        if self.is_elsewhere(table, &["EventSourceArn", "FunctionName"]) {
            return Ok(());
        }
        let Some(function) = table.take("FunctionName")? else {
            return Err(table.missing("FunctionName", "the name or ARN of a function"));
        };
        let Some(source) = self.mapping_source(resource, table)? else { return Ok(()) };
        let settings = self.mapping_settings(resource, table)?;
        let (configuration, filters) = settings.check(source.kind, resource.line, &[])?;
        table.ignore("Tags");
        self.without_effect(resource, table, WITHOUT_EFFECT);
        self.rest(resource, table);
        if let Some((function, qualifier)) = self.mapped(&function)? {
            let (line, source) = (resource.line, source.source);
            let mapping = MappingConfiguration { line, function, qualifier, source, configuration, filters };
            self.configuration.triggers.mappings.push(mapping);
        }
        Ok(())
    }

    /// The mapping of an event of SAM; the rest of the table is named.
    pub(super) fn mapping_of(
        &mut self,
        resource: &Resource,
        table: &mut Table<'_>,
        (function, qualifier): (&str, &Qualifier),
        source: Source,
    ) -> Result<(), Problem> {
        let line = table.line;
        let settings = self.mapping_settings(resource, table)?;
        let (configuration, filters) = settings.check(source.kind, line, &[])?;
        self.without_effect(resource, table, WITHOUT_EFFECT);
        self.rest(resource, table);
        self.configuration.triggers.mappings.push(MappingConfiguration {
            line,
            function: function.to_owned(),
            qualifier: qualifier.clone(),
            source: source.source,
            configuration,
            filters,
        });
        Ok(())
    }

    /// What a mapping reads from; nothing if it is something that is not emulated, which is remarked.
    fn mapping_source(&self, resource: &Resource, table: &mut Table<'_>) -> Result<Option<Source>, Problem> {
        let Some(field) = table.take("EventSourceArn")? else {
            if table.ignore("SelfManagedEventSource") {
                return topic(table).map(Some);
            }
            return Err(table.missing("EventSourceArn", EXPECTED));
        };
        Ok(match Arn::read(field.text_or(EXPECTED)?) {
            Some(Arn::Queue(name)) => Some(Source::queue(name)),
            Some(Arn::Stream(kind, name)) => Some(Source::stream(kind, &name)),
            Some(Arn::Cluster) => Some(topic(table)?),
            // Amazon MQ and DocumentDB, from which Lambda reads, too.
            Some(Arn::Other(service)) if matches!(&*service, "mq" | "amazonmq" | "rds" | "docdb") => {
                let path = format!("Resources.{}", resource.id);
                self.template.remark(field.line(), Remark::EventSource { path, kind: service });
                None
            }
            _ => return Err(field.expected(EXPECTED)),
        })
    }

    fn mapping_settings(&self, resource: &Resource, table: &mut Table<'_>) -> Result<Settings, Problem> {
        let mut settings = Settings::default();
        for (name, member) in NUMBERS {
            if let Some(field) = table.take(name)? {
                settings.lines.push((name, field.line()));
                *member(&mut settings.configuration) = Some(number(&field)?);
            }
        }
        if let Some(field) = table.take("BisectBatchOnFunctionError")? {
            settings.lines.push(("BisectBatchOnFunctionError", field.line()));
            settings.configuration.bisect_batch_on_function_error = Some(field.flag()?);
        }
        if let Some(field) = table.take("Enabled")? {
            settings.configuration.enabled = Some(field.flag()?);
        }
        for kind in table.take("FunctionResponseTypes")?.map(Field::list).transpose()?.unwrap_or_default() {
            settings.configuration.report_batch_item_failures =
                kind.choice(&[("ReportBatchItemFailures", true)])?;
        }
        starting_position(table, &mut settings)?;
        if let Some(mut scaling) = sub_table(table, "ScalingConfig")? {
            if let Some(most) = scaling.take("MaximumConcurrency")? {
                settings.lines.push(("MaximumConcurrency", most.line()));
                settings.configuration.maximum_concurrency = Some(number(&most)?);
            }
            self.rest(resource, &scaling);
        }
        self.on_failure(resource, table, &mut settings)?;
        if let Some(mut criteria) = sub_table(table, "FilterCriteria")? {
            for filter in criteria.take("Filters")?.map(Field::list).transpose()?.unwrap_or_default() {
                let mut filter = filter.table()?;
                let Some(pattern) = filter.take("Pattern")? else {
                    return Err(filter.missing("Pattern", "a text that is JSON"));
                };
                settings.filters.push((pattern.line(), pattern.text_or("a text that is JSON")?.to_owned()));
                self.rest(resource, &filter);
            }
            self.rest(resource, &criteria);
        }
        Ok(settings)
    }

    fn on_failure(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        settings: &mut Settings,
    ) -> Result<(), Problem> {
        let Some(mut destinations) = sub_table(table, "DestinationConfig")? else { return Ok(()) };
        if let Some(mut on_failure) = sub_table(&mut destinations, "OnFailure")? {
            if resource.role == Role::ServerlessFunction {
                on_failure.ignore("Type");
            }
            let Some(destination) = on_failure.take("Destination")? else {
                return Err(on_failure.missing("Destination", "the ARN of a queue, a topic or a bucket"));
            };
            settings.lines.push(("DestinationConfig", destination.line()));
            settings.configuration.on_failure = Some(destination.text()?.to_owned());
            self.rest(resource, &on_failure);
        }
        self.rest(resource, &destinations);
        Ok(())
    }
}

/// Where reading begins.
fn starting_position(table: &mut Table<'_>, settings: &mut Settings) -> Result<(), Problem> {
    const AT: &str = "AT_TIMESTAMP";

    let timestamp = table.take("StartingPositionTimestamp")?;
    let Some(field) = table.take("StartingPosition")? else { return Ok(()) };
    let words = ["TRIM_HORIZON", "LATEST", AT].map(|word| (word, word));
    settings.lines.push(("StartingPosition", field.line()));
    settings.configuration.starting_position = Some(match field.choice(&words)? {
        "TRIM_HORIZON" => StartingPosition::TrimHorizon,
        "LATEST" => StartingPosition::Latest,
        _ => {
            const EXPECTED: &str = "a time in seconds since 1970";
            let Some(timestamp) = timestamp else {
                return Err(table.missing("StartingPositionTimestamp", EXPECTED));
            };
            let seconds = timestamp.text_or(EXPECTED)?.parse().ok();
            let since_epoch = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let time = since_epoch.ok_or_else(|| timestamp.expected(EXPECTED))?;
            StartingPosition::AtTimestamp(Time::from_unix(time))
        }
    });
    Ok(())
}

fn number(field: &Field<'_>) -> Result<i64, Problem> {
    const EXPECTED: &str = "a whole number";

    field.text_or(EXPECTED)?.parse().map_err(|_| field.expected(EXPECTED))
}

/// The one topic of a mapping from Kafka.
pub(super) fn topic(table: &mut Table<'_>) -> Result<Source, Problem> {
    const EXPECTED: &str = "a list of one topic";

    let Some(topics) = table.take("Topics")? else { return Err(table.missing("Topics", EXPECTED)) };
    let expected = topics.expected(EXPECTED);
    let [topic] = topics.list()?.try_into().map_err(|_| expected)?;
    Ok(Source::stream(SourceKind::Kafka, topic.text()?))
}

/// What an event of SAM reads from.
pub(super) fn source_of(kind: &str, table: &mut Table<'_>) -> Result<Source, Problem> {
    let (property, expected) = match kind {
        "SQS" => ("Queue", "the ARN of an SQS queue"),
        "Kinesis" => ("Stream", "the ARN of a Kinesis stream"),
        "DynamoDB" => ("Stream", "the ARN of the stream of a DynamoDB table"),
        "MSK" => ("Stream", "the ARN of an MSK cluster"),
        _ => {
            table.ignore("KafkaBootstrapServers");
            return topic(table);
        }
    };
    let Some(field) = table.take(property)? else { return Err(table.missing(property, expected)) };
    match (kind, Arn::read(field.text_or(expected)?)) {
        ("SQS", Some(Arn::Queue(name))) => Ok(Source::queue(name)),
        ("Kinesis", Some(Arn::Stream(SourceKind::Kinesis, name))) => {
            Ok(Source::stream(SourceKind::Kinesis, &name))
        }
        ("DynamoDB", Some(Arn::Stream(SourceKind::DynamoDb, name))) => {
            Ok(Source::stream(SourceKind::DynamoDb, &name))
        }
        // A cluster that is not in the template may be named by anything.
        ("MSK", _) => topic(table),
        _ => Err(field.expected(expected)),
    }
}
