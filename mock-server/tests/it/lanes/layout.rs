//! Widths, choices and names.

use mock_server::{Invocation, MockLambda};

use crate::{
    guest::{Puppet, echo},
    raw::Connection,
};

#[tokio::test(start_paused = true)]
async fn two_extensions_need_no_more_than_120_columns() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let _outcome = puppet.invoke("{}");
    let mut api = Connection::open(&puppet.launched().await).await;
    for name in ["an-extension-with-quite-a-long-name-indeed", "and-another-one-that-is-no-shorter"] {
        let headers = [("Lambda-Extension-Name", name)];
        api.post_with("/2020-01-01/extension/register", &headers, "{\"events\":[\"TEA\"]}").await;
    }
    mock.shut_down().await;
    let lanes = mock.timeline().lanes().to_string();
    let widest = lanes.lines().map(|line| line.chars().count()).max().unwrap();
    assert!((110..=120).contains(&widest), "{widest}\n{lanes}");
    assert!(lanes.contains("│ an-extension-with-quite… │ and-another-one-that-is…"), "{lanes}");
}

#[tokio::test(start_paused = true)]
async fn columns_do_not_get_narrower_than_one_can_read() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let _outcome = puppet.invoke("{}");
    let mut api = Connection::open(&puppet.launched().await).await;
    for number in 0..10 {
        let name = format!("e-{number}");
        let headers = [("Lambda-Extension-Name", &*name)];
        api.post_with("/2020-01-01/extension/register", &headers, "{}").await;
    }
    let lanes = mock.timeline().lanes().redacted().to_string();
    assert!(lanes.contains("│ ← register → 200 │"), "{lanes}");
}

#[tokio::test(start_paused = true)]
async fn one_environment_can_be_chosen() {
    let mock = MockLambda::new();
    for name in ["one", "two"] {
        assert!(mock.function(name).in_process(echo).invoke("1").await.is_success());
    }
    let second = mock.timeline().entries().last().unwrap().environment;
    let lanes = mock.timeline().lanes().environment(second).to_string();
    assert!(lanes.starts_with("environment 2 of two\n"), "{lanes}");
    assert!(!lanes.contains("environment 1"), "{lanes}");
    // Requests have the numbers that they have in the whole picture.
    assert!(lanes.contains("invoke: request 2"), "{lanes}");
}

#[tokio::test(start_paused = true)]
async fn redacted_pictures_of_two_runs_are_the_same() {
    async fn run(seed: u64, id: &str) -> MockLambda {
        let mock = MockLambda::observed(seed, |_| {});
        let wait = std::time::Duration::from_millis(seed);
        let function = mock.function("f").in_process(move |api| async move {
            tokio::time::sleep(wait).await;
            Err(format!("{api:?}").replace(|_| true, ""))
        });
        let invocation = Invocation::new("1").request_id(id.parse().unwrap());
        assert!(!function.invoke(invocation).await.is_success());
        mock
    }
    let (one, other) = (run(1, "r-1").await, run(2, "r-2").await);
    let redacted = one.timeline().lanes().redacted().to_string();
    assert_eq!(redacted, other.timeline().lanes().redacted().to_string());
    assert_ne!(one.timeline().lanes().to_string(), other.timeline().lanes().to_string());
    assert!(!redacted.contains("ms") && !redacted.contains("r-1"), "{redacted}");
}

#[tokio::test(start_paused = true)]
async fn output_is_quoted_and_cannot_break_the_picture() {
    let mock = MockLambda::new();
    let function = mock.function("f").in_process(|_| async { Err("a\tb\u{1b}[31m for r-1") });
    let invocation = Invocation::new("1").request_id("r-1".parse().unwrap());
    assert!(!function.invoke(invocation).await.is_success());
    let lanes = mock.timeline().lanes();
    assert!(lanes.to_string().contains("│ “Error: \"a\\tb\\u{1b}[31m for r-1\"”\n"), "{lanes}");
    assert!(lanes.clone().redacted().to_string().contains("for request 1"), "{lanes}");
}

#[test]
fn a_service_in_which_nothing_has_happened_says_so() {
    assert_eq!(MockLambda::new().timeline().lanes().to_string(), "nothing has happened\n");
}
