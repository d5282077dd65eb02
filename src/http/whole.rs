//! Whole numbers as JSON has them: `7.0` is as whole as `7`, and some clients write it so.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer as _, Unexpected, Visitor};

/// The largest number that may be written with a point or an exponent. The reader of JSON can be
/// off by some units in the last place: up to here that makes a fraction, and never another
/// whole number, so that nobody is taken for somebody else.
const EXACT_MAX: f64 = (1_i64 << 50) as f64;

/// Reads a whole number and makes a `T` of it, which may have bounds of its own.
pub(crate) fn whole<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Whole::deserialize(deserializer).map(|Whole(value)| value)
}

/// The same where it may be absent or `null`.
pub(crate) fn whole_if_any<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(|some| some.map(|Whole(value)| value))
}

/// The same for a list.
pub(crate) fn wholes<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list: Vec<Whole<T>> = Vec::deserialize(deserializer)?;
    Ok(list.into_iter().map(|Whole(value)| value).collect())
}

struct Whole<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Number(PhantomData)).map(Self)
    }
}

struct Number<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Number<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        if number.fract() != 0.0 || number.abs() > EXACT_MAX {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        self.visit_i64(number as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hotdeal_domain::{ID_MAX, ProductId, Quantity};

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        whole(&mut reader).map_err(|error: serde_json::Error| error.to_string())
    }

    #[test]
    fn a_number_is_whole_by_its_value() {
        for (text, number) in [
            ("7", Some(7)),
            ("7.0", Some(7)),
            ("7e2", Some(700)),
            ("70e-1", Some(7)),
            ("9007199254740991", Some(ID_MAX)),
            ("1125899906842623.0", Some((1 << 50) - 1)),
            ("1125899906842625.0", None),
            ("9007199254740991.0", None),
            ("7.5", None),
            ("0.0", None),
            ("-0.0", None),
            ("-7", None),
            ("1e300", None),
            ("18446744073709551615", None),
            ("\"7\"", None),
            ("null", None),
            ("[7]", None),
        ] {
            assert_eq!(read::<ProductId>(text).ok().map(ProductId::get), number, "{text}");
        }
        assert_eq!(read::<Quantity>("2.0").ok().map(Quantity::get), Some(2));
        assert!(read::<Quantity>("0").is_err() && read::<u8>("256").is_err());
    }

    #[test]
    fn what_is_wrong_is_said_as_for_any_other_number() {
        let told = read::<ProductId>("7.5").expect_err("no whole number");
        assert!(told.contains("floating point `7.5`, expected a whole number"), "{told}");
        let told = read::<ProductId>("0").expect_err("no identifier");
        assert!(told.contains("0 is not an identifier"), "{told}");
    }
}
