//! What is told of extensions: of those that fail, of those that never come, and to those inside the runtime.

use std::time::Duration;

use lambda_api::telemetry::Record;
use mock_server::{Event, MockLambda};
use serde_json::json;

use super::{
    scene::{HTTP, Scene, TCP, subscription},
    stage::{Extension, RUNTIME, Stage, TELEMETRY},
    subscriber::{Log, Over},
    writing::LATE,
};
use crate::{
    folder::Folder,
    guest,
    wait::{PATIENCE, soon},
};

const INIT_ERROR: &str = "/2020-01-01/extension/init/error";
const EXIT_ERROR: &str = "/2020-01-01/extension/exit/error";

impl Extension {
    /// Says that it has failed.
    async fn fails(&mut self, path: &str) {
        let headers = [
            ("Lambda-Extension-Identifier", &*self.id.clone()),
            ("Lambda-Extension-Function-Error-Type", "Extension.Boom"),
        ];
        assert_eq!(self.api.post_with(path, &headers, "{}").await.status(), 202);
    }
}

#[tokio::test]
async fn an_extension_that_cannot_go_on_is_told_as_the_end_of_the_invocation() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    scene.tcp.fails(EXIT_ERROR).await;
    scene.stage.end_process(TCP, "exit 1").await;
    assert_eq!(soon(outcome).await.unwrap().error_type(), Some("Extension.ExitError"));
    // The other one has gone, and is told nothing any more.
    let mut log = scene.logs.into_iter().next().unwrap();
    assert_eq!(
        log.until("platform.report").await,
        [
            r#"platform.start {"requestId":"r-1","version":"$LATEST"}"#,
            r#"platform.runtimeDone {"requestId":"r-1","status":"error","errorType":"Extension.ExitError","metrics":{"durationMs":_,"producedBytes":0}}"#,
            r#"platform.report {"requestId":"r-1","status":"error","errorType":"Extension.ExitError","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_}}"#,
        ]
    );
}

#[tokio::test]
async fn an_extension_that_cannot_start_is_told_as_the_end_of_init() {
    let (mut scene, _outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.expect_launch("on-demand", "init").await;
    scene.stage.extension_asks(&mut scene.http).await;
    scene.tcp.fails(INIT_ERROR).await;
    scene.stage.end_process(TCP, "exit 1").await;
    let mut log = scene.logs.into_iter().next().unwrap();
    let told = log.until("platform.initReport").await;
    assert_eq!(
        (told.len(), &*told[1], &*told[3]),
        (
            4,
            r#"platform.extension {"name":"over-http","state":"Ready","events":["INVOKE","SHUTDOWN"]}"#,
            r#"platform.initReport {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Extension.InitError","metrics":{"durationMs":_}}"#,
        )
    );
    assert!(told[0].starts_with(
        r#"platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"error","#
    ));
    assert!(
        told[2].starts_with(r#"platform.extension {"name":"over-tcp","state":"InitError","#),
        "{}",
        told[2]
    );
}

#[tokio::test]
async fn an_extension_that_never_registers_is_told_as_one_that_was_started() {
    let short = Duration::from_secs(3);
    let mut stage = Stage::new(&[HTTP, TCP], |function| function.init_timeout(short));
    let _outcome = stage.invoke("r-1");
    let mut extension = stage.register(HTTP).await;
    let mut log = Log::start(Over::Http).await;
    extension.subscribe(TELEMETRY, &subscription("2025-01-29", &log.destination())).await;
    let told = log.until("platform.initReport").await;
    let told: Vec<_> = told.iter().filter(|event| event.starts_with("platform.extension ")).collect();
    assert_eq!(
        told,
        [
            r#"platform.extension {"name":"over-http","state":"Registered","events":["INVOKE","SHUTDOWN"]}"#,
            r#"platform.extension {"name":"over-tcp","state":"Started","events":[]}"#,
        ]
    );
}

#[tokio::test]
async fn an_extension_that_cannot_be_launched_is_told() {
    let folder = Folder::new();
    let plain = folder.file("audit", "#!/bin/sh\n");
    let function = MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE);
    let function = function.extension(plain).in_process(guest::echo);
    assert_eq!(soon(function.invoke("{}")).await.error_type(), Some("Extension.LaunchError"));
    let extension = function.timeline().entries().into_iter().find_map(|entry| match entry.event {
        Event::Telemetry(event) => match event.record {
            Record::Extension(extension) => Some(extension),
            _ => None,
        },
        _ => None,
    });
    let extension = extension.map(|extension| serde_json::to_value(extension).unwrap());
    let expected = json!({
        "name": "audit",
        "state": "LaunchError",
        "events": [],
        "errorType": "PermissionDenied",
    });
    assert_eq!(extension, Some(expected));
}

#[tokio::test]
async fn an_extension_inside_the_runtime_is_told_everything_before_the_runtime_is_killed() {
    let mut stage = Stage::new(&[], |function| function);
    let outcome = stage.invoke("r-1");
    stage.launched(0, RUNTIME).await;
    let mut inner = stage.register_as(RUNTIME, "inner", &["INVOKE"]).await;
    let mut log = Log::start(Over::Http).await;
    let mut wanted = subscription("2025-01-29", &log.destination());
    wanted["buffering"]["timeoutMs"] = json!(LATE);
    inner.subscribe(TELEMETRY, &wanted).await;
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    stage.extension_asks(&mut inner).await;
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    assert_eq!(inner.event().await["eventType"], "INVOKE");
    stage.runtime_answers(&mut runtime, "r-1", "{}").await;
    stage.extension_asks(&mut inner).await;
    assert!(soon(outcome).await.unwrap().is_success());
    assert_eq!(
        stage
            .ask(RUNTIME, "trap 'echo asked to end' TERM; echo armed; while :; do sleep 600 & wait; done")
            .await,
        "armed"
    );
    let shutting_down = stage.shut_down();
    log.expect(
        r#"
        platform.initStart {"initializationType":"on-demand","phase":"init","functionName":"f","functionVersion":"$LATEST"}
        function "api _"
        platform.telemetrySubscription {"name":"inner","state":"Subscribed","types":["platform","function","extension"]}
        function "api _"
        platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"success"}
        platform.extension {"name":"inner","state":"Ready","events":["INVOKE"]}
        platform.initReport {"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":_}}
        platform.start {"requestId":"r-1","version":"$LATEST"}
        platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
        platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
        function "armed"
        function "asked to end"
        "#,
    )
    .await;
    soon(shutting_down).await.unwrap();
    assert_eq!(log.rest().await, [""; 0]);
}
