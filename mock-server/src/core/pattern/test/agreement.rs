//! Agreement with an independent matcher: quamina, the port of what the first author of Event Ruler made after it. It works
//! by automata.
//!
//! It has no `$or`, so it is given each combination of alternatives as a pattern of its own. What is not generated, because
//! the two differ by design or quamina does not have it:
//!
//! - one number written in two ways, such as 1 and 1.0: it compares by value, like Event Ruler, and AWS's pages say that
//!   these are not equal. All numbers here have one form each;
//! - numbers beyond ±5e9, which `numeric` leaves alone here;
//! - `prefix` and `suffix` with `equals-ignore-case`, and `anything-but` with another operator: it refuses them;
//! - letters beyond ASCII with `equals-ignore-case`: it folds by Unicode's table, this by lower case.
//!
//! And because of what look like mistakes of version 0.7, each of which a test of this folder has the other way round:
//!
//! - `exists` beside other entries of a list: it looks at the first entry only;
//! - `{"exists": false}` for the last field that an event has of those that the patterns name: it may be missed. All
//!   patterns and events here have a field `z`, which comes after the others;
//! - an array with objects in it, where a pattern has a list: it takes the fields of these objects for fields beside the
//!   array, and finds `{"b": [1]}` in `{"b": [{"b": 1}]}`;
//! - `numeric` with an upper bound alone: it finds strings, `true` and `null` below every number. It is given the lowest
//!   number as a lower bound then, which asks for the same;
//! - `numeric` with `>` and an upper bound: it may find the lower bound itself;
//! - IPv6 addresses that are shortened or have leading zeros: it does not find them.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use quamina::Quamina;
use serde_json::{Map, Value, json};

use super::{Dialect, Pattern};

const PAIRS: usize = 10_000;
/// Each pattern is held against so many events, half of them of its own shape.
const EVENTS: usize = 50;

const NAMES: [&str; 3] = ["a", "b", "c"];
const TEXTS: [&str; 12] =
    ["", "a", "A", "ab", "aB", "abc", "bab", "a*b", "a\\b", "10.0.0.1", "10.0.1.7", "2001:db8:0:0:0:0:0:1"];
const NUMBERS: [f64; 4] = [0.5, -1.5, 2.25, 301.8];

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3..4).prop_map(|number| json!(number)),
        prop::sample::select(&NUMBERS[..]).prop_map(|number| json!(number))
    ]
}

fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(&TEXTS[..]).prop_map(|text| json!(text))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![3 => text(), 3 => number(), 1 => any::<bool>().prop_map(Value::from), 1 => Just(Value::Null)]
}

fn object(
    value: impl Strategy<Value = Value> + 'static,
    names: std::ops::Range<usize>,
) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(&NAMES[..]).prop_map(str::to_owned), value, names)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

fn event() -> impl Strategy<Value = Value> {
    let value = scalar().prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            2 => scalar(),
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => object(inner, 0..4),
        ]
    });
    object(value, 1..4).prop_map(|mut event| {
        event["z"] = json!("z");
        event
    })
}

fn operator() -> impl Strategy<Value = Value> {
    let several = |value: BoxedStrategy<Value>| prop::collection::vec(value, 1..3).prop_map(Value::Array);
    let affix = || prop::sample::select(&["a", "b", "ab", "1", "2", "10.", ".1"][..]);
    let comparison = |bound: &'static [&'static str]| prop::sample::select(bound);
    prop_oneof![
        affix().prop_map(|text| json!({"prefix": text})),
        affix().prop_map(|text| json!({"suffix": text})),
        prop::sample::select(&["AB", "ab", "Abc", "a", ""][..])
            .prop_map(|text| json!({"equals-ignore-case": text})),
        prop::sample::select(&["a*", "*b", "a*b", "*", "*a*", "a\\**", "*\\\\*", "10.*.*", "b*a*b"][..])
            .prop_map(|text| json!({"wildcard": text})),
        prop::sample::select(&["10.0.0.0/24", "10.0.0.0/16", "0.0.0.0/0", "2001:db8::/32"][..])
            .prop_map(|text| json!({"cidr": text})),
        (comparison(&["=", "<", "<=", ">", ">="]), number())
            .prop_map(|(sign, bound)| json!({"numeric": [sign, bound]})),
        (comparison(&["<", "<="]), -3..3, 1..4)
            .prop_map(|(upper, from, more)| json!({"numeric": [">=", from, upper, from + more]})),
        prop_oneof![text(), number(), several(text().boxed()), several(number().boxed())]
            .prop_map(|excluded| json!({"anything-but": excluded})),
    ]
}

fn list() -> impl Strategy<Value = Value> {
    let entries = prop::collection::vec(prop_oneof![2 => scalar(), 3 => operator()], 1..4);
    let exists = any::<bool>().prop_map(|exists| json!([{"exists": exists}]));
    prop_oneof![4 => entries.prop_map(Value::Array), 1 => exists]
}

/// A pattern's object, with `$or` in some.
fn pattern() -> impl Strategy<Value = Value> {
    list()
        .prop_recursive(3, 12, 3, |inner| fields(prop_oneof![2 => list(), 1 => inner].boxed()))
        .prop_flat_map(|value| {
            if value.is_object() { Just(value).boxed() } else { object(Just(value), 1..2).boxed() }
        })
}

fn fields(value: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let alternatives = prop::collection::vec(object(value.clone(), 1..3), 2..4);
    (object(value, 1..3), prop::option::weighted(0.25, alternatives)).prop_map(
        |(mut fields, alternatives)| {
            if let Some(alternatives) = alternatives {
                fields["$or"] = json!(alternatives);
            }
            fields
        },
    )
}

/// A list in which each upper bound has a lower one.
fn with_lower_bounds(list: &Value) -> Value {
    let entries = list.as_array().into_iter().flatten().map(|entry| {
        match entry["numeric"].as_array().map(Vec::as_slice) {
            Some([sign, bound]) if sign == "<" || sign == "<=" => {
                json!({"numeric": [">=", -5e9, sign, bound]})
            }
            _ => entry.clone(),
        }
    });
    entries.collect()
}

/// The patterns without `$or` that a pattern stands for; `None` where two ask something of the same field, which one
/// object cannot hold.
fn combinations(pattern: &Value) -> Option<Vec<Value>> {
    let Value::Object(fields) = pattern else { return Some(vec![with_lower_bounds(pattern)]) };
    let mut all = vec![Map::new()];
    for (name, value) in fields {
        let choices: Vec<Map<String, Value>> = if name == "$or" {
            let mut choices = Vec::new();
            for alternative in value.as_array()? {
                choices.extend(
                    combinations(alternative)?.into_iter().filter_map(|choice| choice.as_object().cloned()),
                );
            }
            choices
        } else {
            let choices = combinations(value)?.into_iter();
            choices.map(|choice| Map::from_iter([(name.clone(), choice)])).collect()
        };
        let mut next = Vec::new();
        for so_far in &all {
            for choice in &choices {
                if choice.keys().any(|name| so_far.contains_key(name)) {
                    return None;
                }
                next.push(
                    so_far.iter().chain(choice).map(|(name, value)| (name.clone(), value.clone())).collect(),
                );
            }
        }
        all = next;
    }
    Some(all.into_iter().map(Value::Object).collect())
}

/// An event of the shape of a pattern, with other values.
fn filled(pattern: &Value, draw: &mut impl FnMut() -> Value) -> Value {
    match pattern {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, node)| (name.clone(), filled(node, draw)));
            Value::Object(fields.collect())
        }
        _ => draw(),
    }
}

/// Whether the event has an array with objects in it where the pattern has a list.
fn has_objects_under_a_list(pattern: &Value, event: &Value) -> bool {
    match (pattern, event) {
        (Value::Array(_), Value::Array(elements)) => elements.iter().any(|element| match element {
            Value::Object(_) => true,
            element => has_objects_under_a_list(pattern, element),
        }),
        (Value::Object(_), Value::Array(elements)) => {
            elements.iter().any(|element| has_objects_under_a_list(pattern, element))
        }
        (Value::Object(fields), Value::Object(object)) => {
            fields.iter().any(|(name, node)| match name.as_str() {
                "$or" => node.as_array().is_some_and(|alternatives| {
                    alternatives.iter().any(|alternative| has_objects_under_a_list(alternative, event))
                }),
                name => object.get(name).is_some_and(|value| has_objects_under_a_list(node, value)),
            })
        }
        _ => false,
    }
}

#[test]
fn quamina_says_the_same_of_ten_thousand_pairs() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (patterns, events) = (pattern(), event());
    let values =
        prop_oneof![3 => scalar(), 1 => prop::collection::vec(scalar(), 0..3).prop_map(Value::Array)];
    let (mut pairs, mut matching) = (0, 0);
    while pairs < PAIRS {
        let mut pattern = patterns.new_tree(&mut runner).unwrap().current();
        pattern["z"] = json!(["z"]);
        let Some(combinations) = combinations(&pattern).filter(|combinations| combinations.len() <= 12)
        else {
            continue;
        };
        let mut theirs = Quamina::new();
        for (at, combination) in combinations.iter().enumerate() {
            theirs.add_pattern(at, &combination.to_string()).unwrap();
        }
        let ours = Pattern::parse(&pattern.to_string(), Dialect::Rule).unwrap();
        for at in 0..EVENTS {
            let event = if at % 2 == 0 {
                events.new_tree(&mut runner).unwrap().current()
            } else {
                let mut draw = || values.new_tree(&mut runner).unwrap().current();
                let mut event = filled(&combinations[at % combinations.len()], &mut draw);
                event["z"] = json!("z");
                event
            };
            if !has_objects_under_a_list(&pattern, &event) {
                let expected = theirs.has_matches(event.to_string().as_bytes()).unwrap();
                assert_eq!(ours.matches(&event), expected, "{pattern} and {event}");
                (pairs, matching) = (pairs + 1, matching + usize::from(expected));
            }
        }
    }
    // Else the two could agree by never matching.
    assert!((PAIRS / 10..PAIRS * 9 / 10).contains(&matching), "{matching} of {pairs} match");
}
