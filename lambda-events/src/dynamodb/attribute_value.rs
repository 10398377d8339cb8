//! Values of attributes, each an object whose one member says of which type it is.
//!
//! Source: [AttributeValue](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html).

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, MapAccess},
    ser::SerializeMap,
};

use crate::{
    Borrowed, IntoOwned, Json, Map, Str, Unknown,
    unknown::at_member,
    value::{Base64, Read, Strict, Value},
};

/// The value of an attribute.
///
/// Numbers are kept as text, as DynamoDB has more digits than the numbers of Rust.
///
/// ```
/// use lambda_events::dynamodb::AttributeValue;
///
/// let value: AttributeValue<'_> = serde_json::from_str(r#"{"L":[{"N":"12.50"},{"B":"SGVsbG8="}]}"#)?;
/// let [price, note] = value.as_l().unwrap_or_default() else { return Err("two elements".into()) };
/// assert_eq!(price.as_n().and_then(|price| price.parse().ok()), Some(12.5));
/// assert_eq!(note.as_b().map(|note| note.decode()).transpose()?.as_deref(), Some(&b"Hello"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// A string.
    S(Str<'a>),
    /// A number, as text.
    N(Str<'a>),
    /// Bytes.
    B(Base64<'a>),
    /// A boolean.
    Bool(bool),
    /// Null.
    Null,
    /// A set of strings.
    Ss(Vec<Str<'a>>),
    /// A set of numbers, as texts.
    Ns(Vec<Str<'a>>),
    /// A set of bytes.
    Bs(Vec<Base64<'a>>),
    /// A list.
    L(Vec<Self>),
    /// A map.
    M(Map<'a, Self>),
    /// Of a type that is none of these, or not in the form of its type.
    Other(Json<'a>),
}

impl<'a> AttributeValue<'a> {
    /// The string, if it is one.
    pub fn as_s(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The number as text, if it is one.
    pub fn as_n(&self) -> Option<&str> {
        match self {
            Self::N(number) => Some(number),
            _ => None,
        }
    }

    /// The bytes, if it is bytes.
    pub fn as_b(&self) -> Option<&Base64<'a>> {
        match self {
            Self::B(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The elements, if it is a list.
    pub fn as_l(&self) -> Option<&[Self]> {
        match self {
            Self::L(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if it is a map.
    pub fn as_m(&self) -> Option<&Map<'a, Self>> {
        match self {
            Self::M(members) => Some(members),
            _ => None,
        }
    }
}

impl<'de> Value<'de> for AttributeValue<'de> {
    const EXPECTED: &'static str = "the value of an attribute";

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Read<'de, Self>, A::Error> {
        let mut members = Map::new();
        if let Some(name) = object.next_key::<Str<'de>>()? {
            let value = match name.as_str() {
                "S" => read(&mut object, Self::S),
                "N" => read(&mut object, Self::N),
                "B" => read(&mut object, Self::B),
                "BOOL" => read(&mut object, Self::Bool),
                "NULL" => match read(&mut object, |is_null: bool| is_null)? {
                    Ok(true) => Ok(Ok(Self::Null)),
                    Ok(false) => Ok(Err(Json::Bool(false))),
                    Err(odd) => Ok(Err(odd)),
                },
                "SS" => read(&mut object, Self::Ss),
                "NS" => read(&mut object, Self::Ns),
                "BS" => read(&mut object, Self::Bs),
                "L" => read(&mut object, Self::L),
                "M" => read(&mut object, Self::M),
                _ => object.next_value().map(Err),
            }?;
            let next = object.next_key::<Str<'de>>()?;
            match (value, &next) {
                (Ok(value), None) => return Ok(Read::Value(value)),
                // There are more types than one.
                (Ok(value), Some(_)) => members.push(name, value.into_member()),
                (Err(odd), _) => members.push(name, odd),
            }
            if let Some(name) = next {
                members.push(name, object.next_value()?);
            }
        }
        while let Some((name, value)) = object.next_entry()? {
            members.push(name, value);
        }
        Ok(Read::Value(Self::Other(Json::Object(members))))
    }

    fn into_json(self) -> Json<'de> {
        let name = match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::L(_) => "L",
            Self::M(_) => "M",
            Self::Other(json) => return json,
        };
        Json::Object(Map::from([(name, self.into_member())]))
    }
}

/// Reads what stands beside the name of a type: what is made of it, or what it is instead.
fn read<'de, T: Value<'de>, V, A: MapAccess<'de>>(
    object: &mut A,
    make: impl FnOnce(T) -> V,
) -> Result<Result<V, Json<'de>>, A::Error> {
    Ok(match object.next_value()? {
        Read::Value(value) => Ok(make(value)),
        Read::Null => Err(Json::Null),
        Read::Odd(odd) => Err(odd),
    })
}

impl<'a> AttributeValue<'a> {
    /// What stands beside the name of its type.
    fn into_member(self) -> Json<'a> {
        match self {
            Self::S(text) | Self::N(text) => Json::String(text),
            Self::B(bytes) => bytes.into_json(),
            Self::Bool(value) => Json::Bool(value),
            Self::Null => Json::Bool(true),
            Self::Ss(texts) | Self::Ns(texts) => Value::into_json(texts),
            Self::Bs(bytes) => Value::into_json(bytes),
            Self::L(elements) => Value::into_json(elements),
            Self::M(members) => Value::into_json(members),
            Self::Other(json) => json,
        }
    }
}

impl<'de> Deserialize<'de> for AttributeValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Strict::deserialize(deserializer).map(|Strict(value)| value)
    }
}

impl Serialize for AttributeValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn member<S: Serializer>(
            serializer: S,
            name: &str,
            value: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(name, value)?;
            map.end()
        }

        match self {
            Self::S(text) => member(serializer, "S", text),
            Self::N(number) => member(serializer, "N", number),
            Self::B(bytes) => member(serializer, "B", bytes),
            Self::Bool(value) => member(serializer, "BOOL", value),
            Self::Null => member(serializer, "NULL", &true),
            Self::Ss(texts) => member(serializer, "SS", texts),
            Self::Ns(numbers) => member(serializer, "NS", numbers),
            Self::Bs(bytes) => member(serializer, "BS", bytes),
            Self::L(elements) => member(serializer, "L", elements),
            Self::M(members) => member(serializer, "M", members),
            Self::Other(json) => json.serialize(serializer),
        }
    }
}

impl IntoOwned for AttributeValue<'_> {
    type Owned = AttributeValue<'static>;

    fn into_owned(self) -> AttributeValue<'static> {
        match self {
            Self::S(text) => AttributeValue::S(text.into_owned()),
            Self::N(number) => AttributeValue::N(number.into_owned()),
            Self::B(bytes) => AttributeValue::B(bytes.into_owned()),
            Self::Bool(value) => AttributeValue::Bool(value),
            Self::Null => AttributeValue::Null,
            Self::Ss(texts) => AttributeValue::Ss(texts.into_owned()),
            Self::Ns(numbers) => AttributeValue::Ns(numbers.into_owned()),
            Self::Bs(bytes) => AttributeValue::Bs(bytes.into_owned()),
            Self::L(elements) => AttributeValue::L(elements.into_owned()),
            Self::M(members) => AttributeValue::M(members.into_owned()),
            Self::Other(json) => AttributeValue::Other(json.into_owned()),
        }
    }
}

impl Unknown for AttributeValue<'_> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        match self {
            Self::L(elements) => at_member(path, "L", |path| elements.find_unknown(path, found)),
            Self::M(members) => at_member(path, "M", |path| members.find_unknown(path, found)),
            Self::Other(_) => found.push(path.clone()),
            _ => {}
        }
    }
}

impl Borrowed for AttributeValue<'static> {
    type Of<'a> = AttributeValue<'a>;
}

#[cfg(test)]
mod test {
    use super::AttributeValue;
    use crate::{IntoOwned, Unknown, value::Value};

    #[test]
    fn each_value_is_written_as_it_was_read() {
        for json in [
            r#"{"S":"a"}"#,
            r#"{"N":"1.0E-130"}"#,
            r#"{"B":"AAE"}"#,
            r#"{"BOOL":false}"#,
            r#"{"NULL":true}"#,
            r#"{"SS":["b","a"]}"#,
            r#"{"NS":["2","1.0"]}"#,
            r#"{"BS":["AAE="]}"#,
            r#"{"L":[{"L":[]},{"M":{}}]}"#,
            r#"{"M":{"b":{"N":"1"},"a":{"odd":1}}}"#,
            // What should not be there.
            "{}",
            r#"{"NULL":false}"#,
            r#"{"N":1}"#,
            r#"{"S":null}"#,
            r#"{"L":["a"]}"#,
            r#"{"new":{"a":1}}"#,
            r#"{"S":"a","N":"1","x":[2]}"#,
        ] {
            let value: AttributeValue<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(value.clone().into_json().to_string(), json);
            assert_eq!(value.clone().into_owned(), value);
        }
    }

    #[test]
    fn what_is_of_no_known_type_is_found() {
        let json = r#"{"M":{"fine":{"S":"a"},"list":{"L":[{"NULL":true},{"N":1}]},"both":{"S":"a","N":"1"},"text":"a"}}"#;
        let value: AttributeValue<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(value.unknown(), ["M.list.L[1]", "M.both", "M.text"]);
    }
}
