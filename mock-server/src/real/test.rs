//! The real sources against a stand-in for AWS's services that is somebody else's, and against canned answers for what it
//! does not do.

#![expect(clippy::unwrap_used, reason = "a source that cannot be set up fails the test")]

use std::{env, io::Write, sync::Once, time::Duration};

use super::error::RealSourceError;
use crate::core::Time;

mod canned;
mod dynamodb;
mod errors;
mod kinesis;
mod sqs;
#[path = "../../tests/conformance/stand_in.rs"]
mod stand_in;

/// More than anything here takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `None` where it is not installed.
async fn stand_in() -> Option<stand_in::StandIn> {
    static SAID: Once = Once::new();

    let Some(python) = env::var_os(stand_in::PYTHON) else {
        SAID.call_once(|| {
            let name = stand_in::PYTHON;
            let line = format!(
                "a stand-in for AWS's services is left out; eval \"$(.ci/peers)\" installs it and sets {name}"
            );
            let _nobody_listens = writeln!(std::io::stderr(), "{line}");
        });
        return None;
    };
    Some(stand_in::StandIn::start(python).await)
}

/// Waits for what happens soon, whenever that is.
async fn soon<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.unwrap()
}

/// The time that tests give: nobody's clock has it.
fn now() -> Time {
    Time::from_unix(Duration::from_millis(4_102_444_800_123))
}

/// What the service said, by its status, name and text.
fn refused(error: &RealSourceError) -> (u16, &str, &str) {
    let RealSourceError::Refused { status, code, message, .. } = error else { panic!("{error:?}") };
    (status.as_u16(), code, message)
}
