//! Which records an environment makes, and in which order.

use super::scenario::Scenario;
use crate::core::Settings;

/// The kinds of records so far, without `platform.`.
fn kinds(env: &Scenario) -> Vec<String> {
    env.records().iter().map(|record| record.kind().trim_start_matches("platform.").to_owned()).collect()
}

#[test]
fn a_cold_start_and_its_first_invocation_are_told_in_the_order_of_the_service() {
    let env = Scenario::with(Settings::default()).ready().invoked("r-1").answered("r-1").ready();
    assert_eq!(
        kinds(&env),
        ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "end", "report"]
    );
}
