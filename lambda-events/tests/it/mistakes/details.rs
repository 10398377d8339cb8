//! Mistakes 17 to 22 and 29: details of events of EventBridge, which are JSON for us, or a type of one's own.

use lambda_events::{
    Int, Json,
    aws::event::{
        cloudwatch_events::{
            cloudtrail::AWSAPICall,
            codedeploy::DeploymentStateChangeNotification,
            codepipeline::ActionExecutionStateChange,
            emr::InstanceGroupStateChange,
            gamelift::MatchmakingSearching,
            ssm::{ConfigurationComplianceStateChange, EC2CommandStatusChange},
            trustedadvisor::CheckItemRefreshNotification,
        },
        codebuild::CodeBuildEvent,
        eventbridge::EventBridgeEvent,
    },
    eventbridge::EventBridge,
};
use serde::Deserialize;

use super::{changes, incumbent, ours, shown};

cases! {
    m17_a_deployment_needs_no_instance: 17,
        "CodeDeploy, deployment without instanceId: id, state",
        r#"{"detail-type":"CodeDeploy Deployment State-change Notification","source":"aws.codedeploy","detail":{"region":"eu-west-1","deploymentId":"d-1","instanceGroupId":"g-1","deploymentGroup":"group","state":"SUCCESS","application":"shop"}}"#,
        ours: |json| {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Deployment {
                deployment_id: String,
                state: String,
            }

            let event: EventBridge<'_> = ours(json)?;
            let Deployment { deployment_id, state } = event.detail.to()?;
            assert_eq!(event.detail["deploymentId"].as_str(), Some(&*deployment_id));
            Ok(format!("{deployment_id}, {state}"))
        },
        incumbent: |json| {
            let event: EventBridgeEvent<DeploymentStateChangeNotification> = incumbent(json)?;
            Ok(format!("{}, {}", event.detail.deployment_id, event.detail.state))
        },
        right: "d-1, SUCCESS";

    m18_the_version_of_a_pipeline_may_be_text: 18,
        "CodePipeline, action with versions as text",
        r#"{"detail-type":"CodePipeline Action Execution State Change","source":"aws.codepipeline","detail":{"pipeline":"shop","version":"3","execution-id":"1","stage":"Prod","action":"deploy","state":"STARTED","region":"eu-west-1","type":{"owner":"AWS","category":"Deploy","provider":"CodeDeploy","version":"1"}}}"#,
        ours: |json| {
            #[derive(Deserialize)]
            struct Action {
                version: Int,
            }

            let event: EventBridge<'_> = ours(json)?;
            let Action { version } = event.detail.to()?;
            Ok(format!("{version}, {}", shown(event.detail["type"]["version"].as_str())))
        },
        incumbent: |json| {
            let event: EventBridgeEvent<ActionExecutionStateChange> = incumbent(json)?;
            Ok(format!("{}, {}", event.detail.version, event.detail.type_field.version))
        },
        right: "3, 1";

    m19_the_severity_of_compliance_is_read_and_kept: 19,
        "Systems Manager, compliance with a severity, written",
        r#"{"detail-type":"Configuration Compliance State Change","source":"aws.ssm","detail":{"last-runtime":"2026-11-20T10:00:00Z","compliance-status":"non_compliant","resource-type":"managed-instance","resource-id":"i-1","compliance-type":"Patch","patch-baseline-id":"pb-1","severity":"Critical"}}"#,
        ours: |json| {
            let event: EventBridge<'_> = ours(json)?;
            assert_eq!(event.detail["severity"].as_str(), Some("Critical"));
            changes(json, event)
        },
        incumbent: |json| {
            let event: EventBridgeEvent<ConfigurationComplianceStateChange> = incumbent(json)?;
            changes(&detail(json)?, event.detail)
        },
        right: "written as it was";

    m20_a_service_needs_no_kind_of_identity: 20,
        "CloudTrail, a service's event: who",
        r#"{"detail-type":"AWS Service Event via CloudTrail","source":"aws.kms","detail":{"eventVersion":"1.08","userIdentity":{"accountId":"123456789012","invokedBy":"AWS Internal"},"eventTime":"2026-11-20T10:00:00Z","eventSource":"kms.amazonaws.com","eventName":"RotateKey","awsRegion":"eu-west-1","sourceIPAddress":"AWS Internal","userAgent":"AWS Internal","requestParameters":null,"responseElements":null,"requestID":"1","eventID":"2","eventType":"AwsServiceEvent"}}"#,
        ours: |json| Ok(shown(ours::<EventBridge<'_>>(json)?.detail["userIdentity"]["invokedBy"].as_str())),
        incumbent: |json| {
            Ok(shown(incumbent::<EventBridgeEvent<AWSAPICall>>(json)?.detail.user_identity.invoked_by))
        },
        right: "AWS Internal";

    m21_lists_null_and_numbers_are_read_where_they_are: 21,
        "Systems Manager, a list; Trusted Advisor, null; EMR, a number",
        r#"[{"detail-type":"EC2 Command Status-change Notification","source":"aws.ssm","detail":{"command-id":"1","document-name":"AWS-RunShellScript","expire-after":"2026-11-20T10:00:00Z","parameters":{"executionTimeout":["3600"]},"requested-date-time":"2026-11-20T10:00:00Z","status":"Success"}},{"detail-type":"Trusted Advisor Check Item Refresh Notification","source":"aws.trustedadvisor","detail":{"check-name":"Idle","check-item-detail":{"Reason":null},"status":"WARN","resource_id":"","uuid":"1"}},{"detail-type":"EMR Instance Group State Change","source":"aws.emr","detail":{"market":"SPOT","severity":"INFO","requestedInstanceCount":2,"instanceType":"m5.large","instanceGroupType":"CORE","instanceGroupId":"ig-1","clusterId":"j-1","runningInstanceCount":2,"state":"RUNNING","message":""}}]"#,
        ours: |json| {
            let events: Vec<EventBridge<'_>> = ours(json)?;
            let timeout = events[0].detail["parameters"]["executionTimeout"].at(0).and_then(Json::as_str);
            let reason = &events[1].detail["check-item-detail"]["Reason"];
            let count = events[2].detail["runningInstanceCount"].as_i64();
            Ok(format!("{}, {reason}, {}", shown(timeout), shown(count)))
        },
        incumbent: |json| {
            let (command, check, group): (
                EventBridgeEvent<EC2CommandStatusChange>,
                EventBridgeEvent<CheckItemRefreshNotification>,
                EventBridgeEvent<InstanceGroupStateChange>,
            ) = serde_json::from_str(json)?;
            Ok(format!(
                "{}, {}, {}",
                shown(command.detail.parameters.get("executionTimeout")),
                shown(check.detail.check_item_detail.get("Reason")),
                group.detail.running_instance_count
            ))
        },
        right: "3600, null, 2";

    m22_where_a_game_runs_is_read: 22,
        "GameLift, game session: address, port",
        r#"{"detail-type":"GameLift Matchmaking Event","source":"aws.gamelift","detail":{"tickets":[],"estimatedWaitMillis":"NOT_AVAILABLE","type":"MatchmakingSearching","gameSessionInfo":{"players":[],"ipAddress":"203.0.113.7","port":1935}}}"#,
        ours: |json| {
            let event: EventBridge<'_> = ours(json)?;
            let session = &event.detail["gameSessionInfo"];
            Ok(format!("{}, {}", shown(session["ipAddress"].as_str()), shown(session["port"].as_i64())))
        },
        incumbent: |json| {
            // There are no fields for them; they are among the rest, as the feature that keeps it is on.
            let event: EventBridgeEvent<MatchmakingSearching> = incumbent(json)?;
            let rest = &event.detail.game_session_info.other;
            Ok(format!("{}, {}", shown(rest["ipAddress"].as_str()), shown(rest["port"].as_i64())))
        },
        right: "203.0.113.7, 1935";

    m29_times_of_builds_are_written_as_they_were: 29,
        "CodeBuild, Sep 1, 2017 4:12:29 PM, written",
        r#"{"detail-type":"CodeBuild Build State Change","source":"aws.codebuild","time":"2017-09-01T16:14:28Z","resources":[],"detail":{"build-status":"SUCCEEDED","completed-phase-start":"Sep 1, 2017 4:12:29 PM","additional-information":{"artifact":{},"environment":{"privileged-mode":false,"environment-variables":[]},"timeout-in-minutes":60,"build-complete":true,"build-start-time":"Sep 1, 2017 4:12:29 PM","source":{},"logs":{},"phases":[]}}}"#,
        ours: |json| {
            let event: EventBridge<'_> = ours(json)?;
            Ok(shown(event.detail["additional-information"]["build-start-time"].as_str()))
        },
        incumbent: |json| {
            let event: CodeBuildEvent = incumbent(json)?;
            let written = serde_json::to_value(event.detail.additional_information)?;
            Ok(shown(written["build-start-time"].as_str()))
        },
        right: "Sep 1, 2017 4:12:29 PM";
}

/// The detail of an event, as text.
fn detail(json: &str) -> Result<String, serde_json::Error> {
    let event: serde_json::Value = serde_json::from_str(json)?;
    Ok(event["detail"].to_string())
}
