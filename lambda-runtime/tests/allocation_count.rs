//! How many allocations a warm invocation costs: a whole number, the same each time.
//!
//! A binary of its own, because the allocator that counts is that of the whole process. That nothing of it stays is shown in
//! `allocations`.

#[path = "it/lean.rs"]
mod lean;

use allocation_counter::measure;
use lambda_runtime::{Error, LambdaEvent, RawPayload, Response, Runtime, service_fn};

use crate::lean::Lean;

/// By how many invocations the two runs differ.
const MORE: u32 = 1_000;

/// What so many more invocations cost this thread, on which nothing but the runtime works.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn allocations_of_more_invocations() -> u64 {
    let all_of = |invocations: u32| {
        let service = Lean::start(invocations);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let info = measure(|| {
            let handler = service_fn(async |event: LambdaEvent<RawPayload>| {
                Ok::<_, Error>(Response::raw_json(event.payload.into_bytes()))
            });
            runtime.block_on(Runtime::new(handler).endpoint(service.api()).run()).unwrap_err();
        });
        assert_eq!(service.stop().responses, invocations);
        info.count_total
    };
    // Once for whatever is allocated the first time only.
    all_of(10);
    let (few, many) = (all_of(100), all_of(100 + MORE));
    many - few
}

#[test]
fn a_warm_invocation_of_bytes_costs_six_allocations() {
    // AWS's own runtime crate costs 92 for a JSON echo, 86 at its leanest. These are the texts of the context and the path of
    // the response.
    const EACH: u64 = 6;

    assert_eq!(allocations_of_more_invocations(), EACH * u64::from(MORE));
}
