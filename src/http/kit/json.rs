//! Reading JSON bodies, and saying which member is wrong.

pub(super) mod wanted;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::code::Code;
use super::problem::Problem;

/// Reads a body. Only a body that the parser refuses is parsed again to find the place, because
/// tracking the path costs time.
///
/// # Errors
/// [`Code::InvalidJson`] where it is no JSON; [`Code::MissingValue`] or [`Code::InvalidValue`]
/// with the member's name where it is not what is asked for.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| explain::<T>(body, &error))
}

fn explain<'a, T: Deserialize<'a>>(body: &'a [u8], error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    // The parser reports a number too large for any type, or another value where a word of a list
    // is wanted, as a syntax error. To us it is a wrong value.
    let is_value = error.is_data()
        || reason.starts_with("number out of range")
        || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    if !is_value {
        return no_json(error.line(), error.column());
    }
    let place = place::<T>(body);
    if let Some(field) = quoted(reason, "missing field `") {
        return Problem::missing(join(&place, field));
    }
    let (ko, en) = wanted::words(reason);
    // The parser reports a repeated member at the object around it.
    let place = quoted(reason, "duplicate field `").map_or(place.clone(), |it| join(&place, it));
    if place.is_empty() {
        let (ko, en) = (format!("본문은 {ko}"), format!("the body must be {en}"));
        return Problem::from(Code::InvalidValue).saying(&ko, &en);
    }
    Problem::value(place, &ko, &en)
}

/// The text in back-quotes after this start.
fn quoted<'a>(reason: &'a str, start: &str) -> Option<&'a str> {
    reason.strip_prefix(start)?.strip_suffix('`')
}

/// The member at which a body is not what is asked for, as `orderItems[3].quantity`; empty where it is
/// the body itself.
fn place<'a, T: Deserialize<'a>>(body: &'a [u8]) -> String {
    let mut reader = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) if error.path().iter().len() > 0 => error.path().to_string(),
        Ok(_) | Err(_) => String::new(),
    }
}

fn no_json(line: usize, column: usize) -> Problem {
    Problem::from(Code::InvalidJson).saying(
        &format!("{line}번째 줄 {column}번째 바이트에서 읽을 수 없습니다"),
        &format!("it cannot be read on from line {line}, byte {column}"),
    )
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use hotdeal_domain::ProductId;
    use hotdeal_domain::shop::Quantity;

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
            (r#"{"note":"x","note":"y","orderItems":[]}"#, "note"),
            (
                r#"{"orderItems":[{"productId":1,"quantity":1,"productId":1}]}"#,
                "orderItems[0].productId",
            ),
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
