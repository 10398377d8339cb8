//! Many environments of one function at once.

use std::{io, sync::Arc, time::Instant};

use lambda_api::transport::RuntimeApi;
use mock_server::{Function, Invocation, MockLambda, ServiceBuilder};
use tokio::{sync::Barrier, task::JoinSet};

use super::{EVENT, TIMELINE};
use crate::{Result, guest};

/// The version whose environments are made ready ahead.
const VERSION: &str = "1";

/// As many environments, initialised and idle, with a timeline that stays small.
pub async fn idle(size: usize, barrier: Option<Arc<Barrier>>) -> Result<(MockLambda, Function)> {
    let (entries, bytes) = TIMELINE;
    start(MockLambda::builder().timeline(entries, bytes), size, barrier).await
}

/// As many environments. With a barrier no invocation is answered before as many have come.
async fn start(
    service: ServiceBuilder,
    size: usize,
    barrier: Option<Arc<Barrier>>,
) -> Result<(MockLambda, Function)> {
    let mock = service.account_concurrency(size + 100).build();
    let function = mock.function("f").in_process(move |api| echo(api, barrier.clone()));
    function.publish()?;
    let allocation = function.provision(VERSION, size).await?;
    if allocation.is_none_or(|allocation| allocation.available != size) {
        return Err(format!("{allocation:?}").into());
    }
    Ok((mock, function))
}

async fn echo(api: RuntimeApi, barrier: Option<Arc<Barrier>>) -> io::Result<()> {
    guest::echo_together(api.connect().await?, barrier).await
}

async fn invoke(function: &Function) -> Result<()> {
    let outcome = function.invoke(Invocation::new(EVENT).qualifier(VERSION)).await;
    if outcome.is_success() { Ok(()) } else { Err(format!("{outcome:?}").into()) }
}

async fn invoke_all(function: &Function, size: usize) -> Result<()> {
    let mut callers = JoinSet::new();
    for _ in 0..size {
        let function = function.clone();
        callers.spawn(async move { invoke(&function).await });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok(())
}

pub async fn warm(size: usize, times: usize) -> Result<()> {
    let (_mock, function) = start(MockLambda::builder(), size, None).await?;
    for _ in 0..times {
        invoke(&function).await?;
    }
    Ok(())
}

pub async fn at_once(size: usize, times: usize) -> Result<()> {
    let barrier = Arc::new(Barrier::new(size));
    let (_mock, function) = start(MockLambda::builder(), size, Some(barrier)).await?;
    for _ in 0..times {
        invoke_all(&function, size).await?;
    }
    Ok(())
}

pub async fn lives(size: usize, times: usize) -> Result<()> {
    for _ in 0..times {
        let (mock, _function) = idle(size, None).await?;
        mock.shut_down().await;
    }
    Ok(())
}

/// All are ready, each has one invocation at the same time as all others, all are shut down: how long each of it takes, and the
/// memory of the process.
pub async fn many(size: usize) -> Result<()> {
    let before = resident_kb()?;
    let start = Instant::now();
    let (mock, function) = idle(size, Some(Arc::new(Barrier::new(size)))).await?;
    let (ready, resident) = (start.elapsed(), resident_kb()? - before);
    let start = Instant::now();
    invoke_all(&function, size).await?;
    let (invoked, busy) = (start.elapsed(), resident_kb()? - before);
    let start = Instant::now();
    mock.shut_down().await;
    let ended = start.elapsed();
    println!(
        "{size} environments of one function in one process: ready after {:.2} s, with {:.1} KB of resident memory each; all \
         invoked at once in {:.2} s, then {:.1} KB each; shut down in {:.2} s.",
        ready.as_secs_f64(),
        resident as f64 / size as f64,
        invoked.as_secs_f64(),
        busy as f64 / size as f64,
        ended.as_secs_f64()
    );
    Ok(())
}

fn resident_kb() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
