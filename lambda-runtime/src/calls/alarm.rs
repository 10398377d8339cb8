//! A time limit for one call after the other, with one timer that is set anew only when it has to be.
//!
//! A timer for each call would be set and taken back each time, and for each that is set tokio writes to itself. This one
//! stays set: for a call whose time ends later it rings too early, once, and is then set to the right time. It may also ring
//! when no call is made, which costs one poll.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use lambda_api::transport::Clock;
use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

/// How much longer than the invocation its answer may take.
const GRACE: Duration = Duration::from_secs(5);

/// When an invocation is over, by which clock.
#[derive(Clone, Copy)]
pub(crate) struct End<'a> {
    deadline: SystemTime,
    clock: &'a Clock,
}

impl<'a> End<'a> {
    pub(crate) fn new(deadline: SystemTime, clock: &'a Clock) -> Self {
        Self { deadline, clock }
    }

    /// After so much time.
    pub(crate) fn after(time: Duration, clock: &'a Clock) -> Self {
        Self::new(clock.now() + time, clock)
    }
}

/// The timer of one poller.
#[derive(Default)]
pub(super) struct Alarm {
    set: Option<Set>,
}

struct Set {
    sleep: Pin<Box<Sleep>>,
    /// Whom the timer wakes, if somebody has asked for that since it was set.
    waker: Option<Waker>,
    /// When the time of the call is over; never before the timer rings.
    wanted: Instant,
}

impl Alarm {
    /// Notes that a call begins. It may take until the invocation is over anyway, and a little longer.
    pub(super) fn begin(&mut self, end: End<'_>) {
        // By the timer's own clock, which may have stood still in an environment that was frozen.
        let wanted = end.clock.instant_of(end.deadline.max(end.clock.now()) + GRACE);
        match &mut self.set {
            Some(set) => {
                set.wanted = wanted;
                if set.sleep.deadline() > wanted {
                    set.set();
                }
            }
            None => {
                let sleep = Box::pin(sleep_until(wanted));
                self.set = Some(Set { sleep, waker: None, wanted });
            }
        }
    }

    /// Waits for the end of the call that has begun.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(set) = &mut self.set else { return Poll::Pending };
        loop {
            // Telling the timer the same again costs as much as all else here.
            let is_known = set.waker.as_ref().is_some_and(|known| known.will_wake(cx.waker()));
            if is_known && !set.sleep.is_elapsed() {
                return Poll::Pending;
            }
            // A task whose share of its thread is used up would be told to wait, and the timer nothing.
            if pin!(unconstrained(set.sleep.as_mut())).poll(cx).is_pending() {
                set.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if set.sleep.deadline() >= set.wanted {
                return Poll::Ready(());
            }
            set.set();
        }
    }
}

impl Set {
    fn set(&mut self) {
        self.sleep.as_mut().reset(self.wanted);
        self.waker = None;
    }
}

#[cfg(test)]
mod test {
    use std::future::poll_fn;

    use tokio::{
        task::coop::{consume_budget, has_budget_remaining},
        time::timeout,
    };

    use super::*;

    fn clock() -> Clock {
        Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    #[tokio::test(start_paused = true)]
    async fn each_call_has_its_own_time_whichever_way_the_timer_stands() {
        let (clock, begun) = (clock(), Instant::now());
        let start = clock.now();
        let mut alarm = Alarm::default();
        for seconds in [10, 40, 41, 20, 60] {
            let end = End::new(start + Duration::from_secs(seconds), &clock);
            let due = (begun + Duration::from_secs(seconds)).max(Instant::now()) + GRACE;
            alarm.begin(end);
            poll_fn(|cx| alarm.poll(cx)).await;
            assert_eq!(Instant::now(), due, "{seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_is_set_for_later_is_brought_forward_and_one_for_earlier_put_off() {
        let (clock, begun) = (clock(), Instant::now());
        let mut alarm = Alarm::default();
        for (seconds, due) in [(900, None), (3, None), (7, Some(12))] {
            let end = End::after(Duration::from_secs(seconds), &clock);
            alarm.begin(end);
            match due {
                None => assert!(poll_fn(|cx| Poll::Ready(alarm.poll(cx).is_pending())).await),
                Some(due) => {
                    poll_fn(|cx| alarm.poll(cx)).await;
                    assert_eq!(Instant::now(), begun + Duration::from_secs(due));
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_whose_share_is_used_up_is_called_all_the_same() {
        let (clock, begun) = (clock(), Instant::now());
        let mut alarm = Alarm::default();
        alarm.begin(End::after(Duration::from_secs(3), &clock));
        let rung = poll_fn(|cx| {
            // Until the task is told to let others go first.
            while has_budget_remaining() {
                let _used = pin!(consume_budget()).poll(cx);
            }
            alarm.poll(cx)
        });
        assert!(timeout(Duration::from_secs(60), rung).await.is_ok());
        assert_eq!(Instant::now(), begun + Duration::from_secs(3) + GRACE);
    }
}
