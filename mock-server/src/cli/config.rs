//! Configuration files.

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
mod yaml;

pub(crate) use model::Configuration;
pub(crate) use problem::{ConfigError, Warning};

/// Reads a configuration file of either format, which the end of its name tells. Parameters of a template have these
/// values or their defaults.
///
/// # Errors
///
/// [`ConfigError`], whose text is one line: the file, the line, and what was expected.
pub(crate) fn read(path: &Path, parameters: &BTreeMap<String, String>) -> Result<Configuration, ConfigError> {
    let format = Format::of(path)?;
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(format, &text, path, parameters)
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
) -> Result<Configuration, ConfigError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (mut configuration, mut remarks) = match format {
        Format::Template => template::read(text, folder, parameters),
        Format::Toml => toml::read(text, folder, parameters).map(|configuration| (configuration, Vec::new())),
    }
    .map_err(|problem| problem.of(path))?;
    check::check(&configuration.functions).map_err(|problem| problem.of(path))?;
    // A value may be looked at more than once.
    remarks.sort();
    remarks.dedup();
    let warnings = remarks.into_iter().map(|(line, what)| Warning { path: path.to_owned(), line, what });
    configuration.warnings = warnings.collect();
    Ok(configuration)
}
