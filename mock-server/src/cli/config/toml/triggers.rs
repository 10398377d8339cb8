//! What invokes a function or an alias of it: its table `triggers`.
//!
//! What is named there is in [`sources`](super::sources) and [`rules`](super::rules).

use std::time::Duration;

use lambda_api::limits::event_sources as limits;
use mock_server::core::{
    mapping::{Configuration, SourceKind, StartingPosition},
    trigger::bus::Input,
};

use super::duration;
use crate::cli::config::{
    model::{
        FunctionConfiguration, MappingConfiguration, MappingSource, NotificationConfiguration, Qualifier,
        RuleConfiguration, RuleTarget, SubscriptionConfiguration, Target, Triggers,
    },
    problem::{Invalid, Problem},
    table::{Field, Table},
    triggers::{self, Names, Settings},
};

/// What the API calls the settings of a mapping, longer names first.
const NAMES: Names = &[
    ("MaximumBatchingWindowInSeconds", "batching-window"),
    ("MaximumRecordAgeInSeconds", "record-age"),
    ("BisectBatchOnFunctionError", "bisect"),
    ("MaximumRetryAttempts", "retries"),
    ("TumblingWindowInSeconds", "tumbling-window"),
    ("ParallelizationFactor", "parallel"),
    ("DestinationConfig.OnFailure", "on-failure"),
    ("DestinationConfig", "on-failure"),
    ("MaximumConcurrency", "max-concurrency"),
    ("StartingPosition", "start"),
    ("BatchSize", "batch-size"),
];

/// The table of a function or an alias, to be read when all sources are known.
pub(super) struct Given<'a> {
    pub(super) function: String,
    pub(super) qualifier: Qualifier,
    pub(super) table: Table<'a>,
}

impl Given<'_> {
    pub(super) fn of<'a>(
        table: &mut Table<'a>,
        qualifier: Qualifier,
        function: &FunctionConfiguration,
    ) -> Result<Option<Given<'a>>, Problem> {
        let table = table.take("triggers")?.map(Field::table).transpose()?;
        Ok(table.map(|table| Given { function: function.name.clone(), qualifier, table }))
    }

    /// Adds what invokes the function.
    pub(super) fn read(mut self, triggers: &mut Triggers) -> Result<(), Problem> {
        for field in list(&mut self.table, "queues")? {
            let mapping = self.queue(field, triggers)?;
            triggers.mappings.push(mapping);
        }
        for field in list(&mut self.table, "streams")? {
            let mapping = self.stream(field, triggers)?;
            triggers.mappings.push(mapping);
        }
        for field in list(&mut self.table, "topics")? {
            self.topic(field, triggers)?;
        }
        for field in list(&mut self.table, "buckets")? {
            self.bucket(field, triggers)?;
        }
        for (at, field) in list(&mut self.table, "schedules")?.into_iter().enumerate() {
            let schedule = triggers::schedule(&field, false)?;
            let rule =
                RuleConfiguration { schedule: Some(schedule), ..self.rule("schedule", at, field.line()) };
            triggers.rules.push(rule);
        }
        for (at, field) in list(&mut self.table, "rules")?.into_iter().enumerate() {
            let mut table = field.table()?;
            let rule = self.rule("rule", at, table.line);
            let rule = RuleConfiguration {
                bus: bus(&mut table)?,
                pattern: Some(triggers::pattern(needed(&mut table, "pattern", "a text that is JSON")?)?),
                ..rule
            };
            table.finish()?;
            triggers.rules.push(rule);
        }
        self.table.finish()
    }

    fn target(&self) -> Target {
        Target::Function { name: self.function.clone(), qualifier: self.qualifier.clone() }
    }

    /// A rule without a name of its own.
    fn rule(&self, what: &str, at: usize, line: usize) -> RuleConfiguration {
        let function = match &self.qualifier {
            Qualifier::Latest => self.function.clone(),
            qualifier => format!("{}:{qualifier}", self.function),
        };
        RuleConfiguration {
            line,
            bus: "default".to_owned(),
            name: format!("{function}/{what}-{}", at + 1),
            pattern: None,
            schedule: None,
            is_scheduler: false,
            enabled: true,
            targets: vec![RuleTarget { line, target: self.target(), input: Input::Event, group: None }],
        }
    }

    fn queue(&self, field: Field<'_>, triggers: &Triggers) -> Result<MappingConfiguration, Problem> {
        let mut table = field.table()?;
        let queue = needed(&mut table, "queue", "the name of a queue")?;
        let name = queue.text()?.to_owned();
        let Some(known) = triggers.queues.get(&name) else {
            return Err(Invalid::NotThere { what: "queue", name }.at(queue.line()));
        };
        let kind = triggers::kind_of_queue(known.settings.form);
        self.mapping(table, kind, MappingSource::Queue(name))
    }

    fn stream(&self, field: Field<'_>, triggers: &Triggers) -> Result<MappingConfiguration, Problem> {
        let mut table = field.table()?;
        let stream = needed(&mut table, "stream", "the name of a stream")?;
        let name = stream.text()?.to_owned();
        // There is one of a name, for TOML has no key twice.
        let is_named = |key: &str| key.split_once('/').is_some_and(|(_, known)| known == name);
        let Some((key, known)) = triggers.streams.iter().find(|(key, _)| is_named(key)) else {
            return Err(Invalid::NotThere { what: "stream", name }.at(stream.line()));
        };
        self.mapping(table, known.kind, MappingSource::Stream(key.clone()))
    }

    fn mapping(
        &self,
        mut table: Table<'_>,
        kind: SourceKind,
        source: MappingSource,
    ) -> Result<MappingConfiguration, Problem> {
        let line = table.line;
        let settings = settings(&mut table)?;
        table.finish()?;
        let (configuration, filters) = settings.check(kind, line, NAMES)?;
        let (function, qualifier) = (self.function.clone(), self.qualifier.clone());
        Ok(MappingConfiguration { line, function, qualifier, source, configuration, filters })
    }

    fn topic(&self, field: Field<'_>, triggers: &mut Triggers) -> Result<(), Problem> {
        let mut table = field.table()?;
        let topic = needed(&mut table, "topic", "the name of a topic")?;
        let name = topic.text()?.to_owned();
        let subscription = subscription(&mut table, self.target())?;
        table.finish()?;
        let Some(known) = triggers.topics.get_mut(&name) else {
            return Err(Invalid::NotThere { what: "topic", name }.at(topic.line()));
        };
        known.subscriptions.push(subscription);
        Ok(())
    }

    fn bucket(&self, field: Field<'_>, triggers: &mut Triggers) -> Result<(), Problem> {
        let mut table = field.table()?;
        let bucket = needed(&mut table, "bucket", "the name of a bucket")?;
        let name = bucket.text()?.to_owned();
        let events = needed(&mut table, "events", "a list of events such as s3:ObjectCreated:*")?;
        let events = events.list()?.iter().map(triggers::bucket_event).collect::<Result<_, _>>()?;
        let (prefix, suffix) = (text(&mut table, "prefix")?, text(&mut table, "suffix")?);
        let notification =
            NotificationConfiguration { line: table.line, target: self.target(), events, prefix, suffix };
        table.finish()?;
        let Some(known) = triggers.buckets.get_mut(&name) else {
            return Err(Invalid::NotThere { what: "bucket", name }.at(bucket.line()));
        };
        known.notifications.push(notification);
        Ok(())
    }
}

/// What there is to say of a subscription beside who has it.
pub(super) fn subscription(
    table: &mut Table<'_>,
    target: Target,
) -> Result<SubscriptionConfiguration, Problem> {
    let scopes = [("attributes", false), ("body", true)];
    let policy = table.take("filter-policy")?;
    let scope = table.take("filter-scope")?.map(|scope| scope.choice(&scopes)).transpose()?;
    let filter_on_body = scope.unwrap_or(false);
    Ok(SubscriptionConfiguration {
        line: table.line,
        target,
        filter_policy: policy.map(|policy| triggers::filter_policy(policy, filter_on_body)).transpose()?,
        filter_on_body,
        raw: false,
    })
}

/// The settings of a mapping. What its source does not take is refused later.
fn settings(table: &mut Table<'_>) -> Result<Settings, Problem> {
    let mut settings = Settings::default();
    let zero = Duration::ZERO;
    let given = Configuration {
        batch_size: number(table, ("batch-size", "BatchSize"), &mut settings)?,
        maximum_batching_window_in_seconds: seconds(
            table,
            ("batching-window", "MaximumBatchingWindowInSeconds"),
            (zero, limits::BATCHING_WINDOW.max),
            &mut settings,
        )?,
        starting_position: starting_position(table, &mut settings)?,
        maximum_retry_attempts: number(table, ("retries", "MaximumRetryAttempts"), &mut settings)?,
        maximum_record_age_in_seconds: seconds(
            table,
            ("record-age", "MaximumRecordAgeInSeconds"),
            (limits::RECORD_AGE_MIN, limits::RECORD_AGE_MAX),
            &mut settings,
        )?,
        bisect_batch_on_function_error: flag(table, ("bisect", "BisectBatchOnFunctionError"), &mut settings)?,
        report_batch_item_failures: flag(table, ("report-item-failures", ""), &mut settings)?
            .unwrap_or(false),
        parallelization_factor: number(table, ("parallel", "ParallelizationFactor"), &mut settings)?,
        tumbling_window_in_seconds: seconds(
            table,
            ("tumbling-window", "TumblingWindowInSeconds"),
            (zero, limits::TUMBLING_WINDOW_MAX),
            &mut settings,
        )?,
        maximum_concurrency: number(table, ("max-concurrency", "MaximumConcurrency"), &mut settings)?,
        on_failure: taken(table, ("on-failure", "DestinationConfig"), &mut settings)?
            .map(|field| field.text().map(str::to_owned))
            .transpose()?,
        enabled: flag(table, ("enabled", "Enabled"), &mut settings)?,
    };
    settings.configuration = given;
    for filter in list(table, "filters")? {
        settings.filters.push((filter.line(), filter.text_or("a text that is JSON")?.to_owned()));
    }
    Ok(settings)
}

fn starting_position(
    table: &mut Table<'_>,
    settings: &mut Settings,
) -> Result<Option<StartingPosition>, Problem> {
    const EXPECTED: &str = "trim-horizon, latest or a time such as 2026-11-30T10:00:00Z";

    let Some(field) = taken(table, ("start", "StartingPosition"), settings)? else { return Ok(None) };
    Ok(Some(match field.text_or(EXPECTED)? {
        "trim-horizon" => StartingPosition::TrimHorizon,
        "latest" => StartingPosition::Latest,
        time => {
            let time = humantime::parse_rfc3339(time).map_err(|_| field.expected(EXPECTED))?;
            StartingPosition::AtTimestamp(time.into())
        }
    }))
}

/// A setting by its name here; its line is kept under that of the API.
fn taken<'a>(
    table: &mut Table<'a>,
    (name, api): (&'static str, &'static str),
    settings: &mut Settings,
) -> Result<Option<Field<'a>>, Problem> {
    let field = table.take(name)?;
    if let Some(field) = &field {
        settings.lines.push((api, field.line()));
    }
    Ok(field)
}

type Name = (&'static str, &'static str);

fn number(table: &mut Table<'_>, name: Name, settings: &mut Settings) -> Result<Option<i64>, Problem> {
    const EXPECTED: &str = "a whole number";

    let Some(field) = taken(table, name, settings)? else { return Ok(None) };
    field.text_or(EXPECTED)?.parse().map(Some).map_err(|_| field.expected(EXPECTED))
}

fn flag(table: &mut Table<'_>, name: Name, settings: &mut Settings) -> Result<Option<bool>, Problem> {
    taken(table, name, settings)?.map(|field| field.flag()).transpose()
}

/// A time, which the API has in whole seconds.
fn seconds(
    table: &mut Table<'_>,
    name: Name,
    (least, most): (Duration, Duration),
    settings: &mut Settings,
) -> Result<Option<i64>, Problem> {
    let Some(field) = taken(table, name, settings)? else { return Ok(None) };
    let time = duration(&field, least, most)?;
    if time.subsec_nanos() > 0 {
        return Err(field.expected("a time in whole seconds"));
    }
    Ok(Some(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)))
}

pub(super) fn list<'a>(table: &mut Table<'a>, name: &'static str) -> Result<Vec<Field<'a>>, Problem> {
    Ok(table.take(name)?.map(Field::list).transpose()?.unwrap_or_default())
}

pub(super) fn needed<'a>(
    table: &mut Table<'a>,
    name: &'static str,
    expected: &'static str,
) -> Result<Field<'a>, Problem> {
    let field = table.take(name)?;
    let Some(field) = field else { return Err(table.missing(name, expected)) };
    Ok(field)
}

fn text(table: &mut Table<'_>, name: &'static str) -> Result<String, Problem> {
    Ok(table.take(name)?.map(|field| field.text().map(str::to_owned)).transpose()?.unwrap_or_default())
}

/// The event bus of a rule.
pub(super) fn bus(table: &mut Table<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "the name of an event bus";

    let Some(field) = table.take("bus")? else { return Ok("default".to_owned()) };
    match field.text_or(EXPECTED)? {
        "" => Err(field.expected(EXPECTED)),
        name => Ok(name.to_owned()),
    }
}
