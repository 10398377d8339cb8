//! Which service sent an event, from its shape alone.
//!
//! The event is read once, from front to back: names of members down to a certain depth, the first element of arrays, and texts
//! (`skeleton`). No more of it is looked at than is needed: an event with `Records` is known by the first of them. What tells
//! the services apart is in `rules`.

mod rules;
mod skeleton;

/// A service that invokes functions, as far as the shapes of its events differ from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Amazon MQ for ActiveMQ.
    ActiveMq,
    /// Application Load Balancer.
    Alb,
    /// API Gateway, an authorizer of a REST API that gets a token.
    ApiGatewayTokenAuthorizer,
    /// API Gateway, an authorizer of a REST API, or of an HTTP API with format 1.0, that gets the request.
    ApiGatewayRestAuthorizer,
    /// API Gateway, an authorizer of an HTTP API with format 2.0.
    ApiGatewayHttpAuthorizer,
    /// API Gateway, an authorizer of a WebSocket API.
    ApiGatewayWebSocketAuthorizer,
    /// API Gateway, an HTTP API with payload format 2.0.
    ApiGatewayHttp,
    /// API Gateway, a REST API, or an HTTP API with payload format 1.0.
    ApiGatewayRest,
    /// API Gateway, a WebSocket API.
    ApiGatewayWebSocket,
    /// AppSync, a resolver.
    AppSync,
    /// AppSync, a resolver of several fields at once.
    AppSyncBatch,
    /// AppSync, an authorizer.
    AppSyncAuthorizer,
    /// AppSync Events, a channel.
    AppSyncEvents,
    /// AppSync Events, an authorizer.
    AppSyncEventsAuthorizer,
    /// EC2 Auto Scaling, a termination policy.
    AutoScaling,
    /// Bedrock agents, an action with an API schema.
    BedrockApi,
    /// Bedrock agents, an action with function details.
    BedrockFunction,
    /// CloudFormation, a custom resource.
    CloudFormation,
    /// CloudFormation, a macro.
    CloudFormationMacro,
    /// CloudFormation, a hook.
    CloudFormationHook,
    /// CloudWatch, an alarm.
    CloudWatchAlarm,
    /// CloudWatch, a custom widget of a dashboard.
    CloudWatchDashboard,
    /// CloudWatch Logs.
    CloudWatchLogs,
    /// CodeCommit.
    CodeCommit,
    /// CodeDeploy, a lifecycle hook.
    CodeDeploy,
    /// CodePipeline, a job.
    CodePipeline,
    /// Cognito, a trigger of a user pool.
    Cognito,
    /// Config, a rule.
    Config,
    /// Connect, a contact flow.
    Connect,
    /// DocumentDB.
    DocumentDb,
    /// DynamoDB Streams.
    DynamoDb,
    /// EventBridge, with the envelope.
    EventBridge,
    /// Data Firehose.
    Firehose,
    /// Data Firehose, from Amazon MSK.
    FirehoseMsk,
    /// IoT Core, an authorizer.
    IotAuthorizer,
    /// IoT Core, a hook before a thing is provisioned.
    IotProvisioning,
    /// IoT Core, a change in the registry.
    IotRegistry,
    /// Kafka: Amazon MSK or a cluster of one's own.
    Kafka,
    /// Kinesis Data Streams.
    Kinesis,
    /// Kinesis Data Analytics, preprocessing.
    KinesisAnalyticsInput,
    /// Kinesis Data Analytics, output.
    KinesisAnalyticsOutput,
    /// Lambda, a record of an invocation that is over.
    LambdaDestination,
    /// Lambda, a record of a batch that has failed.
    LambdaFailedBatch,
    /// Lambda, a function URL.
    LambdaUrl,
    /// Lex V2.
    Lex,
    /// Amazon MQ for RabbitMQ.
    RabbitMq,
    /// S3, a notification.
    S3,
    /// S3, the message that tests a notification's destination.
    S3Test,
    /// S3 Batch Operations.
    S3Batch,
    /// S3 Object Lambda.
    S3ObjectLambda,
    /// Secrets Manager, a step of a rotation.
    SecretsManager,
    /// SES, mail.
    Ses,
    /// SNS.
    Sns,
    /// SQS.
    Sqs,
    /// Transfer Family, an identity.
    Transfer,
    /// VPC Lattice, version 1 of the event.
    VpcLatticeV1,
    /// VPC Lattice, version 2 of the event.
    VpcLatticeV2,
}

/// Finds out which service sent an event; `None` if it is none of these, or no JSON.
///
/// What is asked for is the shape: an event that somebody has made by hand is known as well.
///
/// ```
/// use lambda_events::{Source, detect};
///
/// let event = br#"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"hello"}}]}"#;
/// assert_eq!(detect(event), Some(Source::Sns));
/// assert_eq!(detect(br#"{"n":21}"#), None);
/// ```
pub fn detect(event: &[u8]) -> Option<Source> {
    rules::source(&skeleton::read(event)?)
}

impl Source {
    /// The module of this crate that has its types.
    pub fn module(self) -> &'static str {
        match self {
            Self::ActiveMq => "activemq",
            Self::Alb => "alb",
            Self::ApiGatewayTokenAuthorizer
            | Self::ApiGatewayRestAuthorizer
            | Self::ApiGatewayHttpAuthorizer
            | Self::ApiGatewayWebSocketAuthorizer
            | Self::ApiGatewayHttp
            | Self::ApiGatewayRest
            | Self::ApiGatewayWebSocket => "apigw",
            Self::AppSync
            | Self::AppSyncBatch
            | Self::AppSyncAuthorizer
            | Self::AppSyncEvents
            | Self::AppSyncEventsAuthorizer => "appsync",
            Self::AutoScaling => "autoscaling",
            Self::BedrockApi | Self::BedrockFunction => "bedrock",
            Self::CloudFormation | Self::CloudFormationHook | Self::CloudFormationMacro => "cloudformation",
            Self::CloudWatchAlarm => "cloudwatch_alarms",
            Self::CloudWatchDashboard => "cloudwatch_dashboards",
            Self::CloudWatchLogs => "cloudwatch_logs",
            Self::CodeCommit => "codecommit",
            Self::CodeDeploy => "codedeploy",
            Self::CodePipeline => "codepipeline",
            Self::Cognito => "cognito",
            Self::Config => "config",
            Self::Connect => "connect",
            Self::DocumentDb => "documentdb",
            Self::DynamoDb => "dynamodb",
            Self::EventBridge => "eventbridge",
            Self::Firehose | Self::FirehoseMsk => "firehose",
            Self::IotAuthorizer | Self::IotProvisioning | Self::IotRegistry => "iot",
            Self::Kafka => "kafka",
            Self::Kinesis => "kinesis",
            Self::KinesisAnalyticsInput | Self::KinesisAnalyticsOutput => "kinesis_analytics",
            Self::LambdaDestination | Self::LambdaFailedBatch => "lambda_destinations",
            Self::LambdaUrl => "lambda_url",
            Self::Lex => "lex",
            Self::RabbitMq => "rabbitmq",
            Self::S3 | Self::S3Test => "s3",
            Self::S3Batch => "s3_batch",
            Self::S3ObjectLambda => "s3_object_lambda",
            Self::SecretsManager => "secretsmanager",
            Self::Ses => "ses",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Transfer => "transfer",
            Self::VpcLatticeV1 | Self::VpcLatticeV2 => "vpc_lattice",
        }
    }

    /// What people call it: `Amazon SNS`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ActiveMq => "Amazon MQ for ActiveMQ",
            Self::Alb => "an Application Load Balancer",
            Self::ApiGatewayTokenAuthorizer => "API Gateway (a token authorizer)",
            Self::ApiGatewayRestAuthorizer => "API Gateway (an authorizer of a REST API)",
            Self::ApiGatewayHttpAuthorizer => "API Gateway (an authorizer of an HTTP API)",
            Self::ApiGatewayWebSocketAuthorizer => "API Gateway (an authorizer of a WebSocket API)",
            Self::ApiGatewayHttp => "API Gateway (an HTTP API)",
            Self::ApiGatewayRest => "API Gateway (a REST API)",
            Self::ApiGatewayWebSocket => "API Gateway (a WebSocket API)",
            Self::AppSync => "AWS AppSync",
            Self::AppSyncBatch => "AWS AppSync (a batch)",
            Self::AppSyncAuthorizer => "AWS AppSync (an authorizer)",
            Self::AppSyncEvents => "AWS AppSync Events",
            Self::AppSyncEventsAuthorizer => "AWS AppSync Events (an authorizer)",
            Self::AutoScaling => "EC2 Auto Scaling",
            Self::BedrockApi => "Amazon Bedrock (an API)",
            Self::BedrockFunction => "Amazon Bedrock (a function)",
            Self::CloudFormation => "AWS CloudFormation (a custom resource)",
            Self::CloudFormationHook => "AWS CloudFormation (a hook)",
            Self::CloudFormationMacro => "AWS CloudFormation (a macro)",
            Self::CloudWatchAlarm => "an alarm of Amazon CloudWatch",
            Self::CloudWatchDashboard => "a dashboard of Amazon CloudWatch",
            Self::CloudWatchLogs => "Amazon CloudWatch Logs",
            Self::CodeCommit => "AWS CodeCommit",
            Self::CodeDeploy => "AWS CodeDeploy",
            Self::CodePipeline => "AWS CodePipeline",
            Self::Cognito => "Amazon Cognito",
            Self::Config => "AWS Config",
            Self::Connect => "Amazon Connect",
            Self::DocumentDb => "Amazon DocumentDB",
            Self::DynamoDb => "Amazon DynamoDB",
            Self::EventBridge => "Amazon EventBridge",
            Self::Firehose => "Amazon Data Firehose",
            Self::FirehoseMsk => "Amazon Data Firehose (from Amazon MSK)",
            Self::IotAuthorizer => "AWS IoT Core (an authorizer)",
            Self::IotProvisioning => "AWS IoT Core (provisioning)",
            Self::IotRegistry => "AWS IoT Core (the registry)",
            Self::Kafka => "Apache Kafka",
            Self::Kinesis => "Amazon Kinesis",
            Self::KinesisAnalyticsInput => "Kinesis Data Analytics (preprocessing)",
            Self::KinesisAnalyticsOutput => "Kinesis Data Analytics (output)",
            Self::LambdaDestination => "AWS Lambda (a destination)",
            Self::LambdaFailedBatch => "AWS Lambda (a failed batch)",
            Self::LambdaUrl => "a function URL",
            Self::Lex => "Amazon Lex",
            Self::RabbitMq => "Amazon MQ for RabbitMQ",
            Self::S3 => "Amazon S3",
            Self::S3Test => "Amazon S3 (a test of a notification)",
            Self::S3Batch => "Amazon S3 Batch Operations",
            Self::S3ObjectLambda => "Amazon S3 Object Lambda",
            Self::SecretsManager => "AWS Secrets Manager",
            Self::Ses => "Amazon SES",
            Self::Sns => "Amazon SNS",
            Self::Sqs => "Amazon SQS",
            Self::Transfer => "AWS Transfer Family",
            Self::VpcLatticeV1 => "Amazon VPC Lattice (version 1)",
            Self::VpcLatticeV2 => "Amazon VPC Lattice (version 2)",
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
