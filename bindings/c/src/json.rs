//! Settings from JSON, without heap and without a panic in reach, which no published reader offered
//! (`serde-json-core` 0.6 was tried: its index checks stay in the code).
//!
//! Objects, arrays, numbers, strings without escapes, `true`, `false`, `null`. A number has at most 15
//! digits and a power of ten of at most 22, so that one multiplication rounds it correctly; no setting
//! needs more.

use core::fmt::Display;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

/// Where the text went wrong.
#[derive(Debug)]
pub struct Wrong {
    pub at: Option<usize>,
}

impl Display for Wrong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("wrong JSON")
    }
}

impl core::error::Error for Wrong {}

impl de::Error for Wrong {
    // What serde would say needs a heap to be kept; the place says enough.
    fn custom<T: Display>(_: T) -> Self {
        Self { at: None }
    }
}

/// Reads the whole text.
pub fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Wrong> {
    let mut reader = Reader { text, at: 0 };
    let value = T::deserialize(&mut reader);
    let value = value.map_err(|wrong| Wrong { at: wrong.at.or(Some(reader.at)) })?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.wrong()),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self) -> Wrong {
        Wrong { at: Some(self.at) }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.byte()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Wrong> {
        if self.peek() != Some(byte) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Wrong> {
        for byte in word {
            if self.byte() != Some(*byte) {
                return Err(self.wrong());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<&'a str, Wrong> {
        self.expect(b'"')?;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
        let body = length.and_then(|length| rest.get(..length)).ok_or(self.wrong())?;
        self.at += body.len();
        self.word(b"\"")?;
        core::str::from_utf8(body).map_err(|_| self.wrong())
    }

    fn number(&mut self) -> Result<f64, Wrong> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let (mut mantissa, mut digits, mut shift) = (0_u64, 0_u32, 0_i32);
        let mut fraction = false;
        loop {
            match self.byte() {
                Some(digit @ b'0'..=b'9') if digits < 15 => {
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
                    // Zeros before the first digit are no digits.
                    digits += u32::from(mantissa > 0);
                    shift -= i32::from(fraction);
                }
                Some(b'.') if !fraction => fraction = true,
                Some(b'0'..=b'9' | b'.') => return Err(self.wrong()),
                _ => break,
            }
            self.at += 1;
        }
        if !self.text.get(self.at.wrapping_sub(1)).is_some_and(u8::is_ascii_digit) {
            return Err(self.wrong());
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            shift = shift.wrapping_add(self.exponent()?);
        }
        // Ten to the twenty-second is the largest that is exact.
        let mut power = 1.0;
        for _ in 0..shift.unsigned_abs().min(23) {
            power *= 10.0;
        }
        let size = mantissa as f64;
        let value = match shift {
            -22..=-1 => size / power,
            0..=22 => size * power,
            _ => return Err(self.wrong()),
        };
        Ok(if negative { -value } else { value })
    }

    fn exponent(&mut self) -> Result<i32, Wrong> {
        let sign = if self.byte() == Some(b'-') { -1 } else { 1 };
        self.at += usize::from(matches!(self.byte(), Some(b'-' | b'+')));
        let (mut power, begin) = (0_i32, self.at);
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            power = power.wrapping_mul(10).wrapping_add(i32::from(digit - b'0')).min(1_000);
            self.at += 1;
        }
        if self.at == begin { Err(self.wrong()) } else { Ok(sign * power) }
    }
}

impl<'a> de::Deserializer<'a> for &mut Reader<'a> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.peek() {
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'"') => visitor.visit_borrowed_str(self.string()?),
            Some(b't') => {
                self.word(b"true")?;
                visitor.visit_bool(true)
            }
            Some(b'f') => {
                self.word(b"false")?;
                visitor.visit_bool(false)
            }
            Some(b'n') => {
                self.word(b"null")?;
                visitor.visit_unit()
            }
            _ => {
                let number = self.number()?;
                let whole = number as u64;
                // Whole numbers may be meant for integers, which take no others.
                if whole as f64 == number && number < 1e15 {
                    visitor.visit_u64(whole)
                } else {
                    visitor.visit_f64(number)
                }
            }
        }
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.expect(b'{')?;
        visitor.visit_map(List { reader: self, end: b'}', first: true })
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.expect(b'[')?;
        let value = visitor.visit_seq(List { reader: &mut *self, end: b']', first: true })?;
        // An array of fixed length stops asking when it is full.
        self.expect(b']')?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.peek() == Some(b'n') {
            self.word(b"null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(Name(self.string()?))
    }

    // Nothing is passed over: an unknown field is an error.
    fn deserialize_ignored_any<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Wrong> {
        Err(self.wrong())
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple_struct identifier
    }
}

/// What stands between brackets.
struct List<'r, 'a> {
    reader: &'r mut Reader<'a>,
    end: u8,
    first: bool,
}

impl List<'_, '_> {
    /// Whether another follows.
    fn more(&mut self) -> Result<bool, Wrong> {
        let first = core::mem::replace(&mut self.first, false);
        match self.reader.peek() {
            Some(byte) if byte == self.end => Ok(false),
            _ if first => Ok(true),
            _ => self.reader.expect(b',').map(|()| true),
        }
    }
}

impl<'a> MapAccess<'a> for List<'_, 'a> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        if !self.more()? {
            self.reader.at += 1;
            return Ok(None);
        }
        let name = self.reader.string()?;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'a> SeqAccess<'a> for List<'_, 'a> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        if !self.more()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// The name of a variant without content.
struct Name<'a>(&'a str);

impl<'a> EnumAccess<'a> for Name<'a> {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Wrong> {
        let name = self.0.into_deserializer();
        Ok((seed.deserialize::<de::value::StrDeserializer<'_, Wrong>>(name)?, self))
    }
}

impl<'a> VariantAccess<'a> for Name<'a> {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, _: T) -> Result<T::Value, Wrong> {
        Err(Wrong { at: None })
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong { at: None })
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Wrong> {
        Err(Wrong { at: None })
    }
}
