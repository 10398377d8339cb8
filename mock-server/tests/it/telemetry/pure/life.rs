//! Sequences that would take a test too long where time flows.

use lambda_api::{
    runtime::response::ResponseMode,
    telemetry::{Category, SchemaVersion},
};
use mock_server::core::{Call, CallId, Exit, Initialization, Input, Settings};

use super::{Core, lines, masked, millis, settings};

/// A subscription to everything.
fn everything(settings: Settings) -> Core {
    let mut wanted = lines(SchemaVersion::V20250129);
    wanted.types = Category::ALL.to_vec();
    Core::subscribed(settings, wanted)
}

impl Core {
    /// Answers the invocation and asks for more.
    fn answer(&mut self, request_id: &str) {
        self.call(Call::Response {
            request_id: request_id.parse().ok(),
            invocation_id: None,
            content_type: None,
            mode: Some(ResponseMode::Buffered),
        });
        self.input(Input::BodyEnded { call: CallId(self.calls), trailers: None });
        self.runtime_asks();
    }

    /// What is told within the time that follows.
    fn told(&mut self, within: u64) -> String {
        let mut events = Vec::new();
        for _ in 0..within {
            self.advance(millis(1));
            for delivery in self.deliveries() {
                events.extend(super::texts(&delivery).iter().map(|event| masked(event)));
                self.delivered(true);
            }
        }
        events.join("\n")
    }
}

fn golden(lines: &str) -> String {
    super::super::golden::lines(lines).join("\n")
}

#[test]
fn hooks_that_take_too_long_are_told() {
    let mut settings = settings();
    settings.initialization = Initialization::SnapStart;
    let mut core = everything(settings);
    core.call(Call::RestoreNext);
    core.extension_asks();
    core.told(100);
    core.invoke(1);
    assert_eq!(
        core.told(10_100),
        golden(
            r#"
            platform.restoreStart {"functionName":"f","functionVersion":"$LATEST"}
            platform.restoreRuntimeDone {"status":"error","errorType":"Runtime.RestoreHookUserTimeout"}
            platform.restoreReport {"status":"timeout","errorType":"Runtime.RestoreHookUserTimeout","metrics":{"durationMs":_}}
            "#
        )
    );
}

#[test]
fn an_init_that_takes_too_long_a_second_time_is_a_time_out_of_its_invocation() {
    let mut core = everything(settings());
    core.invoke(1);
    core.told(10_000);
    core.input(Input::ProcessExited { generation: 1, exit: Exit::Signal { number: 15, core_dumped: false } });
    core.input(Input::ExtensionExited { index: 0, generation: 1, exit: Exit::Code(0) });
    core.register(super::EXTENSION, 1);
    let mut wanted = lines(SchemaVersion::V20250129);
    wanted.types = vec![Category::Platform];
    core.subscribe(mock_server::core::TelemetryApi::Telemetry, wanted);
    assert_eq!(
        core.told(3_100),
        golden(
            r#"
            platform.initStart {"initializationType":"on-demand","phase":"invoke","functionName":"f","functionVersion":"$LATEST"}
            platform.telemetrySubscription {"name":"audit","state":"Subscribed","types":["platform"]}
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"invoke","status":"error","errorType":"Runtime.Unknown"}
            platform.extension {"name":"audit","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.initReport {"initializationType":"on-demand","phase":"invoke","status":"timeout","metrics":{"durationMs":_}}
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128}}
            "#
        )
    );
}

#[test]
fn numbers_are_those_of_the_clock() {
    let mut core = everything(settings());
    core.advance(millis(110));
    core.runtime_asks();
    core.advance(millis(10));
    core.extension_asks();
    core.advance(millis(40));
    core.invoke(1);
    core.advance(millis(7));
    core.call(Call::Response {
        request_id: "r-1".parse().ok(),
        invocation_id: None,
        content_type: None,
        mode: Some(ResponseMode::Streaming),
    });
    let call = CallId(core.calls);
    core.advance(millis(5));
    core.input(Input::BodyArrived { call, bytes: bytes::Bytes::from_static(b"12345") });
    core.advance(millis(3));
    core.input(Input::BodyEnded { call, trailers: None });
    core.advance(millis(2));
    core.runtime_asks();
    core.advance(std::time::Duration::from_micros(1_500));
    core.input(Input::MemoryMeasured { mb: 38 });
    core.extension_asks();
    let events = core.take_all();
    let of = |kind: &str| {
        let is_it = |event: &&String| event.contains(&format!("\"type\":\"{kind}\""));
        events.iter().find(is_it).unwrap().clone()
    };
    let begin = "2026-11-20T10:00:00";
    assert_eq!(
        of("platform.initReport"),
        format!(
            r#"{{"time":"{begin}.120Z","type":"platform.initReport","record":{{"initializationType":"on-demand","phase":"init","status":"success","metrics":{{"durationMs":120.0}}}}}}"#
        )
    );
    assert_eq!(
        of("platform.runtimeDone"),
        format!(
            r#"{{"time":"{begin}.177Z","type":"platform.runtimeDone","record":{{"requestId":"r-1","status":"success","metrics":{{"durationMs":17.0,"producedBytes":5}},"spans":[{{"name":"responseLatency","start":"{begin}.160Z","durationMs":7.0}},{{"name":"responseDuration","start":"{begin}.167Z","durationMs":8.0}},{{"name":"runtimeOverhead","start":"{begin}.175Z","durationMs":2.0}}]}}}}"#
        )
    );
    assert_eq!(
        of("platform.report"),
        format!(
            r#"{{"time":"{begin}.178Z","type":"platform.report","record":{{"requestId":"r-1","status":"success","metrics":{{"durationMs":18.5,"billedDurationMs":139,"memorySizeMB":128,"maxMemoryUsedMB":38,"initDurationMs":120.0}},"spans":[{{"name":"extensionOverhead","start":"{begin}.177Z","durationMs":1.5}}]}}}}"#
        )
    );
}

#[test]
fn an_invocation_ends_with_the_report_that_says_so() {
    let mut core = everything(settings());
    core.ready();
    core.told(100);
    for number in 1..=3 {
        core.invoke(number);
        core.answer(&format!("r-{number}"));
        core.extension_asks();
        let told = core.told(100);
        let kinds: Vec<_> = told.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(kinds, ["platform.start", "platform.runtimeDone", "platform.report"]);
    }
}

#[test]
fn memory_that_was_too_little_has_a_type_of_its_own() {
    let mut core = everything(settings());
    core.ready();
    core.told(100);
    core.invoke(1);
    core.input(Input::ProcessExited { generation: 1, exit: Exit::OutOfMemory });
    assert_eq!(
        core.told(100),
        golden(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"error","errorType":"Runtime.OutOfMemory","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"error","errorType":"Runtime.OutOfMemory","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"initDurationMs":_}}
            "#
        )
    );
}
