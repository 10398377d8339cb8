//! Sets up what invokes the functions of a configuration file: queues, streams, topics, buckets, rules and mappings.
//!
//! `feed` is where messages and records come from that nobody sends over the API, `folder` how a bucket looks at a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::{Path, PathBuf},
};

use mock_server::{
    Function, Mapping, MockLambda, NewRule, Queue, Source, Stream, Subscription, Target,
    core::mapping::SourceKind,
};
use tokio::task::JoinSet;

use super::{
    super::config::{self, BucketConfiguration, From, MappingSource, Qualifier, Triggers},
    ServeError,
    deploy::Served,
};

mod feed;
mod folder;

pub(super) use feed::{Feed, NewFeed, parse_feed};

/// What the command line says of sources, by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides {
    pub(super) feeds: Vec<NewFeed>,
    pub(super) folders: Vec<(String, PathBuf)>,
}

/// What feeds the sources; it ends when this is dropped.
#[derive(Default)]
pub(super) struct Wired {
    _tasks: JoinSet<()>,
}

/// All that a file describes, on its way.
struct Wiring<'a> {
    mock: &'a MockLambda,
    file: &'a Path,
    triggers: Triggers,
    functions: BTreeMap<String, Function>,
    queues: BTreeMap<String, Queue>,
    streams: BTreeMap<String, Stream>,
    feeds: BTreeMap<String, From>,
    tasks: JoinSet<()>,
}

pub(super) async fn wire(
    mock: &MockLambda,
    file: &Path,
    triggers: Triggers,
    served: &[Served],
    overrides: Overrides,
) -> Result<Wired, ServeError> {
    let functions = served.iter().map(|served| (served.function.name().to_owned(), served.function.clone()));
    let mut wiring = Wiring {
        mock,
        file,
        triggers,
        functions: functions.collect(),
        queues: BTreeMap::new(),
        streams: BTreeMap::new(),
        feeds: BTreeMap::new(),
        tasks: JoinSet::new(),
    };
    wiring.choose(overrides)?;
    wiring.check_real()?;
    wiring.queues()?;
    wiring.streams()?;
    wiring.subscriptions()?;
    wiring.buckets()?;
    wiring.rules()?;
    wiring.mappings().await?;
    wiring.feed()?;
    Ok(Wired { _tasks: wiring.tasks })
}

impl Wiring<'_> {
    fn error(&self, line: usize, what: impl Display) -> ServeError {
        ServeError::Trigger { file: self.file.display().to_string(), line, what: what.to_string() }
    }

    /// What the command line says comes before what the file says.
    fn choose(&mut self, overrides: Overrides) -> Result<(), ServeError> {
        let Overrides { feeds, folders } = overrides;
        let mut seen = BTreeSet::new();
        for (name, folder) in folders {
            once(&mut seen, "--bucket", &name)?;
            let Some(bucket) = self.triggers.buckets.get_mut(&name) else {
                return Err(ServeError::NoSource { option: "--bucket", name });
            };
            bucket.folder = Some(folder);
        }
        seen.clear();
        for NewFeed { name, from, service } in feeds {
            once(&mut seen, "--feed", &name)?;
            let queue = self.triggers.queues.get_mut(&name);
            let queue = queue.map(|queue| (config::kind_of_queue(queue.settings.form), &mut queue.from));
            let is_it = |key: &str| key.split_once('/').is_some_and(|(_, of)| of == name) || key == name;
            let stream = self.triggers.streams.iter_mut().find(|(key, _)| is_it(key));
            let stream = stream.map(|(_, stream)| (stream.kind, &mut stream.from));
            let Some((kind, place)) = queue.or(stream) else {
                return Err(ServeError::NoSource { option: "--feed", name });
            };
            if let Some(service) = service.filter(|service| Some(*service) != feed::service_of(kind)) {
                return Err(ServeError::WrongService { name, kind, service });
            }
            *place = Some(from);
        }
        let queues = self.triggers.queues.iter().map(|(name, queue)| (name, &queue.from));
        let streams = self.triggers.streams.iter().map(|(key, stream)| (key, &stream.from));
        self.feeds =
            queues.chain(streams).filter_map(|(name, from)| Some((name.clone(), from.clone()?))).collect();
        let readers = self.feeds.values().filter(|from| **from == From::StandardInput).count();
        if readers > 1 { Err(ServeError::TwoReaders) } else { Ok(()) }
    }

    /// A real queue is read, and nothing here is sent to it.
    fn check_real(&self) -> Result<(), ServeError> {
        for (name, _) in self.feeds.iter().filter(|(_, from)| matches!(from, From::Real(_))) {
            let is_it =
                |target: &config::Target| matches!(target, config::Target::Queue(queue) if queue == name);
            if let Some((line, _)) = self.triggers.targets().find(|(_, target)| is_it(target)) {
                let what = format!("{name} is a real queue, to which nothing in this file can send");
                return Err(self.error(line, what));
            }
            let reads = |source: &MappingSource| {
                let (MappingSource::Queue(of) | MappingSource::Stream(of)) = source;
                of == name
            };
            if !self.triggers.mappings.iter().any(|mapping| reads(&mapping.source)) {
                return Err(ServeError::NotRead { name: name.clone() });
            }
        }
        Ok(())
    }

    /// Those that others give their messages up to come first.
    fn queues(&mut self) -> Result<(), ServeError> {
        let names: Vec<_> = self.triggers.queues.keys().cloned().collect();
        names.iter().try_for_each(|name| self.queue(name, &mut BTreeSet::new()).map(|_| ()))
    }

    fn queue(&mut self, name: &str, open: &mut BTreeSet<String>) -> Result<Queue, ServeError> {
        if let Some(queue) = self.queues.get(name) {
            return Ok(queue.clone());
        }
        let Some(described) = self.triggers.queues.get(name).cloned() else {
            return Ok(self.mock.queue(name));
        };
        if !open.insert(name.to_owned()) {
            let what = format!("{name} is the dead-letter queue of its own dead-letter queue");
            return Err(self.error(described.line, what));
        }
        let mut new = self.mock.new_queue(name).settings(described.settings);
        if described.content_based_deduplication {
            new = new.content_based_deduplication();
        }
        if let Some((dead, redrive)) = described.dead_letters.as_ref().zip(described.settings.redrive) {
            let dead = self.queue(dead, open)?;
            new = new.dead_letters(&dead, redrive.maximum_receives);
        }
        let queue = new.create().map_err(|error| self.error(described.line, error))?;
        self.queues.insert(name.to_owned(), queue.clone());
        Ok(queue)
    }

    fn streams(&mut self) -> Result<(), ServeError> {
        for (key, described) in &self.triggers.streams {
            let (_, name) = key.split_once('/').unwrap_or_default();
            let shards = usize::try_from(described.shards).unwrap_or(usize::MAX);
            let mut new = match described.kind {
                SourceKind::DynamoDb => self.mock.new_table_stream(name).shards(shards),
                SourceKind::Kafka => self.mock.new_kafka_topic(name, shards),
                _ => self.mock.new_kinesis(name, shards),
            };
            new = new.retention(described.retention);
            if let Some(view) = &described.view {
                new = new.view(view);
            }
            let stream = new.create().map_err(|error| self.error(described.line, error))?;
            self.streams.insert(key.clone(), stream);
        }
        Ok(())
    }

    fn subscriptions(&self) -> Result<(), ServeError> {
        for (name, topic) in &self.triggers.topics {
            if topic.content_based_deduplication {
                self.mock.topic_with_content_based_deduplication(name);
            }
            for subscribed in &topic.subscriptions {
                let target = self.target(&subscribed.target, subscribed.line)?;
                let mut subscription = Subscription::of(target);
                if let Some(policy) = &subscribed.filter_policy {
                    subscription = subscription.filter_policy(policy);
                }
                if subscribed.filter_on_body {
                    subscription = subscription.on_body();
                }
                if subscribed.raw {
                    subscription = subscription.raw();
                }
                let topic = self.mock.topic(name);
                topic.subscribe(subscription).map_err(|error| self.error(subscribed.line, error))?;
            }
        }
        Ok(())
    }

    fn buckets(&mut self) -> Result<(), ServeError> {
        let buckets = self.triggers.buckets.clone();
        for (name, BucketConfiguration { line, folder, notifications, event_bridge }) in buckets {
            let bucket = self.mock.bucket(&name);
            for told in &notifications {
                let target = self.target(&told.target, told.line)?;
                let result = bucket.notify(target, &told.events, &told.prefix, &told.suffix);
                result.map_err(|error| self.error(told.line, error))?;
            }
            if event_bridge {
                bucket.tell_bus();
            }
            if let Some(folder) = folder {
                let look = folder::Look::first(&folder).map_err(|error| {
                    self.error(line, format!("the folder {} of {name}: {error}", folder.display()))
                })?;
                self.tasks.spawn(folder::watch(folder, look, bucket));
            }
        }
        Ok(())
    }

    fn rules(&self) -> Result<(), ServeError> {
        for rule in &self.triggers.rules {
            let mut new = match (&rule.schedule, rule.is_scheduler) {
                (Some(expression), true) => self.mock.new_schedule(&rule.name, expression),
                (Some(expression), false) => {
                    self.mock.bus(&rule.bus).new_rule(&rule.name).schedule(expression)
                }
                (None, _) => self.mock.bus(&rule.bus).new_rule(&rule.name),
            };
            if let Some(pattern) = &rule.pattern {
                new = new.pattern(pattern);
            }
            if !rule.enabled {
                new = new.disabled();
            }
            for told in &rule.targets {
                new = self.rule_target(new, told)?;
            }
            new.create().map_err(|error| self.error(rule.line, error))?;
        }
        Ok(())
    }

    fn rule_target(&self, new: NewRule, told: &config::RuleTarget) -> Result<NewRule, ServeError> {
        let target = self.target(&told.target, told.line)?;
        let target = match &told.group {
            Some(group) => target.group(group),
            None => target,
        };
        Ok(new.target_with(target, told.input.clone()))
    }

    async fn mappings(&self) -> Result<(), ServeError> {
        for described in &self.triggers.mappings {
            let Some(function) = self.functions.get(&described.function) else { continue };
            let mut mapping = Mapping::from(described.configuration.clone());
            for filter in &described.filters {
                mapping = mapping.filter(filter);
            }
            if described.qualifier != Qualifier::Latest {
                mapping = mapping.qualifier(described.qualifier.to_string());
            }
            let source = self.source(&described.source, described.line).await?;
            function.map_source(source, mapping).map_err(|error| self.error(described.line, error))?;
        }
        Ok(())
    }

    /// In memory, unless the real one was named.
    async fn source(&self, source: &MappingSource, line: usize) -> Result<Source, ServeError> {
        match source {
            MappingSource::Queue(name) => match self.feeds.get(name) {
                Some(From::Real(url)) => {
                    feed::real_queue(self.mock, url).await.map_err(|error| self.error(line, error))
                }
                _ => Ok(Source::from(&self.mock.queue(name))),
            },
            MappingSource::Stream(key) => {
                let (_, name) = key.split_once('/').unwrap_or_default();
                let kind = self.triggers.streams.get(key).map_or(SourceKind::Kinesis, |stream| stream.kind);
                match self.feeds.get(key) {
                    Some(From::Real(url)) => {
                        let source = feed::real_stream(self.mock, kind, url, name).await;
                        source.map_err(|error| self.error(line, error))
                    }
                    _ => self
                        .streams
                        .get(key)
                        .map(Source::from)
                        .ok_or_else(|| self.error(line, format!("there is no stream {key}"))),
                }
            }
        }
    }

    /// Whoever is in the file, as has been checked.
    fn target(&self, target: &config::Target, line: usize) -> Result<Target, ServeError> {
        match target {
            config::Target::Function { name, qualifier } => {
                let function = self.functions.get(name);
                let function =
                    function.ok_or_else(|| self.error(line, format!("the function {name} is not served")))?;
                Ok(match qualifier {
                    Qualifier::Latest => Target::from(function),
                    qualifier => Target::from(function).qualifier(qualifier.to_string()),
                })
            }
            config::Target::Queue(name) => Ok(Target::from(&self.mock.queue(name))),
            config::Target::Topic(name) => Ok(Target::from(&self.mock.topic(name))),
        }
    }

    fn feed(&mut self) -> Result<(), ServeError> {
        for (name, from) in std::mem::take(&mut self.feeds) {
            let feed = match self.queues.get(&name) {
                Some(queue) => Feed::Queue(queue.clone()),
                None => match self.streams.get(&name) {
                    Some(stream) => Feed::Stream(stream.clone()),
                    None => continue,
                },
            };
            match from {
                From::Lines(path) => {
                    self.tasks.spawn(feed.follow(path));
                }
                From::StandardInput => {
                    let task = feed.read_standard_input().map_err(ServeError::StandardInput)?;
                    self.tasks.spawn(task);
                }
                // The mappings read it themselves.
                From::Real(_) => {}
            }
        }
        Ok(())
    }
}

fn once(seen: &mut BTreeSet<String>, option: &'static str, name: &str) -> Result<(), ServeError> {
    let is_new = seen.insert(name.to_owned());
    if is_new { Ok(()) } else { Err(ServeError::Twice { option, name: name.to_owned() }) }
}
