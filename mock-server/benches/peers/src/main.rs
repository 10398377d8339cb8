//! What a mock service costs: starts, whole lifecycles, and invocations, ours beside AWS's emulator and
//! lambda-simulator 0.2.0, all in one run.
//!
//! The guest is the same for all: a raw socket that takes an event and gives it back. AWS's emulator is the binary
//! that the variable `LAMBDA_RIE` names; without it that row is left out. Nothing is asserted here: figures
//! depend on the machine, ratios less so.

use std::{
    env,
    error::Error,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use lambda_simulator::Simulator;
use mock_server::MockLambda;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

mod guest;

use guest::Http;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const STARTS: u32 = 1_000;
const LIFECYCLES: u32 = 1_000;
const INVOCATIONS: u32 = 5_000;
const EVENT: &str = r#"{"temperatureC":7.9,"windKmh":3.0}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    println!("## Starting a service with one function, nothing invoked ({STARTS} times)\n");
    let ours = starts();
    let theirs = simulator_starts().await?;
    row("mock-server, in process", ours / STARTS, None);
    row("lambda-simulator 0.2.0", theirs / STARTS, Some(theirs.as_secs_f64() / ours.as_secs_f64()));

    println!("\n## Whole lifecycles: init, one invocation, shutdown ({LIFECYCLES} of them)\n");
    let ours = lifecycles().await;
    let theirs = simulator_lifecycles().await?;
    row("mock-server, in process", ours / LIFECYCLES, None);
    row("lambda-simulator 0.2.0", theirs / LIFECYCLES, Some(theirs.as_secs_f64() / ours.as_secs_f64()));
    println!("mock-server: {LIFECYCLES} lifecycles took {:.2} s", ours.as_secs_f64());

    println!("\n## Warm invocations, one after the other ({INVOCATIONS} of them)\n");
    let memory = in_memory().await;
    let (sockets, guest_only) = over_sockets().await?;
    let theirs = simulator_invocations().await?;
    let ratio = |other: Duration| Some(other.as_secs_f64() / sockets.as_secs_f64());
    row("mock-server, HTTP in front and TCP behind", sockets / INVOCATIONS, None);
    row("mock-server, its own API and TCP behind", guest_only / INVOCATIONS, ratio(guest_only));
    row("mock-server, its own API and memory behind", memory / INVOCATIONS, ratio(memory));
    row("lambda-simulator 0.2.0, its own API and TCP behind", theirs / INVOCATIONS, ratio(theirs));
    match env::var("LAMBDA_RIE") {
        Ok(emulator) => {
            let theirs = emulator_invocations(&emulator).await?;
            row("AWS's emulator, HTTP in front and TCP behind", theirs / INVOCATIONS, ratio(theirs));
        }
        Err(_) => println!("AWS's emulator: left out, LAMBDA_RIE does not name it"),
    }
    Ok(())
}

fn row(name: &str, each: Duration, ratio: Option<f64>) {
    let each = each.as_secs_f64() * 1e6;
    let rate = 1e6 / each;
    match ratio {
        Some(ratio) => println!("{name:<50} {each:>9.1} µs  {rate:>8.0} /s  × {ratio:.2}"),
        None => println!("{name:<50} {each:>9.1} µs  {rate:>8.0} /s"),
    }
}

// === starts ===

fn starts() -> Duration {
    let start = Instant::now();
    for _ in 0..STARTS {
        let mock = MockLambda::new();
        let function = mock.function("f").in_process(guest::in_memory);
        assert_eq!(function.name(), "f");
    }
    start.elapsed()
}

async fn simulator_starts() -> Result<Duration> {
    let mut elapsed = Duration::ZERO;
    for _ in 0..STARTS {
        let start = Instant::now();
        let simulator = Simulator::builder().build().await?;
        elapsed += start.elapsed();
        simulator.shutdown().await;
    }
    Ok(elapsed)
}

// === lifecycles ===

async fn lifecycles() -> Duration {
    let start = Instant::now();
    for _ in 0..LIFECYCLES {
        let mock = MockLambda::new();
        let function = mock.function("f").in_process(guest::in_memory);
        assert!(function.invoke(EVENT).await.is_success());
        mock.shut_down().await;
    }
    start.elapsed()
}

async fn simulator_lifecycles() -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..LIFECYCLES {
        let simulator = Simulator::builder().build().await?;
        let guest = spawn_guest(simulator.addr());
        let id = simulator.enqueue_payload(serde_json::from_str(EVENT)?).await;
        simulator.wait_for_invocation_complete(&id, Duration::from_secs(5)).await?;
        guest.abort();
        simulator.shutdown().await;
    }
    Ok(start.elapsed())
}

// === invocations ===

async fn in_memory() -> Duration {
    let mock = MockLambda::new();
    let function = mock.function("f").in_process(guest::in_memory);
    assert!(function.invoke(EVENT).await.is_success());
    let start = Instant::now();
    for _ in 0..INVOCATIONS {
        assert!(function.invoke(EVENT).await.is_success());
    }
    start.elapsed()
}

/// With HTTP in front, and without.
async fn over_sockets() -> Result<(Duration, Duration)> {
    let mock = MockLambda::new();
    let address = free_address().await?;
    // The process only stays alive; its part is played from here, as with the emulator.
    let function = mock.function("function").runtime_api(address).bootstrap(sleeper()?)?;
    let api = mock.listen(([127, 0, 0, 1], 0).into())?;
    let guest = spawn_guest(address);
    let sockets = invocations(api.address()).await?;
    let start = Instant::now();
    for _ in 0..INVOCATIONS {
        assert!(function.invoke(EVENT).await.is_success());
    }
    let guest_only = start.elapsed();
    guest.abort();
    mock.shut_down().await;
    Ok((sockets, guest_only))
}

async fn simulator_invocations() -> Result<Duration> {
    let simulator = Simulator::builder().build().await?;
    let guest = spawn_guest(simulator.addr());
    let event: serde_json::Value = serde_json::from_str(EVENT)?;
    let mut start = Instant::now();
    for at in 0..=INVOCATIONS {
        if at == 1 {
            start = Instant::now();
        }
        let id = simulator.enqueue_payload(event.clone()).await;
        simulator.wait_for_invocation_complete(&id, Duration::from_secs(5)).await?;
    }
    let elapsed = start.elapsed();
    guest.abort();
    simulator.shutdown().await;
    Ok(elapsed)
}

async fn emulator_invocations(emulator: &str) -> Result<Duration> {
    let (api, front) = (free_address().await?, free_address().await?);
    let mut process = Killed(
        Command::new(emulator)
            .args(["--runtime-api-address", &api.to_string()])
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .arg(sleeper()?)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let guest = spawn_guest(api);
    let elapsed = invocations(front).await;
    guest.abort();
    process.0.kill()?;
    elapsed
}

/// Ends with its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Calls the Invoke API again and again on one connection; the first call, with its cold start, does not count.
async fn invocations(front: SocketAddr) -> Result<Duration> {
    let mut caller = Http::new(connect(front).await?);
    let path = "/2015-03-31/functions/function/invocations";
    let mut start = Instant::now();
    for at in 0..=INVOCATIONS {
        if at == 1 {
            start = Instant::now();
        }
        let reply = caller.post(path, EVENT.as_bytes()).await?;
        if reply.status != 200 || reply.body != EVENT.as_bytes() {
            return Err(format!("invocation {at}: {reply:?}").into());
        }
    }
    Ok(start.elapsed())
}

fn spawn_guest(api: SocketAddr) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Ok(stream) = connect(api).await {
            // It ends when the other side is gone.
            let _ended = guest::echo(stream).await;
        }
    })
}

/// Connects as soon as somebody listens.
async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > give_up => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?)
}

/// A bootstrap that does nothing.
fn sleeper() -> Result<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt;

    let path = env::temp_dir().join(format!("mock-server-peers-{}", std::process::id()));
    std::fs::write(&path, "#!/bin/sh\nexec sleep 1000\n")?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
