//! Lists in pages: markers lead through all of it, once.

use serde_json::{Value, json};

use super::{Stage, body, framework, of, refused, violations};
use crate::guest::echo;

/// All pages of a list: of each item what `name` has. Markers are given back encoded.
async fn pages(stage: &Stage, path: &str, list: &str, name: &str, size: usize) -> Vec<Vec<String>> {
    let (mut pages, mut marker) = (Vec::new(), String::new());
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = body(&stage.get(&format!("{path}{separator}MaxItems={size}{marker}")).await, 200);
        let items = page[list].as_array().unwrap().iter();
        pages.push(
            items.map(|item| item[name].as_str().unwrap().rsplit(':').next().unwrap().to_owned()).collect(),
        );
        assert!(pages.len() < 20, "{pages:?}");
        let Some(next) = page["NextMarker"].as_str() else { return pages };
        let next: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        marker = format!("&Marker={next}");
    }
}

#[tokio::test]
async fn every_list_comes_in_pages() {
    let stage = Stage::with_versions(3).await;
    for name in ["e", "f-2", "f.3", "g"] {
        stage.mock.function(name).in_process(echo);
    }
    for name in ["live", "Live", "-"] {
        stage.alias(name, "1").await;
    }
    for qualifier in ["$LATEST", "live", "2"] {
        let path = format!("/2019-09-25/functions/f/event-invoke-config?Qualifier={qualifier}");
        body(&stage.put(&path, &json!({ "MaximumRetryAttempts": 1 })).await, 200);
    }
    for qualifier in ["live", "2", "3"] {
        let path = format!("/2019-09-30/functions/f/provisioned-concurrency?Qualifier={qualifier}");
        body(&stage.put(&path, &json!({ "ProvisionedConcurrentExecutions": 1 })).await, 202);
    }
    for query in ["?Qualifier=live", "", "?Qualifier=-"] {
        let path = format!("/2021-10-31/functions/f/url{query}");
        body(&stage.post(&path, &json!({ "AuthType": "NONE" })).await, 201);
    }
    let events = "/2019-09-25/functions/f/event-invoke-config/list";
    let provisioned = "/2019-09-30/functions/f/provisioned-concurrency?List=ALL";
    for (path, list, name, expected) in [
        (&*of(""), "Functions", "FunctionName", &[&["e", "f"][..], &["f-2", "f.3"], &["g"]][..]),
        (&of("f/versions"), "Versions", "Version", &[&["$LATEST", "1"], &["2", "3"]]),
        (&of("f/aliases"), "Aliases", "Name", &[&["-", "Live"], &["live"]]),
        (events, "FunctionEventInvokeConfigs", "FunctionArn", &[&["$LATEST", "2"], &["live"]]),
        (provisioned, "ProvisionedConcurrencyConfigs", "FunctionArn", &[&["2", "3"], &["live"]]),
        ("/2021-10-31/functions/f/urls", "FunctionUrlConfigs", "FunctionArn", &[&["f", "-"], &["live"]]),
    ] {
        assert_eq!(pages(&stage, path, list, name, 2).await, expected, "{path}");
    }
    let all = pages(&stage, &of("?FunctionVersion=ALL"), "Functions", "FunctionArn", 3).await;
    assert_eq!(all.concat().len(), 8);
}

#[tokio::test]
async fn a_page_has_fifty_items_at_most() {
    let stage = Stage::with_function();
    for number in 0..60 {
        stage.mock.function(format!("f-{number:02}")).in_process(echo);
    }
    for query in ["", "?MaxItems=", "?MaxItems=51", "?MaxItems=10000"] {
        let page = body(&stage.get(&of(query)).await, 200);
        assert_eq!(page["Functions"].as_array().unwrap().len(), 50, "{query}");
        assert_eq!(page["NextMarker"], "f-49");
    }
}

#[tokio::test]
async fn a_number_of_items_that_is_none_is_refused() {
    let stage = Stage::with_function();
    let failed = |value: &str, constraint: &str| {
        let text = format!(
            "Value '{value}' at 'maxItems' failed to satisfy constraint: Member must have value {constraint}"
        );
        violations(&[&text])
    };
    let events = "/2019-09-25/functions/f/event-invoke-config/list";
    for (path, expected) in [
        (of("?MaxItems=0"), failed("0", "greater than or equal to 1")),
        (of("?MaxItems=-1"), failed("-1", "greater than or equal to 1")),
        (of("f/versions?MaxItems=10001"), failed("10001", "less than or equal to 10000")),
        (format!("{events}?MaxItems=51"), failed("51", "less than or equal to 50")),
        (of("f/aliases?MaxItems=many"), framework("SerializationException", "many is not a number")),
    ] {
        assert_eq!(refused(&stage.get(&path).await), expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_goes_on_where_the_item_of_its_marker_is_gone() {
    let stage = Stage::with_versions(4).await;
    let first = body(&stage.get(&of("f/versions?MaxItems=2")).await, 200);
    super::is_empty(&stage.delete(&of("f:2")).await);
    let path = of(&format!("f/versions?Marker={}", first["NextMarker"].as_str().unwrap()));
    let rest = body(&stage.get(&path).await, 200);
    let versions: Vec<&Value> =
        rest["Versions"].as_array().unwrap().iter().map(|version| &version["Version"]).collect();
    assert_eq!(versions, ["3", "4"]);
    assert_eq!(rest.get("NextMarker"), None);
}
