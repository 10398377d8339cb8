//! What a file in TOML becomes.

use std::{collections::BTreeMap, time::Duration};

use mock_server::{LogFormat, LogLevel, SinkTarget, platform_log::SystemLevel};

use super::Project;
use crate::cli::config::model::{
    AliasConfiguration, Architecture, AsynchronousConfiguration, Code, Cors, FunctionConfiguration,
    InvokeMode, Layer, LoggingConfiguration, Qualifier, Tracing, UrlAuth, UrlConfiguration,
    VersionConfiguration,
};

const DEAD: &str = "arn:aws:sqs:us-east-1:123456789012:dead";

#[test]
fn a_function_of_which_little_is_said_has_lambdas_defaults() {
    let project = Project::new();
    let configuration = project.toml("[functions.hello]\nbootstrap = \"target/debug/hello\"\n").unwrap();
    let code = Code::Executable(project.path().join("target/debug/hello"));
    assert_eq!(configuration.functions, [FunctionConfiguration::new("hello".to_owned(), 1, code)]);
    assert!(configuration.warnings.is_empty() && configuration.sinks.is_empty());
}

#[test]
fn everything_that_can_be_said_is_read() {
    let project = Project::new();
    let text = r#"
[functions.hello]
bootstrap = "hello"
handler = "main"
description = "says hello"
timeout = "1m 30s"
memory = 4_096
storage = 1024
environment = { GREETING = "hi", PORT = 8080, DEBUG = true }
layers = ["layers/certs", "layers/tools.zip"]
extensions = ["target/debug/audit"]
architecture = "arm64"
reserved-concurrency = 10
dead-letter = "arn:aws:sqs:us-east-1:123456789012:dead"
tracing = "active"
idle-lifetime = "30s"

[functions.hello.logging]
format = "json"
level = "debug"
system-level = "warn"
group = "/mine"

[functions.hello.url]
address = "127.0.0.1:9001"
mode = "stream"
auth = "iam"
cors = { allow-origins = ["*"], max-age = "1h", allow-credentials = false, allow-methods = ["GET"] }

[functions.hello.asynchronous]
retries = 1
max-age = "2m"
on-success = "arn:aws:lambda:us-east-1:123456789012:function:next"
on-failure = "arn:aws:sqs:us-east-1:123456789012:dead"

[functions.hello.aliases.live]
version = 1
weights = { 2 = 0.1 }
description = "mostly old"
provisioned-concurrency = 2
asynchronous = { retries = 0 }
url = {}

[functions.hello.aliases.next]
version = "$LATEST"

[sinks]
"arn:aws:sqs:us-east-1:123456789012:dead" = "file:dead.jsonl"
"#;
    let mut configuration = project.toml(text).unwrap();
    let sink = SinkTarget::File(project.path().join("dead.jsonl"));
    assert_eq!(configuration.sinks, BTreeMap::from([(DEAD.parse().unwrap(), sink)]));
    let at = |path: &str| project.path().join(path);
    let version = VersionConfiguration { line: 36, ..VersionConfiguration::default() };
    let live = Qualifier::Alias("live".to_owned());
    let url = UrlConfiguration {
        line: 24,
        qualifier: Qualifier::Latest,
        address: Some("127.0.0.1:9001".parse().unwrap()),
        auth: UrlAuth::Iam,
        mode: InvokeMode::ResponseStream,
        cors: Some(Cors {
            allow_origins: vec!["*".to_owned()],
            allow_methods: vec!["GET".to_owned()],
            max_age: Some(Duration::from_secs(3_600)),
            ..Cors::default()
        }),
    };
    let url_of_live = UrlConfiguration {
        line: 42,
        qualifier: live.clone(),
        address: None,
        auth: UrlAuth::None,
        mode: InvokeMode::Buffered,
        cors: None,
    };
    let events = AsynchronousConfiguration {
        line: 30,
        qualifier: Qualifier::Latest,
        max_event_age: Some(Duration::from_secs(120)),
        max_retries: Some(1),
        on_success: Some("arn:aws:lambda:us-east-1:123456789012:function:next".to_owned()),
        on_failure: Some(DEAD.to_owned()),
    };
    let events_of_live = AsynchronousConfiguration {
        line: 41,
        qualifier: live,
        max_event_age: None,
        max_retries: Some(0),
        on_success: None,
        on_failure: None,
    };
    let alias = |line, version, weights, description: &str, provisioned_concurrency| AliasConfiguration {
        line,
        version,
        weights,
        description: description.to_owned(),
        provisioned_concurrency,
    };
    let expected = FunctionConfiguration {
        handler: "main".to_owned(),
        description: "says hello".to_owned(),
        timeout: Duration::from_secs(90),
        memory_mb: 4_096,
        ephemeral_storage_mb: 1_024,
        environment: [("GREETING", "hi"), ("PORT", "8080"), ("DEBUG", "true")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        layers: vec![Layer::Folder(at("layers/certs")), Layer::Zip(at("layers/tools.zip"))],
        extensions: vec![at("target/debug/audit")],
        architecture: Architecture::Arm64,
        reserved_concurrency: Some(10),
        dead_letter: Some(DEAD.to_owned()),
        tracing: Tracing::Active,
        idle_lifetime: Some(Duration::from_secs(30)),
        logging: LoggingConfiguration {
            format: Some(LogFormat::Json),
            level: Some(LogLevel::Debug),
            system_level: Some(SystemLevel::Warn),
            group: Some("/mine".to_owned()),
        },
        versions: BTreeMap::from([(1, version.clone()), (2, version)]),
        aliases: BTreeMap::from([
            (
                "live".to_owned(),
                alias(36, Qualifier::Version(1), BTreeMap::from([(2, 0.1)]), "mostly old", Some(2)),
            ),
            ("next".to_owned(), alias(44, Qualifier::Latest, BTreeMap::new(), "", None)),
        ]),
        urls: vec![url, url_of_live],
        asynchronous: vec![events, events_of_live],
        ..FunctionConfiguration::new("hello".to_owned(), 2, Code::Folder(at("hello")))
    };
    assert_eq!(configuration.functions.remove(0), expected);
}

#[test]
fn functions_are_in_the_order_of_the_file() {
    let text = "[functions.b]\nbootstrap = \"one\"\n[functions.a]\nbootstrap = \"one\"\n[functions.c]\nbootstrap = \"one\"\n";
    let functions = Project::new().toml(text).unwrap().functions;
    let names: Vec<_> = functions.iter().map(|function| (&*function.name, function.line)).collect();
    assert_eq!(names, [("b", 1), ("a", 3), ("c", 5)]);
}

#[test]
fn managed_instances_snapshots_and_tenants_are_settings() {
    let project = Project::new();
    let with = |settings: &str| {
        let text = format!("[functions.f]\nbootstrap = \"one\"\n{settings}\n");
        project.toml(&text).unwrap().functions.remove(0)
    };
    let managed = with("max-concurrency = 8\ntimeout = \"90m\"\nmemory = 32768");
    assert_eq!(
        (managed.max_concurrency, managed.timeout.as_secs(), managed.memory_mb),
        (Some(8), 5_400, 32_768)
    );
    assert!(with("snap-start = true").snap_start);
    assert!(with("tenant-isolation = true").per_tenant);
    assert_eq!(with("timeout = \"250ms\"").timeout, Duration::from_millis(250));
    assert!(with("versions = 3").versions.into_keys().eq([1, 2, 3]));
}

#[test]
fn whatever_can_stand_in_place_of_a_destination_is_a_sink() {
    let project = Project::new();
    let mut targets = vec!["memory", "function", "http://127.0.0.1:8080/path", "file:/tmp/dead.jsonl"];
    if cfg!(feature = "sqs") {
        targets.push("sqs:http://127.0.0.1:4566/000000000000/dead");
    }
    for target in targets {
        let text = format!("[functions.f]\nbootstrap = \"one\"\n[sinks]\n\"{DEAD}\" = \"{target}\"\n");
        let sinks = project.toml(&text).unwrap().sinks;
        assert_eq!(sinks, BTreeMap::from([(DEAD.parse().unwrap(), target.parse().unwrap())]));
    }
}

/// What stands between two lines of a text, without what every line begins with.
fn between(text: &str, first: &str, last: &str, margin: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.contains(first)).take_while(|line| *line != last);
    lines.map(|line| line.strip_prefix(margin).unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn the_examples_of_the_documentation_are_good() {
    let project = Project::new();
    project.file("tools.zip");
    let source = include_str!("../../config.rs");
    let documented = between(source, "//! [functions.hello]", "//! ```", "//! ");
    let mut configuration = project.toml(&documented).unwrap();
    let triggers = &configuration.triggers;
    assert_eq!((triggers.queues.len(), triggers.rules.len(), triggers.mappings.len()), (2, 4, 2));
    let function = configuration.functions.remove(0);
    assert_eq!((function.urls.len(), function.aliases.len(), function.layers.len()), (1, 1, 2));
    let help = between(crate::cli::config::HELP, "[functions.hello]", "", "    ");
    let sinks = between(crate::cli::config::HELP, "[sinks]", "", "    ");
    let triggers = between(crate::cli::config::HELP, "[functions.hello.triggers]", "    [[front]]", "    ");
    let configuration = project.toml(&(help + &sinks + &triggers)).unwrap();
    assert_eq!((configuration.triggers.mappings.len(), configuration.triggers.rules.len()), (1, 1));
    assert_eq!((configuration.functions[0].aliases.len(), configuration.sinks.len()), (1, 1));
}
