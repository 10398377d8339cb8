//! What only this API refuses, in the service's form.

use http::StatusCode;

use crate::http::refusal::{Member, Refusal};

impl Refusal {
    /// Several values, each with what is wrong with it.
    pub(super) fn violations(violations: &[String]) -> Self {
        let errors = if violations.len() == 1 { "error" } else { "errors" };
        let message = format!("{} validation {errors} detected: {}", violations.len(), violations.join("; "));
        Self { has_type: false, ..Self::bad_request("ValidationException", message) }
    }

    /// A body or a parameter of another type than the operation has.
    pub(super) fn serialization(message: String) -> Self {
        Self { has_type: false, ..Self::bad_request("SerializationException", message) }
    }

    /// A parameter that the service itself does not take.
    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterValueException", message)
    }

    /// Something that is there already, or in use.
    pub(super) fn conflict(message: String) -> Self {
        Self::new(StatusCode::CONFLICT, "ResourceConflictException", Member::LowerCaseMessage, message)
    }

    /// Something that is not there.
    pub(super) fn no_resource(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", Member::Message, message)
    }

    /// What was to be changed has been changed since by somebody else.
    pub(super) fn precondition_failed() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                       GetFunction/GetAlias API to retrieve the latest Revision Id";
        let (status, name) = (StatusCode::PRECONDITION_FAILED, "PreconditionFailedException");
        Self::new(status, name, Member::LowerCaseMessage, message.to_owned())
    }

    /// Something that Lambda does and this mock does not.
    pub(super) fn not_implemented(what: &str) -> Self {
        let message = format!("this mock does not {what}");
        let (status, name) = (StatusCode::NOT_IMPLEMENTED, "NotImplementedException");
        Self::new(status, name, Member::LowerCaseMessage, message)
    }
}
