//! The operators, and which dialect has which. What they mean is in `comparison`.

use serde_json::Value;

use super::{
    super::{
        Dialect, PatternError,
        cidr::Cidr,
        comparison::{Affix, Comparison, Range},
        error::{found, quoted},
        path::Path,
        wildcard::Wildcard,
    },
    Parser, Result, unexpected,
};

/// Names that are operators, so that no alternative of `$or` in a filter policy has them for fields.
pub(super) const RESERVED: &[&str] =
    &["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

const EXCLUDED: &str = "a string, a number, or a list of either";

impl Parser {
    /// The comparison that an object in a list stands for.
    pub(super) fn operator(&mut self, parent: Path<'_>, value: &Value) -> Result<Comparison> {
        let (name, operand) = single(parent, value)?;
        let path = parent.operator(name);
        match (name, self.dialect) {
            ("exists", _) => match operand {
                Value::Bool(true) => Ok(Comparison::Exists),
                Value::Bool(false) => {
                    self.absent.push(path.fields());
                    Ok(Comparison::Absent(self.absent.len() - 1))
                }
                _ => unexpected(path, "true or false", operand),
            },
            ("prefix", _) => Ok(Comparison::Prefix(self.affix(path, operand)?)),
            ("suffix", _) => Ok(Comparison::Suffix(self.affix(path, operand)?)),
            ("equals-ignore-case", _) => Ok(Comparison::EqualsIgnoreCase(text(path, operand)?.to_owned())),
            ("numeric", _) => Ok(Comparison::Numeric(range(path, operand)?)),
            ("anything-but", _) => Ok(Comparison::AnythingBut(self.anything_but(path, operand)?)),
            ("wildcard", Dialect::Rule) => Ok(Comparison::Wildcard(wildcard(path, operand)?)),
            ("cidr", Dialect::Rule | Dialect::Subscription) => {
                let cidr = Cidr::parse(text(path, operand)?);
                cidr.map_or_else(
                    || unexpected(path, Cidr::EXPECTED, operand),
                    |cidr| Ok(Comparison::Cidr(cidr)),
                )
            }
            (_, Dialect::Filter) => self.no_operator(
                parent,
                name,
                "one of anything-but, equals-ignore-case, exists, numeric, prefix, suffix",
            ),
            (_, Dialect::Subscription) => self.no_operator(
                parent,
                name,
                "one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix",
            ),
            (_, Dialect::Rule) => self.no_operator(
                parent,
                name,
                "one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard",
            ),
        }
    }

    fn affix(&self, path: Path<'_>, operand: &Value) -> Result<Affix> {
        match (operand, self.dialect) {
            (Value::String(text), _) => Ok(Affix { text: text.clone(), ignores_case: false }),
            (Value::Object(_), Dialect::Rule) => {
                let (name, operand) = single(path, operand)?;
                if name != "equals-ignore-case" {
                    return self.no_operator(path, name, "equals-ignore-case");
                }
                let text = text(path.operator(name), operand)?.to_owned();
                Ok(Affix { text, ignores_case: true })
            }
            (_, Dialect::Filter | Dialect::Subscription) => unexpected(path, "a string", operand),
            (_, Dialect::Rule) => unexpected(path, "a string or equals-ignore-case", operand),
        }
    }

    fn anything_but(&self, path: Path<'_>, operand: &Value) -> Result<Vec<Comparison>> {
        match operand {
            Value::Object(_) if self.dialect == Dialect::Subscription => {
                let (name, operand) = single(path, operand)?;
                if name != "prefix" {
                    return self.no_operator(path, name, "prefix in anything-but");
                }
                let text = some_text(path.operator(name), operand)?;
                Ok(vec![Comparison::Prefix(Affix { text, ignores_case: false })])
            }
            Value::Object(_) if self.dialect == Dialect::Rule => {
                let (name, operand) = single(path, operand)?;
                each(path.operator(name), operand, |inner: Path<'_>, operand: &Value| {
                    let affix = |text| Affix { text, ignores_case: false };
                    Ok(match name {
                        "prefix" => Comparison::Prefix(affix(some_text(inner, operand)?)),
                        "suffix" => Comparison::Suffix(affix(some_text(inner, operand)?)),
                        "equals-ignore-case" => {
                            Comparison::EqualsIgnoreCase(text(inner, operand)?.to_owned())
                        }
                        "wildcard" => Comparison::Wildcard(wildcard(inner, operand)?),
                        _ => {
                            let expected =
                                "one of equals-ignore-case, prefix, suffix, wildcard in anything-but";
                            return self.no_operator(path, name, expected);
                        }
                    })
                })
            }
            Value::Array(values)
                if values.iter().any(Value::is_string) && values.iter().any(Value::is_number) =>
            {
                Err(PatternError::Unexpected {
                    path: path.to_string(),
                    expected: "only strings or only numbers",
                    found: "both".to_owned(),
                })
            }
            _ => each(path, operand, |path, value| match value {
                Value::String(text) => Ok(Comparison::Text(text.clone())),
                Value::Number(number) => Ok(self.number(number)),
                _ => unexpected(path, EXCLUDED, value),
            }),
        }
    }

    pub(super) fn no_operator<T>(&self, path: Path<'_>, operator: &str, expected: &'static str) -> Result<T> {
        let (path, operator) = (path.to_string(), quoted(operator));
        Err(PatternError::Operator { path, operator, dialect: self.dialect, expected })
    }
}

/// The one operator of an object.
fn single<'a>(path: Path<'_>, value: &'a Value) -> Result<(&'a str, &'a Value)> {
    let operators = value.as_object().filter(|operators| operators.len() == 1);
    let operator = operators.and_then(|operators| operators.iter().next());
    operator.map(|(name, operand)| (name.as_str(), operand)).ok_or_else(|| {
        let names = value.as_object().into_iter().flatten().map(|(name, _)| quoted(name));
        let names: Vec<_> = names.take(3).collect();
        let found = if names.is_empty() { found(value) } else { format!("one with {}", names.join(" and ")) };
        PatternError::Unexpected { path: path.to_string(), expected: "an object with one operator", found }
    })
}

/// The comparisons of an operand that is one value or a list of them.
fn each(
    path: Path<'_>,
    operand: &Value,
    comparison: impl Fn(Path<'_>, &Value) -> Result<Comparison>,
) -> Result<Vec<Comparison>> {
    match operand {
        Value::Array(values) if values.is_empty() => unexpected(path, "at least one value", operand),
        Value::Array(values) => {
            values.iter().enumerate().map(|(at, value)| comparison(path.entry(at), value)).collect()
        }
        _ => Ok(vec![comparison(path, operand)?]),
    }
}

fn text<'a>(path: Path<'_>, value: &'a Value) -> Result<&'a str> {
    value.as_str().map_or_else(|| unexpected(path, "a string", value), Ok)
}

/// Every string begins and ends with nothing, so anything but that would be no string at all, and is refused.
fn some_text(path: Path<'_>, value: &Value) -> Result<String> {
    match text(path, value)? {
        "" => unexpected(path, "a string that is not empty", value),
        text => Ok(text.to_owned()),
    }
}

fn wildcard(path: Path<'_>, value: &Value) -> Result<Wildcard> {
    let wildcard = Wildcard::parse(text(path, value)?);
    wildcard.or_else(|expected| unexpected(path, expected, value))
}

/// One comparison, or a lower bound and then an upper one.
fn range(path: Path<'_>, operand: &Value) -> Result<Range> {
    const EXPECTED: &str = "a list of a comparison and a number, or of a lower bound and an upper one";
    let Some([first, second, rest @ ..]) = operand.as_array().map(Vec::as_slice) else {
        return unexpected(path, EXPECTED, operand);
    };
    let mut range = Range::default();
    let number = bound(path.entry(1), second)?;
    match first.as_str() {
        Some("=") => range = Range::exactly(number),
        Some(">") => range.above = Some(number),
        Some(">=") => range.at_least = Some(number),
        Some("<") => range.below = Some(number),
        Some("<=") => range.at_most = Some(number),
        _ => return unexpected(path.entry(0), "one of \"=\", \">\", \">=\", \"<\", \"<=\"", first),
    }
    let is_open = range.below.is_none() && range.at_most.is_none();
    match rest {
        [] => Ok(range),
        [comparison, upper] if is_open => {
            let upper_bound = bound(path.entry(3), upper)?;
            match comparison.as_str() {
                Some("<") => range.below = Some(upper_bound),
                Some("<=") => range.at_most = Some(upper_bound),
                _ => return unexpected(path.entry(2), "\"<\" or \"<=\" after a lower bound", comparison),
            }
            if number >= upper_bound {
                return unexpected(path.entry(3), "an upper bound above the lower one", upper);
            }
            Ok(range)
        }
        _ => unexpected(path, EXPECTED, operand),
    }
}

fn bound(path: Path<'_>, value: &Value) -> Result<f64> {
    let number = value.as_f64().filter(|number| Range::LIMITS.contains(number));
    number.map_or_else(|| unexpected(path, "a number from -5e9 to 5e9", value), Ok)
}
