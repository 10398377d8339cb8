//! Records as JSON or as text; without the line break, which belongs to where they go.

use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Format,
    fields::{MESSAGE, Value},
    record::{LEVEL, REQUEST_ID, Record, TARGET, TENANT_ID, TIMESTAMP},
};

/// What a line has room for before it must be moved.
const USUAL: usize = 512;

/// The record in a format.
pub(super) fn render(record: &Record<'_>, format: Format) -> Vec<u8> {
    match format {
        Format::Json => {
            let mut bytes = Vec::with_capacity(USUAL);
            // Neither the vector nor any of the values refuses; a line that could not be written would be lost.
            let _never = serde_json::to_writer(&mut bytes, record);
            bytes
        }
        Format::Text => text(record).into_bytes(),
    }
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry(TIMESTAMP, &timestamp(self.time))?;
        members.serialize_entry(LEVEL, self.level.as_str())?;
        members.serialize_entry(MESSAGE, &self.message)?;
        for (name, id) in [(REQUEST_ID, self.request_id), (TENANT_ID, self.tenant_id)] {
            if let Some(id) = id {
                members.serialize_entry(name, id)?;
            }
        }
        members.serialize_entry(TARGET, self.target)?;
        for (name, value) in &self.fields {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

fn text(record: &Record<'_>) -> String {
    let mut line = String::with_capacity(USUAL);
    line.push_str(&timestamp(record.time));
    line.push(' ');
    line.push_str(record.level.as_str());
    if let Some(id) = record.request_id {
        line.push(' ');
        line.push_str(id);
    }
    line.push(' ');
    line.push_str(record.target);
    line.push(':');
    if !record.message.is_empty() {
        line.push(' ');
        line.push_str(&record.message);
    }
    if let Some(tenant) = record.tenant_id {
        push_field(&mut line, TENANT_ID, &Value::Text(tenant.to_owned()));
    }
    for (name, value) in &record.fields {
        push_field(&mut line, name, value);
    }
    line
}

fn push_field(line: &mut String, name: &str, value: &Value) {
    line.push(' ');
    line.push_str(name);
    line.push('=');
    // Writing to a string does not fail.
    let _never = match value {
        // Without its quotes, one would not know where it ends.
        Value::Text(text) if !is_word(text) => write!(line, "{text:?}"),
        value => write!(line, "{value}"),
    };
}

fn is_word(text: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '=';
    !text.is_empty() && !text.contains(is_odd)
}

/// RFC 3339 with milliseconds, without which Lambda takes any record for level INFO.
fn timestamp(time: SystemTime) -> String {
    /// The last second of the year 9999, after which RFC 3339 has no more.
    const LAST: Duration = Duration::from_secs(253_402_300_799);

    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod test {
    use tracing::Level;

    use super::*;

    #[test]
    fn text_has_its_parts_in_order_and_quotes_what_is_no_word() {
        let values: Vec<_> =
            ["plain", "two words", "", "a\"b", "a\nb", "é"].map(|v| Value::Text(v.into())).into();
        let mut record = Record {
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_168_800_123),
            level: Level::WARN,
            target: "shop::cart",
            message: "taken".into(),
            request_id: Some("r-1"),
            tenant_id: Some("blue"),
            fields: ["a", "b", "c", "d", "e", "f"].map(Into::into).into_iter().zip(&values).collect(),
        };
        assert_eq!(
            text(&record),
            "2026-11-20T10:00:00.123Z WARN r-1 shop::cart: taken tenantId=blue \
             a=plain b=\"two words\" c=\"\" d=\"a\\\"b\" e=\"a\\nb\" f=é"
        );
        (record.request_id, record.tenant_id, record.message) = (None, None, "".into());
        record.fields = vec![("n".into(), &Value::Unsigned(7)), ("ok".into(), &Value::Bool(true))];
        assert_eq!(text(&record), "2026-11-20T10:00:00.123Z WARN shop::cart: n=7 ok=true");
    }

    #[test]
    fn any_time_is_written() {
        for (time, expected) in [
            (SystemTime::UNIX_EPOCH, "1970-01-01T00:00:00.000Z"),
            (SystemTime::UNIX_EPOCH - Duration::from_secs(1), "1970-01-01T00:00:00.000Z"),
            (SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 50), "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(timestamp(time), expected);
        }
    }
}
