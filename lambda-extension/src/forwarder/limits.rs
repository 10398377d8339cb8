//! How long an event leaves time for telemetry.

use std::time::Duration;

use lambda_api::extension::next::{Event, Invoke};
use tokio::time::Instant;

use crate::Extension;

/// Until when an invocation may be held up, which would time out beyond its deadline, or the end of the environment.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// For telemetry to come.
    pub(super) wait: Instant,
    /// For what is held to be shipped.
    pub(super) ship: Instant,
}

impl Limits {
    fn of(extension: &Extension, invoke: &Invoke) -> Self {
        const MARGIN: Duration = Duration::from_millis(500);
        /// Of a deadline that was told by another clock.
        const LEFT: Duration = Duration::from_secs(3);

        let left = invoke.deadline.remaining(extension.clock().now());
        let left = if left.is_zero() { LEFT } else { left };
        let margin = MARGIN.min(left / 10);
        let now = Instant::now();
        Self { wait: now + (left - margin), ship: now + (left - margin / 2) }
    }

    /// Half of the time to this moment for each.
    pub(super) fn halves(end: Instant) -> Self {
        let now = Instant::now();
        Self { wait: now + end.saturating_duration_since(now) / 2, ship: end }
    }
}

/// An event, and until when it leaves time for anything else.
pub(super) struct Coming {
    pub(super) event: Event,
    pub(super) limits: Option<Limits>,
}

impl Coming {
    /// An event that has come at this moment.
    pub(super) fn now(extension: &Extension, event: Event) -> Self {
        let limits = match &event {
            Event::Invoke(invoke) => Some(Limits::of(extension, invoke)),
            Event::Shutdown(shutdown) => Some(Limits::halves(extension.end(shutdown))),
            _ => None,
        };
        Self { event, limits }
    }
}
