//! The loop: records by lanes, several at once, until the deadline.
//!
//! What became of them is in `report`.

use std::{
    collections::{BTreeMap, VecDeque},
    future::{Future, pending, poll_fn},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::Poll,
};

use futures_util::{FutureExt, Stream, stream::FuturesUnordered};
use tracing::Instrument;

use super::{Batched, Item, Order, Outcome, Report};
use crate::IntoOwned;

/// The records of an event, to be handled one by one. See the [module](super).
#[must_use = "nothing is handled before it is run"]
pub struct Batch<'r, E: Batched, D = std::future::Pending<()>> {
    event: &'r E,
    concurrency: usize,
    has_time: Box<dyn Fn() -> bool + 'r>,
    deadline: D,
}

impl<'r, E: Batched> Batch<'r, E> {
    /// The records of an event, one at a time, without a deadline.
    pub fn of(event: &'r E) -> Self {
        Self { event, concurrency: 1, has_time: Box::new(|| true), deadline: pending() }
    }
}

impl<'r, E: Batched, D: Future<Output = ()>> Batch<'r, E, D> {
    /// How many records are handled at once, where their order leaves room for it; 1 if not set, and 1 for 0.
    ///
    /// They are handled in the task that runs the batch: what waits goes side by side, what computes does not.
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: concurrency.max(1), ..self }
    }

    /// Asks before each record whether there is time for it; if not, it and all that are left come again.
    ///
    /// For handlers that compute and do not wait: nobody can interrupt them, and the clock of [`until`](Self::until) may not go
    /// on while they run. With `lambda_runtime`: `start_while(|| context.remaining() > margin)`.
    pub fn start_while(self, has_time: impl Fn() -> bool + 'r) -> Self {
        Self { has_time: Box::new(has_time), ..self }
    }

    /// When the answer has to be given: once this is ready, what is not finished has failed, and comes again.
    ///
    /// With tokio and `lambda_runtime` this is `tokio::time::sleep(context.remaining().saturating_sub(margin))`. Without it an
    /// invocation that runs into its time limit fails as a whole, and all of its records come again.
    pub fn until<U: Future<Output = ()>>(self, deadline: U) -> Batch<'r, E, U> {
        Batch { event: self.event, concurrency: self.concurrency, has_time: self.has_time, deadline }
    }

    /// Handles the records; gives what became of each.
    ///
    /// A panic is a failure of its record. Each record has a span named `record` with its place and its id.
    pub async fn run<F, Fut, Error>(self, handler: F) -> Report<Error>
    where
        F: Fn(&'r E::Record) -> Fut,
        Fut: Future<Output = Result<(), Error>>,
    {
        let Self { event, concurrency, has_time, deadline } = self;
        let records: Vec<(&E::Record, Item<'r>)> =
            event.records().map(|record| (record, E::item(record))).collect();
        let mut outcomes: Vec<Option<Outcome<Error>>> = records.iter().map(|_| None).collect();
        let mut lanes = lanes(records.iter().map(|(_, item)| item));
        let mut running = FuturesUnordered::new();
        let mut deadline = pin!(deadline);
        let handler = &handler;
        loop {
            if is_ready(deadline.as_mut()).await {
                break;
            }
            while running.len() < concurrency
                && let Some(mut lane) = lanes.pop_front()
            {
                if !has_time() {
                    lanes.clear();
                    break;
                }
                let Some(place) = lane.pop_front() else { continue };
                let (record, item) = &records[place];
                let span = tracing::info_span!("record", place, id = %item.identifier);
                // It begins inside: a handler may panic before it has a future.
                let handled = AssertUnwindSafe(async move { handler(record).await }).catch_unwind();
                running.push(async move { (place, lane, handled.await) }.instrument(span));
            }
            if running.is_empty() {
                break;
            }
            let Some((place, lane, handled)) = next(&mut running, deadline.as_mut()).await else { break };
            let outcome = match handled {
                Ok(Ok(())) => Outcome::Succeeded,
                Ok(Err(error)) => Outcome::Failed(error),
                Err(panic) => Outcome::Panicked(text_of(&*panic)),
            };
            // After one that has failed, those that are to follow it are left.
            if outcome.is_success() || records[place].1.order == Order::None {
                lanes.push_back(lane);
            }
            outcomes[place] = Some(outcome);
            // Handlers that never wait would else keep everything else in this thread from its turn, the deadline's clock among it.
            give_way().await;
        }
        // What is not finished is dropped here: the handler does not go on behind the answer.
        drop(running);
        let items = records.into_iter().map(|(_, item)| item.into_owned());
        let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::NotHandled));
        Report::new(items.zip(outcomes).collect())
    }
}

/// The places of records that are to be handled one after the other, in lanes that are independent.
fn lanes<'i, 'r: 'i>(items: impl Iterator<Item = &'i Item<'r>>) -> VecDeque<VecDeque<usize>> {
    let mut lanes: Vec<VecDeque<usize>> = Vec::new();
    let mut of_group: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, item) in items.enumerate() {
        let group = match &item.order {
            Order::None => None,
            Order::Group(group) | Order::Stream(group) => Some(&**group),
        };
        let lane = group.map(|group| *of_group.entry(group).or_insert(lanes.len()));
        match lane.and_then(|lane| lanes.get_mut(lane)) {
            Some(lane) => lane.push_back(place),
            None => lanes.push(VecDeque::from([place])),
        }
    }
    lanes.into()
}

/// Whether a future is ready now.
async fn is_ready<D: Future<Output = ()>>(mut future: Pin<&mut D>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await
}

/// Lets others in this thread have their turn.
async fn give_way() {
    let mut has_given_way = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_given_way, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The next one that is finished; `None` at the deadline.
async fn next<S: Stream + Unpin, D: Future<Output = ()>>(
    running: &mut S,
    mut deadline: Pin<&mut D>,
) -> Option<S::Item> {
    poll_fn(|cx| {
        // What is finished counts, even at the deadline.
        if let Poll::Ready(finished) = Pin::new(&mut *running).poll_next(cx) {
            return Poll::Ready(finished);
        }
        deadline.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// What a panic says.
fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}
