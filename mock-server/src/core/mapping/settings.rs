//! What is configured for an event source mapping: as it is given, and as it is once it has been checked.
//!
//! [`Configuration`] has the members of the API, of which few need be there; [`Configuration::check`] makes [`Settings`]
//! of it, with the defaults of the source and within AWS's limits. Nothing else in the core checks a setting. Source:
//! [CreateEventSourceMapping](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html). Filters
//! are not in it: they are a [`Filter`](super::Filter).

use std::time::Duration;

use lambda_api::limits::event_sources as limits;

use super::settings_error::SettingsError;
use crate::core::{
    Time,
    destination::{Destination, Kind},
};

/// What a mapping reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// A standard queue.
    StandardQueue,
    /// A FIFO queue.
    FifoQueue,
    /// A Kinesis stream.
    Kinesis,
    /// The stream of a DynamoDB table.
    DynamoDb,
    /// A topic of an Apache Kafka cluster, Amazon's or one's own.
    Kafka,
}

impl SourceKind {
    /// Whether it is a queue, from which messages are deleted, and not a stream, which is read from a place on.
    pub fn is_queue(self) -> bool {
        matches!(self, Self::StandardQueue | Self::FifoQueue)
    }

    /// What it is called in a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StandardQueue => "a standard queue",
            Self::FifoQueue => "a FIFO queue",
            Self::Kinesis => "a Kinesis stream",
            Self::DynamoDb => "a DynamoDB stream",
            Self::Kafka => "a Kafka topic",
        }
    }
}

/// Where reading from a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartingPosition {
    /// With the oldest record that is there.
    TrimHorizon,
    /// With the next record that comes.
    Latest,
    /// With the first record that came at this time or later.
    AtTimestamp(Time),
}

/// What somebody has configured, by the names of the API. What is not given is left to the source's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `BatchSize`.
    pub batch_size: Option<i64>,
    /// `MaximumBatchingWindowInSeconds`.
    pub maximum_batching_window_in_seconds: Option<i64>,
    /// `StartingPosition`, with `StartingPositionTimestamp`.
    pub starting_position: Option<StartingPosition>,
    /// `MaximumRetryAttempts`; -1 for no end.
    pub maximum_retry_attempts: Option<i64>,
    /// `MaximumRecordAgeInSeconds`; -1 for no end.
    pub maximum_record_age_in_seconds: Option<i64>,
    /// `BisectBatchOnFunctionError`.
    pub bisect_batch_on_function_error: Option<bool>,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub report_batch_item_failures: bool,
    /// `ParallelizationFactor`.
    pub parallelization_factor: Option<i64>,
    /// `TumblingWindowInSeconds`; 0 for none.
    pub tumbling_window_in_seconds: Option<i64>,
    /// `ScalingConfig.MaximumConcurrency`.
    pub maximum_concurrency: Option<i64>,
    /// `DestinationConfig.OnFailure.Destination`: an ARN, or `kafka://` and a topic.
    pub on_failure: Option<String>,
    /// `Enabled`.
    pub enabled: Option<bool>,
}

/// What holds for a mapping: within the limits, with the defaults where nothing was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// What it reads from.
    pub kind: SourceKind,
    /// Records of a batch, at most.
    pub batch_size: usize,
    /// How long a batch is gathered; zero invokes as soon as there is a record.
    pub batching_window: Duration,
    /// Where reading begins. A queue has no such place.
    pub starting_position: Option<StartingPosition>,
    /// How often a batch is tried again; without an end if not set.
    pub retries: Option<u32>,
    /// How old a record may become; as old as the stream keeps it if not set.
    pub record_age: Option<Duration>,
    /// Whether a batch is split in two when the function has failed.
    pub bisects: bool,
    /// Whether the function says which records have failed.
    pub reports_item_failures: bool,
    /// Batches of one shard at once.
    pub parallelization_factor: usize,
    /// How long a tumbling window is, if there are any.
    pub tumbling_window: Option<Duration>,
    /// Batches of the queue at once, if that is limited.
    pub maximum_concurrency: Option<usize>,
    /// Where the record of a batch goes that is given up.
    pub on_failure: Option<FailureDestination>,
    /// Whether it reads at all.
    pub enabled: bool,
}

/// Where the record of a batch goes that is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureDestination {
    /// A queue, a topic of SNS, or a bucket.
    Service(Destination),
    /// A topic of the same Kafka cluster.
    Topic(String),
}

impl Configuration {
    /// What holds for a mapping of such a source.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the first member that the source does not have or that is out of its limits.
    ///
    /// ```
    /// use mock_server::core::mapping::{Configuration, SourceKind};
    ///
    /// let given = Configuration { batch_size: Some(500), ..Configuration::default() };
    /// let refused = given.check(SourceKind::StandardQueue).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "MaximumBatchingWindowInSeconds must be at least 1 if BatchSize is greater than 10"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, kind: SourceKind) -> Result<Settings, SettingsError> {
        self.check_members(kind)?;
        let sizes = match kind {
            SourceKind::StandardQueue => limits::QUEUE_BATCH_SIZE,
            SourceKind::FifoQueue => limits::FIFO_QUEUE_BATCH_SIZE,
            _ => limits::STREAM_BATCH_SIZE,
        };
        let batch_size = within("BatchSize", self.batch_size, sizes.min, sizes.max)?.unwrap_or(sizes.default);
        let tumbling =
            seconds("TumblingWindowInSeconds", self.tumbling_window_in_seconds, limits::TUMBLING_WINDOW_MAX)?;
        let concurrency = within(
            "MaximumConcurrency",
            self.maximum_concurrency,
            limits::MAXIMUM_CONCURRENCY_MIN,
            limits::MAXIMUM_CONCURRENCY_MAX,
        )?;
        let factor = self.factor(tumbling)?;
        let on_failure = self.destination(kind)?;
        Ok(Settings {
            kind,
            batch_size: to_usize(batch_size),
            batching_window: self.window(kind, batch_size)?,
            starting_position: self.position(kind)?,
            retries: self.retries(kind, on_failure.is_some())?,
            record_age: self.age()?,
            bisects: self.bisect_batch_on_function_error.unwrap_or(false),
            reports_item_failures: self.report_batch_item_failures,
            parallelization_factor: to_usize(factor),
            tumbling_window: tumbling.filter(|window| !window.is_zero()),
            maximum_concurrency: concurrency.map(to_usize),
            on_failure,
            enabled: self.enabled.unwrap_or(true),
        })
    }

    /// Refuses members that the source does not have.
    fn check_members(&self, kind: SourceKind) -> Result<(), SettingsError> {
        let only = |is_its: bool, field: &'static str, is_given: bool| {
            if is_given && !is_its { Err(SettingsError::NotSupported { field, kind }) } else { Ok(()) }
        };
        let is_queue = kind.is_queue();
        let is_stream = matches!(kind, SourceKind::Kinesis | SourceKind::DynamoDb);
        only(!is_queue, "StartingPosition", self.starting_position.is_some())?;
        only(!is_queue, "MaximumRetryAttempts", self.maximum_retry_attempts.is_some())?;
        only(!is_queue, "MaximumRecordAgeInSeconds", self.maximum_record_age_in_seconds.is_some())?;
        only(!is_queue, "BisectBatchOnFunctionError", self.bisect_batch_on_function_error.is_some())?;
        only(!is_queue, "DestinationConfig", self.on_failure.is_some())?;
        only(is_stream, "ParallelizationFactor", self.parallelization_factor.is_some())?;
        only(is_stream, "TumblingWindowInSeconds", self.tumbling_window_in_seconds.is_some())?;
        only(is_queue, "MaximumConcurrency", self.maximum_concurrency.is_some())
    }

    fn window(&self, kind: SourceKind, batch_size: u32) -> Result<Duration, SettingsError> {
        const FIELD: &str = "MaximumBatchingWindowInSeconds";
        let given = self.maximum_batching_window_in_seconds;
        let window = seconds(FIELD, given, limits::BATCHING_WINDOW.max)?;
        if kind == SourceKind::FifoQueue && window.is_some_and(|window| !window.is_zero()) {
            return Err(SettingsError::NotSupported { field: FIELD, kind });
        }
        let default = match kind {
            SourceKind::Kafka => limits::KAFKA_BATCHING_WINDOW_DEFAULT,
            _ => limits::BATCHING_WINDOW.default,
        };
        let window = window.unwrap_or(default);
        if kind.is_queue() && window.is_zero() && batch_size > limits::QUEUE_BATCH_SIZE_WITHOUT_WINDOW {
            return Err(SettingsError::WindowNeeded { batch_size: limits::QUEUE_BATCH_SIZE_WITHOUT_WINDOW });
        }
        Ok(window)
    }

    fn position(&self, kind: SourceKind) -> Result<Option<StartingPosition>, SettingsError> {
        match self.starting_position {
            None if !kind.is_queue() => Err(SettingsError::Missing { field: "StartingPosition", kind }),
            Some(StartingPosition::AtTimestamp(_)) if kind == SourceKind::DynamoDb => {
                Err(SettingsError::NotSupported { field: "StartingPositionTimestamp", kind })
            }
            position => Ok(position),
        }
    }

    fn retries(&self, kind: SourceKind, has_destination: bool) -> Result<Option<u32>, SettingsError> {
        const FIELD: &str = "MaximumRetryAttempts";
        let most = limits::BATCH_RETRIES_MAX;
        match self.maximum_retry_attempts {
            None | Some(-1) if kind == SourceKind::Kafka && has_destination => {
                Ok(Some(limits::KAFKA_RETRIES_WITH_DESTINATION))
            }
            None | Some(-1) => Ok(None),
            given => within(FIELD, given, 0, most).map_err(|_| SettingsError::OutOfRangeOrEndless {
                field: FIELD,
                least: 0,
                most: most.into(),
            }),
        }
    }

    fn age(&self) -> Result<Option<Duration>, SettingsError> {
        let (least, most) = (limits::RECORD_AGE_MIN.as_secs(), limits::RECORD_AGE_MAX.as_secs());
        match self.maximum_record_age_in_seconds {
            None | Some(-1) => Ok(None),
            Some(given) => match u64::try_from(given) {
                Ok(given) if (least..=most).contains(&given) => Ok(Some(Duration::from_secs(given))),
                _ => Err(SettingsError::OutOfRangeOrEndless {
                    field: "MaximumRecordAgeInSeconds",
                    least,
                    most,
                }),
            },
        }
    }

    fn factor(&self, tumbling: Option<Duration>) -> Result<u32, SettingsError> {
        const FIELD: &str = "ParallelizationFactor";
        let range = limits::PARALLELIZATION_FACTOR;
        let factor =
            within(FIELD, self.parallelization_factor, range.min, range.max)?.unwrap_or(range.default);
        if factor > 1 && tumbling.is_some_and(|window| !window.is_zero()) {
            return Err(SettingsError::Conflict { field: FIELD, other: "TumblingWindowInSeconds" });
        }
        Ok(factor)
    }

    fn destination(&self, kind: SourceKind) -> Result<Option<FailureDestination>, SettingsError> {
        let Some(text) = &self.on_failure else { return Ok(None) };
        let refused = || SettingsError::Destination { destination: text.clone(), kind };
        if let Some(topic) = text.strip_prefix("kafka://") {
            let is_taken = kind == SourceKind::Kafka && !topic.is_empty();
            return if is_taken {
                Ok(Some(FailureDestination::Topic(topic.to_owned())))
            } else {
                Err(refused())
            };
        }
        let destination: Destination = text.parse().map_err(|_| refused())?;
        let is_taken = matches!(destination.kind(), Kind::Queue | Kind::Topic | Kind::Bucket);
        if is_taken && !destination.is_fifo() {
            Ok(Some(FailureDestination::Service(destination)))
        } else {
            Err(refused())
        }
    }
}

fn within(
    field: &'static str,
    given: Option<i64>,
    least: u32,
    most: u32,
) -> Result<Option<u32>, SettingsError> {
    let Some(given) = given else { return Ok(None) };
    match u32::try_from(given) {
        Ok(given) if (least..=most).contains(&given) => Ok(Some(given)),
        _ => Err(SettingsError::OutOfRange { field, least: least.into(), most: most.into() }),
    }
}

fn seconds(
    field: &'static str,
    given: Option<i64>,
    most: Duration,
) -> Result<Option<Duration>, SettingsError> {
    let most = u32::try_from(most.as_secs()).unwrap_or(u32::MAX);
    Ok(within(field, given, 0, most)?.map(|seconds| Duration::from_secs(seconds.into())))
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Settings {
    /// Whether a queue hides a message for long enough: at least as long as the function may run, as
    /// [AWS asks for](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
    ///
    /// # Errors
    ///
    /// [`SettingsError::VisibilityTimeout`] if a message would be received again while the function still runs.
    pub fn check_visibility(&self, visibility: Duration, timeout: Duration) -> Result<(), SettingsError> {
        if self.kind.is_queue() && visibility < timeout {
            Err(SettingsError::VisibilityTimeout {
                visibility: visibility.as_secs(),
                timeout: timeout.as_secs(),
            })
        } else {
            Ok(())
        }
    }
}
