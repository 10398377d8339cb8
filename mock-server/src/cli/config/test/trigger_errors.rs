//! What is wrong with triggers, in one line, in both formats.

use super::{Project, with_properties};

fn template(text: &str) -> String {
    Project::new().template(text).map(|_| ()).unwrap_err()
}

/// The error of an event of this type; its properties stand in line 11.
fn event(kind: &str, properties: &str) -> String {
    let events = format!("Events:\n  One:\n    Type: {kind}\n    Properties: {{{properties}}}");
    template(&with_properties(&events))
}

/// The error of a resource, whose properties stand in line 10.
fn resource(kind: &str, properties: &str) -> String {
    let resource = format!("  One:\n    Type: {kind}\n    Properties: {{{properties}}}\n");
    template(&(with_properties("") + &resource))
}

#[test]
fn an_event_says_what_it_comes_from() {
    let jobs = "Queue: 'arn:aws:sqs:us-east-1:123456789012:jobs'";
    let clicks = "Stream: 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks'";
    let latest = format!("{clicks}, StartingPosition: LATEST");
    for (kind, properties, expected) in [
        (
            "SQS",
            "",
            "9: Resources.Hello.Properties.Events.One.Properties must have Queue, the ARN of an SQS queue",
        ),
        ("SQS", "Queue: jobs", "11: Queue must be the ARN of an SQS queue, found \"jobs\""),
        ("SQS", &format!("{jobs}, BatchSize: many"), "11: BatchSize must be a whole number, found \"many\""),
        ("SQS", &format!("{jobs}, BatchSize: 0"), "11: BatchSize must be from 1 to 10000"),
        (
            "SQS",
            &format!("{jobs}, BatchSize: 50"),
            "9: MaximumBatchingWindowInSeconds must be at least 1 if BatchSize is greater than 10",
        ),
        (
            "SQS",
            &format!("{jobs}, StartingPosition: LATEST"),
            "11: StartingPosition is not supported for a standard queue",
        ),
        (
            "SQS",
            &format!("{jobs}, ScalingConfig: {{MaximumConcurrency: 1}}"),
            "11: MaximumConcurrency must be from 2 to 1000",
        ),
        (
            "SQS",
            &format!("{jobs}, FunctionResponseTypes: [All]"),
            "11: FunctionResponseTypes must be ReportBatchItemFailures, found \"All\"",
        ),
        (
            "SQS",
            &format!("{jobs}, FilterCriteria: {{Filters: [{{Pattern: '{{\"body\": 5}}'}}]}}"),
            "11: filter 1: body: expected an object or a list of values, not 5",
        ),
        (
            "SQS",
            &format!("{jobs}, FilterCriteria: {{Filters: [{{Pattern: {{body: [5]}}}}]}}"),
            "11: Pattern must be a text that is JSON, found a map",
        ),
        ("Kinesis", clicks, "9: StartingPosition is required for a Kinesis stream"),
        (
            "Kinesis",
            &format!("{clicks}, StartingPosition: MIDDLE"),
            "11: StartingPosition must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, found \"MIDDLE\"",
        ),
        (
            "Kinesis",
            &format!("{latest}, DestinationConfig: {{OnFailure: {{Destination: dead}}}}"),
            "11: DestinationConfig.OnFailure: \"dead\" is no destination of failed batches from a Kinesis stream",
        ),
        ("MSK", "Stream: c, Topics: [a, b]", "11: Topics must be a list of one topic, found a list"),
        ("SNS", "Topic: news", "11: Topic must be the ARN of an SNS topic, found \"news\""),
        (
            "SNS",
            "Topic: 'arn:aws:sns:us-east-1:123456789012:t', FilterPolicy: {a: 5}",
            "11: FilterPolicy: a: expected an object or a list of values, not 5",
        ),
        (
            "S3",
            "Bucket: files, Events: [ObjectCreated]",
            "11: Events must be an event of S3 such as s3:ObjectCreated:*, found \"ObjectCreated\"",
        ),
        (
            "Schedule",
            "Schedule: rate(1 minutes)",
            "11: Schedule: rate: expected minute, hour or day after 1, not \"1 minutes\"",
        ),
        (
            "Schedule",
            "Schedule: at(2026-11-30T10:00:00)",
            "11: Schedule must be rate(value unit) or cron(fields), found \"at(2026-11-30T10:00:00)\"",
        ),
        (
            "Schedule",
            "Schedule: rate(1 day), Input: '{'",
            "11: Input: not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "Schedule",
            "Schedule: rate(1 day), Enabled: true, State: ENABLED",
            "11: Enabled cannot go together with State",
        ),
        ("EventBridgeRule", "Pattern: 5", "11: Pattern: the pattern: expected an object, not 5"),
        (
            "EventBridgeRule",
            "Pattern: {source: shop}",
            "11: Pattern: source: expected an object or a list of values, not \"shop\"",
        ),
        (
            "EventBridgeRule",
            "Pattern: {a: [1]}, InputPath: detail",
            "11: InputPath: \"detail\" is not a path into an event: expected $ at the beginning",
        ),
    ] {
        assert_eq!(event(kind, properties), format!("template.yaml:{expected}"), "{kind} {properties}");
    }
}

#[test]
fn resources_are_such_as_aws_takes() {
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    for (kind, properties, expected) in [
        (
            "AWS::SQS::Queue",
            "VisibilityTimeout: 43201",
            "10: VisibilityTimeout must be a whole number of seconds from 0 to 43200, found 43201",
        ),
        (
            "AWS::SQS::Queue",
            "QueueName: q, FifoQueue: true",
            "10: QueueName must be a name that ends with .fifo, for FifoQueue is true, found \"q\"",
        ),
        (
            "AWS::SQS::Queue",
            "QueueName: a b",
            "10: the name of a queue must be 1 to 80 letters, digits, - and _, found \"a b\"",
        ),
        (
            "AWS::SQS::Queue",
            "RedrivePolicy: {deadLetterTargetArn: q, maxReceiveCount: 1}",
            "10: deadLetterTargetArn must be the ARN of an SQS queue, found \"q\"",
        ),
        (
            "AWS::SQS::Queue",
            &format!(
                "FifoQueue: true, RedrivePolicy: {{deadLetterTargetArn: '{queue}', maxReceiveCount: 1}}"
            ),
            "8: what takes the dead letters of One.fifo must be a FIFO queue, found \"q\"",
        ),
        (
            "AWS::Kinesis::Stream",
            "ShardCount: 0",
            "10: ShardCount must be a whole number from 1 to 10000, found 0",
        ),
        (
            "AWS::DynamoDB::Table",
            "StreamSpecification: {StreamViewType: ALL}",
            "10: StreamViewType must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES, found \"ALL\"",
        ),
        (
            "AWS::SNS::Topic",
            "Subscription: [{Protocol: lambda, Endpoint: Hello}]",
            "10: Endpoint must be the ARN of a function, found \"Hello\"",
        ),
        (
            "AWS::SNS::Topic",
            "Subscription: [{Protocol: lambda, Endpoint: !GetAtt Hello.Arn, RawMessageDelivery: true}]",
            "10: RawMessageDelivery cannot go together with the protocol lambda",
        ),
        (
            "AWS::Events::Rule",
            "State: ENABLED",
            "8: Resources.One.Properties must have EventPattern or ScheduleExpression, or both",
        ),
        (
            "AWS::Events::Rule",
            "ScheduleExpression: rate(1 day), EventBusName: shop",
            "10: ScheduleExpression cannot go together with an event bus that is not the default one",
        ),
        (
            "AWS::Events::Rule",
            "ScheduleExpression: rate(1 day), Targets: [{Arn: !Sub '${Hello.Arn}:blue'}]",
            "10: there is no function Hello:blue in this file",
        ),
        (
            "AWS::Events::Rule",
            "ScheduleExpression: rate(1 day), Targets: [{Arn: Hello}]",
            "10: Arn must be the ARN of a function, an SQS queue or an SNS topic, found \"Hello\"",
        ),
        (
            "AWS::Scheduler::Schedule",
            "ScheduleExpression: daily, Target: {Arn: a}",
            "10: ScheduleExpression: expected rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss), not \"daily\"",
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            &format!("FunctionName: Nobody, EventSourceArn: '{queue}'"),
            "10: there is no function Nobody in this file",
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            "FunctionName: Hello, EventSourceArn: 'arn:aws:sns:us-east-1:123456789012:t'",
            "10: EventSourceArn must be the ARN of an SQS queue, a Kinesis stream, the stream of a DynamoDB table or an MSK cluster, found \"arn:aws:sns:us-east-1:123456789012:t\"",
        ),
    ] {
        assert_eq!(resource(kind, properties), format!("template.yaml:{expected}"), "{kind} {properties}");
    }
}

#[test]
fn a_queue_hides_messages_for_as_long_as_its_function_may_run() {
    let text =
        with_properties("Timeout: 31\nEvents: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}")
            + "  Jobs: {Type: 'AWS::SQS::Queue'}\n";
    let expected = "template.yaml:9: an event source mapping: the queue's visibility timeout of 30 seconds is less than the function's timeout of 31 seconds";
    assert_eq!(template(&text), expected);
    assert!(Project::new().template(&text.replace("31", "30")).is_ok());
}

#[test]
fn a_table_that_is_read_has_a_stream() {
    let text = with_properties(
        "Events: {Rows: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, StartingPosition: LATEST}}}",
    ) + "  Rows: {Type: 'AWS::DynamoDB::Table'}\n";
    let expected = "9: Resources.Rows.Properties must have StreamSpecification, for a function reads it";
    assert_eq!(template(&text), format!("template.yaml:{expected}"));
}

#[test]
fn what_has_one_name_in_a_template_is_there_once() {
    let two = |kind: &str, properties: &str| {
        let one = |id: &str| format!("  {id}: {{Type: '{kind}', Properties: {{{properties}}}}}\n");
        template(&(with_properties("") + &one("A") + &one("B")))
    };
    let mapping = "FunctionName: Hello, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q'";
    for (kind, properties, expected) in [
        ("AWS::SQS::Queue", "QueueName: q", "queue q"),
        ("AWS::SNS::Topic", "TopicName: t", "topic t"),
        ("AWS::Kinesis::Stream", "Name: s", "stream kinesis/s"),
        ("AWS::S3::Bucket", "BucketName: b", "bucket b"),
        ("AWS::Events::Rule", "Name: r, EventPattern: {a: [1]}", "rule r"),
        ("AWS::Lambda::EventSourceMapping", mapping, "a mapping of q to Hello"),
    ] {
        let expected = format!("template.yaml:9: {expected} is there twice, first in line 8");
        assert_eq!(two(kind, properties), expected);
    }
}

#[test]
fn toml_is_checked_under_its_own_names() {
    let begin = "[functions.worker]\nbootstrap = \"target/debug/hello\"\n[queues.jobs]\n[streams.clicks]\nkind = \"kinesis\"\n[queues.\"in.fifo\"]\n[topics.news]\n[buckets.files]\n";
    let of_worker = |triggers: &str| format!("[functions.worker.triggers]\n{triggers}");
    for (more, expected) in [
        (of_worker("queues = [{ queue = \"job\" }]"), "10: there is no queue job in this file"),
        (
            of_worker("queues = [{ batch-size = 1 }]"),
            "10: functions.worker.triggers.queues must have queue, the name of a queue",
        ),
        (
            of_worker("queues = [{ queue = \"jobs\", batch-size = 0 }]"),
            "10: batch-size must be from 1 to 10000",
        ),
        (
            of_worker("queues = [{ queue = \"jobs\", size = 1 }]"),
            "10: size is not understood here, where queue, batch-size, batching-window, start, retries, record-age, bisect, report-item-failures, parallel, tumbling-window, max-concurrency, on-failure, enabled, filters can stand",
        ),
        (
            of_worker("queues = [{ queue = \"in.fifo\", batching-window = \"2s\" }]"),
            "10: batching-window is not supported for a FIFO queue",
        ),
        (
            of_worker("queues = [{ queue = \"jobs\", batching-window = \"6m\" }]"),
            "10: batching-window must be a time with its unit, such as 90s, from 0s to 5m, found \"6m\"",
        ),
        (
            of_worker("queues = [{ queue = \"jobs\", filters = ['{\"body\": 1}'] }]"),
            "10: filter 1: body: expected an object or a list of values, not 1",
        ),
        (of_worker("streams = [{ stream = \"clicks\" }]"), "10: start is required for a Kinesis stream"),
        (
            of_worker("streams = [{ stream = \"clicks\", start = \"now\" }]"),
            "10: start must be trim-horizon, latest or a time such as 2026-11-30T10:00:00Z, found \"now\"",
        ),
        (
            of_worker("streams = [{ stream = \"clicks\", start = \"latest\", on-failure = \"dead\" }]"),
            "10: on-failure: \"dead\" is no destination of failed batches from a Kinesis stream",
        ),
        (
            of_worker("streams = [{ stream = \"none\", start = \"latest\" }]"),
            "10: there is no stream none in this file",
        ),
        (of_worker("topics = [{ topic = \"olds\" }]"), "10: there is no topic olds in this file"),
        (
            of_worker("topics = [{ topic = \"news\", filter-policy = \"{\" }]"),
            "10: filter-policy: the pattern is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            of_worker("buckets = [{ bucket = \"pails\", events = [] }]"),
            "10: there is no bucket pails in this file",
        ),
        (
            of_worker("buckets = [{ bucket = \"files\", events = [\"put\"] }]"),
            "10: events must be an event of S3 such as s3:ObjectCreated:*, found \"put\"",
        ),
        (
            of_worker("schedules = [\"daily\"]"),
            "10: schedules: expected rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss), not \"daily\"",
        ),
        (
            of_worker("rules = [{ bus = \"shop\" }]"),
            "10: functions.worker.triggers.rules must have pattern, a text that is JSON",
        ),
        (
            of_worker("timers = []"),
            "10: timers is not understood here, where queues, streams, topics, buckets, schedules, rules can stand",
        ),
        (
            "[schedules.tick]\nexpression = \"rate(1 day)\"\nfunction = \"nobody\"".to_owned(),
            "11: there is no function nobody in this file",
        ),
        (
            "[schedules.tick]\nexpression = \"rate(1 day)\"\nfunction = \"worker:blue\"".to_owned(),
            "11: there is no function worker:blue in this file",
        ),
        (
            "[schedules.tick]\nexpression = \"rate(1 day)\"\nqueue = \"none\"".to_owned(),
            "11: there is no queue none in this file",
        ),
        (
            "[schedules.tick]\nexpression = \"rate(1 day)\"".to_owned(),
            "9: schedules.tick must have function, queue or topic, one of the three",
        ),
        (
            "[rules.a]\npattern = '{}'\nfunction = \"worker\"".to_owned(),
            "10: pattern: the pattern: expected at least one field, not an empty object",
        ),
        (
            "[queues.a]\nfrom = \"stdin\"\n[streams.b]\nkind = \"kafka\"\nfrom = \"stdin\"".to_owned(),
            "11: a source from stdin is there twice, first in line 9",
        ),
        (
            "[queues.a]\nfrom = \"kinesis:http://x\"".to_owned(),
            "10: from must be file:PATH, stdin or sqs:URL, found \"kinesis:http://x\"",
        ),
        (
            "[queues.a]\nfrom = \"sqs:here\"".to_owned(),
            "10: from must be file:PATH, stdin or sqs:URL, found \"sqs:here\"",
        ),
        (
            "[queues.a]\ndead-letters = { queue = \"b\", max-receives = 1 }".to_owned(),
            "9: there is no queue b in this file",
        ),
        (
            "[queues.\"a b\"]".to_owned(),
            "9: the name of a queue must be 1 to 80 letters, digits, - and _, found \"a b\"",
        ),
        (
            "[streams.a]\nkind = \"files\"".to_owned(),
            "10: kind must be kinesis, dynamodb or kafka, found \"files\"",
        ),
        (
            "[streams.a]\nkind = \"dynamodb\"\nretention = \"2d\"".to_owned(),
            "11: retention is not understood here, where kind, shards, view, from can stand",
        ),
        ("[queues.jobs]".to_owned(), "9: not valid TOML: duplicate key"),
    ] {
        let error = Project::new().toml(&format!("{begin}{more}\n")).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("mock.toml:{expected}"), "{more}");
    }
}

#[test]
fn a_setting_of_a_mapping_is_refused_in_its_own_line() {
    let begin = "[functions.worker]\nbootstrap = \"target/debug/hello\"\n[queues.jobs]\n[streams.clicks]\nkind = \"kinesis\"\n";
    let queue = "[[functions.worker.triggers.queues]]\nqueue = \"jobs\"\n";
    let stream = "[[functions.worker.triggers.streams]]\nstream = \"clicks\"\nstart = \"latest\"\n";
    for (source, setting, expected) in [
        (queue, "batch-size = 0", "8: batch-size must be from 1 to 10000"),
        (queue, "max-concurrency = 1", "8: max-concurrency must be from 2 to 1000"),
        (queue, "start = \"latest\"", "8: start is not supported for a standard queue"),
        (queue, "retries = 1", "8: retries is not supported for a standard queue"),
        (queue, "record-age = \"1h\"", "8: record-age is not supported for a standard queue"),
        (queue, "bisect = true", "8: bisect is not supported for a standard queue"),
        (queue, "on-failure = \"a\"", "8: on-failure is not supported for a standard queue"),
        (queue, "tumbling-window = \"1s\"", "8: tumbling-window is not supported for a standard queue"),
        (
            queue,
            "filters = [\n'{}',\n]",
            "9: filter 1: the pattern: expected at least one field, not an empty object",
        ),
        (stream, "parallel = 11", "9: parallel must be from 1 to 10"),
        (stream, "retries = -2", "9: retries must be -1, or from 0 to 10000"),
    ] {
        let error = Project::new().toml(&format!("{begin}{source}{setting}\n")).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("mock.toml:{expected}"), "{setting}");
    }
    let properties =
        "Stream: 'arn:aws:kinesis:us-east-1:123456789012:stream/s'\n      StartingPosition: LATEST\n";
    for (setting, expected) in [
        ("ParallelizationFactor: 11", "ParallelizationFactor must be from 1 to 10"),
        ("MaximumRetryAttempts: -2", "MaximumRetryAttempts must be -1, or from 0 to 10000"),
        ("MaximumRecordAgeInSeconds: 59", "MaximumRecordAgeInSeconds must be -1, or from 60 to 604800"),
        ("TumblingWindowInSeconds: 901", "TumblingWindowInSeconds must be from 0 to 900"),
        ("MaximumBatchingWindowInSeconds: 301", "MaximumBatchingWindowInSeconds must be from 0 to 300"),
    ] {
        let event =
            format!("Events:\n  One:\n    Type: Kinesis\n    Properties:\n      {properties}      {setting}");
        assert_eq!(template(&with_properties(&event)), format!("template.yaml:14: {expected}"));
    }
}
