//! Which rule a call has broken that was refused.

use lambda_api::{Endpoint, extension::register::EventType};

use super::{
    Rule,
    calls::Made,
    watch::{Answered, Watch},
};
use crate::{
    core::{CallId, ExtensionRejection, Rejection, Status},
    timeline::Who,
};

impl Watch<'_> {
    pub(super) fn refused(&mut self, call: CallId, rejection: &Rejection) {
        let rule = match rejection {
            Rejection::UnknownRequestId => self.unknown_request_id(call),
            Rejection::StaleInvocationId => Some(Rule::StaleInvocationId),
            Rejection::Transition { .. } => self.wrong_state(call),
            Rejection::InvalidResponseMode => {
                self.guest(&Who::Runtime).is_stuck = true;
                Some(Rule::InvalidResponseMode)
            }
            Rejection::TooLarge { .. } => Some(Rule::BodyTooLarge),
            Rejection::Truncated => Some(Rule::BodyCutShort),
            Rejection::NotFound => Some(Rule::OtherMode),
            Rejection::ContainerError => self.failure_seen(call),
            Rejection::TimedOut => Some(Rule::AnsweredTooLate),
            Rejection::NotSupported { .. } => Some(Rule::OtherMode),
            Rejection::InvalidSubscription { .. } => Some(Rule::InvalidSubscription),
            // Not a guest's call.
            Rejection::Unavailable | Rejection::DuplicateRequestId => None,
            Rejection::Extension(rejection) => self.extension_refused(call, rejection),
        };
        if let Some(rule) = rule {
            self.report_call(rule, call);
        }
    }

    fn unknown_request_id(&self, call: CallId) -> Option<Rule> {
        let Some(Endpoint::InvocationResponse { request_id } | Endpoint::InvocationError { request_id }) =
            &self.calls.get(call)?.endpoint
        else {
            return Some(Rule::UnknownRequestId);
        };
        let Some(invocation) = self.invocations.get(request_id) else { return Some(Rule::UnknownRequestId) };
        let Some((_, generation)) = invocation.delivered else { return Some(Rule::UnknownRequestId) };
        match (invocation.ended, invocation.answer) {
            // The id is right, so it was the other one that cannot be one.
            (None, _) => Some(Rule::StaleInvocationId),
            (Some(_), Some(Answered::ByRuntime(first))) => self.second_answer(first),
            (Some(Status::Timeout), _) => Some(Rule::AnsweredTooLate),
            // Somebody else's failure ended the invocation, of which this guest could not know.
            (Some(_), _) if generation == self.generation => None,
            (Some(_), _) => Some(Rule::AnsweredTooLate),
        }
    }

    /// A second answer, unless the reply to the first did not reach the runtime.
    fn second_answer(&self, first: CallId) -> Option<Rule> {
        let is_lost = self.calls.get(first).is_some_and(Made::is_dropped);
        (!is_lost).then_some(Rule::AnsweredTwice)
    }

    /// A call of the runtime that its state does not allow.
    fn wrong_state(&mut self, call: CallId) -> Option<Rule> {
        let runtime = self.guest(&Who::Runtime);
        let (is_stuck, has_failed) = (runtime.is_stuck, runtime.has_failed.is_some());
        match &self.calls.get(call)?.endpoint {
            // The breach that has led to this state has been reported.
            _ if is_stuck => None,
            _ if has_failed => Some(Rule::WentOnAfterError),
            Some(Endpoint::InitError) => Some(Rule::InitErrorAfterInit),
            Some(Endpoint::InvocationNext) => Some(Rule::PolledWhileAnswering),
            Some(Endpoint::InvocationResponse { .. } | Endpoint::InvocationError { .. }) => {
                // While init is repeated within an invocation, that has not begun.
                let current = self.current.and_then(|current| self.invocations.get(current));
                let Some(invocation) = current else { return Some(Rule::WrongState) };
                match (invocation.delivered, invocation.answer) {
                    // It has not got the event yet.
                    (None, _) => Some(Rule::WrongState),
                    (Some(_), Some(Answered::ByRuntime(first))) => self.second_answer(first),
                    // The first is still on its way.
                    (Some(_), _) => Some(Rule::AnsweredTwice),
                }
            }
            _ => Some(Rule::WrongState),
        }
    }

    /// A 500 is how a guest learns that its environment ends; only who goes on after it is wrong.
    fn failure_seen(&mut self, call: CallId) -> Option<Rule> {
        let who = self.calls.get(call)?.who;
        let has_seen = std::mem::replace(&mut self.guest(who).has_seen_failure, true);
        has_seen.then_some(Rule::WentOnAfterFailure)
    }

    fn extension_refused(&mut self, call: CallId, rejection: &ExtensionRejection) -> Option<Rule> {
        Some(match rejection {
            ExtensionRejection::EmptyName => Rule::NameMissing,
            ExtensionRejection::Format { .. } => Rule::MalformedRegistration,
            ExtensionRejection::EventType { event, .. } if EventType::from_name(event).is_some() => {
                Rule::EventNotAllowed
            }
            ExtensionRejection::EventType { .. } => Rule::UnknownEventType,
            ExtensionRejection::NoEvents => Rule::EventNotAllowed,
            ExtensionRejection::SubscriptionClosed { .. } => Rule::SubscribedLate,
            ExtensionRejection::NameTaken => Rule::RegisteredTwice,
            ExtensionRejection::RegistrationClosed => Rule::RegisteredLate,
            ExtensionRejection::TooMany => Rule::TooManyExtensions,
            ExtensionRejection::Transition { .. } => return self.wrong_extension_state(call),
            ExtensionRejection::MissingIdentifier => Rule::IdentifierMissing,
            ExtensionRejection::InvalidIdentifier => Rule::IdentifierMalformed,
            ExtensionRejection::UnknownIdentifier { .. } | ExtensionRejection::UnknownFailing => {
                Rule::IdentifierUnknown
            }
            ExtensionRejection::MissingErrorType => Rule::ErrorTypeMissing,
        })
    }

    fn wrong_extension_state(&mut self, call: CallId) -> Option<Rule> {
        let made = self.calls.get(call)?;
        let who = made.who;
        let endpoint = made.endpoint.clone();
        let has_failed = self.guest(who).has_failed.is_some();
        Some(match endpoint {
            Some(Endpoint::ExtensionRegister) => Rule::RegisteredTwice,
            _ if has_failed => Rule::WentOnAfterError,
            Some(Endpoint::ExtensionNext) if self.parked(who).is_some_and(Made::is_dropped) => return None,
            Some(Endpoint::ExtensionNext) => Rule::PolledTwice,
            Some(Endpoint::ExtensionInitError) => Rule::InitErrorAfterInit,
            _ => Rule::WrongState,
        })
    }
}
