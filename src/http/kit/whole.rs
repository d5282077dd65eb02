//! Whole numbers as JSON has them: `7.0` is as whole as `7`, and some clients write it so.

use std::fmt;
use std::marker::PhantomData;

use hotdeal_domain::ID_MAX;
use hotdeal_domain::shop::QUANTITY_MAX;
use serde::de::value::Error as Refused;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer as _, Unexpected, Visitor};

/// The largest number that may be written with a point or an exponent. The JSON parser can be off
/// by some units in the last place. Up to this size such an error gives a fraction, and never
/// another whole number, so that one id is never read as another.
const EXACT_MAX: f64 = (1_i64 << 50) as f64;

/// The most pieces in one line, as a number with a sign.
const PIECES_MAX: i64 = QUANTITY_MAX as i64;

/// Reads a whole number and makes a `T` of it. `LOW` and `HIGH` are the bounds that a refusal
/// names. If `T` allows more, the rules of the domain check the rest.
pub(crate) fn whole<'de, T, D, const LOW: i64, const HIGH: i64>(reader: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Whole::<T, LOW, HIGH>::deserialize(reader).map(|Whole(value)| value)
}

/// The same where it may be absent or `null`.
pub(crate) fn whole_if_any<'de, T, D, const LOW: i64, const HIGH: i64>(
    reader: D,
) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<Whole<T, LOW, HIGH>>::deserialize(reader).map(|some| some.map(|Whole(value)| value))
}

/// Reads an identifier.
pub(crate) fn id<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<T, D::Error> {
    whole::<T, D, 1, ID_MAX>(reader)
}

/// The same where it may be absent or `null`.
pub(crate) fn id_if_any<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<T>, D::Error> {
    whole_if_any::<T, D, 1, ID_MAX>(reader)
}

/// Reads a list of identifiers.
pub(crate) fn ids<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Vec<T>, D::Error> {
    let list: Vec<Whole<T, 1, ID_MAX>> = Vec::deserialize(reader)?;
    Ok(list.into_iter().map(|Whole(value)| value).collect())
}

/// Reads how many pieces are wanted.
pub(crate) fn pieces<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<T, D::Error> {
    whole::<T, D, 1, PIECES_MAX>(reader)
}

struct Whole<T, const LOW: i64, const HIGH: i64>(T);

impl<'de, T: Deserialize<'de>, const LOW: i64, const HIGH: i64> Deserialize<'de>
    for Whole<T, LOW, HIGH>
{
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_i64(Number::<T, LOW, HIGH>(PhantomData)).map(Self)
    }
}

struct Number<T, const LOW: i64, const HIGH: i64>(PhantomData<T>);

/// The start of the parser's reason, before the two bounds; it is put into words elsewhere.
pub(super) const WHOLE_FROM: &str = "a whole number from ";

impl<'de, T: Deserialize<'de>, const LOW: i64, const HIGH: i64> Visitor<'de>
    for Number<T, LOW, HIGH>
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{WHOLE_FROM}{LOW} to {HIGH}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
            .map_err(|_: Refused| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
            .map_err(|_: Refused| E::invalid_value(Unexpected::Unsigned(number), &self))
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
    use hotdeal_domain::shop::Quantity;
    use hotdeal_domain::{ID_MAX, ProductId};

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        id(&mut reader).map_err(|error: serde_json::Error| error.to_string())
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
    fn what_is_wrong_is_said_with_the_bounds() {
        for text in ["7.5", "0", "-1", "\"7\"", "9007199254740992", "18446744073709551615"] {
            let told = read::<ProductId>(text).expect_err("no identifier");
            assert!(told.contains("expected a whole number from 1 to 9007199254740991"), "{told}");
        }
    }
}
