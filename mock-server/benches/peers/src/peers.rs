//! Times of the mock beside those of AWS's emulator and lambda-simulator, as ratios of runs that take turns.
//!
//! The function is the same for all: a raw socket that takes an event and gives it back, in a process of its own where it is
//! reached over TCP. What is measured goes from the caller's first byte to the last.

use std::{
    env,
    net::SocketAddr,
    time::{Duration, Instant},
};

use lambda_simulator::Simulator;
use mock_server::{Function, MockLambda};
use tokio::runtime::Builder;

use crate::{
    Result,
    guest::{self, Http},
    processes::{GUEST, Process, connect},
    table::{Row, Table},
    work::EVENT,
};

/// How often each side has its turn.
const ROUNDS: usize = 15;
const STARTS: u32 = 100;
const LIVES: u32 = 60;
/// Of a service that is a process.
const PROCESSES: u32 = 4;
const INVOCATIONS: u32 = 400;
/// How long an invocation may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn rows(table: &mut Table) -> Result<()> {
    let emulator = env::var("LAMBDA_RIE").ok();
    if emulator.is_none() {
        eprintln!("LAMBDA_RIE does not name AWS's emulator: its cells stay empty");
    }
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        table.add(starts().await?)?;
        table.add(lives().await?)?;
        if let Some(emulator) = &emulator {
            table.add(lives_of_processes(emulator).await?)?;
        }
        table.add(invocations().await?)?;
        if let Some(emulator) = &emulator {
            table.add(invocations_over_http(emulator).await?)?;
        }
        Ok(())
    })
}

/// The shortest of each side, of the rounds.
#[derive(Clone, Copy)]
struct Turns {
    ours: Duration,
    theirs: Duration,
}

impl Turns {
    fn new() -> Self {
        Self { ours: Duration::MAX, theirs: Duration::MAX }
    }

    fn add(&mut self, ours: Duration, theirs: Duration) {
        (self.ours, self.theirs) = (self.ours.min(ours), self.theirs.min(theirs));
    }

    fn theirs(self) -> f64 {
        self.theirs.as_secs_f64() / self.ours.as_secs_f64()
    }
}

async fn starts() -> Result<Row> {
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..STARTS {
            let mock = MockLambda::new();
            assert_eq!(mock.function("f").in_process(guest::in_memory).name(), "f");
        }
        let ours = start.elapsed();
        let mut theirs = Duration::ZERO;
        for _ in 0..STARTS {
            let start = Instant::now();
            let simulator = Simulator::builder().build().await?;
            theirs += start.elapsed();
            simulator.shutdown().await;
        }
        turns.add(ours, theirs);
    }
    Ok(Row::times("a service with one function, in process").simulator(turns.theirs()))
}

async fn lives() -> Result<Row> {
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..LIVES {
            let mock = MockLambda::new();
            let function = mock.function("f").in_process(guest::in_memory);
            assert!(function.invoke(EVENT).await.is_success());
            mock.shut_down().await;
        }
        let ours = start.elapsed();
        let start = Instant::now();
        for _ in 0..LIVES {
            let simulator = Simulator::builder().build().await?;
            let guest = tokio::spawn(in_this_process(simulator.addr()));
            simulate(&simulator, 1).await?;
            guest.abort();
            simulator.shutdown().await;
        }
        turns.add(ours, start.elapsed());
    }
    Ok(Row::times("a whole life in process: init, one invocation, shutdown").simulator(turns.theirs()))
}

async fn in_this_process(api: SocketAddr) -> Result<()> {
    Ok(guest::echo_all(connect(api).await?, |_| {}).await?)
}

async fn lives_of_processes(emulator: &str) -> Result<Row> {
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..PROCESSES {
            let (mock, _function) = with_process()?;
            let api = mock.listen(([127, 0, 0, 1], 0).into())?;
            over_http(api.address(), 1).await?;
            mock.shut_down().await;
        }
        let ours = start.elapsed();
        let start = Instant::now();
        for _ in 0..PROCESSES {
            let (process, front) = Process::emulator(emulator).await?;
            over_http(front, 1).await?;
            drop(process);
        }
        turns.add(ours, start.elapsed());
    }
    Ok(Row::times("the same with a process, over HTTP").emulator(turns.theirs()))
}

/// The mock's own API, and TCP between it and the function.
async fn invocations() -> Result<Row> {
    let (mock, function) = with_process()?;
    let simulator = Simulator::builder().build().await?;
    let _guest = Process::guest(simulator.addr())?;
    // The first one has the cold start.
    assert!(function.invoke(EVENT).await.is_success());
    simulate(&simulator, 1).await?;
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..INVOCATIONS {
            assert!(function.invoke(EVENT).await.is_success());
        }
        let ours = start.elapsed();
        let start = Instant::now();
        simulate(&simulator, INVOCATIONS).await?;
        turns.add(ours, start.elapsed());
    }
    mock.shut_down().await;
    simulator.shutdown().await;
    Ok(Row::times("a warm invocation, its own API in front and TCP behind").simulator(turns.theirs()))
}

async fn invocations_over_http(emulator: &str) -> Result<Row> {
    let (mock, _function) = with_process()?;
    let api = mock.listen(([127, 0, 0, 1], 0).into())?;
    let (_process, front) = Process::emulator(emulator).await?;
    over_http(api.address(), 1).await?;
    over_http(front, 1).await?;
    let mut turns = Turns::new();
    for _ in 0..ROUNDS {
        let ours = over_http(api.address(), INVOCATIONS).await?;
        turns.add(ours, over_http(front, INVOCATIONS).await?);
    }
    mock.shut_down().await;
    Ok(Row::times("a warm invocation, HTTP in front and TCP behind").emulator(turns.theirs()))
}

/// A function whose bootstrap is this program.
fn with_process() -> Result<(MockLambda, Function)> {
    let mock = MockLambda::new();
    let function = mock.function("function").env(GUEST, "1").bootstrap(env::current_exe()?)?;
    Ok((mock, function))
}

async fn simulate(simulator: &Simulator, invocations: u32) -> Result<()> {
    let event: serde_json::Value = serde_json::from_str(EVENT)?;
    for _ in 0..invocations {
        let id = simulator.enqueue_payload(event.clone()).await;
        simulator.wait_for_invocation_complete(&id, PATIENCE).await?;
    }
    Ok(())
}

/// Calls the Invoke API again and again on one connection.
async fn over_http(front: SocketAddr, invocations: u32) -> Result<Duration> {
    let mut caller = Http::new(connect(front).await?);
    let start = Instant::now();
    for _ in 0..invocations {
        let posted = caller.post("/2015-03-31/functions/function/invocations", EVENT.as_bytes());
        let reply = tokio::time::timeout(PATIENCE, posted).await??;
        if reply.status != 200 || reply.body != EVENT.as_bytes() {
            return Err(format!("{reply:?}").into());
        }
    }
    Ok(start.elapsed())
}
