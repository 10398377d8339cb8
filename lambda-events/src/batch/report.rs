//! What became of the records of a batch.

use std::{collections::BTreeSet, fmt};

use super::{BatchItemFailure, BatchResponse, Item, Order, Unidentified};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<E> {
    /// It was handled.
    Succeeded,
    /// The handler has given an error.
    Failed(E),
    /// The handler has panicked with this text.
    Panicked(String),
    /// It was not handled, or not to its end: one that it has to follow has failed, or there was no time.
    NotHandled,
}

impl<E> Outcome<E> {
    /// Whether the record was handled.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded)
    }
}

/// What became of the records of a batch, in their order; it shows itself as a line for logs.
#[derive(Clone, Debug)]
#[must_use = "without its answer all records count as handled"]
pub struct Report<E> {
    records: Vec<(Item<'static>, Outcome<E>)>,
}

impl<E> Report<E> {
    pub(super) fn new(records: Vec<(Item<'static>, Outcome<E>)>) -> Self {
        Self { records }
    }

    /// The records, each with what became of it.
    pub fn records(&self) -> impl ExactSizeIterator<Item = (&Item<'static>, &Outcome<E>)> {
        self.records.iter().map(|(item, outcome)| (item, outcome))
    }

    /// Whether all records were handled.
    pub fn is_success(&self) -> bool {
        self.records.iter().all(|(_, outcome)| outcome.is_success())
    }

    /// The answer for Lambda.
    ///
    /// It names each message that was not handled; of a stream it names the first record of each shard or partition only,
    /// because all from there on come again.
    ///
    /// # Errors
    ///
    /// [`Unidentified`] if one of these has no id: return it, so that all records come again.
    pub fn response(&self) -> Result<BatchResponse<'static>, Unidentified> {
        let (mut streams, mut named) = (BTreeSet::new(), BTreeSet::new());
        let mut failures = Vec::new();
        for (place, (item, outcome)) in self.records.iter().enumerate() {
            if outcome.is_success() || matches!(&item.order, Order::Stream(stream) if !streams.insert(stream))
            {
                continue;
            }
            if item.identifier.is_empty() {
                return Err(Unidentified { place });
            }
            if named.insert(item.identifier.to_string()) {
                let failure =
                    BatchItemFailure { item_identifier: item.identifier.clone(), ..Default::default() };
                failures.push(failure);
            }
        }
        Ok(BatchResponse { batch_item_failures: failures, ..Default::default() })
    }

    /// The answer to a batch of a tumbling window, which has to hold the state for the next one.
    ///
    /// # Errors
    ///
    /// As [`response`](Self::response).
    #[cfg(any(feature = "dynamodb", feature = "kinesis"))]
    pub fn window_response(
        &self,
        state: crate::Map<'static, crate::Json<'static>>,
    ) -> Result<crate::window::WindowResponse<'static>, Unidentified> {
        let batch_item_failures = self.response()?.batch_item_failures;
        Ok(crate::window::WindowResponse { state, batch_item_failures, ..Default::default() })
    }
}

impl<E> fmt::Display for Report<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |is_it: fn(&Outcome<E>) -> bool| {
            self.records.iter().filter(|(_, outcome)| is_it(outcome)).count()
        };
        write!(
            f,
            "{} records: {} handled, {} failed, {} panicked, {} left",
            self.records.len(),
            count(Outcome::is_success),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| matches!(outcome, Outcome::Panicked(_))),
            count(|outcome| matches!(outcome, Outcome::NotHandled)),
        )
    }
}
