//! Queues, streams, tables, topics, buckets, rules, schedules and mappings, each as a resource of a template.

use std::time::Duration;

use mock_server::core::{
    Time,
    mapping::{Configuration as Settings, QueueForm, SourceKind, StartingPosition},
    trigger::bus::{Input, InputTransformer},
};

use super::Project;
use crate::cli::config::{
    Configuration,
    model::{MappingConfiguration, MappingSource, Qualifier, Target},
};

const HELLO: &str = "
Resources:
  Hello: {Type: 'AWS::Lambda::Function', Properties: {Code: hello, Runtime: provided.al2023}}
";

/// A template with a function and these resources, and without a warning.
fn read(resources: &str) -> Configuration {
    let (configuration, warnings) = read_with_warnings(resources);
    assert_eq!(warnings, [""; 0]);
    configuration
}

fn read_with_warnings(resources: &str) -> (Configuration, Vec<String>) {
    let project = Project::new();
    let configuration = project.template(&format!("{HELLO}{resources}")).unwrap();
    let warnings = project.warnings(&configuration);
    (configuration, warnings)
}

fn hello() -> Target {
    Target::Function { name: "Hello".to_owned(), qualifier: Qualifier::Latest }
}

#[test]
fn a_queue_has_its_settings_and_its_dead_letters_another() {
    let queues = read(
        "
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      ContentBasedDeduplication: true
      VisibilityTimeout: 90
      DelaySeconds: 5
      MessageRetentionPeriod: 3600
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: 'AWS::SQS::Queue', Properties: {QueueName: dead.fifo, FifoQueue: true}}
  Plain: {Type: 'AWS::SQS::Queue'}
",
    )
    .triggers
    .queues;
    assert!(queues.keys().eq(["Orders.fifo", "Plain", "dead.fifo"]));
    let orders = &queues["Orders.fifo"];
    assert_eq!((orders.line, orders.content_based_deduplication), (5, true));
    assert_eq!(orders.dead_letters.as_deref(), Some("dead.fifo"));
    let settings = orders.settings;
    assert_eq!((settings.form, settings.redrive.unwrap().maximum_receives), (QueueForm::Fifo, 3));
    let times = [settings.visibility_timeout, settings.delay, settings.retention];
    assert_eq!(times, [90, 5, 3600].map(Duration::from_secs));
    let plain = &queues["Plain"];
    assert_eq!((plain.settings.form, plain.settings.redrive), (QueueForm::Standard, None));
    assert_eq!(plain.settings.visibility_timeout, Duration::from_secs(30));
}

#[test]
fn a_stream_has_shards_and_a_table_has_one_with_a_view() {
    let streams = read(
        "
  Clicks: {Type: 'AWS::Kinesis::Stream', Properties: {Name: clicks, ShardCount: 3, RetentionPeriodHours: 48}}
  Demand: {Type: 'AWS::Kinesis::Stream', Properties: {StreamModeDetails: {StreamMode: ON_DEMAND}}}
  Rows:
    Type: AWS::DynamoDB::Table
    Properties: {KeySchema: [], StreamSpecification: {StreamViewType: KEYS_ONLY}}
  Silent: {Type: 'AWS::DynamoDB::Table', Properties: {KeySchema: []}}
",
    )
    .triggers
    .streams;
    assert!(streams.keys().eq(["dynamodb/Rows", "kinesis/Demand", "kinesis/clicks"]));
    let clicks = &streams["kinesis/clicks"];
    assert_eq!((clicks.kind, clicks.shards, clicks.retention.as_secs()), (SourceKind::Kinesis, 3, 172_800));
    assert_eq!(streams["kinesis/Demand"].shards, 4);
    let rows = &streams["dynamodb/Rows"];
    assert_eq!((rows.kind, rows.view.as_deref()), (SourceKind::DynamoDb, Some("KEYS_ONLY")));
}

#[test]
fn subscriptions_stand_in_the_topic_or_by_themselves() {
    let topics = read(
        "
  Jobs: {Type: 'AWS::SQS::Queue'}
  News:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: news
      Subscription: [{Protocol: lambda, Endpoint: !GetAtt Hello.Arn}]
  More:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref News
      Protocol: sqs
      Endpoint: !GetAtt Jobs.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: {count: [12, '12', true, null], who: [!Ref 'AWS::Region']}
",
    )
    .triggers
    .topics;
    let [first, second] = topics["news"].subscriptions.as_slice() else { panic!("{topics:?}") };
    assert_eq!(
        (first.target.clone(), first.line, first.raw, first.filter_on_body),
        (hello(), 10, false, false)
    );
    assert_eq!(first.filter_policy, None);
    assert_eq!((&second.target, second.line), (&Target::Queue("Jobs".to_owned()), 16));
    assert!(second.raw && second.filter_on_body);
    let policy = r#"{"count":[12,"12",true,null],"who":["us-east-1"]}"#;
    assert_eq!(second.filter_policy.as_deref(), Some(policy));
}

#[test]
fn a_bucket_tells_functions_queues_topics_and_the_event_bus() {
    let buckets = read(
        "
  Jobs: {Type: 'AWS::SQS::Queue'}
  News: {Type: 'AWS::SNS::Topic'}
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption: {}
      NotificationConfiguration:
        LambdaConfigurations:
          - Event: s3:ObjectCreated:*
            Function: !GetAtt Hello.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .csv}]}}
        QueueConfigurations: [{Event: 's3:ObjectRemoved:Delete', Queue: !GetAtt Jobs.Arn}]
        TopicConfigurations: [{Event: 's3:ObjectTagging:*', Topic: !Ref News}]
        EventBridgeConfiguration: {}
  Still: {Type: 'AWS::S3::Bucket'}
",
    )
    .triggers
    .buckets;
    let files = &buckets["files"];
    assert!(files.event_bridge && !buckets["still"].event_bridge);
    let targets = files.notifications.iter().map(|notification| notification.target.clone());
    assert!(targets.eq([hello(), Target::Queue("Jobs".to_owned()), Target::Topic("News".to_owned())]));
    let first = &files.notifications[0];
    assert_eq!((&*first.prefix, &*first.suffix, first.line), ("in/", ".csv", 14));
    assert_eq!(first.events, ["s3:ObjectCreated:*"]);
    assert_eq!(files.notifications[1].events, ["s3:ObjectRemoved:Delete"]);
}

#[test]
fn a_rule_has_a_pattern_or_a_schedule_and_targets() {
    let rules = read(
        "
  Bus: {Type: 'AWS::Events::EventBus', Properties: {Name: shop}}
  Jobs: {Type: 'AWS::SQS::Queue'}
  Paid:
    Type: AWS::Events::Rule
    Properties:
      Name: paid
      EventBusName: !GetAtt Bus.Arn
      EventPattern: {source: [shop], detail: {total: [{numeric: ['>', 10.5]}], again: [false]}}
      State: DISABLED
      Targets:
        - {Arn: !GetAtt Hello.Arn, Id: one, InputPath: $.detail}
        - {Arn: !GetAtt Jobs.Arn, Id: two, Input: '{\"a\": 1}'}
  Tick:
    Type: AWS::Events::Rule
    Properties: {ScheduleExpression: rate(5 minutes), Targets: [{Arn: !GetAtt Hello.Arn, Id: one}]}
  Later:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: at(2026-11-30T10:00:00)
      ScheduleExpressionTimezone: UTC
      FlexibleTimeWindow: {Mode: 'OFF'}
      Target: {Arn: !GetAtt Hello.Arn, RoleArn: r, Input: '5'}
",
    )
    .triggers
    .rules;
    let [paid, tick, later] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!((&*paid.name, &*paid.bus, paid.enabled, paid.is_scheduler), ("paid", "shop", false, false));
    let pattern = r#"{"detail":{"again":[false],"total":[{"numeric":[">",10.5]}]},"source":["shop"]}"#;
    assert_eq!(paid.pattern.as_deref(), Some(pattern));
    assert_eq!(paid.targets[0].target, hello());
    assert_eq!(paid.targets[0].input, Input::Path("$.detail".parse().unwrap()));
    assert_eq!(
        (paid.targets[1].line, &paid.targets[1].input),
        (16, &Input::Constant("{\"a\": 1}".to_owned()))
    );
    assert_eq!((&*tick.name, &*tick.bus, tick.enabled), ("Tick", "default", true));
    assert_eq!(tick.schedule.as_deref(), Some("rate(5 minutes)"));
    assert!(later.is_scheduler);
    assert_eq!(later.schedule.as_deref(), Some("at(2026-11-30T10:00:00)"));
    assert_eq!(later.targets[0].input, Input::Constant("5".to_owned()));
}

#[test]
fn a_mapping_has_all_members_of_the_api() {
    let mappings = read(
        "
  Alias: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Hello, Name: live, FunctionVersion: $LATEST}}
  Jobs: {Type: 'AWS::SQS::Queue'}
  Clicks: {Type: 'AWS::Kinesis::Stream'}
  FromJobs:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Alias
      EventSourceArn: !GetAtt Jobs.Arn
      BatchSize: 20
      MaximumBatchingWindowInSeconds: 2
      Enabled: false
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {MaximumConcurrency: 5}
      FilterCriteria: {Filters: [{Pattern: '{\"body\": {\"a\": [1]}}'}]}
  FromClicks:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: Hello
      EventSourceArn: !GetAtt Clicks.Arn
      StartingPosition: AT_TIMESTAMP
      StartingPositionTimestamp: 1795168800
      MaximumRetryAttempts: 2
      MaximumRecordAgeInSeconds: 60
      BisectBatchOnFunctionError: true
      ParallelizationFactor: 1
      TumblingWindowInSeconds: 30
      DestinationConfig: {OnFailure: {Destination: 'arn:aws:sqs:us-east-1:123456789012:dead'}}
",
    )
    .triggers
    .mappings;
    let jobs = MappingConfiguration {
        line: 8,
        function: "Hello".to_owned(),
        qualifier: Qualifier::Alias("live".to_owned()),
        source: MappingSource::Queue("Jobs".to_owned()),
        configuration: Settings {
            batch_size: Some(20),
            maximum_batching_window_in_seconds: Some(2),
            enabled: Some(false),
            report_batch_item_failures: true,
            maximum_concurrency: Some(5),
            ..Settings::default()
        },
        filters: vec![r#"{"body": {"a": [1]}}"#.to_owned()],
    };
    let clicks = MappingConfiguration {
        line: 19,
        function: "Hello".to_owned(),
        qualifier: Qualifier::Latest,
        source: MappingSource::Stream("kinesis/Clicks".to_owned()),
        configuration: Settings {
            starting_position: Some(StartingPosition::AtTimestamp(Time::from_unix(Duration::from_secs(
                1_795_168_800,
            )))),
            maximum_retry_attempts: Some(2),
            maximum_record_age_in_seconds: Some(60),
            bisect_batch_on_function_error: Some(true),
            parallelization_factor: Some(1),
            tumbling_window_in_seconds: Some(30),
            on_failure: Some("arn:aws:sqs:us-east-1:123456789012:dead".to_owned()),
            ..Settings::default()
        },
        filters: Vec::new(),
    };
    assert_eq!(mappings, [jobs, clicks]);
}

#[test]
fn what_is_not_in_the_file_is_made_and_named() {
    let (configuration, warnings) = read_with_warnings(
        "
  Slow: {Type: 'AWS::Lambda::Function', Properties: {Code: hello, Runtime: provided, Timeout: 300}}
  Far:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: Slow, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:far'}
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:Hello'
      EventSourceArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/rows/stream/2026'
      StartingPosition: LATEST
  Kafka:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: Hello, SelfManagedEventSource: {}, Topics: [orders], StartingPosition: LATEST}
  News:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: arn:aws:sns:us-east-1:123456789012:news
      Protocol: lambda
      Endpoint: !GetAtt Hello.Arn
  Wait:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: 1}}
",
    );
    let made = "is not in this file, and is made here with what is usual";
    let expected = [
        format!("template.yaml:6: queue far {made}"),
        format!("template.yaml:9: the stream of table rows {made}"),
        format!("template.yaml:21: topic news {made}"),
        format!("template.yaml:24: queue dead {made}"),
    ];
    assert_eq!(warnings, expected);
    let triggers = configuration.triggers;
    assert!(triggers.queues.keys().eq(["Wait", "dead", "far"]));
    // A queue that is not known hides its messages for long enough.
    assert_eq!(triggers.queues["far"].settings.visibility_timeout, Duration::from_secs(300));
    assert!(triggers.streams.keys().eq(["dynamodb/rows", "kafka/orders"]));
    assert_eq!(triggers.topics["news"].subscriptions.len(), 1);
}

#[test]
fn what_is_not_emulated_is_named() {
    let (configuration, warnings) = read_with_warnings(
        "
  Python: {Type: 'AWS::Lambda::Function', Properties: {Code: hello, Runtime: python3.13}}
  Broker:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: Hello, EventSourceArn: 'arn:aws:mq:us-east-1:123456789012:broker:b:1'}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets:
        - {Arn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m', Id: one}
        - {Arn: !GetAtt Hello.Arn, Id: two, RetryPolicy: {}}
        - {Arn: !GetAtt Python.Arn, Id: three}
  News:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: email, Endpoint: a@b.example}], KmsMasterKeyId: k}
  Later:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      ScheduleExpressionTimezone: Europe/Berlin
      StartDate: now
      FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 5}
      Target: {Arn: !GetAtt Hello.Arn, InputPath: $.a}
  Other:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      Target: {Arn: !ImportValue other}
",
    );
    let expected = [
        "5: function Python is left out: runtime python3.13 has no bootstrap here",
        "8: Resources.Broker has no effect: events of type mq are not served",
        "14: Resources.Rule.Properties.Targets.Arn has no effect: nothing is sent to arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "15: Resources.Rule.Properties.Targets.RetryPolicy has no effect here",
        "19: Resources.News.Properties.KmsMasterKeyId has no effect here",
        "19: Resources.News.Properties.Subscription.Endpoint has no effect: nothing is sent to a@b.example",
        "24: Resources.Later.Properties.ScheduleExpressionTimezone has no effect here",
        "25: Resources.Later.Properties.StartDate has no effect here",
        "26: Resources.Later.Properties.FlexibleTimeWindow has no effect here",
        "27: Resources.Later.Properties.Target.InputPath has no effect here",
        "32: Resources.Other.Properties.Target.Arn has no effect: it names something of another stack",
    ]
    .map(|expected| format!("template.yaml:{expected}"));
    assert_eq!(warnings, expected);
    let triggers = configuration.triggers;
    assert_eq!((triggers.rules[0].targets.len(), triggers.mappings.len()), (1, 0));
    assert_eq!(triggers.topics["News"].subscriptions, []);
}

#[test]
fn a_target_may_get_a_text_that_is_made_of_the_event() {
    let rule = |target: &str| {
        format!(
            "
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {{source: [shop]}}
      Targets: [{{Arn: !GetAtt Hello.Arn, Id: one, {target}}}]
"
        )
    };
    let transformer =
        r#"InputTransformer: {InputPathsMap: {total: $.detail.total}, InputTemplate: '{"sum": <total>}'}"#;
    let expected = InputTransformer::new([("total", "$.detail.total")], r#"{"sum": <total>}"#).unwrap();
    let input = &read(&rule(transformer)).triggers.rules[0].targets[0].input;
    assert_eq!(*input, Input::Transformer(expected));
    for (target, error) in [
        ("InputTransformer: {}", "InputTemplate"),
        ("InputPath: $.a, InputTransformer: {InputTemplate: '1'}", "InputTransformer"),
        ("InputTransformer: {InputTemplate: '{<no>}'}", "InputTransformer: "),
    ] {
        let refused = Project::new().template(&format!("{HELLO}{}", rule(target))).unwrap_err().to_string();
        assert!(refused.contains(":9: ") && refused.contains(error), "{refused}");
    }
}
