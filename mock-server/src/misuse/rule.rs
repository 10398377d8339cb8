//! The rules that a guest can break: the one table of their names, what a breach costs, and what to do instead.
//!
//! How a breach is noticed is in [`misuse`](super). Sources, unless a rule names its own:
//! [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html),
//! [custom runtimes](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html),
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html),
//! [execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html); and for what
//! happens after a breach AWS's open-source runtime interface emulator.

use std::fmt;

use lambda_api::{Endpoint, RequestId};

use crate::timeline::Who;

/// Each rule with its name, what a breach costs, and what to do instead. `{next}` and the like stand for endpoints.
macro_rules! rules {
    ($($rule:ident: $name:literal, $why:literal, $remedy:literal;)*) => {
        /// A rule of Lambda's that a guest can break.
        ///
        /// [`why`](Self::why) tells what a breach costs in production, [`remedy`](Self::remedy) what to do instead.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $why] $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            fn text(self) -> (&'static str, &'static str, &'static str) {
                match self {
                    $(Self::$rule => ($name, $why, $remedy),)*
                }
            }
        }
    };
}

rules! {
    // === answers ===
    UnknownRequestId: "unknown request id",
        "An answer that names no open invocation reaches nobody, and the open one runs into its time-out.",
        "answer with the id in the header Lambda-Runtime-Aws-Request-Id of the reply to {next}";
    StaleInvocationId: "invocation id of another attempt",
        "The answer to an earlier attempt is refused, because the caller would take it for this one's.",
        "send back the header Lambda-Runtime-Invocation-Id that came with the event, or none";
    AnsweredTwice: "answered twice",
        "The second answer is refused: whatever it says, the caller has got the first.",
        "answer each invocation once, with either {response} or {error}";
    AnsweredTooLate: "answered too late",
        "After the deadline the caller has been told of a time-out; the work was done and paid for in vain.",
        "stop in time before Lambda-Runtime-Deadline-Ms, and never answer for a process before this one";
    InvalidResponseMode: "invalid response mode",
        "The caller gets Runtime.InvalidResponseModeHeader, and the runtime no further event until it is reset.",
        "set Lambda-Runtime-Function-Response-Mode to streaming in {response}, or leave it out";
    BodyTooLarge: "body too large",
        "The caller gets an error instead of the response.",
        "stay below 6 MB in {response}, or store the result elsewhere and answer with its address";
    BodyCutShort: "body cut short",
        "The caller gets Runtime.TruncatedResponse, whatever had arrived.",
        "send as many bytes as Content-Length says, or the last chunk, before closing the connection of {response}";
    TrailersIgnored: "error trailers without streaming",
        "Outside a streamed response nobody looks at trailers: the failure reaches the caller as a success.",
        "set Lambda-Runtime-Function-Response-Mode to streaming in {response}, or post the failure to {error}";
    TimedOut: "no answer before the deadline",
        "The caller gets a time-out, and the environment is reset: the next invocation starts cold.",
        "answer with {response} or {error} before Lambda-Runtime-Deadline-Ms, or give the function more time";
    Unanswered: "no answer",
        "The platform had to answer in the runtime's place.",
        "answer every event with {response} or {error}, and await invokes before the function is shut down";

    // === polls ===
    PolledWhileBusy: "asked for work while busy",
        "The same event comes again, so that it is handled twice, while the first is still under way.",
        "answer with {response} or {error} first, and then ask for more with {next}";
    PolledWhileAnswering: "asked for work while answering",
        "The poll is refused, because the response is still on its way.",
        "finish the body of {response} and read its reply before {next}";
    PolledTwice: "two polls at a time",
        "Only one of the polls gets the next event; a second one is refused, or waits for what never comes.",
        "keep one call to {poll} open, and wait for its reply before the next";
    PollAbandoned: "gave up a poll",
        "Lambda may freeze the guest in a poll for hours; an event that comes just when it gives up is lost.",
        "set no time-out for the reply to {poll}";
    StoppedPolling: "did not ask for more work",
        "An invocation lasts until the runtime and all extensions have polled: it is paid up to its time-out, and the \
         environment is reset.",
        "ask for more with {poll} as soon as an event is dealt with, also after a failure";
    NotReadyInTime: "not ready in time",
        "The init phase is stopped after 10 s, and repeated within the first invocation at the caller's expense.",
        "register and poll early: {register} and {event_next} in an extension, {next} in a runtime; put off slow work";

    // === failures ===
    InitErrorAfterInit: "init error after init",
        "It is refused: init is over with the first poll.",
        "report what fails after the first {poll} with {failure}";
    WentOnAfterError: "went on after reporting its end",
        "Who has said that it cannot go on is given nothing more; every further call is refused.",
        "exit after {init_error}, {event_init_error} or {event_exit_error}";
    StayedAfterError: "stayed after reporting its end",
        "The environment waits for the exit until it kills the process, at the expense of the next invocation.",
        "exit at once, with a status other than 0, when {init_error} or {event_exit_error} has been answered";
    WentOnAfterFailure: "went on after status 500",
        "A 500 says that the environment is beyond repair or about to end; no further call will succeed.",
        "exit when a call is answered with 500";
    WrongState: "not allowed in this state",
        "The call is refused and changes nothing.",
        "keep to the order: {next}, then {response} or {error}; in an extension {register}, then {event_next}";

    // === registration ===
    NameMissing: "registered without a name",
        "The registration is refused; an external extension that does not register stalls the init phase.",
        "send the header Lambda-Extension-Name with {register}: the file name of an external extension";
    MalformedRegistration: "malformed registration",
        "The registration is refused; an external extension that does not register stalls the init phase.",
        "send JSON such as {\"events\":[\"INVOKE\"]} with {register}, and no configurationKeys";
    UnknownEventType: "registered for an unknown event",
        "The registration is refused; an external extension that does not register stalls the init phase.",
        "register with {register} for INVOKE, SHUTDOWN or nothing";
    EventNotAllowed: "registered for an event it cannot have",
        "The registration is refused: an internal extension ends with the runtime and is told of no SHUTDOWN.",
        "leave the event out in {register}; an external extension must give its file name to count as one";
    RegisteredTwice: "registered twice",
        "The second registration is refused.",
        "call {register} once in the life of a process, and keep the header Lambda-Extension-Identifier of its reply";
    RegisteredLate: "registered late",
        "The registration is refused: with the runtime's first poll the list of extensions is closed.",
        "call {register} in an internal extension before the runtime's first {next}";
    SubscribedLate: "subscribed late",
        "The subscription is refused, and the extension gets no telemetry at all.",
        "call {telemetry} after {register} and before the extension's first {next}";
    InvalidSubscription: "invalid subscription",
        "The subscription is refused, and the extension gets no telemetry at all.",
        "send what is documented to {telemetry}: a schema version, a destination on sandbox.localdomain, types, limits in their ranges";
    TooManyExtensions: "too many extensions",
        "The registration is refused: an environment takes ten extensions, internal ones included.",
        "make do with ten calls to {register}";
    IdentifierMissing: "no extension identifier",
        "The call is refused, and nobody knows whose it was.",
        "send the header Lambda-Extension-Identifier of the reply to {register} with every other call";
    IdentifierMalformed: "malformed extension identifier",
        "The call is refused, and nobody knows whose it was.",
        "send the header Lambda-Extension-Identifier as it came in the reply to {register}";
    IdentifierUnknown: "unknown extension identifier",
        "The call is refused: an identifier is good for the process that registered, and not after a reset.",
        "call {register} in each new process, and use the identifier of its reply";
    ErrorTypeMissing: "failure without a type",
        "The report is refused, and the failure shows up as a crash without a reason.",
        "send the header Lambda-Extension-Function-Error-Type with {event_init_error} and {event_exit_error}";

    // === HTTP ===
    UnknownPath: "unknown path",
        "404: there is no such endpoint, and what was sent there is lost.",
        "check the path and its API version, such as {next}";
    WrongMethod: "wrong method",
        "405: the endpoint takes another method, and what was sent there is lost.",
        "use the method of the endpoint, such as {next} and {response}";
    OtherMode: "endpoint of another mode",
        "404: the endpoint exists only in functions of another kind, such as those with SnapStart.",
        "call it only where AWS_LAMBDA_INITIALIZATION_TYPE says that it is there (snap-start), and else {next}";

    // === processes ===
    Exited: "exited",
        "An exit outside of shutdown is a crash, with status 0 too: the caller gets an error, the next one a cold start.",
        "keep polling {poll} until the end; report what goes wrong with {failure}, during init with {init_failure}";
    IgnoredSigterm: "ignored SIGTERM",
        "The process is killed in the middle of what it does: what it has not flushed is lost.",
        "exit within 600 ms of SIGTERM (500 ms if all extensions are internal)";
    IgnoredShutdown: "ignored the shutdown",
        "The extension is killed in the middle of what it does: what it has not flushed is lost.",
        "take SHUTDOWN with {event_next}, and exit before its deadlineMs";
    SurvivedKill: "did not end when it was killed",
        "In this process it is a task that never waits and so cannot be stopped; on Lambda there would be no such thing.",
        "give way: .await now and then, and put blocking work into tokio's spawn_blocking";
    OutlivedItsProcess: "outlived its process",
        "A task or child process of a guest that was replaced still calls; on Lambda it would have died with it.",
        "end what a process has started when it ends itself; abort spawned tasks with their bootstrap";
}

impl Rule {
    /// The rule's breach in a few words, such as `answered twice`.
    pub fn name(self) -> &'static str {
        self.text().0
    }

    /// What a breach leads to, and why that hurts.
    pub fn why(self) -> &'static str {
        self.text().1
    }

    /// Whether it is allowed, by itself or together with another.
    pub(crate) fn is_among(self, allowed: &[Self]) -> bool {
        allowed.contains(&self) || self == Self::AnsweredTooLate && allowed.contains(&Self::TimedOut)
    }

    /// What to do instead, with the endpoints in question; a poll is another one for an extension than for the
    /// runtime.
    pub fn remedy(self, who: &Who) -> String {
        let mut rest = self.text().2;
        let mut remedy = String::with_capacity(rest.len() + 64);
        while let Some((before, name, after)) = next_placeholder(rest) {
            remedy.push_str(before);
            match endpoint(name, who) {
                Some(endpoint) => remedy.push_str(&format!("{} {}", endpoint.method(), endpoint.path())),
                None => remedy.extend(["{", name, "}"]),
            }
            rest = after;
        }
        remedy + rest
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What stands before, in and after the first pair of braces.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// What a placeholder stands for.
fn endpoint(name: &str, who: &Who) -> Option<Endpoint> {
    let is_extension = matches!(who, Who::Extension { .. });
    let any = || RequestId::new("ID").ok();
    Some(match name {
        "poll" if is_extension => Endpoint::ExtensionNext,
        "failure" if is_extension => Endpoint::ExtensionExitError,
        "init_failure" if is_extension => Endpoint::ExtensionInitError,
        "next" | "poll" => Endpoint::InvocationNext,
        "response" => Endpoint::InvocationResponse { request_id: any()? },
        "error" | "failure" => Endpoint::InvocationError { request_id: any()? },
        "init_error" | "init_failure" => Endpoint::InitError,
        "register" => Endpoint::ExtensionRegister,
        "telemetry" => Endpoint::TelemetrySubscribe,
        "event_next" => Endpoint::ExtensionNext,
        "event_init_error" => Endpoint::ExtensionInitError,
        "event_exit_error" => Endpoint::ExtensionExitError,
        _ => return None,
    })
}

#[cfg(test)]
mod test {
    use super::*;

    fn audit() -> Who {
        Who::Extension { name: "audit".to_owned() }
    }

    #[test]
    fn every_rule_has_a_name_of_its_own_a_reason_and_a_remedy() {
        let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.why().ends_with('.'), "{rule}: {}", rule.why());
            assert!(!rule.remedy(&audit()).ends_with('.'), "{rule}");
        }
    }

    #[test]
    fn every_placeholder_stands_for_an_endpoint() {
        for rule in Rule::ALL {
            // The one pair of braces that is meant is JSON.
            let remedy = rule.remedy(&audit()).replace("{\"events\":[\"INVOKE\"]}", "");
            assert!(!remedy.contains('{'), "{rule}: {remedy}");
        }
    }

    #[test]
    fn the_remedy_names_the_poll_of_whoever_it_is_for() {
        let rule = Rule::PollAbandoned;
        assert!(rule.remedy(&Who::Runtime).ends_with("GET /2018-06-01/runtime/invocation/next"));
        assert!(rule.remedy(&audit()).ends_with("GET /2020-01-01/extension/event/next"));
    }
}
