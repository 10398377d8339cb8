//! The members of an event that its HTTP request is made of, of all formats at once, in one pass.
//!
//! Whatever else is in the event is skipped, and read when somebody asks for it (`event`). A member of an odd type is taken as
//! absent; which format it is, is decided in `format`.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Str, value::Read};

/// How many headers most requests have at most.
const USUAL: usize = 24;

/// Names with their values, one pair for each value.
pub(super) type Pairs<'a> = Vec<(Str<'a>, Str<'a>)>;

/// All values of all names, and those of the second for names that the first does not have: API Gateway sends both, and an event
/// that was made by hand may have more in the second.
pub(super) fn all<'w, 'a>(
    first: &'w Pairs<'a>,
    second: &'w Pairs<'a>,
    fold: impl Fn(&'w str) -> Cow<'w, str>,
) -> impl Iterator<Item = &'w (Str<'a>, Str<'a>)> {
    // They have the same names in the same order, as a rule; then there is nothing to look up.
    let mut names = first.iter().map(|(name, _)| &**name).peekable();
    let mut is_next = |name: &str| {
        let is_it = names.next_if(|next| *next == name).is_some();
        while is_it && names.next_if(|next| *next == name).is_some() {}
        is_it
    };
    let more = &second[second.iter().take_while(|(name, _)| is_next(name)).count()..];
    let known: HashSet<_> = match more {
        [] => HashSet::new(),
        _ => first.iter().map(|(name, _)| fold(name)).collect(),
    };
    first.iter().chain(more.iter().filter(move |(name, _)| !known.contains(&fold(name))))
}

/// What is read of an event.
#[derive(Debug, Default)]
pub(super) struct Wire<'a> {
    pub(super) version: Option<Str<'a>>,
    /// `httpMethod`.
    pub(super) http_method: Option<Str<'a>>,
    /// `method`, of VPC Lattice.
    pub(super) method: Option<Str<'a>>,
    pub(super) path: Option<Str<'a>>,
    /// `rawPath`.
    pub(super) raw_path: Option<Str<'a>>,
    /// `raw_path`, of VPC Lattice's version 1, with the query.
    pub(super) raw_path_and_query: Option<Str<'a>>,
    /// `rawQueryString`.
    pub(super) raw_query: Option<Str<'a>>,
    pub(super) headers: Pairs<'a>,
    pub(super) multi_value_headers: Pairs<'a>,
    pub(super) query: Pairs<'a>,
    pub(super) multi_value_query: Pairs<'a>,
    pub(super) cookies: Vec<Str<'a>>,
    pub(super) body: Option<Str<'a>>,
    pub(super) is_base64: bool,
    /// Whether the body, or what says that it is base64, is of another type than it should be.
    pub(super) has_odd_body: bool,
    pub(super) context: Option<Context<'a>>,
    /// Whether there is a `multiValueHeaders`, which a load balancer wants in the answer then.
    pub(super) has_multi_value_headers: bool,
    /// Whether it is an authorizer that is asked, and not for a response.
    pub(super) is_of_authorizer: bool,
}

/// What is read of `requestContext`.
#[derive(Debug, Default)]
pub(super) struct Context<'a> {
    /// `httpMethod`, or `method` of `http`.
    pub(super) method: Option<Str<'a>>,
    /// `path` of `http`.
    pub(super) path: Option<Str<'a>>,
    pub(super) protocol: Option<Str<'a>>,
    pub(super) stage: Option<Str<'a>>,
    pub(super) domain_name: Option<Str<'a>>,
    pub(super) route_key: Option<Str<'a>>,
    pub(super) event_type: Option<Str<'a>>,
    pub(super) has_http: bool,
    pub(super) has_elb: bool,
    pub(super) has_service_network: bool,
    pub(super) has_connection: bool,
    pub(super) has_message_direction: bool,
    pub(super) has_resource_path: bool,
    /// Whether it is a record of an invocation, which has a context, too.
    pub(super) has_condition: bool,
}

/// What is no object.
macro_rules! is_no {
    ($($visit:ident($($type:ty)?)),*) => {$(
        fn $visit<E>(self $(, _: $type)?) -> Result<bool, E> {
            Ok(false)
        }
    )*};
}

/// An object of which some members are wanted.
trait Members<'de> {
    /// Reads the value of a member, or skips it.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error>;
}

/// Text; anything else is absent.
fn text<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Option<Str<'de>>, A::Error> {
    Ok(match object.next_value::<Read<'de, Str<'de>>>()? {
        Read::Value(text) => Some(text),
        Read::Null | Read::Odd(_) => None,
    })
}

fn skip<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(drop)
}

/// Whether there is a value other than null.
fn is_there<'de, A: MapAccess<'de>>(object: &mut A) -> Result<bool, A::Error> {
    Ok(object.next_value::<Option<IgnoredAny>>()?.is_some())
}

impl<'de> Deserialize<'de> for Wire<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut wire = Self::default();
        // What is no object has no member, and is of no format.
        Object(&mut wire).deserialize(deserializer)?;
        Ok(wire)
    }
}

impl<'de> Members<'de> for Wire<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "version" => self.version = text(object)?,
            "httpMethod" => self.http_method = text(object)?,
            "method" => self.method = text(object)?,
            "path" => self.path = text(object)?,
            "rawPath" => self.raw_path = text(object)?,
            "raw_path" => self.raw_path_and_query = text(object)?,
            "rawQueryString" => self.raw_query = text(object)?,
            "headers" => {
                object.next_value_seed(Values::of_object(&mut self.headers, USUAL))?;
            }
            "multiValueHeaders" => {
                let values = Values::of_object(&mut self.multi_value_headers, USUAL);
                self.has_multi_value_headers = object.next_value_seed(values)?;
            }
            "queryStringParameters" | "query_string_parameters" => {
                object.next_value_seed(Values::of_object(&mut self.query, 0))?;
            }
            "multiValueQueryStringParameters" => {
                object.next_value_seed(Values::of_object(&mut self.multi_value_query, 0))?;
            }
            "cookies" => {
                self.cookies.clear();
                object.next_value_seed(Texts::of_value(|cookie| self.cookies.push(cookie)))?;
            }
            "body" => {
                let body = object.next_value::<Read<'de, Str<'de>>>()?;
                self.has_odd_body |= matches!(body, Read::Odd(_));
                self.body = if let Read::Value(body) = body { Some(body) } else { None };
            }
            "isBase64Encoded" | "is_base64_encoded" => {
                let flag = object.next_value::<Read<'de, bool>>()?;
                self.has_odd_body |= matches!(flag, Read::Odd(_));
                self.is_base64 = matches!(flag, Read::Value(true));
            }
            "requestContext" => {
                let mut context = Context::default();
                let is_there = object.next_value_seed(Object(&mut context))?;
                self.context = is_there.then_some(context);
            }
            "methodArn" | "routeArn" | "authorizationToken" => self.is_of_authorizer |= is_there(object)?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

impl<'de> Members<'de> for Context<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "httpMethod" => self.method = text(object)?,
            "protocol" => self.protocol = text(object)?,
            "stage" => self.stage = text(object)?,
            "domainName" => self.domain_name = text(object)?,
            "routeKey" => self.route_key = text(object)?,
            "eventType" => self.event_type = text(object)?,
            "http" => self.has_http = object.next_value_seed(Object(&mut Http(self)))?,
            "elb" => self.has_elb = is_there(object)?,
            "serviceNetworkArn" => self.has_service_network = is_there(object)?,
            "connectionId" => self.has_connection = is_there(object)?,
            "messageDirection" => self.has_message_direction = is_there(object)?,
            "resourcePath" => self.has_resource_path = is_there(object)?,
            "condition" => self.has_condition = is_there(object)?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

/// `http` of the context, whose members are kept with those of the context.
struct Http<'m, 'a>(&'m mut Context<'a>);

impl<'de> Members<'de> for Http<'_, 'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, object: &mut A) -> Result<(), A::Error> {
        match name {
            "method" => self.0.method = text(object)?,
            "path" => self.0.path = text(object)?,
            "protocol" => self.0.protocol = text(object)?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

/// Reads the members of an object; `false` if it is none.
struct Object<'m, T>(&'m mut T);

impl<'de, T: Members<'de>> DeserializeSeed<'de> for Object<'_, T> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Members<'de>> Visitor<'de> for Object<'_, T> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<bool, A::Error> {
        while let Some(name) = object.next_key_seed(Name)? {
            self.0.member(&name, &mut object)?;
        }
        Ok(true)
    }

    is_no!(visit_str(&str), visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_unit());

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<bool, A::Error> {
        skip_array(array)
    }
}

fn skip_array<'de, A: SeqAccess<'de>>(mut array: A) -> Result<bool, A::Error> {
    while array.next_element::<IgnoredAny>()?.is_some() {}
    Ok(false)
}

/// A member's name, borrowed if it can be.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Str<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Str<'de>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Str<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Str<'de>, E> {
        Ok(name.into())
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Str<'de>, E> {
        Ok(name.to_owned().into())
    }
}

/// Reads an object of texts, or of arrays of texts, into pairs; `false` if it is no object.
struct Values<'m, 'a> {
    pairs: &'m mut Pairs<'a>,
    /// For how many there shall be room.
    usual: usize,
}

impl<'m, 'a> Values<'m, 'a> {
    fn of_object(pairs: &'m mut Pairs<'a>, usual: usize) -> Self {
        pairs.clear();
        Self { pairs, usual }
    }
}

impl<'de> DeserializeSeed<'de> for Values<'_, 'de> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_, 'de> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<bool, A::Error> {
        self.pairs.reserve(self.usual);
        while let Some(name) = object.next_key_seed(Name)? {
            object.next_value_seed(Texts::of_value(|value| self.pairs.push((name.clone(), value))))?;
        }
        Ok(true)
    }

    is_no!(visit_str(&str), visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_unit());

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<bool, A::Error> {
        skip_array(array)
    }
}

/// Gives a text, or each text of an array, to a closure. Numbers and booleans count as their texts.
struct Texts<F> {
    give: F,
    /// Arrays in an array are skipped.
    is_element: bool,
}

impl<F> Texts<F> {
    fn of_value(give: F) -> Self {
        Self { give, is_element: false }
    }
}

impl<'de, F: FnMut(Str<'de>)> DeserializeSeed<'de> for Texts<F> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Str<'de>)> Visitor<'de> for Texts<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    #[inline]
    fn visit_borrowed_str<E>(mut self, text: &'de str) -> Result<(), E> {
        (self.give)(text.into());
        Ok(())
    }

    #[inline]
    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        (self.give)(text.to_owned().into());
        Ok(())
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        (self.give)(value.to_string().into());
        Ok(())
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<(), E> {
        (self.give)(value.to_string().into());
        Ok(())
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<(), E> {
        (self.give)(value.to_string().into());
        Ok(())
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<(), E> {
        (self.give)(value.to_string().into());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<(), A::Error> {
        if self.is_element {
            return skip_array(array).map(drop);
        }
        // Of one type, or the compiler would look for elements of elements without end.
        let give: &mut dyn FnMut(Str<'de>) = &mut self.give;
        while array.next_element_seed(Texts { give: &mut *give, is_element: true })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
