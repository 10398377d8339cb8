//! Why a runtime ended; the one error enum of this crate's outer boundary.

use lambda_api::{EncodeError, ErrorReply, ReplyError, client::TransportError, transport::InvalidAddress};

use crate::{ConfigError, failure::Failure};

/// How many attempts in a row may fail before [`run`](crate::run) gives up; with the waits between them
/// about a minute.
pub const ATTEMPTS: u32 = 20;

/// Why [`run`](crate::run) ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The configuration cannot be read from the environment.
    #[error("the function's configuration cannot be read")]
    Config(#[from] ConfigError),
    /// `AWS_LAMBDA_RUNTIME_API` is not an address.
    #[error("environment variable AWS_LAMBDA_RUNTIME_API is no address")]
    Endpoint(#[from] InvalidAddress),
    /// The Runtime API cannot be reached, breaks off, or does not speak HTTP.
    #[error("{call} to {api} got no reply in {attempts} attempts")]
    NoReply {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// How many there were.
        attempts: u32,
        /// Why the last one failed.
        source: TransportError,
    },
    /// The Runtime API keeps refusing, or its replies cannot be read.
    #[error("{call} to {api} got no usable reply in {attempts} attempts")]
    Refused {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// How many there were.
        attempts: u32,
        /// What was wrong with the last reply.
        source: ReplyError,
    },
    /// The Runtime API answered 5xx, after which the environment is beyond repair.
    #[error("{call} to {api} failed in the service")]
    Failed {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// The reply.
        source: ErrorReply,
    },
    /// The init phase failed; the same was posted to init/error.
    #[error("the init phase failed: {error_type}: {message}")]
    Init {
        /// The type that was reported.
        error_type: String,
        /// The message that was reported.
        message: String,
    },
    /// A hook failed before the snapshot; the same was posted to init/error.
    #[error("a hook failed before the snapshot: {message}")]
    BeforeSnapshot {
        /// The message that was reported.
        message: String,
    },
    /// A hook failed after the restore; the same was posted to restore/error.
    #[error("a hook failed after the restore: {message}")]
    AfterRestore {
        /// The message that was reported.
        message: String,
    },
    /// The loop itself panicked too often, such as in a subscriber that panics.
    #[error("the loop panicked outside of the handler: {message}")]
    Panicked {
        /// The last panic's message.
        message: String,
    },
    /// A call cannot be written.
    #[error("{call} cannot be written")]
    Encode {
        /// The call.
        call: &'static str,
        /// The header.
        source: EncodeError,
    },
}

impl RuntimeError {
    pub(crate) fn init(failure: &Failure) -> Self {
        let report = &failure.report;
        Self::Init { error_type: report.error_type.clone(), message: report.error_message.clone() }
    }

    pub(crate) fn before_snapshot(failure: &Failure) -> Self {
        Self::BeforeSnapshot { message: failure.report.error_message.clone() }
    }

    pub(crate) fn after_restore(failure: &Failure) -> Self {
        Self::AfterRestore { message: failure.report.error_message.clone() }
    }
}
