//! Where a function's code is, by what a template says.
//!
//! See the module `config` for which paths are looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::sections::Resource;
use crate::cli::config::{
    model::Code,
    node::{Node, Value},
    problem::Problem,
    settings,
    table::{Field, Resolve},
};

/// Code, or why there is none.
pub(super) enum Found {
    Code(Code),
    /// It is nothing that could run here.
    Elsewhere(String),
}

/// How SAM would build a function or a layer.
#[derive(Default)]
pub(super) struct Build {
    pub(super) method: Method,
    /// The logical id.
    id: String,
    /// The binary, if the template names it.
    pub(super) binary: Option<String>,
    /// Where make runs, and where its file is, if not with the source; from the folder of the template.
    pub(super) working_directory: Option<String>,
    pub(super) root: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Method {
    /// None, or one of other runtimes.
    #[default]
    Other,
    CargoLambda,
    Make,
}

impl Build {
    /// From the attribute `Metadata` of a resource.
    pub(super) fn read(resource: &Resource, resolver: &dyn Resolve) -> Result<Self, Problem> {
        let Some(Node { line, value: Value::Map(entries) }) = resource.metadata.clone() else {
            return Ok(Self::default());
        };
        let node = Node { line, value: Value::Map(entries) };
        let mut metadata = Field::new("Metadata".to_owned(), node, resolver).table()?;
        let method = metadata.take("BuildMethod")?;
        let method = match method.as_ref().map(Field::text) {
            Some(Ok("rust-cargolambda")) => Method::CargoLambda,
            Some(Ok("makefile")) => Method::Make,
            _ => return Ok(Self::default()),
        };
        let properties = metadata.take("BuildProperties")?.filter(|_| method == Method::CargoLambda);
        let binary = match properties.map(Field::table).transpose()? {
            Some(mut properties) => properties.take("Binary")?,
            None => None,
        };
        let binary = binary.map(|binary| binary.text().map(str::to_owned)).transpose()?;
        let [working_directory, root] = ["WorkingDirectory", "ProjectRootDirectory"].map(|name| {
            let given = metadata.take(name)?.filter(|_| method == Method::Make);
            given.map(|folder| folder.text().map(str::to_owned)).transpose()
        });
        let id = resource.id.clone();
        Ok(Self { method, id, binary, working_directory: working_directory?, root: root? })
    }

    pub(super) fn is_made(&self) -> bool {
        self.method == Method::Make
    }

    /// What `sam build` has made beside the template, if it has.
    pub(super) fn made_by_sam(&self, folder: &Path) -> Option<PathBuf> {
        let made = folder.join(".aws-sam/build").join(&self.id);
        (self.is_made() && made.is_dir()).then_some(made)
    }
}

/// Finds the code that a path, a bucket or the like leads to. Other `names` than that of the binary are tried in their
/// order.
pub(super) fn find(
    field: &Field<'_>,
    folder: &Path,
    build: &Build,
    names: &[&str],
    has_layers: bool,
) -> Result<Found, Problem> {
    const EXPECTED: &str = "a folder with a bootstrap, a .zip file or an executable";

    let text = match &field.node.value {
        Value::Map(_) => return Ok(Found::Elsewhere("its code is in S3".to_owned())),
        _ => field.text_or(EXPECTED)?,
    };
    if text.starts_with("s3://") || text.starts_with("https://") {
        return Ok(Found::Elsewhere(format!("its code is at {text}")));
    }
    let path = settings::path(folder, text);
    if let Some(made) = build.made_by_sam(folder) {
        return Ok(Found::Code(Code::Folder(made)));
    }
    let is_cargo_lambda = build.method == Method::CargoLambda;
    if path.is_dir() {
        if is_cargo_lambda && let Some(code) = built(&path, build, names) {
            return Ok(Found::Code(Code::Folder(code)));
        }
        // Layers may bring a bootstrap, which is seen when they are unpacked.
        if path.join("bootstrap").is_file() || (has_layers && !is_cargo_lambda) {
            return Ok(Found::Code(Code::Folder(path)));
        }
        return Err(field.expected(if is_cargo_lambda {
            "a folder for which cargo lambda has built target/lambda/NAME/bootstrap, or --build is needed"
        } else {
            "a folder with a bootstrap, such as sam build makes"
        }));
    }
    if settings::is_zip(&path) {
        Ok(Found::Code(Code::Zip(path)))
    } else if settings::is_executable(&path) {
        Ok(Found::Code(Code::Executable(path)))
    } else {
        Err(settings::not_there(field, EXPECTED, &path))
    }
}

/// The folder into which cargo lambda has put the bootstrap: in the target folder of the package, or of a workspace
/// around it.
fn built(package: &Path, build: &Build, names: &[&str]) -> Option<PathBuf> {
    let package = std::path::absolute(package).ok()?;
    let targets = package
        .ancestors()
        .enumerate()
        .filter(|(above, folder)| *above == 0 || folder.join("Cargo.toml").is_file());
    targets.map(|(_, folder)| folder.join("target/lambda")).find_map(|target| {
        if let Some(binary) = &build.binary {
            return with_bootstrap(target.join(binary));
        }
        let named = names.iter().find_map(|name| with_bootstrap(target.join(name)));
        named.or_else(|| only_one(&target))
    })
}

fn with_bootstrap(folder: PathBuf) -> Option<PathBuf> {
    folder.join("bootstrap").is_file().then_some(folder)
}

/// The one folder with a bootstrap, if there is but one.
fn only_one(target: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(target).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut built = folders.filter_map(with_bootstrap);
    match (built.next(), built.next()) {
        (found, None) => found,
        _ => None,
    }
}
