//! The types of events against events: what the services send, and what nobody should send.

mod batch;
mod detect;
// It holds all types against those of `aws_lambda_events`.
#[cfg(all(
    feature = "all",
    feature = "gzip",
    feature = "aws-activemq",
    feature = "aws-alb",
    feature = "aws-apigw",
    feature = "aws-appsync",
    feature = "aws-cloudwatch-alarms",
    feature = "aws-cloudwatch-events",
    feature = "aws-cloudwatch-logs",
    feature = "aws-codebuild",
    feature = "aws-cognito",
    feature = "aws-connect",
    feature = "aws-dynamodb",
    feature = "aws-eventbridge",
    feature = "aws-firehose",
    feature = "aws-kafka",
    feature = "aws-kinesis",
    feature = "aws-rabbitmq",
    feature = "aws-ses",
    feature = "aws-sqs"
))]
mod mistakes;
mod mutations;
mod round_trip;
mod templates;
mod times;
