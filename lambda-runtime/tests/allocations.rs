//! The runtime does not grow: what lives on the heap after 1,000 and after 10,000 invocations is the same to
//! the byte.
//!
//! A binary of its own, because the allocator that counts is that of the whole process; there is one test in
//! it, so that nobody else allocates. Everything else is shown in `it`.

#[path = "it/lean.rs"]
mod lean;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use peak_alloc::PeakAlloc;
use serde_json::Value;

use crate::lean::Lean;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

#[test]
fn the_heap_is_the_same_after_a_thousand_and_after_ten_thousand_invocations() {
    let service = Lean::start(10_001);
    // In the handler, and not on the service's thread: there the runtime stands still at one point of its
    // cycle, and the service has not allocated since it started.
    let mut invocations = 0_u32;
    let (mut thousand, mut ten_thousand) = (0, 0);
    let handler = service_fn(|event: LambdaEvent<Value>| {
        invocations += 1;
        match invocations {
            1_001 => thousand = HEAP.current_usage(),
            10_001 => ten_thousand = HEAP.current_usage(),
            _ => {}
        }
        async { Ok::<_, Error>(event.payload) }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Runtime::new(handler).endpoint(service.api()).run()).unwrap_err();
    let served = service.stop();
    assert_eq!((served.responses, served.errors, served.connections), (10_001, 0, 1));
    println!("live bytes after 1,000 invocations: {thousand}, after 10,000: {ten_thousand}");
    assert_ne!(thousand, 0);
    assert_eq!(thousand, ten_thousand);
}
