//! Reading JSON bodies, and saying which member is wrong.

pub(super) mod wanted;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::code::Code;
use super::problem::Problem;

/// Reads a body. The reader is serde's own; only where it refuses is the body walked again to
/// find out where that was.
///
/// # Errors
/// [`Code::InvalidJson`] where it is no JSON; [`Code::MissingValue`] or [`Code::InvalidValue`]
/// with the member's name where it is not what is asked for.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| explain(body, &error))
}

fn explain(body: &[u8], error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    // A number too large for any type, or no word where a word is wanted, is a syntax error to
    // the reader, and a value to us.
    let is_value = error.is_data()
        || reason.starts_with("number out of range")
        || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    if !is_value {
        return no_json(error.line(), error.column());
    }
    let place = place(prefix(body, error.line(), error.column()));
    let missing = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(field) = missing {
        return Problem::missing(join(&place.outside, field));
    }
    let (ko, en) = wanted::words(reason);
    if place.inside.is_empty() {
        let (ko, en) = (format!("본문은 {ko}"), format!("the body must be {en}"));
        return Problem::from(Code::InvalidValue).saying(&ko, &en);
    }
    Problem::value(place.inside, &ko, &en)
}

fn no_json(line: usize, column: usize) -> Problem {
    Problem::from(Code::InvalidJson).saying(
        &format!("{line}번째 줄 {column}번째 바이트에서 읽을 수 없습니다"),
        &format!("it cannot be read on from line {line}, byte {column}"),
    )
}

/// The bytes up to the place of an error.
fn prefix(body: &[u8], line: usize, column: usize) -> &[u8] {
    let mut start = 0;
    for _ in 1..line {
        match body[start..].iter().position(|byte| *byte == b'\n') {
            Some(end) => start += end + 1,
            None => break,
        }
    }
    &body[..(start + column).min(body.len())]
}

/// Where a walk over JSON has come to.
#[derive(Debug, PartialEq)]
struct Place {
    /// The member that was being read; where the last byte closed an object or a list, the last
    /// member inside it, because serde reports what was wrong with that one only then.
    inside: String,
    /// The member that was being read, counting what the last byte closed as one whole.
    outside: String,
}

enum Level {
    Object { key: String, awaits_key: bool },
    List { index: usize },
}

fn place(prefix: &[u8]) -> Place {
    let mut levels: Vec<Level> = Vec::new();
    // What the last byte closed.
    let mut closed = None;
    let mut at = 0;
    while let Some(&byte) = prefix.get(at) {
        if !byte.is_ascii_whitespace() {
            closed = None;
        }
        match byte {
            b'"' => {
                let end = end_of_string(prefix, at);
                if let Some(Level::Object { key, awaits_key }) = levels.last_mut()
                    && *awaits_key
                {
                    *key = serde_json::from_slice(&prefix[at..end]).unwrap_or_default();
                    *awaits_key = false;
                }
                at = end;
                continue;
            }
            b'{' => levels.push(Level::Object { key: String::new(), awaits_key: true }),
            b'[' => levels.push(Level::List { index: 0 }),
            b'}' | b']' => closed = levels.pop(),
            b',' => match levels.last_mut() {
                Some(Level::Object { awaits_key, .. }) => *awaits_key = true,
                Some(Level::List { index }) => *index += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    // The one walk writes no path: what nobody asked for may go deep.
    let outside = path(&levels);
    levels.extend(closed);
    Place { inside: path(&levels), outside }
}

/// One past the closing quote of the string that begins at `start`, or the end of the text.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn path(levels: &[Level]) -> String {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object { key, .. } => {
                let is_further = !key.is_empty() && !path.is_empty();
                path.push_str(if is_further { "." } else { "" });
                path.push_str(key);
            }
            Level::List { index } => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
        }
    }
    path
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use hotdeal_domain::{ProductId, Quantity};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        #[expect(dead_code, reason = "read to be refused")]
        order_items: Vec<Item>,
        #[serde(default)]
        #[expect(dead_code, reason = "read to be refused")]
        note: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        #[expect(dead_code, reason = "read to be refused")]
        product_id: ProductId,
        #[expect(dead_code, reason = "read to be refused")]
        quantity: Quantity,
    }

    fn refused(body: &str) -> (Code, String) {
        let problem = read::<Order>(body.as_bytes()).expect_err(body);
        let code = problem.code();
        assert_eq!(code.status(), StatusCode::BAD_REQUEST);
        (code, problem.member().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_member_that_is_wrong_is_named() {
        for (body, member) in [
            (r#"{"orderItems":[{"productId":1,"quantity":0}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"quantity":0,"productId":1}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"quantity": -1 , "productId":1}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":1.5}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":"2"}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":null}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":[]}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":{"a":1}}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":1e309}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"productId":1,"quantity":2147483648}]}"#, "orderItems[0].quantity"),
            (
                r#"{"orderItems":[{"productId":1,"quantity":9223372036854775808}]}"#,
                "orderItems[0].quantity",
            ),
            (
                r#"{"orderItems":[{"productId":1,"quantity":1},{"productId":0,"quantity":1}]}"#,
                "orderItems[1].productId",
            ),
            (
                "{\n \"orderItems\": [\n  {\"quantity\": 1, \"productId\": 0\n }]}",
                "orderItems[0].productId",
            ),
            (r#"{"note":"}],{\"","orderItems":7}"#, "orderItems"),
            (r#"{"orderItems":[3]}"#, "orderItems[0]"),
            (r#"{"note":3,"orderItems":[]}"#, "note"),
        ] {
            assert_eq!(refused(body), (Code::InvalidValue, member.into()), "{body}");
        }
    }

    #[test]
    fn the_member_that_is_missing_is_named() {
        for (body, member) in [
            ("{}", "orderItems"),
            (r#"{"note":"x"}"#, "orderItems"),
            (r#"{"orderItems":[{"productId":1}]}"#, "orderItems[0].quantity"),
            (r#"{"orderItems":[{"quantity":1}]}"#, "orderItems[0].productId"),
            (r#"{"orderItems":[{"productId":1,"quantity":1}, { } ]}"#, "orderItems[1].productId"),
        ] {
            assert_eq!(refused(body), (Code::MissingValue, member.into()), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_called_so() {
        for body in ["", "{", "{]", r#"{"orderItems":[],}"#, "\u{feff}{}", r#"{"orderItems":[]} x"#]
        {
            assert_eq!(refused(body).0, Code::InvalidJson, "{body}");
        }
        let deep = format!(r#"{{"orderItems":[],"x":{}"#, "[".repeat(100_000));
        assert_eq!(refused(&deep).0, Code::InvalidJson);
    }

    #[test]
    fn the_member_is_named_however_deep_goes_what_nobody_knows() {
        // To write a path at each of these ends would take hours.
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        let (missing, wrong) = (Code::MissingValue, Code::InvalidValue);
        let named = |code: Code| (code, "orderItems".to_owned());
        assert_eq!(refused(&format!(r#"{{"x":{deep}}}"#)), named(missing));
        assert_eq!(refused(&format!(r#"{{"x":{deep},"orderItems":1}}"#)), named(wrong));
        let long = format!(r#"{{"{}":[{}1]}}"#, "x".repeat(400_000), "[],".repeat(100_000));
        assert_eq!(refused(&long), named(missing));
    }

    #[test]
    fn unknown_members_are_ignored() {
        assert!(read::<Order>(br#"{"orderItems":[],"price":0,"userId":7}"#).is_ok());
    }
}
