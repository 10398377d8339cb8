//! The event templates of AWS SAM's command line, rendered with their own values by `templates/render.py`: all that have a type
//! are read, and written as they were.
//!
//! `.ci/peers` fetches and renders them, and prints the variable that tells where; where it is not set the test says so and
//! passes.

#![expect(clippy::unwrap_used, reason = "a template that is no JSON fails the test")]

use std::{env, fs, io::Write, path::Path};

use lambda_events::Event;

use crate::minified::minified;

pub(crate) const FOLDER: &str = "LAMBDA_EVENT_TEMPLATES";

/// Templates of what is no event of a function, or has no type here: Alexa's skills, jobs of AWS Batch, Lambda@Edge, Cognito
/// Sync, Lex V1, a request to Rekognition, SageMaker's labelling jobs, an error of Step Functions, and WorkMail.
const WITHOUT_A_TYPE: &[&str] = &[
    "alexa-skills-kit",
    "alexa-smart-home",
    "batch",
    "cloudfront",
    "cognito",
    "lex",
    "sagemaker",
    "stepfunctions",
    "workmail",
];

fn has_type(name: &str) -> bool {
    let (service, _) = name.split_once('.').unwrap();
    !WITHOUT_A_TYPE.contains(&service)
}

#[test]
fn each_template_that_has_a_type_is_written_as_it_was_read() {
    let Some(folder) = env::var_os(FOLDER) else {
        let line = format!("templates: left out; eval \"$(.ci/peers)\" fetches them and sets {FOLDER}");
        let _nobody_listens = writeln!(std::io::stderr(), "{line}");
        return;
    };
    let (mut read, mut without) = (0, Vec::new());
    for file in fs::read_dir(Path::new(&folder)).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !has_type(&name) {
            without.push(name);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let event = Event::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(event.source().is_some(), "{name} is of no source");
        assert_eq!(serde_json::to_string(&event).unwrap(), minified(&text), "{name}");
        read += 1;
    }
    without.sort_unstable();
    // Only seen with --nocapture.
    let _nobody_listens =
        writeln!(std::io::stdout(), "{read} templates are exact; without a type: {without:?}");
    assert!(read >= 30, "{read} templates");
}
