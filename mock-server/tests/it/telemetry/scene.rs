//! One function, and two subscribers that have to be told the same: one over HTTP, one over TCP.

use mock_server::{FunctionBuilder, Outcome};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};

use super::{
    stage::{Extension, RUNTIME, Stage, TELEMETRY},
    subscriber::{Log, Over},
};
use crate::{raw::Connection, wait::soon};

pub(super) const HTTP: &str = "over-http";
pub(super) const TCP: &str = "over-tcp";

pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) http: Extension,
    pub(super) tcp: Extension,
    pub(super) runtime: Connection<TcpStream>,
    pub(super) logs: [Log; 2],
    schemas: [&'static str; 2],
}

/// A subscription to everything.
pub(super) fn subscription(schema: &str, destination: &Value) -> Value {
    json!({
        "schemaVersion": schema,
        "destination": destination,
        "types": ["platform", "function", "extension"],
        "buffering": { "maxItems": 1000, "maxBytes": 262_144, "timeoutMs": 25 },
    })
}

impl Scene {
    /// Invoked with `r-1`; both have subscribed, and the runtime runs and has not asked for work.
    pub(super) async fn starting(
        schemas: [&'static str; 2],
        configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
    ) -> (Self, JoinHandle<Outcome>) {
        let stage = Stage::new(&[HTTP, TCP], configure);
        let outcome = stage.invoke("r-1");
        (Self::subscribed(stage, schemas).await, outcome)
    }

    /// The same, without an invoke: the environment was started ahead of any.
    pub(super) async fn subscribed(mut stage: Stage, schemas: [&'static str; 2]) -> Self {
        let logs = [Log::start(Over::Http).await, Log::start(Over::Tcp).await];
        let (http, tcp, runtime) = generation(&mut stage, 0, schemas, &logs).await;
        Self { stage, http, tcp, runtime, logs, schemas }
    }

    /// The same again for the next generation of processes, whose launches come after this entry.
    pub(super) async fn again(&mut self, from: u64) {
        let (http, tcp, runtime) = generation(&mut self.stage, from, self.schemas, &self.logs).await;
        (self.http, self.tcp, self.runtime) = (http, tcp, runtime);
    }

    /// The runtime and both extensions ask for what comes next.
    pub(super) async fn all_ask(&mut self) {
        self.stage.runtime_asks(&mut self.runtime).await;
        self.extensions_ask().await;
    }

    pub(super) async fn extensions_ask(&mut self) {
        self.stage.extension_asks(&mut self.http).await;
        self.stage.extension_asks(&mut self.tcp).await;
    }

    /// All have asked for work, and all have got it.
    pub(super) async fn all_are_told(&mut self) {
        soon(self.runtime.reply()).await;
        self.extensions_are_told("INVOKE").await;
    }

    pub(super) async fn extensions_are_told(&mut self, event: &str) {
        assert_eq!(self.http.event().await["eventType"], event);
        assert_eq!(self.tcp.event().await["eventType"], event);
    }

    /// All do their part of an invocation that they have been told of, and ask for more.
    pub(super) async fn all_answer(&mut self, request_id: &str) {
        self.stage.runtime_answers(&mut self.runtime, request_id, "{}").await;
        self.extensions_ask().await;
    }

    /// Both have to be told this next.
    pub(super) async fn expect(&mut self, golden: &str) {
        for log in &mut self.logs {
            log.expect(golden).await;
        }
    }

    /// Only this one has to be told this next.
    pub(super) async fn expect_over(&mut self, over: Over, golden: &str) {
        let [http, tcp] = &mut self.logs;
        let log = if over == Over::Http { http } else { tcp };
        log.expect(golden).await;
    }

    /// All that both have to be told of an init in which nobody writes anything, up to the runtime's launch.
    pub(super) async fn expect_launch(&mut self, initialization: &str, phase: &str) {
        self.expect(&format!(
            r#"
            platform.initStart {{"initializationType":"{initialization}","phase":"{phase}","functionName":"f","functionVersion":"$LATEST"}}
            extension "api _"
            extension "api _"
            platform.telemetrySubscription {{"name":"over-http","state":"Subscribed","types":["platform","function","extension"]}}
            platform.telemetrySubscription {{"name":"over-tcp","state":"Subscribed","types":["platform","function","extension"]}}
            function "api _"
            "#
        ))
        .await;
    }

    /// What follows when all goes well.
    pub(super) async fn expect_init(&mut self, initialization: &str, phase: &str) {
        self.expect(&format!(
            r#"
            platform.initRuntimeDone {{"initializationType":"{initialization}","phase":"{phase}","status":"success"}}
            platform.extension {{"name":"over-http","state":"Ready","events":["INVOKE","SHUTDOWN"]}}
            platform.extension {{"name":"over-tcp","state":"Ready","events":["INVOKE","SHUTDOWN"]}}
            platform.initReport {{"initializationType":"{initialization}","phase":"{phase}","status":"success","metrics":{{"durationMs":_}}}}
            "#
        ))
        .await;
    }

    /// A whole init that goes well, within an invocation or not.
    pub(super) async fn goes_well(&mut self, phase: &str) {
        self.all_ask().await;
        self.expect_launch("on-demand", phase).await;
        self.expect_init("on-demand", phase).await;
    }

    /// Both extensions are told to end, end, and must not have been told anything else.
    pub(super) async fn ends(mut self, shutting_down: JoinHandle<()>) {
        self.extensions_are_told("SHUTDOWN").await;
        self.stage.tell(HTTP, "exit 0");
        self.stage.tell(TCP, "exit 0");
        soon(shutting_down).await.unwrap();
        self.nothing_more().await;
    }

    /// The function is shut down, and nothing is delivered any more.
    pub(super) async fn shut_down(self) {
        let shutting_down = self.stage.shut_down();
        self.ends(shutting_down).await;
    }

    /// After the environment is gone.
    pub(super) async fn nothing_more(self) {
        for log in self.logs {
            assert_eq!(log.rest().await, [""; 0]);
        }
    }
}

async fn generation(
    stage: &mut Stage,
    from: u64,
    schemas: [&'static str; 2],
    logs: &[Log; 2],
) -> (Extension, Extension, Connection<TcpStream>) {
    stage.launched(from, TCP).await;
    let mut http = stage.register(HTTP).await;
    let mut tcp = stage.register(TCP).await;
    http.subscribe(TELEMETRY, &subscription(schemas[0], &logs[0].destination())).await;
    tcp.subscribe(TELEMETRY, &subscription(schemas[1], &logs[1].destination())).await;
    stage.launched(from, RUNTIME).await;
    let runtime = stage.connect(RUNTIME).await;
    (http, tcp, runtime)
}
