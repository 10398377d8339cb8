//! Typed events of the services that invoke a function.
//!
//! Each source is a module and a feature of its name; none is on by default, and one alone brings neither dates nor HTTP along.
//!
//! ```
//! # #[cfg(feature = "sqs")] {
//! use lambda_events::sqs::Sqs;
//!
//! let json = r#"{"Records":[{"messageId":"1","body":"hello","attributes":{"SentTimestamp":"1795168800123"}}]}"#;
//! let event: Sqs<'_> = lambda_events::from_slice(json.as_bytes())?;
//! let message = &event.records[0];
//! assert_eq!(message.body, "hello");
//! assert_eq!(message.attributes.sent_timestamp.as_ref().map(|time| time.unix_millis()), Some(1_795_168_800_123));
//! assert_eq!(serde_json::to_string(&event)?, json);
//! # }
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # What the types have in common
//!
//! - They borrow from the event ([`Str`]), and [`IntoOwned`] makes them one's own. A handler of `lambda_runtime` takes
//!   `Payload<Sqs<'static>>`, by [`Borrowed`].
//! - What is written is what was read: the order of members, `null`, numbers that are text, and what the types do not know
//!   ([`Other`]). Where something takes an unusual form, [`Unknown`] tells. A number that is larger than 64 bits hold, or is written
//!   as `1E5` or `-0`, is written as the nearest `f64` is.
//! - A field is empty where its member is missing, `null`, or of another type. Only what a handler cannot do without is
//!   required: three members of an event at most.
//! - Texts of which there are a few are open enums; times are exact ([`value::Millis`], [`value::Seconds`],
//!   [`value::DateTime`]) and become those of `jiff`, `chrono` and `time` by features of these names; base64 is decoded when
//!   it is asked for.
//! - All fields are public and all types have a `Default`, so that a test can make what it needs; with the feature `samples`
//!   there are events of each source to begin with.
//!
//! # What there is beside them
//!
//! - [`batch`]: records that fail one by one (feature `batch` for the loop); [`envelope`]: what a record carries, through topics
//!   and streams (feature `envelope`) and compression (feature `gzip`).
//! - [`http`]: events of HTTP as `http::Request`, and responses as their senders take them (feature `http`).
//! - With the feature `detect`: [`detect`] tells which service sent an event, [`Event`] is an event of any source that is on, and
//!   [`parse`] gives errors for people.
//! - `aws`: the official `aws_lambda_events`, one feature for each source (`aws-sqs`), for sources without types of ours; ours
//!   of 41 types become theirs by `TryFrom` where both are on.
//!
//! # Not here
//!
//! Most details of EventBridge, which are [`Json`]. How an event reaches a handler is the
//! business of `lambda-runtime`. Without any feature this crate is [`Borrowed`] and [`IntoOwned`], and has no dependency.

#[cfg(feature = "types")]
#[macro_use]
mod event;

#[cfg(feature = "detect")]
mod any;
#[cfg(feature = "types")]
pub mod batch;
mod borrowed;
#[cfg(any(feature = "kafka", feature = "rabbitmq"))]
mod byte_array;
#[cfg(feature = "detect")]
mod detect;
#[cfg(feature = "envelope")]
pub mod envelope;
#[cfg(any(feature = "s3", feature = "s3_batch"))]
mod form;
#[cfg(feature = "http")]
pub mod http;
#[cfg(all(feature = "types", feature = "aws"))]
mod official;
#[cfg(feature = "types")]
mod other;
#[cfg(feature = "detect")]
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

#[cfg(feature = "detect")]
pub use any::Event;
pub use borrowed::{Borrowed, IntoOwned};
#[cfg(feature = "detect")]
pub use detect::{Source, detect};
#[cfg(all(feature = "types", feature = "aws"))]
pub use official::OfficialError;
#[cfg(feature = "types")]
pub use other::Other;
#[cfg(feature = "detect")]
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
