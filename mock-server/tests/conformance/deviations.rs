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

pub(crate) const OF_THE_MOCK: &[Deviation] = &[];

const HAS_TELEMETRY: &str = "it has telemetry in this mode, and refuses it only where it plays the emulator";

pub(crate) const SKIPPED_BY_THE_MOCK: &[Skipped] = &[
    Skipped { row: "a subscription to telemetry is not supported", reason: HAS_TELEMETRY },
    Skipped { row: "a subscription to logs is not supported", reason: HAS_TELEMETRY },
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
        row: "an extension outside that registers late, from another state",
        reason: "it lets the runtime go on before it has noted the extension's state, so either state may be named",
    },
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
