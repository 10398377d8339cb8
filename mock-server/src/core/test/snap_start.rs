//! SnapStart: the gate at which the snapshot is taken, the restore with its hooks, and all that can go wrong in
//! either.
//!
//! Sources: [SnapStart runtime hooks](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html),
//! and for the states AWS's open-source runtime interface emulator. Freezing is in `freeze`.

use std::time::Duration;

use super::scenario::{Scenario, millis};
use crate::core::{Effect, RestoreReport, Status};

mod failure;
mod restore;
mod snapshot;

/// The snapshot was taken 100 ms after the launch.
fn snapshot() -> Scenario {
    Scenario::snap_start().after(millis(100)).at_the_gate().so_far()
}

fn restore_ended(status: Status, error_type: Option<&str>, duration: Duration) -> Effect {
    let error_type = error_type.map(str::to_owned);
    Effect::EndRestore(RestoreReport { status, error_type, duration })
}
