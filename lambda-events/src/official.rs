//! Ours as the official types of `aws_lambda_events`, so that one can move step by step: features of both have to be on.
//!
//! An event is written and read again. What the official type does not keep is lost there, and what it cannot read is an error.

/// An event cannot be read by the official type.
#[derive(Debug, thiserror::Error)]
#[error("the official type does not take the event")]
pub struct OfficialError(#[source] serde_json::Error);

macro_rules! official {
    ($($ours_feature:literal $ours:ty, $feature:literal $official:ty;)*) => {$(
        #[cfg(all(feature = $ours_feature, feature = $feature))]
        impl TryFrom<&$ours> for $official {
            type Error = OfficialError;

            fn try_from(event: &$ours) -> Result<Self, OfficialError> {
                let json = serde_json::to_string(event).map_err(OfficialError)?;
                serde_json::from_str(&json).map_err(OfficialError)
            }
        }
    )*};
}

official! {
    "activemq" crate::activemq::ActiveMq<'_>, "aws-activemq" crate::aws::event::activemq::ActiveMqEvent;
    "alb" crate::alb::AlbRequest<'_>, "aws-alb" crate::aws::event::alb::AlbTargetGroupRequest;
    "apigw" crate::apigw::HttpRequest<'_>, "aws-apigw" crate::aws::event::apigw::ApiGatewayV2httpRequest;
    "apigw" crate::apigw::RestRequest<'_>, "aws-apigw" crate::aws::event::apigw::ApiGatewayProxyRequest;
    "apigw" crate::apigw::WebSocketRequest<'_>, "aws-apigw" crate::aws::event::apigw::ApiGatewayWebsocketProxyRequest;
    "cloudwatch_logs" crate::cloudwatch_logs::CloudWatchLogs<'_>, "aws-cloudwatch-logs" crate::aws::event::cloudwatch_logs::LogsEvent;
    "connect" crate::connect::Connect<'_>, "aws-connect" crate::aws::event::connect::ConnectEvent;
    "dynamodb" crate::dynamodb::DynamoDb<'_>, "aws-dynamodb" crate::aws::event::dynamodb::Event;
    "eventbridge" crate::eventbridge::EventBridge<'_>, "aws-eventbridge" crate::aws::event::eventbridge::EventBridgeEvent;
    "firehose" crate::firehose::Firehose<'_>, "aws-firehose" crate::aws::event::firehose::KinesisFirehoseEvent;
    "kafka" crate::kafka::Kafka<'_>, "aws-kafka" crate::aws::event::kafka::KafkaEvent;
    "kinesis" crate::kinesis::Kinesis<'_>, "aws-kinesis" crate::aws::event::kinesis::KinesisEvent;
    "lambda_url" crate::lambda_url::UrlRequest<'_>, "aws-lambda-function-urls" crate::aws::event::lambda_function_urls::LambdaFunctionUrlRequest;
    "rabbitmq" crate::rabbitmq::RabbitMq<'_>, "aws-rabbitmq" crate::aws::event::rabbitmq::RabbitMqEvent;
    "s3" crate::s3::S3<'_>, "aws-s3" crate::aws::event::s3::S3Event;
    "secretsmanager" crate::secretsmanager::Rotation<'_>, "aws-secretsmanager" crate::aws::event::secretsmanager::SecretsManagerSecretRotationEvent;
    "ses" crate::ses::Ses<'_>, "aws-ses" crate::aws::event::ses::SimpleEmailEvent;
    "sns" crate::sns::Sns<'_>, "aws-sns" crate::aws::event::sns::SnsEvent;
    "sqs" crate::sqs::Sqs<'_>, "aws-sqs" crate::aws::event::sqs::SqsEvent;
    "codecommit" crate::codecommit::CodeCommit<'_>, "aws-code-commit" crate::aws::event::code_commit::CodeCommitEvent;
    "codepipeline" crate::codepipeline::CodePipeline<'_>, "aws-codepipeline-job" crate::aws::event::codepipeline_job::CodePipelineJobEvent;
    "cognito" crate::cognito::CreateAuthChallenge<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsCreateAuthChallenge;
    "cognito" crate::cognito::CustomMessage<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsCustomMessage;
    "cognito" crate::cognito::DefineAuthChallenge<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsDefineAuthChallenge;
    "cognito" crate::cognito::PostAuthentication<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPostAuthentication;
    "cognito" crate::cognito::PostConfirmation<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPostConfirmation;
    "cognito" crate::cognito::PreAuthentication<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPreAuthentication;
    "cognito" crate::cognito::PreSignUp<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPreSignup;
    "cognito" crate::cognito::PreTokenGeneration<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPreTokenGen;
    "cognito" crate::cognito::PreTokenGenerationV2<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsPreTokenGenV2;
    "cognito" crate::cognito::UserMigration<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsMigrateUser;
    "cognito" crate::cognito::VerifyAuthChallenge<'_>, "aws-cognito" crate::aws::event::cognito::CognitoEventUserPoolsVerifyAuthChallenge;
    "config" crate::config::Config<'_>, "aws-config" crate::aws::event::config::ConfigEvent;
    "documentdb" crate::documentdb::DocumentDb<'_>, "aws-documentdb" crate::aws::event::documentdb::DocumentDbEvent;
    "dynamodb" crate::dynamodb::WindowedDynamoDb<'_>, "aws-dynamodb" crate::aws::event::dynamodb::TimeWindowEvent;
    "iot" crate::iot::IotAuthorizer<'_>, "aws-iot" crate::aws::event::iot::IoTCoreCustomAuthorizerRequest;
    "kinesis" crate::kinesis::WindowedKinesis<'_>, "aws-kinesis" crate::aws::event::kinesis::KinesisTimeWindowEvent;
    "s3_batch" crate::s3_batch::S3Batch<'_>, "aws-s3-batch-job" crate::aws::event::s3::batch_job::S3BatchJobEvent;
    "s3_object_lambda" crate::s3_object_lambda::S3ObjectLambda<'_>, "aws-s3" crate::aws::event::s3::object_lambda::S3ObjectLambdaEvent;
    "vpc_lattice" crate::vpc_lattice::LatticeRequest<'_>, "aws-vpc-lattice" crate::aws::event::vpc_lattice::VpcLatticeRequestV2;
    "vpc_lattice" crate::vpc_lattice::LatticeRequestV1<'_>, "aws-vpc-lattice" crate::aws::event::vpc_lattice::VpcLatticeRequestV1;
}
