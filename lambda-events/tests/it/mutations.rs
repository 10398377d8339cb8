//! What nobody should send: each path of each sample deleted, set to `null`, to a text that is not known, to a number with a
//! fraction or to another type, and with a member more.
//!
//! All of it is read but what cannot be done without, which is listed; and what is read is written as it was.

use std::collections::BTreeSet;

use lambda_events::samples::{self, AnySample};
use serde_json::{Value, json};

/// Members that have to be there and have to be of their type, with all that they are in: the type of the sample and the path,
/// with `*` for any place.
const REQUIRED: &[&str] = &[
    "activemq::ActiveMq: messages.*.data",
    "alb::AlbRequest: httpMethod",
    "alb::AlbRequest: path",
    "alb::AlbResponse: isBase64Encoded",
    "alb::AlbResponse: statusCode",
    "apigw::AuthorizerResponse: policyDocument.Statement.*.Effect",
    "apigw::AuthorizerResponse: principalId",
    "apigw::HttpAuthorizerRequest: requestContext.http.method",
    "apigw::HttpAuthorizerRequest: routeArn",
    "apigw::HttpRequest: rawPath",
    "apigw::HttpRequest: requestContext.http.method",
    "apigw::RestAuthorizerRequest: methodArn",
    "apigw::RestRequest: httpMethod",
    "apigw::RestRequest: path",
    "apigw::RestResponse: statusCode",
    "apigw::SimpleAuthorizerResponse: isAuthorized",
    "apigw::TokenAuthorizerRequest: authorizationToken",
    "apigw::TokenAuthorizerRequest: methodArn",
    "apigw::WebSocketAuthorizerRequest: methodArn",
    "apigw::WebSocketAuthorizerRequest: requestContext.connectionId",
    "apigw::WebSocketReply: statusCode",
    "apigw::WebSocketRequest: requestContext.connectionId",
    "appsync::AppSync: info",
    "appsync::Authorizer: authorizationToken",
    "appsync::AuthorizerResponse: isAuthorized",
    "appsync::BatchResolver: *.info",
    "appsync::ChannelAuthorizer: authorizationToken",
    "appsync::ChannelAuthorizerResponse: isAuthorized",
    "appsync::ChannelEvent: events.*.id",
    "appsync::ChannelEvent: events.*.payload",
    "appsync::ChannelEvent: info",
    "appsync::ChannelResponse: events.*.id",
    "autoscaling::TerminationPolicy: Instances.*.InstanceId",
    "bedrock::ApiAction: apiPath",
    "bedrock::FunctionAction: function",
    "cloudformation::CustomResource: RequestType",
    "cloudformation::CustomResource: ResourceProperties",
    "cloudformation::CustomResource: ResponseURL",
    "cloudformation::CustomResourceResponse: PhysicalResourceId",
    "cloudformation::CustomResourceResponse: Status",
    "cloudformation::Hook: requestData",
    "cloudformation::HookResponse: hookStatus",
    "cloudformation::IsComplete: RequestType",
    "cloudformation::IsComplete: ResourceProperties",
    "cloudformation::IsCompleteResponse: IsComplete",
    "cloudformation::Macro: fragment",
    "cloudformation::Macro: requestId",
    "cloudformation::MacroResponse: requestId",
    "cloudformation::MacroResponse: status",
    "cloudformation::OnEvent: RequestType",
    "cloudformation::OnEvent: ResourceProperties",
    "cloudwatch_alarms::AlarmNotification: AlarmName",
    "cloudwatch_alarms::CloudWatchAlarm: alarmData",
    "cloudwatch_dashboards::Markdown: markdown",
    "cloudwatch_logs::CloudWatchLogs: awslogs.data",
    "cloudwatch_logs::Logs: logEvents.*.message",
    "codecommit::CodeCommit: Records.*",
    "codedeploy::CodeDeploy: DeploymentId",
    "codedeploy::CodeDeploy: LifecycleEventHookExecutionId",
    "codepipeline::CodePipeline: CodePipeline.job.id",
    "config::Config: invokingEvent",
    "connect::Campaign: Items",
    "connect::CampaignResponse: Items.CustomerProfiles.*.Id",
    "connect::Connect: Details",
    "documentdb::DocumentDb: events.*.event",
    "dynamodb::DynamoDb: Records.*.dynamodb",
    "dynamodb::ReplicatedRecord: dynamodb",
    "dynamodb::WindowedDynamoDb: Records.*.dynamodb",
    "eventbridge::EventBridge: detail",
    "firehose::Firehose: records.*.data",
    "firehose::Firehose: records.*.recordId",
    "firehose::MskFirehose: records.*.kafkaRecordValue",
    "firehose::MskFirehose: records.*.recordId",
    "firehose::MskResponse: records.*.recordId",
    "firehose::MskResponse: records.*.result",
    "firehose::Response: records.*.recordId",
    "firehose::Response: records.*.result",
    "iot::AuthorizerResponse: isAuthenticated",
    "iot::IotAuthorizer: protocols.*",
    "iot::PreProvisioningResponse: allowProvisioning",
    "iot::ThingEvent: thingName",
    "iot::ThingGroupEvent: thingGroupName",
    "iot::ThingGroupHierarchyEvent: childGroupName",
    "iot::ThingGroupHierarchyEvent: thingGroupName",
    "iot::ThingGroupMembershipEvent: groupArn",
    "iot::ThingGroupMembershipEvent: thingArn",
    "iot::ThingTypeAssociationEvent: thingName",
    "iot::ThingTypeAssociationEvent: thingTypeName",
    "iot::ThingTypeEvent: thingTypeName",
    "kafka::Kafka: records.*.*.offset",
    "kafka::Kafka: records.*.*.partition",
    "kafka::Kafka: records.*.*.topic",
    "kinesis::Kinesis: Records.*.kinesis.data",
    "kinesis::Kinesis: Records.*.kinesis.sequenceNumber",
    "kinesis::WindowResponse: batchItemFailures.*.itemIdentifier",
    "kinesis::WindowedKinesis: Records.*.kinesis.data",
    "kinesis::WindowedKinesis: Records.*.kinesis.sequenceNumber",
    "kinesis_analytics::InputPreprocessing: records.*.data",
    "kinesis_analytics::InputPreprocessing: records.*.recordId",
    "kinesis_analytics::InputResponse: records.*.recordId",
    "kinesis_analytics::InputResponse: records.*.result",
    "kinesis_analytics::OutputDelivery: records.*.data",
    "kinesis_analytics::OutputDelivery: records.*.recordId",
    "kinesis_analytics::OutputResponse: records.*.recordId",
    "kinesis_analytics::OutputResponse: records.*.result",
    "lambda_destinations::FailedBatch: requestContext",
    "lambda_destinations::InvocationRecord: requestContext",
    "lambda_url::UrlRequest: rawPath",
    "lambda_url::UrlRequest: requestContext.http.method",
    "lex::Lex: sessionState",
    "rabbitmq::RabbitMq: rmqMessagesByQueue.*.*.data",
    "s3::S3: Records.*.s3",
    "s3::TestEvent: Event",
    "s3_batch::Response: invocationId",
    "s3_batch::Response: invocationSchemaVersion",
    "s3_batch::Response: results.*.resultCode",
    "s3_batch::Response: results.*.taskId",
    "s3_batch::S3Batch: invocationId",
    "s3_batch::S3Batch: invocationSchemaVersion",
    "s3_batch::S3Batch: tasks.*.taskId",
    "s3_object_lambda::HeadResponse: statusCode",
    "s3_object_lambda::ListResponse: statusCode",
    "secretsmanager::Rotation: ClientRequestToken",
    "secretsmanager::Rotation: SecretId",
    "secretsmanager::Rotation: Step",
    "ses::Response: disposition",
    "ses::Ses: Records.*.ses",
    "sns::Notification: Message",
    "sns::Sns: Records.*.Sns.Message",
    "sqs::Sqs: Records.*.body",
    "sqs::Sqs: Records.*.messageId",
    "transfer::TransferLogin: username",
    "vpc_lattice::LatticeRequest: method",
    "vpc_lattice::LatticeRequest: path",
    "vpc_lattice::LatticeRequestV1: method",
    "vpc_lattice::LatticeRequestV1: raw_path",
    "vpc_lattice::LatticeResponse: isBase64Encoded",
    "vpc_lattice::LatticeResponse: statusCode",
];

/// A step of a path.
#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Place(usize),
}

fn paths(value: &Value, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut go = |step: Step, value: &Value| {
        path.push(step);
        found.push(path.clone());
        paths(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| go(Step::Member(name.clone()), value))
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(place, value)| go(Step::Place(place), value));
        }
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Member(name) => &mut value[name.as_str()],
        Step::Place(place) => &mut value[*place],
    })
}

fn pattern(sample: &AnySample, path: &[Step]) -> String {
    let steps: Vec<_> = path
        .iter()
        .map(|step| match step {
            // Names that are data.
            Step::Member(name) if name.contains(['-', ':']) => "*",
            Step::Member(name) => name.as_str(),
            Step::Place(_) => "*",
        })
        .collect();
    // `crate::sqs::Sqs<'static>` is `sqs::Sqs`.
    let name: String = sample.type_name.split('<').next().unwrap_or_default().split_whitespace().collect();
    let mut names = name.rsplit("::");
    let (last, module) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    format!("{module}::{last}: {}", steps.join("."))
}

/// The path as errors have it.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => text.extend([".", name]),
            Step::Place(place) => text.push_str(&format!("[{place}]")),
        }
    }
    text
}

fn deleted(value: &Value, path: &[Step]) -> Value {
    let mut value = value.clone();
    if let Some((last, before)) = path.split_last() {
        match (at(&mut value, before), last) {
            (Value::Object(members), Step::Member(name)) => _ = members.remove(name),
            (Value::Array(elements), Step::Place(place)) => _ = elements.remove(*place),
            _ => {}
        }
    }
    value
}

fn replaced(value: &Value, path: &[Step], by: Value) -> Value {
    let mut value = value.clone();
    *at(&mut value, path) = by;
    value
}

fn mutants(value: &Value, path: &[Step]) -> Vec<(&'static str, Value)> {
    let mut mutants = vec![
        ("deleted", deleted(value, path)),
        ("null", replaced(value, path, Value::Null)),
        ("an unknown text", replaced(value, path, json!("Something_New"))),
        ("a fraction", replaced(value, path, json!(0.5))),
        ("a large number", replaced(value, path, json!(u64::MAX))),
        ("a negative number", replaced(value, path, json!(-1))),
        ("a boolean", replaced(value, path, json!(true))),
        ("an array", replaced(value, path, json!([null, "x"]))),
        ("an object", replaced(value, path, json!({ "new": [1] }))),
        ("an empty object", replaced(value, path, json!({}))),
        ("an empty text", replaced(value, path, json!(""))),
    ];
    let mut more = value.clone();
    if let Value::Object(members) = at(&mut more, path) {
        members.insert("somethingNew".to_owned(), json!({ "n": 1.5 }));
        mutants.push(("a member more", more));
    }
    mutants
}

#[test]
fn every_mutation_is_read_but_of_what_cannot_be_done_without_and_is_written_as_it_was() {
    let mut refused = BTreeSet::new();
    let mut count = 0;
    for sample in samples::all() {
        let value: Value = serde_json::from_str(sample.json).unwrap();
        let mut found = Vec::new();
        paths(&value, &mut Vec::new(), &mut found);
        for path in found {
            for (what, mutant) in mutants(&value, &path) {
                count += 1;
                let text = mutant.to_string();
                match (sample.round_trip)(&text) {
                    Ok(written) => {
                        let written: Value = serde_json::from_str(&written).unwrap();
                        assert_eq!(written, mutant, "{}: {path:?}: {what}", sample.name);
                    }
                    Err(error) => {
                        let told = (sample.parse)(&text).unwrap_err();
                        let here = written(&path);
                        let is_near = here.starts_with(told.path()) || told.path().starts_with(&here);
                        assert!(is_near, "{}: {here}: {what}: {told}", sample.name);
                        assert!(
                            !error.to_string().is_empty() && told.to_string().contains(&error.to_string())
                        );
                        refused.insert(pattern(&sample, &path));
                    }
                }
            }
        }
    }
    let is_in = |outer: &str, inner: &str| inner != outer && inner.starts_with(&format!("{outer}."));
    // What holds a member that cannot be done without cannot be done without either.
    let innermost = |path: &&String| !refused.iter().any(|other| is_in(path, other));
    let innermost: Vec<_> = refused.iter().filter(innermost).map(String::as_str).collect();
    let unlisted: Vec<_> = innermost.iter().filter(|path| !REQUIRED.contains(path)).collect();
    assert!(unlisted.is_empty(), "these cannot be done without, and are not listed: {unlisted:#?}");
    let stale: Vec<_> = REQUIRED.iter().filter(|path| !innermost.contains(path)).collect();
    assert!(stale.is_empty(), "these can be done without, and are listed: {stale:#?}");
    for path in REQUIRED {
        let (name, _) = path.split_once(": ").unwrap();
        let of_it = REQUIRED.iter().filter(|path| path.starts_with(&format!("{name}: "))).count();
        // An answer has what its service asks for.
        let most = if name.ends_with("Response") { 4 } else { 3 };
        assert!(of_it <= most, "{name} cannot be done without {of_it} members");
    }
    assert!(count > 500, "{count}");
}
