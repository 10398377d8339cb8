//! Registration, of extensions inside and outside of the runtime's process.

use super::{NAME, REGISTER, forbidden, not_from, own, register, registered};
use crate::{
    row::Row,
    words::{NEXT, RUNTIME, event, get, post},
};

const FORMAT: &str = "InvalidRequestFormat";
const EVENT_TYPE: &str = "Extension.InvalidEventType";
const LAMBDA_NAMES: [&str; 10] = ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"];

pub(super) fn rows() -> Vec<Row> {
    let mut ten = Row::classic("an eleventh extension").cold("{}");
    for name in LAMBDA_NAMES {
        ten = ten.call(register(name, "{}"), registered());
    }
    vec![
        ten.call(
            register("e10", "{}"),
            forbidden("Extension.TooManyExtensions", "Extension limit (10) reached"),
        ),
        Row::classic("registrations of all forms")
            .cold("{}")
            .call(register("none", "{\"events\":[]}"), registered())
            .call(register("invoke", "{\"events\":[\"INVOKE\"]}"), registered())
            .call(register("no member", "{}"), registered())
            .call(register("null", "null"), registered())
            .call(register("null events", "{\"events\":null}"), registered())
            .call(register("more members", "{\"events\":[],\"more\":{\"a\":1}}"), registered())
            .call(register("twice INVOKE", "{\"events\":[\"INVOKE\",\"INVOKE\"]}"), registered())
            .call(register("no retired keys", "{\"events\":[],\"configurationKeys\":[]}"), registered()),
        Row::classic("a registration may say what its body is, or not")
            .cold("{}")
            .call(register("json", "{}").with("Content-Type", "application/json"), registered())
            .call(register("text", "{}").with("Content-Type", "text/plain"), registered()),
        Row::classic("the account is told who asks for it")
            .cold("{}")
            .call(
                register("asks", "{}").with("Lambda-Extension-Accept-Feature", "accountId"),
                registered().says(
                    "{\"functionName\":\"function\",\"functionVersion\":\"$LATEST\",\
                     \"handler\":\"app.handler\",\"accountId\":\"<account>\"}\n",
                ),
            )
            .call(register("asks for more", "{}").with("Lambda-Extension-Accept-Feature", "x"), registered()),
        Row::classic("a registration without a name")
            .cold("{}")
            .call(post(REGISTER, "{}"), forbidden("Extension.InvalidExtensionName", "Empty extension name"))
            .call(
                post(REGISTER, "{}").with(NAME, ""),
                forbidden("Extension.InvalidExtensionName", "Empty extension name"),
            )
            .call(
                post(REGISTER, "nonsense"),
                forbidden("Extension.InvalidExtensionName", "Empty extension name"),
            ),
        Row::classic("a registration that is no JSON")
            .cold("{}")
            .call(register("empty", ""), forbidden(FORMAT, "<any>"))
            .call(register("nonsense", "nonsense"), forbidden(FORMAT, "<any>"))
            .call(register("cut short", "{\"events\":["), forbidden(FORMAT, "<any>"))
            .call(register("a list", "[\"INVOKE\"]"), forbidden(FORMAT, "<any>"))
            .call(register("a number", "{\"events\":[1]}"), forbidden(FORMAT, "<any>"))
            .call(register("a text", "{\"events\":\"INVOKE\"}"), forbidden(FORMAT, "<any>"))
            .call(
                register("retired keys", "{\"events\":[],\"configurationKeys\":[\"a\"]}"),
                forbidden(FORMAT, "<any>"),
            ),
        Row::classic("a registration for an unknown event")
            .cold("{}")
            .call(
                register("odd", "{\"events\":[\"INVOKE\",\"THAW\"]}"),
                forbidden(EVENT_TYPE, "THAW: ErrorInvalidEventType"),
            )
            .call(
                register("odd", "{\"events\":[\"invoke\"]}"),
                forbidden(EVENT_TYPE, "invoke: ErrorInvalidEventType"),
            )
            .call(register("odd", "{\"events\":[\"\"]}"), forbidden(EVENT_TYPE, ": ErrorInvalidEventType")),
        Row::classic("an extension inside may not ask for SHUTDOWN").cold("{}").call(
            register("inside", "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"),
            forbidden(EVENT_TYPE, "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"),
        ),
        Row::classic("what is refused may be tried again")
            .cold("{}")
            .call(
                register("inside", "{\"events\":[\"SHUTDOWN\"]}"),
                forbidden(EVENT_TYPE, "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"),
            )
            .call(register("inside", "{\"events\":[\"INVOKE\"]}"), registered()),
        Row::classic("a second registration of an extension inside")
            .cold("{}")
            .call(register("inside", "{}"), registered())
            .call(
                register("inside", "{}"),
                forbidden("Extension.InvalidExtensionState", "Extension with this name already registered"),
            ),
        Row::classic("a registration after the runtime has asked for work")
            .cold("{}")
            .call(get(NEXT), event("{}"))
            .call(
                register("late", "{}"),
                forbidden("Extension.RegistrationClosed", "Extension registration closed already"),
            ),
        Row::classic("an extension outside registers before the runtime is started")
            .extension("outside")
            .invoked("{}")
            .started("outside")
            .on("the extension")
            .call(register("outside", "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME)
            .call(
                register("outside", "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"),
                not_from("outside", "Registered", "Registered"),
            )
            .send(own(get(super::EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}")),
        Row::classic("an extension outside may ask for nothing or for one")
            .extension("a")
            .extension("b")
            .invoked("{}")
            .started("a")
            .started("b")
            .call(register("a", "{}"), registered())
            .call(register("b", "{\"events\":[\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME),
        Row::classic("a name of another case is not the extension outside")
            .extension("outside")
            .invoked("{}")
            .started("outside")
            .call(register("Outside", "{\"events\":[\"INVOKE\"]}"), registered())
            .call(
                register("OUTSIDE", "{\"events\":[\"SHUTDOWN\"]}"),
                forbidden(EVENT_TYPE, "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"),
            )
            .call(register("outside", "{\"events\":[\"SHUTDOWN\"]}"), registered())
            .started(RUNTIME),
        Row::classic("an extension outside that registers late, from another state")
            .extension("outside")
            .invoked("{}")
            .started("outside")
            .on("the extension")
            .call(register("outside", "{\"events\":[\"INVOKE\"]}"), registered())
            .started(RUNTIME)
            .send(own(get(super::EVENT)))
            .on("the runtime")
            .call(get(NEXT), event("{}"))
            .call(register("outside", "{}"), not_from("outside", "Running", "Registered")),
    ]
}
