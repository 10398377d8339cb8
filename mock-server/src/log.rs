//! What a function's logging is configured with, and what its log events say of themselves.

/// The format of a function's log.
///
/// Source:
/// [advanced logging controls](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// Lines of text.
    Text,
    /// JSON objects.
    Json,
}

impl LogFormat {
    /// As `AWS_LAMBDA_LOG_FORMAT` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json => "JSON",
        }
    }
}

/// How serious a log event is, from the least to the most.
///
/// Source:
/// [log-level filtering](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// The finest detail.
    Trace,
    /// Detail for whoever looks for a fault.
    Debug,
    /// What happens as it should.
    Info,
    /// What may become a problem.
    Warn,
    /// What has failed.
    Error,
    /// What ends the function.
    Fatal,
}

impl LogLevel {
    /// As `AWS_LAMBDA_LOG_LEVEL` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}
