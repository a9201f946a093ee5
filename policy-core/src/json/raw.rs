//! JSON that is handed on unread.

use std::iter::once;

use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};
use serde::de::{Deserializer, Visitor};
use serde_json::value::RawValue;

/// A text as raw JSON. `RawValue::from_string` would read it once more, and all of a reader with it; this takes a text that was
/// read already.
pub(crate) fn boxed(json: &str) -> Box<RawValue> {
    Box::<RawValue>::deserialize(Read(json)).unwrap_or_default()
}

/// Raw JSON asks for a newtype by a name that `serde_json` knows, and takes a map with that name and the text.
struct Read<'t>(&'t str);

impl<'de> Deserializer<'de> for Read<'de> {
    type Error = Error;

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(MapDeserializer::new(once((name, self.0))))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_text_stays_what_it_is() {
        for json in ["{\"a\" : [1, \"é\"]}", "null", "1e3", "\"\""] {
            assert_eq!(super::boxed(json).get(), json);
        }
    }
}
