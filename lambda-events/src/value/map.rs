//! Members whose names are data, in the order in which they came.

use std::{fmt, marker::PhantomData, ops::Index};

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{Field, Json, Read, Str, Strict, Value};
use crate::IntoOwned;

/// A JSON object whose names are data, such as headers or message attributes, in the order of the event.
///
/// Events have few of each, so that looking one up goes through them. A name that comes twice is kept twice; the last one is
/// found.
///
/// ```
/// use lambda_events::value::{Map, Str};
///
/// let map: Map<'_, Str<'_>> = serde_json::from_str(r#"{"b":"1","a":"2"}"#)?;
/// assert_eq!(map.get("a").map(Str::as_str), Some("2"));
/// assert_eq!(map.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a"]);
/// assert_eq!(serde_json::to_string(&map)?, r#"{"b":"1","a":"2"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Map<'a, V> {
    members: Vec<(Str<'a>, V)>,
    /// Values of another type, each with its name and the number of members before it.
    odd: Vec<(usize, Str<'a>, Json<'a>)>,
}

impl<'a, V> Map<'a, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self { members: Vec::new(), odd: Vec::new() }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&V> {
        self.members.iter().rev().find(|(known, _)| *known == *name).map(|(_, value)| value)
    }

    /// The value of a name whose case does not matter, as that of a header does not.
    ///
    /// ```
    /// use lambda_events::Map;
    ///
    /// let headers = Map::from([("Content-Type", "application/json")]);
    /// assert_eq!(headers.get_ignore_case("content-type"), Some(&"application/json"));
    /// ```
    pub fn get_ignore_case(&self, name: &str) -> Option<&V> {
        let mut members = self.members.iter().rev();
        members.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        self.members.iter_mut().rev().find(|(known, _)| *known == *name).map(|(_, value)| value)
    }

    /// Whether there is a value of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets the value of a name, at its place if it has one and else at the end, and gives the one that was there.
    ///
    /// It takes the place of `null` or of a value of another type too.
    pub fn insert(&mut self, name: impl Into<Str<'a>>, value: V) -> Option<V> {
        let name = name.into();
        if let Some(place) = self.get_mut(&name) {
            return Some(std::mem::replace(place, value));
        }
        let Some(at) = self.odd.iter().position(|(_, known, _)| *known == name) else {
            self.members.push((name, value));
            return None;
        };
        let (place, _, _) = self.odd.remove(at);
        self.members.insert(place, (name, value));
        // All that came after it still does.
        self.odd[at..].iter_mut().for_each(|(place, _, _)| *place += 1);
        None
    }

    /// Removes the value of a name, and what is there of another type; of a name that comes twice both.
    pub fn remove(&mut self, name: &str) -> Option<V> {
        self.odd.retain(|(_, known, _)| *known != *name);
        let mut removed = None;
        while let Some(at) = self.members.iter().rposition(|(known, _)| *known == *name) {
            self.odd.iter_mut().filter(|(place, _, _)| *place > at).for_each(|(place, _, _)| *place -= 1);
            let (_, value) = self.members.remove(at);
            removed.get_or_insert(value);
        }
        removed
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Names of values that are `null` or of another type than `V`, with these values. They are kept, and are nowhere else.
    pub fn odd(&self) -> impl ExactSizeIterator<Item = (&str, &Json<'a>)> {
        self.odd.iter().map(|(_, name, odd)| (name.as_str(), odd))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds a member without looking whether there is one of its name.
    #[inline]
    pub(crate) fn push(&mut self, name: Str<'a>, value: V) {
        self.members.push((name, value));
    }
}

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for Map<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<V> Index<&str> for Map<'_, V> {
    type Output = V;

    /// # Panics
    ///
    /// If there is no value of this name; [`get`](Map::get) does not.
    fn index(&self, name: &str) -> &V {
        match self.get(name) {
            Some(value) => value,
            None => panic!("there is no {name:?} in the map"),
        }
    }
}

impl<'a, N: Into<Str<'a>>, V> FromIterator<(N, V)> for Map<'a, V> {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let members = members.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self { members, odd: Vec::new() }
    }
}

impl<'a, N: Into<Str<'a>>, V, const LENGTH: usize> From<[(N, V); LENGTH]> for Map<'a, V> {
    fn from(members: [(N, V); LENGTH]) -> Self {
        members.into_iter().collect()
    }
}

impl<'a, V> IntoIterator for Map<'a, V> {
    type Item = (Str<'a>, V);
    type IntoIter = std::vec::IntoIter<(Str<'a>, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<V: IntoOwned> IntoOwned for Map<'_, V> {
    type Owned = Map<'static, V::Owned>;

    fn into_owned(self) -> Self::Owned {
        let members = self.members.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned()));
        let odd = self.odd.into_iter().map(|(place, name, odd)| (place, name.into_owned(), odd.into_owned()));
        Map { members: members.collect(), odd: odd.collect() }
    }
}

impl<'de, V: Value<'de>> Value<'de> for Map<'de, V> {
    const EXPECTED: &'static str = "an object";

    #[inline]
    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Read<'de, Self>, A::Error> {
        let mut map = Self::new();
        while let Some(name) = object.next_key::<Str<'de>>()? {
            let odd = match object.next_value::<Read<'de, V>>()? {
                Read::Value(value) => {
                    map.push(name, value);
                    continue;
                }
                Read::Null => Json::Null,
                Read::Odd(odd) => odd,
            };
            map.odd.push((map.members.len(), name, odd));
        }
        Ok(Read::Value(map))
    }

    fn from_strict_object<A: MapAccess<'de>>(mut object: A) -> Result<Read<'de, Self>, A::Error> {
        let mut map = Self::new();
        while let Some((name, Strict(value))) = object.next_entry()? {
            map.push(name, value);
        }
        Ok(Read::Value(map))
    }

    fn into_json(self) -> Json<'de> {
        let mut odd = self.odd.into_iter().peekable();
        let mut all = Map::new();
        for (at, (name, value)) in self.members.into_iter().enumerate() {
            while let Some((_, name, odd)) = odd.next_if(|(place, _, _)| *place <= at) {
                all.push(name, odd);
            }
            all.push(name, value.into_json());
        }
        odd.for_each(|(_, name, odd)| all.push(name, odd));
        Json::Object(all)
    }
}

impl<'de, V: Value<'de>> Field<'de> for Map<'de, V> {
    type Value = Self;

    #[inline]
    fn put(&mut self, value: Self) {
        *self = value;
    }

    #[inline]
    fn is_absent(&self) -> bool {
        self.is_empty() && self.odd.is_empty()
    }

    fn into_json(self) -> Json<'de> {
        Value::into_json(self)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Map<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a, V>(PhantomData<Map<'a, V>>);

        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Members<'a, V> {
            type Value = Map<'a, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Map<'a, V>, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = object.next_entry()? {
                    map.push(name, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

impl<V: Serialize> Serialize for Map<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut odd = self.odd.iter().peekable();
        let mut map = serializer.serialize_map(Some(self.members.len() + odd.len()))?;
        for (at, (name, value)) in self.members.iter().enumerate() {
            while let Some((_, name, odd)) = odd.next_if(|(place, _, _)| *place <= at) {
                map.serialize_entry(name, odd)?;
            }
            map.serialize_entry(name, value)?;
        }
        for (_, name, odd) in odd {
            map.serialize_entry(name, odd)?;
        }
        map.end()
    }
}
