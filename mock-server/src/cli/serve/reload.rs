//! Runs new code when its files change.
//!
//! Files are looked at again and again, which works the same on every file system and needs nothing but this. A change is
//! taken when it has stood still for one look, so that half a binary is not run. Invocations that are under way end in
//! the old code.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::sleep;

use super::{super::Chain, deploy::Served};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What can be seen of a file without reading it.
type Look = Option<(u64, SystemTime)>;

pub(super) async fn watch(served: Arc<Vec<Served>>) {
    let mut seen: Vec<(Look, Look)> =
        served.iter().map(|served| look(&served.code)).map(|now| (now, now)).collect();
    loop {
        sleep(LOOK).await;
        for (served, (running, last)) in served.iter().zip(&mut seen) {
            let now = look(&served.code);
            let has_settled = now.is_some() && now == *last;
            *last = now;
            if has_settled && now != *running {
                *running = now;
                let name = served.function.name();
                let _closed = match served.redeploy().await {
                    Ok(()) => writeln!(io::stderr(), "note: {name} runs new code"),
                    Err(error) => writeln!(io::stderr(), "note: {name} keeps its code: {}", Chain(&error)),
                };
            }
        }
    }
}

fn look(code: &Path) -> Look {
    let file: PathBuf = if code.is_dir() { code.join("bootstrap") } else { code.to_owned() };
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
