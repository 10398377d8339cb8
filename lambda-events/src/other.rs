//! Members of an event that its type does not know, and the way in which all of them were written.

use serde::{
    de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    IntoOwned,
    value::{Field, Json, Map, Read, Str, Strict, Value},
};

/// What an object has beside the fields of its type: members that the type does not know, and members of another type than
/// expected.
///
/// A member of another type than its field leaves the field empty, and is found here. Together with the fields, and with what is
/// noted of `null`, this is all that was in the object, in its order; it is written so again. Where nothing is unusual, nothing
/// is allocated.
///
/// ```
/// # #[cfg(feature = "sqs")] {
/// use lambda_events::sqs::Message;
///
/// let json = r#"{"new":[1],"messageId":"1","body":"","awsRegion":7}"#;
/// let message: Message<'_> = serde_json::from_str(json)?;
/// assert_eq!(message.other.get("new").map(|new| new[0].as_i64()), Some(Some(1)));
/// assert_eq!((message.aws_region.as_deref(), message.other["awsRegion"].as_i64()), (None, Some(7)));
/// assert_eq!(serde_json::to_string(&message)?, json);
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Other<'a> {
    /// The fields that were there, by bit.
    seen: u64,
    /// Those of them that were `null`.
    nulls: u64,
    /// What is seldom there.
    rest: Option<Box<Rest<'a>>>,
}

#[derive(Clone, Debug, Default)]
struct Rest<'a> {
    /// The order of all members, if it is not that of the fields alone: the numbers of fields, and [`OTHER`] for others.
    order: Vec<u8>,
    members: Map<'a, Json<'a>>,
}

const OTHER: u8 = u8::MAX;

/// Which fields were there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    seen: u64,
    nulls: u64,
}

impl Seen {
    #[inline]
    pub(crate) fn has(self, field: usize) -> bool {
        self.seen & 1 << field != 0
    }

    /// Whether it was `null`.
    #[inline]
    pub(crate) fn has_null(self, field: usize) -> bool {
        self.nulls & 1 << field != 0
    }

    /// Whether nothing was read at all, so that it is to be written as is usual.
    pub(crate) fn is_new(self) -> bool {
        self.seen == 0
    }

    /// How a field is to be written, which is absent or not, and may be optional.
    #[inline]
    pub(crate) fn written(self, field: usize, is_absent: bool, is_optional: bool) -> Written {
        match is_absent {
            false => Written::Value,
            true if self.has_null(field) => Written::Null,
            true if self.has(field) && !is_optional => Written::Value,
            true => Written::Nothing,
        }
    }
}

/// How a field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Value,
    Null,
    Nothing,
}

/// Some object was read into this, so that an empty field that was not seen was not there.
const WAS_READ: u64 = 1 << 63;

impl<'a> Other<'a> {
    /// A member.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.rest.as_ref()?.members.get(name)
    }

    /// Sets a member that the type does not know; a new one is written after all others.
    pub fn insert(&mut self, name: impl Into<Str<'a>>, value: impl Into<Json<'a>>) {
        self.rest.get_or_insert_default().members.insert(name, value.into());
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> Option<Json<'a>> {
        let rest = self.rest.as_mut()?;
        let place = rest.members.iter().position(|(known, _)| known == name)?;
        let others = rest.order.iter().enumerate().filter(|(_, what)| **what == OTHER);
        if let Some((at, _)) = others.clone().nth(place) {
            rest.order.remove(at);
        }
        rest.members.remove(name)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.rest.iter().flat_map(|rest| rest.members.iter())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| rest.members.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins to read an object.
    #[inline]
    pub(crate) fn read() -> Self {
        Self { seen: WAS_READ, ..Self::default() }
    }

    /// Notes that a field was there.
    #[inline]
    pub(crate) fn see(&mut self, field: usize) {
        let bit = 1 << field;
        if self.seen & !WAS_READ >= bit || self.rest.is_some() {
            self.see_out_of_order(field);
        }
        self.seen |= bit;
    }

    /// Notes that a field was there, and was `null`.
    #[inline]
    pub(crate) fn see_null(&mut self, field: usize) {
        self.see(field);
        self.nulls |= 1 << field;
    }

    #[cold]
    fn see_out_of_order(&mut self, field: usize) {
        // A name that comes twice is written once.
        if !self.seen().has(field) {
            self.in_order().order.push(number(field));
        }
    }

    /// Keeps a member that is in no field.
    #[cold]
    pub(crate) fn keep(&mut self, name: Str<'a>, value: Json<'a>) {
        let rest = self.in_order();
        rest.order.push(OTHER);
        rest.members.push(name, value);
    }

    /// The rest, in which the fields that have come so far are in the order of their numbers.
    fn in_order(&mut self) -> &mut Rest<'a> {
        let seen = self.seen();
        self.rest.get_or_insert_with(|| {
            let order = (0..FIELDS).filter(|field| seen.has(*field)).map(number).collect();
            Box::new(Rest { order, members: Map::new() })
        })
    }

    #[inline]
    pub(crate) fn seen(&self) -> Seen {
        Seen { seen: self.seen, nulls: self.nulls }
    }

    /// Writes an object: its members in the order in which they came, and then those that came later. A field that has been set
    /// takes the place of what was there instead.
    pub(crate) fn write<M: SerializeMap>(
        &self,
        map: &mut M,
        names: &[&str],
        is_set: impl Fn(usize) -> bool,
        mut write: impl FnMut(&mut M, usize) -> Result<(), M::Error>,
    ) -> Result<(), M::Error> {
        let mut late = u64::MAX;
        if let Some(rest) = &self.rest {
            let mut members = rest.members.iter();
            for &place in &rest.order {
                if place != OTHER {
                    late &= !(1 << place);
                    write(map, usize::from(place))?;
                } else if let Some((name, value)) = members.next() {
                    match names.iter().position(|known| *known == name).filter(|field| is_set(*field)) {
                        Some(field) if late & 1 << field != 0 => {
                            late &= !(1 << field);
                            write(map, field)?;
                        }
                        Some(_) => {}
                        None => map.serialize_entry(name, value)?,
                    }
                }
            }
            (0..names.len())
                .filter(|field| late & 1 << *field != 0)
                .try_for_each(|field| write(map, field))?;
            return members.try_for_each(|(name, value)| map.serialize_entry(name, value));
        }
        (0..names.len()).try_for_each(|field| write(map, field))
    }

    /// The same into JSON in memory.
    pub(crate) fn into_json(
        self,
        fields: usize,
        mut take: impl FnMut(usize) -> Option<(&'static str, Json<'a>)>,
    ) -> Json<'a> {
        let Rest { order, members } = self.rest.map(|rest| *rest).unwrap_or_default();
        let mut members = members.into_iter();
        let (mut late, mut all) = (u64::MAX, Map::new());
        let mut push = |member: Option<(Str<'a>, Json<'a>)>| {
            if let Some((name, value)) = member {
                all.push(name, value);
            }
        };
        let mut field = |field| take(field).map(|(name, value)| (Str::from(name), value));
        for place in order {
            if place == OTHER {
                push(members.next());
            } else {
                late &= !(1 << place);
                push(field(usize::from(place)));
            }
        }
        (0..fields).filter(|field| late & 1 << *field != 0).for_each(|number| push(field(number)));
        members.for_each(|member| push(Some(member)));
        Json::Object(all)
    }
}

/// How many fields a type has at most.
pub(crate) const FIELDS: usize = 62;

#[expect(clippy::cast_possible_truncation, reason = "there are few fields")]
#[inline]
fn number(field: usize) -> u8 {
    field as u8
}

/// How members came makes no difference.
impl PartialEq for Other<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a> std::ops::Index<&str> for Other<'a> {
    type Output = Json<'a>;

    /// The member of this name, or `null`.
    fn index(&self, name: &str) -> &Json<'a> {
        self.get(name).unwrap_or(&Json::Null)
    }
}

impl IntoOwned for Other<'_> {
    type Owned = Other<'static>;

    fn into_owned(self) -> Other<'static> {
        let owned = |rest: Rest<'_>| Rest { order: rest.order, members: rest.members.into_owned() };
        Other { seen: self.seen, nulls: self.nulls, rest: self.rest.map(|rest| Box::new(owned(*rest))) }
    }
}

/// The name of a member: a field's number, or a name that is none.
pub(crate) enum Name<'de> {
    Field(usize),
    Other(Str<'de>),
}

/// Looks a name up among those of the fields, at first where it is expected.
pub(crate) struct Names {
    pub(crate) names: &'static [&'static str],
    pub(crate) next: usize,
}

impl Names {
    #[inline]
    fn find(&self, name: &str) -> Option<usize> {
        if self.names.get(self.next).is_some_and(|next| *next == name) {
            return Some(self.next);
        }
        self.names.iter().position(|known| *known == name)
    }
}

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Name<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(self.find(name).map_or_else(|| Name::Other(name.into()), Name::Field))
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(self.find(name).map_or_else(|| Name::Other(name.to_owned().into()), Name::Field))
    }
}

/// Reads a member into its field, or keeps it.
#[inline]
pub(crate) fn read_field<'de, F: Field<'de> + Default, A: MapAccess<'de>>(
    field: &mut F,
    number: usize,
    name: &'static str,
    object: &mut A,
    other: &mut Other<'de>,
) -> Result<(), A::Error> {
    let odd = match object.next_value::<Read<'de, F::Value>>()? {
        Read::Value(value) if !value.is_null() => {
            field.put(value);
            other.see(number);
            return Ok(());
        }
        Read::Value(_) | Read::Null => {
            // The last one of a name counts.
            *field = F::default();
            other.see_null(number);
            return Ok(());
        }
        Read::Odd(odd) => odd,
    };
    other.keep(Str::from(name), odd);
    Ok(())
}

/// Reads a member that cannot be done without.
#[inline]
pub(crate) fn read_required<'de, T: Value<'de>, A: MapAccess<'de>>(object: &mut A) -> Result<T, A::Error> {
    object.next_value::<Strict<T>>().map(|Strict(value)| value)
}

/// Reads a member that may be left out, and is an error where it is of another type.
#[cfg(any(feature = "dynamodb", feature = "kinesis"))]
#[inline]
pub(crate) fn read_strict<'de, F: Field<'de>, A: MapAccess<'de>>(
    field: &mut F,
    number: usize,
    object: &mut A,
    other: &mut Other<'de>,
) -> Result<(), A::Error> {
    match object.next_value::<Option<Strict<F::Value>>>()? {
        Some(Strict(value)) => {
            field.put(value);
            other.see(number);
        }
        None => other.see_null(number),
    }
    Ok(())
}

/// A member that has not come.
#[cold]
pub(crate) fn missing<E: Error>(name: &'static str) -> E {
    E::missing_field(name)
}

/// How a field is written that may be left out.
#[inline]
pub(crate) fn written<'de, F: Field<'de>>(field: &F, seen: Seen, number: usize) -> Written {
    seen.written(number, field.is_absent(), F::IS_OPTIONAL)
}
