//! Trace context: the X-Ray tracing header and W3C trace context, read leniently.
//!
//! Nothing here writes `_X_AMZN_TRACE_ID`; see [`Runtime::trace_hook`](crate::Runtime::trace_hook).

use serde_json::Value;

/// What traces an invocation.
///
/// ```
/// use lambda_runtime::Trace;
///
/// let trace = Trace::from_xray("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
/// let parent = trace.remote_parent().ok_or("no parent")?;
/// assert_eq!(parent.trace_id, 0x5759e988bd862e3fe1be46a994272793);
/// assert!(parent.sampled);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The X-Ray tracing header, taken apart.
    pub xray: Option<XrayTrace>,
    /// W3C trace context that the caller put into the client context.
    pub w3c: Option<W3cTrace>,
}

/// The X-Ray tracing header, `Root=…;Parent=…;Sampled=…;Lineage=…`.
///
/// Source: [X-Ray tracing header](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct XrayTrace {
    /// The trace, `1-` and eight and 24 hexadecimal digits.
    pub root: Option<String>,
    /// The segment above this one, 16 hexadecimal digits.
    pub parent: Option<String>,
    /// Whether the trace is recorded; `None` if that has not been decided.
    pub sampled: Option<bool>,
    /// How often the event came past the same functions, from which Lambda detects loops.
    pub lineage: Option<String>,
}

/// W3C trace context as text.
///
/// AWS's Python runtime interface client takes it from member `w3c` of the client context; the Lambda
/// documentation does not mention it. Form of the members:
/// [Trace Context](https://www.w3.org/TR/trace-context/), [Baggage](https://www.w3.org/TR/baggage/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct W3cTrace {
    /// `00-<trace id>-<parent id>-<flags>`.
    pub traceparent: String,
    /// Vendors' additions.
    pub tracestate: Option<String>,
    /// Values that travel with the trace.
    pub baggage: Option<String>,
}

/// The span of the caller, in numbers, as tracing libraries want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteParent {
    /// The trace; never 0.
    pub trace_id: u128,
    /// The caller's span; never 0.
    pub span_id: u64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl Trace {
    /// The trace that an X-Ray tracing header tells of.
    pub fn from_xray(header: &str) -> Self {
        Self { xray: Some(XrayTrace::parse(header)), w3c: None }
    }

    /// From the header, and from member `w3c` of the client context.
    pub(crate) fn new(xray: Option<&str>, w3c: Option<&Value>) -> Self {
        Self { xray: xray.map(XrayTrace::parse), w3c: w3c.and_then(W3cTrace::from_json) }
    }

    /// The caller's span: W3C if the caller sent some, else X-Ray; `None` if neither is complete.
    pub fn remote_parent(&self) -> Option<RemoteParent> {
        let w3c = self.w3c.as_ref().and_then(W3cTrace::remote_parent);
        w3c.or_else(|| self.xray.as_ref().and_then(XrayTrace::remote_parent))
    }
}

impl XrayTrace {
    /// Takes the header apart; unknown and unreadable parts are passed over.
    pub fn parse(header: &str) -> Self {
        let mut trace = Self::default();
        for (name, value) in header.split(';').filter_map(|part| part.split_once('=')) {
            let text = || Some(value.trim().to_owned()).filter(|text| !text.is_empty());
            match name.trim() {
                "Root" => trace.root = text(),
                "Parent" => trace.parent = text(),
                "Lineage" => trace.lineage = text(),
                "Sampled" => {
                    trace.sampled = match value.trim() {
                        "1" => Some(true),
                        "0" => Some(false),
                        _ => None,
                    }
                }
                _ => {}
            }
        }
        trace
    }

    /// The caller's span, if root and parent are there and as documented.
    pub fn remote_parent(&self) -> Option<RemoteParent> {
        let (time, unique) = self.root.as_deref()?.strip_prefix("1-")?.split_once('-')?;
        if time.len() != 8 || unique.len() != 24 {
            return None;
        }
        let trace_id = (hex(time)? << 96) | hex(unique)?;
        let span_id = span_id(self.parent.as_deref()?)?;
        remote_parent(trace_id, span_id, self.sampled == Some(true))
    }
}

impl W3cTrace {
    fn from_json(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            traceparent: text("traceparent")?,
            tracestate: text("tracestate"),
            baggage: text("baggage"),
        })
    }

    /// The caller's span, if `traceparent` is as specified.
    pub fn remote_parent(&self) -> Option<RemoteParent> {
        let mut parts = self.traceparent.split('-');
        let (version, trace_id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_version = version.len() == 2 && hex(version).is_some() && version != "ff";
        // Only later versions may have more parts.
        let is_whole = parts.next().is_none() || version != "00";
        if !is_version || !is_whole || trace_id.len() != 32 || flags.len() != 2 {
            return None;
        }
        remote_parent(hex(trace_id)?, span_id(parent)?, hex(flags)? & 1 == 1)
    }
}

fn remote_parent(trace_id: u128, span_id: u64, sampled: bool) -> Option<RemoteParent> {
    (trace_id != 0 && span_id != 0).then_some(RemoteParent { trace_id, span_id, sampled })
}

fn span_id(text: &str) -> Option<u64> {
    (text.len() == 16).then(|| hex(text))?.and_then(|id| id.try_into().ok())
}

/// Hexadecimal digits and nothing else; the standard library takes a sign, too.
fn hex(digits: &str) -> Option<u128> {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u128::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod test {
    use serde_json::json;

    use super::*;

    const XRAY: &str =
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:0";
    const W3C: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_parts_of_an_xray_header_are_told_apart() {
        let trace = XrayTrace::parse(XRAY);
        assert_eq!(trace.root.as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
        assert_eq!(trace.parent.as_deref(), Some("53995c3f42cd8ad8"));
        assert_eq!((trace.sampled, trace.lineage.as_deref()), (Some(false), Some("a:0")));
        assert_eq!(trace.remote_parent().unwrap().span_id, 0x5399_5c3f_42cd_8ad8);
    }

    #[test]
    fn garbage_is_no_trace_and_no_panic() {
        for odd in ["", ";", "=", "Root", "Root=;Parent=", "Root=1-é-é;Parent=+3995c3f42cd8ad8", "Sampled=?"]
        {
            assert_eq!(Trace::from_xray(odd).remote_parent(), None, "{odd}");
        }
    }

    #[test]
    fn w3c_trace_context_of_the_caller_comes_before_xray() {
        let w3c = json!({ "traceparent": W3C, "tracestate": "a=b" });
        let trace = Trace::new(Some(XRAY), Some(&w3c));
        let parent = trace.remote_parent().unwrap();
        assert_eq!((parent.trace_id, parent.sampled), (0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, true));
        assert_eq!(trace.w3c.unwrap().tracestate.as_deref(), Some("a=b"));
    }

    #[test]
    fn a_traceparent_that_is_not_as_specified_is_passed_over() {
        for odd in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            let trace = Trace::new(Some(XRAY), Some(&json!({ "traceparent": odd })));
            assert_eq!(trace.remote_parent(), trace.xray.unwrap().remote_parent(), "{odd}");
        }
    }
}
