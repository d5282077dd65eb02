//! What the JSON parser wanted instead, in words for people. The parser says it only as a sentence
//! for programmers, so that sentence is taken apart. For a sentence that we do not know there is a
//! general text; the parser's words are never shown.

use super::super::whole::WHOLE_FROM;

/// What would have been right, in Korean and in English.
pub(super) fn words(reason: &str) -> (String, String) {
    if reason.starts_with("duplicate field ") {
        return spoken("한 번만 보낼 수 있습니다", "send it once");
    }
    if reason.starts_with("number out of range") {
        return spoken("너무 큰 수입니다", "too large a number");
    }
    let Some((given, wanted)) = reason.rsplit_once("expected ") else {
        return spoken("값이 올바르지 않습니다", "not a value that is taken here");
    };
    match wanted {
        _ if given.starts_with("unknown variant ") => among(wanted),
        _ if wanted.starts_with(WHOLE_FROM) => bounds(wanted),
        // For a word of a list the parser asks for any value.
        "a string" | "value" | "string or map" => spoken("문자열이어야 합니다", "a text"),
        "a boolean" => spoken("true 또는 false여야 합니다", "true or false"),
        "a sequence" => spoken("배열이어야 합니다", "a list"),
        _ if wanted.starts_with("struct ") => spoken("객체여야 합니다", "an object"),
        _ => spoken("값의 형식이 올바르지 않습니다", "not of the kind that is taken here"),
    }
}

fn spoken(ko: &str, en: &str) -> (String, String) {
    (ko.to_owned(), en.to_owned())
}

/// A whole number outside its bounds.
pub(in crate::http) fn whole(
    low: impl std::fmt::Display,
    high: impl std::fmt::Display,
) -> (String, String) {
    (
        format!("{low} 이상 {high} 이하의 정수여야 합니다"),
        format!("a whole number from {low} to {high}"),
    )
}

fn bounds(wanted: &str) -> (String, String) {
    let bounds = wanted.strip_prefix(WHOLE_FROM).and_then(|bounds| bounds.split_once(" to "));
    bounds
        .map_or_else(|| spoken("정수여야 합니다", "a whole number"), |(low, high)| whole(low, high))
}

/// The known words stand in back-quotes.
fn among(wanted: &str) -> (String, String) {
    let known: Vec<&str> = wanted.split('`').skip(1).step_by(2).collect();
    let known = known.join(", ");
    (format!("{known} 중 하나여야 합니다"), format!("one of {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wanted_is_told_in_both_languages() {
        for (reason, ko, en) in [
            (
                "invalid value: integer `-2`, expected a whole number from 1 to 9",
                "1 이상 9 이하의 정수여야 합니다",
                "a whole number from 1 to 9",
            ),
            ("invalid type: null, expected a string", "문자열이어야 합니다", "a text"),
            (
                "invalid type: string \"expected x\", expected a sequence",
                "배열이어야 합니다",
                "a list",
            ),
            (
                "invalid length 0, expected struct Ask with 2 elements",
                "객체여야 합니다",
                "an object",
            ),
            (
                "unknown variant `expected `x``, expected `FIXED` or `RATE`",
                "FIXED, RATE 중 하나여야 합니다",
                "one of FIXED, RATE",
            ),
            ("duplicate field `x`", "한 번만 보낼 수 있습니다", "send it once"),
            ("of a kind nobody knows", "값이 올바르지 않습니다", "not a value that is taken here"),
        ] {
            assert_eq!(words(reason), (ko.to_owned(), en.to_owned()), "{reason}");
        }
    }
}
