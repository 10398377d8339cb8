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

/// What is known of a function's code.
struct Seen {
    running: Look,
    last: Look,
    /// The version that was published of what is running, if it was noticed here.
    published: Option<u64>,
}

pub(super) async fn watch(served: Arc<Vec<Served>>) {
    let first = |served: &Served| {
        let now = look(&served.code);
        Seen { running: now, last: now, published: None }
    };
    let mut seen: Vec<Seen> = served.iter().map(first).collect();
    loop {
        sleep(LOOK).await;
        for (served, seen) in served.iter().zip(&mut seen) {
            let now = look(&served.code);
            let has_settled = now.is_some() && now == seen.last;
            seen.last = now;
            if has_settled && now != seen.running {
                seen.running = now;
                let note = redeploy(served, &mut seen.published).await;
                let _closed = writeln!(io::stderr(), "note: {} {note}", served.function.name());
            }
        }
    }
}

/// Runs new code; says what becomes of it.
async fn redeploy(served: &Served, published: &mut Option<u64>) -> String {
    match (served.redeploy().await, &served.auto_published) {
        (Err(error), _) => format!("keeps its code: {}", Chain(&error)),
        (Ok(Some(version)), Some(alias)) => {
            // Of those that were published here the newest is enough. One that another alias leads to stays.
            if let Some(before) = published.replace(version).filter(|before| *before != version) {
                let _needed = served.function.delete_version(before);
            }
            format!("runs new code, and its alias {alias} leads to version {version}")
        }
        (Ok(_), _) if served.has_versions => "runs new code as $LATEST; its versions keep theirs".to_owned(),
        (Ok(_), _) => "runs new code".to_owned(),
    }
}

fn look(code: &Path) -> Look {
    let file: PathBuf = if code.is_dir() { code.join("bootstrap") } else { code.to_owned() };
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
