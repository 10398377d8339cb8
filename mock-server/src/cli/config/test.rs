//! Both formats, read as a user's files would be: from a folder with code in it.
//!
//! Errors and warnings are compared as the one line that a user sees.

use std::{collections::BTreeMap, fs, path::Path};

use lambda_api::limits;
use tempfile::TempDir;

use super::{Configuration, Format, Products, parse};

mod calls;
mod code;
mod errors;
mod fronts;
mod garbage;
mod resources;
mod sam_events;
mod sources;
mod template;
mod toml;
mod toml_errors;
mod toml_triggers;
mod trigger_errors;
mod warnings;

/// A folder with files such as a project has.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(TempDir::new().unwrap());
        for executable in ["hello/bootstrap", "target/debug/hello", "target/debug/audit", "one/bootstrap"] {
            project.executable(executable);
        }
        for file in
            ["layers/certs/cert.pem", "layers/tools.zip", "hello.zip", "source/Cargo.toml", "note.txt"]
        {
            project.file(file);
        }
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, path: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    fn executable(&self, path: &str) {
        self.file(path);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Reads a template, or gives the line that tells why not, without the folder.
    fn template(&self, text: &str) -> Result<Configuration, String> {
        self.template_with(text, &[])
    }

    fn template_with(&self, text: &str, parameters: &[(&str, &str)]) -> Result<Configuration, String> {
        let parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.parse(Format::Template, "template.yaml", text, &parameters)
    }

    fn toml(&self, text: &str) -> Result<Configuration, String> {
        self.parse(Format::Toml, "mock.toml", text, &BTreeMap::new())
    }

    fn parse(
        &self,
        format: Format,
        name: &str,
        text: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Configuration, String> {
        let products = Products::new();
        parse(format, text, &self.path().join(name), parameters, &products, limits::ACCOUNT_CONCURRENCY)
            .map_err(|error| self.relative(&error.to_string()))
    }

    fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path().display()), "")
    }

    fn warnings(&self, configuration: &Configuration) -> Vec<String> {
        configuration.warnings.iter().map(|warning| self.relative(&warning.to_string())).collect()
    }
}

/// A template with one function of SAM that has these properties beside what it needs. They begin in line 8.
fn with_properties(properties: &str) -> String {
    let mut template = String::from(
        "Resources:\n  Hello:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: hello\n      \
         Runtime: provided.al2023\n      Handler: bootstrap\n",
    );
    for line in properties.lines() {
        template.push_str(&format!("      {line}\n"));
    }
    template
}
