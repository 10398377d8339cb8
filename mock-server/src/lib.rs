//! A mock AWS Lambda **service**: the whole life of a function, offline, in `cargo test` or from the command
//! line.
//!
//! - [`MockLambda`] is the service, [`Function`] a function of it; [`Function::invoke`] gives an [`Outcome`].
//! - A function is a future in this process ([`FunctionBuilder::in_process`]; with tokio's paused time a
//!   15-minute time-out takes milliseconds) or any executable ([`FunctionBuilder::bootstrap`]). So are its extensions:
//!   [`FunctionBuilder::extension_in_process`], [`FunctionBuilder::extension`].
//! - [`InvokeApi`] lets unmodified clients of Lambda invoke the functions over HTTP; a [`FunctionUrl`] puts one
//!   function where a browser can open it, and a [`Front`] does so as API Gateway, a load balancer or VPC Lattice would.
//! - The [`Timeline`] has everything that happened, in order and with causes; [`Timeline::lanes`] draws it.
//! - [`MockLambda::finish`] ends a test strictly: it fails if a guest has broken a [`Rule`], and says what to do
//!   instead.
//! - [`core`] is the state machine behind it: pure, and usable by itself.
//!
//! # In scope
//!
//! - The Runtime API as AWS's own core answers it: one invocation at a time, with SnapStart
//!   ([`FunctionBuilder::snap_start`]), or many at once as on Lambda Managed Instances
//!   ([`FunctionBuilder::max_concurrency`]).
//! - The Extensions API, and the Telemetry and Logs APIs with what functions and extensions really write, over HTTP
//!   and TCP. Every record of the platform also stands in the timeline: [`Event::Telemetry`].
//! - Init, invoke, restore, reset and shutdown with their time limits; processes with captured output, a private
//!   `/tmp`, freezing, and a memory limit if wanted.
//! - The Invoke API: synchronous, queued and dry, with log tails and qualifiers, and with responses that stream
//!   ([`Function::invoke_streaming`]); function URLs ([`MockLambda::listen_url`]).
//! - HTTP APIs and REST APIs of API Gateway with their routes, load balancers, VPC Lattice ([`MockLambda::listen_front`]).
//! - Versions and aliases ([`Function::publish`]), concurrency of functions and of the account, and a queue of asynchronous
//!   invocations ([`Function::queue`]) whose records go to destinations and dead-letter queues ([`MockLambda::sink`]).
//! - Event source mappings ([`Function::map_source`]) of a [`Queue`] or a [`Stream`], and what a [`Topic`], a [`Bus`] with
//!   its rules and schedules, or a [`Bucket`] invokes.
//! - [`Timeline::lanes`] draws what happened, [`MockLambda::misuse`] names the rules that guests broke, and
//!   [`MockLambda::finish`] fails on them.
//! - The management API, with the feature `management`: functions, versions, aliases and what is configured for them; packages
//!   are unpacked into folders by `unpack`.
//! - [`Profile`]s have the quirks of other emulators.
//!
//! # Not yet
//!
//! Layers that are published over HTTP. Extensions of several environments share the loopback. CPU is not
//! limited, and the files that a function sees are this machine's, unless the command line's `--sandbox` gives it others.

mod clock;
pub mod core;
mod courier;
mod driver;
mod function;
mod guest;
mod http;
mod hub;
mod ids;
mod invocation;
mod log;
mod misuse;
mod outcome;
pub mod platform_log;
#[cfg_attr(not(unix), path = "process/absent.rs")]
mod process;
mod profile;
#[cfg(any(feature = "dynamodb-streams", feature = "kinesis", feature = "sqs"))]
mod real;
mod service;
pub mod simulation;
mod sinks;
#[cfg(feature = "state")]
mod store;
mod timeline;
mod transport;
mod triggers;
#[cfg(feature = "management")]
pub mod unpack;
mod variables;

pub use clock::PausedClock;
pub use function::{Function, FunctionBuilder, Queued, ResponseStream, StartError};
pub use http::{
    front::{Front, OpenFront},
    function_url::{Cors, FunctionUrl, InvokeMode, UrlAuth, UrlSettings},
    invoke_api::InvokeApi,
};
pub use invocation::Invocation;
pub use log::{LogFormat, LogLevel};
pub use misuse::{Misuse, Rule, Unfinished};
pub use outcome::{Outcome, Payload};
pub use profile::Profile;
pub use service::{MockLambda, ServiceBuilder};
pub use sinks::{Route, Sink, SinkError, SinkTarget, SinkTargetError, Sinks};
#[cfg(feature = "state")]
pub use store::{Store, StoreError, Written};
pub use timeline::{
    Because, Entry, EnvironmentId, Event, ExtensionEvent, Lanes, QueueEvent, Timeline, TriggerEvent, Who,
};
#[cfg(any(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
pub use triggers::ConnectError;
#[cfg(feature = "sqs")]
pub use triggers::RealQueue;
#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
pub use triggers::RealStream;
pub use triggers::{
    Bucket, Bus, EventSourceMapping, Mapping, MappingError, NewQueue, NewRule, NewStream, PutError, Queue,
    RuleError, Source, SourceError, Stream, SubscribeError, Subscription, Target, Topic,
};
