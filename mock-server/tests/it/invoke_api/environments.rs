//! Which environment a caller's invocation gets: a new one if all are busy, else the one used last.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mock_server::{Event, InvokeApi, MockLambda};
use tokio::sync::Semaphore;

use super::{invoke, listen};
use crate::{
    guest::answering,
    wait::{PATIENCE, seen_times, soon},
};

/// A function whose invocations wait at the gate that their payload names, and answer with the number of
/// their environment.
struct Gated {
    mock: MockLambda,
    api: Arc<InvokeApi>,
    gates: Arc<[Semaphore; 2]>,
}

fn gated() -> Gated {
    let gates = Arc::new([Semaphore::new(0), Semaphore::new(0)]);
    let mock = MockLambda::new();
    let (launches, for_guests) = (AtomicUsize::new(0), Arc::clone(&gates));
    mock.function("f").timeout(PATIENCE).in_process(move |api| {
        let number = launches.fetch_add(1, Ordering::Relaxed);
        let gates = Arc::clone(&for_guests);
        answering(api, move |event| {
            let gates = Arc::clone(&gates);
            async move {
                let gate: usize = event.text().parse().unwrap();
                gates[gate].acquire().await.unwrap().forget();
                number.to_string().into_bytes()
            }
        })
    });
    let api = Arc::new(listen(&mock));
    Gated { mock, api, gates }
}

impl Gated {
    fn invoke(&self, gate: usize) -> tokio::task::JoinHandle<String> {
        let api = Arc::clone(&self.api);
        tokio::spawn(async move { invoke(&api, "f", &[], gate.to_string()).await.text().to_owned() })
    }

    async fn begun(&self, count: usize) {
        seen_times(self.mock.timeline(), count, |event| matches!(event, Event::InvocationBegan { .. })).await;
    }

    async fn ended(&self, count: usize) {
        seen_times(self.mock.timeline(), count, |event| matches!(event, Event::InvocationEnded(_))).await;
    }
}

#[tokio::test]
async fn overlapping_invokes_run_at_the_same_time() {
    let gated = gated();
    let (one, two) = (gated.invoke(0), gated.invoke(1));
    gated.begun(2).await;
    gated.gates[0].add_permits(1);
    gated.gates[1].add_permits(1);
    let mut environments = [soon(one).await.unwrap(), soon(two).await.unwrap()];
    environments.sort();
    assert_eq!(environments, ["0", "1"]);
}

#[tokio::test]
async fn the_environment_that_was_used_last_is_used_next() {
    let gated = gated();
    let (one, two) = (gated.invoke(0), gated.invoke(1));
    gated.begun(2).await;
    for (gate, so_far) in [(1, 1), (0, 2)] {
        gated.gates[gate].add_permits(1);
        gated.ended(so_far).await;
    }
    let (one, two) = (soon(one).await.unwrap(), soon(two).await.unwrap());
    assert_ne!(one, two);
    for so_far in 3..6 {
        gated.gates[0].add_permits(1);
        assert_eq!(soon(gated.invoke(0)).await.unwrap(), one, "and not that of the other, {two}");
        gated.ended(so_far).await;
    }
}
