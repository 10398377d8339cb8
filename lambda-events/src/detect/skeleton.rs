//! The shape of an event: names down to a certain depth, the first element of arrays, and texts.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Str;

/// How deep names are looked at: those of `requestContext`, of its `http` and of a record's parts.
const DEPTH: u8 = 3;

/// The member by whose first element an event is known.
const RECORDS: &str = "Records";

/// A value, as far as it was looked at.
#[derive(Debug, Default)]
pub(super) enum Skeleton<'a> {
    /// Nothing that matters.
    #[default]
    Something,
    /// As good as nothing.
    Null,
    Text(Cow<'a, str>),
    /// An array's first element.
    First(Box<Self>),
    Members(Vec<(Cow<'a, str>, Self)>),
}

impl Skeleton<'_> {
    /// The member of this name; `None` if it is null.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Members(members) = self else { return None };
        let (_, value) = members.iter().find(|(known, _)| known == name)?;
        (!matches!(value, Self::Null)).then_some(value)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Members(_))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.has(name))
    }

    /// The text of a member.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The first element.
    pub(super) fn first(&self) -> Option<&Self> {
        match self {
            Self::First(first) => Some(first),
            _ => None,
        }
    }
}

/// Reads the shape of an event; `None` if it is no JSON as far as it was read.
pub(super) fn read(event: &[u8]) -> Option<Skeleton<'_>> {
    let mut skeleton = Skeleton::default();
    let mut deserializer = serde_json::Deserializer::from_slice(event);
    let mut is_enough = false;
    let reader = Reader { into: &mut skeleton, depth: 0, is_known_by_it: false, is_enough: &mut is_enough };
    match reader.deserialize(&mut deserializer) {
        Ok(()) => Some(skeleton),
        Err(_) if is_enough => Some(skeleton),
        Err(_) => None,
    }
}

struct Reader<'s, 'a> {
    into: &'s mut Skeleton<'a>,
    depth: u8,
    /// Nothing after the first element is looked at.
    is_known_by_it: bool,
    /// Set when reading has ended early.
    is_enough: &'s mut bool,
}

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEPTH {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _value: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _value: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _value: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.into = Skeleton::Null;
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        *self.into = Skeleton::Text(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.into = Skeleton::Text(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut array: A) -> Result<(), A::Error> {
        let Self { into, depth, is_known_by_it, is_enough } = self;
        *into = Skeleton::First(Box::default());
        let Skeleton::First(first) = into else { return Ok(()) };
        let reader =
            Reader { into: first, depth: depth + 1, is_known_by_it: false, is_enough: &mut *is_enough };
        if array.next_element_seed(reader)?.is_some() && is_known_by_it {
            *is_enough = true;
            return Err(A::Error::custom("what comes now is not looked at"));
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { into, depth, is_enough, .. } = self;
        *into = Skeleton::Members(Vec::new());
        let Skeleton::Members(members) = into else { return Ok(()) };
        while let Some(name) = object.next_key::<Str<'a>>()? {
            let is_known_by_it = depth == 0 && name == RECORDS;
            members.push((name.into_cow(), Skeleton::default()));
            let Some((_, into)) = members.last_mut() else { return Ok(()) };
            let reader = Reader { into, depth: depth + 1, is_known_by_it, is_enough: &mut *is_enough };
            object.next_value_seed(reader)?;
        }
        Ok(())
    }
}
