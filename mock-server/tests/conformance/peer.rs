//! The services that a row is played against: the mock, and AWS's emulator.
//!
//! Either starts a function whose processes do nothing but stay alive (`folder`); the test speaks in their
//! place.

use std::{any::Any, fmt, net::SocketAddr, sync::Arc};

use tokio::sync::watch;

use crate::{
    row::Row,
    wire::{self, Trouble},
};

mod emulator;
mod folder;
mod mock;

pub(crate) use emulator::Emulator;
pub(crate) use folder::Folder;

#[derive(Clone, Debug)]
pub(crate) enum Peer {
    Mock,
    Emulator(Arc<Emulator>),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mock => "the mock",
            Self::Emulator(_) => "AWS's emulator",
        })
    }
}

/// A function that is ready to be invoked. Nothing of it is left when it is dropped.
pub(crate) struct Stage {
    /// Where callers invoke the function.
    pub(crate) front: SocketAddr,
    pub(crate) folder: Folder,
    said: Said,
    /// In the order in which it has to go.
    _running: Box<dyn Any + Send + Sync>,
}

impl Peer {
    /// Why this peer cannot play the row at all, if so.
    pub(crate) fn cannot(&self, row: &Row) -> Option<&str> {
        match self {
            Self::Mock => None,
            Self::Emulator(emulator) => emulator.cannot(row),
        }
    }

    pub(crate) async fn start(&self, row: &Row) -> Result<Stage, Trouble> {
        match self {
            Self::Mock => mock::start(row),
            Self::Emulator(emulator) => emulator.start(row).await,
        }
    }
}

impl Stage {
    /// Waits until a process has been started so many times, and tells where it finds the Runtime API.
    pub(crate) async fn started(&self, process: &str, times: usize) -> Result<SocketAddr, Trouble> {
        let word = format!("{process} {}", folder::STARTED);
        let mut lines = self.said.0.subscribe();
        let addresses = |lines: &Vec<String>| -> Vec<SocketAddr> {
            let said = lines.iter().filter_map(|line| line.split_once(&word));
            said.filter_map(|(_, address)| address.trim().parse().ok()).collect()
        };
        let found = async {
            let lines = lines.wait_for(|lines| addresses(lines).len() >= times).await;
            lines.map(|lines| addresses(&lines)[times - 1]).map_err(std::io::Error::other)
        };
        wire::within(found).await
    }

    /// All that the peer and its guests have written, for whoever wants to know what went wrong.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.0.borrow().clone()
    }
}

/// The lines that came so far.
#[derive(Clone, Debug)]
struct Said(Arc<watch::Sender<Vec<String>>>);

impl Said {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }

    fn line(&self, line: String) {
        self.0.send_modify(|lines| lines.push(line));
    }
}
