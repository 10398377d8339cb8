//! What both formats say of triggers, each under its own names: how it is checked.
//!
//! The rules themselves are the core's; here their refusals get a line and the name that the file has for a setting.
//! Whether names lead somewhere is looked at in `check`.

use mock_server::core::{
    mapping::{Configuration, QueueForm, SourceKind},
    pattern::{
        Dialect, Pattern,
        filter::{FilterError, Filters, RecordSource},
    },
    schedule::Schedule,
    trigger::{
        bucket::Notification,
        bus::{Input, InputError, InputTransformer},
        topic::{FilterPolicy, FilterScope},
    },
};

use super::{
    problem::{Invalid, Problem},
    table::Field,
};

/// Source: [SetQueueAttributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
const MAX_RECEIVES: u32 = 1_000;

/// What is wrong with a value, in the words of who has found it.
pub(super) fn refused(name: &str, reason: impl std::fmt::Display, line: usize) -> Problem {
    Invalid::Refused { name: name.to_owned(), reason: reason.to_string() }.at(line)
}

/// A pattern of a rule of EventBridge.
pub(super) fn pattern(field: Field<'_>) -> Result<String, Problem> {
    let (name, line) = (field.name.clone(), field.line());
    let text = field.json("JSON or a map")?;
    Pattern::parse(&text, Dialect::Rule).map_err(|error| refused(&name, error, line))?;
    Ok(text)
}

/// Which messages of a topic a subscriber gets.
pub(super) fn filter_policy(field: Field<'_>, is_for_body: bool) -> Result<String, Problem> {
    let (name, line) = (field.name.clone(), field.line());
    let scope = if is_for_body { FilterScope::MessageBody } else { FilterScope::MessageAttributes };
    let text = field.json("JSON or a map")?;
    FilterPolicy::parse(&text, scope).map_err(|error| {
        // The file may call it otherwise.
        let reason = error.to_string();
        refused(&name, reason.strip_prefix("FilterPolicy: ").unwrap_or(&reason), line)
    })?;
    Ok(text)
}

/// When something is due. Only EventBridge Scheduler knows `at`.
pub(super) fn schedule(field: &Field<'_>, is_scheduler: bool) -> Result<String, Problem> {
    const OF_RULES: &str = "rate(value unit) or cron(fields)";
    const OF_SCHEDULER: &str = "rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss)";

    let text = field.text_or(if is_scheduler { OF_SCHEDULER } else { OF_RULES })?;
    if !is_scheduler && text.starts_with("at(") {
        return Err(field.expected(OF_RULES));
    }
    Schedule::parse(text).map_err(|error| refused(&field.name, error, field.line()))?;
    Ok(text.to_owned())
}

/// What a target gets in place of the event: something constant, or a part of it.
/// The two have these names.
pub(super) fn input(
    constant: Option<Field<'_>>,
    path: Option<Field<'_>>,
    (other, what): (&'static str, &'static str),
) -> Result<Input, Problem> {
    match (constant, path) {
        (Some(_), Some(path)) => Err(Invalid::Conflict { what, other }.at(path.line())),
        (Some(field), None) => {
            let text = field.text_or("JSON")?;
            Input::constant(text).map_err(|error| refused_input(&field.name, &error, field.line()))
        }
        (None, Some(field)) => {
            let text = field.text_or("a path that begins with $, such as $.detail")?;
            let path = text.parse().map_err(|error| refused(&field.name, error, field.line()))?;
            Ok(Input::Path(path))
        }
        (None, None) => Ok(Input::Event),
    }
}

/// A text that is made of parts of the event.
pub(super) fn input_transformer(
    line: usize,
    paths: Option<Field<'_>>,
    template: &Field<'_>,
) -> Result<Input, Problem> {
    let mut variables = Vec::new();
    for field in paths
        .map(Field::table)
        .transpose()?
        .map(|mut table| table.take_all())
        .transpose()?
        .unwrap_or_default()
    {
        variables.push((field.name.clone(), field.text()?.to_owned()));
    }
    let template = template.text_or("a text")?;
    let transformer = InputTransformer::new(variables, template);
    transformer.map(Input::Transformer).map_err(|error| refused("InputTransformer", error, line))
}

/// The file may call it otherwise.
fn refused_input(name: &str, error: &InputError, line: usize) -> Problem {
    let reason = error.to_string();
    refused(name, reason.strip_prefix("Input is ").unwrap_or(&reason), line)
}

/// An event of S3, or a family of them.
pub(super) fn bucket_event(field: &Field<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "an event of S3 such as s3:ObjectCreated:*";

    let text = field.text_or(EXPECTED)?;
    Notification::new("", [text], "", "").map_err(|_| field.expected(EXPECTED))?;
    Ok(text.to_owned())
}

/// How often a message may be received before it is given up.
pub(super) fn max_receives(field: &Field<'_>) -> Result<u32, Problem> {
    field.whole("", 1..=MAX_RECEIVES)
}

/// The kind of source that a queue is.
pub(crate) fn kind_of_queue(form: QueueForm) -> SourceKind {
    match form {
        QueueForm::Standard => SourceKind::StandardQueue,
        QueueForm::Fifo => SourceKind::FifoQueue,
    }
}

/// The names of settings of a mapping: those of the API, and those of the file.
pub(super) type Names = &'static [(&'static str, &'static str)];

/// A mapping's settings on their way, and where they stand.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) configuration: Configuration,
    /// By the API's names.
    pub(super) lines: Vec<(&'static str, usize)>,
    /// Patterns and where they stand.
    pub(super) filters: Vec<(usize, String)>,
}

impl Settings {
    /// Refuses what such a source does not take. The mapping stands in this line.
    pub(super) fn check(
        self,
        kind: SourceKind,
        line: usize,
        names: Names,
    ) -> Result<(Configuration, Vec<String>), Problem> {
        self.configuration.check(kind).map_err(|error| {
            // The setting that is wrong is named first.
            let text = error.to_string();
            let known = self.lines.iter().find(|(name, _)| text.starts_with(name));
            let line = known.map_or(line, |(_, line)| *line);
            let text = names.iter().fold(text, |text, (ours, theirs)| text.replace(ours, theirs));
            Invalid::Setting(text).at(line)
        })?;
        let source = match kind {
            SourceKind::Kinesis => RecordSource::Kinesis,
            SourceKind::DynamoDb => RecordSource::DynamoDb,
            SourceKind::Kafka => RecordSource::Kafka,
            _ => RecordSource::Sqs,
        };
        let (lines, filters): (Vec<_>, Vec<_>) = self.filters.into_iter().unzip();
        Filters::parse(source, &filters).map_err(|error| {
            let number = match error {
                FilterError::Pattern { number, .. } | FilterError::NotJson { number, .. } => number,
                _ => 1,
            };
            let line = lines.get(number - 1).copied().unwrap_or(line);
            Invalid::Setting(error.to_string()).at(line)
        })?;
        Ok((self.configuration, filters))
    }
}

/// Shards of a stream, or partitions of a topic: fewer than anybody has the memory for.
pub(super) fn shards(field: &Field<'_>) -> Result<u32, Problem> {
    field.whole("", 1..=10_000)
}
