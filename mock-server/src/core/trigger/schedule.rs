//! The event of a rule of EventBridge that is due. When that is, [`core::schedule`](crate::core::schedule) says.
//!
//! Source: [scheduled rules](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html), and the
//! example event in [Lambda's guide](https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html).
//! A schedule of EventBridge Scheduler has an input of its own instead.

use super::{
    bus::{Event, Parts},
    json::{account, raw, region},
};
use crate::core::Time;

/// The event that the targets of a rule get when it is due. `id` is a UUID; account and Region are those of the rule.
///
/// It is an event of a bus like any other, so that an [`Input`](super::bus::Input) may stand in its place.
///
/// ```
/// use std::time::Duration;
///
/// use mock_server::core::{Time, trigger::schedule};
///
/// let rule = "arn:aws:events:eu-west-1:123456789012:rule/every-morning";
/// let due = Time::from_unix(Duration::from_secs(1_795_168_800));
/// let event = schedule::event(rule, "7bf73129-1428-4cd3-a780-95db273d1602", due);
/// assert_eq!(event.value()["detail-type"], "Scheduled Event");
/// assert_eq!(event.value()["time"], "2026-11-20T10:00:00Z");
/// assert_eq!(event.value()["resources"][0], rule);
/// ```
pub fn event(rule_arn: &str, id: &str, due: Time) -> Event {
    let parts = Parts {
        id,
        detail_type: "Scheduled Event",
        source: "aws.events",
        account: account(rule_arn),
        time: due,
        region: region(rule_arn),
        resources: &[rule_arn],
        detail: &raw("{}".to_owned()),
    };
    Event::of_service(&parts, due)
}
