//! Conformance with AWS: a table of answers, and peers of AWS's that the mock is held against.
//!
//! Every row of the table (`table`) is played over raw sockets against the mock and against AWS's open-source
//! runtime interface emulator. Where either differs, that is listed with its reason (`deviations`).
//!
//! The peers are programs that are not part of this crate. `.ci/peers` installs them and prints the variables
//! that tell where they are; tests that need one say so and pass where it is not set.

#![cfg(unix)]

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    sync::{Arc, Mutex},
};

use crate::{
    check::{check, say},
    peer::{Emulator, Peer},
};

mod check;
mod deviations;
mod pattern;
mod peer;
mod play;
mod python;
#[cfg(feature = "sqs")]
mod queue;
mod row;
mod sink;
#[cfg(all(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
mod sources;
#[cfg(feature = "sqs")]
#[expect(clippy::unwrap_used, reason = "a stand-in that cannot go on fails the test")]
mod stand_in;
mod table;
mod throughput;
mod wire;
mod words;

/// Path of AWS's emulator.
const EMULATOR: &str = "LAMBDA_RIE";
/// Path of a python that has AWS's runtime client.
const PYTHON: &str = "LAMBDA_RIC_PYTHON";

/// The value of a variable that tells where a peer is; where it is not set, says what is left out.
fn installed(variable: &str, peer: &str) -> Option<OsString> {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    let path = env::var_os(variable);
    if path.is_none() && SAID.lock().is_ok_and(|mut said| said.insert(variable.to_owned())) {
        say(&format!("{peer} is left out; eval \"$(.ci/peers)\" installs it and sets {variable}"));
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mock_answers_as_the_table_says() {
    let result =
        check(table::rows(), &Peer::Mock, deviations::OF_THE_MOCK, deviations::SKIPPED_BY_THE_MOCK).await;
    if let Err(differences) = result {
        panic!("the mock differs:\n{differences}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn awss_emulator_answers_as_the_table_says() {
    let Some(path) = installed(EMULATOR, "AWS's emulator") else { return };
    let peer = Peer::Emulator(Arc::new(Emulator::new(path.into())));
    let (listed, skipped) = (deviations::OF_THE_EMULATOR, deviations::SKIPPED_BY_THE_EMULATOR);
    if let Err(differences) = check(table::rows(), &peer, listed, skipped).await {
        panic!("the emulator differs:\n{differences}");
    }
}
