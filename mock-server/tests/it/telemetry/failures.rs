//! What subscribers are told when something goes wrong: time-outs, exits, errors of an init.

use std::time::Duration;

use super::{
    scene::{HTTP, Scene, TCP},
    stage::RUNTIME,
    subscriber::Over,
};
use crate::guest::INIT_ERROR;

/// Long enough for an init within it, on the slowest machine.
const SHORT: Duration = Duration::from_secs(3);

impl Scene {
    /// The processes are being ended; both extensions do as they are told. The next generation is awaited.
    async fn starts_again(&mut self) {
        self.extensions_are_told("SHUTDOWN").await;
        self.both_end_and_start_again().await;
    }

    async fn both_end_and_start_again(&mut self) {
        let from = self.stage.end();
        self.stage.tell(HTTP, "exit 0");
        self.stage.tell(TCP, "exit 0");
        self.again(from).await;
    }

    /// An invocation that goes well, in an environment that had to start again.
    async fn recovers(&mut self, request_id: &str) {
        self.all_are_told().await;
        self.all_answer(request_id).await;
        self.expect(&format!(
            r#"
            platform.start {{"requestId":"{request_id}","version":"$LATEST"}}
            platform.runtimeDone {{"requestId":"{request_id}","status":"success","metrics":{{"durationMs":_,"producedBytes":2}},"spans":[{{"name":"responseLatency","start":_,"durationMs":_}},{{"name":"responseDuration","start":_,"durationMs":_}},{{"name":"runtimeOverhead","start":_,"durationMs":_}}]}}
            platform.report {{"requestId":"{request_id}","status":"success","metrics":{{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_}},"spans":[{{"name":"extensionOverhead","start":_,"durationMs":_}}]}}
            "#
        ))
        .await;
    }
}

#[tokio::test]
async fn a_time_out_is_told_before_the_reset_and_the_next_init_is_part_of_its_invocation() {
    let (mut scene, outcome) =
        Scene::starting(["2022-12-13", "2025-01-29"], |function| function.timeout(SHORT)).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    scene.extensions_ask().await;
    scene.stage.says(RUNTIME, "never done").await;
    assert!(outcome.await.unwrap().is_timeout());
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            function "never done"
            platform.runtimeDone {"requestId":"r-1","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_}}
            "#,
        )
        .await;
    let outcome = scene.stage.invoke("r-2");
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_extension_that_is_busy_at_the_deadline_makes_a_time_out_of_what_the_runtime_has_done() {
    let (mut scene, outcome) =
        Scene::starting(["2022-12-13", "2025-01-29"], |function| function.timeout(SHORT)).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    scene.stage.runtime_answers(&mut scene.runtime, "r-1", "{}").await;
    assert!(outcome.await.unwrap().is_success(), "the answer was there in time");
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-1","status":"timeout","errorType":"Sandbox.Timedout","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    let outcome = scene.stage.invoke("r-2");
    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

/// What ends a runtime at work, and what it is called.
async fn an_exit_is_told(command: &str) {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    scene.extensions_ask().await;
    scene.stage.end_process(RUNTIME, &format!("echo goodbye; {command}")).await;
    assert_eq!(outcome.await.unwrap().error_type(), Some("Runtime.ExitError"));
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            function "goodbye"
            platform.runtimeDone {"requestId":"r-1","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_}}
            "#,
        )
        .await;
    let outcome = scene.stage.invoke("r-2");
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_exit_within_an_invocation_is_told() {
    an_exit_is_told("exit 3").await;
}

#[tokio::test]
async fn a_peaceful_exit_within_an_invocation_is_an_error_too() {
    an_exit_is_told("exit 0").await;
}

#[tokio::test]
async fn a_kill_within_an_invocation_is_told() {
    an_exit_is_told("kill -9 $$").await;
}

/// What is told of an init that ends with an exit of the runtime, after its launch.
fn failed_init(phase: &str) -> String {
    format!(
        r#"
        function "goodbye"
        platform.initRuntimeDone {{"initializationType":"on-demand","phase":"{phase}","status":"error","errorType":"Runtime.ExitError"}}
        platform.extension {{"name":"over-http","state":"Registered","events":["INVOKE","SHUTDOWN"]}}
        platform.extension {{"name":"over-tcp","state":"Registered","events":["INVOKE","SHUTDOWN"]}}
        platform.initReport {{"initializationType":"on-demand","phase":"{phase}","status":"error","errorType":"Runtime.ExitError","metrics":{{"durationMs":_}}}}
        "#
    )
}

#[tokio::test]
async fn an_init_that_fails_twice_is_told_twice_and_the_invocation_after_it() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.stage.end_process(RUNTIME, "echo goodbye; exit 3").await;
    scene.expect_launch("on-demand", "init").await;
    scene.expect(&failed_init("init")).await;

    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.stage.end_process(RUNTIME, "echo goodbye; exit 3").await;
    assert_eq!(outcome.await.unwrap().error_type(), Some("Runtime.ExitError"));
    scene.expect_launch("on-demand", "invoke").await;
    scene.expect(&failed_init("invoke")).await;
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_}}
            "#,
        )
        .await;

    let outcome = scene.stage.invoke("r-2");
    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_init_that_fails_once_is_told_and_repeated_within_the_invocation() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.stage.end_process(RUNTIME, "echo goodbye; exit 3").await;
    scene.expect_launch("on-demand", "init").await;
    scene.expect(&failed_init("init")).await;
    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn what_the_runtime_says_of_its_failed_init_is_told() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    let category = [("Lambda-Runtime-Function-Error-Type", "Runtime.HandlerNotFound")];
    let posted = scene.runtime.post_with(INIT_ERROR, &category, "{}").await;
    assert_eq!(posted.status(), 202);
    scene.stage.end_process(RUNTIME, "exit 1").await;
    scene.expect_launch("on-demand", "init").await;
    scene
        .expect(
            r#"
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.HandlerNotFound"}
            platform.extension {"name":"over-http","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"over-tcp","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.initReport {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.HandlerNotFound","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_init_that_takes_too_long_is_told_and_repeated_within_the_invocation() {
    let (mut scene, outcome) =
        Scene::starting(["2022-12-13", "2025-01-29"], |function| function.init_timeout(SHORT)).await;
    scene.expect_launch("on-demand", "init").await;
    scene
        .expect(
            r#"
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.Unknown"}
            platform.extension {"name":"over-http","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"over-tcp","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.initReport {"initializationType":"on-demand","phase":"init","status":"timeout","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    scene.extensions_ask().await;
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_extension_that_ends_within_an_invocation_is_told_to_the_other_one() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    let from = scene.stage.end();
    scene.stage.end_process(TCP, "exit 7").await;
    let outcome = outcome.await.unwrap();
    assert_eq!(
        outcome.payload(),
        r#"{"errorType":"Extension.Crash","errorMessage":"RequestId: r-1 Error: exit status 7"}"#
    );
    scene.expect(r#"platform.start {"requestId":"r-1","version":"$LATEST"}"#).await;
    scene
        .expect_over(
            Over::Http,
            r#"
            platform.runtimeDone {"requestId":"r-1","status":"error","errorType":"Extension.Crash","metrics":{"durationMs":_,"producedBytes":0}}
            platform.report {"requestId":"r-1","status":"error","errorType":"Extension.Crash","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_}}
            "#,
        )
        .await;
    let outcome = scene.stage.invoke("r-2");
    scene.stage.extension_asks(&mut scene.http).await;
    assert_eq!(scene.http.event().await["shutdownReason"], "failure");
    scene.stage.tell(HTTP, "exit 0");
    scene.again(from).await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_extension_that_ends_within_init_is_told_to_the_other_one() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    let from = scene.stage.end();
    scene.expect_launch("on-demand", "init").await;
    scene.stage.end_process(TCP, "exit 7").await;
    scene
        .expect_over(
            Over::Http,
            r#"
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Extension.Crash"}
            platform.extension {"name":"over-http","state":"Registered","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"over-tcp","state":"Exited","events":["INVOKE","SHUTDOWN"],"errorType":"Extension.Crash"}
            platform.initReport {"initializationType":"on-demand","phase":"init","status":"error","errorType":"Extension.Crash","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    scene.stage.extension_asks(&mut scene.http).await;
    assert_eq!(scene.http.event().await["shutdownReason"], "failure");
    scene.stage.tell(HTTP, "exit 0");
    scene.again(from).await;
    scene.goes_well("invoke").await;
    scene.recovers("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn an_exit_between_invocations_is_told_by_nothing_but_the_next_init() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    scene.all_answer("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    scene.stage.end_process(RUNTIME, "exit 3").await;
    let outcome = scene.stage.invoke("r-2");
    scene.starts_again().await;
    scene.goes_well("invoke").await;
    scene.recovers("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene.shut_down().await;
}
