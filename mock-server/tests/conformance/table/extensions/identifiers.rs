//! Calls in the name of an extension that is none.

use super::{
    CATEGORY, EVENT, EXIT_ERROR, IDENTIFIER, INIT_ERROR, failure, forbidden, own, register, registered,
};
use crate::{
    row::Row,
    words::{get, post},
};

const NOBODY: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const MISSING: &str = "Extension.MissingExtensionIdentifier";
const INVALID: &str = "Extension.InvalidExtensionIdentifier";
const UNKNOWN: &str = "Extension.UnknownExtensionIdentifier";

pub(super) fn rows() -> Vec<Row> {
    let missing = forbidden(MISSING, "Missing Lambda-Extension-Identifier header");
    let invalid = forbidden(INVALID, "Invalid Lambda-Extension-Identifier");
    let unknown = forbidden(UNKNOWN, "Unknown Lambda-Extension-Identifier");
    let no_type = forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
    vec![
        Row::classic("next without an identifier, with an odd one and with nobody's")
            .cold("{}")
            .call(get(EVENT), missing.clone())
            .call(get(EVENT).with(IDENTIFIER, ""), missing.clone())
            .call(get(EVENT).with(IDENTIFIER, "nobody"), invalid.clone())
            .call(
                get(EVENT).with(IDENTIFIER, NOBODY),
                forbidden(UNKNOWN, &format!("Unknown extension {NOBODY}")),
            )
            .call(
                get(EVENT).with(IDENTIFIER, NOBODY.to_uppercase()),
                forbidden(UNKNOWN, &format!("Unknown extension {NOBODY}")),
            ),
        Row::classic("init/error without an identifier, with an odd one and with nobody's")
            .cold("{}")
            .call(failure(INIT_ERROR), missing.clone())
            .call(failure(INIT_ERROR).with(IDENTIFIER, "nobody"), invalid.clone())
            .call(failure(INIT_ERROR).with(IDENTIFIER, NOBODY), unknown.clone()),
        Row::classic("exit/error without an identifier, with an odd one and with nobody's")
            .cold("{}")
            .call(failure(EXIT_ERROR), missing)
            .call(failure(EXIT_ERROR).with(IDENTIFIER, "nobody"), invalid)
            .call(failure(EXIT_ERROR).with(IDENTIFIER, NOBODY), unknown),
        Row::classic("a failure without a type")
            .cold("{}")
            .call(register("inside", "{}"), registered())
            .call(own(post(INIT_ERROR, "{}")), no_type.clone())
            .call(own(post(EXIT_ERROR, "{}")), no_type.clone())
            .call(own(post(EXIT_ERROR, "{}")).with(CATEGORY, ""), no_type),
    ]
}
