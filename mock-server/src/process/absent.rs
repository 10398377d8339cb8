//! Stands in for `process` where there are no processes as Unix has them: none can be started.

use std::{
    io,
    path::Path,
    task::{Context, Poll},
};

use lambda_api::ErrorType;

use crate::guest::{GuestEvent, LaunchError, OutputLine, Plan};

/// Starts nothing.
#[derive(Debug, Default)]
pub(crate) struct Processes;

impl Processes {
    pub(crate) fn start(&self, _: &Plan<'_>) -> Result<Process, LaunchError> {
        Err(LaunchError {
            error_type: ErrorType::SANDBOX_FAILURE,
            message: "processes need Unix; run the function in process".to_owned(),
        })
    }
}

/// There is none.
#[derive(Debug)]
pub(crate) enum Process {}

impl Process {
    pub(crate) fn poll_event(&mut self, _: &mut Context<'_>) -> Poll<GuestEvent> {
        match *self {}
    }

    pub(crate) fn kill(&self) {
        match *self {}
    }

    pub(crate) fn terminate(&self) {
        match *self {}
    }

    pub(crate) fn pending_output(&mut self) -> Vec<OutputLine> {
        match *self {}
    }

    pub(crate) fn max_memory_used_mb(&self) -> Option<u32> {
        match *self {}
    }
}

/// Without processes there is nobody to use it.
#[derive(Debug)]
pub(crate) enum PrivateFolder {}

impl PrivateFolder {
    pub(crate) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn tmp(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn log_socket(&self) -> &Path {
        match *self {}
    }
}
