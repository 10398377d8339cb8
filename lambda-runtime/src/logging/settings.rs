//! Reads what the environment asks of log lines, and says what of it cannot be read.
//!
//! Nothing is opened here; that is `output`'s job.

use std::{path::PathBuf, str::FromStr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

use super::{Format, output::Destination};

const FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
const LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
const RUST_LOG: &str = "RUST_LOG";
const SOCKET: &str = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET";
const FRAMES: &str = "_LAMBDA_TELEMETRY_LOG_FD";

/// What the environment asks for.
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) filter: Targets,
    pub(super) destination: Destination,
    /// What could not be read, in words.
    pub(super) problems: Vec<String>,
}

impl Settings {
    /// An empty variable counts as not set.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.trim().is_empty());
        let mut problems = Vec::new();
        let mut unreadable = |name, value: &str, instead| {
            problems.push(format!("{name} is {value:?}, which cannot be read; taking {instead}"));
        };

        let format = match variable(FORMAT) {
            Some(name) if name.eq_ignore_ascii_case("json") => Format::Json,
            Some(name) if !name.eq_ignore_ascii_case("text") => {
                unreadable(FORMAT, &name, "Text");
                Format::Text
            }
            _ => Format::Text,
        };
        // The function's configuration beats what its code was deployed with, readable or not.
        let filter = match (variable(LEVEL), variable(RUST_LOG)) {
            (Some(name), _) => level(&name).map(at).ok_or((LEVEL, name)),
            (None, Some(directives)) => Targets::from_str(&directives).map_err(|_| (RUST_LOG, directives)),
            (None, None) => Ok(at(LevelFilter::INFO)),
        };
        let filter = filter.unwrap_or_else(|(name, value)| {
            unreadable(name, &value, "INFO");
            at(LevelFilter::INFO)
        });
        let destination = match (variable(SOCKET), variable(FRAMES)) {
            (Some(path), _) => Destination::Socket(PathBuf::from(path)),
            (None, Some(number)) => number.parse().map(Destination::Frames).unwrap_or_else(|_| {
                unreadable(FRAMES, &number, "stdout");
                Destination::Stdout
            }),
            (None, None) => Destination::Stdout,
        };
        Self { format, filter, destination, problems }
    }
}

/// The same level for all targets.
pub(super) fn at(level: LevelFilter) -> Targets {
    Targets::new().with_default(level)
}

/// A level as Lambda's configuration names it. Code cannot log at FATAL, so that shows what comes closest.
fn level(name: &str) -> Option<LevelFilter> {
    Some(match name.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => return None,
    })
}

#[cfg(test)]
mod test {
    use tracing::Level;

    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// The least grave level that an event of the target `shop::cart` needs to be written.
    fn least(settings: &Settings) -> Option<Level> {
        [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR]
            .into_iter()
            .find(|level| settings.filter.would_enable("shop::cart", level))
    }

    #[test]
    fn the_level_of_the_configuration_beats_rust_log_and_the_default_is_info() {
        for (level, rust_log, expected) in [
            ("", "", Some(Level::INFO)),
            ("DEBUG", "", Some(Level::DEBUG)),
            ("debug", "error", Some(Level::DEBUG)),
            ("TRACE", "", Some(Level::TRACE)),
            ("Info", "trace", Some(Level::INFO)),
            ("WARN", "shop=trace", Some(Level::WARN)),
            ("error", "", Some(Level::ERROR)),
            ("FATAL", "debug", Some(Level::ERROR)),
            ("fatal", "", Some(Level::ERROR)),
            ("", "debug", Some(Level::DEBUG)),
            ("", "warn,shop=trace", Some(Level::TRACE)),
            ("", "warn,shop::cart=debug", Some(Level::DEBUG)),
            ("", "shop::basket=debug", None),
            ("", "off", None),
        ] {
            let settings = settings(&[(LEVEL, level), (RUST_LOG, rust_log)]);
            assert_eq!(least(&settings), expected, "{level:?} {rust_log:?}");
            assert_eq!(settings.problems, [""; 0]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_shown_and_counts_as_the_default() {
        for (name, value, instead) in [
            (LEVEL, "LOUD", "INFO"),
            (RUST_LOG, "shop=loud", "INFO"),
            (FORMAT, "XML", "Text"),
            (FRAMES, "two", "stdout"),
            (FRAMES, "-1", "stdout"),
        ] {
            let settings = settings(&[(name, value), ("OTHER", "x")]);
            let expected = format!("{name} is {value:?}, which cannot be read; taking {instead}");
            assert_eq!(settings.problems, [expected]);
            assert_eq!((settings.format, least(&settings)), (Format::Text, Some(Level::INFO)));
            assert!(matches!(settings.destination, Destination::Stdout));
        }
        let settings = settings(&[(LEVEL, "LOUD"), (RUST_LOG, "trace")]);
        assert_eq!(least(&settings), Some(Level::INFO));
    }

    #[test]
    fn the_format_has_no_case_and_text_is_the_default() {
        for (value, format) in [
            ("JSON", Format::Json),
            ("json", Format::Json),
            ("Json", Format::Json),
            ("Text", Format::Text),
            ("TEXT", Format::Text),
            ("", Format::Text),
        ] {
            let settings = settings(&[(FORMAT, value)]);
            assert_eq!((settings.format, settings.problems.len()), (format, 0), "{value}");
        }
    }

    #[test]
    fn a_socket_beats_frames_and_frames_beat_stdout() {
        let both = settings(&[(SOCKET, "/run/logs"), (FRAMES, "62")]);
        assert!(matches!(both.destination, Destination::Socket(path) if path.ends_with("run/logs")));
        let frames = settings(&[(SOCKET, ""), (FRAMES, "62")]);
        assert!(matches!(frames.destination, Destination::Frames(62)));
        assert!(matches!(settings(&[]).destination, Destination::Stdout));
    }
}
