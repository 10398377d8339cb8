//! A function that does nothing but write, and an extension that has subscribed to that.

use mock_server::{Event, Outcome};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::stage::{Extension, RUNTIME, Stage, TELEMETRY};
use crate::wait::soon;

pub(super) const EXTENSION: &str = "audit";

/// Half a minute: longer than a test takes.
pub(super) const LATE: u32 = 30_000;
/// The least.
pub(super) const SOON: u32 = 25;

/// A subscription to what the function writes.
pub(super) fn lines_to(destination: &Value, timeout_ms: u32) -> Value {
    json!({
        "schemaVersion": "2025-01-29",
        "destination": destination,
        "types": ["function"],
        "buffering": { "maxItems": 1_000, "maxBytes": 262_144, "timeoutMs": timeout_ms },
    })
}

pub(super) fn http(port: u16) -> Value {
    json!({ "protocol": "HTTP", "URI": format!("http://sandbox.localdomain:{port}/") })
}

pub(super) fn tcp(port: u16) -> Value {
    json!({ "protocol": "TCP", "port": port })
}

pub(super) struct Writing {
    pub(super) stage: Stage,
    /// Its connection stays open.
    _extension: Extension,
    _outcome: JoinHandle<Outcome>,
}

impl Writing {
    pub(super) async fn to(subscription: &Value) -> Self {
        Self::with(TELEMETRY, subscription).await
    }

    /// Subscribed with this API.
    pub(super) async fn with(api: &str, subscription: &Value) -> Self {
        let mut stage = Stage::new(&[EXTENSION], |function| function);
        let outcome = stage.invoke("r-1");
        let mut extension = stage.register(EXTENSION).await;
        extension.subscribe(api, subscription).await;
        stage.launched(0, RUNTIME).await;
        Self { stage, _extension: extension, _outcome: outcome }
    }

    pub(super) async fn writes(&mut self, line: &str) {
        self.stage.says(RUNTIME, line).await;
    }

    /// Writes lines of about a thousand bytes, which begin with their numbers.
    pub(super) async fn writes_many(&mut self, first: u32, last: u32) {
        let filling = "x".repeat(990);
        let from = self.stage.end();
        self.stage.tell(RUNTIME, &format!("seq -f '%06.0f {filling}' {first} {last}"));
        let last = format!("{last:06} {filling}");
        self.stage.happens(from, |event| matches!(event, Event::Output { line } if *line == last)).await;
    }

    /// Whether a batch has been sent so far.
    pub(super) fn has_sent(&self) -> bool {
        let entries = self.stage.function.timeline().entries();
        entries.iter().any(|entry| matches!(entry.event, Event::TelemetrySent { .. }))
    }

    /// Ends the environment, which sends whatever there still is.
    pub(super) async fn ends(mut self) {
        self.stage.tell(EXTENSION, "exit 0");
        soon(self.stage.function.shut_down()).await;
    }
}
