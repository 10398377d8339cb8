//! What a configuration file says, whichever format it has: plain values, which nothing here serves.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use clap::ValueEnum;
use mock_server::{
    Front, LogFormat, LogLevel, SinkTarget, core::destination::Destination, platform_log::SystemLevel,
};

use super::problem::Warning;

mod triggers;

pub(crate) use triggers::{
    BucketConfiguration, From, MappingConfiguration, MappingSource, NotificationConfiguration,
    QueueConfiguration, RuleConfiguration, RuleTarget, StreamConfiguration, SubscriptionConfiguration,
    Target, TopicConfiguration, Triggers, stream_key,
};

/// All that a configuration file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Configuration {
    /// In the order of the file.
    pub(crate) functions: Vec<FunctionConfiguration>,
    /// Other ways to them over HTTP than their URLs.
    pub(crate) fronts: Vec<FrontConfiguration>,
    /// Where what is sent to a destination goes.
    pub(crate) sinks: BTreeMap<Destination, SinkTarget>,
    /// What invokes functions, beside HTTP.
    pub(crate) triggers: Triggers,
    /// What the file has beside functions, and functions may refer to.
    pub(crate) referred: Vec<Referred>,
    /// In the order of the lines.
    pub(crate) warnings: Vec<Warning>,
}

/// A resource that is not served: others have its name and its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referred {
    pub(crate) id: String,
    /// `AWS::SQS::Queue`.
    pub(crate) kind: String,
    pub(crate) line: usize,
    /// As `!GetAtt id.Arn` would have it; none where that is not known.
    pub(crate) arn: Option<String>,
}

/// How something is made of which a template has the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// The logical id of the function or layer.
    pub(crate) id: String,
    pub(crate) line: usize,
    pub(crate) how: How,
}

/// What makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Cargo, in the folder of the package.
    Cargo { package: PathBuf, binary: String },
    /// A target of this Makefile, in the folder, which puts what it makes where `ARTIFACTS_DIR` says.
    Make { makefile: PathBuf, folder: PathBuf, target: String },
}

/// What was made, executables and folders, by logical id.
pub(crate) type Products = BTreeMap<String, PathBuf>;

/// A function with all that is configured for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionConfiguration {
    pub(crate) name: String,
    /// Where it stands in the file, counted from 1; so are all lines here.
    pub(crate) line: usize,
    pub(crate) code: Code,
    /// `_HANDLER`; `bootstrap` if there is none in the file.
    pub(crate) handler: String,
    pub(crate) description: String,
    pub(crate) timeout: Duration,
    pub(crate) memory_mb: u32,
    pub(crate) ephemeral_storage_mb: u32,
    pub(crate) environment: BTreeMap<String, String>,
    /// In the order in which they are unpacked: a later one overrides.
    pub(crate) layers: Vec<Layer>,
    /// Executables beside those that layers bring.
    pub(crate) extensions: Vec<PathBuf>,
    pub(crate) architecture: Architecture,
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) versions: BTreeMap<u32, VersionConfiguration>,
    pub(crate) aliases: BTreeMap<String, AliasConfiguration>,
    /// The alias that always gets a new version of changed code; SAM only.
    pub(crate) auto_published: Option<String>,
    /// At most one for a qualifier.
    pub(crate) urls: Vec<UrlConfiguration>,
    /// What SAM calls events of type `HttpApi` and `Api`.
    pub(crate) routes: Vec<RouteConfiguration>,
    /// At most one for a qualifier.
    pub(crate) asynchronous: Vec<AsynchronousConfiguration>,
    /// The ARN of a queue or topic.
    pub(crate) dead_letter: Option<String>,
    pub(crate) logging: LoggingConfiguration,
    /// Whether published versions start from a snapshot.
    pub(crate) snap_start: bool,
    /// Whether an execution environment serves one tenant only.
    pub(crate) per_tenant: bool,
    /// Set for Lambda Managed Instances: how many invocations an execution environment serves at once.
    pub(crate) max_concurrency: Option<u32>,
    pub(crate) tracing: Tracing,
    /// How long an idle environment is kept; TOML only.
    pub(crate) idle_lifetime: Option<Duration>,
}

/// Where a function's code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// A bootstrap of any name.
    Executable(PathBuf),
    /// A folder that becomes `/var/task`.
    Folder(PathBuf),
    /// A deployment package.
    Zip(PathBuf),
}

/// What a layer brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Laid out as `/opt`.
    Folder(PathBuf),
    Zip(PathBuf),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    #[default]
    #[value(name = "x86_64")]
    X86_64,
    Arm64,
}

impl Architecture {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tracing {
    Active,
    #[default]
    PassThrough,
}

/// A published version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VersionConfiguration {
    pub(crate) line: usize,
    pub(crate) description: String,
    /// Execution environments that are kept ready.
    pub(crate) provisioned_concurrency: Option<u32>,
}

/// An alias.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AliasConfiguration {
    pub(crate) line: usize,
    /// A version or `$LATEST`.
    pub(crate) version: Qualifier,
    /// The share of another version, at most of one.
    pub(crate) weights: BTreeMap<u32, f64>,
    pub(crate) description: String,
    /// Execution environments that are kept ready.
    pub(crate) provisioned_concurrency: Option<u32>,
}

/// What stands behind a function's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Qualifier {
    Latest,
    Version(u32),
    Alias(String),
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Version(version) => write!(f, "{version}"),
            Self::Alias(alias) => f.write_str(alias),
        }
    }
}

/// A function URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlConfiguration {
    pub(crate) line: usize,
    /// [`Qualifier::Latest`] for the function itself.
    pub(crate) qualifier: Qualifier,
    /// Where it listens; TOML only.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) auth: UrlAuth,
    pub(crate) mode: InvokeMode,
    pub(crate) cors: Option<Cors>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UrlAuth {
    #[default]
    None,
    Iam,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum InvokeMode {
    #[default]
    Buffered,
    ResponseStream,
}

/// Who may call a function URL from a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cors {
    pub(crate) allow_credentials: bool,
    pub(crate) allow_headers: Vec<String>,
    pub(crate) allow_methods: Vec<String>,
    pub(crate) allow_origins: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    pub(crate) max_age: Option<Duration>,
}

/// API Gateway, a load balancer or VPC Lattice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrontConfiguration {
    pub(crate) line: usize,
    /// Where it listens, if the file says so.
    pub(crate) address: Option<SocketAddr>,
    /// Set for the API of a template, for which the command line says where it listens.
    pub(crate) api: Option<Api>,
    /// Whose is what has no route; a name, or `name:alias`.
    pub(crate) function: Option<String>,
    /// The functions of routes, and where they are named.
    pub(crate) routed: Vec<(usize, String)>,
    pub(crate) front: Front,
}

/// A route of an API of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteConfiguration {
    pub(crate) line: usize,
    pub(crate) api: Api,
    /// `GET /orders/{id}`.
    pub(crate) route: String,
    pub(crate) qualifier: Qualifier,
}

/// The two APIs that SAM makes of the events of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Http,
    Rest,
}

/// What becomes of asynchronous invocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AsynchronousConfiguration {
    pub(crate) line: usize,
    pub(crate) qualifier: Qualifier,
    /// How long an event may wait for its function.
    pub(crate) max_event_age: Option<Duration>,
    /// How often it is tried again.
    pub(crate) max_retries: Option<u32>,
    /// The ARN that is told of a success.
    pub(crate) on_success: Option<String>,
    /// The ARN that is told of a failure.
    pub(crate) on_failure: Option<String>,
}

/// How a function logs; nothing is set where nothing is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoggingConfiguration {
    pub(crate) format: Option<LogFormat>,
    pub(crate) level: Option<LogLevel>,
    pub(crate) system_level: Option<SystemLevel>,
    pub(crate) group: Option<String>,
}

impl FunctionConfiguration {
    /// The function with this code, and with what Lambda takes where nothing is configured.
    pub(super) fn new(name: String, line: usize, code: Code) -> Self {
        use lambda_api::limits;

        Self {
            name,
            line,
            code,
            handler: "bootstrap".to_owned(),
            description: String::new(),
            timeout: limits::TIMEOUT_DEFAULT,
            memory_mb: limits::MEMORY_DEFAULT_MB,
            ephemeral_storage_mb: limits::EPHEMERAL_STORAGE_MIN_MB,
            environment: BTreeMap::new(),
            layers: Vec::new(),
            extensions: Vec::new(),
            architecture: Architecture::default(),
            reserved_concurrency: None,
            versions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            auto_published: None,
            urls: Vec::new(),
            routes: Vec::new(),
            asynchronous: Vec::new(),
            dead_letter: None,
            logging: LoggingConfiguration::default(),
            snap_start: false,
            per_tenant: false,
            max_concurrency: None,
            tracing: Tracing::default(),
            idle_lifetime: None,
        }
    }
}
