//! Configuration files: several functions with all their settings, in a template or in TOML.
//!
//! [`read`] makes a [`Configuration`] of either: plain values, about which nothing is said of how they are served.
//! `template` and `toml` read the two formats, `settings` what they have in common, `check` looks at what must fit
//! together, and the words of all errors and warnings are in `problem`. Errors are one line, with the line of the file
//! and what was expected there; what has no effect is named by a [`Warning`] in the same form.
//!
//! # Templates
//!
//! The `template.yaml` of AWS SAM or CloudFormation, in YAML or JSON; also `.aws-sam/build/template.yaml`.
//!
//! - Functions: `AWS::Serverless::Function` and `AWS::Lambda::Function`, with `Globals`. Understood are name, handler,
//!   description, time-out, memory, ephemeral storage, environment, layers, architecture, reserved and provisioned
//!   concurrency, logging, tracing, SnapStart, tenancy, capacity provider, dead letter target, and of SAM's the published
//!   alias, function URL and `EventInvokeConfig`. Ephemeral storage, architecture, tracing and the level of the system's log
//!   are what the API shows, and no more. `Role`, `Policies`, `Tags` and the like are passed over: permissions are not
//!   checked. What else has no effect here, such as `VpcConfig`, is named in warnings.
//! - What belongs to them: `AWS::Lambda::Version`, `Alias`, `Url`, `EventInvokeConfig`, `LayerVersion`, and
//!   `AWS::Serverless::LayerVersion`. Versions are numbered in the order of the file, from 1; an alias of SAM has the
//!   number after them.
//! - `Events` of type `HttpApi` and `Api` are routes of one HTTP API and one REST API for the whole template, whichever API
//!   they name. Authorizers and other settings of theirs are named in warnings.
//! - What has something for functions: `AWS::SQS::Queue`, `AWS::Kinesis::Stream`, `AWS::DynamoDB::Table` and `GlobalTable`
//!   with a `StreamSpecification`, `AWS::SNS::Topic`, `AWS::S3::Bucket`. Of a table only the stream is looked at, of a bucket
//!   only the `NotificationConfiguration`.
//! - What brings it to them: `AWS::Lambda::EventSourceMapping`, `AWS::SNS::Subscription` to functions and queues,
//!   `AWS::Events::Rule`, `AWS::Scheduler::Schedule`; and `Events` of type `SQS`, `Kinesis`, `DynamoDB`, `MSK`,
//!   `SelfManagedKafka`, `SNS`, `S3`, `Schedule`, `ScheduleV2`, `EventBridgeRule` and `CloudWatchEvent`, which invoke the
//!   published alias if there is one. A queue, topic, bucket or stream that is named by its ARN and is not in the template
//!   is made as AWS makes it where nothing is set, and named in a warning; so is what names something of another stack,
//!   and has no effect. A topic of Kafka is one without a cluster.
//! - Patterns, filters, filter policies, schedules and the settings of mappings are checked as AWS does when they are
//!   created. In a pattern that is a map a number, `true`, `false` and null are what they are; with quotes they are text.
//! - Time zones, start and end and flexible windows of schedules, retry policies and dead letters of
//!   rules and subscriptions, and other targets than functions, queues and topics are named in warnings.
//! - Other resources have names and ARNs, which functions may refer to. Those that would do something on AWS, such as
//!   other `Events`, are named in warnings.
//! - `Ref`, `GetAtt`, `Sub`, `Join`, `Select`, `Split`, `FindInMap` and `If`, in the short and the long form, with
//!   parameters, mappings, conditions and pseudo parameters: Region `us-east-1`, account `123456789012`, stack `local`.
//!   A name that CloudFormation would make up is the logical id. What is not asked for is not resolved.
//! - Elsewhere a scalar is the text that stands in the file: `DEBUG: True` gives `True`.
//!
//! `CodeUri` and `Code` are, from the folder of the template: a folder with a `bootstrap`, a `.zip`, or an executable.
//! For a function with `Metadata: BuildMethod: rust-cargolambda`, which has its source there, the code is what
//! `cargo lambda build` has made: `target/lambda/NAME/bootstrap` in that folder or in that of its workspace. NAME is
//! `BuildProperties: Binary`; without it the handler, the logical id or the function's name, whichever is there, and else
//! the only one that is there. If nothing is built, the `bootstrap` in the folder itself will do. For functions and layers
//! with `BuildMethod: makefile` it is what `sam build` has made, `.aws-sam/build/LOGICAL_ID` beside the template; of a
//! function the folder itself will do. With `serve --build` both are made first: by `cargo build --bin NAME`, whose
//! executable runs where cargo puts it, and by `make build-LOGICAL_ID` with `ARTIFACTS_DIR`, as SAM does it, with
//! `WorkingDirectory` and `ProjectRootDirectory`. Code in S3, code in the template, container images and other runtimes than `provided` cannot run here: such a function is left out, with a
//! warning.
//!
//! # TOML
//!
//! For those who have no template. Only `bootstrap` must be there: an executable, a folder with a `bootstrap`, or a
//! `.zip`. Paths are from the folder of the file, times have units, and what is not understood is an error.
//!
//! ```toml
//! [functions.hello]
//! bootstrap = "target/debug/hello"
//! handler = "bootstrap"
//! description = "says hello"
//! timeout = "3s"
//! memory = 256                            # MB
//! storage = 512                           # MB of /tmp
//! environment = { GREETING = "hi" }
//! layers = ["layers/certs", "tools.zip"]  # laid out as /opt; a later one overrides
//! extensions = ["target/debug/audit"]     # beside those in the layers
//! architecture = "x86_64"                 # or arm64
//! reserved-concurrency = 10
//! max-concurrency = 8                     # as on Lambda Managed Instances
//! idle-lifetime = "10m"                   # how long an idle environment is kept
//! snap-start = false
//! tenant-isolation = false
//! tracing = "pass-through"                # or active
//! dead-letter = "arn:aws:sqs:us-east-1:123456789012:dead"
//! versions = 2                            # if not given, those that aliases name
//!
//! [functions.hello.logging]
//! format = "json"                         # or text
//! level = "debug"
//! system-level = "info"
//! group = "/aws/lambda/hello"
//!
//! [functions.hello.url]
//! address = "127.0.0.1:9001"
//! mode = "stream"                         # or buffer
//! auth = "none"                           # or iam
//! cors = { allow-origins = ["*"], allow-methods = ["GET"], allow-headers = [], expose-headers = [], max-age = "1h" }
//!
//! [functions.hello.asynchronous]
//! retries = 1
//! max-age = "1h"
//! on-success = "arn:aws:lambda:us-east-1:123456789012:function:next"
//! on-failure = "arn:aws:sqs:us-east-1:123456789012:dead"
//!
//! [functions.hello.aliases.live]          # may also have url and asynchronous
//! version = 1                             # or "$LATEST"
//! weights = { 2 = 0.1 }
//! provisioned-concurrency = 2
//!
//! [[front]]                               # another way to functions over HTTP; as many as one likes
//! kind = "http-api"                       # or rest-api, load-balancer, lattice
//! address = "127.0.0.1:9002"              # a free port if not given
//! function = "hello"                      # or hello:live; gets what has no route, which is refused without it
//! routes = { "GET /orders/{id}" = "hello:live", "ANY /files/{proxy+}" = "hello" }   # http-api, rest-api
//! stage = "v1"                            # http-api, rest-api
//! payload-format = "2.0"                  # http-api: or 1.0
//! # binary-media-types = ["*/*"]          # rest-api
//! # mode = "stream"                       # rest-api: or buffer
//! # multi-value-headers = true            # load-balancer
//! # event-version = "2.0"                 # lattice: or 1.0
//!
//! [functions.hello.triggers]              # what invokes it; an alias may have it, too. All are lists of tables
//! queues = [{ queue = "orders", batch-size = 5, batching-window = "2s", filters = ['{"body":{"a":[1]}}'] }]
//! # report-item-failures = true, max-concurrency = 5, enabled = true
//! streams = [{ stream = "clicks", start = "trim-horizon", batch-size = 10, retries = 2 }]   # start: or latest, or a time
//! # record-age = "1h", bisect = true, parallel = 2, tumbling-window = "30s", on-failure = "arn:…", and as for queues
//! topics = [{ topic = "news", filter-policy = '{"a":[1]}', filter-scope = "attributes" }]   # or body
//! buckets = [{ bucket = "uploads", events = ["s3:ObjectCreated:*"], prefix = "in/", suffix = ".csv" }]
//! schedules = ["rate(5 minutes)"]
//! rules = [{ bus = "default", pattern = '{"source":["shop"]}' }]
//!
//! [queues.orders]                         # the name of a FIFO queue ends with .fifo, and stands in quotes
//! visibility-timeout = "30s"
//! delay = "0s"
//! retention = "4d"
//! dead-letters = { queue = "orders-dead", max-receives = 3 }
//! from = "file:orders.jsonl"              # or sqs:URL of a real queue, or stdin, which one source can have
//! # content-based-deduplication = true    # FIFO
//!
//! [queues.orders-dead]
//!
//! [streams.clicks]
//! kind = "kinesis"                        # or dynamodb, by the name of the table; kafka, by that of the topic
//! shards = 2
//! retention = "1d"                        # kinesis, kafka
//! from = "kinesis:http://localhost:5000"  # or dynamodb:URL, file:PATH, stdin
//! # view = "new-and-old-images"           # dynamodb: or keys-only, new-image, old-image
//!
//! [topics.news]
//! queues = [{ queue = "orders", raw = true }]   # as the topics of functions, with raw
//!
//! [buckets.uploads]
//! folder = "uploads"
//! event-bridge = true
//!
//! [schedules.tick]
//! expression = "rate(1 minute)"
//! function = "hello:live"                 # or queue or topic
//! input = '{"a":1}'                       # without it the event of a schedule; or input-path = "$.detail"
//! enabled = true
//!
//! [rules.paid]                            # as a schedule, with bus and pattern in place of expression
//! bus = "default"
//! pattern = '{"source":["shop"]}'
//! function = "hello"
//!
//! [sinks]                                 # where what is sent to an ARN goes
//! "arn:aws:sqs:us-east-1:123456789012:dead" = "file:dead.jsonl"   # or memory, http://HOST:PORT/PATH, sqs:QUEUE_URL
//! ```

use std::{collections::BTreeMap, fs, path::Path};

mod check;
mod model;
mod node;
mod problem;
mod settings;
mod table;
mod template;
#[cfg(test)]
mod test;
mod toml;
mod triggers;
mod yaml;

pub(crate) use model::{
    AliasConfiguration, Api, Architecture, BucketConfiguration, Code, Configuration, From,
    FrontConfiguration, FunctionConfiguration, How, InvokeMode, Layer, MappingSource, Products, Qualifier,
    Recipe, RuleTarget, Target, Tracing, Triggers, UrlAuth, UrlConfiguration,
};
pub(crate) use problem::{ConfigError, Warning};
pub(crate) use triggers::kind_of_queue;

/// The formats in short, for the command line's help.
pub(crate) const HELP: &str = "\
A configuration file describes functions with their settings. It is either

- a template of AWS SAM or CloudFormation (.yaml, .yml, .json, .template): its functions, versions, aliases, function
  URLs, layers, routes of APIs, what becomes of asynchronous events, and what invokes functions: queues, streams, tables,
  topics, buckets, rules, schedules and event source mappings. Code is the bootstrap in a function's folder, a .zip, or
  what cargo lambda has built; --build builds what has Metadata: BuildMethod: rust-cargolambda with BuildProperties:
  Binary, or BuildMethod: makefile. What has no effect here is named with its line; or

- TOML (.toml):

    [functions.hello]
    bootstrap = \"target/debug/hello\"   # an executable, a folder or a .zip
    timeout = \"3s\"
    memory = 256
    environment = { GREETING = \"hi\" }
    layers = [\"layers/certs\"]
    extensions = [\"target/debug/audit\"]
    reserved-concurrency = 10
    aliases.live = { version = 1, weights = { 2 = 0.1 } }
    url = { address = \"127.0.0.1:9001\", mode = \"stream\" }
    asynchronous = { retries = 1, on-failure = \"arn:aws:sqs:us-east-1:123456789012:dead\" }

    [functions.hello.triggers]
    queues = [{ queue = \"orders\", batch-size = 5 }]
    schedules = [\"rate(5 minutes)\"]

    [queues.orders]                    # also streams, topics, buckets, schedules, rules
    from = \"file:orders.jsonl\"       # or stdin

    [[front]]
    kind = \"http-api\"                   # or rest-api, load-balancer, lattice
    address = \"127.0.0.1:9002\"
    function = \"hello\"
    routes = { \"GET /orders/{id}\" = \"hello:live\" }

    [sinks]
    \"arn:aws:sqs:us-east-1:123456789012:dead\" = \"file:dead.jsonl\"";

/// Reads a configuration file of either format, which the end of its name tells. Parameters of a template have these
/// values or their defaults; of the account it is known how many invocations it allows at once. What was made by the
/// [`recipes`] is used in place of what the file names.
///
/// # Errors
///
/// [`ConfigError`], whose text is one line: the file, the line, and what was expected.
pub(crate) fn read(
    path: &Path,
    parameters: &BTreeMap<String, String>,
    products: &Products,
    account_concurrency: usize,
) -> Result<Configuration, ConfigError> {
    let format = Format::of(path)?;
    parse(format, &text(path)?, path, parameters, products, account_concurrency)
}

/// How the functions and layers of a template are made of which it has the source, in the order of the file. TOML names
/// what has been made.
///
/// # Errors
///
/// [`ConfigError`], as with [`read`].
pub(crate) fn recipes(
    path: &Path,
    parameters: &BTreeMap<String, String>,
) -> Result<Vec<Recipe>, ConfigError> {
    match Format::of(path)? {
        Format::Template => {
            template::recipes(&text(path)?, folder_of(path), parameters).map_err(|problem| problem.of(path))
        }
        Format::Toml => Ok(Vec::new()),
    }
}

fn text(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

/// An empty path leads nowhere, so the current folder has its name.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Template,
    Toml,
}

impl Format {
    fn of(path: &Path) -> Result<Self, ConfigError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" | "json" | "template" => Ok(Self::Template),
            "toml" => Ok(Self::Toml),
            _ => Err(ConfigError::UnknownFormat { path: path.to_owned() }),
        }
    }
}

fn parse(
    format: Format,
    text: &str,
    path: &Path,
    parameters: &BTreeMap<String, String>,
    products: &Products,
    account_concurrency: usize,
) -> Result<Configuration, ConfigError> {
    let folder = folder_of(path);
    let (mut configuration, mut remarks) = match format {
        Format::Template => template::read(text, folder, parameters, products),
        Format::Toml => toml::read(text, folder, parameters).map(|configuration| (configuration, Vec::new())),
    }
    .map_err(|problem| problem.of(path))?;
    check::check(&configuration.functions, account_concurrency)
        .and_then(|()| check::check_fronts(&configuration.fronts, &configuration.functions))
        .and_then(|()| check::check_triggers(&configuration.triggers, &configuration.functions))
        .map_err(|problem| problem.of(path))?;
    // A value may be looked at more than once.
    remarks.sort();
    remarks.dedup();
    let warnings = remarks.into_iter().map(|(line, what)| Warning { path: path.to_owned(), line, what });
    configuration.warnings = warnings.collect();
    Ok(configuration)
}
