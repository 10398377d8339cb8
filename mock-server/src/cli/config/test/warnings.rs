//! What has no effect is named, with its line.

use super::{Project, with_properties};

fn warnings(template: &str) -> Vec<String> {
    let project = Project::new();
    let configuration = project.template(template).unwrap();
    project.warnings(&configuration)
}

#[test]
fn properties_that_are_not_understood_are_named_with_their_paths() {
    let template = with_properties(
        "FooBar: 1
Environment: {Variables: {}, Secrets: 1}
FunctionUrlConfig: {AuthType: NONE, Colour: red, Cors: {AllowAll: true}}
FileSystemConfigs: [{Arn: a}]
EventInvokeConfig: {DestinationConfig: {OnMaybe: {}}}",
    ) + "    Depends: x
  Queue: {Type: 'AWS::SQS::Queue', Properties: {What: 1}, Ever: 2}
  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: !Ref Other, AuthType: NONE, Port: 80}}
  Other: {Type: 'AWS::Lambda::Function', Properties: {Code: one, Runtime: provided, Events: {}}}
Extras: {}
";
    let expected = [
        "8: Resources.Hello.Properties.FooBar",
        "9: Resources.Hello.Properties.Environment.Secrets",
        "10: Resources.Hello.Properties.FunctionUrlConfig.Colour",
        "10: Resources.Hello.Properties.FunctionUrlConfig.Cors.AllowAll",
        "11: Resources.Hello.Properties.FileSystemConfigs",
        "12: Resources.Hello.Properties.EventInvokeConfig.DestinationConfig.OnMaybe",
        "13: Resources.Hello.Depends",
        "14: Resources.Queue.Ever",
        "14: Resources.Queue.Properties.What",
        "15: Resources.Url.Properties.Port",
        "16: Resources.Other.Properties.Events",
        "17: Extras",
    ]
    .map(|expected| format!("template.yaml:{expected} is not understood and has no effect"));
    assert_eq!(warnings(&template), expected);
}

#[test]
fn what_stands_in_other_sections_is_named_there_and_once() {
    let template = with_properties("Timeout: 5")
        + "  Other: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: one, Runtime: provided}}
Globals:
  Function:
    FooBar: 1
    LoggingConfig: {Colour: red}
  Api: {Cors: '*'}
  Funktion: {}
Parameters:
  Stage: {Type: String, Defualt: dev, NoEcho: true}
";
    let expected = [
        "template.yaml:12: Globals.Function.FooBar is not understood and has no effect",
        "template.yaml:13: Globals.Function.LoggingConfig.Colour is not understood and has no effect",
        "template.yaml:15: Globals.Funktion is not understood and has no effect",
        "template.yaml:17: Parameters.Stage.Defualt is not understood and has no effect",
    ];
    assert_eq!(warnings(&template), expected);
}

#[test]
fn properties_that_would_do_something_on_aws_are_named_and_not_looked_at() {
    let template = with_properties("VpcConfig: !GetAtt Nobody.Arn\nDeploymentPreference: {Type: Canary}")
        + "  Other: {Type: 'AWS::Lambda::Function', Properties: {Code: one, Runtime: provided, RecursiveLoop: Allow}}
Globals:
  Function:
    KmsKeyArn: !ImportValue key
";
    let expected = [
        "template.yaml:8: Resources.Hello.Properties.VpcConfig has no effect here",
        "template.yaml:9: Resources.Hello.Properties.DeploymentPreference has no effect here",
        "template.yaml:10: Resources.Other.Properties.RecursiveLoop has no effect here",
        "template.yaml:13: Globals.Function.KmsKeyArn has no effect here",
    ];
    assert_eq!(warnings(&template), expected);
}

#[test]
fn event_sources_are_named_with_their_types() {
    let template = with_properties(
        "Events:
  Daily:
    Type: MQ
    Properties: {Broker: !ImportValue broker}
  Jobs: {Type: SQS, Properties: {Queue: !ImportValue jobs}}",
    );
    let expected = [
        "template.yaml:9: Resources.Hello.Properties.Events.Daily has no effect: events of type MQ are not served",
        "template.yaml:12: Resources.Hello.Properties.Events.Jobs.Properties.Queue has no effect: it names something of another stack",
    ];
    assert_eq!(warnings(&template), expected);
}

#[test]
fn resources_that_would_do_something_are_named() {
    let template = with_properties("")
        + "  Api: {Type: 'AWS::Serverless::HttpApi'}
  Jobs: {Type: 'AWS::Serverless::StateMachine'}
  Nested: {Type: 'AWS::CloudFormation::Stack'}
  Odd: {Type: 'AWS::Serverless::Funktion'}
  Queue: {Type: 'AWS::SQS::Queue'}
  May: {Type: 'AWS::Lambda::Permission'}
";
    let expected = [
        "template.yaml:8: Api has no effect: AWS::Serverless::HttpApi is not emulated",
        "template.yaml:9: Jobs has no effect: AWS::Serverless::StateMachine is not emulated",
        "template.yaml:10: Nested has no effect: AWS::CloudFormation::Stack is not emulated",
        "template.yaml:11: Odd has no effect: AWS::Serverless::Funktion is not emulated",
    ];
    assert_eq!(warnings(&template), expected);
}

#[test]
fn layers_and_values_that_only_aws_has_are_named() {
    let template = with_properties(
        "Layers: ['arn:aws:lambda:us-east-1:580247275435:layer:Insights:14', !Ref Remote]
Environment:
  Variables:
    HOST: !GetAtt Cluster.Endpoint
    SECRET: '{{resolve:ssm:/secret}}'
    PARAMETER: !Ref Stored",
    ) + "  Cluster: {Type: 'AWS::RDS::DBCluster'}
  Remote: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: 's3://a/b'}}
Parameters:
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /p}
";
    let expected = [
        "8: layer arn:aws:lambda:us-east-1:123456789012:layer:Remote:1 is left out: its content is not on this machine",
        "8: layer arn:aws:lambda:us-east-1:580247275435:layer:Insights:14 is left out: its content is not on this machine",
        "11: Cluster.Endpoint is known only once it is on AWS; here it is \"Cluster.Endpoint\"",
        "12: SECRET holds a dynamic reference, which stays as it is written",
        "13: the value of parameter Stored is known only once it is on AWS; here it is \"/p\"",
    ]
    .map(|expected| format!("template.yaml:{expected}"));
    assert_eq!(warnings(&template), expected);
}

#[test]
fn a_warning_is_one_line_whatever_stands_in_the_file() {
    let warnings = warnings(&with_properties("\"Foo\\nBar\\u2028\": 1"));
    let expected = "Resources.Hello.Properties.Foo\\nBar\\u{2028} is not understood and has no effect";
    assert_eq!(warnings, [format!("template.yaml:8: {expected}")]);
}
