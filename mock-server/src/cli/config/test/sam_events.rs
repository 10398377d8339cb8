//! Each type of event of a SAM function that brings something else than HTTP.

use mock_server::core::{
    mapping::{Configuration as Settings, StartingPosition},
    trigger::bus::Input,
};

use super::{Project, with_properties};
use crate::cli::config::model::{MappingConfiguration, MappingSource, Qualifier, Target, Triggers};

/// What a function with these events has, with the alias `live`, and without a warning.
fn read(events: &str, resources: &str) -> Triggers {
    let project = Project::new();
    let template = with_properties(&format!("AutoPublishAlias: live\nEvents:\n{events}")) + resources;
    let configuration = project.template(&template).unwrap();
    assert_eq!(project.warnings(&configuration), [""; 0]);
    configuration.triggers
}

fn live() -> Target {
    Target::Function { name: "Hello".to_owned(), qualifier: Qualifier::Alias("live".to_owned()) }
}

#[test]
fn queues_and_streams_become_mappings_to_the_published_alias() {
    let triggers = read(
        "  Jobs:
    Type: SQS
    Properties:
      Queue: !GetAtt Jobs.Arn
      BatchSize: 5
      Enabled: false
      MaximumBatchingWindowInSeconds: 1
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {MaximumConcurrency: 2}
      FilterCriteria: {Filters: [{Pattern: '{\"body\": [\"a\"]}'}]}
  Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}
  Rows:
    Type: DynamoDB
    Properties:
      Stream: !GetAtt Rows.StreamArn
      StartingPosition: TRIM_HORIZON
      DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Jobs.Arn}}
  Managed: {Type: MSK, Properties: {Stream: !Ref Cluster, Topics: [orders], StartingPosition: LATEST}}
  Own: {Type: SelfManagedKafka, Properties: {KafkaBootstrapServers: ['h:9'], Topics: [news], StartingPosition: LATEST}}",
        "  Jobs: {Type: 'AWS::SQS::Queue'}
  Clicks: {Type: 'AWS::Kinesis::Stream'}
  Cluster: {Type: 'AWS::MSK::Cluster'}
  Rows: {Type: 'AWS::DynamoDB::Table', Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}
",
    );
    let sources = triggers.mappings.iter().map(|mapping| (mapping.line, mapping.source.clone()));
    let stream = |key: &str| MappingSource::Stream(key.to_owned());
    assert!(sources.eq([
        (10, MappingSource::Queue("Jobs".to_owned())),
        (20, stream("kinesis/Clicks")),
        (21, stream("dynamodb/Rows")),
        (27, stream("kafka/orders")),
        (28, stream("kafka/news")),
    ]));
    let jobs = MappingConfiguration {
        line: 10,
        function: "Hello".to_owned(),
        qualifier: Qualifier::Alias("live".to_owned()),
        source: MappingSource::Queue("Jobs".to_owned()),
        configuration: Settings {
            batch_size: Some(5),
            enabled: Some(false),
            maximum_batching_window_in_seconds: Some(1),
            report_batch_item_failures: true,
            maximum_concurrency: Some(2),
            ..Settings::default()
        },
        filters: vec![r#"{"body": ["a"]}"#.to_owned()],
    };
    assert_eq!(triggers.mappings[0], jobs);
    let rows = &triggers.mappings[2].configuration;
    assert_eq!(rows.starting_position, Some(StartingPosition::TrimHorizon));
    assert_eq!(rows.on_failure.as_deref(), Some("arn:aws:sqs:us-east-1:123456789012:Jobs"));
    assert!(triggers.streams.keys().eq(["dynamodb/Rows", "kafka/news", "kafka/orders", "kinesis/Clicks"]));
}

#[test]
fn topics_and_buckets_tell_the_function() {
    let triggers = read(
        "  News:
    Type: SNS
    Properties: {Topic: !Ref News, FilterPolicy: {n: [1]}, FilterPolicyScope: MessageBody, SqsSubscription: false}
  One: {Type: S3, Properties: {Bucket: !Ref Files, Events: 's3:ObjectCreated:Put'}}
  Two:
    Type: S3
    Properties:
      Bucket: !Ref Files
      Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']
      Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}",
        "  News: {Type: 'AWS::SNS::Topic'}\n  Files: {Type: 'AWS::S3::Bucket'}\n",
    );
    let [subscription] = triggers.topics["News"].subscriptions.as_slice() else { panic!("{triggers:?}") };
    assert_eq!((&subscription.target, subscription.line), (&live(), 10));
    assert_eq!(subscription.filter_policy.as_deref(), Some(r#"{"n":[1]}"#));
    assert!(subscription.filter_on_body && !subscription.raw);
    let [one, two] = triggers.buckets["files"].notifications.as_slice() else { panic!("{triggers:?}") };
    assert_eq!((&one.target, &*one.events), (&live(), &["s3:ObjectCreated:Put".to_owned()][..]));
    assert_eq!((two.events.len(), &*two.prefix, &*two.suffix), (2, "", ".csv"));
}

#[test]
fn schedules_and_rules_have_the_function_as_their_target() {
    let triggers = read(
        "  Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute), Input: '{\"a\":1}', Enabled: false, Name: tick, Description: d}}
  Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(0 12 * * ? *), State: DISABLED}}
  Paid:
    Type: EventBridgeRule
    Properties: {Pattern: {source: [shop], detail: {n: [3]}}, EventBusName: shop, InputPath: $.detail, Target: {Id: x}}
  Old: {Type: CloudWatchEvent, Properties: {Pattern: {source: [aws.ec2]}, State: ENABLED}}",
        "",
    );
    let [tick, tock, paid, old] = triggers.rules.as_slice() else { panic!("{triggers:?}") };
    assert!(triggers.rules.iter().all(|rule| rule.targets.len() == 1 && rule.targets[0].target == live()));
    assert_eq!((&*tick.name, tick.line, tick.enabled, tick.is_scheduler), ("tick", 10, false, false));
    assert_eq!(tick.schedule.as_deref(), Some("rate(1 minute)"));
    assert_eq!(tick.targets[0].input, Input::Constant("{\"a\":1}".to_owned()));
    assert_eq!((&*tock.name, tock.enabled, tock.is_scheduler), ("HelloTock", false, true));
    assert_eq!(tock.schedule.as_deref(), Some("cron(0 12 * * ? *)"));
    assert_eq!((&*paid.bus, paid.enabled), ("shop", true));
    assert_eq!(paid.pattern.as_deref(), Some(r#"{"detail":{"n":[3]},"source":["shop"]}"#));
    assert_eq!(paid.targets[0].input, Input::Path("$.detail".parse().unwrap()));
    assert_eq!((&*old.name, &*old.bus), ("HelloOld", "default"));
}

#[test]
fn what_events_have_that_is_not_emulated_is_named() {
    let project = Project::new();
    let template = with_properties(
        "Events:
  Tick: {Type: Schedule, Properties: {Schedule: rate(1 day), RetryPolicy: {}, Nonsense: 1}}
  News: {Type: SNS, Properties: {Topic: 'arn:aws:sns:us-east-1:123456789012:news', SqsSubscription: true}}
  Own: {Type: SelfManagedKafka, Properties: {Topics: [news], StartingPosition: LATEST, ConsumerGroupId: g}}
  Files: {Type: S3, Properties: {Bucket: files, Events: 's3:ObjectCreated:*'}}",
    );
    let configuration = project.template(&template).unwrap();
    let expected = [
        "9: Resources.Hello.Properties.Events.Tick.Properties.Nonsense is not understood and has no effect",
        "9: Resources.Hello.Properties.Events.Tick.Properties.RetryPolicy has no effect here",
        "10: Resources.Hello.Properties.Events.News.Properties.SqsSubscription has no effect here",
        "10: topic news is not in this file, and is made here with what is usual",
        "11: Resources.Hello.Properties.Events.Own.Properties.ConsumerGroupId has no effect here",
        "12: bucket files is not in this file, and is made here with what is usual",
    ]
    .map(|expected| format!("template.yaml:{expected}"));
    assert_eq!(project.warnings(&configuration), expected);
}
