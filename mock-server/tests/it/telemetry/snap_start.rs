//! What subscribers are told of a snapshot and of its restore. A restore that takes too long is in `pure`.

use mock_server::{Event, Outcome, core::Phase};
use tokio::task::JoinHandle;

use super::{
    scene::{HTTP, Scene, TCP},
    stage::{RUNTIME, Stage},
};
use crate::{raw, wait::soon};

const RESTORE_NEXT: &str = "/2018-06-01/runtime/restore/next";
const RESTORE_ERROR: &str = "/2018-06-01/runtime/restore/error";

impl Scene {
    /// A snapshot has been taken of a runtime that waits for its restore, and everything is told.
    async fn snapshot() -> Self {
        let stage = Stage::new(&[HTTP, TCP], mock_server::FunctionBuilder::snap_start);
        let starting = {
            let function = stage.function.clone();
            tokio::spawn(async move { function.start().await })
        };
        let mut scene = Self::subscribed(stage, ["2022-12-13", "2025-01-29"]).await;
        scene.stage.calls(&mut scene.runtime, raw::get(RESTORE_NEXT)).await;
        scene.extensions_ask().await;
        soon(starting).await.unwrap();
        scene.expect_launch("snap-start", "init").await;
        scene.expect_init("snap-start", "init").await;
        scene
    }

    /// The snapshot is being restored by an invoke, and the runtime runs its hooks.
    async fn restoring() -> (Self, JoinHandle<Outcome>) {
        let mut scene = Self::snapshot().await;
        let outcome = scene.stage.invoke("r-1");
        assert_eq!(soon(scene.runtime.reply()).await.status(), 200);
        scene.stage.says(RUNTIME, "running hooks").await;
        scene
            .expect(
                r#"
                platform.restoreStart {"functionName":"f","functionVersion":"$LATEST"}
                function "running hooks"
                "#,
            )
            .await;
        (scene, outcome)
    }
}

#[tokio::test]
async fn a_restore_is_told_before_the_invocation_that_it_is_for() {
    let (mut scene, outcome) = Scene::restoring().await;
    scene.stage.runtime_asks(&mut scene.runtime).await;
    scene.all_are_told().await;
    scene.all_answer("r-1").await;
    assert!(outcome.await.unwrap().is_success());
    scene
        .expect(
            r#"
            platform.restoreRuntimeDone {"status":"success"}
            platform.restoreReport {"status":"success","metrics":{"durationMs":_}}
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"restoreDurationMs":_,"billedRestoreDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    let outcome = scene.stage.invoke("r-2");
    scene.all_are_told().await;
    scene.all_answer("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-2","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-2","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-2","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    scene.shut_down().await;
}

#[tokio::test]
async fn a_runtime_without_hooks_is_restored_at_once() {
    let stage = Stage::new(&[HTTP, TCP], mock_server::FunctionBuilder::snap_start);
    let function = stage.function.clone();
    let starting = tokio::spawn(async move { function.start().await });
    let mut scene = Scene::subscribed(stage, ["2022-12-13", "2025-01-29"]).await;
    scene.all_ask().await;
    let environment = soon(starting).await.unwrap().unwrap();
    scene.expect_launch("snap-start", "init").await;
    scene.expect_init("snap-start", "init").await;
    soon(scene.stage.function.restore(environment)).await;
    scene
        .expect(
            r#"
            platform.restoreStart {"functionName":"f","functionVersion":"$LATEST"}
            platform.restoreRuntimeDone {"status":"success"}
            platform.restoreReport {"status":"success","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    scene.shut_down().await;
}

#[tokio::test]
async fn hooks_that_fail_are_told_and_end_the_environment() {
    let (mut scene, outcome) = Scene::restoring().await;
    let category = [("Lambda-Runtime-Function-Error-Type", "Runtime.AfterRestoreError")];
    let error = r#"{"errorType":"Boom","errorMessage":"it broke"}"#;
    let posted = scene.runtime.post_with(RESTORE_ERROR, &category, error).await;
    assert_eq!(posted.status(), 202);
    scene.stage.end_process(RUNTIME, "exit 1").await;
    assert_eq!(soon(outcome).await.unwrap().payload(), error);
    scene
        .expect(
            r#"
            platform.restoreRuntimeDone {"status":"error","errorType":"Runtime.AfterRestoreError"}
            platform.restoreReport {"status":"error","errorType":"Runtime.AfterRestoreError","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    ends_by_itself(scene).await;
}

#[tokio::test]
async fn an_exit_within_a_restore_is_told_and_ends_the_environment() {
    let (mut scene, outcome) = Scene::restoring().await;
    scene.stage.end_process(RUNTIME, "exit 3").await;
    assert_eq!(soon(outcome).await.unwrap().error_type(), Some("Runtime.ExitError"));
    scene
        .expect(
            r#"
            platform.restoreRuntimeDone {"status":"error","errorType":"Runtime.ExitError"}
            platform.restoreReport {"status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":_}}
            "#,
        )
        .await;
    ends_by_itself(scene).await;
}

/// Both extensions are told to end although nobody has shut the function down.
async fn ends_by_itself(mut scene: Scene) {
    scene.extensions_are_told("SHUTDOWN").await;
    let from = scene.stage.end();
    scene.stage.tell(HTTP, "exit 0");
    scene.stage.tell(TCP, "exit 0");
    scene.stage.happens(from, |event| *event == Event::PhaseBegan(Phase::Terminated)).await;
    scene.nothing_more().await;
}

#[tokio::test]
async fn after_a_snapshot_nobody_subscribes_any_more() {
    let mut scene = Scene::snapshot().await;
    let mut other = scene.stage.connect(HTTP).await;
    scene.expect(r#"extension "api _""#).await;
    let refused = super::stage::put(&mut other, super::stage::TELEMETRY, Some(&scene.http.id), "{}").await;
    let closed = "{\"errorMessage\":\"Telemetry API subscription is closed\",\"errorType\":\"Telemetry.SubscriptionClosed\"}\n";
    assert_eq!(refused.brief(), (403, closed));
    scene.shut_down().await;
}
