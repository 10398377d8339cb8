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
}
