//! The table: every answer of AWS's own core that a guest or a caller can bring about, well behaved or not.
//!
//! Statuses, error types and texts are those of AWS's open-source runtime interface emulator, whose core is the
//! service's own code.

use crate::row::Row;

mod calls;
mod extensions;
mod failures;
mod managed;
mod misuse;
mod routes;

pub(crate) fn rows() -> Vec<Row> {
    [calls::rows(), routes::rows(), misuse::rows(), failures::rows(), extensions::rows(), managed::rows()]
        .concat()
}
