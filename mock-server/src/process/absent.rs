//! Stands in for `process` where there are no processes as Unix has them: none can be started.

use std::{
    io,
    path::Path,
    task::{Context, Poll},
};

use crate::guest::{GuestEvent, OutputLine, Plan};

pub(crate) const CAN_BE_MEASURED: bool = false;

/// Starts nothing.
#[derive(Debug, Default)]
pub(crate) struct Processes;

impl Processes {
    pub(crate) fn private_folder(&self) -> io::Result<PrivateFolder> {
        Err(none())
    }

    pub(crate) fn start(&self, _: &Plan<'_>) -> io::Result<Process> {
        Err(none())
    }
}

fn none() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "processes need Unix; run the function in process")
}

pub(crate) fn reason(error: &io::Error) -> String {
    error.to_string()
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

    pub(crate) fn freeze(&self) {
        match *self {}
    }

    pub(crate) fn thaw(&self) {
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
    pub(crate) fn tmp(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn log_socket(&self) -> &Path {
        match *self {}
    }
}
