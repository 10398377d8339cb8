//! Typed events of the services that invoke a function.

#[cfg(feature = "types")]
#[macro_use]
mod event;

#[cfg(feature = "types")]
mod any;
#[cfg(feature = "types")]
pub mod batch;
mod borrowed;
#[cfg(any(feature = "kafka", feature = "rabbitmq"))]
mod byte_array;
#[cfg(feature = "types")]
mod detect;
#[cfg(feature = "types")]
pub mod envelope;
#[cfg(any(feature = "s3", feature = "s3_batch"))]
mod form;
#[cfg(all(feature = "types", feature = "aws"))]
mod official;
#[cfg(feature = "types")]
mod other;
#[cfg(feature = "types")]
mod parse;
#[cfg(feature = "types")]
mod read;
#[cfg(feature = "samples")]
pub mod samples;
#[cfg(feature = "types")]
mod unknown;
#[cfg(feature = "types")]
pub mod value;
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
mod window;

#[cfg(feature = "activemq")]
pub mod activemq;
#[cfg(feature = "alb")]
pub mod alb;
#[cfg(feature = "apigw")]
pub mod apigw;
#[cfg(feature = "appsync")]
pub mod appsync;
#[cfg(feature = "autoscaling")]
pub mod autoscaling;
#[cfg(feature = "bedrock")]
pub mod bedrock;
#[cfg(feature = "cloudformation")]
pub mod cloudformation;
#[cfg(feature = "cloudwatch_alarms")]
pub mod cloudwatch_alarms;
#[cfg(feature = "cloudwatch_dashboards")]
pub mod cloudwatch_dashboards;
#[cfg(feature = "cloudwatch_logs")]
pub mod cloudwatch_logs;
#[cfg(feature = "codecommit")]
pub mod codecommit;
#[cfg(feature = "codedeploy")]
pub mod codedeploy;
#[cfg(feature = "codepipeline")]
pub mod codepipeline;
#[cfg(feature = "cognito")]
pub mod cognito;
#[cfg(feature = "config")]
pub mod config;
#[cfg(feature = "connect")]
pub mod connect;
#[cfg(feature = "documentdb")]
pub mod documentdb;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "ecr")]
pub mod ecr;
#[cfg(feature = "eventbridge")]
pub mod eventbridge;
#[cfg(feature = "firehose")]
pub mod firehose;
#[cfg(feature = "iot")]
pub mod iot;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "kinesis")]
pub mod kinesis;
#[cfg(feature = "kinesis_analytics")]
pub mod kinesis_analytics;
#[cfg(feature = "lambda_destinations")]
pub mod lambda_destinations;
#[cfg(feature = "lambda_url")]
pub mod lambda_url;
#[cfg(feature = "lex")]
pub mod lex;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "s3_batch")]
pub mod s3_batch;
#[cfg(feature = "s3_object_lambda")]
pub mod s3_object_lambda;
#[cfg(feature = "secretsmanager")]
pub mod secretsmanager;
#[cfg(feature = "ses")]
pub mod ses;
#[cfg(feature = "sns")]
pub mod sns;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(feature = "transfer")]
pub mod transfer;
#[cfg(feature = "vpc_lattice")]
pub mod vpc_lattice;

#[cfg(feature = "types")]
pub use any::Event;
pub use borrowed::{Borrowed, IntoOwned};
#[cfg(feature = "types")]
pub use detect::{Source, detect};
#[cfg(all(feature = "types", feature = "aws"))]
pub use official::OfficialError;
#[cfg(feature = "types")]
pub use other::Other;
#[cfg(feature = "types")]
pub use parse::{ParseError, parse};
#[cfg(feature = "types")]
pub use read::from_slice;
#[cfg(feature = "types")]
pub use unknown::Unknown;
#[cfg(feature = "types")]
pub use value::{Int, Json, Map, Str};

/// Types for the events of nearly all sources, one module each under `event`.
#[cfg(feature = "aws")]
pub use aws_lambda_events as aws;
