//! Where a function's code is found, and what is left out because it could not run here.

use super::{Project, with_properties};
use crate::cli::config::model::Code;

/// A function of SAM with its code there, and this beside its properties.
fn with_code(code: &str, handler: &str, beside: &str) -> String {
    format!(
        "Resources:\n  Hello:\n    Type: AWS::Serverless::Function\n{beside}    Properties:\n      Runtime: provided.al2023\n      \
         Handler: {handler}\n      CodeUri: {code}\n"
    )
}

const CARGO_LAMBDA: &str = "    Metadata: {BuildMethod: rust-cargolambda}\n";

fn code_of(project: &Project, template: &str) -> Result<Code, String> {
    Ok(project.template(template)?.functions.remove(0).code)
}

#[test]
fn code_is_a_folder_a_zip_or_an_executable() {
    let project = Project::new();
    let at = |path: &str| project.path().join(path);
    for (path, expected) in [
        ("hello", Code::Folder(at("hello"))),
        ("hello/", Code::Folder(at("hello/"))),
        ("./hello", Code::Folder(at("./hello"))),
        ("hello.zip", Code::Zip(at("hello.zip"))),
        ("target/debug/hello", Code::Executable(at("target/debug/hello"))),
    ] {
        assert_eq!(code_of(&project, &with_code(path, "bootstrap", "")), Ok(expected), "{path}");
    }
}

#[test]
fn what_cargo_lambda_has_built_is_found_by_its_name() {
    let project = Project::new();
    for binary in ["named", "handler", "Hello", "greeter"] {
        project.executable(&format!("source/target/lambda/{binary}/bootstrap"));
    }
    let built = |binary: &str| {
        let folder = std::path::absolute(project.path().join("source/target/lambda")).unwrap();
        Ok(Code::Folder(folder.join(binary)))
    };
    let named = "    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: named}}\n";
    assert_eq!(code_of(&project, &with_code("source", "handler", named)), built("named"));
    assert_eq!(code_of(&project, &with_code("source", "handler", CARGO_LAMBDA)), built("handler"));
    assert_eq!(code_of(&project, &with_code("source", "bootstrap", CARGO_LAMBDA)), built("Hello"));
    let template = with_code("source", "bootstrap", CARGO_LAMBDA).replace("Hello", "Other");
    assert_eq!(code_of(&project, &(template + "      FunctionName: greeter\n")), built("greeter"));
}

#[test]
fn the_only_binary_that_cargo_lambda_has_built_needs_no_name() {
    let project = Project::new();
    project.executable("source/target/lambda/anything/bootstrap");
    let folder = std::path::absolute(project.path().join("source/target/lambda/anything")).unwrap();
    assert_eq!(code_of(&project, &with_code("source", "bootstrap", CARGO_LAMBDA)), Ok(Code::Folder(folder)));
    project.executable("source/target/lambda/more/bootstrap");
    assert!(code_of(&project, &with_code("source", "bootstrap", CARGO_LAMBDA)).is_err());
}

#[test]
fn a_member_of_a_workspace_is_built_into_the_workspaces_folder() {
    let project = Project::new();
    project.file("Cargo.toml");
    project.executable("target/lambda/Hello/bootstrap");
    let folder = std::path::absolute(project.path().join("target/lambda/Hello")).unwrap();
    assert_eq!(code_of(&project, &with_code("source", "bootstrap", CARGO_LAMBDA)), Ok(Code::Folder(folder)));
}

#[test]
fn what_sam_has_built_is_used_as_it_is() {
    let project = Project::new();
    let template = with_code("hello", "bootstrap", CARGO_LAMBDA);
    assert_eq!(code_of(&project, &template), Ok(Code::Folder(project.path().join("hello"))));
}

#[test]
fn code_that_is_not_there_is_refused() {
    let project = Project::new();
    for (path, beside, expected) in [
        (
            "absent",
            "",
            "7: CodeUri must be a folder with a bootstrap, a .zip file or an executable, found \"absent\", which is not there",
        ),
        (
            "note.txt",
            "",
            "7: CodeUri must be a folder with a bootstrap, a .zip file or an executable, found \"note.txt\"",
        ),
        (
            "source",
            "",
            "7: CodeUri must be a folder with a bootstrap, such as sam build makes, found \"source\"",
        ),
        (
            "source",
            CARGO_LAMBDA,
            "8: CodeUri must be a folder for which cargo lambda has built target/lambda/NAME/bootstrap, or --build is needed, found \"source\"",
        ),
        (
            "[a]",
            "",
            "7: CodeUri must be a folder with a bootstrap, a .zip file or an executable, found a list",
        ),
    ] {
        let error = code_of(&project, &with_code(path, "bootstrap", beside)).unwrap_err();
        assert_eq!(error, format!("template.yaml:{expected}"));
    }
}

#[test]
fn a_layer_may_bring_the_bootstrap() {
    let project = Project::new();
    let template = with_code("layers/certs", "bootstrap", "")
        + "      Layers: [!Ref Tools]
  Tools: {Type: 'AWS::Lambda::LayerVersion', Properties: {Content: layers/tools.zip}}\n";
    assert_eq!(code_of(&project, &template), Ok(Code::Folder(project.path().join("layers/certs"))));
}

#[test]
fn a_function_that_could_not_run_here_is_left_out_with_a_reason() {
    let project = Project::new();
    let other = |properties: &str| {
        let resource =
            format!("  Other:\n    Type: AWS::Lambda::Function\n    Properties: {{{properties}}}\n");
        let alias = "  Alias: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Other, Name: a, FunctionVersion: '7'}}\n";
        let configuration = project.template(&(with_properties("") + &resource + alias)).unwrap();
        assert_eq!(configuration.functions.len(), 1);
        project.warnings(&configuration).join("\n")
    };
    for (properties, reason) in [
        ("Runtime: python3.13, Code: hello, Timeout: soon", "runtime python3.13 has no bootstrap here"),
        ("PackageType: Image, Code: {ImageUri: a}", "container images are not emulated"),
        ("Runtime: provided, Code: {ImageUri: a}", "container images are not emulated"),
        ("Runtime: provided, Code: {S3Bucket: a, S3Key: b}", "its code is in S3"),
        ("Runtime: provided, Code: 's3://a/b'", "its code is at s3://a/b"),
        ("Runtime: provided, Code: {ZipFile: 'x = 1'}", "code in the template is for other runtimes"),
    ] {
        assert_eq!(other(properties), format!("template.yaml:8: function Other is left out: {reason}"));
    }
}

#[test]
fn a_template_without_a_function_that_could_run_says_why() {
    let project = Project::new();
    let template = with_properties("").replace("provided.al2023", "nodejs24.x");
    assert_eq!(
        project.template(&template).unwrap_err(),
        "template.yaml:2: there is no function to serve: function Hello is left out: runtime nodejs24.x has no bootstrap here"
    );
    let none = "Resources: {Dead: {Type: 'AWS::SQS::Queue'}}";
    assert_eq!(project.template(none).unwrap_err(), "template.yaml:1: there is no function to serve");
}

#[test]
fn what_sam_has_made_with_a_makefile_is_found_by_the_logical_id() {
    let project = Project::new();
    let made = "    Metadata: {BuildMethod: makefile}\n";
    let template = with_code("hello", "bootstrap", made);
    assert_eq!(code_of(&project, &template), Ok(Code::Folder(project.path().join("hello"))));
    project.executable(".aws-sam/build/Hello/bootstrap");
    assert_eq!(code_of(&project, &template), Ok(Code::Folder(project.path().join(".aws-sam/build/Hello"))));
}
