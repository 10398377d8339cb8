//! What triggers of a template send to, and what they name that the template does not have.

use std::time::Duration;

use mock_server::core::mapping::SourceKind;

use super::{Reader, arns::Arn, references::Target as FunctionName};
use crate::cli::config::{
    model::{
        BucketConfiguration, MappingSource, Qualifier, QueueConfiguration, StreamConfiguration, Target,
        TopicConfiguration,
    },
    node::{Entry, Value},
    problem::{Invalid, Problem, Remark},
    settings,
    table::{Field, Table},
};

const EXPECTED: &str = "the ARN of a function, an SQS queue or an SNS topic";

impl Reader<'_> {
    /// What an ARN stands for that gets events; nothing if nobody gets any here, which is remarked.
    pub(super) fn target(&self, field: &Field<'_>) -> Result<Option<Target>, Problem> {
        let text = field.text_or(EXPECTED)?;
        Ok(match Arn::read(text) {
            Some(Arn::Function(function)) => Some(function_target(function)),
            Some(Arn::Queue(name)) => Some(Target::Queue(name)),
            Some(Arn::Topic(name)) => Some(Target::Topic(name)),
            Some(_) => {
                let (path, arn) = (field.path.clone(), text.to_owned());
                self.template.remark(field.line(), Remark::Target { path, arn });
                None
            }
            None => return Err(field.expected(EXPECTED)),
        })
    }

    /// Whether one of these is a value of another stack, which nobody knows here; this is remarked.
    pub(super) fn is_elsewhere(&self, table: &Table<'_>, names: &[&str]) -> bool {
        let is_imported = |entry: &&Entry| {
            names.contains(&&*entry.key)
                && matches!(&entry.node.value, Value::Call { function, .. } if function == "Fn::ImportValue")
        };
        let Some(entry) = table.rest().find(is_imported) else { return false };
        let path = format!("{}.{}", table.path, entry.key);
        self.template.remark(entry.line, Remark::Elsewhere { path });
        true
    }

    /// The function of a mapping, by its name or ARN; nothing for one that could not run here.
    pub(super) fn mapped(&self, field: &Field<'_>) -> Result<Option<(String, Qualifier)>, Problem> {
        let (name, qualifier) = named(FunctionName::read(field.text_or("the name or ARN of a function")?));
        if self.left_out.contains(&name) {
            return Ok(None);
        }
        if !self.configuration.functions.iter().any(|function| function.name == name) {
            return Err(Invalid::NotThere { what: "function", name }.at(field.line()));
        }
        Ok(Some((name, qualifier)))
    }

    /// A topic to which a subscription is added.
    pub(super) fn topic(&mut self, name: &str, line: usize) -> &mut TopicConfiguration {
        let topics = &mut self.configuration.triggers.topics;
        if !topics.contains_key(name) {
            self.template.remark(line, outside("topic", name));
        }
        let made = || TopicConfiguration { line, ..TopicConfiguration::default() };
        topics.entry(name.to_owned()).or_insert_with(made)
    }

    /// A bucket to which a notification is added.
    pub(super) fn bucket(&mut self, name: &str, line: usize) -> &mut BucketConfiguration {
        let buckets = &mut self.configuration.triggers.buckets;
        if !buckets.contains_key(name) {
            self.template.remark(line, outside("bucket", name));
        }
        let made = || BucketConfiguration { line, ..BucketConfiguration::default() };
        buckets.entry(name.to_owned()).or_insert_with(made)
    }

    /// Forgets about functions that could not run here, which are remarked elsewhere.
    pub(super) fn drop_left_out(&mut self) {
        let left_out = &self.left_out;
        let is_kept = |target: &Target| match target {
            Target::Function { name, .. } => !left_out.contains(name),
            Target::Queue(_) | Target::Topic(_) => true,
        };
        let triggers = &mut self.configuration.triggers;
        for topic in triggers.topics.values_mut() {
            topic.subscriptions.retain(|subscription| is_kept(&subscription.target));
        }
        for bucket in triggers.buckets.values_mut() {
            bucket.notifications.retain(|notification| is_kept(&notification.target));
        }
        for rule in &mut triggers.rules {
            rule.targets.retain(|target| is_kept(&target.target));
        }
    }

    /// Makes what is named and not in the template.
    pub(super) fn make_missing(&mut self) -> Result<(), Problem> {
        let triggers = &self.configuration.triggers;
        let named: Vec<_> = triggers.targets().map(|(line, target)| (line, target.clone())).collect();
        let dead =
            triggers.queues.values().filter_map(|queue| Some((queue.line, queue.dead_letters.clone()?)));
        let dead: Vec<_> = dead.map(|(line, name)| (line, Target::Queue(name))).collect();
        for (line, target) in named.into_iter().chain(dead) {
            match target {
                Target::Queue(name) => self.make_queue(&name, line, Duration::ZERO),
                Target::Topic(name) => {
                    self.topic(&name, line);
                }
                Target::Function { .. } => {}
            }
        }
        let timeouts = |name: &str| {
            let function = self.configuration.functions.iter().find(|function| function.name == name);
            function.map_or(Duration::ZERO, |function| function.timeout)
        };
        let mappings = self.configuration.triggers.mappings.iter();
        let mut mapped: Vec<_> = mappings
            .map(|mapping| (timeouts(&mapping.function), mapping.line, mapping.source.clone()))
            .collect();
        // The longest first, so that a queue that is made here fits all its functions.
        mapped.sort_by_key(|(timeout, line, _)| (std::cmp::Reverse(*timeout), *line));
        for (timeout, line, source) in mapped {
            match source {
                MappingSource::Queue(name) => self.make_queue(&name, line, timeout),
                MappingSource::Stream(key) => self.make_stream(key, line)?,
            }
        }
        Ok(())
    }

    /// What such a queue is told on AWS is not known here: that it hides messages for long enough is taken for granted.
    fn make_queue(&mut self, name: &str, line: usize, timeout: Duration) {
        let queues = &mut self.configuration.triggers.queues;
        if !queues.contains_key(name) {
            let mut queue = QueueConfiguration::new(name, line);
            queue.settings.visibility_timeout = queue.settings.visibility_timeout.max(timeout);
            queues.insert(name.to_owned(), queue);
            self.template.remark(line, outside("queue", name));
        }
    }

    fn make_stream(&mut self, key: String, line: usize) -> Result<(), Problem> {
        if self.configuration.triggers.streams.contains_key(&key) {
            return Ok(());
        }
        let (kind, name) = key.split_once('/').unwrap_or(("kinesis", &key));
        let kind = match kind {
            "dynamodb" => SourceKind::DynamoDb,
            "kafka" => SourceKind::Kafka,
            _ => SourceKind::Kinesis,
        };
        match self.without_stream.get(name) {
            Some((id, line)) if kind == SourceKind::DynamoDb => {
                let (of, name) = (format!("Resources.{id}.Properties"), "StreamSpecification");
                return Err(
                    Invalid::Missing { of, name, expected: "for a function reads it".into() }.at(*line)
                );
            }
            // A topic of Kafka is never in a template.
            _ if kind == SourceKind::Kafka => {}
            _ => {
                let what = if kind == SourceKind::DynamoDb { "the stream of table" } else { "stream" };
                self.template.remark(line, outside(what, name));
            }
        }
        self.configuration.triggers.streams.insert(key, StreamConfiguration::new(kind, line));
        Ok(())
    }
}

fn outside(what: &'static str, name: &str) -> Remark {
    Remark::Outside { what, name: name.to_owned() }
}

fn named(function: FunctionName) -> (String, Qualifier) {
    let qualifier = function.qualifier.map_or(Qualifier::Latest, |qualifier| settings::qualifier(&qualifier));
    (function.name, qualifier)
}

fn function_target(function: FunctionName) -> Target {
    let (name, qualifier) = named(function);
    Target::Function { name, qualifier }
}

/// A function, by its ARN.
pub(super) fn function(field: &Field<'_>) -> Result<Target, Problem> {
    const EXPECTED: &str = "the ARN of a function";

    match Arn::read(field.text_or(EXPECTED)?) {
        Some(Arn::Function(function)) => Ok(function_target(function)),
        _ => Err(field.expected(EXPECTED)),
    }
}

/// The name of a queue, by its ARN.
pub(super) fn queue(field: &Field<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "the ARN of an SQS queue";

    match Arn::read(field.text_or(EXPECTED)?) {
        Some(Arn::Queue(name)) => Ok(name),
        _ => Err(field.expected(EXPECTED)),
    }
}

/// The name of a topic, by its ARN.
pub(super) fn topic(field: &Field<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "the ARN of an SNS topic";

    match Arn::read(field.text_or(EXPECTED)?) {
        Some(Arn::Topic(name)) => Ok(name),
        _ => Err(field.expected(EXPECTED)),
    }
}

/// The name of an event bus, by itself or in an ARN.
pub(super) fn bus(field: Option<Field<'_>>) -> Result<String, Problem> {
    const EXPECTED: &str = "the name or ARN of an event bus";

    let Some(field) = field else { return Ok("default".to_owned()) };
    let text = field.text_or(EXPECTED)?;
    match Arn::read(text) {
        Some(Arn::Bus(name)) => Ok(name),
        None if !text.is_empty() && !text.starts_with("arn:") => Ok(text.to_owned()),
        _ => Err(field.expected(EXPECTED)),
    }
}
