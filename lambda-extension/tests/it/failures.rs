//! Failures of whatever text: the category is always one that Lambda records, and the report is always JSON.

use lambda_api::extension::error::ExtensionErrorType;
use lambda_extension::{ErrorReport, Extension, Failure};
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    replies::{ACCEPTED, REGISTERED},
    script::{Script, body, header, soon},
};

/// `^Extension\.[A-Z][a-zA-Z]+$`, by hand.
fn is_recorded(category: &str) -> bool {
    let Some(name) = category.strip_prefix("Extension.") else { return false };
    name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|letter| letter.is_ascii_alphabetic())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        // What looks almost like a category.
        "(Extension\\.)?[A-Za-z0-9. _\\-\\n\\réß№]{0,12}",
        // What is too long.
        ("[a-zA-Zé \\n]{1,3}", 1..2_000_usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

proptest! {
    #[test]
    fn any_text_makes_a_category_that_is_recorded_and_fits_into_a_header(text in any_text()) {
        let category = ExtensionErrorType::new(&text);
        prop_assert!(is_recorded(category.as_str()), "{:?}", category);
        prop_assert!(category.as_str().len() <= 200);
        // What is one already stays as it is.
        prop_assert_eq!(ExtensionErrorType::new(category.as_str()), category);
    }

    #[test]
    fn what_is_a_category_already_is_kept_to_the_letter(name in "[A-Z][a-zA-Z]{1,100}") {
        let category = format!("Extension.{name}");
        let failure = Failure::new(&category, "");
        prop_assert_eq!(failure.error_type(), &category);
        let failure = Failure::new(&name, "");
        prop_assert_eq!(failure.error_type(), &category);
    }

    #[test]
    fn any_type_and_any_message_make_a_report_that_is_json(error_type in any_text(), message in any_text()) {
        let failure = Failure::new(&error_type, message.clone());
        prop_assert!(is_recorded(failure.error_type()), "{:?}", failure);
        let report: Value = serde_json::from_str(&failure.report().to_json()).unwrap();
        if message.len() < 1_000 {
            prop_assert_eq!(&report["errorMessage"], &message);
        }
        prop_assert_eq!(report.get("errorType").is_some(), !error_type.is_empty());
    }

    #[test]
    fn any_causes_and_any_stack_make_a_report_that_is_json(
        texts in prop::collection::vec(any_text(), 0..24),
        stack in prop::collection::vec(any_text(), 0..200),
    ) {
        let mut report = ErrorReport::new("Outermost", "");
        report.stack_trace = stack;
        for text in texts {
            let mut outer = ErrorReport::new(text.clone(), text);
            outer.cause = Some(Box::new(report));
            report = outer;
        }
        let failure = Failure::with_report(report);
        prop_assert!(is_recorded(failure.error_type()), "{:?}", failure);
        let json = failure.report().to_json();
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
    }
}

#[tokio::test]
async fn any_failure_goes_over_the_wire_with_a_valid_header_and_a_whole_body() {
    let megabyte = "ü\n".repeat(350_000);
    let texts = ["", "two\nlines", "two\r\nX-Headers: 1", "Prüfer № 審査", "\0\u{7f}\"\\", &megabyte];
    for error_type in texts {
        for message in texts {
            let script = Script::start([REGISTERED, ACCEPTED]).await;
            let extension = soon(Extension::builder("audit").endpoint(script.api.clone()).register()).await;
            let failure = Failure::new(error_type, message);
            soon(extension.unwrap().exit_error(&failure)).await.unwrap();
            let call = &script.calls().await[1];
            let category = header(call, "lambda-extension-function-error-type").unwrap();
            assert!(is_recorded(category), "{category}");
            assert_eq!(header(call, "x-headers"), None);
            let report: Value = serde_json::from_str(body(call)).unwrap();
            let text = report["errorMessage"].as_str().unwrap();
            assert!(call.len() < 100_000, "{} bytes", call.len());
            // A long one says how long it was.
            let is_told = text == message || text.ends_with(&format!("({} bytes)", message.len()));
            assert!(is_told, "{message:.40}: {text:.40}");
        }
    }
}

#[test]
fn an_error_is_named_after_its_type_and_told_with_its_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("the sink is closed")]
    struct SinkClosed(#[source] std::io::Error);

    let failure = Failure::of(SinkClosed(std::io::Error::other("disk full")));
    assert_eq!(failure.error_type(), "Extension.SinkClosed");
    let cause = failure.report().cause.as_ref().unwrap();
    assert_eq!(
        (&*failure.report().error_message, &*cause.error_message),
        ("the sink is closed", "disk full")
    );
    assert_eq!(failure.report().stack_trace, ["caused by: disk full"]);
    assert_eq!(failure.to_string(), "SinkClosed: the sink is closed");
}
