//! Names and ARNs of every form, with and without qualifiers, and what is none of them.

use super::*;

fn target(text: &str) -> (String, Option<String>) {
    let Ok(target) = Target::of_name(text) else { panic!("{text} was refused") };
    (target.name, target.qualifier)
}

/// A segment of a path, and a query.
fn of(segment: &str, query: &str) -> Result<(String, Option<String>), (&'static str, String)> {
    let uri = format!("/{query}").parse().unwrap();
    match Target::new(segment, &uri) {
        Ok(target) => Ok((target.name, target.qualifier)),
        Err(refusal) => Err((refusal.name, refusal.message)),
    }
}

#[test]
fn names_and_arns_of_every_form_are_read() {
    let prefixes = [
        "",
        "function:",
        "123456789012:",
        "123456789012:function:",
        "us-east-1:123456789012:function:",
        "arn:aws:lambda:us-east-1:123456789012:function:",
    ];
    for prefix in prefixes {
        assert_eq!(target(&format!("{prefix}f")), ("f".to_owned(), None));
        for qualifier in ["prod", "42", "$LATEST", "$LATEST.PUBLISHED", "a-b_9"] {
            let expected = ("my-function.x".to_owned(), Some(qualifier.to_owned()));
            assert_eq!(target(&format!("{prefix}my-function.x:{qualifier}")), expected);
        }
    }
    assert_eq!(target("function"), ("function".to_owned(), None));
    assert_eq!(target("function:$LATEST"), ("function".to_owned(), Some("$LATEST".to_owned())));
    assert_eq!(target(&"x".repeat(64)).0.len(), 64);
}

#[test]
fn a_function_of_another_region_is_out_of_reach() {
    for name in ["arn:aws:lambda:eu-west-1:123456789012:function:f", "eu-west-1:123456789012:function:f"] {
        let message = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".to_owned();
        assert_eq!(of(name, ""), Err(("ResourceNotFoundException", message)));
    }
}

#[test]
fn what_is_no_name_is_refused_with_the_pattern_and_as_it_was_written() {
    let long = "x".repeat(65);
    let longer = format!("f:{}", "x".repeat(255));
    for name in [
        ":",
        "f:",
        ":prod",
        "f:prod:1",
        "f g",
        "f/g",
        "jörg",
        "$LATEST",
        "f:a.b",
        "f:$OLDEST",
        "f:$LATEST.",
        "f:a$b",
        "arn:aws:s3:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:prod:1",
        &long,
        &longer,
    ] {
        let (error, message) = of(&name.replace('/', "%2F"), "").unwrap_err();
        assert_eq!(error, "ValidationException", "{name}");
        let start = format!(
            "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"
        );
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn the_qualifier_of_the_query_is_the_first_of_that_very_name() {
    let prod = || Ok(("f".to_owned(), Some("prod".to_owned())));
    for query in
        ["?Qualifier=prod", "?a&b=c&Qualifier=prod", "?Qualifier=%70rod", "?Qualifier=prod&Qualifier=x"]
    {
        assert_eq!(of("f", query), prod(), "{query}");
        assert_eq!(of("f:prod", query), prod(), "{query}");
    }
    for query in ["", "?", "?qualifier=prod", "?Qualifiers=prod", "?Qualifier", "?x=Qualifier=prod"] {
        assert_eq!(of("f", query), Ok(("f".to_owned(), None)), "{query}");
    }
}

#[test]
fn a_suffix_and_a_qualifier_have_to_agree() {
    let message = "The derived qualifier from the function name does not match the specified qualifier.";
    for (name, query) in [("f:prod", "?Qualifier=1"), ("f:$LATEST", "?Qualifier=%24LATEST.PUBLISHED")] {
        assert_eq!(of(name, query), Err(("InvalidParameterValueException", message.to_owned())));
    }
}

#[test]
fn a_parameter_may_come_more_than_once() {
    let uri = "/?tagKeys=a&xtagKeys=no&tagKeys=b%20c&tagKeys=".parse().unwrap();
    assert_eq!(parameters(&uri, "tagKeys").collect::<Vec<_>>(), ["a", "b c", ""]);
    assert_eq!(parameter(&uri, "tagKeys").as_deref(), Some("a"));
}
