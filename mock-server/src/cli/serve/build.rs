//! Makes what a template has the source of, before it is served.

use std::path::Path;

use tempfile::TempDir;

use super::{
    super::{
        build::{self, BuildError},
        config::{How, Products, Recipe},
    },
    ServeError,
};

/// What was made, and the folders that have it.
#[derive(Default)]
pub(super) struct Built {
    pub(super) products: Products,
    pub(super) folders: Vec<TempDir>,
}

/// Makes one after the other; what cargo and make say goes to standard error.
pub(super) fn all(file: &Path, recipes: Vec<Recipe>) -> Result<Built, ServeError> {
    let mut built = Built::default();
    for Recipe { id, line, how } in recipes {
        built.one(&id, &how).map_err(|source| ServeError::Build {
            file: file.display().to_string(),
            line,
            id,
            source: Box::new(source),
        })?;
    }
    Ok(built)
}

impl Built {
    fn one(&mut self, id: &str, how: &How) -> Result<(), BuildError> {
        let product = match how {
            How::Cargo { package, binary } => build::executable_in(package, binary, false)?,
            How::Make { makefile, folder, target } => {
                let artifacts = TempDir::with_prefix("build-").map_err(BuildError::Folder)?;
                build::make(makefile, folder, target, artifacts.path())?;
                let path = artifacts.path().to_owned();
                self.folders.push(artifacts);
                path
            }
        };
        self.products.insert(id.to_owned(), product);
        Ok(())
    }
}
