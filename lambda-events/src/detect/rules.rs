//! What tells the services apart: members that nobody else has.
//!
//! Rules are tried in order; the ones that look at the most telling members come first.

use super::{Source, skeleton::Skeleton};

pub(super) fn source(event: &Skeleton<'_>) -> Option<Source> {
    if let Some(element) = event.first() {
        // AppSync sends an array where it resolves several fields at once.
        return Some(Source::AppSyncBatch).filter(|_| is_resolver(element));
    }
    // There is none at the end of a window.
    if let Some(record) = event.get("Records").and_then(Skeleton::first).filter(|record| record.is_object()) {
        return of_record(record);
    }
    of_service(event).or_else(|| of_request(event)).or_else(|| of_members(event))
}

/// By the first of `Records`.
fn of_record(record: &Skeleton<'_>) -> Option<Source> {
    let named = record.text("eventSource").or_else(|| record.text("EventSource"));
    match named {
        Some("aws:sqs") => Some(Source::Sqs),
        Some("aws:sns") => Some(Source::Sns),
        Some("aws:s3") => Some(Source::S3),
        Some("aws:kinesis") => Some(Source::Kinesis),
        Some("aws:dynamodb") => Some(Source::DynamoDb),
        Some("aws:ses") => Some(Source::Ses),
        Some("aws:codecommit") => Some(Source::CodeCommit),
        // One that was made by hand may not say.
        _ => [
            ("Sns", Source::Sns),
            ("s3", Source::S3),
            ("kinesis", Source::Kinesis),
            ("dynamodb", Source::DynamoDb),
            ("ses", Source::Ses),
            ("codecommit", Source::CodeCommit),
            ("body", Source::Sqs),
        ]
        .into_iter()
        .find(|(member, _)| record.has(member))
        .map(|(_, source)| source),
    }
}

/// By a member that names the service.
fn of_service(event: &Skeleton<'_>) -> Option<Source> {
    match event.text("eventSource") {
        Some("aws:kafka" | "SelfManagedKafka") => return Some(Source::Kafka),
        Some("aws:mq") => return Some(Source::ActiveMq),
        Some("aws:rmq") => return Some(Source::RabbitMq),
        Some("aws:docdb") => return Some(Source::DocumentDb),
        _ => {}
    }
    if event.text("Service") == Some("Amazon S3") && event.text("Event") == Some("s3:TestEvent") {
        return Some(Source::S3Test);
    }
    // A window may be over without a record in it.
    if event.has_all(&["window", "shardId"]) {
        let arn = event.text("eventSourceARN").unwrap_or_default();
        return Some(if arn.contains(":dynamodb:") { Source::DynamoDb } else { Source::Kinesis });
    }
    None
}

/// By what is known of a request.
fn of_request(event: &Skeleton<'_>) -> Option<Source> {
    if let Some(authorizer) = of_authorizer(event) {
        return Some(authorizer);
    }
    if event.has_all(&["raw_path", "method"]) {
        return Some(Source::VpcLatticeV1);
    }
    let Some(context) = event.get("requestContext") else {
        // One that was made by hand, or by an emulator.
        return event.has_all(&["httpMethod", "path"]).then_some(Source::ApiGatewayRest);
    };
    if context.has("condition") {
        let is_batch = ["KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo"];
        let is_batch = is_batch.iter().any(|info| event.has(info));
        return Some(if is_batch { Source::LambdaFailedBatch } else { Source::LambdaDestination });
    }
    if event.has("authorizationToken") && context.has("apiId") {
        let is_channel = context.has("channel") || context.has("channelNamespaceName");
        return Some(if is_channel { Source::AppSyncEventsAuthorizer } else { Source::AppSyncAuthorizer });
    }
    if context.has("elb") {
        return Some(Source::Alb);
    }
    if context.has("serviceNetworkArn") {
        return Some(Source::VpcLatticeV2);
    }
    if context.has("connectionId") && (context.has("eventType") || context.has("messageDirection")) {
        return Some(Source::ApiGatewayWebSocket);
    }
    if context.has("http") {
        let is_url = context.text("domainName").is_some_and(|domain| domain.contains(".lambda-url."));
        return Some(if is_url { Source::LambdaUrl } else { Source::ApiGatewayHttp });
    }
    let is_rest = event.has("httpMethod") || context.has("httpMethod") || context.has("resourcePath");
    is_rest.then_some(Source::ApiGatewayRest)
}

/// Authorizers of API Gateway.
fn of_authorizer(event: &Skeleton<'_>) -> Option<Source> {
    match event.text("type") {
        Some("TOKEN") if event.has("methodArn") => Some(Source::ApiGatewayTokenAuthorizer),
        _ if event.has("routeArn") => Some(Source::ApiGatewayHttpAuthorizer),
        _ if !event.has("methodArn") => None,
        _ if event.get("requestContext").is_some_and(|context| context.has("connectionId")) => {
            Some(Source::ApiGatewayWebSocketAuthorizer)
        }
        _ => Some(Source::ApiGatewayRestAuthorizer),
    }
}

fn is_resolver(event: &Skeleton<'_>) -> bool {
    event.get("info").is_some_and(|info| info.has("fieldName") || info.has("parentTypeName"))
}

/// Members that events of a service have, and no others do.
const MEMBERS: &[(&[&str], Source)] = &[
    (&["awslogs"], Source::CloudWatchLogs),
    (&["alarmData"], Source::CloudWatchAlarm),
    (&["detail-type"], Source::EventBridge),
    (&["triggerSource", "userPoolId"], Source::Cognito),
    (&["deliveryStreamArn", "sourceMSKArn"], Source::FirehoseMsk),
    (&["deliveryStreamArn"], Source::Firehose),
    (&["invocationId", "region", "records"], Source::Firehose),
    (&["job", "tasks"], Source::S3Batch),
    (&["xAmzRequestId", "userRequest"], Source::S3ObjectLambda),
    (&["getObjectContext"], Source::S3ObjectLambda),
    (&["CodePipeline.job"], Source::CodePipeline),
    (&["LifecycleEventHookExecutionId"], Source::CodeDeploy),
    (&["RequestType", "ResponseURL"], Source::CloudFormation),
    (&["RequestType", "StackId"], Source::CloudFormation),
    (&["fragment", "transformId"], Source::CloudFormationMacro),
    (&["actionInvocationPoint"], Source::CloudFormationHook),
    (&["SecretId", "Step"], Source::SecretsManager),
    (&["invokingEvent"], Source::Config),
    (&["AutoScalingGroupARN", "CapacityToTerminate"], Source::AutoScaling),
    (&["AutoScalingGroupARN", "Instances"], Source::AutoScaling),
    (&["widgetContext"], Source::CloudWatchDashboard),
    (&["sessionState", "bot"], Source::Lex),
    (&["actionGroup", "agent", "function"], Source::BedrockFunction),
    (&["actionGroup", "agent"], Source::BedrockApi),
    (&["protocolData"], Source::IotAuthorizer),
    (&["signatureVerified"], Source::IotAuthorizer),
    (&["claimCertificateId", "templateArn"], Source::IotProvisioning),
    (&["certificateId", "templateArn"], Source::IotProvisioning),
    (&["serverId", "username", "protocol"], Source::Transfer),
];

fn of_members(event: &Skeleton<'_>) -> Option<Source> {
    if is_resolver(event) {
        return Some(Source::AppSync);
    }
    if event.get("info").is_some_and(|info| info.has_all(&["channel", "operation"])) {
        return Some(Source::AppSyncEvents);
    }
    let is_contact = event.get("Details").is_some_and(|details| details.has("ContactData"));
    if is_contact || event.text("Name") == Some("ContactFlowEvent") {
        return Some(Source::Connect);
    }
    if event.text("eventType").is_some_and(|kind| kind.starts_with("THING_")) {
        return Some(Source::IotRegistry);
    }
    if event.has_all(&["applicationArn", "records"]) {
        let record = event.get("records").and_then(Skeleton::first);
        let is_output = record.is_some_and(|record| record.has("lambdaDeliveryRecordMetadata"));
        return Some(if is_output { Source::KinesisAnalyticsOutput } else { Source::KinesisAnalyticsInput });
    }
    let found = MEMBERS.iter().find(|(members, _)| event.has_all(members));
    found.map(|(_, source)| *source)
}
