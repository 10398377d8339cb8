//! The error types of `anyhow`, `eyre` and `miette`: by `?` with no feature at all, as a handler's own with theirs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::{
    reply::event,
    script::{Call, Script},
};

type Event = LambdaEvent<Value>;

fn root() -> std::num::ParseIntError {
    "x".parse::<u8>().unwrap_err()
}

fn assert_chain(post: &Call) {
    let report = post.json();
    assert!(!post.whole().contains("failure.rs"), "the place of a conversion inside of the runtime");
    assert_eq!(report["errorType"], "HandlerError");
    assert_eq!(post.error_type(), "Function.HandlerError");
    assert_eq!(report["errorMessage"], "outer");
    assert_eq!(report["cause"]["errorMessage"], "middle");
    assert_eq!(report["cause"]["cause"], json!({ "errorMessage": "invalid digit found in string" }));
    assert!(report["stackTrace"].as_array().unwrap().contains(&json!("caused by: middle")), "{report}");
}

macro_rules! keeps_its_chain {
    ($name:ident, $feature:literal, $report:ty, $make:expr) => {
        #[cfg(feature = $feature)]
        mod $name {
            use super::*;

            #[tokio::test]
            async fn returned_as_it_is_keeps_its_chain() {
                async fn handler(_: Event) -> Result<(), $report> {
                    Err($make)
                }
                let log = Script::new().invoke(event("{}")).run(service_fn(handler)).await;
                assert_chain(log.post());
            }

            #[tokio::test]
            async fn by_the_question_mark_keeps_its_chain() {
                async fn handler(_: Event) -> Result<(), Error> {
                    Err::<(), $report>($make)?;
                    Ok(())
                }
                let log = Script::new().invoke(event("{}")).run(service_fn(handler)).await;
                assert_chain(log.post());
            }

            #[test]
            fn as_a_diagnostic_has_its_causes_in_its_text() {
                let diagnostic = Diagnostic::from($make);
                assert_eq!(diagnostic.error_message, "outer: middle: invalid digit found in string");
            }
        }
    };
}

keeps_its_chain!(
    of_anyhow,
    "anyhow",
    anyhow::Error,
    anyhow::Error::new(root()).context("middle").context("outer")
);
keeps_its_chain!(
    of_eyre,
    "eyre",
    eyre::Report,
    eyre::Report::new(root()).wrap_err("middle").wrap_err("outer")
);
keeps_its_chain!(of_miette, "miette", miette::Report, {
    use miette::{IntoDiagnostic, WrapErr};
    Err::<(), _>(root()).into_diagnostic().wrap_err("middle").wrap_err("outer").unwrap_err()
});
