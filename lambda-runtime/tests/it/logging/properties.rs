//! Whatever the fields hold, a line is one record that can be read.

use lambda_runtime::tracing::{Format, Logging, info, info_span};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

use super::logged;

/// Values of all kinds, some of which are not there.
#[derive(Clone, Debug)]
struct Values {
    texts: Vec<Option<String>>,
    signed: Option<i64>,
    unsigned: Option<u64>,
    float: Option<f64>,
    wide: Option<i128>,
    wide_unsigned: Option<u128>,
    truth: Option<bool>,
}

fn values() -> impl Strategy<Value = Values> {
    // Characters that end lines, strings or terminals' patience are likelier than chance would have them.
    let text = prop_oneof![any::<String>(), "[\u{0}-\u{1f}\"\\\\{}=\u{7f}\u{85}\u{2028}\u{10ffff} a]{0,12}"];
    (
        vec(option::of(text), 9),
        any::<Option<i64>>(),
        any::<Option<u64>>(),
        option::of(proptest::num::f64::ANY),
        any::<Option<i128>>(),
        any::<Option<u128>>(),
        any::<Option<bool>>(),
    )
        .prop_map(|(texts, signed, unsigned, float, wide, wide_unsigned, truth)| Values {
            texts,
            signed,
            unsigned,
            float,
            wide,
            wide_unsigned,
            truth,
        })
}

/// One event in a span in a span, each with names that the others and the line itself have as well.
fn log(values: &Values) {
    let text = |place: usize| values.texts[place].as_deref();
    let outer = info_span!(
        "outer",
        requestId = text(0),
        tenantId = text(1),
        timestamp = values.signed,
        message = text(2),
        fields.level = values.truth,
        wide = values.wide
    );
    let _outer = outer.enter();
    let inner =
        info_span!("inner", requestId = text(3), level = text(4), target = text(5), wide = ?values.wide);
    let _inner = inner.enter();
    info!(
        requestId = text(6),
        fields.requestId = text(7),
        fields.fields.requestId = text(8),
        signed = values.signed,
        unsigned = values.unsigned,
        float = values.float,
        wide_unsigned = values.wide_unsigned,
        truth = values.truth,
        all = ?values,
        "{}",
        text(2).unwrap_or_default()
    );
}

proptest! {
    #[test]
    fn any_line_of_json_is_one_object_with_each_key_once(values in values()) {
        let lines = logged(Logging::new().format(Format::Json), || log(&values)).json();
        prop_assert_eq!(lines.len(), 1);
        let line = &lines[0];
        prop_assert_eq!(line.get("level"), "INFO");
        prop_assert_eq!(line.get("message"), values.texts[2].as_deref().unwrap_or_default());
        prop_assert_eq!(line.get("requestId"), &json!(values.texts[3].as_ref().or(values.texts[0].as_ref())));
        prop_assert_eq!(line.get("fields.level"), &json!(values.texts[4]));
        prop_assert_eq!(line.get("fields.fields.requestId"), &json!(values.texts[7]));
        prop_assert_eq!(line.get("fields.fields.fields.requestId"), &json!(values.texts[8]));
        prop_assert_eq!(line.get("signed"), &json!(values.signed));
        prop_assert_eq!(line.get("unsigned"), &json!(values.unsigned));
        prop_assert_eq!(line.get("truth"), &json!(values.truth));
        let wide = values.wide_unsigned.map(|wide| match u64::try_from(wide) {
            Ok(small) => json!(small),
            Err(_) => json!(wide.to_string()),
        });
        prop_assert_eq!(line.get("wide_unsigned"), &json!(wide));
        if let Some(float) = values.float {
            prop_assert_eq!(line.get("float").is_number(), float.is_finite());
        }
    }

    #[test]
    fn any_line_of_text_is_one_line(values in values()) {
        let lines = logged(Logging::new(), || log(&values)).text();
        prop_assert_eq!(lines.len(), 1);
    }
}
