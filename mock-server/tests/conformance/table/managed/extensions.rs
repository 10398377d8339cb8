//! The Extensions API beside many invocations at a time.

use super::{event, up};
use crate::{
    row::{Expected, Request, Row},
    table::extensions::{
        EVENT, EXIT_ERROR, IDENTIFIER, INIT_ERROR, REGISTER, TELEMETRY, failure, forbidden, own, register,
        registered,
    },
    words::{NEXT, RUNTIME, accepted, called, get, post, reply},
};

const NOBODY: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const EVENT_TYPE: &str = "Extension.InvalidEventType";
const STATE: &str = "Extension.InvalidExtensionState";

fn subscribe(body: &str) -> Request {
    own(called("PUT", TELEMETRY, body))
}

/// The texts of most are those of a library, and name files.
fn invalid() -> Expected {
    reply(
        400,
        "text/plain; charset=utf-8",
        "{\"errorType\": \"ValidationError\", \"errorMessage\": \"<any>\"}",
    )
}

pub(super) fn subscribed() -> Expected {
    reply(200, "text/plain; charset=utf-8", "\"OK\"")
}

pub(super) fn rows() -> Vec<Row> {
    [registration(), calls(), telemetry()].concat()
}

fn registration() -> Vec<Row> {
    vec![
        up("managed: an extension inside registers for nothing")
            .call(register("inside", "{\"events\":[]}"), registered())
            .call(register("also", "{}"), registered()),
        up("managed: an extension inside may ask for no event")
            .call(
                register("inside", "{\"events\":[\"INVOKE\"]}"),
                forbidden(EVENT_TYPE, "No events allowed for internal extensions"),
            )
            .call(
                register("inside", "{\"events\":[\"SHUTDOWN\"]}"),
                forbidden(EVENT_TYPE, "No events allowed for internal extensions"),
            ),
        up("managed: an extension inside asks for an unknown event").call(
            register("inside", "{\"events\":[\"THAW\"]}"),
            forbidden(EVENT_TYPE, "No events allowed for internal extensions"),
        ),
        up("managed: a registration without a name")
            .call(post(REGISTER, "{}"), forbidden("Extension.InvalidExtensionName", "Empty extension name")),
        up("managed: a registration that is no JSON")
            .call(register("empty", ""), forbidden("InvalidRequestFormat", "<any>"))
            .call(register("nonsense", "nonsense"), forbidden("InvalidRequestFormat", "<any>")),
        up("managed: a second registration of an extension inside")
            .call(register("inside", "{}"), registered())
            .call(register("inside", "{}"), forbidden(STATE, "Extension with this name already registered")),
        up("managed: a registration after the runtime has asked for work")
            .polls()
            .taken("{}", event("{}"))
            .call(
                register("late", "{}"),
                forbidden("Extension.RegistrationClosed", "Extension registration closed already"),
            ),
        Row::managed("managed: an extension outside may ask for SHUTDOWN only")
            .extension("outside")
            .started("outside")
            .call(
                register("outside", "{\"events\":[\"INVOKE\"]}"),
                forbidden(EVENT_TYPE, "INVOKE: ErrorInvalidEventType"),
            )
            .call(
                register("outside", "{\"events\":[\"THAW\"]}"),
                forbidden(EVENT_TYPE, "THAW: ErrorInvalidEventType"),
            )
            .call(register("outside", "{\"events\":[\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME),
        Row::managed("managed: an extension outside registers twice")
            .extension("outside")
            .started("outside")
            .call(register("outside", "{}"), registered())
            .started(RUNTIME)
            .call(
                register("outside", "{}"),
                forbidden(
                    STATE,
                    "State transition from Registered to Registered failed for extension outside. \
                     Error: state transition is not allowed",
                ),
            ),
    ]
}

fn calls() -> Vec<Row> {
    let missing =
        || forbidden("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
    let odd = || forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    let unknown = |message: &str| forbidden("Extension.UnknownExtensionIdentifier", message);
    vec![
        up("managed: next without an identifier, with an odd one and with nobody's")
            .call(get(EVENT), missing())
            .call(get(EVENT).with(IDENTIFIER, "nobody"), odd())
            .call(get(EVENT).with(IDENTIFIER, NOBODY), unknown(&format!("Unknown extension {NOBODY}"))),
        up("managed: failures without an identifier, with an odd one and with nobody's")
            .call(failure(INIT_ERROR), missing())
            .call(failure(EXIT_ERROR), missing())
            .call(failure(INIT_ERROR).with(IDENTIFIER, "nobody"), odd())
            .call(failure(EXIT_ERROR).with(IDENTIFIER, "nobody"), odd())
            .call(
                failure(INIT_ERROR).with(IDENTIFIER, NOBODY),
                unknown("Unknown Lambda-Extension-Identifier"),
            )
            .call(
                failure(EXIT_ERROR).with(IDENTIFIER, NOBODY),
                unknown("Unknown Lambda-Extension-Identifier"),
            ),
        up("managed: a failure without a type").call(register("inside", "{}"), registered()).call(
            own(post(EXIT_ERROR, "{}")),
            forbidden("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"),
        ),
        up("managed: exit/error of an extension inside")
            .call(register("inside", "{}"), registered())
            .call(own(failure(EXIT_ERROR)), accepted())
            .call(
                own(get(EVENT)),
                forbidden(
                    STATE,
                    "State transition from ExitError to Ready failed for extension <uuid>. \
                     Error: state transition is not allowed",
                ),
            ),
        Row::managed("managed: an extension outside is told of the end that an exit brings")
            .extension("outside")
            .started("outside")
            .on("the extension")
            .call(register("outside", "{\"events\":[\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME)
            .send(own(get(EVENT)))
            .on("the runtime")
            .send(get(NEXT))
            .taken("{}", event("{}"))
            .does(RUNTIME, "exit 7")
            .on("the extension")
            .receive(reply(
                200,
                "text/plain; charset=utf-8",
                "{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":<number>,\"shutdownReason\":\"failure\"}",
            ))
            .does("outside", "exit 0")
            .failed("{\"errorType\":\"Runtime.ExitError\"}"),
        Row::managed("managed: an extension outside that exits ends all")
            .extension("outside")
            .started("outside")
            .on("the extension")
            .call(register("outside", "{\"events\":[\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME)
            .send(own(get(EVENT)))
            .on("the runtime")
            .send(get(NEXT))
            .taken("{}", event("{}"))
            .does("outside", "exit 7")
            .failed("{\"errorType\":\"Extension.Crash\"}"),
    ]
}

fn telemetry() -> Vec<Row> {
    const GOOD: &str = "{\"schemaVersion\":\"2025-01-29\",\"types\":[\"platform\"],\
                        \"destination\":{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:9\"}}";

    let other = |from: &str, to: &str| {
        let body = GOOD.replace(from, to);
        assert_ne!(body, GOOD);
        subscribe(&body)
    };
    let buffering = |limit: &str| other("}}", &format!("}},\"buffering\":{{{limit}}}}}"));
    let subscribes =
        |name, call| up(name).call(register("inside", "{}"), registered()).call(call, subscribed());
    vec![
        subscribes("managed: a subscription to telemetry", subscribe(GOOD)),
        subscribes("managed: the short name of the sandbox will do", other(".localdomain", "")),
        subscribes(
            "managed: a subscription with members of old",
            other("}}", ",\"method\":\"POST\"},\"more\":1}"),
        ),
        subscribes(
            "managed: the least of each limit",
            buffering("\"timeoutMs\":25,\"maxBytes\":262144,\"maxItems\":1000"),
        ),
        subscribes(
            "managed: the most of each limit",
            buffering("\"timeoutMs\":30000,\"maxBytes\":1048576,\"maxItems\":10000"),
        ),
        up("managed: a subscription without an identifier, with an odd one and with nobody's")
            .call(
                called("PUT", TELEMETRY, GOOD),
                forbidden(
                    "Extension.MissingExtensionIdentifier",
                    "Missing Lambda-Extension-Identifier header",
                ),
            )
            .call(
                called("PUT", TELEMETRY, GOOD).with(IDENTIFIER, "nobody"),
                forbidden("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"),
            )
            .call(
                called("PUT", TELEMETRY, GOOD).with(IDENTIFIER, NOBODY),
                forbidden("Extension.UnknownExtensionIdentifier", &format!("Unknown extension {NOBODY}")),
            ),
        up("managed: a subscription after init")
            .call(register("inside", "{}"), registered())
            .send(own(get(EVENT)))
            .on("the runtime")
            .polls()
            .taken("{}", event("{}"))
            .call(
                subscribe(GOOD),
                forbidden("Telemetry.SubscriptionClosed", "Telemetry API subscription is closed"),
            ),
        up("managed: subscriptions that are not valid")
            .call(register("inside", "{}"), registered())
            .call(subscribe(""), invalid())
            .call(subscribe("nonsense"), invalid())
            .call(subscribe("null"), invalid())
            .call(subscribe("{}"), invalid())
            .call(subscribe("[]"), invalid())
            .call(other("2025-01-29", "2022-12-13"), invalid())
            .call(other("2025-01-29", ""), invalid())
            .call(other("[\"platform\"]", "[]"), invalid())
            .call(other("platform", "odd"), invalid())
            .call(other("HTTP", "UDP"), invalid())
            .call(other("HTTP", "http"), invalid())
            .call(other("HTTP", "TCP"), invalid())
            .call(other("sandbox.localdomain", "example.com"), invalid())
            .call(other(",\"URI\":\"http://sandbox.localdomain:9\"", ""), invalid())
            .call(buffering("\"maxItems\":999"), invalid())
            .call(buffering("\"maxItems\":10001"), invalid())
            .call(buffering("\"maxBytes\":262143"), invalid())
            .call(buffering("\"maxBytes\":1048577"), invalid())
            .call(buffering("\"timeoutMs\":24"), invalid())
            .call(buffering("\"timeoutMs\":30001"), invalid()),
    ]
}
