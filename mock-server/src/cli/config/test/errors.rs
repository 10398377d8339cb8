//! What is wrong with a template, in one line: file, line, what was expected.

use std::collections::BTreeMap;

use super::{Project, with_properties};
use crate::cli::config;

/// The error of a function of SAM with these properties, from line 8 on.
fn error(project: &Project, properties: &str) -> String {
    project.template(&with_properties(properties)).map(|_| ()).unwrap_err()
}

#[test]
fn a_file_is_found_and_of_a_known_format() {
    let project = Project::new();
    let read = |name: &str| {
        let error = config::read(&project.path().join(name), &BTreeMap::new(), &BTreeMap::new(), 1_000)
            .map(|_| ())
            .unwrap_err();
        project.relative(&error.to_string())
    };
    assert_eq!(read("absent.yaml"), "cannot read absent.yaml");
    assert_eq!(
        read("note.txt"),
        "note.txt is neither a template (.yaml, .yml, .json, .template) nor ends in .toml"
    );
    for name in ["empty.yml", "empty.JSON", "empty.template", "empty.toml"] {
        project.file(name);
        assert!(read(name).starts_with(&format!("{name}:1: ")), "{name}");
    }
}

#[test]
fn destinations_are_such_as_lambda_takes() {
    let project = Project::new();
    let arn = |of: &str| format!("arn:aws:{of}");
    let config = |event: &str, arn: &str| {
        format!("EventInvokeConfig: {{DestinationConfig: {{{event}: {{Type: SQS, Destination: '{arn}'}}}}}}")
    };
    let table = "s3:::b sqs:us-east-1:123456789012:q.fifo sns:us-east-1:123456789012:t.fifo dynamodb:us-east-1:123456789012:table/t \
                 lambda:us-east-1:123456789012:f";
    for of in table.split_whitespace() {
        for event in ["OnSuccess", "OnFailure"] {
            let read = project.template(&with_properties(&config(event, &arn(of)))).map(|_| ());
            let is_taken = event == "OnFailure" && of.starts_with("s3");
            assert_eq!(read.is_ok(), is_taken, "{event} {of}: {read:?}");
        }
        let error = error(&project, &format!("DeadLetterQueue: {{Type: SQS, TargetArn: '{}'}}", arn(of)));
        let expected = "TargetArn must be the ARN of an SQS queue or SNS topic without an order, found";
        assert_eq!(error, format!("template.yaml:8: {expected} \"{}\"", arn(of)));
    }
    let other = "  Other:\n    Type: AWS::Lambda::Function\n    Properties: {Code: one, Runtime: provided, Handler: h, \
                 DeadLetterConfig: {TargetArn: 'arn:aws:s3:::b'}}\n";
    let error = project.template(&(with_properties("") + other)).map(|_| ()).unwrap_err();
    assert!(error.starts_with("template.yaml:10: TargetArn must be the ARN of an SQS queue"), "{error}");
}

#[test]
fn a_part_of_the_accounts_concurrency_stays_for_functions_without_a_reservation() {
    let project = Project::new();
    let two = |first: &str, second: &str| {
        let other = "  Other:\n    Type: AWS::Lambda::Function\n    Properties: {Code: one, Runtime: provided, Handler: h";
        project.template(&format!("{}{other}{second}}}\n", with_properties(first))).map(|_| ())
    };
    assert_eq!(two("ReservedConcurrentExecutions: 400", ", ReservedConcurrentExecutions: 500"), Ok(()));
    assert_eq!(two("ReservedConcurrentExecutions: 900", ", ReservedConcurrentExecutions: 0"), Ok(()));
    let refused = |line: u32, what: &str, most: u32, found: u32| {
        let unreserved = "100 of the account's 1000 have to stay unreserved";
        Err(format!("template.yaml:{line}: {what} must be at most {most}, for {unreserved}, found {found}"))
    };
    let of_hello = "the reserved concurrency of Hello";
    assert_eq!(two("ReservedConcurrentExecutions: 1000", ""), refused(2, of_hello, 900, 1_000));
    assert_eq!(
        two("ReservedConcurrentExecutions: 400", ", ReservedConcurrentExecutions: 501"),
        refused(9, "the reserved concurrency of Other", 500, 501)
    );
    let provisioned =
        "AutoPublishAlias: live\nProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 901}";
    assert_eq!(two(provisioned, ""), refused(2, "the provisioned concurrency of Hello", 900, 901));
}

#[test]
fn values_of_properties_are_checked() {
    let table = [
        ("Timeout: soon", "Timeout must be a whole number of seconds from 1 to 900, found \"soon\""),
        ("Timeout: 0", "Timeout must be a whole number of seconds from 1 to 900, found 0"),
        ("Timeout: 901", "Timeout must be a whole number of seconds from 1 to 900, found 901"),
        ("Timeout: 1.5", "Timeout must be a whole number of seconds from 1 to 900, found 1.5"),
        ("Timeout:", "Timeout must be a whole number of seconds from 1 to 900, found nothing"),
        ("Timeout: [1]", "Timeout must be a whole number of seconds from 1 to 900, found a list"),
        ("MemorySize: 127", "MemorySize must be a whole number of MB from 128 to 10240, found 127"),
        ("MemorySize: 10241", "MemorySize must be a whole number of MB from 128 to 10240, found 10241"),
        ("EphemeralStorage: {Size: 511}", "Size must be a whole number of MB from 512 to 10240, found 511"),
        (
            "EphemeralStorage: {}",
            "Resources.Hello.Properties.EphemeralStorage must have Size, a whole number of MB",
        ),
        ("EphemeralStorage: 512", "EphemeralStorage must be a map, found 512"),
        (
            "ReservedConcurrentExecutions: -1",
            "ReservedConcurrentExecutions must be a whole number, 0 or more, found -1",
        ),
        ("Description: [a]", "Description must be text, found a list"),
        ("Description: ~", "Description must be text, found nothing"),
        (
            "FunctionName: a b",
            "the name of a function must be 1 to 64 letters, digits, - and _, found \"a b\"",
        ),
        ("Architectures: [mips]", "Architectures must be x86_64 or arm64, found \"mips\""),
        (
            "Architectures: [arm64, x86_64]",
            "Architectures must be a list of one, x86_64 or arm64, found a list",
        ),
        ("Tracing: Sometimes", "Tracing must be Active, PassThrough or Disabled, found \"Sometimes\""),
        ("SnapStart: {ApplyOn: Always}", "ApplyOn must be PublishedVersions or None, found \"Always\""),
        (
            "TenancyConfig: {TenantIsolationMode: NONE}",
            "TenantIsolationMode must be PER_TENANT, found \"NONE\"",
        ),
        ("PackageType: Tar", "PackageType must be Image or Zip, found \"Tar\""),
        ("LoggingConfig: {LogFormat: XML}", "LogFormat must be Text or JSON, found \"XML\""),
        (
            "LoggingConfig: {ApplicationLogLevel: LOUD}",
            "ApplicationLogLevel must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL, found \"LOUD\"",
        ),
        (
            "LoggingConfig: {SystemLogLevel: ERROR}",
            "SystemLogLevel must be DEBUG, INFO or WARN, found \"ERROR\"",
        ),
        (
            "DeadLetterQueue: {Type: SQS, TargetArn: dead}",
            "TargetArn must be the ARN of an SQS queue or SNS topic without an order, found \"dead\"",
        ),
        ("DeadLetterQueue: {Type: S3}", "Type must be SQS or SNS, found \"S3\""),
        ("Environment: {Variables: [a]}", "Variables must be a map, found a list"),
        ("Environment: {Variables: {AA: {b: c}}}", "AA must be text, found a map"),
        (
            "Environment: {Variables: {1A: b}}",
            "a variable must be called with letters, digits and _, two at least, the first a letter, found \"1A\"",
        ),
        ("Layers: text", "Layers must be a list, found \"text\""),
        ("Layers: [a, b, c, d, e, f]", "Layers must be at most 5, found 6"),
        (
            "AutoPublishAlias: '7'",
            "the name of an alias must be 1 to 128 letters, digits, - and _, and no number, found 7",
        ),
        (
            "ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}",
            "Resources.Hello must have AutoPublishAlias, to which ProvisionedConcurrencyConfig applies",
        ),
        (
            "{AutoPublishAlias: a, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 0}}",
            "ProvisionedConcurrentExecutions must be a whole number, 1 or more, found 0",
        ),
        (
            "FunctionUrlConfig: {}",
            "Resources.Hello.Properties.FunctionUrlConfig must have AuthType, AWS_IAM or NONE",
        ),
        ("FunctionUrlConfig: {AuthType: IAM}", "AuthType must be AWS_IAM or NONE, found \"IAM\""),
        (
            "FunctionUrlConfig: {AuthType: NONE, InvokeMode: STREAM}",
            "InvokeMode must be BUFFERED or RESPONSE_STREAM, found \"STREAM\"",
        ),
        (
            "FunctionUrlConfig: {AuthType: NONE, Cors: {MaxAge: 86401}}",
            "MaxAge must be a whole number of seconds from 0 to 86400, found 86401",
        ),
        (
            "FunctionUrlConfig: {AuthType: NONE, Cors: {AllowCredentials: yes}}",
            "AllowCredentials must be true or false, found \"yes\"",
        ),
        (
            "EventInvokeConfig: {MaximumRetryAttempts: 3}",
            "MaximumRetryAttempts must be a whole number from 0 to 2, found 3",
        ),
        (
            "EventInvokeConfig: {MaximumEventAgeInSeconds: 59}",
            "MaximumEventAgeInSeconds must be a whole number of seconds from 60 to 21600, found 59",
        ),
        (
            "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Lambda}}}",
            "Resources.Hello.Properties.EventInvokeConfig.DestinationConfig.OnFailure must have Destination, the ARN of a function, an SQS queue or SNS topic without an order, an EventBridge event bus, or an S3 bucket",
        ),
        (
            "CapacityProviderConfig: {PerExecutionEnvironmentMaxConcurrency: 1601}",
            "PerExecutionEnvironmentMaxConcurrency must be a whole number from 1 to 1600, found 1601",
        ),
        ("Events: {Get: {}}", "Resources.Hello.Properties.Events.Get must have Type, such as HttpApi"),
    ];
    let project = Project::new();
    for (properties, expected) in table {
        // Several at once stand in the braces of a flow map.
        let properties = properties.strip_prefix('{').map_or_else(
            || properties.to_owned(),
            |several| several.trim_end_matches('}').replacen(", ", "\n", 1) + "}",
        );
        let found = error(&project, &properties);
        let (place, what) = found.split_once(": ").unwrap();
        assert_eq!(what, expected, "{properties}");
        assert!(["template.yaml:8", "template.yaml:9", "template.yaml:2"].contains(&place), "{found}");
    }
}

#[test]
fn the_variables_of_a_function_have_four_kilobytes() {
    let value = "x".repeat(4_096);
    let expected = "template.yaml:9: Variables must be at most 4096 bytes as JSON, found 4105";
    assert_eq!(error(&Project::new(), &format!("Environment:\n  Variables: {{AA: {value}}}")), expected);
}

#[test]
fn what_belongs_together_is_checked() {
    let hello = with_properties("AutoPublishAlias: live");
    let table = [
        (
            "  Other: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: Hello, Code: one, Runtime: provided}}",
            "a second function is called Hello, as the one in line 2",
        ),
        (
            "  Blue: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Hello, Name: blue, FunctionVersion: 7}}",
            "the version of an alias must be one that Hello publishes here (1), found 7",
        ),
        (
            "  Blue: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Hello, Name: blue, FunctionVersion: new}}",
            "FunctionVersion must be the number of a version or $LATEST, found \"new\"",
        ),
        (
            "  Blue: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Hello, Name: live, FunctionVersion: 1}}",
            "alias live is there twice, first in line 8",
        ),
        (
            "  Blue: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Hello, Name: blue}}",
            "Resources.Blue.Properties must have FunctionVersion, the number of a version or $LATEST",
        ),
        (
            "  Blue: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: Nobody, Name: blue, FunctionVersion: 1}}",
            "there is no function Nobody in this file",
        ),
        (
            "  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: !Ref Hello, Qualifier: blue, AuthType: NONE}}",
            "there is no function Hello:blue in this file",
        ),
        (
            "  Url: {Type: 'AWS::Lambda::Url', Properties: {AuthType: NONE}}",
            "Resources.Url.Properties must have TargetFunctionArn, the name of a function",
        ),
        (
            "  Events: {Type: 'AWS::Lambda::EventInvokeConfig', Properties: {FunctionName: !Ref Hello, Qualifier: '3'}}",
            "there is no function Hello:3 in this file",
        ),
        (
            "  Events: {Type: 'AWS::Lambda::EventInvokeConfig', Properties: {FunctionName: !Ref Hello}}",
            "Resources.Events.Properties must have Qualifier, $LATEST, a version or an alias",
        ),
        ("  Queue: {Type: 'AWS::SQS::Queue', DependsOn: Nobody}", "there is no resource Nobody in this file"),
        (
            "  Queue: {Properties: {}}",
            "Resources.Queue must have Type, a type of resource such as AWS::Serverless::Function",
        ),
        (
            "  Queue: {Type: Queue}",
            "Type must be a type of resource such as AWS::Serverless::Function, found \"Queue\"",
        ),
        ("  Queue: {Type: 'AWS::SQS::Queue', Condition: Never}", "there is no condition Never in this file"),
        ("  Queue: 5", "Queue must be a map, found 5"),
        ("  Fn::ForEach::Loop: [a]", "Fn::ForEach::Loop is not understood among the resources"),
    ];
    let project = Project::new();
    for (resource, expected) in table {
        let error = project.template(&format!("{hello}{resource}\n")).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("template.yaml:9: {expected}"), "{resource}");
    }
}

#[test]
fn weights_are_those_of_one_other_version() {
    let project = Project::new();
    let error = |version: &str, weights: &str| {
        let template = with_properties("")
            + "  One: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Hello}}
  Two: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Hello}}
  Three: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Hello}}\n"
            + &format!(
                "  Alias: {{Type: 'AWS::Lambda::Alias', Properties: {{FunctionName: !Ref Hello, Name: live, \
                 FunctionVersion: {version}, RoutingConfig: {{AdditionalVersionWeights: [{weights}]}}}}}}\n"
            );
        project.template(&template).map(|_| ())
    };
    let weight =
        |version: u32, share: &str| format!("{{FunctionVersion: {version}, FunctionWeight: {share}}}");
    assert_eq!(error("1", &weight(2, "0.5")), Ok(()));
    for (version, weights, expected) in [
        ("1", weight(2, "1.5"), "FunctionWeight must be a number from 0 to 1, found 1.5"),
        ("1", weight(2, "NaN"), "FunctionWeight must be a number from 0 to 1, found NaN"),
        ("1", weight(1, "0.5"), "an additional version must be another than that of the alias, found 1"),
        (
            "1",
            weight(9, "0.5"),
            "an additional version must be one that Hello publishes here (1, 2, 3), found 9",
        ),
        (
            "$LATEST",
            weight(2, "0.5"),
            "the version of an alias must be a number, if there is an additional version, found $LATEST",
        ),
        (
            "1",
            format!("{}, {}", weight(2, "0.1"), weight(3, "0.1")),
            "the additional versions of an alias must be at most 1, found 2",
        ),
    ] {
        assert_eq!(error(version, &weights), Err(format!("template.yaml:11: {expected}")));
    }
}

#[test]
fn what_lambda_does_not_combine_is_refused() {
    let project = Project::new();
    let tenants = "TenancyConfig: {TenantIsolationMode: PER_TENANT}";
    let snap_start = "SnapStart: {ApplyOn: PublishedVersions}";
    let provisioned =
        "AutoPublishAlias: a\nProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}";
    let url = "FunctionUrlConfig: {AuthType: NONE}";
    for (left, right, expected) in [
        (provisioned, snap_start, "8: provisioned concurrency cannot go together with SnapStart"),
        (provisioned, tenants, "8: provisioned concurrency cannot go together with tenant isolation"),
        (tenants, snap_start, "2: SnapStart cannot go together with tenant isolation"),
        (url, tenants, "8: a function URL cannot go together with tenant isolation"),
    ] {
        assert_eq!(error(&project, &format!("{left}\n{right}")), format!("template.yaml:{expected}"));
    }
}

#[test]
fn the_form_of_a_template_is_checked() {
    let project = Project::new();
    for (text, expected) in [
        ("", "1: a template must be a map with Resources, found nothing"),
        ("- a\n", "1: a template must be a map with Resources, found a list"),
        ("\n\nA: 1", "3: a template must have Resources, a map of resources"),
        ("Resources: []", "1: Resources must be a map, found a list"),
        ("Resources:\n  A: 1\n  A: 2\n", "3: A is there twice, first in line 2"),
        ("Resources: {}\nResources: {}\n", "2: Resources is there twice, first in line 1"),
        ("a: b: c", "1: not valid YAML: mapping values are not allowed in this context"),
        ("a: 1\n---\nb: 1\n", "2: not valid YAML: there is a second document"),
        ("a: &x [*x]", "1: not valid YAML: an alias stands in what it repeats"),
        ("? [a]\n: b\n", "1: not valid YAML: a key must be text"),
        ("a: 1\n<<: 5\n", "2: not valid YAML: what << merges must be a map or a list of maps"),
        ("Parameters: {A: {}}\nResources: {}", "1: Parameters.A must have Type, such as String"),
    ] {
        assert_eq!(project.template(text).map(|_| ()), Err(format!("template.yaml:{expected}")), "{text:?}");
    }
    let deep = format!("Resources: {}", "[".repeat(100));
    assert!(project.template(&deep).unwrap_err().starts_with("template.yaml:1: not valid YAML"));
}

#[test]
fn a_template_that_becomes_too_large_is_refused() {
    let project = Project::new();
    let too_much = "the values that follow from this file are too many or too long";
    // Each list repeats the one before ten times.
    let lists: String =
        (1..9).map(|at| format!("l{at}: &l{at} [{}]\n", format!("*l{}, ", at - 1).repeat(10))).collect();
    let laughs = format!("l0: &l0 [{}]\n{lists}", "x, ".repeat(10));
    assert_eq!(project.template(&laughs).unwrap_err(), format!("template.yaml:5: {too_much}"));
    // Each name is twice the one before.
    let doubled = |levels: usize, first: &str| {
        let queue = |at: usize, name: &str| {
            format!("  Q{at}: {{Type: 'AWS::Events::EventBus', Properties: {{Name: {name}}}}}\n")
        };
        let queues: String = (1..=levels)
            .map(|at| queue(at, &format!("!Sub '${{Q{0}.Name}}${{Q{0}.Name}}'", at - 1)))
            .collect();
        let hello = with_properties(&format!("FunctionName: !GetAtt Q{levels}.Name"));
        project.template(&(hello + &queue(0, first) + &queues)).unwrap_err()
    };
    assert!(doubled(12, "xxxxxxxx").ends_with(too_much));
    assert!(doubled(25, "''").ends_with(too_much));
    let too_deep = "values stand in each other too deeply, or refer to each other through too many others";
    assert!(doubled(40, "''").ends_with(too_deep));
}
