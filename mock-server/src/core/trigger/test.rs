//! Tests of the events of triggers: literal texts in the shapes of AWS's documentation, whom they are for, and what is
//! refused.
//!
//! Each event that is made is read by `lambda-events`, which has its types from elsewhere, and must come out of it again as
//! it went in.

mod bucket;
mod bus;
mod filter;
mod input;
mod topic;

use std::{fmt::Debug, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schedule;
use crate::core::Time;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-west-1";
const ID: &str = "7bf73129-1428-4cd3-a780-95db273d1602";

/// 2026-11-20T10:00:00.123Z
fn at() -> Time {
    Time::from_unix(Duration::from_millis(1_795_168_800_123))
}

/// Reads JSON as a type and writes it again.
fn round_trip<'a, T: Deserialize<'a> + Serialize + Debug>(json: &'a str) -> T {
    let value: T = serde_json::from_str(json).unwrap();
    let written: Value = serde_json::to_value(&value).unwrap();
    let expected: Value = serde_json::from_str(json).unwrap();
    assert_eq!(written, expected, "{value:?}");
    value
}

#[test]
fn a_rule_that_is_due_makes_the_documented_event() {
    let rule = "arn:aws:events:eu-west-1:123456789012:rule/every-morning";
    let event = schedule::event(rule, ID, at());
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
    assert_eq!(
        event.as_str(),
        concat!(
            r#"{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"Scheduled Event","#,
            r#""source":"aws.events","account":"123456789012","time":"2026-11-20T10:00:00Z","region":"eu-west-1","#,
            r#""resources":["arn:aws:events:eu-west-1:123456789012:rule/every-morning"],"detail":{}}"#
        )
    );
    let event: lambda_events::eventbridge::EventBridge<'_> = round_trip(event.as_str());
    assert!(event.is("aws.events", "Scheduled Event"));
}
