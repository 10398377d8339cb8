//! `mock-server serve --build`: what a template has the source of is made first, by cargo and by make.

use std::{
    fs,
    process::{Command, Output},
};

use rustix::process::Signal;

use super::{
    command,
    server::{Server, serve},
    stderr,
};
use crate::{folder::Folder, processes::extension};

/// The functions begin in lines 2 and 6, the layer in line 10.
const TEMPLATE: &str = r#"Resources:
  Built:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: built_for_a_test}}
    Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: package, Layers: [!Ref Tools]}
  Script:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile, WorkingDirectory: function}
    Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: .}
  Tools:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, WorkingDirectory: .}
    Properties: {ContentUri: layer}
"#;

/// Says that it runs; that it does not ask for work is its own business.
const MAIN: &str = r#"fn main() { println!("cargo has built this"); }"#;
const MANIFEST: &str = "[package]\nname = \"built_for_a_test\"\nedition = \"2024\"\n\n[workspace]\n";
const ANSWER: &str = "while True:\n    request_id, event = next()\n    respond(request_id, '\"made\"')\n";

/// The sources, with the template.
fn project() -> Folder {
    let folder = Folder::new();
    for made in ["package/src", "function", "layer"] {
        fs::create_dir_all(folder.path().join(made)).unwrap();
    }
    folder.file("package/Cargo.toml", MANIFEST);
    folder.file("package/src/main.rs", MAIN);
    folder.file("Makefile", "build-Script:\n\tcp answer \"$(ARTIFACTS_DIR)/bootstrap\"\n");
    fs::rename(folder.python(ANSWER), folder.path().join("function/answer")).unwrap();
    // It runs in the folder of the template, which is the working directory.
    let audit =
        "build-Tools:\n\tmkdir $(ARTIFACTS_DIR)/extensions\n\tcp layer/audit $(ARTIFACTS_DIR)/extensions\n";
    folder.file("layer/Makefile", audit);
    extension(&folder, "layer/audit", "write('make has made this')");
    folder.file("template.yaml", TEMPLATE);
    folder
}

/// The command in the folder, so that paths are from there. Cargo's target folder is the project's own.
fn inside(mut command: Command, folder: &Folder) -> Command {
    command.current_dir(folder.path()).env_remove("CARGO_TARGET_DIR");
    command
}

/// Serves in vain; gives the one line in which the command tells why, after what cargo and make tell.
fn refusal(folder: &Folder, template: &str) -> String {
    folder.file("template.yaml", template);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--config", "template.yaml", "--build"];
    let output: Output = inside(command(&arguments), folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(output.stdout, b"", "{}", stderr(&output));
    stderr(&output).lines().last().unwrap().to_owned()
}

#[tokio::test]
async fn functions_and_layers_are_built_before_they_are_served() {
    let folder = project();
    let arguments = ["--config", "template.yaml", "--build"];
    let log = folder.path().join("log");
    let server = Server::of(inside(serve(&arguments), &folder), 2, fs::File::create(&log).unwrap()).await;
    assert_eq!(server.invoke("Script", "{}").await.brief(), (200, "\"made\""));
    assert_eq!(server.invoke("Built", "{}").await.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(server.stop(Signal::INT).await.0, Some(0));
    let log = fs::read_to_string(log).unwrap();
    for said in ["cargo has built this", "make has made this"] {
        assert!(log.lines().any(|line| line == said), "{log}");
    }
    assert!(!log.contains("warning: template.yaml"), "{log}");
    assert!(!folder.path().join("package/target/lambda").exists(), "that is cargo lambda's");
}

#[test]
fn what_cannot_be_built_is_an_error_in_one_line_that_says_where_it_stands() {
    let folder = project();
    let cases = [
        (
            TEMPLATE.replace("Binary: built_for_a_test", "Binary: none"),
            "error: template.yaml:2: Built cannot be built: cargo build --bin none failed",
        ),
        (
            TEMPLATE.replace(", BuildProperties: {Binary: built_for_a_test}", ""),
            "error: template.yaml:2: Resources.Built.Metadata must have BuildProperties, with the Binary that is to be built",
        ),
        (
            TEMPLATE.replace("  Script:", "  Other:"),
            "error: template.yaml:6: Other cannot be built: make build-Other failed",
        ),
        (
            TEMPLATE.replace("ContentUri: layer", "ContentUri: package"),
            "error: template.yaml:10: Tools cannot be built: there is no ",
        ),
    ];
    for (template, expected) in cases {
        let refusal = refusal(&folder, &template);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    assert!(refusal(&folder, TEMPLATE.replace("layer}", "package}").as_str()).ends_with("package/Makefile"));
}

#[test]
fn without_build_it_is_said_what_is_missing() {
    let folder = project();
    let output = inside(command(&["serve", "--config", "template.yaml"]), &folder).output().unwrap();
    let expected = "error: template.yaml:13: ContentUri must be what sam build has made in \
                    .aws-sam/build, or --build is needed, found \"layer\"\n";
    assert_eq!(stderr(&output), expected);
}
