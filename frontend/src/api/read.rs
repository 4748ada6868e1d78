//! Reading JSON: the browser parses it, and serde builds our types from what the browser made of it.
//!
//! Not `serde_json`, because every type that it can read is compiled for all the ways in which JSON could be read (also a
//! struct from a list, and field names from bytes), with the words for every misfit: with its tables of powers that is more
//! than a tenth of what the first view would download.

use std::fmt::{self, Display};

use js_sys::{Array, JSON, Object, Reflect};
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use wasm_bindgen::{JsCast, JsValue};

/// Reads a JSON text.
///
/// # Errors
/// What is wrong with it, for the console: it is not JSON, or not a `T`.
pub fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let value = JSON::parse(text).map_err(|_| Unreadable("it is not JSON"))?;
    T::deserialize(Json(value))
}

/// Why a JSON text was not what it should be: a few words, or the name of the field that is missing.
#[derive(Debug, Clone, Copy)]
pub struct Unreadable(pub &'static str);

impl Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unreadable {}

/// Without the words that serde has for each: they would bring the whole of number formatting along.
impl Error for Unreadable {
    fn custom<T: Display>(_: T) -> Self {
        Self("a value is refused")
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("a value is of the wrong kind")
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self("a value is out of its range")
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self("a field is missing, or a list has the wrong length")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self("a word is unknown")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self("a field is unknown")
    }
    fn missing_field(field: &'static str) -> Self {
        Self(field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self(field)
    }
}

const WRONG_KIND: Unreadable = Unreadable("a value is of the wrong kind");

/// A value that came of JSON.
struct Json(JsValue);

impl Json {
    fn text(&self) -> Result<String, Unreadable> {
        self.0.as_string().ok_or(WRONG_KIND)
    }

    fn number(&self) -> Result<f64, Unreadable> {
        self.0.as_f64().ok_or(WRONG_KIND)
    }

    /// A whole number. JSON's numbers are the browser's: exact up to 2^53, which none of ours reaches.
    fn whole(&self) -> Result<i64, Unreadable> {
        let number = self.number()?;
        #[expect(clippy::cast_possible_truncation, reason = "too large a number becomes the largest, which no id is")]
        if number.fract() == 0.0 { Ok(number as i64) } else { Err(WRONG_KIND) }
    }

    fn items(self) -> Result<Items, Unreadable> {
        Ok(Items { list: self.0.dyn_into::<Array>().map_err(|_| WRONG_KIND)?, at: 0 })
    }

    fn entries(self) -> Result<Entries, Unreadable> {
        let object = self.0.dyn_into::<Object>().map_err(|_| WRONG_KIND)?;
        Ok(Entries { keys: Object::keys(&object), object, at: 0 })
    }
}

macro_rules! whole_numbers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            visitor.visit_i64(self.whole()?)
        })+
    };
}

macro_rules! texts {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            visitor.visit_string(self.text()?)
        })+
    };
}

impl<'de> Deserializer<'de> for Json {
    type Error = Unreadable;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() || self.0.is_undefined() {
            visitor.visit_unit()
        } else if let Some(flag) = self.0.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(number) = self.0.as_f64() {
            match self.whole() {
                Ok(whole) => visitor.visit_i64(whole),
                Err(_) => visitor.visit_f64(number),
            }
        } else if let Some(text) = self.0.as_string() {
            visitor.visit_string(text)
        } else if self.0.is_instance_of::<Array>() {
            visitor.visit_seq(self.items()?)
        } else {
            visitor.visit_map(self.entries()?)
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.0.as_bool().ok_or(WRONG_KIND)?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(WRONG_KIND)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(WRONG_KIND)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() || self.0.is_undefined() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(WRONG_KIND) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_map(self.entries()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if self.0.is_object() {
            visitor.visit_seq(Fields { object: self.0, fields: fields.iter() })
        } else {
            Err(WRONG_KIND)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(Word(self.text()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }
}

/// A list.
struct Items {
    list: Array,
    at: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        if self.at >= self.list.length() {
            return Ok(None);
        }
        self.at += 1;
        seed.deserialize(Json(self.list.get(self.at - 1))).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some((self.list.length() - self.at) as usize)
    }
}

/// An object as a map.
struct Entries {
    object: Object,
    keys: Array,
    at: u32,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        if self.at >= self.keys.length() {
            return Ok(None);
        }
        self.at += 1;
        seed.deserialize(Json(self.keys.get(self.at - 1))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        let key = self.keys.get(self.at - 1);
        seed.deserialize(Json(Reflect::get(&self.object, &key).map_err(|_| WRONG_KIND)?))
    }
}

/// An object as a struct: its fields are asked for by name, and given to serde one after the other, in the order it knows them
/// in. That takes half the code of a map, whose fields may come in any order, or twice. A field that is not there is its
/// default; one that has none counts as missing.
struct Fields {
    object: JsValue,
    fields: std::slice::Iter<'static, &'static str>,
}

impl Fields {
    /// The next field, where it is there.
    fn step(&mut self) -> Option<Json> {
        let name = JsValue::from_str(self.fields.next()?);
        let value = Reflect::get(&self.object, &name).ok()?;
        (!value.is_undefined()).then_some(Json(value))
    }
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        self.step().map(|field| seed.deserialize(field)).transpose()
    }
}

/// A variant without anything in it, which is all that our types have.
struct Word(String);

impl<'de> EnumAccess<'de> for Word {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Unreadable> {
        let word: StringDeserializer<Unreadable> = self.0.into_deserializer();
        Ok((seed.deserialize(word)?, Self(String::new())))
    }
}

impl<'de> VariantAccess<'de> for Word {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Unreadable> {
        Err(WRONG_KIND)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unreadable> {
        Err(WRONG_KIND)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Unreadable> {
        Err(WRONG_KIND)
    }
}
