//! A proxy of the Runtime API: an external extension that stands between a function's runtime and Lambda, and writes a
//! line for each event and each response that passes.
//!
//! The runtime has to be sent here: `examples/proxy/bootstrap` does so, with the address that it finds in the file that
//! `RUNTIME_API_PROXY` names, else `runtime-api-proxy` in the folder for temporary files. How calls pass is in
//! [`forward`], what is seen of them in [`watched`].

use std::{
    env, fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use lambda_extension::{BoxError, EventType, Extension, RuntimeApi};
use tokio::{net::TcpListener, time::sleep};

mod forward;
mod watched;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let api: RuntimeApi = env::var("AWS_LAMBDA_RUNTIME_API")?.parse()?;
    let file = env::var_os("RUNTIME_API_PROXY")
        .map_or_else(|| env::temp_dir().join("runtime-api-proxy"), PathBuf::from);

    // The runtime is started as soon as the extensions have registered, and must find the address then.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    publish(&file, &format!("{}{}", listener.local_addr()?, api.base_path()))?;
    let mut extension = Extension::external().events(&[EventType::Shutdown]).register().await?;
    tokio::select! {
        shutdown = extension.next_event() => drop(shutdown?),
        () = listen(listener, api) => {}
    }
    Ok(())
}

/// Writes the address in one step, so that nobody reads half of it or that of an older proxy.
fn publish(file: &Path, address: &str) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, address)?;
    fs::rename(new, file)
}

async fn listen(listener: TcpListener, api: RuntimeApi) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(forward::serve(stream, api.clone()))),
            // Such as too many open files, which pass.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
