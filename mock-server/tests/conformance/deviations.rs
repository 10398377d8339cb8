//! Where a peer is known not to keep the table, and why that is so.

use crate::{
    pattern,
    play::{Aspect, Difference},
};

/// One thing in which a peer differs, and the rows in which that shows. It has to show in each of them.
#[derive(Debug)]
pub(crate) struct Deviation {
    pub(crate) reason: &'static str,
    pub(crate) shows: &'static [Shows],
}

#[derive(Debug)]
pub(crate) struct Shows {
    pub(crate) row: &'static str,
    pub(crate) aspect: Aspect,
    /// What the peer says, as a pattern.
    pub(crate) instead: &'static str,
}

/// A row that a peer cannot be asked to play.
#[derive(Debug)]
pub(crate) struct Skipped {
    pub(crate) row: &'static str,
    pub(crate) reason: &'static str,
}

impl Shows {
    pub(crate) fn is(&self, difference: &Difference) -> bool {
        self.row == difference.row
            && self.aspect == difference.aspect
            && pattern::fits(self.instead, &difference.instead)
    }
}

pub(crate) const OF_THE_MOCK: &[Deviation] = &[
    Deviation {
        reason: "to be mended: a page that is not there is sent without X-Content-Type-Options",
        shows: &[
            no_sniff("paths that are nearly right are not there"),
            no_sniff("an odd request id is a wrong one"),
            no_sniff("an unknown path of the extension API"),
            no_sniff("/2018-06-01/runtime/restore/next"),
            no_sniff("/2018-06-01/runtime/restore/error"),
            no_sniff("/2021-04-23/credentials"),
        ],
    },
    Deviation {
        reason: "to be mended: text is sent without its type",
        shows: &[
            no_type("ping"),
            no_type("ping with a query"),
            no_type("a connection that the guest does not want to keep"),
            no_type("a wrong method is told the right one"),
            no_type("an unknown response mode"),
            no_type("an init error, and the calls after it"),
            no_type("an extension outside is told of a time-out"),
            no_type("an extension outside is told of a failure"),
        ],
    },
    Deviation {
        reason: "to be mended: even a method that nobody knows is told the right one",
        shows: &[Shows {
            row: "a method that nobody has heard of",
            aspect: Aspect::AnotherHeader,
            instead: "Allow: GET",
        }],
    },
    Deviation {
        reason: "to be mended: the cause inside of an error report is not taken out",
        shows: &[
            Shows {
                row: "an error report with its cause inside",
                aspect: Aspect::Body,
                instead: "<any>errorCause<any>",
            },
            Shows {
                row: "an error report with a cause that is none",
                aspect: Aspect::Body,
                instead: "\"nonsense\"",
            },
        ],
    },
    Deviation {
        reason: "to be mended: the reply to a registration has no line end",
        shows: &[
            no_line_end("an eleventh extension"),
            no_line_end("registrations of all forms"),
            no_line_end("a registration may say what its body is, or not"),
            no_line_end("the account is told who asks for it"),
            no_line_end("what is refused may be tried again"),
            no_line_end("a second registration of an extension inside"),
            no_line_end("an extension outside registers before the runtime is started"),
            no_line_end("an extension outside may ask for nothing or for one"),
            no_line_end("a name of another case is not the extension outside"),
            no_line_end("an extension outside that registers late, from another state"),
            no_line_end("a failure without a type"),
            no_line_end("an extension inside is told of an invocation"),
            no_line_end("an extension outside is told of an invocation"),
            no_line_end("an extension outside is told of a time-out"),
            no_line_end("an extension outside is told of a failure"),
            no_line_end("an extension outside that exits within an invocation"),
            no_line_end("an extension outside that exits with 0 within an invocation"),
            no_line_end("an extension outside that exits between two invocations"),
            no_line_end("a second next of an extension"),
            no_line_end("init/error when an extension is ready"),
            no_line_end("two extensions inside, one after the other"),
            no_line_end("a subscription to telemetry is not supported"),
            no_line_end("a subscription to logs is not supported"),
        ],
    },
];

const fn no_sniff(row: &'static str) -> Shows {
    Shows { row, aspect: Aspect::Header("X-Content-Type-Options"), instead: "absent" }
}

const fn no_type(row: &'static str) -> Shows {
    Shows { row, aspect: Aspect::Header("Content-Type"), instead: "absent" }
}

const fn no_line_end(row: &'static str) -> Shows {
    Shows { row, aspect: Aspect::Body, instead: "\"{<any>}\"" }
}

const FAILS_AT_ONCE: &str =
    "to be mended: it stops everything at the call, and not when the process has ended";

pub(crate) const SKIPPED_BY_THE_MOCK: &[Skipped] = &[
    Skipped { row: "an extension outside that says why it exits", reason: FAILS_AT_ONCE },
    Skipped { row: "exit/error of an extension outside", reason: FAILS_AT_ONCE },
    Skipped { row: "init/error of an extension outside", reason: FAILS_AT_ONCE },
    Skipped { row: "exit/error of an extension inside", reason: FAILS_AT_ONCE },
    Skipped { row: "init/error of an extension inside", reason: FAILS_AT_ONCE },
];

pub(crate) const OF_THE_EMULATOR: &[Deviation] = &[
    Deviation {
        reason: "in this mode its tracer is a stub, and drops the trace",
        shows: &[
            Shows {
                row: "the trace of the caller is given on",
                aspect: Aspect::Header("Lambda-Runtime-Trace-Id"),
                instead: "absent",
            },
            Shows {
                row: "an extension inside is told of an invocation",
                aspect: Aspect::Body,
                instead: INVOKE_WITHOUT_TRACING,
            },
            Shows {
                row: "an extension outside is told of an invocation",
                aspect: Aspect::Body,
                instead: INVOKE_WITHOUT_TRACING,
            },
        ],
    },
    Deviation {
        reason: "nobody has told it the account",
        shows: &[Shows {
            row: "the account is told who asks for it",
            aspect: Aspect::Body,
            instead: r#""{\"functionName\":\"function\",\"functionVersion\":\"$LATEST\",\"handler\":\"app.handler\"}\n""#,
        }],
    },
    Deviation {
        reason: "it gives its front's words as the reason of a reset, not the three that are documented",
        shows: &[
            Shows {
                row: "an extension outside is told of a time-out",
                aspect: Aspect::Body,
                instead: r#""{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":<number>,\"shutdownReason\":\"Timeout\"}""#,
            },
            Shows {
                row: "an extension outside is told of a failure",
                aspect: Aspect::Body,
                instead: r#""{\"eventType\":\"SHUTDOWN\",\"deadlineMs\":<number>,\"shutdownReason\":\"ReleaseFail\"}""#,
            },
        ],
    },
    Deviation {
        reason: "the members are in another order than those recorded against the service in November 2025",
        shows: &[
            Shows { row: "a response over the limit", aspect: Aspect::Body, instead: TOO_LARGE },
            Shows { row: "a response over the limit, in chunks", aspect: Aspect::Body, instead: TOO_LARGE },
        ],
    },
];

const INVOKE_WITHOUT_TRACING: &str = r#""{\"eventType\":\"INVOKE\",\"deadlineMs\":<number>,\"requestId\":\"<uuid>\",\"invokedFunctionArn\":\"arn:aws:lambda:us-east-1:<account>:function:function\"}""#;

const TOO_LARGE: &str = r#""{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\"}""#;

pub(crate) const SKIPPED_BY_THE_EMULATOR: &[Skipped] = &[
    Skipped {
        row: "managed: records of an init error",
        reason: "its process mostly ends before it has sent them",
    },
    Skipped {
        row: "a response that is cut short",
        reason: "its handler panics, and the next invoke ends its process",
    },
    Skipped { row: "an answer of another attempt", reason: "in this mode it knows no ids of attempts" },
    Skipped {
        row: "an init error and an exit, and the same once more within the invocation",
        reason: FAILED_INIT,
    },
    Skipped { row: "an init error, and a second try that works", reason: FAILED_INIT },
    Skipped { row: "an init error without a body", reason: FAILED_INIT },
    Skipped { row: "an exit in init, and another one within the invocation", reason: FAILED_INIT },
    Skipped { row: "an exit with 0 in init", reason: FAILED_INIT },
];

const FAILED_INIT: &str = "its front starts no second process when init has failed, and answers nothing";

#[test]
fn the_emulator_deviates_in_few_things_and_in_no_status_or_error_type() {
    assert!(OF_THE_EMULATOR.len() <= 5);
    let aspects = OF_THE_EMULATOR.iter().flat_map(|deviation| deviation.shows).map(|shows| &shows.aspect);
    let is_serious = |aspect: &&Aspect| matches!(aspect, Aspect::Reply | Aspect::Status | Aspect::ErrorType);
    assert_eq!(aspects.filter(is_serious).count(), 0);
}
