//! Multi-concurrency, as on Lambda Managed Instances: many polls, many invocations at once.
//!
//! There is no state machine for the runtime here. Every poll is an idle worker; an invoke takes the one that
//! has waited longest; answers are looked up by request id. What this means for the environment is decided in
//! [`environment`](super::environment). The rules are those of the managed-instances core of AWS's open-source
//! runtime interface emulator; see
//! [Lambda Managed Instances](https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html).

use std::collections::{BTreeMap, VecDeque};

use lambda_api::RequestId;

use super::{CallId, Invoke, Rejection, Time, runtime_state::Responding};

/// How many polls may wait at once.
pub(super) const WORKERS: usize = 10_000;

/// How many timed-out invocations are remembered.
const EXPIRED: usize = 1_000;

/// The idle workers and the invocations under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Managed {
    /// Parked polls, oldest first.
    pub(super) workers: VecDeque<CallId>,
    open: BTreeMap<RequestId, Open>,
    /// Timed out and not answered since, oldest first.
    expired: VecDeque<RequestId>,
}

/// An invocation under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) invoke: Box<Invoke>,
    pub(super) started: Time,
    pub(super) deadline: Time,
    /// Whether it is the first of its process.
    pub(super) is_cold: bool,
    /// The response that is arriving.
    pub(super) responding: Option<Responding>,
}

impl Managed {
    pub(super) fn open(&mut self, open: Open) {
        // A retry has the id of the attempt before it.
        self.expired.retain(|expired| *expired != open.invoke.request_id);
        self.open.insert(open.invoke.request_id.clone(), open);
    }

    /// Whether an invocation of this id is under way.
    pub(super) fn is_open(&self, request_id: &RequestId) -> bool {
        self.open.contains_key(request_id)
    }

    /// The invocation that is answered, which no response has been begun for.
    pub(super) fn unanswered(&mut self, request_id: Option<&RequestId>) -> Result<&mut Open, Rejection> {
        let open = self.find(request_id)?;
        if open.responding.is_some() { Err(Rejection::UnknownRequestId) } else { Ok(open) }
    }

    /// The invocation that is answered.
    pub(super) fn find(&mut self, request_id: Option<&RequestId>) -> Result<&mut Open, Rejection> {
        let request_id = request_id.ok_or(Rejection::UnknownRequestId)?;
        self.open.get_mut(request_id).ok_or(Rejection::UnknownRequestId)
    }

    /// Whether this is the first answer to an invocation that has timed out; the next will be to an unknown one.
    pub(super) fn is_late(&mut self, request_id: Option<&RequestId>) -> bool {
        let at = self.expired.iter().position(|expired| Some(expired) == request_id);
        at.and_then(|at| self.expired.remove(at)).is_some()
    }

    /// The invocation whose response arrives in this call.
    pub(super) fn responding(&mut self, call: CallId) -> Option<&mut Open> {
        let is_it = |open: &&mut Open| open.responding.as_ref().is_some_and(|body| body.call == call);
        self.open.values_mut().find(is_it)
    }

    pub(super) fn close(&mut self, request_id: &RequestId) -> Option<Open> {
        self.open.remove(request_id)
    }

    /// All invocations under way, which end now; nobody is waited for any more.
    pub(super) fn close_all(&mut self) -> impl Iterator<Item = Open> {
        self.expired.clear();
        std::mem::take(&mut self.open).into_values()
    }

    /// An invocation whose deadline has passed; the first answer that still comes will be told so.
    pub(super) fn expire(&mut self, now: Time) -> Option<Open> {
        let overdue = self.open.values().filter(|open| open.deadline <= now);
        let request_id = overdue.min_by_key(|open| open.deadline)?.invoke.request_id.clone();
        let open = self.open.remove(&request_id)?;
        // One whose response is being read is told on that call.
        if open.responding.is_none() {
            self.expired.push_back(request_id);
            if self.expired.len() > EXPIRED {
                self.expired.pop_front();
            }
        }
        Some(open)
    }

    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.open.values().map(|open| open.deadline).min()
    }
}
