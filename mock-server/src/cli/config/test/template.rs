//! What a function's properties become.

use std::{collections::BTreeMap, time::Duration};

use mock_server::{LogFormat, LogLevel, platform_log::SystemLevel};

use super::{Project, with_properties};
use crate::cli::config::model::{
    AliasConfiguration, Architecture, AsynchronousConfiguration, Code, Cors, FunctionConfiguration,
    InvokeMode, Layer, LoggingConfiguration, Qualifier, Tracing, UrlAuth, UrlConfiguration,
    VersionConfiguration,
};

fn only(project: &Project, text: &str) -> FunctionConfiguration {
    let configuration = project.template(text).unwrap();
    assert_eq!(project.warnings(&configuration), [""; 0]);
    let [function] = configuration.functions.try_into().unwrap();
    function
}

#[test]
fn a_function_of_which_little_is_said_has_lambdas_defaults() {
    let project = Project::new();
    let function = only(&project, &with_properties(""));
    let code = Code::Folder(project.path().join("hello"));
    assert_eq!(function, FunctionConfiguration::new("Hello".to_owned(), 2, code));
    assert_eq!(function.timeout, Duration::from_secs(3));
    assert_eq!((function.memory_mb, function.ephemeral_storage_mb), (128, 512));
}

#[test]
fn every_property_of_a_function_of_sam_is_read() {
    let project = Project::new();
    let function = only(
        &project,
        &with_properties(
            "FunctionName: greeter
Description: says hello
Timeout: 30
MemorySize: '512'
EphemeralStorage: {Size: 1024}
Environment:
  Variables:
    GREETING: hi
    PORT: 8080
    DEBUG: true
    EMPTY: ''
Architectures: [arm64]
ReservedConcurrentExecutions: 0
Tracing: Active
LoggingConfig:
  LogFormat: JSON
  ApplicationLogLevel: DEBUG
  SystemLogLevel: WARN
  LogGroup: /mine
DeadLetterQueue:
  Type: SQS
  TargetArn: arn:aws:sqs:us-east-1:123456789012:dead
AutoPublishAlias: live
ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
FunctionUrlConfig:
  AuthType: AWS_IAM
  InvokeMode: RESPONSE_STREAM
  Cors:
    AllowCredentials: true
    AllowHeaders: [x-a]
    AllowMethods: [GET, POST]
    AllowOrigins: ['*']
    ExposeHeaders: [x-b]
    MaxAge: 60
EventInvokeConfig:
  MaximumEventAgeInSeconds: 120
  MaximumRetryAttempts: 1
  DestinationConfig:
    OnSuccess: {Type: SQS}
    OnFailure: {Type: SNS, Destination: 'arn:aws:sns:us-east-1:123456789012:t'}
Role: arn:aws:iam::123456789012:role/r
Policies: [AWSLambdaExecute]
Tags: {a: b}",
        ),
    );
    let live = Qualifier::Alias("live".to_owned());
    let expected = FunctionConfiguration {
        description: "says hello".to_owned(),
        timeout: Duration::from_secs(30),
        memory_mb: 512,
        ephemeral_storage_mb: 1024,
        environment: [("GREETING", "hi"), ("PORT", "8080"), ("DEBUG", "true"), ("EMPTY", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        architecture: Architecture::Arm64,
        reserved_concurrency: Some(0),
        tracing: Tracing::Active,
        logging: LoggingConfiguration {
            format: Some(LogFormat::Json),
            level: Some(LogLevel::Debug),
            system_level: Some(SystemLevel::Warn),
            group: Some("/mine".to_owned()),
        },
        dead_letter: Some("arn:aws:sqs:us-east-1:123456789012:dead".to_owned()),
        versions: [(1, VersionConfiguration { line: 30, ..VersionConfiguration::default() })].into(),
        aliases: BTreeMap::from([(
            "live".to_owned(),
            AliasConfiguration {
                line: 30,
                version: Qualifier::Version(1),
                weights: BTreeMap::new(),
                description: String::new(),
                provisioned_concurrency: Some(2),
            },
        )]),
        auto_published: Some("live".to_owned()),
        urls: vec![UrlConfiguration {
            line: 32,
            qualifier: live.clone(),
            address: None,
            auth: UrlAuth::Iam,
            mode: InvokeMode::ResponseStream,
            cors: Some(Cors {
                allow_credentials: true,
                allow_headers: vec!["x-a".to_owned()],
                allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
                allow_origins: vec!["*".to_owned()],
                expose_headers: vec!["x-b".to_owned()],
                max_age: Some(Duration::from_secs(60)),
            }),
        }],
        asynchronous: vec![AsynchronousConfiguration {
            line: 42,
            qualifier: live,
            max_event_age: Some(Duration::from_secs(120)),
            max_retries: Some(1),
            on_success: Some(
                "arn:aws:sqs:us-east-1:123456789012:HelloEventInvokeConfigOnSuccessQueue".to_owned(),
            ),
            on_failure: Some("arn:aws:sns:us-east-1:123456789012:t".to_owned()),
        }],
        ..FunctionConfiguration::new("greeter".to_owned(), 2, Code::Folder(project.path().join("hello")))
    };
    assert_eq!(function, expected);
}

#[test]
fn permissions_and_tags_are_passed_over_and_not_looked_at() {
    let project = Project::new();
    let properties = "Role: !ImportValue role\nTags: 5\nPolicies: [!GetAtt Nobody.Arn]";
    let configuration = project.template(&with_properties(properties)).unwrap();
    assert_eq!(project.warnings(&configuration), [""; 0]);
}

#[test]
fn every_property_of_a_function_of_cloudformation_is_read() {
    let project = Project::new();
    let function = only(
        &project,
        "Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Code: hello.zip
      Runtime: provided.al2
      Handler: some.handler
      TracingConfig: {Mode: Active}
      DeadLetterConfig: {TargetArn: 'arn:aws:sns:us-east-1:123456789012:t'}
      SnapStart: {ApplyOn: None}
      CapacityProviderConfig:
        LambdaManagedInstancesCapacityProviderConfig:
          CapacityProviderArn: !ImportValue provider
          PerExecutionEnvironmentMaxConcurrency: 10
      MemorySize: 32768
      Timeout: 5400
",
    );
    let expected = FunctionConfiguration {
        handler: "some.handler".to_owned(),
        tracing: Tracing::Active,
        dead_letter: Some("arn:aws:sns:us-east-1:123456789012:t".to_owned()),
        max_concurrency: Some(10),
        memory_mb: 32_768,
        timeout: Duration::from_secs(5_400),
        ..FunctionConfiguration::new("Hello".to_owned(), 2, Code::Zip(project.path().join("hello.zip")))
    };
    assert_eq!(function, expected);
}

#[test]
fn snapshots_and_tenants_are_read() {
    let project = Project::new();
    assert!(only(&project, &with_properties("SnapStart: {ApplyOn: PublishedVersions}")).snap_start);
    assert!(only(&project, &with_properties("TenancyConfig: {TenantIsolationMode: PER_TENANT}")).per_tenant);
}

#[test]
fn a_managed_instance_takes_eight_invocations_for_each_cpu_if_nothing_is_said() {
    let project = Project::new();
    for (memory, ratio, expected) in
        [(4096, "", 16), (8192, ", ExecutionEnvironmentMemoryGiBPerVCpu: 4.0", 16), (2048, "", 8)]
    {
        let properties = format!("CapacityProviderConfig: {{Arn: 'arn:x'{ratio}}}\nMemorySize: {memory}");
        let function = only(&project, &with_properties(&properties));
        assert_eq!(function.max_concurrency, Some(expected), "{memory} {ratio}");
    }
}

#[test]
fn globals_are_merged_as_sam_merges_them() {
    let project = Project::new();
    let text = "Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 20
    MemorySize: 256
    Environment: {Variables: {AA: global, BB: global}}
    Layers: [!Ref Certs]
Resources:
  Certs: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: layers/certs}}
  Tools: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: layers/tools.zip}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello
      Timeout: 5
      Environment: {Variables: {BB: own, CC: own}}
      Layers: [!Ref Tools]
  One:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [Layers, Timeout]
    Properties: {CodeUri: one}
  Two:
    Type: AWS::Serverless::Function
    IgnoreGlobals: '*'
    Properties: {CodeUri: one, Runtime: provided}
";
    let functions = project.template(text).unwrap().functions;
    let [hello, one, two] = &functions[..] else { panic!("{functions:?}") };
    let environment: Vec<_> =
        hello.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(environment, ["AA=global", "BB=own", "CC=own"]);
    let [certs, tools] = [
        Layer::Folder(project.path().join("layers/certs")),
        Layer::Zip(project.path().join("layers/tools.zip")),
    ];
    assert_eq!(hello.layers, [certs, tools]);
    assert_eq!((hello.timeout.as_secs(), hello.memory_mb), (5, 256));
    assert_eq!((one.timeout.as_secs(), one.memory_mb, one.layers.len()), (3, 256, 0));
    assert_eq!((two.memory_mb, two.environment.len()), (128, 0));
}
