//! Functions of CloudFormation: what they give, and how they are refused.

use super::{Project, with_properties};

/// What everything below may refer to.
const AROUND: &str = "
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /secret}
  Unset: {Type: String}
Mappings:
  Sizes:
    dev: {small: 128, words: [x, y]}
    prod: {small: 512, words: []}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Both: !And [!Condition IsDev, Condition: IsProd]
  Either: {'Fn::Or': [{Condition: IsDev}, {'Fn::Equals': [a, b]}]}
";

/// Resources to refer to.
const RESOURCES: &str = "
  Dead: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub 'dead-${Stage}'}}
  Topic: {Type: 'AWS::SNS::Topic'}
  Bus: {Type: 'AWS::Events::EventBus', Properties: {Name: bus}}
  Files: {Type: 'AWS::S3::Bucket'}
  Table: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: rows}}
  Stream: {Type: 'AWS::Kinesis::Stream'}
  Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /g}}
  Machine: {Type: 'AWS::Serverless::StateMachine'}
  Pool: {Type: 'AWS::Cognito::UserPool'}
  Cluster: {Type: 'AWS::RDS::DBCluster'}
  Gone: {Type: 'AWS::SQS::Queue', Condition: IsProd}
  Other:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: one, Runtime: provided.al2023, AutoPublishAlias: live}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: plain, Code: one, Runtime: provided.al2023}
  First: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Plain}}
  Second: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !GetAtt Plain.Arn}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {Name: blue, FunctionName: !Ref Plain, FunctionVersion: !GetAtt Second.Version}
  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: !Ref Plain, AuthType: NONE}}
  Certs: {Type: 'AWS::Serverless::LayerVersion', Properties: {LayerName: certs, ContentUri: layers/certs}}
";

/// What a value becomes as a variable of a function, or why it does not.
fn value(value: &str) -> Result<String, String> {
    let variables = format!("Environment:\n  Variables:\n    VALUE: {value}");
    let template = format!("{}{RESOURCES}{AROUND}", with_properties(&variables));
    let functions = Project::new().template(&template)?.functions;
    let hello = functions.into_iter().find(|function| function.name == "Hello");
    Ok(hello.unwrap().environment.remove("VALUE").unwrap())
}

#[test]
fn values_are_those_of_cloudformation() {
    let table = [
        ("!Ref Stage", "dev"),
        ("{Ref: Stage}", "dev"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Sub '${AWS::Partition}/${AWS::StackName}/${AWS::URLSuffix}'", "aws/local/amazonaws.com"),
        ("!Sub 'a-${Stage}-${!Literal}-$5'", "a-dev-${Literal}-$5"),
        ("!Sub ['${A}${Stage}${A}', {A: !Ref Stage}]", "devdevdev"),
        ("{'Fn::Sub': 'x${Stage'}", "x${Stage"),
        ("!Join [',', [a, !Ref Stage, !Ref AWS::NoValue]]", "a,dev"),
        ("!Join ['', !Ref Zones]", "abc"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['2', !Split ['-', a-b-c]]", "c"),
        ("!FindInMap [Sizes, !Ref Stage, small]", "128"),
        ("!Join ['', !FindInMap [Sizes, dev, words]]", "xy"),
        ("!If [IsProd, yes it is, !Ref Stage]", "dev"),
        ("!If [IsDev, !If [Both, 1, 2], 3]", "2"),
        ("!If [Either, 1, 2]", "1"),
        ("!Ref Dead", "https://sqs.us-east-1.amazonaws.com/123456789012/dead-dev"),
        ("!GetAtt Dead.Arn", "arn:aws:sqs:us-east-1:123456789012:dead-dev"),
        ("!GetAtt [Dead, QueueName]", "dead-dev"),
        ("{'Fn::GetAtt': Dead.Arn}", "arn:aws:sqs:us-east-1:123456789012:dead-dev"),
        ("!Ref Topic", "arn:aws:sns:us-east-1:123456789012:Topic"),
        ("!Ref Bus", "bus"),
        ("!GetAtt Bus.Arn", "arn:aws:events:us-east-1:123456789012:event-bus/bus"),
        ("!Sub '${Files}, ${Files.Arn}'", "files, arn:aws:s3:::files"),
        ("!Sub '${Table}, ${Table.Arn}'", "rows, arn:aws:dynamodb:us-east-1:123456789012:table/rows"),
        ("!GetAtt Stream.Arn", "arn:aws:kinesis:us-east-1:123456789012:stream/Stream"),
        ("!GetAtt Group.Arn", "arn:aws:logs:us-east-1:123456789012:log-group:/g:*"),
        ("!Ref Machine", "arn:aws:states:us-east-1:123456789012:stateMachine:Machine"),
        ("!Sub '${Pool}, ${Pool.Arn}'", "Pool, arn:aws:cognito:us-east-1:123456789012:Pool"),
        ("!GetAtt Cluster.Endpoint.Address", "Cluster.Endpoint.Address"),
        ("!Sub '${Other}, ${Other.Arn}'", "Other, arn:aws:lambda:us-east-1:123456789012:function:Other"),
        ("!Ref Other.Alias", "arn:aws:lambda:us-east-1:123456789012:function:Other:live"),
        ("!Sub '${Other.Version}'", "arn:aws:lambda:us-east-1:123456789012:function:Other:1"),
        ("!Ref OtherRole", "OtherRole"),
        ("!GetAtt OtherRole.Arn", "arn:aws:iam::123456789012:role/OtherRole"),
        ("!Sub 'https://${ServerlessRestApi}.here'", "https://ServerlessRestApi.here"),
        ("!Ref Plain", "plain"),
        ("!Ref Second", "arn:aws:lambda:us-east-1:123456789012:function:plain:2"),
        ("!GetAtt First.Version", "1"),
        ("!Ref Alias", "arn:aws:lambda:us-east-1:123456789012:function:plain:blue"),
        ("!GetAtt Url.FunctionUrl", "https://url.lambda-url.us-east-1.on.aws/"),
        ("!Ref Certs", "arn:aws:lambda:us-east-1:123456789012:layer:certs:1"),
        ("!Ref Secret", "/secret"),
        ("!Ref Second # a comment", "arn:aws:lambda:us-east-1:123456789012:function:plain:2"),
    ];
    for (given, expected) in table {
        assert_eq!(value(given).as_deref(), Ok(expected), "{given}");
    }
}

#[test]
fn what_cannot_be_known_is_refused_with_its_line() {
    let table = [
        ("!Ref Nobody", "there is no parameter or resource Nobody in this file"),
        ("!GetAtt Nobody.Arn", "there is no resource Nobody in this file"),
        ("!Sub '${Nobody}'", "there is no parameter or resource Nobody in this file"),
        ("!Sub '${Nobody.Arn}'", "there is no resource Nobody in this file"),
        ("!Ref Unset", "parameter Unset has no Default, and no value was given for it"),
        ("!Ref Gone", "Gone is left out by its condition IsProd, and yet referred to"),
        ("!GetAtt Plain.Url", "Plain has no attribute Url; it has Arn"),
        ("!Ref Plain.Alias", "Plain has no attribute Alias; it has Arn"),
        ("!Ref [a]", "Ref must be the name of a parameter or a resource, found a list"),
        (
            "!GetAtt Dead",
            "Fn::GetAtt must be a resource and one of its attributes, such as Queue.Arn, found \"Dead\"",
        ),
        (
            "!GetAtt [Dead]",
            "Fn::GetAtt must be a resource and one of its attributes, such as Queue.Arn, found a list",
        ),
        ("!Sub {a: b}", "Fn::Sub must be text, or a list of a text and a map, found a map"),
        ("!Sub [a, b]", "Fn::Sub must be text, or a list of a text and a map, found \"b\""),
        ("!Sub '${Zones}'", "${Zones} must be text, found a list"),
        ("!Join [a]", "Fn::Join must be a list of a delimiter and a list, found a list"),
        ("!Join [a, b]", "Fn::Join must be a list, found \"b\""),
        ("!Split ['', b]", "Fn::Split must be a delimiter, found \"\""),
        ("!Select [3, !Ref Zones]", "Fn::Select must be a whole number from 0 to 2, found 3"),
        ("!Select [-1, !Ref Zones]", "Fn::Select must be a whole number from 0 to 2, found -1"),
        ("!FindInMap [Sizes, dev, large]", "there is no mapping Sizes.dev.large in this file"),
        ("!FindInMap [Weights, dev, large]", "there is no mapping Weights in this file"),
        ("!If [IsThere, 1, 2]", "there is no condition IsThere in this file"),
        ("!If [IsProd, 1]", "Fn::If must be a list of a condition's name and two values, found a list"),
        ("!Equals [1, 2]", "Fn::Equals can stand in Conditions and in Fn::If only"),
        ("!ImportValue other", "Fn::ImportValue takes a value from another stack, which is not here"),
        ("!Cidr [a, b]", "Fn::Cidr is not understood here"),
        ("!Join [',', !Ref AWS::NoValue]", "Fn::Join needs a value, and AWS::NoValue is none"),
        ("!Ref Zones", "VALUE must be text, found a list"),
        ("!Ref Hello", "Hello -> Hello is a circle of references"),
    ];
    for (given, expected) in table {
        assert_eq!(value(given), Err(format!("template.yaml:10: {expected}")), "{given}");
    }
}

#[test]
fn parameters_take_the_values_that_are_given() {
    let project = Project::new();
    let template = format!("{}{AROUND}", with_properties("FunctionName: !Sub 'hello-${Stage}'"));
    let name = |parameters| {
        let configuration = project.template_with(&template, parameters)?;
        Ok::<_, String>(configuration.functions[0].name.clone())
    };
    assert_eq!(name(&[]).unwrap(), "hello-dev");
    assert_eq!(name(&[("Stage", "prod")]).unwrap(), "hello-prod");
    let refused = "template.yaml:11: Parameters.Stage must be one of dev, prod, found \"test\"";
    assert_eq!(name(&[("Stage", "test")]).unwrap_err(), refused);
    let unknown = "template.yaml:11: there is no parameter Level in this file";
    assert_eq!(name(&[("Level", "test")]).unwrap_err(), unknown);
}

#[test]
fn circles_are_refused() {
    let project = Project::new();
    let function = |name: &str, rest: &str| {
        format!(
            "  {name}: {{Type: 'AWS::Serverless::Function', Properties: {{CodeUri: one, Runtime: provided, {rest}}}}}\n"
        )
    };
    let of_two = |left: &str, right: &str| {
        let resources = function("Left", left) + &function("Right", right);
        project.template(&format!("Resources:\n{resources}")).map(|_| ()).unwrap_err()
    };
    assert_eq!(
        of_two("FunctionName: !Sub '${Right}x'", "FunctionName: !Sub 'y${Left}'"),
        "template.yaml:2: Right -> Left -> Right is a circle of references"
    );
    assert_eq!(
        of_two(
            "Environment: {Variables: {RIGHT: !Ref Right}}",
            "Environment: {Variables: {LEFT: !GetAtt Left.Arn}}"
        ),
        "template.yaml:3: Left -> Right -> Left is a circle of references"
    );
    let conditions = "Conditions: {One: !Not [!Condition Two], Two: !Not [!Condition One]}\n";
    let template = format!("{conditions}Resources:\n{}", function("Left", "Timeout: !If [One, 1, 2]"));
    assert_eq!(
        project.template(&template).unwrap_err(),
        "template.yaml:1: condition One -> condition Two -> condition One is a circle of references"
    );
    let waits = "  One: {Type: 'AWS::SQS::Queue', DependsOn: [Two]}\n  Two: {Type: 'AWS::SQS::Queue', DependsOn: One}\n";
    assert_eq!(
        project.template(&format!("{}{waits}", with_properties(""))).unwrap_err(),
        "template.yaml:9: One -> Two -> One is a circle of references"
    );
}

#[test]
fn what_is_made_of_a_function_may_refer_to_what_refers_to_the_function() {
    let project = Project::new();
    let template = with_properties(
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Destination: !GetAtt Other.Arn}}}",
    ) + "  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: one
      Runtime: provided
      Environment: {Variables: {HELLO: !Ref Hello}}
";
    assert_eq!(project.template(&template).unwrap().functions.len(), 2);
}
