//! What `!Ref` and `!GetAtt` give for resources beside functions and what belongs to them, and which kinds of resource
//! there are.
//!
//! Names are those that a template gives; where it gives none, the logical id takes the place of what AWS would make
//! up. Source: the return values of each resource in the
//! [CloudFormation template reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html).

pub(super) const REGION: &str = "us-east-1";
pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const PARTITION: &str = "aws";
pub(super) const STACK: &str = "local";

/// What the reader of a template does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Function,
    ServerlessFunction,
    Layer,
    Version,
    Alias,
    Url,
    EventInvokeConfig,
    /// Has messages, records or objects, of which it may tell others.
    Source,
    /// Brings events to functions.
    Trigger,
    /// Would do something on AWS that is missed here.
    Missed,
    /// Is only referred to.
    Referred,
}

pub(super) fn role(kind: &str) -> Role {
    match kind {
        "AWS::Lambda::Function" => Role::Function,
        "AWS::Serverless::Function" => Role::ServerlessFunction,
        "AWS::Lambda::LayerVersion" | "AWS::Serverless::LayerVersion" => Role::Layer,
        "AWS::Lambda::Version" => Role::Version,
        "AWS::Lambda::Alias" => Role::Alias,
        "AWS::Lambda::Url" => Role::Url,
        "AWS::Lambda::EventInvokeConfig" => Role::EventInvokeConfig,
        "AWS::SQS::Queue"
        | "AWS::Kinesis::Stream"
        | "AWS::DynamoDB::Table"
        | "AWS::DynamoDB::GlobalTable"
        | "AWS::SNS::Topic"
        | "AWS::S3::Bucket" => Role::Source,
        "AWS::SNS::Subscription"
        | "AWS::Events::Rule"
        | "AWS::Scheduler::Schedule"
        | "AWS::Lambda::EventSourceMapping" => Role::Trigger,
        "AWS::Lambda::Permission"
        | "AWS::Lambda::LayerVersionPermission"
        | "AWS::Lambda::CodeSigningConfig"
        | "AWS::Lambda::CapacityProvider"
        | "AWS::Serverless::CapacityProvider"
        | "AWS::Serverless::SimpleTable"
        | "AWS::Serverless::Connector" => Role::Referred,
        // An API without its routes, an application without its functions, and whatever is newer than this.
        _ if kind.starts_with("AWS::Serverless::") || kind.starts_with("AWS::Lambda::") => Role::Missed,
        "AWS::CloudFormation::Stack" => Role::Missed,
        _ => Role::Referred,
    }
}

/// A kind of resource: the property that names it, and its values with `{name}` in them.
struct Kind {
    kind: &'static str,
    named_by: &'static str,
    reference: &'static str,
    attributes: &'static [(&'static str, &'static str)],
}

const KINDS: &[Kind] = &[
    Kind {
        kind: "AWS::SQS::Queue",
        named_by: "QueueName",
        reference: "https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes: &[
            ("Arn", "arn:aws:sqs:{region}:{account}:{name}"),
            ("QueueName", "{name}"),
            ("QueueUrl", "https://sqs.{region}.amazonaws.com/{account}/{name}"),
        ],
    },
    Kind {
        kind: "AWS::SNS::Topic",
        named_by: "TopicName",
        reference: "arn:aws:sns:{region}:{account}:{name}",
        attributes: &[
            ("Arn", "arn:aws:sns:{region}:{account}:{name}"),
            ("TopicArn", "arn:aws:sns:{region}:{account}:{name}"),
            ("TopicName", "{name}"),
        ],
    },
    Kind {
        kind: "AWS::Events::EventBus",
        named_by: "Name",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:events:{region}:{account}:event-bus/{name}"), ("Name", "{name}")],
    },
    Kind {
        kind: "AWS::MSK::Cluster",
        named_by: "ClusterName",
        reference: "arn:aws:kafka:{region}:{account}:cluster/{name}/0",
        attributes: CLUSTER,
    },
    Kind {
        kind: "AWS::MSK::ServerlessCluster",
        named_by: "ClusterName",
        reference: "arn:aws:kafka:{region}:{account}:cluster/{name}/0",
        attributes: CLUSTER,
    },
    Kind {
        kind: "AWS::Events::Rule",
        named_by: "Name",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:events:{region}:{account}:rule/{name}")],
    },
    Kind {
        kind: "AWS::Scheduler::Schedule",
        named_by: "Name",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:scheduler:{region}:{account}:schedule/default/{name}")],
    },
    Kind {
        kind: "AWS::S3::Bucket",
        named_by: "BucketName",
        reference: "{lower}",
        attributes: &[
            ("Arn", "arn:aws:s3:::{lower}"),
            ("DomainName", "{lower}.s3.amazonaws.com"),
            ("RegionalDomainName", "{lower}.s3.{region}.amazonaws.com"),
        ],
    },
    Kind { kind: "AWS::DynamoDB::Table", named_by: "TableName", reference: "{name}", attributes: TABLE },
    Kind {
        kind: "AWS::DynamoDB::GlobalTable",
        named_by: "TableName",
        reference: "{name}",
        attributes: TABLE,
    },
    Kind {
        kind: "AWS::Serverless::SimpleTable",
        named_by: "TableName",
        reference: "{name}",
        attributes: TABLE,
    },
    Kind {
        kind: "AWS::Kinesis::Stream",
        named_by: "Name",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:kinesis:{region}:{account}:stream/{name}")],
    },
    Kind {
        kind: "AWS::IAM::Role",
        named_by: "RoleName",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:iam::{account}:role/{name}")],
    },
    Kind {
        kind: "AWS::Logs::LogGroup",
        named_by: "LogGroupName",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:logs:{region}:{account}:log-group:{name}:*")],
    },
    Kind {
        kind: "AWS::StepFunctions::StateMachine",
        named_by: "StateMachineName",
        reference: "arn:aws:states:{region}:{account}:stateMachine:{name}",
        attributes: STATE_MACHINE,
    },
    Kind {
        kind: "AWS::Serverless::StateMachine",
        named_by: "Name",
        reference: "arn:aws:states:{region}:{account}:stateMachine:{name}",
        attributes: STATE_MACHINE,
    },
    Kind {
        kind: "AWS::SecretsManager::Secret",
        named_by: "Name",
        reference: "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        attributes: &[("Id", "arn:aws:secretsmanager:{region}:{account}:secret:{name}")],
    },
    Kind { kind: "AWS::SSM::Parameter", named_by: "Name", reference: "{name}", attributes: &[] },
    Kind {
        kind: "AWS::KMS::Key",
        named_by: "",
        reference: "{name}",
        attributes: &[("Arn", "arn:aws:kms:{region}:{account}:key/{name}"), ("KeyId", "{name}")],
    },
];

const TABLE: &[(&str, &str)] = &[
    ("Arn", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    ("StreamArn", "arn:aws:dynamodb:{region}:{account}:table/{name}/stream/2020-01-01T00:00:00.000"),
];

const CLUSTER: &[(&str, &str)] = &[("Arn", "arn:aws:kafka:{region}:{account}:cluster/{name}/0")];

const STATE_MACHINE: &[(&str, &str)] =
    &[("Arn", "arn:aws:states:{region}:{account}:stateMachine:{name}"), ("Name", "{name}")];

/// The property that names a resource of this kind.
pub(super) fn named_by(kind: &str) -> Option<&'static str> {
    match role(kind) {
        Role::Function | Role::ServerlessFunction => Some("FunctionName"),
        Role::Layer => Some("LayerName"),
        Role::Alias => Some("Name"),
        _ => find(kind).map(|known| known.named_by).filter(|property| !property.is_empty()),
    }
}

/// What `!Ref` gives.
pub(super) fn reference(kind: &str, name: &str) -> String {
    find(kind).map_or_else(|| name.to_owned(), |known| fill(known.reference, name))
}

/// What `!GetAtt` gives, as far as it follows from the name. An ARN of a kind that is not in the table has the usual
/// form.
pub(super) fn attribute(kind: &str, name: &str, attribute: &str) -> Option<String> {
    match find(kind) {
        Some(known) => {
            let (_, form) = known.attributes.iter().find(|(known, _)| *known == attribute)?;
            Some(fill(form, name))
        }
        None if attribute == "Arn" => {
            let service = kind.split("::").nth(1)?.to_ascii_lowercase();
            Some(format!("arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{name}"))
        }
        None => None,
    }
}

/// A pseudo parameter, as far as it is text.
///
/// Source:
/// [pseudo parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
pub(super) fn pseudo(name: &str) -> Option<String> {
    let value = match name {
        "AWS::Region" => REGION.to_owned(),
        "AWS::AccountId" => ACCOUNT.to_owned(),
        "AWS::Partition" => PARTITION.to_owned(),
        "AWS::StackName" => STACK.to_owned(),
        "AWS::StackId" => {
            format!(
                "arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/00000000-0000-0000-0000-000000000000"
            )
        }
        "AWS::URLSuffix" => "amazonaws.com".to_owned(),
        _ => return None,
    };
    Some(value)
}

/// The kind of a resource that SAM adds to a template, by the logical id that it gives it.
///
/// Source:
/// [generated resources](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html).
pub(super) fn made_by_sam(id: &str, is_function: impl Fn(&str) -> bool) -> Option<&'static str> {
    match id {
        "ServerlessRestApi" => Some("AWS::ApiGateway::RestApi"),
        "ServerlessHttpApi" => Some("AWS::ApiGatewayV2::Api"),
        _ => id.strip_suffix("Role").filter(|function| is_function(function)).map(|_| "AWS::IAM::Role"),
    }
}

fn find(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.kind == kind)
}

fn fill(form: &str, name: &str) -> String {
    // The name last, for it may have braces of its own.
    let form = form.replace("{region}", REGION).replace("{account}", ACCOUNT);
    form.replace("{lower}", &name.to_ascii_lowercase()).replace("{name}", name)
}
