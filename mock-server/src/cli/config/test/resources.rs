//! Resources beside functions: versions, aliases, URLs, what becomes of events, and what is only referred to.

use std::{collections::BTreeMap, time::Duration};

use super::{Project, with_properties};
use crate::cli::config::model::{
    AliasConfiguration, AsynchronousConfiguration, Code, InvokeMode, Qualifier, Referred, UrlAuth,
    UrlConfiguration, VersionConfiguration,
};

const HELLO: &str = "
Resources:
  Hello: {Type: 'AWS::Lambda::Function', Properties: {Code: hello, Runtime: provided.al2023}}
";

#[test]
fn versions_are_numbered_in_the_order_of_the_file() {
    let template = format!(
        "{HELLO}
  Old:
    Type: AWS::Lambda::Version
    Properties: {{FunctionName: !Ref Hello, Description: old, CodeSha256: abc}}
  New:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: !GetAtt Hello.Arn
      ProvisionedConcurrencyConfig: {{ProvisionedConcurrentExecutions: 3}}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Hello
      Name: live
      FunctionVersion: !GetAtt New.Version
      Description: mostly new
      RoutingConfig:
        AdditionalVersionWeights:
          - FunctionVersion: !GetAtt Old.Version
            FunctionWeight: 0.1
  Next:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: Hello, Name: next, FunctionVersion: $LATEST}}
"
    );
    let project = Project::new();
    let function = project.template(&template).unwrap().functions.remove(0);
    let version = |line, description: &str, provisioned_concurrency| VersionConfiguration {
        line,
        description: description.to_owned(),
        provisioned_concurrency,
    };
    assert_eq!(
        function.versions,
        BTreeMap::from([(1, version(5, "old", None)), (2, version(8, "", Some(3)))])
    );
    let live = AliasConfiguration {
        line: 13,
        version: Qualifier::Version(2),
        weights: BTreeMap::from([(1, 0.1)]),
        description: "mostly new".to_owned(),
        provisioned_concurrency: None,
    };
    assert_eq!(function.aliases["live"], live);
    assert_eq!(function.aliases["next"].version, Qualifier::Latest);
}

#[test]
fn an_alias_of_sam_has_the_version_after_those_of_the_file() {
    let template = with_properties("AutoPublishAlias: live")
        + "  Old: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Hello}}\n";
    let function = Project::new().template(&template).unwrap().functions.remove(0);
    assert_eq!(function.aliases["live"].version, Qualifier::Version(2));
    assert!(function.versions.into_keys().eq([1, 2]));
}

#[test]
fn urls_and_what_becomes_of_events_are_those_of_their_qualifiers() {
    let template = format!(
        "{HELLO}
  Dead: {{Type: 'AWS::SQS::Queue'}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !Ref Hello, Name: live, FunctionVersion: $LATEST}}
  Url:
    Type: AWS::Lambda::Url
    Properties: {{TargetFunctionArn: !GetAtt Hello.Arn, AuthType: NONE}}
  UrlOfAlias:
    Type: AWS::Lambda::Url
    Properties: {{TargetFunctionArn: !Ref Hello, Qualifier: live, AuthType: AWS_IAM, InvokeMode: BUFFERED}}
  Events:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Hello
      Qualifier: $LATEST
      MaximumRetryAttempts: 0
      MaximumEventAgeInSeconds: 60
      DestinationConfig:
        OnFailure: {{Destination: !GetAtt Dead.Arn}}
"
    );
    let function = Project::new().template(&template).unwrap().functions.remove(0);
    let url = |line, qualifier, auth| UrlConfiguration {
        line,
        qualifier,
        address: None,
        auth,
        mode: InvokeMode::Buffered,
        cors: None,
    };
    let live = Qualifier::Alias("live".to_owned());
    assert_eq!(function.urls, [url(9, Qualifier::Latest, UrlAuth::None), url(12, live, UrlAuth::Iam)]);
    let events = AsynchronousConfiguration {
        line: 15,
        qualifier: Qualifier::Latest,
        max_event_age: Some(Duration::from_secs(60)),
        max_retries: Some(0),
        on_success: None,
        on_failure: Some("arn:aws:sqs:us-east-1:123456789012:Dead".to_owned()),
    };
    assert_eq!(function.asynchronous, [events]);
}

#[test]
fn other_resources_are_listed_without_a_look_at_their_properties() {
    let template = with_properties("")
        + "  Dead: {Type: 'AWS::SQS::Queue', Properties: {QueueName: dead, Tags: !ImportValue x}}
  Policy: {Type: 'AWS::SQS::QueuePolicy', Properties: 5}
";
    let project = Project::new();
    assert_eq!(
        project.template(&template).unwrap_err(),
        "template.yaml:9: Properties must be a map, found 5"
    );
    let configuration = project.template(&template.replace("Properties: 5", "Properties: {A: 5}")).unwrap();
    let referred = |id: &str, kind: &str, line, arn: &str| Referred {
        id: id.to_owned(),
        kind: kind.to_owned(),
        line,
        arn: Some(arn.to_owned()),
    };
    let elsewhere = template.replace("QueueName: dead", "QueueName: !ImportValue x").replace(": 5", ": {}");
    assert_eq!(project.template(&elsewhere).unwrap().referred[0].arn, None);
    let expected = [
        referred("Dead", "AWS::SQS::Queue", 8, "arn:aws:sqs:us-east-1:123456789012:dead"),
        referred("Policy", "AWS::SQS::QueuePolicy", 9, "arn:aws:sqs:us-east-1:123456789012:Policy"),
    ];
    assert_eq!(configuration.referred, expected);
    assert_eq!(project.warnings(&configuration), [""; 0]);
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_not_there() {
    let template = format!(
        "Conditions: {{No: !Equals [a, b]}}{HELLO}
  Dead: {{Type: 'AWS::SQS::Queue', Condition: No}}
  Other: {{Type: 'AWS::Lambda::Function', Condition: No, Properties: {{Code: nowhere}}}}
"
    );
    let configuration = Project::new().template(&template).unwrap();
    assert_eq!((configuration.functions.len(), configuration.referred.len()), (1, 0));
}

#[test]
fn a_template_may_be_json() {
    let json = r#"{
	"Resources": {
		"Hello": {
			"Type":	"AWS::Serverless::Function",
			"Properties": {"CodeUri": "hello", "Runtime": "provided.al2023", "Timeout": 7,
				"Description": {"Fn::Sub": "in ${AWS::Region} \ud83d\ude00"}}
		}
	}
}"#;
    let function = Project::new().template(json).unwrap().functions.remove(0);
    assert_eq!((function.timeout.as_secs(), &*function.description), (7, "in us-east-1 😀"));
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let template = "
Resources:
  Hello: &hello
    Type: AWS::Serverless::Function
    Properties: &shared
      CodeUri: hello
      Runtime: provided.al2023
      Timeout: 9
  Other:
    Type: AWS::Serverless::Function
    Properties:
      <<: *shared
      CodeUri: one
      Environment: {Variables: &variables {AA: one}}
  Third:
    <<: [*hello]
";
    let project = Project::new();
    let configuration = project.template(template).unwrap();
    assert_eq!(project.warnings(&configuration), [""; 0]);
    assert_eq!(configuration.functions[1].code, Code::Folder(project.path().join("one")));
    let timeouts: Vec<_> =
        configuration.functions.iter().map(|function| function.timeout.as_secs()).collect();
    assert_eq!(timeouts, [9, 9, 9]);
    assert!(configuration.functions[1].environment.contains_key("AA"));
}
