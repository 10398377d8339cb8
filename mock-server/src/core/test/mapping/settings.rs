//! Defaults and limits of each source, and what is refused by which name.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>

use super::{millis, noon, secs};
use crate::core::mapping::{Configuration, FailureDestination, SettingsError, SourceKind, StartingPosition};

const ALL: [SourceKind; 5] = [
    SourceKind::StandardQueue,
    SourceKind::FifoQueue,
    SourceKind::Kinesis,
    SourceKind::DynamoDb,
    SourceKind::Kafka,
];
const STREAMS: [SourceKind; 2] = [SourceKind::Kinesis, SourceKind::DynamoDb];

/// Nothing but what the source cannot do without.
fn least(kind: SourceKind) -> Configuration {
    let starting_position = (!kind.is_queue()).then_some(StartingPosition::Latest);
    Configuration { starting_position, ..Configuration::default() }
}

fn refused(kind: SourceKind, configuration: &Configuration) -> String {
    configuration.check(kind).unwrap_err().to_string()
}

type Set = fn(&mut Configuration, i64);

#[test]
fn defaults_are_those_of_the_source() {
    for (kind, batch_size, window) in [
        (SourceKind::StandardQueue, 10, millis(0)),
        (SourceKind::FifoQueue, 10, millis(0)),
        (SourceKind::Kinesis, 100, millis(0)),
        (SourceKind::DynamoDb, 100, millis(0)),
        (SourceKind::Kafka, 100, millis(500)),
    ] {
        let settings = least(kind).check(kind).unwrap();
        assert_eq!((settings.batch_size, settings.batching_window), (batch_size, window), "{kind:?}");
        assert_eq!((settings.retries, settings.record_age, settings.tumbling_window), (None, None, None));
        assert_eq!((settings.parallelization_factor, settings.maximum_concurrency), (1, None));
        assert_eq!(
            (settings.bisects, settings.reports_item_failures, settings.enabled),
            (false, false, true)
        );
        assert_eq!(settings.on_failure, None);
    }
}

#[test]
fn numbers_are_taken_within_their_limits_and_no_further() {
    let cases: &[(&[SourceKind], &str, Set, i64, i64)] = &[
        (&[SourceKind::FifoQueue], "BatchSize", |it, n| it.batch_size = Some(n), 1, 10),
        (
            &[SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka],
            "BatchSize",
            |it, n| it.batch_size = Some(n),
            1,
            10_000,
        ),
        (
            &[SourceKind::StandardQueue],
            "BatchSize",
            |it, n| (it.batch_size, it.maximum_batching_window_in_seconds) = (Some(n), Some(1)),
            1,
            10_000,
        ),
        (
            &[SourceKind::StandardQueue, SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka],
            "MaximumBatchingWindowInSeconds",
            |it, n| it.maximum_batching_window_in_seconds = Some(n),
            0,
            300,
        ),
        (&STREAMS, "ParallelizationFactor", |it, n| it.parallelization_factor = Some(n), 1, 10),
        (&STREAMS, "TumblingWindowInSeconds", |it, n| it.tumbling_window_in_seconds = Some(n), 0, 900),
        (&ALL[..2], "MaximumConcurrency", |it, n| it.maximum_concurrency = Some(n), 2, 1_000),
    ];
    for (kinds, field, set, min, max) in cases {
        for &kind in *kinds {
            let with = |number| {
                let mut configuration = least(kind);
                set(&mut configuration, number);
                configuration
            };
            for number in [*min, *max] {
                assert!(with(number).check(kind).is_ok(), "{kind:?} {field} {number}");
            }
            for number in [*min - 1, *max + 1, i64::MIN, i64::MAX] {
                assert_eq!(
                    refused(kind, &with(number)),
                    format!("{field} must be from {min} to {max}"),
                    "{number}"
                );
            }
        }
    }
}

#[test]
fn retries_and_ages_may_have_no_end() {
    for kind in [SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka] {
        let with = |retries, age| Configuration {
            maximum_retry_attempts: Some(retries),
            maximum_record_age_in_seconds: Some(age),
            ..least(kind)
        };
        let settings = with(-1, -1).check(kind).unwrap();
        assert_eq!((settings.retries, settings.record_age), (None, None));
        let settings = with(0, 60).check(kind).unwrap();
        assert_eq!((settings.retries, settings.record_age), (Some(0), Some(secs(60))));
        assert!(with(10_000, 604_800).check(kind).is_ok());
        for retries in [-2, 10_001] {
            assert_eq!(
                refused(kind, &with(retries, -1)),
                "MaximumRetryAttempts must be -1, or from 0 to 10000"
            );
        }
        for age in [-2, 0, 59, 604_801] {
            let expected = "MaximumRecordAgeInSeconds must be -1, or from 60 to 604800";
            assert_eq!(refused(kind, &with(-1, age)), expected, "{age}");
        }
    }
}

#[test]
fn a_great_batch_from_a_queue_needs_a_window() {
    let with = |window| Configuration {
        batch_size: Some(11),
        maximum_batching_window_in_seconds: window,
        ..Configuration::default()
    };
    assert!(with(Some(1)).check(SourceKind::StandardQueue).is_ok());
    for window in [None, Some(0)] {
        assert_eq!(
            with(window).check(SourceKind::StandardQueue),
            Err(SettingsError::WindowNeeded { batch_size: 10 })
        );
    }
}

#[test]
fn what_a_source_does_not_have_is_refused_by_its_name() {
    type Give = fn(&mut Configuration);

    let queues = &ALL[..2];
    let others: &[SourceKind] = &[SourceKind::StandardQueue, SourceKind::FifoQueue, SourceKind::Kafka];
    let cases: &[(&[SourceKind], &str, Give)] = &[
        (queues, "StartingPosition", |it| it.starting_position = Some(StartingPosition::Latest)),
        (queues, "MaximumRetryAttempts", |it| it.maximum_retry_attempts = Some(-1)),
        (queues, "MaximumRecordAgeInSeconds", |it| it.maximum_record_age_in_seconds = Some(-1)),
        (queues, "BisectBatchOnFunctionError", |it| it.bisect_batch_on_function_error = Some(false)),
        (queues, "DestinationConfig", |it| it.on_failure = Some("arn:aws:s3:::b".to_owned())),
        (others, "ParallelizationFactor", |it| it.parallelization_factor = Some(1)),
        (others, "TumblingWindowInSeconds", |it| it.tumbling_window_in_seconds = Some(0)),
        (&ALL[2..], "MaximumConcurrency", |it| it.maximum_concurrency = Some(2)),
        (&ALL[1..2], "MaximumBatchingWindowInSeconds", |it| it.maximum_batching_window_in_seconds = Some(1)),
        (&ALL[3..4], "StartingPositionTimestamp", |it| {
            it.starting_position = Some(StartingPosition::AtTimestamp(noon()));
        }),
    ];
    for (kinds, field, set) in cases {
        for &kind in *kinds {
            let mut configuration = least(kind);
            set(&mut configuration);
            let expected = format!("{field} is not supported for {}", kind.as_str());
            assert_eq!(refused(kind, &configuration), expected);
        }
    }
}

#[test]
fn reading_from_a_stream_begins_somewhere() {
    for kind in [SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka] {
        let expected = format!("StartingPosition is required for {}", kind.as_str());
        assert_eq!(refused(kind, &Configuration::default()), expected);
    }
}

#[test]
fn a_tumbling_window_is_for_one_batch_at_a_time() {
    let with = |window| Configuration {
        parallelization_factor: Some(2),
        tumbling_window_in_seconds: Some(window),
        ..least(SourceKind::Kinesis)
    };
    assert_eq!(with(0).check(SourceKind::Kinesis).unwrap().tumbling_window, None);
    let expected = "ParallelizationFactor must be 1 if there is TumblingWindowInSeconds";
    assert_eq!(refused(SourceKind::Kinesis, &with(60)), expected);
}

#[test]
fn failed_batches_go_to_standard_queues_and_topics_and_to_buckets() {
    let check = |kind, to: &str| {
        Configuration { on_failure: Some(to.to_owned()), ..least(kind) }.check(kind).map(|it| it.on_failure)
    };
    for to in
        ["arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:sns:eu-west-1:123456789012:t", "arn:aws:s3:::b"]
    {
        for kind in [SourceKind::Kinesis, SourceKind::DynamoDb, SourceKind::Kafka] {
            let expected = FailureDestination::Service(to.parse().unwrap());
            assert_eq!(check(kind, to), Ok(Some(expected)));
        }
    }
    for to in [
        "arn:aws:sqs:eu-west-1:123456789012:q.fifo",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "arn:aws:events:eu-west-1:123456789012:event-bus/b",
        "nowhere",
        "kafka://orders",
    ] {
        let destination = to.to_owned();
        let kind = SourceKind::Kinesis;
        assert_eq!(check(kind, to), Err(SettingsError::Destination { destination, kind }));
    }
    let topic = FailureDestination::Topic("orders".to_owned());
    assert_eq!(check(SourceKind::Kafka, "kafka://orders"), Ok(Some(topic)));
    assert!(check(SourceKind::Kafka, "kafka://").is_err());
}

#[test]
fn with_a_destination_there_is_an_end_to_the_retries_of_kafka() {
    for (retries, expected) in [(None, Some(10)), (Some(-1), Some(10)), (Some(3), Some(3))] {
        let configuration = Configuration {
            on_failure: Some("kafka://dead".to_owned()),
            maximum_retry_attempts: retries,
            ..least(SourceKind::Kafka)
        };
        assert_eq!(configuration.check(SourceKind::Kafka).unwrap().retries, expected);
    }
}

#[test]
fn a_queue_hides_a_message_for_as_long_as_the_function_may_run() {
    let settings = Configuration::default().check(SourceKind::StandardQueue).unwrap();
    assert_eq!(settings.check_visibility(secs(30), secs(30)), Ok(()));
    let refused = settings.check_visibility(secs(30), secs(31)).unwrap_err();
    let expected =
        "the queue's visibility timeout of 30 seconds is less than the function's timeout of 31 seconds";
    assert_eq!(refused.to_string(), expected);
}
