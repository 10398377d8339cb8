//! An invoke on its way to an environment: which version it is for, and whether it may come.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use lambda_api::{FunctionArn, InvocationId, RequestId};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Invocation,
    core::{
        Answer, Invoke, InvokeId,
        catalog::{CatalogError, FunctionId, Version},
        fleet::Throttled,
    },
    driver::{End, Piece, Slot, Submitted, Waiter},
    service::World,
};

/// An invoke that an environment takes, sooner or later.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) request_id: RequestId,
    pub(crate) version: Version,
    /// The pieces of the response, if it streams.
    pub(crate) pieces: mpsc::UnboundedReceiver<Piece>,
    pub(crate) answer: oneshot::Receiver<Answer>,
    pub(crate) end: oneshot::Receiver<End>,
}

/// Why the function does not run.
#[derive(Debug)]
pub(crate) enum NotInvoked {
    Throttled(Throttled),
    /// There is no such function, version or alias.
    Unknown(CatalogError),
    /// Tenants are isolated, and the invoke names none.
    NoTenant,
}

impl World {
    /// Invokes a function.
    ///
    /// # Errors
    ///
    /// Why it does not run, with the id that the invoke would have had.
    pub(crate) fn submit(
        self: &Arc<Self>,
        function: FunctionId,
        invocation: Invocation,
    ) -> Result<Submission, (RequestId, NotInvoked)> {
        let request_id = invocation.request_id.clone().unwrap_or_else(|| self.request_id());
        let result = self.change(|hub, now| {
            let resolved = hub.catalog.resolve(function, invocation.qualifier.as_deref());
            let resolved = resolved.map_err(NotInvoked::Unknown)?;
            let unknown = || NotInvoked::Unknown(CatalogError::unknown(resolved.version.to_string()));
            let deployment = hub.deployment(function, resolved.version).ok_or_else(unknown)?;
            let tenant = match (deployment.description.isolates_tenants, &invocation.tenant_id) {
                (true, None) => return Err(NotInvoked::NoTenant),
                (true, tenant) => tenant.as_deref(),
                (false, _) => None,
            };
            let id = InvokeId(self.invokes.fetch_add(1, Ordering::Relaxed));
            hub.fleet.invoke(now, id, function, deployment.id, tenant).map_err(NotInvoked::Throttled)?;
            let (answer_sender, answer) = oneshot::channel();
            let (end_sender, end) = oneshot::channel();
            let slot = Slot::new(self, id);
            let wants_tail = invocation.wants_tail;
            let (pieces_sender, pieces) = mpsc::unbounded_channel();
            let pieces_sender = Some(pieces_sender).filter(|_| invocation.streams);
            let waiter =
                Waiter { answer: answer_sender, end: end_sender, pieces: pieces_sender, wants_tail, slot };
            let invoke = Box::new(self.invoke(id, &request_id, &deployment.arn, invocation));
            hub.held.insert(id, Box::new(Submitted { invoke, waiter }));
            Ok(Submission { request_id: request_id.clone(), version: resolved.version, pieces, answer, end })
        });
        result.map_err(|refused| (request_id, refused))
    }

    fn invoke(&self, id: InvokeId, request_id: &RequestId, arn: &str, invocation: Invocation) -> Invoke {
        let mut invoke = Invoke::new(id, request_id.clone(), invocation.payload.0);
        invoke.invocation_id = InvocationId::new(&self.ids.uuid()).ok();
        // The guest sees what was invoked: the alias, and not the version behind it.
        let arn = match invocation.qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn.to_owned(),
        };
        invoke.function_arn = FunctionArn::new(&arn).ok();
        let makes_trace = invocation.trace_id.is_none() && !self.profile.quirks().makes_no_traces;
        let trace = makes_trace.then(|| self.ids.trace(self.clock().now()));
        invoke.trace_id = invocation.trace_id.or(trace);
        invoke.client_context = invocation.client_context;
        invoke.cognito_identity = invocation.cognito_identity;
        invoke.tenant_id = invocation.tenant_id;
        invoke.streams = invocation.streams;
        if let Some(content_type) = invocation.content_type {
            invoke.content_type = content_type;
        }
        invoke
    }

    /// A new one.
    pub(crate) fn request_id(&self) -> RequestId {
        loop {
            // A UUID always can be one.
            if let Ok(request_id) = RequestId::new(&self.ids.uuid()) {
                return request_id;
            }
        }
    }
}

impl fmt::Display for NotInvoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled(throttled) => write!(f, "throttled: {}", throttled.reason.as_str()),
            Self::Unknown(error) => write!(f, "{error}"),
            Self::NoTenant => f.write_str(NO_TENANT),
        }
    }
}

impl NotInvoked {
    /// What stands in place of the function's answer: the body of the service's refusal.
    pub(crate) fn answer(&self) -> Answer {
        match self {
            Self::Throttled(throttled) => Answer::throttled(throttled.reason.as_str()),
            Self::Unknown(error @ CatalogError::NoPublishedVersion) => {
                Answer::not_invoked("NoPublishedVersionException", &error.to_string())
            }
            Self::Unknown(error) => Answer::not_invoked("ResourceNotFoundException", &error.to_string()),
            Self::NoTenant => Answer::not_invoked("InvalidParameterValueException", NO_TENANT),
        }
    }
}

/// A function that isolates tenants has to know the tenant.
pub(crate) const NO_TENANT: &str =
    "The function is configured for tenant isolation, and the invoke has no X-Amz-Tenant-Id";
