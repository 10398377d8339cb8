//! What invokes functions, in TOML.

use std::time::Duration;

use mock_server::core::{
    mapping::{Configuration as Settings, QueueForm, SourceKind, StartingPosition},
    trigger::bus::Input,
};

use super::Project;
use crate::cli::config::model::{From, MappingSource, Qualifier, Target, Triggers};

const SOURCES: &str = r#"[functions.worker]
bootstrap = "target/debug/hello"
aliases.live = { version = 1, triggers.queues = [{ queue = "plain" }] }
[queues."orders.fifo"]
visibility-timeout = "40s"
delay = "1s"
retention = "2d"
content-based-deduplication = true
dead-letters = { queue = "dead.fifo", max-receives = 3 }
from = "file:orders.jsonl"
[queues."dead.fifo"]
[queues.plain]
from = "sqs:http://localhost:9324/queue/plain"
[streams.clicks]
kind = "kinesis"
shards = 2
retention = "2d"
from = "kinesis:http://localhost:5000"
[streams.rows]
kind = "dynamodb"
view = "keys-only"
from = "stdin"
[streams.lines]
kind = "kafka"
[topics.news]
queues = [{ queue = "plain", raw = true, filter-policy = '{"a":[1]}', filter-scope = "body" }]
[buckets.uploads]
folder = "uploads"
event-bridge = true
[schedules.tick]
expression = "rate(1 minute)"
function = "worker:live"
input = '{"a":1}'
enabled = false
[rules.paid]
bus = "shop"
pattern = '{"source":["shop"]}'
queue = "plain"
input-path = "$.detail"
[functions.worker.triggers]
queues = [{ queue = "orders.fifo", batch-size = 5, filters = ['{"body":{"a":[1]}}'], report-item-failures = true, max-concurrency = 5 }]
streams = [
  { stream = "clicks", start = "trim-horizon", batch-size = 10, batching-window = "2s", retries = 2, record-age = "1h", bisect = true, parallel = 2, on-failure = "arn:aws:s3:::failures" },
  { stream = "rows", start = "latest", tumbling-window = "30s", enabled = false },
  { stream = "lines", start = "2026-11-30T10:00:00Z" },
]
topics = [{ topic = "news" }]
buckets = [{ bucket = "uploads", events = ["s3:ObjectCreated:*"], prefix = "in/", suffix = ".csv" }]
schedules = ["rate(5 minutes)", "cron(0 12 * * ? *)"]
rules = [{ pattern = '{"source":["shop"]}' }]
"#;

fn read() -> Triggers {
    Project::new().toml(SOURCES).unwrap().triggers
}

fn worker() -> Target {
    Target::Function { name: "worker".to_owned(), qualifier: Qualifier::Latest }
}

#[test]
fn queues_streams_and_buckets_have_their_settings() {
    let project = Project::new();
    let triggers = project.toml(SOURCES).unwrap().triggers;
    let orders = &triggers.queues["orders.fifo"];
    assert_eq!((orders.settings.form, orders.line), (QueueForm::Fifo, 4));
    assert_eq!(orders.from, Some(From::Lines(project.path().join("orders.jsonl"))));
    assert_eq!(orders.dead_letters.as_deref(), Some("dead.fifo"));
    assert_eq!(orders.settings.redrive.unwrap().maximum_receives, 3);
    assert!(orders.content_based_deduplication);
    let times = [orders.settings.visibility_timeout, orders.settings.delay, orders.settings.retention];
    assert_eq!(times, [40, 1, 172_800].map(Duration::from_secs));
    let real = Some(From::Real("http://localhost:9324/queue/plain".to_owned()));
    assert_eq!(triggers.queues["plain"].from, real);

    let clicks = &triggers.streams["kinesis/clicks"];
    assert_eq!((clicks.kind, clicks.shards, clicks.retention.as_secs()), (SourceKind::Kinesis, 2, 172_800));
    assert_eq!(clicks.from, Some(From::Real("http://localhost:5000".to_owned())));
    let rows = &triggers.streams["dynamodb/rows"];
    assert_eq!((rows.view.as_deref(), &rows.from), (Some("KEYS_ONLY"), &Some(From::StandardInput)));
    assert_eq!(triggers.streams["kafka/lines"].shards, 1);

    let uploads = &triggers.buckets["uploads"];
    assert_eq!(uploads.folder, Some(project.path().join("uploads")));
    assert!(uploads.event_bridge);
}

#[test]
fn triggers_of_a_function_are_for_it_and_those_of_an_alias_for_that() {
    let triggers = read();
    let mapped = triggers.mappings.iter().map(|mapping| (mapping.qualifier.clone(), mapping.source.clone()));
    let stream = |key: &str| (Qualifier::Latest, MappingSource::Stream(key.to_owned()));
    assert!(mapped.eq([
        (Qualifier::Latest, MappingSource::Queue("orders.fifo".to_owned())),
        stream("kinesis/clicks"),
        stream("dynamodb/rows"),
        stream("kafka/lines"),
        (Qualifier::Alias("live".to_owned()), MappingSource::Queue("plain".to_owned())),
    ]));
    let orders = &triggers.mappings[0];
    assert_eq!((orders.line, &*orders.function), (41, "worker"));
    assert_eq!(orders.filters, [r#"{"body":{"a":[1]}}"#]);
    let expected = Settings {
        batch_size: Some(5),
        report_batch_item_failures: true,
        maximum_concurrency: Some(5),
        ..Settings::default()
    };
    assert_eq!(orders.configuration, expected);
    let clicks = Settings {
        batch_size: Some(10),
        maximum_batching_window_in_seconds: Some(2),
        starting_position: Some(StartingPosition::TrimHorizon),
        maximum_retry_attempts: Some(2),
        maximum_record_age_in_seconds: Some(3600),
        bisect_batch_on_function_error: Some(true),
        parallelization_factor: Some(2),
        on_failure: Some("arn:aws:s3:::failures".to_owned()),
        ..Settings::default()
    };
    assert_eq!(triggers.mappings[1].configuration, clicks);
    let rows = &triggers.mappings[2].configuration;
    assert_eq!((rows.tumbling_window_in_seconds, rows.enabled), (Some(30), Some(false)));
    let Some(StartingPosition::AtTimestamp(time)) = triggers.mappings[3].configuration.starting_position
    else {
        panic!("{triggers:?}")
    };
    assert_eq!(time.as_unix_millis(), 1_796_032_800_000);
}

#[test]
fn topics_buckets_schedules_and_rules_have_targets() {
    let triggers = read();
    let [queue, function] = triggers.topics["news"].subscriptions.as_slice() else { panic!("{triggers:?}") };
    assert_eq!((&queue.target, queue.raw), (&Target::Queue("plain".to_owned()), true));
    assert_eq!((queue.filter_policy.as_deref(), queue.filter_on_body), (Some(r#"{"a":[1]}"#), true));
    assert_eq!((&function.target, function.filter_on_body), (&worker(), false));
    let [upload] = triggers.buckets["uploads"].notifications.as_slice() else { panic!("{triggers:?}") };
    assert_eq!((&upload.target, &*upload.prefix, &*upload.suffix), (&worker(), "in/", ".csv"));
    assert_eq!(upload.events, ["s3:ObjectCreated:*"]);

    let names: Vec<_> = triggers.rules.iter().map(|rule| (&*rule.bus, &*rule.name)).collect();
    let expected = [
        ("default", "tick"),
        ("shop", "paid"),
        ("default", "worker/schedule-1"),
        ("default", "worker/schedule-2"),
        ("default", "worker/rule-1"),
    ];
    assert_eq!(names, expected);
    let (tick, paid) = (&triggers.rules[0], &triggers.rules[1]);
    let live = Target::Function { name: "worker".to_owned(), qualifier: Qualifier::Alias("live".to_owned()) };
    assert_eq!((&tick.targets[0].target, tick.enabled), (&live, false));
    assert_eq!(tick.targets[0].input, Input::Constant(r#"{"a":1}"#.to_owned()));
    assert_eq!(paid.targets[0].target, Target::Queue("plain".to_owned()));
    assert_eq!(paid.targets[0].input, Input::Path("$.detail".parse().unwrap()));
    assert_eq!(triggers.rules[3].schedule.as_deref(), Some("cron(0 12 * * ? *)"));
    assert_eq!(triggers.rules[4].pattern.as_deref(), Some(r#"{"source":["shop"]}"#));
    assert_eq!(triggers.rules[4].targets[0].target, worker());
}
