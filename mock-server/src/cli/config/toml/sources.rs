//! The tables `[queues.NAME]`, `[streams.NAME]`, `[topics.NAME]` and `[buckets.NAME]`.

use std::{path::Path, time::Duration};

use lambda_api::limits::event_sources as limits;
use mock_server::core::mapping::{Redrive, SourceKind};

use super::{
    duration,
    triggers::{list, needed, subscription},
};
use crate::cli::config::{
    model::{
        BucketConfiguration, From, QueueConfiguration, StreamConfiguration, Target, TopicConfiguration,
        Triggers, stream_key,
    },
    problem::Problem,
    settings,
    table::{Field, Table},
    triggers,
};

/// Source: [retention](https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html).
const RETENTION_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Takes all sources from the file.
pub(super) fn read(root: &mut Table<'_>, folder: &Path, triggers: &mut Triggers) -> Result<(), Problem> {
    for field in tables(root, "queues")? {
        let name = field.name.clone();
        triggers.queues.insert(name, queue(field, folder)?);
    }
    for field in tables(root, "streams")? {
        let name = field.name.clone();
        let stream = stream(field, folder)?;
        triggers.streams.insert(stream_key(stream.kind, &name), stream);
    }
    for field in tables(root, "topics")? {
        let name = field.name.clone();
        triggers.topics.insert(name, topic(field)?);
    }
    for field in tables(root, "buckets")? {
        let name = field.name.clone();
        triggers.buckets.insert(name, bucket(field, folder)?);
    }
    Ok(())
}

/// What stands under names in a table of this name.
pub(super) fn tables<'a>(root: &mut Table<'a>, name: &'static str) -> Result<Vec<Field<'a>>, Problem> {
    let table = root.take(name)?.map(Field::table).transpose()?;
    Ok(table.map(|mut table| table.take_all()).transpose()?.unwrap_or_default())
}

fn queue(field: Field<'_>, folder: &Path) -> Result<QueueConfiguration, Problem> {
    let (name, line) = (field.name.clone(), field.key_line);
    settings::queue_name(&name, line)?;
    let mut queue = QueueConfiguration::new(&name, line);
    let mut table = field.table()?;
    for (name, range, setting) in [
        ("visibility-timeout", limits::VISIBILITY_TIMEOUT, &mut queue.settings.visibility_timeout),
        ("delay", limits::MESSAGE_DELAY, &mut queue.settings.delay),
        ("retention", limits::MESSAGE_RETENTION, &mut queue.settings.retention),
    ] {
        if let Some(field) = table.take(name)? {
            *setting = duration(&field, range.min, range.max)?;
        }
    }
    if let Some(deduplication) = table.take("content-based-deduplication")? {
        queue.content_based_deduplication = deduplication.flag()?;
        if queue.content_based_deduplication && !name.ends_with(".fifo") {
            return Err(deduplication.expected("of a FIFO queue, whose name ends with .fifo"));
        }
    }
    if let Some(mut dead) = table.take("dead-letters")?.map(Field::table).transpose()? {
        let other = needed(&mut dead, "queue", "the name of a queue")?;
        let receives = needed(&mut dead, "max-receives", "a whole number, 1 or more")?;
        queue.dead_letters = Some(other.text()?.to_owned());
        queue.settings.redrive = Some(Redrive { maximum_receives: triggers::max_receives(&receives)? });
        dead.finish()?;
    }
    queue.from = from(&mut table, folder, Some("sqs"))?;
    table.finish()?;
    Ok(queue)
}

fn stream(field: Field<'_>, folder: &Path) -> Result<StreamConfiguration, Problem> {
    let kinds =
        [("kinesis", SourceKind::Kinesis), ("dynamodb", SourceKind::DynamoDb), ("kafka", SourceKind::Kafka)];

    let line = field.key_line;
    let mut table = field.table()?;
    let kind = needed(&mut table, "kind", "kinesis, dynamodb or kafka")?.choice(&kinds)?;
    let mut stream = StreamConfiguration::new(kind, line);
    if let Some(shards) = table.take("shards")? {
        stream.shards = triggers::shards(&shards)?;
    }
    // A stream of a table keeps records for a day, and nothing else.
    if kind != SourceKind::DynamoDb
        && let Some(retention) = table.take("retention")?
    {
        stream.retention = duration(&retention, Duration::from_secs(60), RETENTION_MAX)?;
    }
    if kind == SourceKind::DynamoDb
        && let Some(view) = table.take("view")?
    {
        let views = [
            ("keys-only", "KEYS_ONLY"),
            ("new-image", "NEW_IMAGE"),
            ("old-image", "OLD_IMAGE"),
            ("new-and-old-images", "NEW_AND_OLD_IMAGES"),
        ];
        stream.view = Some(view.choice(&views)?.to_owned());
    }
    let real = match kind {
        SourceKind::Kinesis => Some("kinesis"),
        SourceKind::DynamoDb => Some("dynamodb"),
        _ => None,
    };
    stream.from = from(&mut table, folder, real)?;
    table.finish()?;
    Ok(stream)
}

/// Where messages or records come from. Real ones are those of a service.
fn from(table: &mut Table<'_>, folder: &Path, real: Option<&str>) -> Result<Option<From>, Problem> {
    let Some(field) = table.take("from")? else { return Ok(None) };
    let expected = match real {
        Some(real) => format!("file:PATH, stdin or {real}:URL"),
        None => "file:PATH or stdin".to_owned(),
    };
    let from = match field.text().ok().map(|text| text.split_once(':').unwrap_or((text, ""))) {
        Some(("stdin", "")) => Some(From::StandardInput),
        Some(("file", path)) if !path.is_empty() => Some(From::Lines(settings::path(folder, path))),
        Some((service, url)) if Some(service) == real => {
            let is_url = ["http://", "https://"].iter().any(|scheme| {
                url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            });
            is_url.then(|| From::Real(url.to_owned()))
        }
        _ => None,
    };
    from.map(Some).ok_or_else(|| field.expected(expected))
}

fn topic(field: Field<'_>) -> Result<TopicConfiguration, Problem> {
    let mut topic = TopicConfiguration { line: field.key_line, ..TopicConfiguration::default() };
    let mut table = field.table()?;
    if let Some(by_content) = table.take("content-based-deduplication")? {
        topic.content_based_deduplication = by_content.flag()?;
    }
    for queue in list(&mut table, "queues")? {
        let mut table = queue.table()?;
        let queue = needed(&mut table, "queue", "the name of a queue")?;
        let mut subscription = subscription(&mut table, Target::Queue(queue.text()?.to_owned()))?;
        subscription.raw = table.take("raw")?.map(|raw| raw.flag()).transpose()?.unwrap_or(false);
        table.finish()?;
        topic.subscriptions.push(subscription);
    }
    table.finish()?;
    Ok(topic)
}

fn bucket(field: Field<'_>, folder: &Path) -> Result<BucketConfiguration, Problem> {
    let mut bucket = BucketConfiguration { line: field.key_line, ..BucketConfiguration::default() };
    let mut table = field.table()?;
    if let Some(path) = table.take("folder")? {
        bucket.folder = Some(settings::path(folder, path.text_or("a folder")?));
    }
    if let Some(event_bridge) = table.take("event-bridge")? {
        bucket.event_bridge = event_bridge.flag()?;
    }
    table.finish()?;
    Ok(bucket)
}
