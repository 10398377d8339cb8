//! Settings that both formats have, each under its own name: how they are read, and what they may be.
//!
//! What Lambda allows is in [`limits`].

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use lambda_api::limits;
use mock_server::{LogFormat, LogLevel, core::destination::Destination, platform_log::SystemLevel};

use super::{
    model::{Architecture, Layer, Qualifier},
    problem::{Invalid, Problem},
    table::Field,
};

/// Whether a function runs on Lambda Managed Instances, where there is more of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compute {
    Lambda,
    ManagedInstances,
}

impl Compute {
    pub(super) fn timeout_max(self) -> Duration {
        match self {
            Self::Lambda => limits::TIMEOUT_MAX,
            Self::ManagedInstances => limits::MANAGED_INSTANCES_TIMEOUT_MAX,
        }
    }

    fn memory_max_mb(self) -> u32 {
        match self {
            Self::Lambda => limits::MEMORY_MAX_MB,
            Self::ManagedInstances => limits::MANAGED_INSTANCES_MEMORY_MAX_MB,
        }
    }
}

pub(super) fn memory(field: &Field<'_>, compute: Compute) -> Result<u32, Problem> {
    field.whole("of MB", limits::MEMORY_MIN_MB..=compute.memory_max_mb())
}

pub(super) fn ephemeral_storage(field: &Field<'_>) -> Result<u32, Problem> {
    field.whole("of MB", limits::EPHEMERAL_STORAGE_MIN_MB..=limits::EPHEMERAL_STORAGE_MAX_MB)
}

/// Invocations in flight in one execution environment.
pub(super) fn max_concurrency(field: &Field<'_>) -> Result<u32, Problem> {
    let most = u32::try_from(limits::CONCURRENCY_PER_ENVIRONMENT).unwrap_or(u32::MAX);
    field.whole("", 1..=most)
}

pub(super) fn retries(field: &Field<'_>) -> Result<u32, Problem> {
    field.whole("", 0..=limits::EVENT_RETRIES.max)
}

/// The environment variables, and that Lambda would take them.
pub(super) fn environment(field: Field<'_>) -> Result<BTreeMap<String, String>, Problem> {
    const NAME: &str = "called with letters, digits and _, two at least, the first a letter";

    let (name, line) = (field.name.clone(), field.key_line);
    let mut variables = BTreeMap::new();
    for field in field.table()?.take_all()? {
        let is_valid = |name: &str| {
            name.len() > 1
                && name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        // Lambda's core drops what begins with an underscore; so does this one.
        if !field.name.starts_with('_') && !is_valid(&field.name) {
            let (name, found) = ("a variable".to_owned(), format!("\"{}\"", field.name));
            return Err(Invalid::Expected { name, expected: NAME.into(), found }.at(field.key_line));
        }
        let value = field.text()?.to_owned();
        variables.insert(field.name, value);
    }
    // This is what the service measures.
    let bytes = serde_json::json!(variables).to_string().len();
    if bytes > limits::ENVIRONMENT_BYTES {
        let (expected, found) =
            (format!("at most {} bytes as JSON", limits::ENVIRONMENT_BYTES), format!("{bytes}"));
        return Err(Invalid::Expected { name, expected: expected.into(), found }.at(line));
    }
    Ok(variables)
}

/// The name of a function.
pub(super) fn function_name(name: &str, line: usize) -> Result<(), Problem> {
    check_name("the name of a function", name, line, limits::FUNCTION_NAME_BYTES, |_| true)
}

/// The name of an alias.
pub(super) fn alias_name(name: &str, line: usize) -> Result<(), Problem> {
    let is_no_number = |name: &str| !name.bytes().all(|byte| byte.is_ascii_digit());
    check_name("the name of an alias", name, line, limits::ALIAS_NAME_BYTES, is_no_number)
}

/// The name of a queue, which ends with `.fifo` if it keeps an order.
///
/// Source: [CreateQueue](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html).
pub(super) fn queue_name(name: &str, line: usize) -> Result<(), Problem> {
    const MOST: usize = 80;
    const FIFO: &str = ".fifo";

    match name.strip_suffix(FIFO) {
        Some(stem) => check_name("the name of a queue before .fifo", stem, line, MOST - FIFO.len(), |_| true),
        None => check_name("the name of a queue", name, line, MOST, |_| true),
    }
}

fn check_name(
    what: &str,
    name: &str,
    line: usize,
    most: usize,
    is_allowed: impl Fn(&str) -> bool,
) -> Result<(), Problem> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=most).contains(&name.len()) && name.bytes().all(is_valid) && is_allowed(name) {
        return Ok(());
    }
    let expected = format!("1 to {most} letters, digits, - and _, and no number");
    let expected =
        if is_allowed("0") { expected.trim_end_matches(", and no number").to_owned() } else { expected };
    let found = super::node::Node::text(line, name).describe();
    Err(Invalid::Expected { name: what.to_owned(), expected: expected.into(), found }.at(line))
}

/// What an alias or an event is for: `$LATEST`, a version, or an alias.
pub(super) fn qualifier(text: &str) -> Qualifier {
    match text {
        "$LATEST" => Qualifier::Latest,
        text => text.parse().map_or_else(|_| Qualifier::Alias(text.to_owned()), Qualifier::Version),
    }
}

/// A version, or `$LATEST`.
pub(super) fn version(field: &Field<'_>) -> Result<Qualifier, Problem> {
    const EXPECTED: &str = "the number of a version or $LATEST";

    match qualifier(field.text_or(EXPECTED)?) {
        Qualifier::Alias(_) => Err(field.expected(EXPECTED)),
        version => Ok(version),
    }
}

/// What is sent to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Successes,
    Failures,
    DeadLetters,
}

impl Sent {
    /// What takes it, in words.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Successes => {
                "the ARN of a function, an SQS queue or SNS topic without an order, or an EventBridge event bus"
            }
            Self::Failures => {
                "the ARN of a function, an SQS queue or SNS topic without an order, an EventBridge event bus, or an S3 bucket"
            }
            Self::DeadLetters => "the ARN of an SQS queue or SNS topic without an order",
        }
    }

    fn may_go_to(self, destination: &Destination) -> bool {
        let takes = match self {
            Self::Successes => destination.takes_successes(),
            Self::Failures => true,
            Self::DeadLetters => destination.takes_dead_letters(),
        };
        takes && !destination.is_fifo()
    }
}

/// The ARN of something that takes what is sent there.
pub(super) fn destination(field: &Field<'_>, sent: Sent) -> Result<String, Problem> {
    let text = field.text_or(sent.expected())?;
    match text.parse() {
        Ok(destination) if sent.may_go_to(&destination) => Ok(text.to_owned()),
        _ => Err(field.expected(sent.expected())),
    }
}

pub(super) fn architecture(field: &Field<'_>) -> Result<Architecture, Problem> {
    field.choice(&[Architecture::X86_64, Architecture::Arm64].map(|choice| (choice.as_str(), choice)))
}

/// The format of the log; the words are those of AWS in any case.
pub(super) fn log_format(field: &Field<'_>) -> Result<LogFormat, Problem> {
    let formats = [LogFormat::Text, LogFormat::Json].map(|format| (format.as_str(), format));
    field.word(&formats)
}

pub(super) fn log_level(field: &Field<'_>) -> Result<LogLevel, Problem> {
    use LogLevel::{Debug, Error, Fatal, Info, Trace, Warn};

    field.word(&[Trace, Debug, Info, Warn, Error, Fatal].map(|level| (level.as_str(), level)))
}

pub(super) fn system_level(field: &Field<'_>) -> Result<SystemLevel, Problem> {
    let levels = [SystemLevel::Debug, SystemLevel::Info, SystemLevel::Warn];
    field.word(&levels.map(|level| (level.as_str(), level)))
}

/// A path as the file has it, from the folder of the file.
pub(super) fn path(folder: &Path, text: &str) -> PathBuf {
    if text == "." || text == "./" { folder.to_owned() } else { folder.join(text) }
}

/// That there are not too many layers.
pub(super) fn count_layers(count: usize, field: &Field<'_>) -> Result<(), Problem> {
    if count <= limits::LAYERS {
        return Ok(());
    }
    let (name, found) = (field.name.clone(), count.to_string());
    let expected = format!("at most {}", limits::LAYERS).into();
    Err(Invalid::Expected { name, expected, found }.at(field.line()))
}

/// A layer on this machine.
pub(super) fn layer(field: &Field<'_>, folder: &Path) -> Result<Layer, Problem> {
    const EXPECTED: &str = "a folder or a .zip file";

    let path = path(folder, field.text_or(EXPECTED)?);
    if path.is_dir() {
        Ok(Layer::Folder(path))
    } else if is_zip(&path) {
        Ok(Layer::Zip(path))
    } else {
        Err(not_there(field, EXPECTED, &path))
    }
}

pub(super) fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) && path.is_file()
}

/// A path that leads to nothing, or to something else.
pub(super) fn not_there(field: &Field<'_>, expected: &'static str, path: &Path) -> Problem {
    let (name, found) = (field.name.clone(), field.node.describe());
    let found = if path.exists() { found } else { format!("{found}, which is not there") };
    Invalid::Expected { name, expected: expected.into(), found }.at(field.line())
}

/// Whether a file can be executed.
#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether a file can be executed, as far as this can be told.
#[cfg(not(unix))]
pub(super) fn is_executable(path: &Path) -> bool {
    path.is_file()
}
