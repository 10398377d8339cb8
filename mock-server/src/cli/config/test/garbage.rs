//! Whatever stands in a file: no panic, and errors and warnings that are one line and have the number of one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Format, Project};
use crate::cli::config::{ConfigError, parse};

/// A good template, to be damaged.
const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Zones: {Type: CommaDelimitedList, Default: 'a,b'}
Mappings: {Sizes: {dev: {small: 128}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Both: !And [!Condition IsProd, !Not [!Condition IsProd]]
Globals:
  Function:
    Runtime: provided.al2023
    Timeout: 20
    Environment: {Variables: &variables {GLOBAL: 'yes'}}
    Layers: [!Ref Certs]
Resources:
  Certs: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: layers/certs}}
  Dead: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub 'dead-${Stage}'}}
  Hello:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda}
    DependsOn: [Dead]
    Properties:
      CodeUri: hello
      FunctionName: !Join ['-', [hello, !Ref Stage, !Select [0, !Ref Zones]]]
      MemorySize: !FindInMap [Sizes, !Ref Stage, small]
      Environment:
        Variables:
          <<: *variables
          QUEUE: !Ref Dead
          OTHER: !If [IsProd, !GetAtt Plain.Arn, !Sub ['${A}', {A: !GetAtt [Plain, Arn]}]]
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
      FunctionUrlConfig: {AuthType: NONE, Cors: {MaxAge: 5}}
      EventInvokeConfig: {MaximumRetryAttempts: 1}
      Events:
        Get: {Type: HttpApi, Properties: {Path: '/{id}', Method: get}}
        All: {Type: Api, Properties: {Path: /, Method: any}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Dead.Arn, BatchSize: 5, FilterCriteria: {Filters: [{Pattern: '{\"body\":[\"a\"]}'}]}}}
        Rows: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, StartingPosition: LATEST}}
        News: {Type: SNS, Properties: {Topic: !Ref News, FilterPolicy: {n: [1, true, null]}}}
        Files: {Type: S3, Properties: {Bucket: !Ref Files, Events: 's3:ObjectCreated:*', Filter: {S3Key: {Rules: [{Name: prefix, Value: a}]}}}}
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{}'}}
        Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(0 12 * * ? *)}}
        Paid: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop], n: [1.5]}, InputPath: $.detail}}
      Unheard: of
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Code: one, Runtime: provided.al2023, SnapStart: {ApplyOn: None}}
  Version: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Plain}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Plain, Name: blue, FunctionVersion: !GetAtt Version.Version}
  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: !Ref Plain, Qualifier: blue, AuthType: NONE}}
  Rows: {Type: 'AWS::DynamoDB::Table', Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}
  News: {Type: 'AWS::SNS::Topic', Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Other.Arn}]}}
  Other: {Type: 'AWS::SQS::Queue', Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}}
  Files: {Type: 'AWS::S3::Bucket', Properties: {NotificationConfiguration: {QueueConfigurations: [{Event: 's3:ObjectRemoved:*', Queue: !GetAtt Other.Arn}]}}}
  Rule: {Type: 'AWS::Events::Rule', Properties: {EventPattern: {a: [b]}, Targets: [{Arn: !GetAtt Plain.Arn, Id: a}]}}
  Later: {Type: 'AWS::Scheduler::Schedule', Properties: {ScheduleExpression: rate(1 day), Target: {Arn: !Ref Alias}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Plain, EventSourceArn: !GetAtt Other.Arn, ScalingConfig: {MaximumConcurrency: 5}}
Outputs: {A: {Value: !Ref Nobody}}
";

/// A good file in TOML, to be damaged.
const TOML: &str = r#"[functions.hello]
bootstrap = "target/debug/hello"
timeout = "3s"
memory = 256
environment = { GREETING = "hi" }
layers = ["layers/certs"]
extensions = ["target/debug/audit"]
[functions.hello.aliases.live]
version = 1
weights = { 2 = 0.1 }
[functions.hello.triggers]
queues = [{ queue = "orders", batch-size = 5, batching-window = "2s", filters = ['{"body":{"a":[1]}}'] }]
streams = [{ stream = "clicks", start = "latest", record-age = "1h", on-failure = "arn:aws:s3:::b" }]
topics = [{ topic = "news", filter-policy = '{"a":[1]}' }]
buckets = [{ bucket = "files", events = ["s3:ObjectCreated:*"], prefix = "in/" }]
schedules = ["rate(5 minutes)"]
rules = [{ bus = "default", pattern = '{"source":["shop"]}' }]
[queues.orders]
visibility-timeout = "30s"
dead-letters = { queue = "dead", max-receives = 3 }
from = "file:orders.jsonl"
[queues.dead]
[streams.clicks]
kind = "kinesis"
from = "stdin"
[topics.news]
queues = [{ queue = "dead", raw = true }]
[buckets.files]
folder = "files"
[schedules.tick]
expression = "rate(1 minute)"
function = "hello:live"
[rules.paid]
pattern = '{"source":["shop"]}'
queue = "orders"
[functions.hello.url]
address = "127.0.0.1:9001"
[functions.hello.asynchronous]
retries = 1
[[front]]
kind = "http-api"
address = "127.0.0.1:9002"
routes = { "GET /orders/{id}" = "hello:live" }
[sinks]
"arn:aws:sqs:us-east-1:123456789012:dead" = "file:dead.jsonl"
"#;

/// Words that mean something in one of the formats.
const WORDS: &[&str] = &[
    "!Ref",
    "!Sub",
    "!GetAtt",
    "!If",
    "!Join",
    "!Select",
    "Fn::Sub:",
    "Fn::If:",
    "Ref:",
    "${",
    "}",
    "{",
    "[",
    "]",
    ",",
    ":",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "'",
    "\"",
    "&a",
    "*a",
    "<<: ",
    "? ",
    "|",
    ">",
    "#",
    "---",
    "...",
    "~",
    "!",
    "!!",
    "Hello",
    "Dead",
    "Plain",
    "Stage",
    "AWS::NoValue",
    "Resources:",
    "Properties:",
    "Type:",
    "0",
    "-1",
    "1e9",
    "=",
    "[[",
    "]]",
    "[functions.hello]",
    "null",
    "%",
    "@",
    "`",
    "\u{feff}",
    "\u{0}",
    "é",
    "😀",
];

fn is_well_told(text: &str, line: usize, lines: usize) -> Result<(), TestCaseError> {
    prop_assert!(!text.contains(['\n', '\r', '\u{0}']), "{text:?}");
    prop_assert!(text.contains(&format!(":{line}: ")), "{text:?}");
    prop_assert!((1..=lines).contains(&line), "{text:?} of {lines} lines");
    Ok(())
}

fn check(format: Format, name: &str, text: &str, project: &Project) -> Result<(), TestCaseError> {
    // YAML also counts the ends of lines that only have a carriage return.
    let lines = text.split(['\n', '\r']).count();
    match parse(format, text, &project.path().join(name), &BTreeMap::new(), &BTreeMap::new(), 1_000) {
        Ok(configuration) => configuration
            .warnings
            .iter()
            .try_for_each(|warning| is_well_told(&warning.to_string(), warning.line, lines)),
        Err(error) => match &error {
            ConfigError::Invalid { problem, .. } => is_well_told(&error.to_string(), problem.line, lines),
            _ => Err(TestCaseError::fail(error.to_string())),
        },
    }
}

/// Does what an editor could do by mistake.
fn damaged(good: &'static str) -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0_usize..12, prop::option::of(prop::sample::select(WORDS)));
    prop::collection::vec(edit, 1..4).prop_map(move |edits| {
        let mut characters: Vec<char> = good.chars().collect();
        for (at, cut, word) in edits {
            let at = at.index(characters.len().max(1));
            let end = (at + cut).min(characters.len());
            characters.splice(at.min(end)..end, word.unwrap_or_default().chars());
        }
        characters.into_iter().collect()
    })
}

/// Lines of the good file in another order, some of them missing.
fn shuffled(good: &'static str) -> impl Strategy<Value = String> {
    let lines: Vec<_> = good.lines().collect();
    let most = lines.len();
    prop::sample::subsequence(lines, 0..=most)
        .prop_flat_map(|lines| {
            (Just(lines.clone()), any::<prop::sample::Index>(), any::<prop::sample::Index>())
        })
        .prop_map(|(mut lines, left, right)| {
            if !lines.is_empty() {
                let (left, right) = (left.index(lines.len()), right.index(lines.len()));
                lines.swap(left, right);
            }
            lines.join("\n")
        })
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.join(" "))
}

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        config
    } else {
        ProptestConfig { cases: 200, ..config }
    }
}

#[test]
fn the_good_files_are_good() {
    let project = Project::new();
    assert_eq!(project.template(TEMPLATE).unwrap().functions.len(), 2);
    assert_eq!(project.toml(TOML).unwrap().functions.len(), 1);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_template_panics(
        text in prop_oneof![damaged(TEMPLATE), shuffled(TEMPLATE), words(), any::<String>(), "\\PC{0,200}"],
    ) {
        check(Format::Template, "template.yaml", &text, &Project::new())?;
    }

    #[test]
    fn no_toml_panics(
        text in prop_oneof![damaged(TOML), shuffled(TOML), words(), any::<String>(), "\\PC{0,200}"],
    ) {
        check(Format::Toml, "mock.toml", &text, &Project::new())?;
    }
}
