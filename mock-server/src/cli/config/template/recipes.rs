//! How functions and layers are made of which a template has the source.
//!
//! Sources: building [Rust functions](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-rust.html),
//! [with a Makefile](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html), and
//! [layers](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-layers.html).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    code::{Build, Method},
    references::properties,
    scope::Template,
    sections::{Resource, Sections},
};
use crate::cli::config::{
    model::{How, Recipe},
    problem::{Invalid, Problem},
    settings, yaml,
};

/// Finds the functions and layers that something here can make.
pub(in crate::cli::config) fn recipes(
    text: &str,
    folder: &Path,
    parameters: &BTreeMap<String, String>,
) -> Result<Vec<Recipe>, Problem> {
    let template = Template::new(Sections::read(yaml::read(text)?, parameters)?);
    let mut recipes = Vec::new();
    for resource in &template.sections.resources {
        if template.is_there(resource)?
            && let Some(how) = how(&template, resource, folder)?
        {
            recipes.push(Recipe { id: resource.id.clone(), line: resource.line, how });
        }
    }
    Ok(recipes)
}

fn how(template: &Template, resource: &Resource, folder: &Path) -> Result<Option<How>, Problem> {
    let property = match &*resource.kind {
        "AWS::Serverless::Function" => "CodeUri",
        "AWS::Serverless::LayerVersion" => "ContentUri",
        "AWS::Lambda::Function" => "Code",
        "AWS::Lambda::LayerVersion" => "Content",
        _ => return Ok(None),
    };
    let scope = template.scope();
    let build = Build::read(resource, &scope)?;
    if build.method == Method::Other {
        return Ok(None);
    }
    let mut table = properties(&scope, resource);
    // What is in a bucket was made elsewhere.
    let source = match table.take(property)? {
        Some(source) => source.text().ok().map(|text| settings::path(folder, text)),
        None => None,
    };
    let Some(source) = source.filter(|source| source.is_dir()) else { return Ok(None) };
    if build.method == Method::CargoLambda {
        let handler = table.take("Handler")?;
        let handler = handler.and_then(|handler| handler.text().ok().map(str::to_owned));
        let binary = build.binary.or_else(|| handler.filter(|handler| handler != "bootstrap"));
        let Some(binary) = binary else {
            let (of, name) = (format!("Resources.{}.Metadata", resource.id), "BuildProperties");
            let expected = "with the Binary that is to be built".into();
            return Err(Invalid::Missing { of, name, expected }.at(resource.line));
        };
        return Ok(Some(How::Cargo { package: source, binary }));
    }
    let inside = |path: Option<String>| path.map(|path| settings::path(folder, &path));
    let root: PathBuf = inside(build.root).unwrap_or(source);
    let makefile = root.join("Makefile");
    let folder = inside(build.working_directory).unwrap_or(root);
    Ok(Some(How::Make { makefile, folder, target: format!("build-{}", resource.id) }))
}
