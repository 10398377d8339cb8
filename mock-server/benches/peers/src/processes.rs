//! The services that are compared, and processes of functions.

use std::{
    env,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::net::{TcpListener, TcpStream};

use crate::Result;

/// This program is a function's process where this variable is set.
pub const GUEST: &str = "MOCK_SERVER_PEERS_GUEST";

/// How long somebody may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that ends with its owner.
pub struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Result<Self> {
        let command =
            command.env(GUEST, "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn()?))
    }

    /// The function, of a service that starts none itself.
    pub fn guest(api: SocketAddr) -> Result<Self> {
        Self::start(Command::new(env::current_exe()?).env("AWS_LAMBDA_RUNTIME_API", api.to_string()))
    }

    /// AWS's emulator, which starts the function at the first invoke.
    ///
    /// The guest has to be that function: where one polls before the first invoke, the emulator's handler panics and drops the
    /// connection, and the invoke, whose runtime never polls, is never answered.
    pub async fn emulator(path: &str) -> Result<(Self, SocketAddr)> {
        let (api, front) = (free_address().await?, free_address().await?);
        let mut command = Command::new(path);
        command
            .args(["--runtime-api-address", &api.to_string()])
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .arg(env::current_exe()?);
        Ok((Self::start(&mut command)?, front))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Connects as soon as somebody listens.
pub async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > give_up => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

async fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?)
}
