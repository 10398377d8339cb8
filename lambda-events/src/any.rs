//! An event of any source that is on, for functions that several services invoke.

use crate::{Json, ParseError, Source, detect, parse};

macro_rules! any {
    ($($feature:literal $variant:ident($type:ty);)*) => {
        /// An event of any source that is on.
        ///
        /// ```
        /// # #[cfg(feature = "sqs")] {
        /// use lambda_events::Event;
        ///
        /// match Event::parse(br#"{"Records":[{"messageId":"1","body":"hello","eventSource":"aws:sqs"}]}"#)? {
        ///     Event::Sqs(event) => assert_eq!(event.records.len(), 1),
        ///     Event::Other(json) => println!("something else: {} members", json.as_object().map_or(0, |json| json.len())),
        ///     event => println!("of {:?}", event.source()),
        /// }
        /// # }
        /// # Ok::<(), lambda_events::ParseError>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $(
                #[doc = concat!("Of [`Source::", stringify!($variant), "`].")]
                #[cfg(feature = $feature)]
                $variant(Box<$type>),
            )*
            /// One of no source that is on, or of none at all.
            Other(Json<'a>),
        }

        impl<'a> Event<'a> {
            /// Finds out which service sent an event, and reads it as that.
            ///
            /// # Errors
            ///
            /// [`ParseError`] if it is no JSON, or lacks what an event of its service cannot be without.
            pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
                match detect(bytes) {
                    $(
                        #[cfg(feature = $feature)]
                        Some(Source::$variant) => parse(bytes).map(|event| Self::$variant(Box::new(event))),
                    )*
                    _ => parse(bytes).map(Self::Other),
                }
            }

            /// Which service sent it; `None` for one of no source that is on.
            pub fn source(&self) -> Option<Source> {
                match self {
                    $(
                        #[cfg(feature = $feature)]
                        Self::$variant(_) => Some(Source::$variant),
                    )*
                    Self::Other(_) => None,
                }
            }
        }

        impl Source {
            /// The type of this crate that its events have: `sqs::Sqs`.
            pub fn type_name(self) -> &'static str {
                const ALL: &[(Source, &str)] = &[$((Source::$variant, stringify!($type)),)*];

                let found = ALL.iter().find(|(source, _)| *source == self).map_or("", |(_, name)| *name);
                let name = found.split('<').next().unwrap_or_default();
                name.trim().strip_prefix("crate::").unwrap_or(name)
            }
        }

        impl crate::IntoOwned for Event<'_> {
            type Owned = Event<'static>;

            fn into_owned(self) -> Event<'static> {
                match self {
                    $(
                        #[cfg(feature = $feature)]
                        Self::$variant(event) => Event::$variant(event.into_owned()),
                    )*
                    Self::Other(json) => Event::Other(json.into_owned()),
                }
            }
        }

        impl crate::Borrowed for Event<'static> {
            type Of<'a> = Event<'a>;
        }

        impl serde::Serialize for Event<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(
                        #[cfg(feature = $feature)]
                        Self::$variant(event) => event.serialize(serializer),
                    )*
                    Self::Other(json) => json.serialize(serializer),
                }
            }
        }
    };
}

any! {
    "activemq" ActiveMq(crate::activemq::ActiveMq<'a>);
    "alb" Alb(crate::alb::AlbRequest<'a>);
    "apigw" ApiGatewayTokenAuthorizer(crate::apigw::TokenAuthorizerRequest<'a>);
    "apigw" ApiGatewayRestAuthorizer(crate::apigw::RestAuthorizerRequest<'a>);
    "apigw" ApiGatewayHttpAuthorizer(crate::apigw::HttpAuthorizerRequest<'a>);
    "apigw" ApiGatewayWebSocketAuthorizer(crate::apigw::WebSocketAuthorizerRequest<'a>);
    "apigw" ApiGatewayHttp(crate::apigw::HttpRequest<'a>);
    "apigw" ApiGatewayRest(crate::apigw::RestRequest<'a>);
    "apigw" ApiGatewayWebSocket(crate::apigw::WebSocketRequest<'a>);
    "appsync" AppSync(crate::appsync::AppSync<'a>);
    "appsync" AppSyncBatch(crate::appsync::BatchResolver<'a>);
    "appsync" AppSyncAuthorizer(crate::appsync::Authorizer<'a>);
    "appsync" AppSyncEvents(crate::appsync::ChannelEvent<'a>);
    "appsync" AppSyncEventsAuthorizer(crate::appsync::ChannelAuthorizer<'a>);
    "autoscaling" AutoScaling(crate::autoscaling::TerminationPolicy<'a>);
    "bedrock" BedrockApi(crate::bedrock::ApiAction<'a>);
    "bedrock" BedrockFunction(crate::bedrock::FunctionAction<'a>);
    "cloudformation" CloudFormation(crate::cloudformation::CustomResource<'a>);
    "cloudformation" CloudFormationHook(crate::cloudformation::Hook<'a>);
    "cloudformation" CloudFormationMacro(crate::cloudformation::Macro<'a>);
    "cloudwatch_alarms" CloudWatchAlarm(crate::cloudwatch_alarms::CloudWatchAlarm<'a>);
    "cloudwatch_dashboards" CloudWatchDashboard(crate::cloudwatch_dashboards::CustomWidget<'a>);
    "cloudwatch_logs" CloudWatchLogs(crate::cloudwatch_logs::CloudWatchLogs<'a>);
    "codecommit" CodeCommit(crate::codecommit::CodeCommit<'a>);
    "codedeploy" CodeDeploy(crate::codedeploy::CodeDeploy<'a>);
    "codepipeline" CodePipeline(crate::codepipeline::CodePipeline<'a>);
    "cognito" Cognito(crate::cognito::Trigger<'a>);
    "config" Config(crate::config::Config<'a>);
    "connect" Connect(crate::connect::Connect<'a>);
    "documentdb" DocumentDb(crate::documentdb::DocumentDb<'a>);
    "dynamodb" DynamoDb(crate::dynamodb::DynamoDb<'a>);
    "eventbridge" EventBridge(crate::eventbridge::EventBridge<'a>);
    "firehose" Firehose(crate::firehose::Firehose<'a>);
    "firehose" FirehoseMsk(crate::firehose::MskFirehose<'a>);
    "iot" IotAuthorizer(crate::iot::IotAuthorizer<'a>);
    "iot" IotProvisioning(crate::iot::PreProvisioning<'a>);
    "iot" IotRegistry(crate::iot::Registry<'a>);
    "kafka" Kafka(crate::kafka::Kafka<'a>);
    "kinesis" Kinesis(crate::kinesis::Kinesis<'a>);
    "kinesis_analytics" KinesisAnalyticsInput(crate::kinesis_analytics::InputPreprocessing<'a>);
    "kinesis_analytics" KinesisAnalyticsOutput(crate::kinesis_analytics::OutputDelivery<'a>);
    "lambda_destinations" LambdaDestination(crate::lambda_destinations::InvocationRecord<'a>);
    "lambda_destinations" LambdaFailedBatch(crate::lambda_destinations::FailedBatch<'a>);
    "lambda_url" LambdaUrl(crate::lambda_url::UrlRequest<'a>);
    "lex" Lex(crate::lex::Lex<'a>);
    "rabbitmq" RabbitMq(crate::rabbitmq::RabbitMq<'a>);
    "s3" S3(crate::s3::S3<'a>);
    "s3" S3Test(crate::s3::TestEvent<'a>);
    "s3_batch" S3Batch(crate::s3_batch::S3Batch<'a>);
    "s3_object_lambda" S3ObjectLambda(crate::s3_object_lambda::S3ObjectLambda<'a>);
    "secretsmanager" SecretsManager(crate::secretsmanager::Rotation<'a>);
    "ses" Ses(crate::ses::Ses<'a>);
    "sns" Sns(crate::sns::Sns<'a>);
    "sqs" Sqs(crate::sqs::Sqs<'a>);
    "transfer" Transfer(crate::transfer::TransferLogin<'a>);
    "vpc_lattice" VpcLatticeV1(crate::vpc_lattice::LatticeRequestV1<'a>);
    "vpc_lattice" VpcLatticeV2(crate::vpc_lattice::LatticeRequest<'a>);
}
