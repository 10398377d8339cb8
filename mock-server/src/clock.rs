//! The service's clock, and the check that virtual time is not mixed with real sockets and processes.

use std::time::{Duration, SystemTime};

use lambda_api::transport::Clock;
use tokio::time::Instant;

/// Tokio's time is paused, and a socket or a process was asked for.
///
/// A paused runtime jumps to its next timer whenever it has nothing else to do, and waiting for a socket or
/// a process counts as nothing: every call would seem to take for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "tokio's time is paused, which does not go together with sockets and processes: \
     run the function in process, or let time flow"
)]
#[non_exhaustive]
pub struct PausedClock;

/// A clock that stands at the wall time now and moves with tokio's time.
pub(crate) fn start() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "read once for a service; all other times follow from it")]
    let now = SystemTime::now();
    Clock::anchored(Instant::now(), now)
}

/// Whether tokio's time stands still. Tokio does not tell, so the operating system's clock is watched until
/// it has moved for certain.
pub(crate) fn is_paused() -> bool {
    /// Far more than the resolution of either clock.
    const MOVED: Duration = Duration::from_micros(20);

    let tokio_time = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "compares the two clocks")]
    let system_time = std::time::Instant::now();
    while system_time.elapsed() < MOVED {
        std::hint::spin_loop();
    }
    Instant::now() == tokio_time
}

#[cfg(test)]
mod test {
    use super::*;

    #[tokio::test]
    async fn flowing_time_is_not_paused() {
        assert!(!is_paused());
    }

    #[tokio::test(start_paused = true)]
    async fn paused_time_is_noticed() {
        assert!(is_paused());
        tokio::time::resume();
        assert!(!is_paused());
    }
}
