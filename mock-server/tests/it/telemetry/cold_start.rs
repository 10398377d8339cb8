//! What subscribers are told of an init and of the invocations that follow, as long as nothing goes wrong.

use mock_server::Invocation;

use super::{
    scene::{HTTP, Scene, TCP},
    stage::RUNTIME,
};
use crate::guest::error_path;

/// The whole of it, of everybody's lines in their place.
async fn a_cold_start_is_told_in(schemas: [&'static str; 2]) {
    let (mut scene, outcome) = Scene::starting(schemas, |function| function).await;
    scene.stage.says(RUNTIME, "starting").await;
    scene.stage.runtime_asks(&mut scene.runtime).await;
    scene.stage.says(HTTP, "almost there").await;
    scene.extensions_ask().await;
    scene.all_are_told().await;
    scene.stage.says(RUNTIME, "at work").await;
    scene.stage.says(TCP, "watching").await;
    scene.stage.runtime_answers(&mut scene.runtime, "r-1", "{}").await;
    scene.stage.says(RUNTIME, "late").await;
    scene.extensions_ask().await;
    assert!(outcome.await.unwrap().is_success());
    scene
        .expect(
            r#"
            platform.initStart {"initializationType":"on-demand","phase":"init","functionName":"f","functionVersion":"$LATEST"}
            extension "api _"
            extension "api _"
            platform.telemetrySubscription {"name":"over-http","state":"Subscribed","types":["platform","function","extension"]}
            platform.telemetrySubscription {"name":"over-tcp","state":"Subscribed","types":["platform","function","extension"]}
            function "api _"
            function "starting"
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"success"}
            extension "almost there"
            platform.extension {"name":"over-http","state":"Ready","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"over-tcp","state":"Ready","events":["INVOKE","SHUTDOWN"]}
            platform.initReport {"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":_}}
            platform.start {"requestId":"r-1","version":"$LATEST"}
            function "at work"
            extension "watching"
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            function "late"
            platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    scene.shut_down().await;
}

#[tokio::test]
async fn a_cold_start_is_told_from_the_beginning_with_everybodys_lines_in_their_place() {
    a_cold_start_is_told_in(["2022-12-13", "2025-01-29"]).await;
}

#[tokio::test]
async fn the_oldest_schema_tells_a_cold_start_as_the_others_do() {
    a_cold_start_is_told_in(["2022-07-01", "2022-07-01"]).await;
}

#[tokio::test]
async fn a_warm_invocation_has_no_init() {
    let (mut scene, first) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    for number in 1..=3 {
        let id = format!("r-{number}");
        let invoked = if number == 1 { None } else { Some(scene.stage.invoke(&id)) };
        scene.all_are_told().await;
        scene.stage.says(RUNTIME, &format!("working on {id}")).await;
        scene.all_answer(&id).await;
        if let Some(outcome) = invoked {
            assert!(outcome.await.unwrap().is_success());
        }
        let init = if number == 1 { r#","initDurationMs":_"# } else { "" };
        scene
            .expect(&format!(
                r#"
                platform.start {{"requestId":"{id}","version":"$LATEST"}}
                function "working on {id}"
                platform.runtimeDone {{"requestId":"{id}","status":"success","metrics":{{"durationMs":_,"producedBytes":2}},"spans":[{{"name":"responseLatency","start":_,"durationMs":_}},{{"name":"responseDuration","start":_,"durationMs":_}},{{"name":"runtimeOverhead","start":_,"durationMs":_}}]}}
                platform.report {{"requestId":"{id}","status":"success","metrics":{{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_{init}}},"spans":[{{"name":"extensionOverhead","start":_,"durationMs":_}}]}}
                "#
            ))
            .await;
    }
    assert!(first.await.unwrap().is_success());
    scene.shut_down().await;
}

#[tokio::test]
async fn a_handlers_error_is_a_success_of_the_runtime() {
    let (mut scene, outcome) = Scene::starting(["2022-12-13", "2025-01-29"], |function| function).await;
    scene.goes_well("init").await;
    scene.all_are_told().await;
    let error = r#"{"errorType":"Boom","errorMessage":"it broke"}"#;
    assert_eq!(scene.runtime.post(&error_path("r-1"), error).await.status(), 202);
    scene.all_ask().await;
    assert!(!outcome.await.unwrap().is_success());
    scene
        .expect(
            r#"
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":46},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    scene.shut_down().await;
}

#[tokio::test]
async fn a_sampled_trace_and_a_tenant_are_told() {
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

    let trace = "Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1";
    let invocation = Invocation::new("{}").request_id("r-2".parse().unwrap());
    let outcome = scene.stage.invoke_with(invocation.trace_id(trace).tenant_id("blue"));
    scene.all_are_told().await;
    scene.all_answer("r-2").await;
    assert!(outcome.await.unwrap().is_success());
    let tracing = format!(
        r#""tracing":{{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"{trace}"}},"tenantId":"blue""#
    );
    scene
        .expect(&format!(
            r#"
            platform.start {{"requestId":"r-2","version":"$LATEST",{tracing}}}
            platform.runtimeDone {{"requestId":"r-2","status":"success","metrics":{{"durationMs":_,"producedBytes":2}},"spans":[{{"name":"responseLatency","start":_,"durationMs":_}},{{"name":"responseDuration","start":_,"durationMs":_}},{{"name":"runtimeOverhead","start":_,"durationMs":_}}],{tracing}}}
            platform.report {{"requestId":"r-2","status":"success","metrics":{{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_}},"spans":[{{"name":"extensionOverhead","start":_,"durationMs":_}}],{tracing}}}
            "#
        ))
        .await;
    scene.shut_down().await;
}

#[tokio::test]
async fn an_environment_that_is_started_ahead_of_any_invoke_tells_its_init_first() {
    let stage = super::stage::Stage::new(&[HTTP, TCP], |function| function);
    let starting = {
        let function = stage.function.clone();
        tokio::spawn(async move { function.start().await })
    };
    let mut scene = Scene::subscribed(stage, ["2022-12-13", "2025-01-29"]).await;
    scene.goes_well("init").await;
    starting.await.unwrap();
    scene.shut_down().await;
}
